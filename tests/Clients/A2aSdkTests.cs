using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Testing.Envoy;

namespace EnvoyExtAuthz.Clients.Tests;

/// <summary>The official A2A SDK (npm) against its own server, both bindings and both versions, through a real Envoy and the filter.</summary>
public sealed class A2aSdkTests
{
    private const string Policy = """
        version: 1
        name: clients
        callers:
          anyone: {unauthenticated: true}
        routes:
          - {name: agent, match: {}, protocol: a2a}
        rules:
          - name: ask-and-look
            callers: [anyone]
            routes: [agent]
            tools: {allow: [SendMessage, SendStreamingMessage, GetTask, ListTasks, ListTaskPushNotificationConfigs]}
            detectors:
              injection: {action: ignore}
              secrets: {action: refuse}
              pii.email: {action: redact}
        """;

    [Theory]
    [InlineData("JSONRPC", "1.0")]
    [InlineData("HTTP+JSON", "1.0")]
    [InlineData("JSONRPC", "0.3")]
    [InlineData("HTTP+JSON", "0.3")]
    public async Task Messages_streams_tasks_and_refusals_reach_user_code_as_they_should(string binding, string version)
    {
        NodeProcess.Require();
        ToolLocator.Require("envoy");
        using Process server = NodeProcess.Start("a2a-server.mjs", []);
        try
        {
            int port = int.Parse((await server.StandardOutput.ReadLineAsync())!.Split(' ')[1], CultureInfo.InvariantCulture);
            await using FilterProcess filter = await FilterProcess.Start(new FilterOptions { Policy = Policy });
            await using EnvoyProcess envoy = await EnvoyProcess.Start(EnvoyProcess.Versions[0], new EnvoyConfig { Filter = filter.Address, OriginPort = port });

            JsonElement seen = await NodeProcess.Run("a2a-client.mjs", binding, version, $"http://127.0.0.1:{envoy.Port}");
            server.Kill();
            string got = await server.StandardOutput.ReadToEndAsync();

            Assert.DoesNotContain("owner@example.com", seen.GetRawText(), StringComparison.Ordinal);
            Assert.Contains("about trips.", Value(seen, "skill").GetString(), StringComparison.Ordinal);
            Assert.Equal("you said: plain", Value(seen, "plain").GetString());
            Assert.StartsWith("write to ", Value(seen, "redacted").GetString(), StringComparison.Ordinal);
            AssertWholeStream(seen.GetProperty("stream"));
            AssertCutStream(seen.GetProperty("refusedStream"));
            Assert.Equal("TASK_STATE_COMPLETED", Value(seen, "getTask").GetProperty("state").GetString());
            Assert.EndsWith(" now", Value(seen, "getTask").GetProperty("artifact").GetString(), StringComparison.Ordinal);
            Assert.Equal(0, Value(seen, "configs").GetInt32());
            Assert.True(version != "1.0" || Value(seen, "tasks").GetBoolean());
            foreach (string refused in (string[])["refusedCancel", "refusedPush", "refusedSecret"])
                Assert.Contains("(event ", seen.GetProperty(refused).GetProperty("message").GetString(), StringComparison.Ordinal);
            Assert.Equal(["got plain", "got leak", "got stream", "got stream secret", "got task"], got.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => l.StartsWith("got ", StringComparison.Ordinal)));
        }
        finally
        {
            server.Kill();
        }
    }

    private static void AssertWholeStream(JsonElement stream)
    {
        Assert.False(stream.TryGetProperty("error", out _), stream.GetRawText());
        JsonElement read = stream.GetProperty("value");
        Assert.Equal("TASK_STATE_COMPLETED", read.GetProperty("state").GetString());
        // The address came in two events; of its mask the first has all and the second nothing.
        string artifact = read.GetProperty("artifacts").GetProperty("a").GetString()!;
        Assert.StartsWith("write to ", artifact, StringComparison.Ordinal);
        Assert.EndsWith(" now", artifact, StringComparison.Ordinal);
        Assert.DoesNotContain("own", artifact.Replace(" now", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    private static void AssertCutStream(JsonElement stream)
    {
        Assert.Contains("(event ", stream.GetProperty("message").GetString(), StringComparison.Ordinal);
        JsonElement read = stream.GetProperty("value");
        Assert.Contains("task", read.GetProperty("kinds").EnumerateArray().Select(k => k.GetString()));
        Assert.DoesNotContain("ghp_", stream.GetRawText(), StringComparison.Ordinal);
        Assert.False(read.TryGetProperty("state", out _));
    }

    private static JsonElement Value(JsonElement seen, string name) => seen.GetProperty(name).TryGetProperty("value", out JsonElement value) ? value : throw new InvalidOperationException(seen.GetProperty(name).GetRawText());
}
