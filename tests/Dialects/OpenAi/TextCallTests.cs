using System.Text;
using System.Text.Json.Nodes;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.OpenAi;

/// <summary>Tool calls that a model wrote as text, in the forms that models are trained on.</summary>
public sealed class TextCallTests
{
    public static TheoryData<string, string> Written { get; } = new()
    {
        { "Sure.\n<tool_call>\n{\"name\": \"rm\", \"arguments\": {\"name\": \"x\"}}\n</tool_call>", "rm" },
        { "<tool_call>{\"name\":\"a\",\"arguments\":{}}</tool_call><tool_call>{\"name\":\"b\",\"arguments\":{}}</tool_call>", "a b" },
        { "<tool_call>{\"function\":{\"name\":\"rm\"}}", "rm" },
        { "<tool_call>{\"function\":\"rm\"}", "rm" },
        { "<tool_call>\n<function=rm>\n<parameter=path>/</parameter></function></tool_call>", "rm" },
        { "<tool_call>rm\n<arg_key>path</arg_key></tool_call>", "rm" },
        { "<tool_call>rm</tool_call>", "rm" },
        { "<tool_call>rm", "rm" },
        { "<tool_call>{'name': 'rm', 'arguments': {'a': 1}}</tool_call>", "rm" },
        { "<tool_call>{\"name\": \"rm\", \"arguments\": {\"a\": ", "rm" },
        { "<tool_call>{\"note\":\"<tool_call>{\\\"name\\\":\\\"rm\\\"}</tool_call>\"}", "rm" },
        { "[TOOL_CALLS][{\"name\":\"a\",\"arguments\":{}},{\"name\":\"b\",\"arguments\":{}}]", "a b" },
        { "[TOOL_CALLS] [{\"name\": \"rm\", \"arguments\": {}}]", "rm" },
        { "[TOOL_CALLS]rm{\"a\":1}", "rm" },
        { "[TOOL_CALLS]rm[ARGS]{\"a\":1}", "rm" },
        { "<|python_tag|>{\"name\":\"rm\",\"parameters\":{}}", "rm" },
        { "<|python_tag|>brave_search.call(query=\"x\")", "brave_search" },
        { "<function=rm>{\"a\":1}</function>", "rm" },
        { "<|tool_call|>[{\"name\":\"rm\",\"arguments\":{}}]", "rm" },
        { "<\uFF5Ctool\u2581call\u2581begin\uFF5C>function<\uFF5Ctool\u2581sep\uFF5C>rm\n```json\n{\"name\":\"x\"}\n```", "rm" },
        { "<\uFF5Ctool\u2581call\u2581begin\uFF5C>rm<\uFF5Ctool\u2581sep\uFF5C>{\"name\":\"x\"}", "rm" },
        { "<\uFF5CDSML\uFF5Cinvoke name=\"rm\">", "rm" },
        { "<|tool_call_begin|>functions.rm:0<|tool_call_argument_begin|>{}", "rm" },
        { "<|channel|>commentary to=functions.rm <|constrain|>json<|message|>{}", "rm" },
        { "<minimax:tool_call>\n<invoke name=\"rm\">", "rm" },
        { "Use `<tool_call>` tags, [TOOL_CALLS] or <|python_tag|> for that.", "" },
        { "Write <tool_call>...</tool_call> around it.", "" },
        { "[TOOL_CALLS] tokens come first", "" },
        { "A mark <tool_call> {not a call} and more", "" },
        { "<tool_call>{\"query\":\"x\"}</tool_call>", "" },
        { "x =functions.https.onCall(", "" },
        { "<tool_cal>{\"name\":\"rm\"}", "" },
        { "{\"name\":\"rm\",\"arguments\":{}}", "" },
        { "<tool_call>", "" },
        { "<tool_call>\n\n  ", "" },
    };

