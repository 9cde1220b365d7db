namespace EnvoyExtAuthz.EndToEnd.Tests;

/// <summary>Chat completions in the few forms that the laboratory needs.</summary>
internal static class Chat
{
    public const string Path = "/v1/chat/completions";

    /// <summary>A request the open policy allows.</summary>
    public const string Allowed = """{"model":"m","messages":[{"role":"user","content":"Good morning"}]}""";

    /// <summary>A request the open policy refuses: its model is not allowed.</summary>
    public const string Refused = """{"model":"forbidden","messages":[{"role":"user","content":"Good morning"}]}""";

    /// <summary>An answer the open policy allows; its spacing must survive.</summary>
    public const string Answer = """{"id":"c1",  "object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hello there"},"finish_reason":"stop"}]}""";

    /// <summary>An answer that calls a tool nobody may use.</summary>
    public const string ForbiddenAnswer = """{"id":"c1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"t1","type":"function","function":{"name":"drop_tables","arguments":"{\"which\":\"customers\"}"}}]},"finish_reason":"tool_calls"}]}""";

    /// <summary>A stream's end.</summary>
    public const string Done = "data: [DONE]\n\n";

    /// <summary>The last chunk before <see cref="Done"/>.</summary>
    public static string Stop { get; } = Chunk("{}", "\"stop\"");

    /// <summary>One event of a stream that carries text.</summary>
    public static string Text(string text) => Chunk($$$"""{"content":"{{{text}}}"}""");

    /// <summary>One event that carries a piece of a tool call.</summary>
    public static string ToolCall(string? name, string arguments) => Chunk(name is null
        ? $$$"""{"tool_calls":[{"index":0,"function":{"arguments":"{{{arguments}}}"}}]}"""
        : $$$"""{"tool_calls":[{"index":0,"id":"t1","type":"function","function":{"name":"{{{name}}}","arguments":"{{{arguments}}}"}}]}""");

    /// <summary>A request whose one image has so many base64 digits.</summary>
    public static string WithImage(int digits) =>
        $$$"""{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"What is this?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,{{{new string('A', digits)}}}"}}]}]}""";

    private static string Chunk(string delta, string finish = "null") =>
        $$$"""data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{{{delta}}},"finish_reason":{{{finish}}}}]}""" + "\n\n";
}
