namespace EnvoyExtAuthz.Policy.Tests;

/// <summary>Which route a request takes.</summary>
public class RouteTests
{
    private static PolicySnapshot With(string match) => PolicyText.Snapshot($"version: 1\nname: test\nroutes: [{{name: r, match: {match}}}]\nrules: []\n");

    [Theory]
    [InlineData("/v1/**", "/v1/chat/completions", true)]
    [InlineData("/v1/**", "/v1", true)]
    [InlineData("/v1/**", "/v1/", true)]
    [InlineData("/v1/**", "/v10", false)]
    [InlineData("/v1/**", "/V1/x", false)]
    [InlineData("/v1/*", "/v1/x", true)]
    [InlineData("/v1/*", "/v1/x/y", false)]
    [InlineData("/v1/*/y", "/v1/x/y", true)]
    [InlineData("/mcp", "/mcp", true)]
    [InlineData("/mcp", "/mcp/", false)]
    [InlineData("/mcp", "/mcp/x", false)]
    [InlineData("/**", "/", true)]
    [InlineData("/**", "/any/thing", true)]
    [InlineData("/", "/", true)]
    [InlineData("/", "/x", false)]
    [InlineData("/a*c/b", "/abc/b", true)]
    [InlineData("/a*c/b", "/a/c/b", false)]
    public void A_path_pattern_matches_segment_by_segment(string pattern, string path, bool expected) =>
        Assert.Equal(expected, PolicyText.RouteOf(With($"{{paths: [\"{pattern}\"]}}"), path) is not null);

    [Theory]
    [InlineData("llm.internal", "llm.internal", true)]
    [InlineData("llm.internal", "LLM.Internal", true)]
    [InlineData("LLM.internal", "llm.internal", true)]
    [InlineData("llm.internal", "llm.internal:8000", true)]
    [InlineData("llm.internal", "llm.internal.evil", false)]
    [InlineData("llm.internal", "user@llm.internal", false)]
    [InlineData("*.internal", "a.b.internal", true)]
    [InlineData("*.internal", "internal", false)]
    [InlineData("[::1]", "[::1]:80", true)]
    [InlineData("[::1]", "[::1]", true)]
    [InlineData("*", "", false)]
    public void A_host_is_compared_without_port_and_case(string pattern, string authority, bool expected) =>
        Assert.Equal(expected, PolicyText.RouteOf(With($"{{hosts: [\"{pattern}\"]}}"), "/", authority) is not null);

    [Fact]
    public void A_host_too_long_to_be_one_matches_no_pattern() =>
        Assert.Null(PolicyText.RouteOf(With("{hosts: [\"*\"]}"), "/", new string('a', 300)));

    [Fact]
    public void Ports_methods_workloads_and_Envoys_routes_narrow_a_route()
    {
        PolicySnapshot policy = With("{ports: [8000], methods: [POST], workloads: [\"llm-*\"], envoyRoutes: [chat]}");

        Assert.NotNull(PolicyText.RouteOf(policy, "/", port: 8000, workload: "llm-7b", envoyRoute: "chat"));
        Assert.Null(PolicyText.RouteOf(policy, "/", port: 8001, workload: "llm-7b", envoyRoute: "chat"));
        Assert.Null(PolicyText.RouteOf(policy, "/", port: 8000, workload: "llm-7b", envoyRoute: "chat", method: "GET"));
        Assert.Null(PolicyText.RouteOf(policy, "/", port: 8000, workload: "tools", envoyRoute: "chat"));
        Assert.Null(PolicyText.RouteOf(policy, "/", port: 8000, workload: "llm-7b"));
        Assert.Null(PolicyText.RouteOf(policy, "/", port: 8000, envoyRoute: "chat"));
    }

    [Fact]
    public void The_first_route_that_matches_is_taken()
    {
        PolicySnapshot policy = PolicyText.Snapshot("""
            version: 1
            name: test
            routes:
              - {name: one, match: {paths: ["/a/b"]}, protocol: mcp}
              - {name: two, match: {paths: ["/a/**"]}, protocol: auto}
              - {name: three, match: {}}
            rules: []
            """);

        Assert.Equal(("one", "mcp", 0), (PolicyText.RouteOf(policy, "/a/b")!.Name, PolicyText.RouteOf(policy, "/a/b")!.Dialect!.Name, PolicyText.RouteOf(policy, "/a/b")!.Index));
        Assert.Equal("two", PolicyText.RouteOf(policy, "/a/c")!.Name);
        Assert.Null(PolicyText.RouteOf(policy, "/a/c")!.Dialect);
        Assert.Equal("three", PolicyText.RouteOf(policy, "/b")!.Name);
    }

    [Fact]
    public void A_REST_route_knows_its_tools()
    {
        PolicySnapshot policy = PolicyText.Snapshot("version: 1\nname: t\nroutes: [{name: crm, match: {paths: [\"/crm/**\"]}, protocol: rest, tools: [{name: crm.read, method: GET, path: \"/crm/customers/{id}\"}]}]\nrules: []\n");

        Route route = PolicyText.RouteOf(policy, "/crm/customers/7", method: "GET")!;
        Assert.True(route.Dialect!.Recognises("GET"u8, "/crm/customers/7"u8));
        Assert.False(route.Dialect!.Recognises("DELETE"u8, "/crm/customers/7"u8));
    }
}
