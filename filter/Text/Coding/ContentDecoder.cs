namespace EnvoyExtAuthz.Text.Coding;

/// <summary>What a look for decoded bytes gave.</summary>
public enum DecodeStep : byte
{
    /// <summary>Bytes were written; there may be more.</summary>
    Data,

    /// <summary>All that was pushed is decoded.</summary>
    NeedMore,

    /// <summary>The bytes are not this coding; nothing more comes.</summary>
    Broken,
}

/// <summary>How the input ended.</summary>
public enum DecodeEnd : byte
{
    /// <summary>With the coding's own end.</summary>
    Complete,

    /// <summary>Before the coding's own end.</summary>
    Truncated,

    /// <summary>With bytes after the coding's own end: readers differ in what they make of them.</summary>
    Trailing,
}

/// <summary>
/// Takes a content coding off a body that comes in pieces: push a piece, read until more is needed, and so on. The caller
/// bounds what it reads. One instance a body; not thread-safe.
/// </summary>
public abstract class ContentDecoder : IDisposable
{
    /// <summary>A decoder that takes several codings off.</summary>
    /// <param name="codings">In the order they were applied; at least one.</param>
    public static ContentDecoder Create(IReadOnlyList<ContentCoding> codings)
    {
        ContentDecoder decoder = Create(codings[^1]);
        for (int i = codings.Count - 2; i >= 0; i--)
            decoder = new DecoderChain(decoder, Create(codings[i]));
        return decoder;
    }

    /// <summary>Takes a piece in.</summary>
    /// <param name="piece">Stays unchanged until <see cref="Read"/> says that more is needed.</param>
    public abstract void Push(ReadOnlyMemory<byte> piece);

    /// <summary>Decodes as much as there is room for.</summary>
    /// <param name="into">Room; not empty.</param>
    /// <param name="written">Bytes written; above 0 only with <see cref="DecodeStep.Data"/>.</param>
    public abstract DecodeStep Read(Span<byte> into, out int written);

    /// <summary>No more comes, and all that came was read: how it ended. Nothing may be pushed afterwards.</summary>
    public abstract DecodeEnd Finish();

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Returns what the coding's library holds.</summary>
    protected abstract void Dispose(bool disposing);

    private static ContentDecoder Create(ContentCoding coding) => coding switch
    {
        ContentCoding.Gzip => StreamDecoder.Gzip(),
        ContentCoding.Deflate => new DeflateDecoder(),
        ContentCoding.Brotli => new BrotliContentDecoder(),
        _ => new ZstdDecoder(),
    };
}
