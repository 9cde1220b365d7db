using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Text;
using JsonNode = System.Text.Json.Nodes.JsonNode;

namespace EnvoyExtAuthz.Tests.Dialects.Mcp;

/// <summary>
/// Every message of every version's schema, with every property it can have: each text has a role, and tools and calls are found
/// as an independent count says.
/// </summary>
public class McpSchemaTests
{
    private const int Alternatives = 8;

    [Theory]
    [InlineData("2024-11-05", 40)]
    [InlineData("2025-03-26", 40)]
    [InlineData("2025-06-18", 40)]
    [InlineData("2025-11-25", 50)]
    [InlineData("2026-07-28", 25)]
    public void Every_message_of_a_version_is_read_whole(string version, int atLeast)
    {
        string? file = SharedFolder.Find("vectors", "mcp", version, "schema.json");
        Assert.SkipWhen(file is null, "needs ../shared/vectors");
        using JsonDocument schema = JsonDocument.Parse(File.ReadAllBytes(file));
        JsonElement definitions = schema.RootElement.TryGetProperty("$defs", out JsonElement found) ? found : schema.RootElement.GetProperty("definitions");
        var types = new HashSet<string>();
        int tools = 0, uses = 0;
        for (int alternative = 0; alternative < Alternatives; alternative++)
        {
            foreach ((string union, string type) in Types(definitions))
            {
                types.Add(union + type);
                var sample = new SchemaSample(definitions, alternative);
                JsonNode made = sample.Make(type)!;
                Check(union, type, made, sample);
                tools += sample.Tools.Count;
                uses += sample.Uses.Count + sample.FormerUses.Count;
            }
        }
        Assert.True(types.Count >= atLeast, $"{types.Count} types");
        Assert.True(tools > 0);
        Assert.Equal(string.CompareOrdinal(version, "2025-11-25") >= 0, uses > 0);
    }

    private static IEnumerable<(string Union, string Type)> Types(JsonElement definitions)
    {
        foreach (string union in (string[])["ClientRequest", "ClientNotification", "ClientResult", "ServerRequest", "ServerNotification", "ServerResult"])
        {
            foreach (string type in SchemaSample.Members(definitions, union))
                yield return (union, type);
        }
        foreach (string type in (string[])["InputRequiredResult", "CreateTaskResult"])
        {
            if (definitions.TryGetProperty(type, out _))
                yield return ("ServerResult", type);
        }
    }

    private static void Check(string union, string type, JsonNode made, SchemaSample sample)
    {
        var message = new JsonObject { ["jsonrpc"] = "2.0" };
        bool told = union.EndsWith("Notification", StringComparison.Ordinal);
        if (!told)
            message["id"] = 5;
        if (union.EndsWith("Result", StringComparison.Ordinal))
            message["result"] = made.DeepClone();
        foreach (string key in (string[])["method", "params"])
        {
            if (!union.EndsWith("Result", StringComparison.Ordinal) && made[key] is { } member)
                message[key] = member.DeepClone();
        }
        string body = message.ToJsonString();
        using var mcp = new McpExchange();
        mcp.Send($$"""{"jsonrpc":"2.0","id":5,"method":"{{(type == "ListToolsResult" ? "tools/list" : "ping")}}"}""");
        bool fromClient = union.StartsWith("Client", StringComparison.Ordinal);
        Message read = fromClient ? mcp.Request : mcp.Response;
        ReadFault fault = ReadFault.None;
        if (fromClient)
        {
            fault = mcp.Send(body);
        }
        else
        {
            using EventStream stream = mcp.Open();
            fault = mcp.Event(stream, body);
        }
        Assert.True(fault == ReadFault.None, $"{type}: {fault} {body}");
        McpExchange.AssertEachStringOnce(read);
        string[] unknown = [.. McpExchange.Texts(read, TextRole.Unknown).Where(t => !t.StartsWith("Unknown:" + SchemaSample.Open, StringComparison.Ordinal))];
        Assert.True(unknown.Length == 0, $"{type}: {string.Join(' ', unknown)} in {body}");
        Assert.Equal(string.Join("|", sample.Tools), McpExchange.Declared(read));
        IEnumerable<string> called = type == "CallToolRequest" ? [message["params"]!["name"]!.GetValue<string>()] : [];
        Assert.Equal(string.Join("|", called.Concat(sample.Uses)), McpExchange.Calls(read));
        Assert.Equal(sample.FormerUses, read.ToolCalls.Where(c => c.Replayed).Select(c => Encoding.UTF8.GetString(c.Name.Span)));
    }
}
