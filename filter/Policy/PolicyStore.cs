using System.Security.Cryptography;
using EnvoyExtAuthz.Policy.Yaml;

namespace EnvoyExtAuthz.Policy;

/// <summary>What a look at the file gave.</summary>
/// <param name="Result">What compiling it gave; null if it could not be read.</param>
/// <param name="Fault">Why it could not be read; null otherwise.</param>
public sealed record PolicyReload(PolicyResult? Result, string? Fault)
{
    /// <summary>The file is a policy and is in force.</summary>
    public bool Succeeded => Result?.Snapshot is not null;
}

/// <summary>
/// Keeps the policy of a file in force. The file is looked at every few seconds by its content, so that the symbolic links
/// by which Kubernetes swaps a mounted ConfigMap are seen like any other change. A bad file never replaces a good policy.
/// </summary>
public sealed class PolicyStore : IDisposable
{
    private readonly string _file;
    private readonly IProtocolNames _protocols;
    private readonly ITimer _timer;
    private readonly Lock _looking = new();
    private byte[] _seen = [];
    private PolicySnapshot _current;

    private PolicyStore(string file, IProtocolNames protocols, PolicySnapshot first, byte[] seen, TimeProvider time, TimeSpan interval)
    {
        _file = file;
        _protocols = protocols;
        _current = first;
        _seen = seen;
        _timer = time.CreateTimer(_ => Look(), null, interval, interval);
    }

    /// <summary>Told of every change of the file, good or bad, after it took effect.</summary>
    public event Action<PolicyReload>? Reloaded;

    /// <summary>The policy in force.</summary>
    public PolicySnapshot Current => Volatile.Read(ref _current);

    /// <summary>The last reload that failed, if no later one succeeded.</summary>
    public PolicyReload? LastFailure { get; private set; }

    /// <summary>Loads a file for the first time.</summary>
    /// <param name="file">The policy.</param>
    /// <param name="protocols">The protocols that routes can name.</param>
    /// <param name="time">The clock.</param>
    /// <param name="interval">How often the file is looked at.</param>
    /// <param name="loaded">What loading gave.</param>
    /// <returns>The store, or null if the file is no policy: then there is nothing to fall back to.</returns>
    public static PolicyStore? Open(string file, IProtocolNames protocols, TimeProvider time, TimeSpan interval, out PolicyReload loaded)
    {
        loaded = Load(file, protocols, out byte[] hash);
        return loaded.Result?.Snapshot is { } snapshot ? new PolicyStore(file, protocols, snapshot, hash, time, interval) : null;
    }

    /// <summary>Looks at the file now.</summary>
    public void Look()
    {
        lock (_looking)
        {
            PolicyReload? reload = Changed();
            if (reload is null)
                return;
            if (reload.Result?.Snapshot is { } snapshot)
                Volatile.Write(ref _current, snapshot);
            LastFailure = reload.Succeeded ? null : reload;
            Reloaded?.Invoke(reload);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private PolicyReload? Changed()
    {
        PolicyReload reload = Load(_file, _protocols, out byte[] hash, _seen);
        if (hash.AsSpan().SequenceEqual(_seen))
            return null;
        _seen = hash;
        return reload;
    }

    private static PolicyReload Load(string file, IProtocolNames protocols, out byte[] hash, byte[]? seen = null)
    {
        try
        {
            if (new FileInfo(file).ResolveLinkTarget(true) is FileInfo { Length: > YamlTree.MaxBytes } or null && new FileInfo(file).Length > YamlTree.MaxBytes)
                throw new IOException("the file is too large");
            byte[] bytes = File.ReadAllBytes(file);
            hash = SHA256.HashData(bytes);
            if (seen is not null && hash.AsSpan().SequenceEqual(seen))
                return new PolicyReload(null, null);
            return new PolicyReload(PolicyCompiler.Compile(bytes, protocols), null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A hash of its own, so that the same fault is reported once and the file's return is seen.
            hash = SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(e.GetType().Name));
            return new PolicyReload(null, $"The policy file cannot be read: {e.GetType().Name}.");
        }
    }
}