    [Theory]
    [MemberData(nameof(Written))]
    public void What_clients_would_call_is_a_call_and_a_sentence_about_it_is_none(string text, string calls)
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Chat.Response(new JsonObject { ["choices"] = new JsonArray(new JsonObject { ["message"] = new JsonObject { ["content"] = text } }) }.ToJsonString(), message));
        Assert.Equal(calls, string.Join(' ', Chat.Calls(message)));
        Assert.All(message.ToolCalls, call => Assert.False(call.Replayed));
        Assert.Equal(ReadFault.None, Chat.Response(new JsonObject { ["choices"] = new JsonArray(new JsonObject { ["text"] = text }) }.ToJsonString(), message));
        Assert.Equal(calls, string.Join(' ', Chat.Calls(message)));
    }

    [Theory]
    [MemberData(nameof(Written))]
    public void In_a_stream_it_is_held_until_it_is_whole_wherever_it_is_cut(string text, string calls)
    {
        int[] runes = [.. text.EnumerateRunes().Select(r => r.Utf16SequenceLength)];
        for (int cut = 0; cut <= runes.Length; cut++)
        {
            int at = runes[..cut].Sum();
            ReadStream read = ReadStream.Of([Piece(text[..at]), Piece(text[at..]), ReadStream.Done]);
            Assert.Equal((cut, calls), (cut, string.Join(' ', read.Calls)));
        }
        ReadStream pieces = ReadStream.Of([.. text.EnumerateRunes().Select(r => Piece(r.ToString())), ReadStream.Stop]);
        Assert.Equal(calls, string.Join(' ', pieces.Calls));
    }

    [Fact]
    public void Nothing_behind_a_mark_is_let_go_before_its_call_is_judged()
    {
        using var message = new Message();
        using EventStream stream = Chat.Dialect.OpenStream(message, Chat.ResponseHead("text/event-stream"))!;
        var open = new List<bool>();
        foreach (string piece in (string[])["Sure <tool_", "call>", "{\"na", "me\":\"rm\"", "}", "</tool_call>"])
        {
            message.Clear();
            byte[] data = Encoding.UTF8.GetBytes(Piece(piece).Trim()["data: ".Length..]);
            Assert.Equal(ReadFault.None, stream.Read(new EventFrame(data, data, 0, default, true, default, false), JsonLimits.Default, message));
            open.Add(stream.HasOpenCall);
            Assert.Equal(piece == "}" ? ["rm"] : [], Chat.Calls(message));
        }
        Assert.Equal([false, true, true, true, false, false], open);
    }

    [Fact]
    public void A_name_that_does_not_come_is_a_call_without_a_name()
    {
        ReadStream read = ReadStream.Of([Piece("<tool_call>{\"arguments\":\""), .. Enumerable.Repeat(Piece(new string('x', 4000)), 10), Piece("\",\"name\":\"rm\"}"), ReadStream.Done]);
        Assert.Equal([""], read.Calls);
    }

    [Fact]
    public void History_is_not_searched_and_parts_are_joined()
    {
        using var message = new Message();
        Chat.Request("""{"messages":[{"role":"assistant","content":"<tool_call>{\"name\":\"rm\"}"}]}""", message);
        Assert.Empty(message.ToolCalls);
        Chat.Response("""{"choices":[{"message":{"content":[{"type":"text","text":"<tool_"},{"type":"text","text":"call>{\"name\":\"rm\"}"}]}}]}""", message);
        Assert.Equal(["rm"], Chat.Calls(message));
    }

    [Theory]
    [InlineData("<tool_call>{")]
    [InlineData("<tool_call>[")]
    [InlineData("<tool_call>[]")]
    [InlineData("<tool_call>")]
    [InlineData("<function=a")]
    [InlineData("[TOOL_CALLS]{\"name")]
    [InlineData("<tool_call>name\"name\" :")]
    public void However_many_marks_there_are_time_stays_linear(string piece)
    {
        string body = new JsonObject { ["choices"] = new JsonArray(new JsonObject { ["text"] = string.Concat(Enumerable.Repeat(piece, 200_000)) }) }.ToJsonString();
        using var message = new Message();
        TimeSpan before = EnvoyExtAuthz.Testing.ThreadClock.Now;
        Assert.Equal(ReadFault.None, Chat.Response(body, message));
        Assert.InRange(EnvoyExtAuthz.Testing.ThreadClock.Now - before, TimeSpan.Zero, TimeSpan.FromSeconds(3));
    }

    private static string Piece(string text) => ReadStream.Delta(new JsonObject { ["content"] = text });
}
