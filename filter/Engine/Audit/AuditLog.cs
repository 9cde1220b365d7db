using System.Buffers;
using System.Threading.Channels;

namespace EnvoyExtAuthz.Engine.Audit;

/// <summary>
/// Writes decisions to a file, each linked to the one before. Recording formats and queues, and never waits for the disk;
/// one writer owns the file. While the disk refuses, <see cref="Available"/> is false and policies may refuse exchanges;
/// what is queued is kept and tried again. Thread-safe.
/// </summary>
public sealed class AuditLog : IDecisionLog, IAsyncDisposable
{
    private readonly AuditOptions _options;
    private readonly TimeProvider _time;
    private readonly Channel<(byte[] Buffer, int Length)> _queue;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _writing;
    private FileStream? _file;
    private string _head;
    private long _sequence;
    private volatile bool _failing;

    /// <summary>Opens the log and continues the chain of the file that is there.</summary>
    /// <exception cref="InvalidDataException">The file's last line is no line of a chain.</exception>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public AuditLog(AuditOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
        _queue = Channel.CreateBounded<(byte[], int)>(new BoundedChannelOptions(options.QueueLength) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
        (_sequence, _head) = AuditFiles.Resume(options.File);
        _file = AuditFiles.Open(options.File);
        _writing = Task.Run(WriteAll);
    }

    /// <inheritdoc/>
    public bool Available => !_failing;

    /// <summary>Number and hash of the newest line written.</summary>
    public (long Sequence, string Hash) Head => (Interlocked.Read(ref _sequence), Volatile.Read(ref _head));

    /// <inheritdoc/>
    public bool Record(Decision decision)
    {
        ReadOnlySpan<byte> members = AuditLine.Members(decision, _time.GetUtcNow());
        byte[] buffer = ArrayPool<byte>.Shared.Rent(members.Length);
        members.CopyTo(buffer);
        if (_queue.Writer.TryWrite((buffer, members.Length)))
            return true;
        ArrayPool<byte>.Shared.Return(buffer);
        return false;
    }

    /// <summary>Writes what is queued, as far as the disk lets it within two seconds, and closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        _stop.CancelAfter(TimeSpan.FromSeconds(2));
        await _writing;
        if (_file is not null)
            await _file.DisposeAsync();
        _file = null;
        _stop.Dispose();
    }

    private async Task WriteAll()
    {
        try
        {
            while (await _queue.Reader.WaitToReadAsync(_stop.Token))
            {
                while (_queue.Reader.TryRead(out (byte[] Buffer, int Length) members))
                {
                    await WriteOne(members.Buffer.AsMemory(0, members.Length));
                    ArrayPool<byte>.Shared.Return(members.Buffer);
                }
                Try(() => _file!.Flush());
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped while the disk refused; what is still queued is lost, and was counted as recorded before it refused.
        }
    }

    private async Task WriteOne(ReadOnlyMemory<byte> members)
    {
        byte[] line = AuditChain.Link(_sequence + 1, members.Span, _head, out string hash);
        while (!Try(() => Append(line)))
            await Task.Delay(_options.RetryAfter, _time, _stop.Token);
        Volatile.Write(ref _head, hash);
        Interlocked.Increment(ref _sequence);
    }

    private void Append(byte[] line)
    {
        _file ??= AuditFiles.Open(_options.File);
        long whole = _file.Length;
        if (whole > 0 && whole + line.Length > _options.FileBytes)
        {
            _file.Dispose();
            _file = null;
            AuditFiles.Rotate(_options);
            _file = AuditFiles.Open(_options.File);
            whole = 0;
        }
        try
        {
            _file.Write(line);
            _file.Flush();
        }
        catch (IOException)
        {
            // Half a line must not stay: the next try would follow it.
            _file.SetLength(whole);
            _file.Position = whole;
            throw;
        }
    }

    private bool Try(Action write)
    {
        try
        {
            write();
            _failing = false;
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            _failing = true;
            if (_file is { CanWrite: false })
                _file = null;
            return false;
        }
    }
}
