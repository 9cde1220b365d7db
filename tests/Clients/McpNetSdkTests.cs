using System.Collections.Concurrent;
using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Testing.Envoy;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace EnvoyExtAuthz.Clients.Tests;

/// <summary>The official MCP SDK for .NET, client and server, through a real Envoy and the filter: what its user's code sees.</summary>
public sealed class McpNetSdkTests
{
    [Theory]
    [InlineData("2026-07-28")]
    [InlineData("2025-11-25")]
    [InlineData("2025-06-18")]
    public async Task Calls_streams_and_refusals_reach_user_code_as_they_should(string version)
    {
        ToolLocator.Require("envoy");
        await using McpNetServer server = await McpNetServer.Start();
        await using FilterProcess filter = await FilterProcess.Start(new FilterOptions { Policy = McpSdkTests.Policy });
        await using EnvoyProcess envoy = await EnvoyProcess.Start(EnvoyProcess.Versions[0], new EnvoyConfig { Filter = filter.Address, OriginPort = server.Port });
        await using var transport = new HttpClientTransport(new HttpClientTransportOptions { Endpoint = new Uri($"http://127.0.0.1:{envoy.Port}/mcp"), TransportMode = HttpTransportMode.StreamableHttp });
        await using McpClient client = await McpClient.CreateAsync(transport, new McpClientOptions { ProtocolVersion = version }, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(version, client.NegotiatedProtocolVersion);

        IList<McpClientTool> tools = await client.ListToolsAsync(cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(["poison", "search"], tools.Select(t => t.Name).Order());

        Assert.Equal("search: hi", Text(await Call(client, "search")));
        var steps = new ConcurrentQueue<string?>();
        var progress = new Progress<ProgressNotificationValue>(p => steps.Enqueue(p.Message));
        Assert.Equal("search: hi", Text(await Call(client, "search", progress)));
        await WaitFor(() => steps.Count == 2);
        Assert.Equal(["step 1", "step 2"], steps.Order());

        CallToolResult forbidden = await Call(client, "delete_files");
        Assert.True(forbidden.IsError);
        Assert.Contains("event", Text(forbidden), StringComparison.Ordinal);

        steps.Clear();
        CallToolResult poison = await Call(client, "poison", progress);
        await WaitFor(() => steps.Count == 2);
        Assert.True(poison.IsError);
        Assert.Contains("event", Text(poison), StringComparison.Ordinal);
        Assert.DoesNotContain("ghp_", Text(poison), StringComparison.Ordinal);
        Assert.Equal(["search", "search", "poison"], server.Ran);
    }

    private static async Task<CallToolResult> Call(McpClient client, string tool, IProgress<ProgressNotificationValue>? progress = null) =>
        await client.CallToolAsync(tool, new Dictionary<string, object?> { ["q"] = "hi" }, progress, cancellationToken: TestContext.Current.CancellationToken);

    private static string Text(CallToolResult result) => Assert.IsType<TextContentBlock>(Assert.Single(result.Content)).Text;

    /// <summary>Progress is reported on another thread than the result.</summary>
    private static async Task WaitFor(Func<bool> condition)
    {
        for (int i = 0; i < 100 && !condition(); i++)
            await Task.Delay(20, TestContext.Current.CancellationToken);
        Assert.True(condition());
    }
}
