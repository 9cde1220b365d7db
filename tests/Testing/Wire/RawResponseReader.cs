using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace EnvoyExtAuthz.Testing.Wire;

/// <summary>Reads HTTP/1.1 responses (RFC 9112) from a stream, and keeps the framing that libraries hide.</summary>
/// <param name="stream">The connection.</param>
internal sealed class RawResponseReader(Stream stream)
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly List<byte> _kept = [];
    private int _position;
    private bool _ended;

    public async Task<RawResponse> Read(string method, TimeSpan limit)
    {
        using var timeout = new CancellationTokenSource(limit);
        var interim = new List<int>();
        var headers = new List<KeyValuePair<string, string>>();
        var chunks = new List<byte[]>();
        var trailers = new List<KeyValuePair<string, string>>();
        int status = 0;
        try
        {
            do
            {
                if (status != 0)
                    interim.Add(status);
                headers.Clear();
                if (await Line(timeout.Token) is not { } first)
                    return new RawResponse(0, headers, chunks, trailers, ResponseEnd.Nothing, interim);
                status = int.Parse(first.AsSpan(9, 3), CultureInfo.InvariantCulture);
                if (!await Fields(headers, timeout.Token))
                    return new RawResponse(status, headers, chunks, trailers, ResponseEnd.Cut, interim);
            }
            while (status is >= 100 and < 200 and not 101);
            bool complete = await Body(method, status, headers, chunks, trailers, timeout.Token);
            return new RawResponse(status, headers, chunks, trailers, complete ? ResponseEnd.Complete : ResponseEnd.Cut, interim);
        }
        catch (OperationCanceledException)
        {
            return new RawResponse(status, headers, chunks, trailers, ResponseEnd.TimedOut, interim);
        }
    }

    public async Task<string> Peek(string text, TimeSpan limit)
    {
        using var timeout = new CancellationTokenSource(limit);
        while (true)
        {
            string kept = Encoding.UTF8.GetString([.. _kept[_position..]]);
            if (kept.Contains(text, StringComparison.Ordinal))
                return kept;
            try
            {
                if (!await More(timeout.Token))
                    return kept;
            }
            catch (OperationCanceledException)
            {
                return kept;
            }
        }
    }

    private async Task<bool> Body(string method, int status, List<KeyValuePair<string, string>> headers, List<byte[]> chunks, List<KeyValuePair<string, string>> trailers, CancellationToken cancelled)
    {
        if (method == "HEAD" || status is 204 or 304 or 101)
            return true;
        if (Value(headers, "transfer-encoding") == "chunked")
            return await Chunked(chunks, trailers, cancelled);
        if (Value(headers, "content-length") is { } length)
            return await Exactly(int.Parse(length, CultureInfo.InvariantCulture), chunks, cancelled);
        while (await More(cancelled))
            Take(chunks);
        Take(chunks);
        return true;
    }

    private async Task<bool> Chunked(List<byte[]> chunks, List<KeyValuePair<string, string>> trailers, CancellationToken cancelled)
    {
        while (true)
        {
            if (await Line(cancelled) is not { } size)
                return false;
            int length = int.Parse(size.Split(';')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (length == 0)
                return await Fields(trailers, cancelled);
            if (!await Exactly(length, chunks, cancelled) || await Line(cancelled) is null)
                return false;
        }
    }

    private async Task<bool> Exactly(int length, List<byte[]> chunks, CancellationToken cancelled)
    {
        while (_kept.Count - _position < length)
        {
            if (await More(cancelled))
                continue;
            Take(chunks);
            return false;
        }
        chunks.Add([.. _kept[_position..(_position + length)]]);
        _position += length;
        return true;
    }

    private async Task<bool> Fields(List<KeyValuePair<string, string>> fields, CancellationToken cancelled)
    {
        while (await Line(cancelled) is { } line)
        {
            if (line.Length == 0)
                return true;
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            fields.Add(new(line[..colon], line[(colon + 1)..].Trim()));
        }
        return false;
    }

    private async Task<string?> Line(CancellationToken cancelled)
    {
        while (true)
        {
            int end = _kept.IndexOf((byte)'\n', _position);
            if (end >= 0)
            {
                string line = Encoding.Latin1.GetString([.. _kept[_position..end]]).TrimEnd('\r');
                _position = end + 1;
                return line;
            }
            if (!await More(cancelled))
                return null;
        }
    }

    private void Take(List<byte[]> chunks)
    {
        if (_position < _kept.Count)
            chunks.Add([.. _kept[_position..]]);
        _position = _kept.Count;
    }

    private async Task<bool> More(CancellationToken cancelled)
    {
        if (_ended)
            return false;
        try
        {
            int read = await stream.ReadAsync(_buffer, cancelled);
            _kept.AddRange(_buffer.AsSpan(0, read));
            _ended = read == 0;
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            _ended = true;
        }
        return !_ended;
    }

    private static string? Value(List<KeyValuePair<string, string>> headers, string name) =>
        headers.LastOrDefault(h => string.Equals(h.Key, name, StringComparison.OrdinalIgnoreCase)).Value;
}
