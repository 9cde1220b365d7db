using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Testing.Envoy;
using EnvoyExtAuthz.Testing.Origin;
using EnvoyExtAuthz.Testing.Wire;

namespace EnvoyExtAuthz.EndToEnd.Tests.Field;

/// <summary>A filter under a policy of some allowed tools, a real Envoy, and an origin whose answer a test sets.</summary>
public sealed class FieldLab : IAsyncDisposable
{
    private OriginAnswer _answer = OriginAnswer.Json("{}");

    private FieldLab(FilterProcess filter)
    {
        Filter = filter;
    }

    public FilterProcess Filter { get; }

    public EnvoyProcess Envoy { get; private set; } = null!;

    public ScriptedOrigin Origin { get; private set; } = null!;

    /// <summary>The origin's next answers.</summary>
    public OriginAnswer Answer
    {
        set => Volatile.Write(ref _answer, value);
    }

    public static string PolicyOf(IEnumerable<string> allowed, string more = "") => """
        version: 1
        name: field
        callers:
          anyone: {unauthenticated: true}
        routes:
          - {name: llm, match: {paths: ["/v1/chat/completions"]}, protocol: openai-chat}
          - {name: claude, match: {paths: ["/v1/messages"]}, protocol: anthropic}
          - {name: tools, match: {paths: ["/mcp"]}, protocol: mcp}
        rules:
          - name: anyone
            callers: [anyone]
            routes: ["*"]
            tools: {allow: [TOOLS]}
            detectors: {injection: {action: ignore}}
            MORE
        """.Replace("TOOLS", string.Join(", ", allowed.Select(a => $"\"{a}\"")), StringComparison.Ordinal).Replace("MORE", more, StringComparison.Ordinal);

    public static async Task<FieldLab> Start(IEnumerable<string> allowed, string more = "", EnvoyConfig? envoy = null, string? config = null)
    {
        var lab = new FieldLab(await FilterProcess.Start(new FilterOptions { Policy = PolicyOf(allowed, more), Config = config }));
        lab.Origin = await ScriptedOrigin.Start(_ => Volatile.Read(ref lab._answer));
        lab.Envoy = await EnvoyProcess.Start(EnvoyProcess.Versions[0], (envoy ?? new EnvoyConfig { Filter = "", OriginPort = 0 }) with { Filter = lab.Filter.Address, OriginPort = lab.Origin.Port });
        return lab;
    }

    public async Task<RawResponse> Post(string path, string body)
    {
        await using RawHttpClient client = await RawHttpClient.Connect(Envoy.Port);
        return await client.Exchange(RawHttpClient.Post(path, body));
    }

    public async ValueTask DisposeAsync()
    {
        await Envoy.DisposeAsync();
        await Origin.DisposeAsync();
        await Filter.DisposeAsync();
    }
}
