using System.Text;
using System.Text.Json;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.Mcp;

/// <summary>The specification's own examples of 2026-07-28: each is read whole, wherever a message can hold it.</summary>
public class McpExampleTests
{
    /// <summary>How a message holds an example of a type: the part before, the part after, and whether a client sends it.</summary>
    private static readonly Dictionary<string, (string Before, string After, bool FromClient)> Places = new()
    {
        ["AudioContent"] = Block(),
        ["ImageContent"] = Block(),
        ["TextContent"] = Block(),
        ["EmbeddedResource"] = Block(),
        ["ResourceLink"] = Block(),
        ["BlobResourceContents"] = Result("""{"contents":[""", "]}"),
        ["TextResourceContents"] = Result("""{"contents":[""", "]}"),
        ["ToolResultContent"] = Turn(),
        ["ToolUseContent"] = Turn(),
        ["Resource"] = Result("""{"resources":[""", "]}"),
        ["Tool"] = Result("""{"tools":[""", "]}"),
        ["SamplingMessage"] = Asked("sampling/createMessage", """{"messages":[""", "]}"),
        ["ModelPreferences"] = Asked("sampling/createMessage", """{"messages":[],"modelPreferences":""", "}"),
        ["CreateMessageRequestParams"] = Asked("sampling/createMessage", "", ""),
        ["ElicitRequestFormParams"] = Asked("elicitation/create", "", ""),
        ["ElicitRequestURLParams"] = Asked("elicitation/create", "", ""),
        ["BooleanSchema"] = Form(),
        ["NumberSchema"] = Form(),
        ["StringSchema"] = Form(),
        ["TitledMultiSelectEnumSchema"] = Form(),
        ["TitledSingleSelectEnumSchema"] = Form(),
        ["UntitledMultiSelectEnumSchema"] = Form(),
        ["UntitledSingleSelectEnumSchema"] = Form(),
        ["CreateMessageRequest"] = Result("""{"resultType":"input_required","inputRequests":{"a":""", "}}"),
        ["ElicitRequest"] = Result("""{"resultType":"input_required","inputRequests":{"a":""", "}}"),
        ["ListRootsRequest"] = Result("""{"resultType":"input_required","inputRequests":{"a":""", "}}"),
        ["InputRequests"] = Result("""{"resultType":"input_required","inputRequests":""", "}"),
        ["InputResponses"] = ("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","inputResponses":""", "}}", true),
        ["CreateMessageResult"] = Answer(),
        ["ElicitResult"] = Answer(),
        ["ListRootsResult"] = Answer(),
        ["Root"] = ("""{"jsonrpc":"2.0","id":1,"result":{"roots":[""", "]}}", true),
        ["ClientCapabilities"] = ("""{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":""", "}}", true),
        ["ServerCapabilities"] = Result("""{"capabilities":""", "}"),
        ["CallToolRequestParams"] = Sent("tools/call"),
        ["CompleteRequestParams"] = Sent("completion/complete"),
        ["GetPromptRequestParams"] = Sent("prompts/get"),
        ["PaginatedRequestParams"] = Sent("tools/list"),
        ["CancelledNotificationParams"] = Told("notifications/cancelled"),
        ["LoggingMessageNotificationParams"] = Told("notifications/message"),
        ["ProgressNotificationParams"] = Told("notifications/progress"),
        ["ResourceUpdatedNotificationParams"] = Told("notifications/resources/updated"),
    };

    public static TheoryData<string> Examples
    {
        get
        {
            var data = new TheoryData<string>();
            string? folder = SharedFolder.Find("vectors", "mcp", "2026-07-28", "examples");
            string[] files = folder is null ? [] : Directory.GetFiles(folder, "*.json", SearchOption.AllDirectories);
            foreach (string file in files.Order(StringComparer.Ordinal))
                data.Add(Path.GetRelativePath(folder!, file).Replace('\\', '/'));
            if (data.Count == 0)
                data.Add("");
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public void Every_example_is_read_whole_and_goes_on_as_it_came(string file)
    {
        Assert.SkipWhen(file.Length == 0, "needs ../shared/vectors");
        string type = file[..file.IndexOf('/')];
        string example = File.ReadAllText(SharedFolder.Find("vectors", "mcp", "2026-07-28", "examples", file)!);
        (string before, string after, bool fromClient) = Places.TryGetValue(type, out (string, string, bool) place) ? place
            : example.Contains("\"jsonrpc\"") ? ("", "", type.EndsWith("Request", StringComparison.Ordinal) || type == "CancelledNotification")
            : type.EndsWith("Error", StringComparison.Ordinal) ? ("""{"jsonrpc":"2.0","id":1,"error":""", "}", false) : Result("", "");
        string body = before + example + after;
        using var mcp = new McpExchange();
        Message read = fromClient ? mcp.Request : mcp.Response;
        ReadFault fault = fromClient ? mcp.Send(body) : type.EndsWith("Notification", StringComparison.Ordinal) ? Streamed(mcp, body) : mcp.Answer(body);
        Assert.Equal(ReadFault.None, fault);
        Assert.Empty(read.Splices);
        McpExchange.AssertEachStringOnce(read);
        var coverage = new McpCoverage();
        coverage.Add(read);
        Assert.Equal(coverage.All, coverage.Known);
        Assert.DoesNotContain(read.Segments, s => s.Role == TextRole.Unknown && !IsNewKey(read, s));
        if (read == mcp.Request)
            Assert.Equal(Method(body), Encoding.UTF8.GetString(read.Operation.Span));
        using JsonDocument document = JsonDocument.Parse(body);
        AssertDeclared(document.RootElement, read);
        AssertCalled(document.RootElement, read);
    }

    private static string Method(string body)
    {
        using JsonDocument document = JsonDocument.Parse(body);
        return document.RootElement.TryGetProperty("method", out JsonElement method) ? method.GetString()! : "";
    }

    private static void AssertDeclared(JsonElement root, Message message)
    {
        var expected = new List<string>();
        if (root.TryGetProperty("result", out JsonElement result))
        {
            IEnumerable<JsonElement> holders = result.TryGetProperty("inputRequests", out JsonElement asked)
                ? asked.EnumerateObject().Where(r => r.Value.TryGetProperty("params", out _)).Select(r => r.Value.GetProperty("params")) : [result];
            foreach (JsonElement holder in holders)
            {
                if (holder.TryGetProperty("tools", out JsonElement tools))
                    expected.AddRange(tools.EnumerateArray().Select(t => t.GetProperty("name").GetString()!));
            }
        }
        Assert.Equal(string.Join("|", expected), McpExchange.Declared(message));
    }

    private static void AssertCalled(JsonElement root, Message message)
    {
        string expected = root.TryGetProperty("method", out JsonElement method) && method.GetString() == "tools/call" ? root.GetProperty("params").GetProperty("name").GetString()!
            : root.TryGetProperty("result", out JsonElement result) && result.TryGetProperty("stopReason", out JsonElement reason) && reason.GetString() == "toolUse"
                ? string.Join("|", result.GetProperty("content").EnumerateArray().Select(c => c.GetProperty("name").GetString())) : "";
        Assert.Equal(expected, McpExchange.Calls(message));
    }

    private static bool IsNewKey(Message message, Segment segment) =>
        Enumerable.Range(0, message.Documents[segment.Document].Tape.Count)
            .Any(n => message.Documents[segment.Document].Tape[n].Start == segment.Start && message.Documents[segment.Document].Tape[n].Kind == JsonKind.Key);

    private static ReadFault Streamed(McpExchange mcp, string body)
    {
        mcp.Send("""{"jsonrpc":"2.0","id":1,"method":"ping"}""");
        using EventStream stream = mcp.Open();
        return mcp.Event(stream, body.ReplaceLineEndings(" "));
    }

    private static (string, string, bool) Result(string before, string after) => ("""{"jsonrpc":"2.0","id":1,"result":""" + before, after + "}", false);

    private static (string, string, bool) Block() => Result("""{"content":[""", "]}");

    private static (string, string, bool) Turn() => Asked("sampling/createMessage", """{"messages":[{"role":"assistant","content":[""", "]}]}");

    private static (string, string, bool) Form() => Asked("elicitation/create", """{"message":"m","requestedSchema":{"type":"object","properties":{"p":""", "}}}");

    private static (string, string, bool) Asked(string method, string before, string after) =>
        Result($$$"""{"resultType":"input_required","inputRequests":{"a":{"method":"{{{method}}}","params":""" + before, after + "}}}");

    private static (string, string, bool) Answer() => ("""{"jsonrpc":"2.0","id":1,"result":""", "}", true);

    private static (string, string, bool) Sent(string method) => ($$"""{"jsonrpc":"2.0","id":1,"method":"{{method}}","params":""", "}", true);

    private static (string, string, bool) Told(string method) => ($$"""{"jsonrpc":"2.0","method":"{{method}}","params":""", "}", true);
}
