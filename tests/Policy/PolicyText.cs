using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Identity;
using EnvoyExtAuthz.Policy.Yaml;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Policy.Tests;

/// <summary>Writes, compiles and asks policies in tests.</summary>
internal static class PolicyText
{
    /// <summary>Everything but rules: two caller sets, two routes.</summary>
    public const string Frame = """
        version: 1
        name: test
        callers:
          research: {spiffe: ["spiffe://cluster.local/ns/agents/sa/research"]}
          agents: {namespace: agents}
        routes:
          - {name: llm, match: {paths: ["/v1/**"]}, protocol: openai-chat}
          - {name: tools, match: {paths: ["/mcp"]}, protocol: mcp}

        """;

    public static IProtocolNames Names => Protocols.Instance;

    public static Caller Research { get; } = Peer("spiffe://cluster.local/ns/agents/sa/research");

    public static PolicyResult Compile(string yaml, string? file = null) => PolicyCompiler.Compile(Encoding.UTF8.GetBytes(yaml), Protocols.Instance, file);

    /// <summary>Compiles a policy that must have no error.</summary>
    public static PolicySnapshot Snapshot(string yaml)
    {
        PolicyResult result = Compile(yaml);
        Assert.True(result.Snapshot is not null, string.Join("\n", result.Diagnostics.Select(d => d.Format("policy.yaml"))));
        return result.Snapshot;
    }

    /// <summary>What rules in the <see cref="Frame"/> say of a caller on the route <c>tools</c>.</summary>
    public static Ruleset Rules(string rules, Caller? caller = null) => Rules(Snapshot(Frame + rules), caller);

    public static Ruleset Rules(PolicySnapshot policy, Caller? caller = null, string path = "/mcp") =>
        policy.For(caller ?? Research, RouteOf(policy, path)!);

    public static Route? RouteOf(PolicySnapshot policy, string path, string authority = "host", string method = "POST", string? envoyRoute = null, int port = 0, string? workload = null) =>
        policy.FindRoute(new RouteFacts(Encoding.UTF8.GetBytes(authority), Encoding.UTF8.GetBytes(path), Encoding.UTF8.GetBytes(method), envoyRoute, port, workload));

    public static Caller Peer(string id)
    {
        Assert.True(SpiffeId.TryParse(id, out SpiffeId parsed));
        return new Caller(parsed, IdentityProof.PeerCertificate, null, null);
    }

    public static ToolVerdict Tool(this Ruleset rules, string name) => rules.JudgeTool(Encoding.UTF8.GetBytes(name));

    public static ToolVerdict Model(this Ruleset rules, string name) => rules.JudgeModel(Encoding.UTF8.GetBytes(name));

    public static IEnumerable<PolicyDiagnostic> Errors(this PolicyResult result) => result.Diagnostics.Where(d => d.IsError);

    private sealed class Protocols : IProtocolNames
    {
        public static readonly Protocols Instance = new();
        private readonly Dialect[] _all = [new NamedDialect("openai-chat"), new NamedDialect("mcp")];

        public IReadOnlyList<string> Names => [.. _all.Select(d => d.Name)];

        public Dialect? ByName(string name) => Array.Find(_all, d => d.Name == name);
    }

    /// <summary>A protocol of which only the name matters here.</summary>
    private sealed class NamedDialect(string name) : Dialect
    {
        public override string Name => name;

        public override bool Recognises(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path) => false;

        public override ReadFault ReadRequest(HttpHead head, ReadOnlyMemory<byte> path, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message) => ReadFault.UnknownPath;

        public override ReadFault ReadResponse(Message request, HttpHead head, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message) => ReadFault.UnknownPath;

        public override bool RemoveTools(Message message, ReadOnlySpan<int> removed) => false;

        public override Refusal Refuse(in RefusalReason reason, Message? request, HttpHead requestHead) => new(403, "text/plain", []);
    }
}
