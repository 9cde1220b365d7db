using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.Ollama;

namespace EnvoyExtAuthz.Tests.Dialects.Ollama;

public sealed class OllamaRequestTests
{
    private static ReadExchange On(string operation, string method = "POST") => new(OllamaDialect.Instance, method, "/api/" + operation);

    [Theory]
    [InlineData("POST", "/api/chat", true)]
    [InlineData("POST", "/ollama/api/chat", true)]
    [InlineData("GET", "/api/tags", true)]
    [InlineData("HEAD", "/api/tags", true)]
    [InlineData("GET", "/api/version", true)]
    [InlineData("GET", "/api/ps", true)]
    [InlineData("DELETE", "/api/delete", true)]
    [InlineData("POST", "/api/blobs/sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", true)]
    [InlineData("HEAD", "/api/blobs/sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", true)]
    [InlineData("POST", "/api/blobs/sha256:0123", false)]
    [InlineData("POST", "/api/blobs/sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde/", false)]
    [InlineData("POST", "/api/experimental/web_search", true)]
    [InlineData("GET", "/api/chat", false)]
    [InlineData("POST", "/api/delete", false)]
    [InlineData("POST", "/api/chat/", false)]
    [InlineData("POST", "/API/chat", false)]
    [InlineData("POST", "/api/signout", false)]
    public void Paths_and_methods_are_its_own(string method, string path, bool isIts)
    {
        Assert.Equal(isIts, OllamaDialect.Instance.Recognises(System.Text.Encoding.UTF8.GetBytes(method), System.Text.Encoding.UTF8.GetBytes(path)));
        using var exchange = new ReadExchange(OllamaDialect.Instance, method, path);
        if (!isIts)
            Assert.Equal(ReadFault.UnknownPath, exchange.Send("{\"model\":\"m\"}"));
    }

    [Fact]
    public void A_chat_is_read_text_by_text()
    {
        using ReadExchange chat = On("chat");
        Assert.Equal(ReadFault.None, chat.Send(/*lang=json,strict*/ """
            {"model":"llama3.1","messages":[
              {"role":"system","content":"Be brief."},
              {"role":"user","content":"What is the weather?","images":["iVBORw0KGgo=",[1,2,3]]},
              {"role":"assistant","content":"","thinking":"Ask the tool.","tool_calls":[{"id":"call_1","function":{"index":0,"name":"weather","arguments":{"city":"Paris","when":{"day":"today"}}}}]},
              {"role":"tool","tool_name":"weather","tool_call_id":"call_1","content":"{\"sky\":\"clear\"}"},
              {"role":"System","content":"shouted"},
              {"content":"from nobody"}],
             "tools":[{"type":"function","function":{"name":"weather","description":"Says the weather.","parameters":{"type":"object","properties":{"city":{"type":"string","description":"A city."}}}}}],
             "format":{"type":"object","description":"The shape."},"options":{"temperature":0.1,"stop":["END"]},"keep_alive":"5m","think":"high","new_field":"new"}
            """));
        Assert.Equal("llama3.1", ReadExchange.Text(chat.Request.Model));
        Assert.Equal("chat", ReadExchange.Text(chat.Request.Operation));
        Assert.True(chat.Request.WantsStream);
        Assert.Equal(["weather"], ReadExchange.Tools(chat.Request));
        Assert.Equal(["replayed weather {\"city\":\"Paris\",\"when\":{\"day\":\"today\"}}"], ReadExchange.Calls(chat.Request));
        Assert.Equal(["Image", "Image"], ReadExchange.Opaque(chat.Request));
        List<string> texts = ReadExchange.Texts(chat.Request);
        foreach (string expected in (string[])["System: Be brief.", "User: What is the weather?", "Reasoning: Ask the tool.", "ToolArgument: Paris", "ToolArgument: today",
            "ToolResult: clear", "Unknown: shouted", "Unknown: System", "Unknown: from nobody", "ToolDescription: weather", "ToolDescription: Says the weather.", "Schema: A city.",
            "Schema: The shape.", "Metadata: END", "Metadata: 5m", "Metadata: high", "Unknown: new"])
            Assert.Contains(expected, texts);
        StringCoverage.AssertEachStringOnce("chat", chat.Request);
    }

    [Fact]
    public void A_completion_is_read_text_by_text()
    {
        using ReadExchange generate = On("generate");
        Assert.Equal(ReadFault.None, generate.Send(/*lang=json,strict*/ """
            {"model":"m","prompt":"a","suffix":"b","system":"c","template":"d {{ .Prompt }}","context":[1,2],"images":["aGk="],"raw":true,"stream":false,"format":"json"}
            """));
        Assert.False(generate.Request.WantsStream);
        Assert.Equal(["Metadata: m", "User: a", "User: b", "System: c", "System: d {{ .Prompt }}", "Metadata: json"], ReadExchange.Texts(generate.Request));
        Assert.Equal(["TokenIds", "Image"], ReadExchange.Opaque(generate.Request));
    }

