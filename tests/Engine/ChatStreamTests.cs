using EnvoyExtAuthz.Policy;

namespace EnvoyExtAuthz.Engine.Tests;

/// <summary>Streams of chats whose words stand in more than one place, or are written so that no place shows them.</summary>
public sealed class ChatStreamTests
{
    private const string Key = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_secret_that_escapes_in_arguments_hide_is_refused_whether_or_not_the_stream_ends_properly(bool ends)
    {
        using Bench bench = Begun();
        bench.ResponseBody(
            Chat.Chunk("""{"tool_calls":[{"index":0,"id":"t","function":{"name":"search","arguments":"{\"q\":\"AKIA\\u00"}}]}""")
            + Chat.Chunk("""{"tool_calls":[{"index":0,"function":{"arguments":"49OSFODNN7EXAMPLQ\"}"}}]}"""));
        string released = bench.ResponseBody(ends ? Chat.Chunk("{}", "\"tool_calls\"") + "data: [DONE]\n\n" : "", end: true).Released();
        Assert.DoesNotContain("OSFODNN7", released, StringComparison.Ordinal);
        Assert.Contains("\"content_filter\"", released, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_masked_over_events_stands_in_no_probability_and_in_no_repeated_message()
    {
        using Bench bench = Begun();
        string[] pieces = ["it is ", Key[..9], Key[9..20], Key[20..], " as asked for, and then there are more words"];
        string stream = string.Concat(pieces.Select(p =>
            "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"P\"},\"message\":{\"content\":\"P\"},\"logprobs\":{\"content\":[{\"token\":\"P\",\"bytes\":[49,54],\"top_logprobs\":[{\"token\":\"P\",\"bytes\":[49,54]}]}]}}]}\n\n"
                .Replace("\"P\"", $"\"{p}\"", StringComparison.Ordinal)));
        string released = bench.ResponseBody(stream).ResponseBody(Chat.Chunk("{}", "\"stop\"") + "data: [DONE]\n\n", end: true).Released();
        foreach (string piece in pieces[1..4])
            Assert.DoesNotContain(piece, released, StringComparison.Ordinal);
        Assert.Contains("it is ", released, StringComparison.Ordinal);
        Assert.Contains("\"logprobs\":null", released, StringComparison.Ordinal);
        Assert.EndsWith("data: [DONE]\n\n", released, StringComparison.Ordinal);
    }

    [Fact]
    public void A_call_written_as_text_is_refused_before_any_of_it_went_on()
    {
        using Bench bench = Begun();
        string released = bench.ResponseBody(
            Chat.Chunk("""{"content":"Sure. <tool_"}""") + Chat.Chunk("""{"content":"call>{\"name\":\"dele"}""") + Chat.Chunk("""{"content":"te_files\",\"arguments\":{}}</tool_call>"}""")
            + Chat.Chunk("{}", "\"stop\"") + "data: [DONE]\n\n", end: true).Released();
        Assert.DoesNotContain("dele", released, StringComparison.Ordinal);
        Assert.Contains("\"content_filter\"", released, StringComparison.Ordinal);
        using Bench allowed = Begun();
        released = allowed.ResponseBody(Chat.Chunk("""{"content":"<tool_call>{\"name\":\"search\"}</tool_call>"}""") + Chat.Chunk("{}", "\"stop\"") + "data: [DONE]\n\n", end: true).Released();
        Assert.Contains("search", released, StringComparison.Ordinal);
        Assert.DoesNotContain("content_filter", released, StringComparison.Ordinal);
    }

    private static Bench Begun()
    {
        var bench = new Bench();
        bench.Head().Body(Chat.Streamed).Take();
        bench.ResponseHead(type: "text/event-stream").Take();
        return bench;
    }
}
