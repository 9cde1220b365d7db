using System.Text;
using System.Text.Json;
using EnvoyExtAuthz.Testing.Origin;

namespace EnvoyExtAuthz.Clients.Tests;

/// <summary>Answers as Anthropic's API does, by the first word of the question: plain, stream or call, and of which tool.</summary>
internal static class AnthropicOrigin
{
    private const string Head = "\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\"";
    private const string Usage = "\"usage\":{\"input_tokens\":1,\"output_tokens\":1,\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":0,\"cache_creation\":null,\"inference_geo\":null,\"output_tokens_details\":null,\"server_tool_use\":null,\"service_tier\":\"standard\"}";

    public static OriginAnswer Answer(OriginRequest request) => request.Target.Split('?')[0] switch
    {
        "/v1/messages" => Message(request),
        "/v1/messages/count_tokens" => OriginAnswer.Json("""{"input_tokens":7}"""),
        "/v1/messages/batches" or "/v1/messages/batches/b1" => OriginAnswer.Json(
            """{"id":"b1","type":"message_batch","processing_status":"ended","request_counts":{"processing":0,"succeeded":1,"errored":0,"canceled":0,"expired":0},"ended_at":null,"created_at":"2026-01-01T00:00:00Z","expires_at":"2026-01-02T00:00:00Z","archived_at":null,"cancel_initiated_at":null,"results_url":"/v1/messages/batches/b1/results"}"""),
        "/v1/messages/batches/b1/results" => OriginAnswer.Of("application/x-jsonl", Encoding.UTF8.GetBytes(
            "{\"custom_id\":\"a\",\"result\":{\"type\":\"succeeded\",\"message\":{" + Head + ",\"content\":[{\"type\":\"text\",\"text\":\"hello\"}],\"stop_reason\":\"end_turn\"," + Usage + "}}}\n")),
        "/v1/files" => OriginAnswer.Json("""{"id":"file_1","type":"file","filename":"data.csv","mime_type":"text/csv","size_bytes":8,"created_at":"2026-01-01T00:00:00Z","downloadable":false}"""),
        "/v1/models" => OriginAnswer.Json("""{"data":[{"type":"model","id":"claude-x","display_name":"Claude X","created_at":"2026-01-01T00:00:00Z"}],"first_id":"claude-x","last_id":"claude-x","has_more":false}"""),
        _ => OriginAnswer.Json("""{"type":"error","error":{"type":"not_found_error","message":"Not found"}}""", 404),
    };

    private static OriginAnswer Message(OriginRequest request)
    {
        string last = JsonDocument.Parse(request.Text).RootElement.GetProperty("messages").EnumerateArray().Last().GetProperty("content").ToString();
        string tool = last.Contains("delete_files", StringComparison.Ordinal) ? "delete_files" : last.Contains("search", StringComparison.Ordinal) ? "search" : "";
        if (last.StartsWith("stream", StringComparison.Ordinal))
            return OriginAnswer.EventStream(TimeSpan.FromMilliseconds(20), Stream(tool));
        string block = last.StartsWith("call", StringComparison.Ordinal)
            ? "{\"type\":\"tool_use\",\"id\":\"toolu_1\",\"name\":\"" + tool + "\",\"input\":{\"q\":\"Oslo\"}}"
            : """{"type":"text","text":"hello","citations":null}""";
        return OriginAnswer.Json("{" + Head + ",\"content\":[" + block + "],\"stop_reason\":\"end_turn\",\"stop_sequence\":null,\"stop_details\":null,\"container\":null," + Usage + "}");
    }

    private static IEnumerable<string> Stream(string tool)
    {
        yield return Event("message_start", "\"message\":{" + Head + ",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"stop_details\":null,\"container\":null," + Usage + "}");
        yield return Event("ping", "");
        yield return Event("content_block_start", "\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\",\"citations\":null}");
        foreach (string piece in tool.Length > 0 ? (string[])["Sure. "] : ["hello ", "there"])
            yield return Event("content_block_delta", "\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"" + piece + "\"}");
        yield return Event("content_block_stop", "\"index\":0");
        if (tool.Length > 0)
        {
            yield return Event("content_block_start", "\"index\":1,\"content_block\":{\"type\":\"tool_use\",\"id\":\"toolu_1\",\"name\":\"" + tool + "\",\"input\":{}}");
            yield return Event("content_block_delta", "\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"q\\\": \\\"Os\"}");
            yield return Event("content_block_delta", "\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"lo\\\"}\"}");
            yield return Event("content_block_stop", "\"index\":1");
        }
        yield return Event("message_delta", "\"delta\":{\"stop_reason\":\"" + (tool.Length > 0 ? "tool_use" : "end_turn") + "\",\"stop_sequence\":null,\"stop_details\":null,\"container\":null},\"usage\":{\"output_tokens\":5,\"input_tokens\":null,\"cache_creation_input_tokens\":null,\"cache_read_input_tokens\":null,\"output_tokens_details\":null,\"server_tool_use\":null}");
        yield return Event("message_stop", "");
    }

    private static string Event(string type, string members) => $"event: {type}\ndata: {{\"type\":\"{type}\"{(members.Length > 0 ? "," : "")}{members}}}\n\n";
}