    [Theory]
    [InlineData("", true)]
    [InlineData(",\"stream\":null", true)]
    [InlineData(",\"stream\":true", true)]
    [InlineData(",\"stream\":false", false)]
    public void Lines_are_asked_for_unless_it_says_no(string stream, bool expected)
    {
        using ReadExchange chat = On("chat");
        Assert.Equal(ReadFault.None, chat.Send("{\"model\":\"m\"" + stream + "}"));
        Assert.Equal(expected, chat.Request.WantsStream);
    }

    [Fact]
    public void An_empty_context_and_no_pictures_are_nothing_opaque()
    {
        using ReadExchange generate = On("generate");
        Assert.Equal(ReadFault.None, generate.Send("""{"model":"m","prompt":"","context":[],"images":[],"system":null,"template":""}"""));
        Assert.Empty(generate.Request.Opaque);
        Assert.Equal(ReadFault.None, generate.Send("""{"model":"m","context":null,"images":null,"tools":null,"messages":null}"""));
        Assert.Empty(generate.Request.Opaque);
    }

    [Theory]
    [InlineData("embed", """{"model":"m","input":"a"}""", "User: a")]
    [InlineData("embed", """{"model":"m","input":["a","b"],"truncate":true,"dimensions":2}""", "User: a|User: b")]
    [InlineData("embeddings", """{"model":"m","prompt":"a"}""", "User: a")]
    public void Embeddings_are_of_texts(string operation, string body, string expected)
    {
        using ReadExchange embed = On(operation);
        Assert.Equal(ReadFault.None, embed.Send(body));
        Assert.Equal(expected, string.Join('|', ReadExchange.Texts(embed.Request).Where(t => !t.StartsWith("Metadata", StringComparison.Ordinal))));
        Assert.False(embed.Request.WantsStream);
    }

    [Fact]
    public void A_model_that_is_made_is_read_for_its_instructions_and_for_what_it_is_made_of()
    {
        using ReadExchange create = On("create");
        Assert.Equal(ReadFault.None, create.Send(/*lang=json,strict*/ """
            {"model":"mario","from":"llama3.2","system":"You are Mario.","template":"{{ .System }}","license":["MIT License"],"parameters":{"stop":["<|x|>"],"seed":7},
             "messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"It's-a me"}],"files":{"model.gguf":"sha256:ab"},"adapters":{},"remote_host":"https://elsewhere.example"}
            """));
        Assert.Equal("mario", ReadExchange.Text(create.Request.Model));
        Assert.Equal(["llama3.2"], create.Request.FurtherModels.Select(ReadExchange.Text));
        Assert.Equal(["RemoteReference", "ServerState"], ReadExchange.Opaque(create.Request));
        List<string> texts = ReadExchange.Texts(create.Request);
        foreach (string expected in (string[])["System: You are Mario.", "System: {{ .System }}", "Document: MIT License", "User: hi", "Assistant: It's-a me", "FileName: model.gguf", "Url: https://elsewhere.example"])
            Assert.Contains(expected, texts);
    }

    [Theory]
    [InlineData("show", "POST")]
    [InlineData("pull", "POST")]
    [InlineData("push", "POST")]
    [InlineData("delete", "DELETE")]
    public void The_model_that_is_managed_is_judged_by_whichever_name_it_has(string operation, string method)
    {
        using ReadExchange exchange = On(operation, method);
        foreach (string body in (string[])["""{"model":"m"}""", """{"name":"m"}""", """{"model":"m","name":"m"}""", """{"model":"m","name":""}""", """{"model":null,"name":"m"}"""])
        {
            Assert.Equal(ReadFault.None, exchange.Send(body));
            Assert.Equal("m", ReadExchange.Text(exchange.Request.Model));
            Assert.Equal(operation, ReadExchange.Text(exchange.Request.Operation));
        }
        Assert.Equal(ReadFault.Ambiguous, exchange.Send("""{"model":"m","name":"other"}"""));
        Assert.Equal(ReadFault.WrongShape, exchange.Send("""{}"""));
        Assert.Equal(ReadFault.WrongShape, exchange.Send("""{"model":["m"]}"""));
    }

