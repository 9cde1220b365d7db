using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Testing.Envoy;

namespace EnvoyExtAuthz.Clients.Tests;

/// <summary>Both generations of the official MCP SDK (npm) over all three transports, against real servers, through a real Envoy and the filter.</summary>
public sealed class McpSdkTests
{
    internal const string Policy = """
        version: 1
        name: clients
        callers:
          anyone: {unauthenticated: true}
        routes:
          - {name: tools, match: {paths: ["/mcp", "/sse", "/messages"]}, protocol: mcp}
        rules:
          - name: some-tools
            callers: [anyone]
            routes: [tools]
            tools: {allow: [search, ask, poison]}
            detectors: {injection: {action: ignore}, secrets: {action: refuse}}
        """;

    [Theory]
    [InlineData("mcp-server.mjs", "modern", "/mcp")]
    [InlineData("mcp-legacy-server.mjs", "legacy", "/mcp")]
    [InlineData("mcp-legacy-server.mjs", "sse", "/sse")]
    public async Task Calls_streams_questions_and_refusals_reach_user_code_as_they_should(string server, string era, string path)
    {
        NodeProcess.Require();
        ToolLocator.Require("envoy");
        using Process origin = NodeProcess.Start(server, []);
        try
        {
            int port = int.Parse((await origin.StandardOutput.ReadLineAsync())!.Split(' ')[1], CultureInfo.InvariantCulture);
            await using FilterProcess filter = await FilterProcess.Start(new FilterOptions { Policy = Policy });
            await using EnvoyProcess envoy = await EnvoyProcess.Start(EnvoyProcess.Versions[0], new EnvoyConfig { Filter = filter.Address, OriginPort = port });
            JsonElement seen = await NodeProcess.Run("mcp-client.mjs", era, $"http://127.0.0.1:{envoy.Port}{path}");

            Assert.Equal(["search", "poison", "ask"], Value(seen, "tools").EnumerateArray().Select(t => t.GetString()));
            Assert.Equal("search: hi", Text(Value(seen, "allowed")));
            Assert.Equal("search: hi", Text(Value(seen, "progress")[0]));
            Assert.Equal(["step 1", "step 2"], Value(seen, "progress")[1].EnumerateArray().Select(s => s.GetString()));
            Assert.Equal("ask: Oslo", Text(Value(seen, "elicited")[0]));
            Assert.Equal("Which city?", Value(seen, "elicited")[1][0].GetString());
            Assert.Equal("a note", Value(seen, "resource").GetString());
            Assert.Equal("Greet Ada.", Value(seen, "prompt").GetString());
            Assert.Equal(["step 1", "step 2"], seen.GetProperty("poisonSteps").EnumerateArray().Select(s => s.GetString()));
            Assert.DoesNotContain("ghp_16C7e42F292c6912E7710c838347Ae178B4a", seen.GetRawText(), StringComparison.Ordinal);
            if (era == "sse")
                AssertRefusedWithoutAnAnswerToTheCall(seen);
            else
                AssertRefusedInAResult(seen);
            origin.Kill();
            Assert.Equal("ran search\nran search\nran ask\nran poison\n", await origin.StandardOutput.ReadToEndAsync());
        }
        finally
        {
            origin.Kill();
        }
    }

    /// <summary>A refused call is a result that the model can read, before the server is asked and after.</summary>
    private static void AssertRefusedInAResult(JsonElement seen)
    {
        foreach (string name in (string[])["forbidden", "poison"])
        {
            Assert.True(Value(seen, name).GetProperty("isError").GetBoolean());
            Assert.Contains("event", Text(Value(seen, name)), StringComparison.OrdinalIgnoreCase);
        }
    }

    /// <summary>Over two exchanges (2024-11-05) a POST is refused by its status, and an answer by an error in the stream.</summary>
    private static void AssertRefusedWithoutAnAnswerToTheCall(JsonElement seen)
    {
        JsonElement before = seen.GetProperty("forbidden");
        Assert.Contains("403", before.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Contains("event", before.GetProperty("message").GetString(), StringComparison.Ordinal);
        JsonElement after = seen.GetProperty("poison");
        Assert.Equal("McpError", after.GetProperty("error").GetString());
        Assert.Equal(403001, after.GetProperty("code").GetInt32());
        Assert.Contains("event", after.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    private static string Text(JsonElement result) => result.GetProperty("content")[0].GetProperty("text").GetString()!;

    private static JsonElement Value(JsonElement seen, string name) => seen.GetProperty(name).TryGetProperty("value", out JsonElement value) ? value : throw new InvalidOperationException($"{name}: {seen.GetProperty(name).GetRawText()}");
}
