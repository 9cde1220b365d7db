using System.Text.Json;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.Ollama;

namespace EnvoyExtAuthz.Tests.Dialects.Ollama;

public sealed class OllamaAnswerTests
{
    private const string Lines = "application/x-ndjson";

    private static ReadExchange Asked(string operation = "chat", string method = "POST")
    {
        var exchange = new ReadExchange(OllamaDialect.Instance, method, "/api/" + operation);
        Assert.Equal(ReadFault.None, exchange.Send(method == "GET" ? "" : """{"model":"m"}"""));
        return exchange;
    }

    [Fact]
    public void A_whole_answer_is_read_calls_and_all()
    {
        using ReadExchange chat = Asked();
        Assert.Equal(ReadFault.None, chat.Answer(/*lang=json,strict*/ """
            {"model":"m","created_at":"2025-01-01T00:00:00Z","message":{"role":"assistant","content":"Let me see.","thinking":"Hm.","images":["aGk="],
             "tool_calls":[{"id":"c","function":{"index":0,"name":"weather","arguments":{"city":"Paris"}}}]},"done_reason":"stop","done":true,"eval_count":3,
             "logprobs":[{"token":"Let","logprob":-0.1,"bytes":[76],"top_logprobs":[{"token":"Let"}]},{"token":" me","logprob":-0.2}]}
            """));
        Assert.Equal(["weather {\"city\":\"Paris\"}"], ReadExchange.Calls(chat.Response));
        Assert.Equal(["Image"], ReadExchange.Opaque(chat.Response));
        List<string> texts = ReadExchange.Texts(chat.Response);
        foreach (string expected in (string[])["Assistant: Let me see.", "Reasoning: Hm.", "ToolArgument: Paris"])
            Assert.Contains(expected, texts);
        Assert.Contains("Assistant: Let me", texts);
    }

    [Fact]
    public void A_whole_completion_is_read()
    {
        using ReadExchange generate = Asked("generate");
        Assert.Equal(ReadFault.None, generate.Answer("""{"model":"m","response":"Hi","thinking":"T","image":"aGk=","tool_calls":[{"function":{"name":"x","arguments":{}}}],"done":true,"context":[1,2]}"""));
        Assert.Equal(["Metadata: m", "Assistant: Hi", "Reasoning: T", "Metadata: x"], ReadExchange.Texts(generate.Response));
        Assert.Equal(["x {}"], ReadExchange.Calls(generate.Response));
        Assert.Equal(["Image"], ReadExchange.Opaque(generate.Response));
    }

    [Fact]
    public void Token_numbers_go_where_the_text_they_repeat_was_edited()
    {
        using ReadExchange generate = Asked("generate");
        generate.Answer("""{"model":"m","response":"the key is 123","done":true,"context":[1,2],"eval_count":3}""");
        Assert.Equal("""{"model":"m","response":"the key is 123","done":true,"context":[1,2],"eval_count":3}""", generate.Written(generate.Response));
        generate.Response.Replace(generate.Response.Segments.Single(s => s.Length == 14), 11, 3, "***"u8.ToArray());
        Assert.Equal("""{"model":"m","response":"the key is ***","done":true,"context":null,"eval_count":3}""", generate.Written(generate.Response));
    }

    [Fact]
    public void A_model_that_is_shown_is_read_for_its_instructions()
    {
        using ReadExchange show = Asked("show");
        Assert.Equal(ReadFault.None, show.Answer(/*lang=json,strict*/ """
            {"modelfile":"FROM x","system":"You are Mario.","template":"{{ .Prompt }}","license":"MIT","parameters":"stop \"x\"","details":{"family":"llama","families":["llama"]},
             "messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"","tool_calls":[{"function":{"name":"x","arguments":{}}}]}],
             "model_info":{"general.architecture":"llama","general.description":"Some words about it."},"capabilities":["tools"],"modified_at":"2025-01-01T00:00:00Z"}
            """));
        List<string> texts = ReadExchange.Texts(show.Response);
        foreach (string expected in (string[])["System: FROM x", "System: You are Mario.", "System: {{ .Prompt }}", "Document: MIT", "User: hi", "Metadata: llama", "Unknown: Some words about it."])
            Assert.Contains(expected, texts);
        Assert.Equal(["replayed x {}"], ReadExchange.Calls(show.Response));
    }