    [Fact]
    public void A_copy_is_judged_by_both_names()
    {
        using ReadExchange copy = On("copy");
        Assert.Equal(ReadFault.None, copy.Send("""{"source":"a","destination":"b"}"""));
        Assert.Equal("a", ReadExchange.Text(copy.Request.Model));
        Assert.Equal(["b"], copy.Request.FurtherModels.Select(ReadExchange.Text));
        Assert.Equal(ReadFault.WrongShape, copy.Send("""{"source":"a"}"""));
    }

    [Theory]
    [InlineData("web_search", """{"query":"news","max_results":3}""")]
    [InlineData("web_fetch", """{"url":"https://example.org/"}""")]
    public void The_servers_own_tools_are_calls(string operation, string body)
    {
        using ReadExchange tool = On(operation);
        Assert.Equal(ReadFault.None, tool.Send(body));
        Assert.Equal([operation + " " + body], ReadExchange.Calls(tool.Request));
        Assert.Equal(ReadFault.None, tool.Answer("""{"results":[{"title":"t","url":"u","content":"c"}]}"""));
        Assert.Equal(["ToolResult: t", "ToolResult: u", "ToolResult: c"], ReadExchange.Texts(tool.Response));
    }

    [Fact]
    public void Whether_it_runs_may_be_asked_where_a_route_says_that_it_is_Ollama()
    {
        using var greeting = new ReadExchange(OllamaDialect.Instance, "GET", "/");
        Assert.False(OllamaDialect.Instance.Recognises("GET"u8, "/"u8));
        Assert.Equal(ReadFault.None, greeting.Send(""));
        Assert.Equal(ReadFault.None, greeting.Answer("Ollama is running", "text/plain; charset=utf-8"));
        Assert.Equal(["Unknown: Ollama is running"], ReadExchange.Texts(greeting.Response));
        Assert.Equal(ReadFault.UnknownContentType, greeting.Answer("<p>", "text/html"));
        Assert.Equal(ReadFault.UnexpectedBody, greeting.Send("{}"));
        using var posted = new ReadExchange(OllamaDialect.Instance, "POST", "/");
        Assert.Equal(ReadFault.UnknownPath, posted.Send("{}"));
    }

    [Fact]
    public void What_looks_something_up_has_no_body_and_a_file_is_opaque()
    {
        using ReadExchange tags = On("tags", "GET");
        Assert.Equal(ReadFault.None, tags.Send(""));
        Assert.Equal(ReadFault.UnexpectedBody, tags.Send("{}"));
        using ReadExchange blob = On("blobs/sha256:" + new string('a', 64));
        Assert.Equal(ReadFault.None, blob.Send([0x47, 0x47, 0x55, 0x46, 0xFF], "application/octet-stream"));
        Assert.Equal(["File"], ReadExchange.Opaque(blob.Request));
        Assert.Equal(ReadFault.None, blob.Send(""));
        Assert.Empty(blob.Request.Opaque);
    }

    /// <summary>Go reads keys whatever their case, its clients and other servers do not.</summary>
    [Theory]
    [InlineData("chat", """{"Model":"m"}""")]
    [InlineData("chat", """{"model":"m","MESSAGES":[{"role":"user","content":"x"}]}""")]
    [InlineData("chat", """{"model":"m","meſſages":[]}""")]
    [InlineData("chat", """{"model":"m","TOOLS":[{"type":"function","function":{"name":"delete_all"}}]}""")]
    [InlineData("chat", """{"model":"m","tools":[{"type":"function","Function":{"name":"delete_all"}}]}""")]
    [InlineData("chat", """{"model":"m","tools":[{"type":"function","function":{"name":"a","Name":"b"}}]}""")]
    [InlineData("chat", """{"model":"m","messages":[{"role":"user","Content":"x"}]}""")]
    [InlineData("chat", """{"model":"m","messages":[{"role":"user","Images":["aGk="]}]}""")]
    [InlineData("chat", """{"model":"m","messages":[{"role":"assistant","Tool_Calls":[{"function":{"name":"x"}}]}]}""")]
    [InlineData("chat", """{"model":"m","messages":[{"role":"assistant","tool_calls":[{"function":{"NAME":"x"}}]}]}""")]
    [InlineData("generate", """{"model":"m","SYSTEM":"x"}""")]
    [InlineData("generate", """{"model":"m","tem\u0050late":"x"}""")]
    [InlineData("generate", """{"model":"m","conteXt":[1]}""")]
    [InlineData("generate", """{"model":"m","\u017Fuffix":"x"}""")]
    [InlineData("create", """{"model":"m","FROM":"evil"}""")]
    [InlineData("create", """{"model":"m","modelfile":"FROM evil"}""")]
    [InlineData("create", """{"model":"m","path":"/tmp/x"}""")]
    [InlineData("copy", """{"source":"a","destination":"b","Destination":"c"}""")]
    public void What_servers_and_clients_would_read_in_two_ways_is_refused(string operation, string body)
    {
        using ReadExchange exchange = On(operation);
        Assert.Contains(exchange.Send(body), (ReadFault[])[ReadFault.Ambiguous, ReadFault.NotStrictJson]);
    }

