using System.Buffers;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects;

/// <summary>
/// Walks one JSON document of a message: a protocol's reader takes the strings it knows, with their roles, and the sweep
/// afterwards makes a segment of every string nobody took, so that a field new to us is inspected on its first day. Keys
/// are the protocol's or a schema's; those that read like prose, or long with digits like a token, are swept too.
/// </summary>
internal ref struct SegmentSweep
{
    private const int LongestIdentifier = 29;
    private const int ShortestToken = 16;
    private const int LongestLabel = 64;
    private static readonly SearchValues<byte> Identifier = SearchValues.Create(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-.$/:@"u8);

    private readonly Message _message;
    private readonly int _document;
    private ulong[] _taken;

    /// <summary>Begins with nothing taken.</summary>
    public SegmentSweep(Message message, int document)
    {
        _message = message;
        _document = document;
        Tape = message.Documents[document].Tape;
        int words = (Tape.Count + 63) / 64;
        _taken = ArrayPool<ulong>.Shared.Rent(words);
        _taken.AsSpan(0, words).Clear();
    }

    /// <summary>The document's tape.</summary>
    public JsonTape Tape { get; }

    /// <summary>The document's index in the message.</summary>
    public readonly int Document => _document;

    /// <summary>Makes a string a segment, once: the first role it is taken with stays. Anything but a string is left to the sweep.</summary>
    public readonly void Take(int node, TextRole role, int channel = -1)
    {
        if (!Tape.Is(node, JsonKind.String) || IsTaken(node))
            return;
        Mark(node);
        if (Tape[node].Length > 0)
            _message.AddSegment(role, _document, node, channel);
    }

    /// <summary>Makes a key a segment, whatever it reads like.</summary>
    public readonly void TakeKey(int key, TextRole role)
    {
        if (IsTaken(key))
            return;
        Mark(key);
        if (Tape[key].Length > 0)
            _message.AddSegment(role, _document, key);
    }

    /// <summary>
    /// Takes a string that only software reads (an id, a type, a role). One that reads like prose or is longer than 64 bytes
    /// is no label and is left to the sweep.
    /// </summary>
    public readonly void TakeLabel(int node)
    {
        if (Tape.Is(node, JsonKind.String) && Tape[node].Length <= LongestLabel && IsIdentifier(Tape.Raw(node)))
            Take(node, TextRole.Metadata);
    }

    /// <summary>Takes every string in a subtree that is a label.</summary>
    public readonly void TakeLabels(int node)
    {
        if (node < 0)
            return;
        for (int i = node; i < Tape[node].End; i++)
            TakeLabel(i);
    }

    /// <summary>Takes a string out of the sweep: it was made something other than a segment.</summary>
    public readonly void Skip(int node) => Mark(node);

    /// <summary>Makes every string in a subtree that was not taken before a segment.</summary>
    public readonly void TakeAll(int node, TextRole role)
    {
        if (node < 0)
            return;
        for (int i = node; i < Tape[node].End; i++)
            TakeRest(i, role);
    }

    /// <summary>Makes every string that was not taken a segment, and returns pooled memory.</summary>
    public void Finish(TextRole role)
    {
        for (int i = 0; i < Tape.Count; i++)
            TakeRest(i, role);
        ArrayPool<ulong>.Shared.Return(_taken);
        _taken = [];
    }

    private readonly void TakeRest(int node, TextRole role)
    {
        if (IsTaken(node))
            return;
        JsonKind kind = Tape[node].Kind;
        if (kind == JsonKind.String)
        {
            Take(node, role);
        }
        else if (kind == JsonKind.Key && ReadsLikeProse(node))
        {
            Mark(node);
            _message.AddSegment(role, _document, node);
        }
    }

    private readonly bool ReadsLikeProse(int key)
    {
        ReadOnlySpan<byte> raw = Tape.Raw(key);
        if (raw.Length > LongestIdentifier)
            return true;
        if (raw.Length >= ShortestToken && raw.ContainsAnyInRange((byte)'0', (byte)'9'))
            return true;
        return !IsIdentifier(raw);
    }

    private static bool IsIdentifier(ReadOnlySpan<byte> text) => text.IndexOfAnyExcept(Identifier) < 0;

    private readonly void Mark(int node) => _taken[node >> 6] |= 1UL << node;

    /// <summary>Whether a string or key was taken or skipped before.</summary>
    public readonly bool IsTaken(int node) => (_taken[node >> 6] & (1UL << node)) != 0;
}