    [Theory]
    [InlineData("tags", """{"models":[{"name":"a:latest","model":"a:latest","digest":"0123456789","details":{"family":"llama"}}]}""")]
    [InlineData("version", """{"version":"0.12.0"}""")]
    [InlineData("ps", """{"models":[{"name":"a","model":"a","expires_at":"2025-01-01T00:00:00Z"}]}""")]
    public void Lists_hold_labels(string operation, string body)
    {
        using ReadExchange exchange = Asked(operation, "GET");
        Assert.Equal(ReadFault.None, exchange.Answer(body));
        Assert.All(ReadExchange.Texts(exchange.Response), t => Assert.StartsWith("Metadata: ", t, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"error":"model 'x' not found"}""", "application/json", 404)]
    [InlineData("404 page not found", "text/plain", 404)]
    [InlineData("<html>bad gateway</html>", "text/html", 502)]
    [InlineData("\"gone\"", "application/json", 500)]
    public void An_error_is_read_whatever_its_form(string body, string type, int status)
    {
        using ReadExchange chat = Asked();
        Assert.Equal(ReadFault.None, chat.Answer(body, type, status));
        Assert.StartsWith("Unknown: ", Assert.Single(ReadExchange.Texts(chat.Response)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"model\":\"m\"}\n{\"model\":\"m\"}", "application/json", ReadFault.NotStrictJson)]
    [InlineData("data: {}", "text/event-stream", ReadFault.UnknownContentType)]
    [InlineData("[]", "application/json", ReadFault.WrongShape)]
    [InlineData("""{"Message":{"content":"x"}}""", "application/json", ReadFault.Ambiguous)]
    [InlineData("""{"message":{"Content":"x"}}""", "application/json", ReadFault.Ambiguous)]
    [InlineData("""{"message":{"content":"x","TOOL_CALLS":[{"function":{"name":"x"}}]}}""", "application/json", ReadFault.Ambiguous)]
    [InlineData("""{"message":"x"}""", "application/json", ReadFault.WrongShape)]
    [InlineData("""{"message":{"content":["x"]}}""", "application/json", ReadFault.WrongShape)]
    [InlineData("""{"message":{"tool_calls":[{"function":{"arguments":{}}}]}}""", "application/json", ReadFault.WrongShape)]
    public void What_clients_would_not_read_alike_is_refused(string body, string type, ReadFault expected)
    {
        using ReadExchange chat = Asked();
        Assert.Equal(expected, chat.Answer(body, type));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(int.MaxValue)]
    public void Texts_run_on_from_line_to_line_and_calls_are_whole(int pieceBytes)
    {
        const string Stream =
            "{\"model\":\"m\",\"created_at\":\"t1\",\"message\":{\"role\":\"assistant\",\"content\":\"\",\"thinking\":\"H\"},\"done\":false}\n"
            + "{\"model\":\"m\",\"created_at\":\"t2\",\"message\":{\"role\":\"assistant\",\"content\":\"\",\"thinking\":\"m.\"},\"done\":false}\r\n\n"
            + "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"Let \",\"mood\":\"so\"},\"logprobs\":[{\"token\":\"Le\"},{\"token\":\"t \"}],\"done\":false}\n"
            + "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"me \\ud83d\\ude42🙂\",\"mood\":\"-so\"},\"done\":false}\n"
            + "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[{\"function\":{\"name\":\"a\",\"arguments\":{\"q\":\"1\"}}},{\"function\":{\"name\":\"b\",\"arguments\":{}}}]},\"done\":false}\n"
            + "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done_reason\":\"stop\",\"done\":true,\"eval_count\":7}";
        using ReadExchange chat = Asked();
        ReadEvents read = chat.Stream(Stream, Lines, pieceBytes);
        Assert.Equal(ReadFault.None, read.Fault);
        Assert.True(read.Ended);
        Assert.Equal(["a {\"q\":\"1\"}", "b {}"], read.Calls);
        Assert.Equal(["Assistant: Let me 🙂🙂", "Reasoning: Hm.", "Assistant: Let ", "Assistant: so-so"], read.Texts.Values);
        Assert.Equal(Stream, read.Released);
    }

    [Fact]
    public void A_streamed_completion_is_read_and_its_token_numbers_are_no_text_of_strangers()
    {
        using ReadExchange generate = Asked("generate");
        ReadEvents read = generate.Stream("{\"model\":\"m\",\"response\":\"a\",\"done\":false}\n{\"model\":\"m\",\"response\":\"b\",\"done\":true,\"context\":[1]}\n", Lines);
        Assert.Equal(ReadFault.None, read.Fault);
        Assert.Equal(["Assistant: ab"], read.Texts.Values);
        Assert.Empty(read.Opaque);
    }

    [Fact]
    public void An_error_in_mid_stream_is_a_line_and_progress_is_text()
    {
        using ReadExchange pull = Asked("pull");
        ReadEvents read = pull.Stream("{\"status\":\"pulling manifest\"}\n{\"status\":\"pulling\",\"digest\":\"sha256:" + new string('a', 64) + "\",\"total\":3}\n{\"error\":\"no space left\"}\n", Lines);
        Assert.Equal(ReadFault.None, read.Fault);
        Assert.Equal(["Unknown: pulling manifest", "Metadata: sha256:" + new string('a', 64), "Unknown: pulling", "Unknown: no space left"], read.Whole);
        Assert.Equal("{\"error\":\"A tool is not allowed here. (event ev-1)\",\"code\":\"tool_not_allowed\"}\n", read.Refusal);
    }

    [Theory]
    [InlineData("{\"done\":true}\n{\"message\":{\"content\":\"more\"},\"done\":false}\n", ReadFault.BrokenStream)]
    [InlineData("{\"done\":true}\n\n", ReadFault.None)]
    [InlineData("not json\n", ReadFault.NotStrictJson)]
    [InlineData("{\"a\":1}{\"b\":2}\n", ReadFault.NotStrictJson)]
    [InlineData("{\"a\":1}\r{\"b\":2}\n", ReadFault.NotStrictJson)]
    [InlineData("{\"a\":\n1}\n", ReadFault.NotStrictJson)]
    [InlineData("\uFEFF{\"a\":1}\n", ReadFault.NotStrictJson)]
    [InlineData("[{\"message\":{\"content\":\"x\"}}]\n", ReadFault.WrongShape)]
    [InlineData("\"x\"\n", ReadFault.WrongShape)]
    [InlineData("{\"message\":{\"content\":\"a\",\"content\":\"b\"}}\n", ReadFault.NotStrictJson)]
    [InlineData("{\"message\":{\"tool_calls\":[{\"Function\":{\"name\":\"x\"}}]}}\n", ReadFault.Ambiguous)]
    public void Lines_that_clients_would_not_read_alike_break_the_stream(string stream, ReadFault expected)
    {
        using ReadExchange chat = Asked();
        Assert.Equal(expected, chat.Stream(stream, Lines).Fault);
    }

    [Theory]
    [InlineData("chat")]
    [InlineData("generate")]
    public void A_refusal_in_mid_stream_is_a_last_line_in_the_operations_own_shape(string operation)
    {
        using ReadExchange exchange = Asked(operation);
        ReadEvents read = exchange.Stream("{\"model\":\"llama3\",\"created_at\":\"2025-01-01T00:00:00Z\",\"done\":false}\n", Lines);
        Assert.EndsWith("\n", read.Refusal, StringComparison.Ordinal);
        using JsonDocument last = JsonDocument.Parse(read.Refusal);
        JsonElement root = last.RootElement;
        Assert.Equal("m", root.GetProperty("model").GetString());
        Assert.Equal("2025-01-01T00:00:00Z", root.GetProperty("created_at").GetString());
        Assert.True(root.GetProperty("done").GetBoolean());
        Assert.Equal("content_filter", root.GetProperty("done_reason").GetString());
        JsonElement text = operation == "chat" ? root.GetProperty("message").GetProperty("content") : root.GetProperty("response");
        Assert.Equal("A tool is not allowed here. (event ev-1)", text.GetString());
    }

    [Fact]
    public void A_refusal_repeats_nothing_that_the_server_could_have_written()
    {
        using ReadExchange chat = Asked();
        string refusal = chat.Stream("{\"model\":\"Obey\",\"created_at\":\"Obey\",\"done\":false}\n", Lines).Refusal;
        Assert.DoesNotContain("Obey", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stream_whose_request_was_not_read_is_refused_in_the_shape_it_has()
    {
        using var unread = new ReadExchange(OllamaDialect.Instance, "POST", "/api/generate");
        Assert.Contains("\"response\":\"A tool", unread.Stream("{\"model\":\"m\",\"response\":\"a\",\"done\":false}\n", Lines).Refusal, StringComparison.Ordinal);
        Assert.Contains("\"content\":\"A tool", unread.Stream("{\"model\":\"m\",\"message\":{\"content\":\"a\"},\"done\":false}\n", Lines).Refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_lines_are_a_stream()
    {
        using ReadExchange chat = Asked();
        Assert.Null(chat.Open("application/json"));
        Assert.Null(chat.Open("text/event-stream"));
        using EventStream? lines = chat.Open("application/x-ndjson; charset=utf-8");
        Assert.NotNull(lines);
    }
}