    [Theory]
    [InlineData("chat", """[]""")]
    [InlineData("chat", """{"messages":[]}""")]
    [InlineData("chat", """{"name":"m"}""")]
    [InlineData("chat", """{"model":7}""")]
    [InlineData("chat", """{"model":"m","stream":"false"}""")]
    [InlineData("chat", """{"model":"m","messages":{"role":"user","content":"x"}}""")]
    [InlineData("chat", """{"model":"m","messages":["x"]}""")]
    [InlineData("chat", """{"model":"m","messages":[{"role":["user"],"content":"x"}]}""")]
    [InlineData("chat", """{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":"https://x"}]}]}""")]
    [InlineData("chat", """{"model":"m","messages":[{"role":"user","images":"aGk="}]}""")]
    [InlineData("chat", """{"model":"m","messages":[{"role":"assistant","tool_calls":{"function":{"name":"x"}}}]}""")]
    [InlineData("chat", """{"model":"m","messages":[{"role":"assistant","tool_calls":[{"function":{"name":["x"]}}]}]}""")]
    [InlineData("chat", """{"model":"m","tools":{"type":"function"}}""")]
    [InlineData("chat", """{"model":"m","tools":[{"function":{"description":"no name"}}]}""")]
    [InlineData("generate", """{"model":"m","prompt":["a"]}""")]
    [InlineData("generate", """{"model":"m","prompt":[1,2]}""")]
    [InlineData("generate", """{"model":"m","system":{"a":"b"}}""")]
    [InlineData("generate", """{"model":"m","context":"1,2"}""")]
    [InlineData("embed", """{"model":"m","input":[1,2]}""")]
    [InlineData("embed", """{"model":"m","input":{"a":1}}""")]
    [InlineData("create", """{"model":"m","files":["sha256:ab"]}""")]
    [InlineData("create", """{"model":"m","files":{"a":{"b":"c"}}}""")]
    [InlineData("create", """{"model":"m","from":["a"]}""")]
    public void Another_shape_is_refused(string operation, string body)
    {
        using ReadExchange exchange = On(operation);
        Assert.Equal(ReadFault.WrongShape, exchange.Send(body));
    }

    [Theory]
    [InlineData("multipart/form-data; boundary=x", ReadFault.UnknownContentType)]
    [InlineData("application/json; charset=utf-16", ReadFault.UnknownContentType)]
    [InlineData("text/plain", ReadFault.None)]
    public void The_content_type_matters_only_where_it_changes_the_text(string type, ReadFault expected)
    {
        using ReadExchange chat = On("chat");
        Assert.Equal(expected, chat.Send("{\"model\":\"m\"}", type));
    }

    [Fact]
    public void Tools_are_taken_out()
    {
        using ReadExchange chat = On("chat");
        chat.Send("""{"model":"m","tools":[{"type":"function","function":{"name":"a"}},{"type":"function","function":{"name":"b"}}],"messages":[]}""");
        Assert.True(chat.Remove("a"));
        Assert.Equal("""{"model":"m","tools":[{"type":"function","function":{"name":"b"}}],"messages":[]}""", chat.Written(chat.Request));
        chat.Send("""{"model":"m","tools":[{"type":"function","function":{"name":"a"}}],"messages":[]}""");
        Assert.True(chat.Remove("a"));
        Assert.Equal("""{"model":"m","messages":[]}""", chat.Written(chat.Request));
    }

    [Fact]
    public void An_edit_changes_its_span_alone()
    {
        using ReadExchange chat = On("chat");
        chat.Send("""{"model":"m","messages":[{"role":"user","content":"a\u00e9 \"🙂\ud83d\ude42\n b"},{"role":"tool","content":"{\"a\":\"x \\\" y\",\"b\":[\"🙂\"]}"}],"system":"s"}""");
        EditProperty.Assert_holds(chat.Request);
    }

    [Fact]
    public void A_refusal_is_a_sentence()
    {
        using ReadExchange chat = On("chat");
        chat.Send("{\"model\":\"m\"}");
        Refusal refusal = chat.Refuse();
        Assert.Equal(403, refusal.Status);
        Assert.Equal("application/json", refusal.ContentType);
        Assert.Equal("""{"error":"A tool is not allowed here. (event ev-1)","code":"tool_not_allowed"}""", ReadExchange.Text(refusal.Body));
    }
}
