using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Testing.Envoy;

namespace EnvoyExtAuthz.Clients.Tests;

/// <summary>Both generations of the official MCP SDK (npm), against real servers of both eras, through a real Envoy and the filter.</summary>
public sealed class McpSdkTests
{
    private static string Policy(string allowed) => """
        version: 1
        name: clients
        callers:
          anyone: {unauthenticated: true}
        routes:
          - {name: tools, match: {paths: ["/mcp"]}, protocol: mcp}
        rules:
          - name: one-tool
            callers: [anyone]
            routes: [tools]
            tools: {allow: [TOOL]}
            detectors: {injection: {action: ignore}}
        """.Replace("TOOL", allowed, StringComparison.Ordinal);

    [Fact]
    public async Task The_2026_client_lists_calls_and_is_refused_as_its_protocol_says()
    {
        NodeProcess.Require();
        ToolLocator.Require("envoy");
        using Process server = NodeProcess.Start("mcp-server.mjs", []);
        try
        {
            int port = int.Parse((await server.StandardOutput.ReadLineAsync())!.Split(' ')[1], CultureInfo.InvariantCulture);
            JsonElement seen = await Through(port, "modern", "search", "delete_files");
            Assert.Equal(["search"], Value(seen, "tools").EnumerateArray().Select(t => t.GetString()));
            Assert.Equal("search: hi", Value(seen, "allowed").GetProperty("content")[0].GetProperty("text").GetString());
            AssertRefused(seen);
            server.Kill();
            Assert.Equal("ran search\n", await server.StandardOutput.ReadToEndAsync());
        }
        finally
        {
            server.Kill();
        }
    }

    [Fact]
    public async Task The_older_client_with_sessions_lists_calls_and_is_refused_as_its_protocol_says()
    {
        NodeProcess.Require();
        ToolLocator.Require("envoy");
        int port = FreePort.Next();
        using Process server = NodeProcess.Start("node_modules/@modelcontextprotocol/server-everything/dist/index.js", ["streamableHttp"], ("PORT", port.ToString(CultureInfo.InvariantCulture)));
        try
        {
            await WaitForPort(port);
            JsonElement seen = await Through(port, "legacy", "echo", "get-sum");
            Assert.Equal(["echo"], Value(seen, "tools").EnumerateArray().Select(t => t.GetString()));
            Assert.Contains("hi", Value(seen, "allowed").GetProperty("content")[0].GetProperty("text").GetString(), StringComparison.Ordinal);
            AssertRefused(seen);
        }
        finally
        {
            server.Kill();
        }
    }

    private static async Task<JsonElement> Through(int originPort, string era, string allowed, string forbidden)
    {
        await using FilterProcess filter = await FilterProcess.Start(new FilterOptions { Policy = Policy(allowed) });
        await using EnvoyProcess envoy = await EnvoyProcess.Start(EnvoyProcess.Versions[0], new EnvoyConfig { Filter = filter.Address, OriginPort = originPort });
        return await NodeProcess.Run("mcp-client.mjs", era, $"http://127.0.0.1:{envoy.Port}/mcp", allowed, forbidden);
    }

    private static void AssertRefused(JsonElement seen)
    {
        JsonElement refused = Value(seen, "forbidden");
        Assert.True(refused.GetProperty("isError").GetBoolean());
        Assert.Contains("event", refused.GetProperty("content")[0].GetProperty("text").GetString(), StringComparison.OrdinalIgnoreCase);
    }

    private static JsonElement Value(JsonElement seen, string name) => seen.GetProperty(name).TryGetProperty("value", out JsonElement value) ? value : throw new InvalidOperationException(seen.GetProperty(name).GetRawText());

    private static async Task WaitForPort(int port)
    {
        for (int i = 0; i < 200; i++)
        {
            try
            {
                using var probe = new System.Net.Sockets.TcpClient();
                await probe.ConnectAsync("127.0.0.1", port);
                return;
            }
            catch (System.Net.Sockets.SocketException)
            {
                await Task.Delay(50);
            }
        }
        Assert.Fail("The server did not start.");
    }
}
