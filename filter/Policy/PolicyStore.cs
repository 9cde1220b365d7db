namespace EnvoyExtAuthz.Policy;

/// <summary>What a look at the file gave.</summary>
/// <param name="Result">What compiling it gave; null if it could not be read.</param>
/// <param name="Fault">Why it could not be read, in a sentence; null otherwise.</param>
public sealed record PolicyReload(PolicyResult? Result, string? Fault)
{
    /// <summary>The file is a policy and is in force.</summary>
    public bool Succeeded => Result?.Snapshot is not null;

    /// <summary>Everything there is to say, errors first, a line each, as compilers write it.</summary>
    /// <param name="file">The file's name, for the lines.</param>
    public IEnumerable<string> Lines(string file) => Fault is not null
        ? [$"{file}: error unreadable: {Fault}"]
        : (Result?.Diagnostics ?? []).OrderByDescending(d => d.Severity).Select(d => d.Format(file));
}

/// <summary>
/// Keeps the policy of a file in force. The file's folder is watched, and the file itself and those it names looked at every
/// few seconds by their content: so the symbolic links by which Kubernetes swaps a mounted ConfigMap are seen like any other change, and on
/// file systems that tell nothing. A bad file never replaces a good policy. Thread-safe.
/// </summary>
public sealed class PolicyStore : IDisposable
{
    /// <summary>Wait after a change in the folder: writers take several steps, and the last one counts.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(100);

    private readonly string _file;
    private readonly IProtocolNames _protocols;
    private readonly ITimer _poll;
    private readonly ITimer _settled;
    private readonly FileSystemWatcher? _watcher;
    private readonly Lock _looking = new();
    private string _seen;
    private IReadOnlyList<PolicyFile> _files;
    private PolicySnapshot _current;
    private PolicyReload? _lastFailure;

    private PolicyStore(string file, IProtocolNames protocols, PolicyResult first, byte[] content, TimeProvider time, TimeSpan interval)
    {
        _file = file;
        _protocols = protocols;
        _current = first.Snapshot!;
        _files = first.Files;
        _seen = PolicyCompiler.HashOf(content, _files);
        _poll = time.CreateTimer(_ => Look(), null, interval, interval);
        _settled = time.CreateTimer(_ => Look(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _watcher = Watch(file, () => _settled.Change(Settling, Timeout.InfiniteTimeSpan));
    }

    /// <summary>Told of every change of the file, good or bad, after it took effect. Called by one thread at a time.</summary>
    public event Action<PolicyReload>? Reloaded;

    /// <summary>The policy in force.</summary>
    public PolicySnapshot Current => Volatile.Read(ref _current);

    /// <summary>The last reload if it failed: the policy in force is then not the file's. Null if all is well.</summary>
    public PolicyReload? LastFailure => Volatile.Read(ref _lastFailure);

    /// <summary>Loads a file for the first time.</summary>
    /// <param name="file">The policy.</param>
    /// <param name="protocols">The protocols that routes can name.</param>
    /// <param name="time">The clock.</param>
    /// <param name="interval">How often the file is looked at, whatever the folder's watch says.</param>
    /// <param name="loaded">What loading gave.</param>
    /// <returns>The store, or null if the file is no policy: then there is nothing to fall back to.</returns>
    public static PolicyStore? Open(string file, IProtocolNames protocols, TimeProvider time, TimeSpan interval, out PolicyReload loaded)
    {
        file = Path.GetFullPath(file);
        byte[]? content = BoundedFile.Read(file, "The policy file", out string? fault);
        loaded = content is null ? new PolicyReload(null, fault) : new PolicyReload(PolicyCompiler.Compile(content, protocols, file), null);
        return loaded.Succeeded ? new PolicyStore(file, protocols, loaded.Result!, content!, time, interval) : null;
    }

    /// <summary>Looks at the file now.</summary>
    public void Look()
    {
        lock (_looking)
        {
            byte[]? content = BoundedFile.Read(_file, "The policy file", out string? fault);
            if (_seen == HashOf(content, _files.Select(f => f.Now())))
                return;
            var reload = content is null ? new PolicyReload(null, fault) : new PolicyReload(PolicyCompiler.Compile(content, _protocols, _file), null);
            _files = reload.Result?.Files ?? _files;
            _seen = HashOf(content, _files);
            if (reload.Result?.Snapshot is { } snapshot)
                Volatile.Write(ref _current, snapshot);
            Volatile.Write(ref _lastFailure, reload.Succeeded ? null : reload);
            Reloaded?.Invoke(reload);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _watcher?.Dispose();
        _poll.Dispose();
        _settled.Dispose();
    }

    private static string HashOf(byte[]? content, IEnumerable<PolicyFile> files) => content is null ? "" : PolicyCompiler.HashOf(content, files);

    /// <summary>Watches the whole folder: a swap of links changes names beside the file, not the file.</summary>
    private static FileSystemWatcher? Watch(string file, Action changed)
    {
        try
        {
            var watcher = new FileSystemWatcher(Path.GetDirectoryName(file)!) { NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.LastWrite };
            watcher.Changed += (_, _) => changed();
            watcher.Created += (_, _) => changed();
            watcher.Deleted += (_, _) => changed();
            watcher.Renamed += (_, _) => changed();
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or PlatformNotSupportedException)
        {
            // No watches left, or a file system without: the polling sees the change a little later.
            return null;
        }
    }
}
