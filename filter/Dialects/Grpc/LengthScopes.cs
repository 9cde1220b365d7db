using System.Buffers.Binary;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Grpc;

/// <summary>Bytes whose length stands before them.</summary>
/// <param name="Prefix">First byte of the length.</param>
/// <param name="Start">First byte of what it counts; the length ends there.</param>
/// <param name="End">Byte after the last.</param>
/// <param name="IsFrame">The length is gRPC's four bytes, and not a protobuf number.</param>
internal readonly record struct LengthScope(int Prefix, int Start, int End, bool IsFrame);

/// <summary>
/// The lengths of one body, outer before inner, in the order of the bytes: an edit of a text changes the lengths of everything
/// it lies in. One a message; not thread-safe.
/// </summary>
internal sealed class LengthScopes
{
    private readonly List<LengthScope> _scopes = [];
    private bool _completed;

    /// <summary>Notes a length. Its scope lies in those noted before, or after them.</summary>
    public void Add(in LengthScope scope) => _scopes.Add(scope);

    /// <summary>Asks for the lengths that edits make untrue to be mended; once.</summary>
    /// <param name="splices">The edits; gets more.</param>
    public void Complete(List<Splice> splices)
    {
        if (_completed || splices.Count == 0)
            return;
        _completed = true;
        List<Splice> edits = [.. splices.OrderBy(s => s.Start)];
        var open = new Stack<(LengthScope Scope, long Growth)>();
        int next = 0;
        foreach (LengthScope scope in _scopes)
        {
            CloseUntil(scope.Prefix, open, edits, ref next, splices);
            open.Push((scope, 0));
        }
        CloseUntil(int.MaxValue, open, edits, ref next, splices);
    }

    private static void CloseUntil(int position, Stack<(LengthScope Scope, long Growth)> open, List<Splice> edits, ref int next, List<Splice> splices)
    {
        while (open.TryPop(out (LengthScope Scope, long Growth) top))
        {
            int until = Math.Min(position, top.Scope.End);
            for (; next < edits.Count && edits[next].Start < until; next++)
                top.Growth += edits[next].Replacement.Length - edits[next].Length;
            if (top.Scope.End > position)
            {
                open.Push(top);
                return;
            }
            long growth = Mend(top.Scope, top.Growth, splices);
            if (open.TryPop(out (LengthScope Scope, long Growth) outer))
                open.Push((outer.Scope, outer.Growth + growth));
        }
        // What lies in no scope changes no length.
        while (next < edits.Count && edits[next].Start < position)
            next++;
    }

    /// <summary>Rewrites a length.</summary>
    /// <returns>By how much everything around it grows.</returns>
    private static long Mend(in LengthScope scope, long growth, List<Splice> splices)
    {
        if (growth == 0)
            return 0;
        ulong length = (ulong)(scope.End - scope.Start + growth);
        int prefix = scope.Start - scope.Prefix;
        byte[] written = scope.IsFrame ? BigEndian((uint)length) : Varint(length);
        splices.Add(new Splice(scope.Prefix, prefix, written));
        return growth + written.Length - prefix;
    }

    private static byte[] BigEndian(uint length)
    {
        var written = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(written, length);
        return written;
    }

    private static byte[] Varint(ulong value)
    {
        Span<byte> written = stackalloc byte[10];
        int length = 0;
        for (; value >= 0x80; value >>= 7)
            written[length++] = (byte)(value | 0x80);
        written[length++] = (byte)value;
        return written[..length].ToArray();
    }
}
