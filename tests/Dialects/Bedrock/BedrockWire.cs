using System.Text;
using System.Text.Json.Nodes;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.Bedrock;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.Bedrock;

/// <summary>Bedrock requests, answers and streams as the engine hands them to the dialect.</summary>
internal static class BedrockWire
{
    public const string Converse = "/model/m/converse";

    public const string ConverseStream = "/model/m/converse-stream";

    public static Dialect Dialect => BedrockDialect.Instance;

    public static RefusalReason Reason => new("tool_not_allowed", "The tool is not allowed.", "e1");

    public static ReadFault Request(string path, string body, Message message, params (string Name, string Value)[] headers) =>
        Request(path, Encoding.UTF8.GetBytes(body), message, headers);

    public static ReadFault Request(string path, byte[] body, Message message, params (string Name, string Value)[] headers)
    {
        HttpHead head = new HttpHead().Add(":method", "POST").Add(":path", path).Add("content-type", "application/json");
        foreach ((string name, string value) in headers)
            head.Add(name, value);
        message.Clear();
        message.Dialect = Dialect;
        Assert.True(RequestPath.TryNormalise(head.Path, out ReadOnlyMemory<byte> normal, out _));
        return Dialect.ReadRequest(head, normal, body, JsonLimits.Default, message);
    }

    public static ReadFault Response(string body, Message message, int status = 200, string type = "application/json")
    {
        using var request = new Message();
        return Response(request, Encoding.UTF8.GetBytes(body), message, status, type);
    }

    public static ReadFault Response(Message request, byte[] body, Message message, int status = 200, string type = "application/json")
    {
        HttpHead head = new HttpHead().Add(":status", $"{status}").Add("content-type", type);
        message.Clear();
        message.Dialect = Dialect;
        return Dialect.ReadResponse(request, head, body, JsonLimits.Default, message);
    }

    public static EventStream Stream(Message request) =>
        Dialect.OpenStream(request, new HttpHead().Add(":status", "200").Add("content-type", "application/vnd.amazon.eventstream"))!;

    /// <summary>A message of an AWS event stream.</summary>
    public static byte[] Event(string name, string payload) => AwsEventFramer.Write(isException: false, Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(payload));

    public static byte[] Exception(string name, string payload) => AwsEventFramer.Write(isException: true, Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(payload));

    /// <summary>A chunk that wraps a model's own event.</summary>
    public static byte[] Chunk(string inner) => Event("chunk", "{\"bytes\":\"" + Convert.ToBase64String(Encoding.UTF8.GetBytes(inner)) + "\",\"p\":\"abc\"}");

    /// <summary>Role and text of each segment, nested ones included.</summary>
    public static List<string> Texts(Message message) => [.. message.Segments.Select(s => $"{s.Role}: {Encoding.UTF8.GetString(message.Text(s).Span)}")];

    public static List<string> Tools(Message message) => [.. message.ToolDeclarations.Select(t => Encoding.UTF8.GetString(t.Name.Span))];

    public static List<string> Calls(Message message) =>
        [.. message.ToolCalls.Select(c => $"{Encoding.UTF8.GetString(c.Name.Span)}({Encoding.UTF8.GetString(c.Arguments.Span)}){(c.Replayed ? " again" : "")}")];

    /// <summary>The request without some of its tools, or null where it cannot do without.</summary>
    public static string? Without(string path, string body, params string[] names)
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Request(path, body, message));
        int[] removed = [.. message.ToolDeclarations.Select((t, i) => (Name: Encoding.UTF8.GetString(t.Name.Span), i)).Where(t => names.Contains(t.Name)).Select(t => t.i)];
        Assert.NotEmpty(removed);
        if (!Dialect.RemoveTools(message, removed))
            return null;
        Assert.True(Dialect.TryWrite(message, out byte[] edited));
        System.Text.Json.Nodes.JsonNode.Parse(edited);
        return Encoding.UTF8.GetString(edited);
    }
}
