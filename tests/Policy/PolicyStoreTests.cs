using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;

namespace EnvoyExtAuthz.Policy.Tests;

/// <summary>A policy file changes under a running filter.</summary>
public sealed class PolicyStoreTests : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    private readonly string _folder = Directory.CreateTempSubdirectory("policy-store-").FullName;
    private readonly FakeTimeProvider _time = new();
    private readonly ConcurrentQueue<PolicyReload> _reloads = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_changed_file_takes_effect_at_the_next_look()
    {
        string file = Write("policy.yaml", Policy("one"));
        using PolicyStore store = Open(file);

        Write("policy.yaml", Policy("two"));
        Assert.Equal("one", store.Current.Name);
        _time.Advance(Interval);

        Assert.Equal("two", store.Current.Name);
        Assert.True(Assert.Single(_reloads).Succeeded);
        Assert.Null(store.LastFailure);
    }

    [Fact]
    public void An_unchanged_file_is_not_reported_again()
    {
        using PolicyStore store = Open(Write("policy.yaml", Policy("one")));

        File.SetLastWriteTimeUtc(Path.Combine(_folder, "policy.yaml"), DateTime.UnixEpoch);
        _time.Advance(Interval * 5);

        Assert.Empty(_reloads);
    }

    [Fact]
    public void A_bad_file_is_reported_once_and_the_last_good_policy_stays()
    {
        using PolicyStore store = Open(Write("policy.yaml", Policy("one")));
        PolicySnapshot before = store.Current;

        Write("policy.yaml", Policy("two").Replace("rules", "ruels", StringComparison.Ordinal));
        _time.Advance(Interval * 3);

        Assert.Same(before, store.Current);
        PolicyReload reload = Assert.Single(_reloads);
        Assert.Same(reload, store.LastFailure);
        Assert.Contains("policy.yaml:4:1: error unknown-key: The policy has no `ruels`. Did you mean `rules`?", reload.Lines("policy.yaml"));

        Write("policy.yaml", Policy("three"));
        _time.Advance(Interval);
        Assert.Equal("three", store.Current.Name);
        Assert.Null(store.LastFailure);
    }

    [Fact]
    public void The_good_policy_put_back_after_a_bad_one_clears_the_failure()
    {
        using PolicyStore store = Open(Write("policy.yaml", Policy("one")));

        Write("policy.yaml", "nonsense");
        _time.Advance(Interval);
        Assert.NotNull(store.LastFailure);
        Write("policy.yaml", Policy("one"));
        _time.Advance(Interval);

        Assert.Null(store.LastFailure);
        Assert.Equal(2, _reloads.Count);
    }

    [Fact]
    public void A_file_that_goes_away_is_reported_and_the_last_good_policy_stays()
    {
        string file = Write("policy.yaml", Policy("one"));
        using PolicyStore store = Open(file);

        File.Delete(file);
        _time.Advance(Interval * 3);

        Assert.Equal("one", store.Current.Name);
        Assert.Equal("The policy file is not there.", Assert.Single(_reloads).Fault);
        Write("policy.yaml", Policy("two"));
        _time.Advance(Interval);
        Assert.Equal("two", store.Current.Name);
    }

    [Fact]
    public void A_ConfigMap_s_swap_of_links_is_seen()
    {
        // What the kubelet does: policy.yaml -> ..data/policy.yaml, ..data -> a folder named by time; ..data is renamed over.
        Directory.CreateDirectory(Path.Combine(_folder, "..2026_1"));
        Write(Path.Combine("..2026_1", "policy.yaml"), Policy("one"));
        Directory.CreateSymbolicLink(Path.Combine(_folder, "..data"), "..2026_1");
        string file = Path.Combine(_folder, "policy.yaml");
        File.CreateSymbolicLink(file, Path.Combine("..data", "policy.yaml"));
        using PolicyStore store = Open(file);
        Assert.Equal("one", store.Current.Name);

        Directory.CreateDirectory(Path.Combine(_folder, "..2026_2"));
        Write(Path.Combine("..2026_2", "policy.yaml"), Policy("two"));
        Directory.CreateSymbolicLink(Path.Combine(_folder, "..data_tmp"), "..2026_2");
        RenameLink(Path.Combine(_folder, "..data_tmp"), Path.Combine(_folder, "..data"));
        _time.Advance(Interval);

        Assert.Equal("two", store.Current.Name);
    }

    [Fact]
    public async Task A_change_is_seen_without_waiting_for_the_next_look()
    {
        string file = Write("policy.yaml", Policy("one"));
        using PolicyStore store = PolicyStore.Open(file, PolicyText.Names, TimeProvider.System, TimeSpan.FromHours(1), out _)!;
        var seen = new TaskCompletionSource();
        store.Reloaded += _ => seen.TrySetResult();

        Write("new.yaml", Policy("two"));
        File.Move(Path.Combine(_folder, "new.yaml"), file, overwrite: true);
        await seen.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        Assert.Equal("two", store.Current.Name);
    }

    [Fact]
    public void A_first_file_that_is_no_policy_gives_no_store_but_reasons()
    {
        Assert.Null(PolicyStore.Open(Write("policy.yaml", "version: 1\n"), PolicyText.Names, _time, Interval, out PolicyReload bad));
        Assert.Contains("policy.yaml:1:1: error missing-key: The policy needs `name`.", bad.Lines("policy.yaml"));

        Assert.Null(PolicyStore.Open(Path.Combine(_folder, "none.yaml"), PolicyText.Names, _time, Interval, out PolicyReload missing));
        Assert.Equal(["none.yaml: error unreadable: The policy file is not there."], missing.Lines("none.yaml"));

        Assert.Null(PolicyStore.Open(_folder, PolicyText.Names, _time, Interval, out PolicyReload folder));
        Assert.Equal("The policy file may not be read.", folder.Fault);
    }

    [Fact]
    public void A_file_that_grows_over_the_bound_is_not_read_to_its_end()
    {
        string file = Write("policy.yaml", Policy("one"));
        using PolicyStore store = Open(file);
        using (FileStream large = File.OpenWrite(file))
            large.SetLength(1L << 32);
        _time.Advance(Interval);

        Assert.Equal("one", store.Current.Name);
        Assert.Contains("policy.yaml:1:1: error too-large: The file is larger than 8 MiB.", Assert.Single(_reloads).Lines("policy.yaml"));
    }

    [Fact]
    public async Task Readers_see_whole_policies_only_while_the_file_changes()
    {
        string file = Write("policy.yaml", Policy("p0"));
        using PolicyStore store = Open(file);
        using var stop = new CancellationTokenSource();
        Task<bool> reading = Task.Run(() =>
        {
            bool whole = true;
            while (!stop.IsCancellationRequested)
            {
                PolicySnapshot policy = store.Current;
                whole &= PolicyText.Rules(policy).Tool(policy.Name).Allowed;
            }
            return whole;
        }, TestContext.Current.CancellationToken);
        for (int i = 1; i <= 50; i++)
        {
            Write("next.yaml", Policy($"p{i}"));
            File.Move(Path.Combine(_folder, "next.yaml"), file, overwrite: true);
            store.Look();
        }
        await stop.CancelAsync();

        Assert.True(await reading);
        Assert.Equal("p50", store.Current.Name);
    }

    /// <summary>rename(2), which .NET has for files and folders but not for links to folders.</summary>
    private static void RenameLink(string from, string to)
    {
        using Process process = Process.Start("mv", ["-T", from, to]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    private PolicyStore Open(string file)
    {
        PolicyStore? store = PolicyStore.Open(file, PolicyText.Names, _time, Interval, out PolicyReload loaded);
        Assert.True(store is not null, string.Join("\n", loaded.Lines(file)));
        store.Reloaded += _reloads.Enqueue;
        return store;
    }

    private string Write(string name, string text)
    {
        string file = Path.Combine(_folder, name);
        File.WriteAllText(file, text);
        return file;
    }

    /// <summary>A policy that allows the tool of its own name.</summary>
    private static string Policy(string name) => $$$"""
        version: 1
        name: {{{name}}}
        routes: [{name: tools, match: {paths: ["/mcp"]}}]
        rules: [{name: a, callers: [research], routes: [tools], tools: {allow: [{{{name}}}]}}]
        callers: {research: {spiffe: ["spiffe://cluster.local/ns/agents/sa/research"]}}
        """;
}
