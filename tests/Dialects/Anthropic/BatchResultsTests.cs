using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.Anthropic;

/// <summary>Results of batches, line by line.</summary>
public sealed class BatchResultsTests
{
    private const string Lines = """
        {"custom_id":"a","result":{"type":"succeeded","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":[{"type":"text","text":"Grüße"},{"type":"tool_use","id":"t1","name":"search","input":{"q":"x"}}],"stop_reason":"tool_use"}}}
        {"custom_id":"b","result":{"type":"errored","error":{"type":"error","error":{"type":"invalid_request_error","message":"Not so"},"request_id":"req_1"}}}

        {"custom_id":"c","result":{"type":"expired"}}
        """;

    [Theory]
    [InlineData("application/x-jsonl")]
    [InlineData("application/binary")]
    [InlineData("application/octet-stream")]
    [InlineData("binary/octet-stream")]
    public void Each_line_is_an_answer_however_it_is_cut(string type)
    {
        List<string> whole = Read(Encoding.UTF8.GetBytes(Lines), int.MaxValue, type, out ReadFault fault);
        Assert.Equal(ReadFault.None, fault);
        Assert.Equal(["call search", "Assistant: Grüße", "ToolArgument: x", "Unknown: Not so"], whole);
        for (int piece = 1; piece < 40; piece++)
            Assert.Equal(whole, Read(Encoding.UTF8.GetBytes(Lines), piece, type, out _));
    }

    [Theory]
    [InlineData("""{"custom_id":"a","result":{"message":{"content":[{"type":"tool_use","input":{}}]}}}""", ReadFault.WrongShape)]
    [InlineData("""{"custom_id":"a","result":{"Message":{"content":[]}}}""", ReadFault.Ambiguous)]
    [InlineData("""{"custom_id":"a","Result":{}}""", ReadFault.Ambiguous)]
    [InlineData("""{"custom_id":"a"}""", ReadFault.WrongShape)]
    [InlineData("""{"custom_id":"a","result":{}} {}""", ReadFault.NotStrictJson)]
    public void Lines_have_one_reading(string line, ReadFault expected)
    {
        Read(Encoding.UTF8.GetBytes(line), int.MaxValue, "application/x-jsonl", out ReadFault fault);
        Assert.Equal(expected, fault);
    }

    [Fact]
    public void A_refusal_is_the_last_line()
    {
        using EventStream stream = Open("application/x-jsonl")!;
        byte[] refusal = stream.Refuse(Claude.Reason);
        Assert.Equal(["Unknown: A tool is not allowed here. (event ev-1)"], Read(refusal, int.MaxValue, "application/x-jsonl", out ReadFault fault));
        Assert.Equal(ReadFault.None, fault);
    }

    [Fact]
    public void An_error_in_place_of_the_list_is_no_list()
    {
        Assert.Null(Open("application/json"));
        Assert.Null(Open("application/octet-stream", 404));
    }

    private static EventStream? Open(string type, int status = 200)
    {
        using var request = new Message();
        Assert.Equal(ReadFault.None, Claude.Request("", request, "/v1/messages/batches/b1/results", "GET"));
        return Claude.Dialect.OpenStream(request, Claude.ResponseHead(type, status));
    }

    private static List<string> Read(byte[] bytes, int pieceBytes, string type, out ReadFault fault)
    {
        using EventStream stream = Open(type)!;
        using EventFramer framer = stream.CreateFramer(1 << 16);
        using var message = new Message();
        var seen = new List<string>();
        fault = ReadFault.None;
        for (int at = 0; at < bytes.Length; at += Math.Min(pieceBytes, bytes.Length - at))
        {
            framer.Push(bytes.AsSpan(at, Math.Min(pieceBytes, bytes.Length - at)));
            while (fault == ReadFault.None && framer.Next(out EventFrame frame) == FrameStep.Frame)
                fault = Take(stream, frame, message, seen);
        }
        if (fault == ReadFault.None && framer.Flush(out EventFrame last) == FrameStep.Frame)
            fault = Take(stream, last, message, seen);
        return seen;
    }

    private static ReadFault Take(EventStream stream, in EventFrame frame, Message message, List<string> seen)
    {
        message.Clear();
        ReadFault fault = stream.Read(frame, JsonLimits.Default, message);
        seen.AddRange(Claude.Calls(message).Select(c => "call " + c.TrimEnd('!')));
        seen.AddRange(Claude.Words(message));
        return fault;
    }
}
