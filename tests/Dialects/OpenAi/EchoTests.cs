using System.Text;
using System.Text.Json;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.OpenAi;

/// <summary>What is masked in an answer stands nowhere else in it: not in tokens, their bytes, their alternatives or their numbers.</summary>
public sealed class EchoTests
{
    private const string Answer = /*lang=json,strict*/ """
        {"prompt_logprobs":[null,{"1":{"logprob":-1,"rank":1,"decoded_token":"hi"}}],"choices":[{"index":0,"message":{"content":"key ghp_x"},"token_ids":[1,2],
         "logprobs":{"content":[{"token":"key ","bytes":[107],"top_logprobs":[]},{"token":"ghp_x","bytes":[103,104],"top_logprobs":[{"token":"ghp_x","bytes":[103]},{"token":"none"}]}]}}]}
        """;

    [Theory]
    [InlineData("Assistant: key ghp_x", 0)]
    [InlineData("Assistant: key ghp_x", 1)]
    [InlineData("Assistant: ghp_xnone", 0)]
    public void An_edit_of_a_text_or_of_its_echo_removes_every_echo(string text, int occurrence)
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Chat.Response(Answer, message));
        Segment segment = message.Segments.Where(s => $"{s.Role}: {Encoding.UTF8.GetString(message.Text(s).Span)}" == text).ElementAt(occurrence);
        message.Replace(segment, 0, 2, "***"u8.ToArray());
        message.Replace(segment, 3, 1, "***"u8.ToArray());
        using JsonDocument written = JsonDocument.Parse(Chat.Written(message));
        JsonElement choice = written.RootElement.GetProperty("choices")[0];
        Assert.Equal(JsonValueKind.Null, choice.GetProperty("logprobs").ValueKind);
        Assert.Equal(JsonValueKind.Null, choice.GetProperty("token_ids").ValueKind);
        Assert.Equal(JsonValueKind.Null, written.RootElement.GetProperty("prompt_logprobs").ValueKind);
    }

    [Fact]
    public void Without_an_edit_echoes_stay()
    {
        using var message = new Message();
        Chat.Response(Answer, message);
        Assert.Equal(Answer, Chat.Written(message));
    }

    [Fact]
    public void Edits_of_all_texts_and_echoes_of_many_choices_leave_JSON()
    {
        using var message = new Message();
        string choices = string.Join(',', Enumerable.Range(0, 50).Select(i =>
            $$$"""{"index":{{{i}}},"text":"secret","logprobs":{"tokens":["sec","ret"],"top_logprobs":[{"sec":-1,"ond":-2},{"ret":-0.5}]},"message":{"content":"secret"}}"""));
        Assert.Equal(ReadFault.None, Chat.Response($"{{\"choices\":[{choices}]}}", message));
        Assert.Contains("Assistant: secondret", Chat.Texts(message));
        foreach (Segment segment in message.Segments.Where(s => s.Role == TextRole.Assistant).Reverse())
            message.Replace(segment, 0, 3, "#"u8.ToArray());
        string written = Chat.Written(message);
        Assert.DoesNotContain("sec", written, StringComparison.Ordinal);
        JsonDocument.Parse(written).Dispose();
    }

    [Fact]
    public void Tokens_of_a_stream_are_a_running_text_of_their_own()
    {
        ReadStream read = ReadStream.Of([
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"gh\"},\"logprobs\":{\"content\":[{\"token\":\"gh\",\"bytes\":[103,104],\"top_logprobs\":[{\"token\":\"alt\"}]}]}}]}\n\n",
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"p_\"},\"logprobs\":{\"content\":[{\"token\":\"p_\",\"bytes\":[112,95],\"top_logprobs\":[]}]}}]}\n\n", ReadStream.Done]);
        Assert.Equal(["ghp_", "ghp_"], read.Texts.Values);
        Assert.Contains("Assistant: alt", read.Whole);
    }

    [Fact]
    public void A_message_that_repeats_the_deltas_runs_on_too()
    {
        ReadStream read = ReadStream.Of([
            "data: {\"choices\":[{\"index\":0,\"message\":{\"content\":\"gh\"},\"delta\":{\"content\":\"gh\"},\"more\":\"a\"}],\"value\":\"x\"}\n\n",
            "data: {\"choices\":[{\"index\":0,\"message\":{\"content\":\"p_\"},\"delta\":{\"content\":\"p_\"},\"more\":\"b\"}],\"value\":\"y\"}\n\n", ReadStream.Done]);
        Assert.Equal(["ghp_", "ghp_", "ab", "xy"], read.Texts.Values);
    }
}
