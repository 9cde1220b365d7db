using System.Text;
using System.Text.Json;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.Anthropic;

/// <summary>A refusal goes on from what a client has seen, and nothing else.</summary>
public sealed class RefusalTests
{
    private static readonly string[] Events =
    [
        """{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":[],"usage":{}}}""",
        """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""",
        """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Sure."}}""",
        """{"type":"content_block_start","index":1,"content_block":{"type":"thinking","thinking":""}}""",
        """{"type":"content_block_stop","index":0}""",
        """{"type":"content_block_stop","index":1}""",
        """{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"t","name":"a","input":{}}}""",
        """{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{}"}}""",
        """{"type":"content_block_stop","index":2}""",
        """{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":1}}""",
        """{"type":"message_stop"}""",
    ];

    public static TheoryData<int, string> Positions => new()
    {
        { 0, "message_start content_block_start:0 content_block_delta:0 content_block_stop:0 message_delta message_stop" },
        { 1, "content_block_start:0 content_block_delta:0 content_block_stop:0 message_delta message_stop" },
        { 2, "content_block_stop:0 content_block_start:1 content_block_delta:1 content_block_stop:1 message_delta message_stop" },
        { 3, "content_block_stop:0 content_block_start:1 content_block_delta:1 content_block_stop:1 message_delta message_stop" },
        { 4, "content_block_stop:0 content_block_stop:1 content_block_start:2 content_block_delta:2 content_block_stop:2 message_delta message_stop" },
        { 5, "content_block_stop:1 content_block_start:2 content_block_delta:2 content_block_stop:2 message_delta message_stop" },
        { 6, "content_block_start:2 content_block_delta:2 content_block_stop:2 message_delta message_stop" },
        { 7, "error" },
        { 8, "error" },
        { 9, "content_block_start:3 content_block_delta:3 content_block_stop:3 message_delta message_stop" },
        { 10, "message_delta message_stop" },
        { 11, "" },
    };

    [Theory]
    [MemberData(nameof(Positions))]
    public void A_stream_ends_from_wherever_the_client_is(int released, string expected)
    {
        // All of it was read; the client has seen only the first so many events.
        using EventStream stream = Open();
        Read(stream);
        for (int i = 0; i < released; i++)
            stream.OnReleased(edited: false);
        byte[] refusal = stream.Refuse(Claude.Reason);
        Assert.Equal(expected, string.Join(' ', Names(refusal)));

        // What the client ends up with is a stream of its protocol.
        string seen = string.Concat(Events.Take(released).Select(Framed)) + Encoding.UTF8.GetString(refusal);
        ReadStream read = ReadStream.Of(seen);
        Assert.Equal((ReadFault.None, true), (read.Fault, read.Ended));
    }

    [Fact]
    public void A_refusal_says_why_in_a_text_and_in_the_reason_for_the_end()
    {
        using EventStream stream = Open();
        string refusal = Encoding.UTF8.GetString(stream.Refuse(Claude.Reason));
        ReadStream read = ReadStream.Of(refusal);
        Assert.Equal("A tool is not allowed here. (event ev-1)", Assert.Single(read.Texts.Values));
        Assert.Contains("\"stop_reason\":\"refusal\"", refusal, StringComparison.Ordinal);
        Assert.Contains("Assistant: A tool is not allowed here. (event ev-1)", read.Whole);
    }

    [Theory]
    [InlineData(403, "permission_error")]
    [InlineData(413, "request_too_large")]
    [InlineData(415, "invalid_request_error")]
    public void A_whole_refusal_is_the_apis_error(int status, string type)
    {
        Refusal refusal = Claude.Dialect.Refuse(Claude.Reason with { Status = status }, null, Claude.RequestHead());
        using JsonDocument body = JsonDocument.Parse(refusal.Body);
        Assert.Equal("error", body.RootElement.GetProperty("type").GetString());
        Assert.Equal(type, body.RootElement.GetProperty("error").GetProperty("type").GetString());
        Assert.Equal("A tool is not allowed here. (event ev-1)", body.RootElement.GetProperty("error").GetProperty("message").GetString());
        Assert.Equal((status, "application/json"), (refusal.Status, refusal.ContentType));
        Assert.Contains(("x-should-retry", "false"), refusal.Headers);
    }

    private static EventStream Open()
    {
        using var request = new Message();
        Claude.Request(Claude.With("[]"), request);
        return Claude.Dialect.OpenStream(request, Claude.ResponseHead("text/event-stream"))!;
    }

    private static void Read(EventStream stream)
    {
        using var framer = new SseFramer(1 << 16);
        using var message = new Message();
        framer.Push(Encoding.UTF8.GetBytes(string.Concat(Events.Select(Framed))));
        while (framer.Next(out EventFrame frame) == FrameStep.Frame)
        {
            message.Clear();
            Assert.Equal(ReadFault.None, stream.Read(frame, JsonLimits.Default, message));
        }
    }

    private static string Framed(string data) => $"event: {JsonDocument.Parse(data).RootElement.GetProperty("type").GetString()}\ndata: {data}\n\n";

    private static IEnumerable<string> Names(byte[] stream)
    {
        foreach (string block in Encoding.UTF8.GetString(stream).Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            string[] lines = block.Split('\n');
            JsonElement data = JsonDocument.Parse(lines[1]["data: ".Length..]).RootElement;
            Assert.Equal("event: " + data.GetProperty("type").GetString(), lines[0]);
            yield return data.GetProperty("type").GetString() + (data.TryGetProperty("index", out JsonElement index) ? ":" + index : "");
        }
    }
}
