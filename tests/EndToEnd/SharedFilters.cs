using System.Collections.Concurrent;
using EnvoyExtAuthz.EndToEnd.Tests;
using EnvoyExtAuthz.Testing;

[assembly: AssemblyFixture(typeof(SharedFilters))]

namespace EnvoyExtAuthz.EndToEnd.Tests;

/// <summary>Filters that tests share, one a policy and setting; a test that stops or breaks its filter starts its own.</summary>
public sealed class SharedFilters : IAsyncDisposable
{
    private readonly ConcurrentDictionary<(string Policy, bool Lean), Lazy<Task<FilterProcess>>> _running = new();

    /// <summary>A running filter.</summary>
    /// <param name="policy">Its policy.</param>
    /// <param name="lean">It believes that Envoy has <c>allow_mode_override</c>.</param>
    public Task<FilterProcess> For(string policy, bool lean = false) =>
        _running.GetOrAdd((policy, lean), key => new Lazy<Task<FilterProcess>>(() => FilterProcess.Start(Options(key.Policy, key.Lean)))).Value;

    /// <summary>How a filter is started here.</summary>
    /// <param name="policy">Its policy.</param>
    /// <param name="lean">It believes that Envoy has <c>allow_mode_override</c>.</param>
    public static FilterOptions Options(string policy, bool lean = false) => new()
    {
        Policy = policy,
        Environment = new Dictionary<string, string> { ["ENVOY_EXTAUTHZ_ENVOY_ALLOW_MODE_OVERRIDE"] = lean ? "true" : "false" },
    };

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (Lazy<Task<FilterProcess>> filter in _running.Values)
            await (await filter.Value).DisposeAsync();
    }
}
