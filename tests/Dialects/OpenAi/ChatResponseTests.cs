using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using EnvoyExtAuthz.Dialects;
using static EnvoyExtAuthz.Tests.Dialects.OpenAi.ReadStream;

namespace EnvoyExtAuthz.Tests.Dialects.OpenAi;

/// <summary>What is read from answers, whole and streamed, and how a refusal of one reads.</summary>
public sealed class ChatResponseTests
{
    [Fact]
    public void Each_text_of_an_answer_has_its_role()
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Chat.Response(/*lang=json,strict*/ """
            {"id":"c1","object":"chat.completion","model":"m","choices":[
             {"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"hello","refusal":"no","reasoning":"hm","reasoning_content":"ah",
               "reasoning_details":[{"type":"reasoning.summary","summary":"in short"},{"type":"reasoning.encrypted","data":"gAAAA"}],
               "audio":{"id":"a1","data":"UklGRg==","transcript":"spoken"},"images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBO"}}],
               "annotations":[{"type":"url_citation","url_citation":{"url":"https://a.example","title":"A title","content":"words of strangers"}}],
               "tool_calls":[{"id":"t1","type":"function","function":{"name":"search","arguments":"{\"q\":[\"x\"]}"}},{"id":"t2","type":"custom","custom":{"name":"shell","input":"ls"}}],
               "vendor_field":"new"}},
             {"index":1,"message":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"deep"}]},{"type":"text","text":"part"}],"function_call":{"name":"old","arguments":"{}"}}}]}
            """, message));
        List<string> texts = Chat.Texts(message);
        Assert.All(
            (string[])["Assistant: hello", "Assistant: no", "Reasoning: hm", "Reasoning: ah", "Reasoning: in short", "Assistant: spoken", "Url: https://a.example",
                "Document: A title", "Document: words of strangers", "ToolArgument: x", "ToolArgument: ls", "Unknown: new", "Reasoning: deep", "Assistant: part"],
            text => Assert.Contains(text, texts));
        Assert.Equal(["search", "shell", "old"], Chat.Calls(message));
        Assert.Equal([OpaqueKind.Encrypted, OpaqueKind.Audio, OpaqueKind.Image], message.Opaque.Select(o => o.Kind));
    }

    [Fact]
    public void Tokens_with_probabilities_are_judged_joined()
    {
        using var message = new Message();
        Chat.Response(/*lang=json,strict*/ """
            {"choices":[{"message":{"content":"ghp_x"},"logprobs":{"content":[
              {"token":"gh","bytes":[103,104],"top_logprobs":[{"token":"gh"},{"token":"other"}]},{"token":"p_x","top_logprobs":[]}],"refusal":null}}]}
            """, message);
        Assert.Equal(["Assistant: ghp_x", "Assistant: ghother", "Assistant: ghp_x"], Chat.Texts(message));
    }

    [Theory]
    [InlineData("""{"choices":{}}""")]
    [InlineData("""{"choices":["x"]}""")]
    [InlineData("""{"choices":[{"message":"x"}]}""")]
    [InlineData("""{"choices":[{"message":{"tool_calls":"x"}}]}""")]
    [InlineData("""{"choices":[{"message":{"tool_calls":[{"function":"x"}]}}]}""")]
    [InlineData("""[{"choices":[]}]""")]
    [InlineData("""{"Choices":[]}""")]
    [InlineData("""{"choices":[{"Message":{}}]}""")]
    [InlineData("""{"choices":[{"message":{"Tool_Calls":[]}}]}""")]
    [InlineData("""{"choices":[{"message":{"tool_calls":[{"function":{"name":"a"},"custom":{"name":"b"}}]}}]}""")]
    [InlineData("""data: {"choices":[]}""")]
    public void An_answer_that_could_hide_a_call_is_not_read(string body)
    {
        using var message = new Message();
        Assert.NotEqual(ReadFault.None, Chat.Response(body, message));
    }

    [Fact]
    public void A_call_that_names_nothing_is_none_and_an_unnamed_twin_is_ignored()
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Chat.Response(/*lang=json,strict*/ """
            {"choices":[{"message":{"function_call":{"name":"","arguments":""},"tool_calls":[{"custom":{"name":"","input":""},"function":{"name":"a","arguments":"{}"}}]}}]}
            """, message));
        Assert.Equal(["a"], Chat.Calls(message));
        Assert.Equal(ReadFault.None, Chat.Response("""{"choices":[{"message":{"function_call":{"name":"","arguments":"{}"}}}]}""", message));
        Assert.Equal([""], Chat.Calls(message));
    }

    [Fact]
    public void An_error_is_text_whatever_its_form()
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Chat.Response("""{"error":{"message":"bad key sk-1","type":"invalid_request_error"}}""", message, status: 401));
        Assert.Contains("Unknown: bad key sk-1", Chat.Texts(message));
        Assert.Equal(ReadFault.None, Chat.Response("""[{"error":{"message":"quota"}}]""", message, status: 429));
        Assert.Contains("Unknown: quota", Chat.Texts(message));
        Assert.Equal(ReadFault.None, Chat.Response("<h1>Bad Gateway</h1>", message, "text/html", 502));
        Assert.Equal(["Unknown: <h1>Bad Gateway</h1>"], Chat.Texts(message));
        Assert.Equal(ReadFault.UnknownContentType, Chat.Response("data: {}", message, "text/plain"));
    }

    [Fact]
    public void The_texts_of_a_stream_run_on_apart()
    {
        ReadStream read = Of([
            Delta(new JsonObject { ["role"] = "assistant", ["content"] = "" }), Delta(new JsonObject { ["content"] = "a1" }), Delta(new JsonObject { ["content"] = "b1" }, null, 1),
            Delta(new JsonObject { ["content"] = "a2", ["reasoning"] = "r1", ["reasoning_content"] = "q1" }), Delta(new JsonObject { ["content"] = "b2", ["refusal"] = "n1" }, null, 1),
            Delta(new JsonObject { ["reasoning"] = "r2", ["reasoning_content"] = "q2", ["brand_new"] = "x1" }), Delta(new JsonObject { ["brand_new"] = "x2" }),
            Delta(new JsonObject { ["content"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = "a3" }) }), Stop]);
        Assert.Equal(["a1a2a3", "b1b2", "n1", "q1q2", "r1r2", "x1x2"], read.Texts.Values.Order(StringComparer.Ordinal));
        Assert.DoesNotContain(read.Whole, text => !text.StartsWith("Metadata", StringComparison.Ordinal));
    }

    [Fact]
    public void Tokens_of_a_stream_run_on_as_a_text_of_their_own()
    {
        static string Chunked(string token) => Chunk([new JsonObject
        {
            ["index"] = 0,
            ["delta"] = new JsonObject { ["content"] = token },
            ["logprobs"] = new JsonObject { ["content"] = new JsonArray(new JsonObject { ["token"] = token }) },
        }]);
        Assert.Equal(["ghp_x", "ghp_x"], Of([Chunked("gh"), Chunked("p_x")]).Texts.Values);
    }

    [Fact]
    public void Chunks_without_choices_comments_and_errors_are_read_and_let_go()
    {
        string[] blocks = [
            ": keep-alive\n\n", "data: {\"id\":\"\",\"choices\":[],\"prompt_filter_results\":[]}\n\n", "data: {\"object\":\"ping\"}\n\n", "event: message\ndata: {\"choices\":null}\n\n",
            "data: {\"error\":{\"message\":\"went wrong\"}}\n\n", "data:\n\n", "id: 7\nretry: 10\n\n", Done];
        ReadStream read = Of(blocks);
        Assert.Equal(ReadFault.None, read.Fault);
        Assert.Equal(string.Concat(blocks), read.Released);
        Assert.Contains("Unknown: went wrong", read.Whole);
    }

    [Theory]
    [InlineData("data: hello\n\n")]
    [InlineData("data: {}{}\n\n")]
    [InlineData("data: {\"choices\":[],\"choices\":[]}\n\n")]
    [InlineData("data: [DONE] {\"choices\":[]}\n\n")]
    [InlineData("data: [1]\n\n")]
    [InlineData("data: {\"choices\":7}\n\n")]
    [InlineData("data: {\"choices\":[{\"index\":-1}]}\n\n")]
    [InlineData("data: {\"choices\":[{\"index\":128}]}\n\n")]
    [InlineData("data: {\"choices\":[{\"index\":0,\"delta\":\"x\"}]}\n\n")]
    [InlineData("data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":{}}}]}\n\n")]
    [InlineData("data: {\"choices\":[{\"index\":0,\"delta\":{\"Tool_calls\":[]}}]}\n\n")]
    [InlineData("data: {\"choices\":[{\"index\":0,\"delta\":{\"function_call\":\"x\"}}]}\n\n")]
    [InlineData("event: custom\ndata: x\n\n")]
    public void An_event_that_is_no_chunk_is_not_read(string block) => Assert.NotEqual(ReadFault.None, Of([block]).Fault);

    [Fact]
    public void A_refused_stream_ends_as_its_own_server_would_have_ended_it()
    {
        ReadStream read = Of([Delta(new JsonObject { ["content"] = "a" }), Delta(new JsonObject { ["content"] = "b" }, null, 2)]);
        string[] blocks = read.Refusal.Split("\n\n");
        Assert.Equal(["data: [DONE]", ""], blocks[^2..]);
        JsonElement[] chunks = [.. blocks[..^2].Select(b => JsonDocument.Parse(b["data: ".Length..]).RootElement)];
        Assert.All(chunks, chunk => Assert.Equal(("extauthz", "chat.completion.chunk", 7, ""), (
            chunk.GetProperty("id").GetString(), chunk.GetProperty("object").GetString(), chunk.GetProperty("created").GetInt32(), chunk.GetProperty("model").GetString())));
        Assert.Equal("A tool is not allowed here. (event ev-1)", chunks[0].GetProperty("choices")[0].GetProperty("delta").GetProperty("refusal").GetString());
        Assert.Equal([(0, null), (0, "content_filter"), (2, "content_filter")], chunks.Select(c => c.GetProperty("choices")[0])
            .Select(c => (c.GetProperty("index").GetInt32(), c.GetProperty("finish_reason").GetString())));
    }

    [Fact]
    public void A_stream_refused_before_its_first_chunk_ends_properly_too() =>
        Assert.EndsWith("\"finish_reason\":\"content_filter\"}]}\n\ndata: [DONE]\n\n", Of(Array.Empty<string>()).Refusal);

    [Theory]
    [InlineData(403, "permission_error")]
    [InlineData(413, "invalid_request_error")]
    [InlineData(415, "invalid_request_error")]
    public void A_refusal_is_the_error_that_sdks_show_and_do_not_retry(int status, string type)
    {
        Refusal refusal = Chat.Dialect.Refuse(Chat.Reason with { Status = status }, null, Chat.RequestHead());
        Assert.Equal((status, "application/json"), (refusal.Status, refusal.ContentType));
        Assert.Contains(("x-should-retry", "false"), refusal.Headers);
        JsonElement error = JsonDocument.Parse(refusal.Body).RootElement.GetProperty("error");
        Assert.Equal(("A tool is not allowed here. (event ev-1)", type, "tool_not_allowed"), (
            error.GetProperty("message").GetString(), error.GetProperty("type").GetString(), error.GetProperty("code").GetString()));
        Assert.Equal(JsonValueKind.Null, error.GetProperty("param").ValueKind);
    }
}
