using System.Buffers;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Policy;
using EnvoyExtAuthz.Text.Coding;

namespace EnvoyExtAuthz.Engine;

/// <summary>
/// A gathered body as it came, and as it reads once its content codings are off. What is not edited goes on as it came.
/// Both count against a <see cref="MemoryBudget"/> until cleared. Not thread-safe.
/// </summary>
internal sealed class CodedBody(MemoryBudget budget)
{
    private const int PieceBytes = 16 << 10;
    private readonly BodyBuffer _raw = new(budget);
    private readonly BodyBuffer _plain = new(budget);
    private readonly List<ContentCoding> _codings = [];

    /// <summary>The body as it came.</summary>
    public ReadOnlyMemory<byte> Raw => _raw.Bytes;

    /// <summary>The body without codings, after <see cref="Decode"/>.</summary>
    public ReadOnlyMemory<byte> Plain => IsCoded ? _plain.Bytes : _raw.Bytes;

    /// <summary>Whether the body has codings.</summary>
    public bool IsCoded => _codings.Count > 0;

    /// <summary>The codings, in the order they were applied.</summary>
    public IReadOnlyList<ContentCoding> Codings => _codings;

    /// <summary>Takes the codings a head names.</summary>
    /// <returns>False if one of them is not known: the body cannot be read.</returns>
    public bool TryTakeCodings(HttpHead head)
    {
        foreach (HeaderField field in head.Fields)
        {
            if (field.Name == "content-encoding" && !ContentCodings.TryParse(field.Value.Span, _codings))
            {
                _codings.Clear();
                return false;
            }
        }
        return true;
    }

    /// <summary>Adds a piece as it came. The piece must stay unchanged until <see cref="Clear"/>.</summary>
    public BodyAppend Append(ReadOnlyMemory<byte> piece, int limit) => _raw.Append(piece, limit);

    /// <summary>Takes the codings off the whole body.</summary>
    /// <param name="limit">Most bytes to come out.</param>
    /// <param name="ratio">Most bytes to come out for one that went in, beyond the first <see cref="DecodedStream.RatioFloor"/>.</param>
    /// <param name="fault">Why it cannot be read, if the bytes are not what their codings say.</param>
    /// <returns>Anything but <see cref="BodyAppend.Taken"/>: too much came out.</returns>
    public BodyAppend Decode(int limit, int ratio, out UninspectableCase? fault)
    {
        fault = null;
        if (!IsCoded || _raw.Bytes.IsEmpty)
            return BodyAppend.Taken;
        byte[] room = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            using var decoder = ContentDecoder.Create(_codings);
            decoder.Push(_raw.Bytes);
            while (true)
            {
                DecodeStep step = decoder.Read(room, out int written);
                if (step == DecodeStep.NeedMore)
                    break;
                if (step == DecodeStep.Broken)
                {
                    fault = UninspectableCase.UnknownEncoding;
                    return BodyAppend.Taken;
                }
                if (DecodedStream.IsBomb(_plain.Bytes.Length + (long)written, _raw.Bytes.Length, ratio))
                    return BodyAppend.TooLarge;
                BodyAppend append = _plain.AppendCopy(room.AsSpan(0, written), limit);
                if (append != BodyAppend.Taken)
                    return append;
            }
            fault = decoder.Finish() switch
            {
                DecodeEnd.Complete => null,
                // Readers differ: some read on, some stop, some refuse.
                DecodeEnd.Trailing => UninspectableCase.Ambiguous,
                _ => UninspectableCase.UnknownEncoding,
            };
            return BodyAppend.Taken;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(room);
        }
    }

    /// <summary>Forgets the body and returns what it held.</summary>
    public void Clear()
    {
        _raw.Clear();
        _plain.Clear();
        _codings.Clear();
    }
}
