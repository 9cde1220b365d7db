using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.A2a;

public class A2aStreamTests
{
    private static string Event(string result) => $"data: {{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{result}}}\n\n";

    private static string Piece(string artifact, string text, string task = "t", bool append = true) =>
        "{\"artifactUpdate\":{\"taskId\":\"" + task + "\",\"contextId\":\"c\",\"artifact\":{\"artifactId\":\"" + artifact + "\",\"parts\":[{\"text\":\"" + text + "\"}]},\"append\":" + (append ? "true" : "false") + "}}";

    [Fact]
    public void An_artifact_in_pieces_is_one_running_text()
    {
        Reading read = Read(rpc: true,
            Event("""{"task":{"id":"t","status":{"state":"TASK_STATE_WORKING"}}}"""), Event(Piece("a", "one ", append: false)), Event(Piece("b", "other")),
            ": keep-alive\n\n", "data:\n\n", Event(Piece("a", "two")), Event(Piece("a", "foreign", task: "u")),
            Event("""{"statusUpdate":{"taskId":"t","status":{"state":"TASK_STATE_COMPLETED","message":{"role":"ROLE_AGENT","parts":[{"text":"done"}]}}}}"""));
        Assert.Equal(ReadFault.None, read.Fault);
        Assert.Equal(["one two", "other", "foreign"], read.Texts.Values);
        Assert.Contains("ToolResult: done", read.Whole);
    }

    [Fact]
    public void Events_of_0_3_are_read_alike()
    {
        Reading read = Read(rpc: true,
            Event("""{"kind":"artifact-update","taskId":"t","contextId":"c","artifact":{"artifactId":"a","parts":[{"kind":"text","text":"one "}]}}"""),
            Event("""{"kind":"artifact-update","taskId":"t","contextId":"c","append":true,"artifact":{"artifactId":"a","parts":[{"kind":"text","text":"two"}]}}"""),
            Event("""{"kind":"status-update","taskId":"t","contextId":"c","final":true,"status":{"state":"completed","message":{"kind":"message","role":"agent","parts":[{"kind":"text","text":"done"}]}}}"""));
        Assert.Equal(ReadFault.None, read.Fault);
        Assert.Equal(["one two"], read.Texts.Values);
        Assert.Contains("ToolResult: done", read.Whole);
    }

    [Fact]
    public void The_http_bindings_events_have_no_envelope()
    {
        Reading read = Read(rpc: false, $"data: {Piece("a", "one ")}\n\n", $"data: {Piece("a", "two")}\n\n");
        Assert.Equal(ReadFault.None, read.Fault);
        Assert.Equal(["one two"], read.Texts.Values);
        Assert.StartsWith("event: error\ndata: {\"error\":{\"code\":403,", read.Refusal);
    }

    [Theory]
    [InlineData("data: {\"artifactUpdate\":{}}\n\n", ReadFault.WrongShape)]
    [InlineData("data: {\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"SendMessage\"}\n\n", ReadFault.WrongShape)]
    [InlineData("data: {\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{\"artifactUpdate\":{},\"artifact_update\":{}}}\n\n", ReadFault.Ambiguous)]
    [InlineData("data: [DONE]\n\n", ReadFault.NotStrictJson)]
    public void An_event_that_is_no_answer_is_refused(string block, ReadFault fault) => Assert.Equal(fault, Read(rpc: true, block).Fault);

    [Fact]
    public void More_artifacts_than_anyone_needs_are_refused()
    {
        Reading read = Read(rpc: true, [.. Enumerable.Range(0, 257).Select(i => Event(Piece($"a{i}", "x")))]);
        Assert.Equal(ReadFault.BrokenStream, read.Fault);
    }

    [Fact]
    public void A_refusal_answers_the_requests_id() =>
        Assert.StartsWith("data: {\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{\"code\":403001,", Read(rpc: true, Event(Piece("a", "x"))).Refusal);

    [Fact]
    public void The_reading_does_not_depend_on_how_the_stream_is_cut()
    {
        string[] blocks = [Event(Piece("a", "one é ")), ": c\n\n", Event(Piece("b", "x\\u00e9")), Event(Piece("a", "two"))];
        Reading whole = Read(rpc: true, blocks);
        byte[] bytes = Encoding.UTF8.GetBytes(string.Concat(blocks));
        for (int piece = 1; piece < 40; piece++)
        {
            Reading cut = Read(rpc: true, bytes, piece);
            Assert.Equal(whole.Fault, cut.Fault);
            Assert.Equal(whole.Texts, cut.Texts);
            Assert.Equal(whole.Whole, cut.Whole);
        }
    }

    private static Reading Read(bool rpc, params string[] blocks) => Read(rpc, Encoding.UTF8.GetBytes(string.Concat(blocks)), int.MaxValue);

    private static Reading Read(bool rpc, byte[] bytes, int pieceBytes)
    {
        var read = new Reading();
        using var request = new Message();
        Assert.Equal(ReadFault.None, rpc
            ? A2a.Rpc(request, "SendStreamingMessage", """{"message":{"parts":[]}}""")
            : A2a.Request(request, "POST", "/message:stream", """{"message":{"parts":[]}}"""));
        using EventStream stream = A2a.Dialect.OpenStream(request, new HttpHead().Add(":status", "200").Add("content-type", "text/event-stream"))!;
        using EventFramer framer = stream.CreateFramer(1 << 20);
        using var message = new Message();
        for (int at = 0; at < bytes.Length && read.Fault == ReadFault.None; at += Math.Min(pieceBytes, bytes.Length - at))
        {
            framer.Push(bytes.AsSpan(at, Math.Min(pieceBytes, bytes.Length - at)));
            while (read.Fault == ReadFault.None && framer.Next(out EventFrame frame) == FrameStep.Frame)
            {
                message.Clear();
                message.Dialect = A2a.Dialect;
                read.Fault = stream.Read(frame, JsonLimits.Default, message);
                read.Note(message);
            }
        }
        read.Refusal = A2a.Text(stream.Refuse(A2a.Reason));
        return read;
    }

    private sealed class Reading
    {
        public SortedDictionary<int, string> Texts { get; } = [];

        public List<string> Whole { get; } = [];

        public ReadFault Fault { get; set; }

        public string Refusal { get; set; } = "";

        public void Note(Message message)
        {
            foreach (Segment segment in message.Segments)
            {
                string text = Encoding.UTF8.GetString(message.Text(segment).Span);
                if (segment.Channel >= 0)
                    Texts[segment.Channel] = Texts.GetValueOrDefault(segment.Channel, "") + text;
                else
                    Whole.Add($"{segment.Role}: {text}");
            }
        }
    }
}
