using System.Text.Json;
using EnvoyExtAuthz.Testing.Origin;

namespace EnvoyExtAuthz.Clients.Tests;

/// <summary>A server that speaks the Responses API, and does what its input says.</summary>
internal static class ResponsesOrigin
{
    /// <summary>An address that stands in an answer in pieces.</summary>
    public const string Address = "anna.keller@corp-mail.org";

    public const string Policy = """
        version: 1
        name: clients
        callers:
          anyone: {unauthenticated: true}
        routes:
          - {name: llm, match: {paths: ["/v1/**", "/openai/responses"]}, protocol: openai-responses}
        rules:
          - name: anyone-may-search
            callers: [anyone]
            routes: [llm]
            tools: {allow: [search]}
            detectors: {injection: {action: ignore}, pii: {action: redact}}
        """;

    public static OriginAnswer Answer(OriginRequest request)
    {
        if (request.Target.Contains("/conversations", StringComparison.Ordinal))
            return OriginAnswer.Json(request.Method == "GET" ? """{"object":"list","data":[],"has_more":false}""" : """{"id":"conv_1","object":"conversation","created_at":1,"metadata":{}}""");
        JsonElement input = JsonDocument.Parse(request.Text).RootElement.GetProperty("input");
        JsonElement first = input.ValueKind == JsonValueKind.String ? input : input[0].GetProperty("content");
        string asked = first.ValueKind == JsonValueKind.String ? first.GetString()! : first[0].GetProperty("text").GetString()!;
        string tool = asked.Contains("delete_files", StringComparison.Ordinal) ? "delete_files" : asked.Contains("search", StringComparison.Ordinal) ? "search" : "";
        if (asked.StartsWith("stream", StringComparison.Ordinal))
            return Stream(asked.Contains("address", StringComparison.Ordinal) ? ["Write to anna.ke", "ller@corp-", "mail.org", " today."] : ["hello ", "there"], tool, asked.Contains("at once", StringComparison.Ordinal));
        return OriginAnswer.Json(Response("completed", tool.Length > 0 ? Call(tool, "{}", "completed") : Message("hello", "completed")));
    }

    private static OriginAnswer Stream(string[] words, string tool, bool atOnce)
    {
        int number = 0;
        string Event(string type, string members) => $"event: {type}\ndata: {{\"type\":\"{type}\",\"sequence_number\":{number++},{members}}}\n\n";
        string text = string.Concat(words);
        var events = new List<string>
        {
            Event("response.created", "\"response\":" + Response("in_progress")),
            Event("response.in_progress", "\"response\":" + Response("in_progress")),
            Event("response.output_item.added", "\"output_index\":0,\"item\":" + Message(null, "in_progress")),
            Event("response.content_part.added", "\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,\"part\":" + Part("")),
        };
        events.AddRange(words.Select(word => Event("response.output_text.delta", $"\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,\"delta\":\"{word}\",\"logprobs\":[]")));
        events.Add(Event("response.output_text.done", $"\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,\"text\":\"{text}\",\"logprobs\":[]"));
        events.Add(Event("response.content_part.done", "\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,\"part\":" + Part(text)));
        events.Add(Event("response.output_item.done", "\"output_index\":0,\"item\":" + Message(text, "completed")));
        if (tool.Length > 0)
        {
            events.Add(Event("response.output_item.added", "\"output_index\":1,\"item\":" + Call(tool, "", "in_progress")));
            events.Add(Event("response.function_call_arguments.delta", "\"item_id\":\"fc_1\",\"output_index\":1,\"delta\":\"{}\""));
            events.Add(Event("response.function_call_arguments.done", "\"item_id\":\"fc_1\",\"output_index\":1,\"arguments\":\"{}\""));
            events.Add(Event("response.output_item.done", "\"output_index\":1,\"item\":" + Call(tool, "{}", "completed")));
        }
        events.Add(Event("response.completed", "\"response\":" + (tool.Length > 0
            ? Response("completed", Message(text, "completed"), Call(tool, "{}", "completed"))
            : Response("completed", Message(text, "completed")))));
        return atOnce ? OriginAnswer.EventStream(TimeSpan.Zero, string.Concat(events)) : OriginAnswer.EventStream(TimeSpan.FromMilliseconds(20), events);
    }

    private static string Response(string status, params string[] output) =>
        $$"""{"id":"resp_1","object":"response","created_at":1,"status":"{{status}}","error":null,"incomplete_details":null,"instructions":null,"metadata":{},"model":"m","output":[{{string.Join(',', output)}}],"parallel_tool_calls":true,"temperature":1.0,"tool_choice":"auto","tools":[],"top_p":1.0}""";

    private static string Message(string? text, string status) =>
        $$"""{"id":"msg_1","type":"message","status":"{{status}}","role":"assistant","content":[{{(text is null ? "" : Part(text))}}]}""";

    private static string Part(string text) => $$"""{"type":"output_text","text":"{{text}}","annotations":[],"logprobs":[]}""";

    private static string Call(string tool, string arguments, string status) =>
        $$"""{"id":"fc_1","type":"function_call","status":"{{status}}","call_id":"call_1","name":"{{tool}}","arguments":"{{arguments}}"}""";
}
