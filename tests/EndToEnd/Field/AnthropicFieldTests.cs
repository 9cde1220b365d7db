using System.Text;
using System.Text.Json;
using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Testing.Origin;
using EnvoyExtAuthz.Testing.Wire;

namespace EnvoyExtAuthz.EndToEnd.Tests.Field;

/// <summary>Cases from public bug reports in streams of Anthropic's API, through a real Envoy.</summary>
public sealed class AnthropicFieldTests
{
    private const string Request = """{"model":"m","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"hi"}]}""";

    [Fact]
    public async Task Input_of_a_call_cut_inside_its_characters_comes_out_byte_for_byte()
    {
        string words = Words();
        string grow = Event("content_block_delta", "\"index\":0,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"q\\\":\\\"" + words + "\\\"}\"}");
        string before = Event("message_start", "\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":[],\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}")
            + Event("content_block_start", "\"index\":0,\"content_block\":{\"type\":\"tool_use\",\"id\":\"toolu_1\",\"name\":\"search\",\"input\":{}}");
        string after = Event("content_block_stop", "\"index\":0") + Event("message_delta", "\"delta\":{\"stop_reason\":\"tool_use\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":1}") + Event("message_stop", "\"x\":0");
        byte[] stream = Encoding.UTF8.GetBytes(before + grow + after);
        int first = Encoding.UTF8.GetByteCount(before);
        int last = first + Encoding.UTF8.GetByteCount(grow);
        await using FieldLab lab = await FieldLab.Start(["search"]);
        for (int at = first; at < last; at++)
        {
            lab.Answer = Pieces(stream[..at], stream[at..]);
            Assert.Equal(stream, (await lab.Post("/v1/messages", Request)).Body);
        }
        lab.Answer = Pieces([.. stream.Chunk(1)]);
        Assert.Equal(stream, (await lab.Post("/v1/messages", Request)).Body);
    }

    private static OriginAnswer Pieces(params byte[][] pieces) => new()
    {
        Headers = [new("content-type", "text/event-stream; charset=utf-8")],
        Body = [.. pieces.Select(p => new OriginChunk(p, TimeSpan.FromMilliseconds(1)))],
    };

    private static string Words()
    {
        string? file = SharedFolder.Find("vectors", "field", "cases.jsonl");
        if (file is null)
            Assert.Skip("needs ../shared/vectors/field");
        return File.ReadLines(file).Select(l => JsonDocument.Parse(l).RootElement).Single(c => c.GetProperty("id").GetString() == "utf8-split-in-args").GetProperty("input").GetProperty("split_inside").GetString()!;
    }

    private static string Event(string type, string members) => $"event: {type}\ndata: {{\"type\":\"{type}\",{members}}}\n\n";
}
