using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Testing.Envoy;

namespace EnvoyExtAuthz.Perf;

/// <summary>One way to the origin that is measured.</summary>
/// <param name="Name">How it is called in the tables.</param>
/// <param name="Envoy">The Envoy that clients speak to.</param>
/// <param name="Filter">Our filter behind it; null for the others.</param>
internal sealed record Target(string Name, EnvoyProcess Envoy, FilterProcess? Filter);

/// <summary>Everything that runs during a measurement, on one machine: the origin and an Envoy for each way.</summary>
internal sealed class Targets : IAsyncDisposable
{
    public const string Bare = "bare";
    public const string Noop = "noop";
    public const string Policy = "policy";
    public const string Detectors = "detectors";

    private readonly List<IAsyncDisposable> _running = [];

    public List<Target> All { get; } = [];

    public static async Task<Targets> Start(string envoyVersion, string originPath)
    {
        var targets = new Targets();
        try
        {
            await targets.Begin(envoyVersion, originPath);
            return targets;
        }
        catch
        {
            await targets.DisposeAsync();
            throw;
        }
    }

    /// <summary>The policy that is measured; with its detectors or without.</summary>
    public static string PolicyText(bool detectors) => $$"""
        version: 1
        name: perf
        identity:
          trustDomains: [{name: lab.test}]
        callers:
          anyone: {unauthenticated: true}
        routes:
          - name: llm
            match: {paths: ["/v1/chat/completions"]}
            protocol: openai-chat
        rules:
          - name: anyone
            callers: [anyone]
            routes: ["*"]
            models: {allow: [m]}
            tools: {allow: [search, "get_*"], deny: [get_secret]}
        {{(detectors ? "" : "    detectors: {injection: {action: ignore}, secrets: {action: ignore}, pii: {action: ignore}}")}}
        """;

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable one in Enumerable.Reverse(_running))
            await one.DisposeAsync();
    }

    private async Task Begin(string envoyVersion, string originPath)
    {
        int origin = FreePort.Next();
        ChildProcess process = Keep(ChildProcess.Start(originPath, [origin.ToString(System.Globalization.CultureInfo.InvariantCulture)]));
        using var probe = new HttpClient();
        await process.WaitFor(async () => await Answers(probe, origin), TimeSpan.FromSeconds(20));
        var config = new EnvoyConfig { Filter = "", OriginPort = origin, StreamIdleTimeout = TimeSpan.Zero, RouteTimeout = TimeSpan.Zero };
        All.Add(new Target(Bare, Keep(await EnvoyProcess.Start(envoyVersion, config with { Protocol = FilterProtocol.None })), null));
        NoopProcess noop = Keep(await NoopProcess.Start());
        All.Add(new Target(Noop, Keep(await EnvoyProcess.Start(envoyVersion, config with { Filter = noop.Address })), null));
        foreach ((string name, bool detectors) in new[] { (Policy, false), (Detectors, true) })
        {
            FilterProcess filter = Keep(await FilterProcess.Start(new FilterOptions { Policy = PolicyText(detectors) }));
            All.Add(new Target(name, Keep(await EnvoyProcess.Start(envoyVersion, config with { Filter = filter.Address })), filter));
        }
    }

    private T Keep<T>(T one) where T : IAsyncDisposable
    {
        _running.Add(one);
        return one;
    }

    private static async Task<bool> Answers(HttpClient client, int port)
    {
        try
        {
            using HttpResponseMessage answer = await client.GetAsync(new Uri($"http://127.0.0.1:{port}/"));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
