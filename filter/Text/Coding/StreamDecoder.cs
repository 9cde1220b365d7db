using System.IO.Compression;

namespace EnvoyExtAuthz.Text.Coding;

/// <summary>
/// Takes gzip or deflate off with a library that reads from a stream. The library reads ahead and keeps quiet about what
/// follows its end; so the last byte of every piece is pushed alone, and at the end bytes that belong to nothing: which of
/// these it takes tells how the input ended.
/// </summary>
internal sealed class StreamDecoder : ContentDecoder
{
    /// <summary>Begins no gzip member, and completes no trailer of a body below a gigabyte.</summary>
    private static readonly byte[] Nothing = [0x55];

    private readonly FeedStream _feed = new();
    private readonly Stream _decoder;
    private readonly bool _looksForMembers;
    private ReadOnlyMemory<byte> _lastByte;
    private bool _leftUnread;
    private bool _broken;

    private StreamDecoder(Func<Stream, Stream> open, bool looksForMembers)
    {
        _decoder = open(_feed);
        _looksForMembers = looksForMembers;
    }

    /// <summary>gzip, any number of members.</summary>
    public static StreamDecoder Gzip() => new(feed => new GZipStream(feed, CompressionMode.Decompress), looksForMembers: true);

    /// <summary>zlib.</summary>
    public static StreamDecoder Zlib() => new(feed => new ZLibStream(feed, CompressionMode.Decompress), looksForMembers: false);

    /// <summary>Bare deflate.</summary>
    public static StreamDecoder Raw() => new(feed => new DeflateStream(feed, CompressionMode.Decompress), looksForMembers: false);

    public override void Push(ReadOnlyMemory<byte> piece)
    {
        if (piece.IsEmpty)
            return;
        Feed(piece[..^1]);
        _lastByte = piece[^1..];
    }

    public override DecodeStep Read(Span<byte> into, out int written)
    {
        written = 0;
        if (_broken)
            return DecodeStep.Broken;
        try
        {
            written = _decoder.Read(into);
            if (written == 0 && !_lastByte.IsEmpty)
            {
                Feed(_lastByte);
                _lastByte = default;
                written = _decoder.Read(into);
            }
        }
        catch (InvalidDataException)
        {
            _broken = true;
            return DecodeStep.Broken;
        }
        return written > 0 ? DecodeStep.Data : DecodeStep.NeedMore;
    }

    public override DecodeEnd Finish()
    {
        bool trailing = _leftUnread || _feed.Left > 0;
        // To see whether another member begins, one byte more is taken after the end; a second one is not.
        bool tookFirst = Takes(Nothing);
        if (_broken)
            return DecodeEnd.Truncated;
        if (!_looksForMembers)
            return tookFirst ? DecodeEnd.Truncated : trailing ? DecodeEnd.Trailing : DecodeEnd.Complete;
        if (!tookFirst)
            return DecodeEnd.Trailing;
        return Takes(Nothing) || _broken ? DecodeEnd.Truncated : DecodeEnd.Complete;
    }

    protected override void Dispose(bool disposing) => _decoder.Dispose();

    private bool Takes(byte[] piece)
    {
        Feed(piece);
        Span<byte> rest = stackalloc byte[64];
        // What it decodes now was made of bytes that nobody sent.
        while (Read(rest, out _) == DecodeStep.Data && _feed.Left > 0)
        {
        }
        return _feed.Left == 0;
    }

    private void Feed(ReadOnlyMemory<byte> piece)
    {
        _leftUnread |= _feed.Left > 0;
        _feed.Push(piece);
    }
}
