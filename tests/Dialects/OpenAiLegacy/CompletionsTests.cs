using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.OpenAiLegacy;
using EnvoyExtAuthz.Tests.Dialects.OpenAi;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.OpenAiLegacy;

/// <summary>Completions of a prompt, of all who still have them.</summary>
public sealed class CompletionsTests
{
    private static readonly Endpoint Completions = new(CompletionsDialect.Instance, "/v1/completions");

    [Theory]
    [InlineData("POST", "/v1/completions", true)]
    [InlineData("POST", "/openai/deployments/d/completions", true)]
    [InlineData("POST", "/v1/fim/completions", true)]
    [InlineData("POST", "/complete", true)]
    [InlineData("POST", "/v1/chat/completions", false)]
    [InlineData("POST", "/v1/agents/completions", false)]
    [InlineData("GET", "/v1/completions", false)]
    [InlineData("POST", "/v1/complete", false)]
    public void Its_paths_are_recognised(string method, string path, bool expected) =>
        Assert.Equal(expected, CompletionsDialect.Instance.Recognises(Encoding.UTF8.GetBytes(method), Encoding.UTF8.GetBytes(path)));

    [Theory]
    [InlineData("\"hello\"", "User: hello", 0)]
    [InlineData("[\"hello\",\"you\"]", "User: hello|User: you", 0)]
    [InlineData("[1,2,3]", "", 1)]
    [InlineData("[[1,2],[3]]", "", 2)]
    [InlineData("[\"hello\",[3]]", "User: hello", 1)]
    [InlineData("[]", "", 0)]
    [InlineData("null", "", 0)]
    [InlineData("[{\"type\":\"text\",\"data\":\"hello\",\"controls\":[]},{\"type\":\"token_ids\",\"data\":[1]}]", "User: hello", 1)]
    public void A_prompt_is_text_or_token_numbers(string prompt, string texts, int tokens)
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Completions.Request($"{{\"prompt\":{prompt}}}", message));
        Assert.Equal(texts, string.Join('|', Chat.Texts(message).Where(t => !t.StartsWith("Metadata", StringComparison.Ordinal))));
        Assert.Equal(tokens, message.Opaque.Count(o => o.Kind == OpaqueKind.TokenIds));
    }

    [Theory]
    [InlineData("\"prompt\":7", ReadFault.WrongShape)]
    [InlineData("\"prompt\":[1,\"hello\"]", ReadFault.WrongShape)]
    [InlineData("\"prompt\":[\"hello\",1]", ReadFault.WrongShape)]
    [InlineData("\"prompt\":[[[[[\"deep\"]]]]]", ReadFault.WrongShape)]
    [InlineData("\"prompt\":[{\"type\":\"text\",\"data\":7}]", ReadFault.WrongShape)]
    [InlineData("\"prompt\":[{\"type\":\"token_ids\",\"data\":\"x\"}]", ReadFault.WrongShape)]
    [InlineData("\"prompt\":[{\"type\":\"text\",\"data\":\"x\",\"Data\":\"y\"}]", ReadFault.NotStrictJson)]
    [InlineData("\"Prompt\":\"x\"", ReadFault.Ambiguous)]
    [InlineData("\"prompt\":\"x\",\"messages\":[]", ReadFault.Ambiguous)]
    [InlineData("\"prompt\":\"x\",\"model\":[]", ReadFault.WrongShape)]
    public void A_prompt_that_two_servers_read_in_two_ways_is_refused(string members, ReadFault fault)
    {
        using var message = new Message();
        Assert.Equal(fault, Completions.Request($"{{{members}}}", message));
    }

    [Fact]
    public void Options_have_roles_and_tools_are_seen_where_a_gateway_takes_them()
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Completions.Request(/*lang=json,strict*/ """
            {"model":"m:online","prompt":"a","suffix":"b","stream":true,"echo":true,"logprobs":2,"stop":["END"],"user":"u1","prompt_embeds":["AAAA"],
             "plugins":[{"id":"web"}],"tools":[{"type":"function","function":{"name":"f"}}],"guided_regex":"[a-z]"}
            """, message));
        Assert.Equal(["f", "web_search", "web_search"], Chat.Tools(message));
        Assert.True(message.WantsStream);
        Assert.Equal("m:online", Encoding.UTF8.GetString(message.Model.Span));
        Assert.Equal(OpaqueKind.TokenIds, Assert.Single(message.Opaque).Kind);
        Assert.Superset(new HashSet<string> { "User: a", "User: b", "Metadata: END", "Metadata: u1", "Schema: [a-z]" }, Chat.Texts(message).ToHashSet());
        Assert.True(CompletionsDialect.Instance.RemoveTools(message, [0, 1, 2]));
        Assert.DoesNotContain("online", Chat.Written(message), StringComparison.Ordinal);
        Assert.DoesNotContain("tools", Chat.Written(message), StringComparison.Ordinal);
    }

    [Fact]
    public void A_deployment_in_the_path_is_the_model()
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Completions.Request("{\"prompt\":\"x\",\"model\":\"other\"}"u8.ToArray(), message, "/openai/deployments/mine/completions"));
        Assert.Equal("mine", Encoding.UTF8.GetString(message.Model.Span));
    }

    [Fact]
    public void Answers_are_read_in_every_form()
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Completions.Response(/*lang=json,strict*/ """
            {"id":"c","object":"text_completion","choices":[{"text":"hello","index":0,"logprobs":{"tokens":["hel","lo"],"token_logprobs":[-1,-2],"top_logprobs":[{"hel":-1," wor":-3}],"text_offset":[0,3]},"finish_reason":"stop"}]}
            """, message));
        Assert.Superset(new HashSet<string> { "Assistant: hello", "Assistant: hel wor" }, Chat.Texts(message).ToHashSet());
        Assert.Equal(2, Chat.Texts(message).Count(t => t == "Assistant: hello"));
        Assert.Equal(ReadFault.None, Completions.Response(/*lang=json,strict*/ """{"completions":[{"completion":"hi","raw_completion":" hi","finish_reason":"maximum_tokens","log_probs":[{" hi":-1}],"completion_tokens":[" hi"]}],"model_version":"1"}""", message));
        Assert.Equal(["Assistant: hi", "Assistant:  hi", "Assistant:  hi", "Assistant:  hi"], Chat.Texts(message).Where(t => t.StartsWith("Assistant", StringComparison.Ordinal)));
        Assert.Equal(ReadFault.None, Completions.Response(/*lang=json,strict*/ """{"choices":[{"message":{"role":"assistant","content":"fim"}}]}""", message));
        Assert.Contains("Assistant: fim", Chat.Texts(message));
        Assert.Equal(ReadFault.None, Completions.Response("<html>", message, 502, "text/html"));
    }

    [Theory]
    [InlineData("{\"choices\":[{\"index\":0,\"text\":\"gh\"}]}", "{\"choices\":[{\"index\":0,\"text\":\"p_\"}]}")]
    [InlineData("{\"value\":\"gh\"}", "{\"value\":\"p_\"}")]
    [InlineData("{\"type\":\"stream_chunk\",\"index\":0,\"completion\":\"gh\"}", "{\"type\":\"stream_chunk\",\"index\":0,\"completion\":\"p_\"}")]
    [InlineData("{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"gh\"}}]}", "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"p_\"}}]}")]
    public void A_stream_s_words_run_on_whatever_key_they_stand_under(string first, string second)
    {
        ReadStream read = ReadStream.Of(Encoding.UTF8.GetBytes($"data: {first}\n\ndata: {second}\n\ndata: [DONE]\n\n"), [], dialect: CompletionsDialect.Instance);
        Assert.Equal(ReadFault.None, read.Fault);
        Assert.Equal("ghp_", Assert.Single(read.Texts).Value);
    }

    [Fact]
    public void Choices_without_choices_are_kept_apart_by_their_index()
    {
        string[] events = ["{\"index\":0,\"completion\":\"gh\"}", "{\"index\":1,\"completion\":\"no\"}", "{\"index\":0,\"completion\":\"p_\"}"];
        ReadStream read = ReadStream.Of(Encoding.UTF8.GetBytes(string.Concat(events.Select(e => $"data: {e}\n\n"))), [], dialect: CompletionsDialect.Instance);
        Assert.Equal(["ghp_", "no"], read.Texts.Values);
    }

    [Fact]
    public void A_refused_stream_ends_in_the_older_form_and_then_says_why()
    {
        byte[] stream = "data: {\"id\":\"c9\",\"object\":\"text_completion\",\"created\":5,\"model\":\"m\",\"choices\":[{\"text\":\"a\",\"index\":2}]}\n\n"u8.ToArray();
        Assert.Equal(
            "data: {\"id\":\"extauthz\",\"object\":\"text_completion\",\"created\":5,\"model\":\"\",\"choices\":[{\"index\":2,\"text\":\"\",\"logprobs\":null,\"finish_reason\":\"content_filter\"}]}\n\n"
            + "data: {\"error\":{\"message\":\"A tool is not allowed here. (event ev-1)\",\"type\":\"permission_error\",\"param\":null,\"code\":\"tool_not_allowed\"}}\n\ndata: [DONE]\n\n",
            ReadStream.Of(stream, [], dialect: CompletionsDialect.Instance).Refusal);
        byte[] chat = "data: {\"id\":\"c9\",\"object\":\"chat.completion.chunk\",\"created\":5,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n"u8.ToArray();
        Assert.Contains("\"delta\":{\"refusal\"", ReadStream.Of(chat, [], dialect: CompletionsDialect.Instance).Refusal, StringComparison.Ordinal);
    }
}
