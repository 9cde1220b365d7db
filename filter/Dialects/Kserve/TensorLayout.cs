using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Kserve;

/// <summary>One element of a text tensor in binary form: four bytes that say how long it is, then its bytes.</summary>
/// <param name="Start">First byte behind the length.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="SizeNode">The node of document 0 that says how many bytes its tensor has.</param>
internal readonly record struct TensorElement(int Start, int Length, int SizeNode)
{
    public int End => Start + Length;
}

/// <summary>
/// Where things stand in a body of the binary tensor extension: a JSON text of so many bytes, then tensors one after the other.
/// </summary>
/// <param name="headerLength">Bytes of JSON, as the header field says.</param>
internal sealed class TensorLayout(int headerLength)
{
    /// <summary>The header field that says where the JSON text ends.</summary>
    public const string Field = "inference-header-content-length";

    /// <summary>Elements of text tensors, in the order of their bytes.</summary>
    public List<TensorElement> Elements { get; } = [];

    /// <summary>
    /// Writes the body with edits: lengths of elements and sizes of tensors are made to fit. The JSON text keeps its length, white
    /// space filling what it lost; where it grew, the header field changes with it (<see cref="Message.FieldsToSet"/>).
    /// </summary>
    /// <returns>False if the edits contradict each other or this layout.</returns>
    public bool TryWrite(Message message, out byte[] edited)
    {
        edited = [];
        message.FieldsToSet.Clear();
        ReadOnlySpan<byte> body = message.Body.Span;
        var inHeader = new List<Splice>();
        var behind = new List<Splice>();
        foreach (Splice splice in message.Splices)
        {
            if (splice.End <= headerLength)
                inHeader.Add(splice);
            else if (splice.Start >= headerLength)
                behind.Add(splice with { Start = splice.Start - headerLength });
            else
                return false;
        }
        if (!TryFitLengths(message, inHeader, behind))
            return false;
        if (!Splice.TryApply(body[..headerLength], inHeader, out byte[] header) || !Splice.TryApply(body[headerLength..], behind, out byte[] tensors))
            return false;
        int length = Math.Max(header.Length, headerLength);
        if (length != headerLength)
            message.FieldsToSet.Add((Field, length.ToString(CultureInfo.InvariantCulture)));
        edited = new byte[length + tensors.Length];
        header.CopyTo(edited, 0);
        edited.AsSpan(header.Length, length - header.Length).Fill((byte)' ');
        tensors.CopyTo(edited, length);
        return true;
    }

    private bool TryFitLengths(Message message, List<Splice> inHeader, List<Splice> behind)
    {
        if (behind.Count == 0)
            return true;
        behind.Sort(static (a, b) => a.Start.CompareTo(b.Start));
        var sizes = new Dictionary<int, long>();
        var lengths = new List<Splice>();
        int next = 0;
        foreach (TensorElement element in Elements)
        {
            int grown = 0;
            bool isEdited = false;
            for (; next < behind.Count && behind[next].End + headerLength <= element.End; next++)
            {
                if (behind[next].Start + headerLength < element.Start)
                    return false;
                grown += behind[next].Replacement.Length - behind[next].Length;
                isEdited = true;
            }
            if (!isEdited || grown == 0)
                continue;
            var prefix = new byte[sizeof(uint)];
            BinaryPrimitives.WriteUInt32LittleEndian(prefix, (uint)(element.Length + grown));
            lengths.Add(new Splice(element.Start - headerLength - prefix.Length, prefix.Length, prefix));
            sizes[element.SizeNode] = sizes.GetValueOrDefault(element.SizeNode) + grown;
        }
        if (next < behind.Count)
            return false;
        behind.AddRange(lengths);
        JsonTape tape = message.Documents[0].Tape;
        foreach ((int node, long grown) in sizes)
        {
            long size = long.Parse(tape.Raw(node), NumberStyles.None, CultureInfo.InvariantCulture) + grown;
            inHeader.Add(new Splice(tape[node].Start, tape[node].Length, Encoding.ASCII.GetBytes(size.ToString(CultureInfo.InvariantCulture))));
        }
        return true;
    }
}
