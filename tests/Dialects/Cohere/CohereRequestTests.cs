using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.Cohere;

namespace EnvoyExtAuthz.Tests.Dialects.Cohere;

public sealed class CohereRequestTests
{
    private static ReadExchange On(string path) => new(CohereDialect.Instance, "POST", path);

    [Theory]
    [InlineData("POST", "/v2/chat", true)]
    [InlineData("POST", "/v1/chat", true)]
    [InlineData("POST", "/v1/generate", true)]
    [InlineData("POST", "/proxy/v2/embed", true)]
    [InlineData("POST", "/v1/embed", true)]
    [InlineData("POST", "/v1/rerank", true)]
    [InlineData("POST", "/v2/rerank", true)]
    [InlineData("POST", "/v1/tokenize", true)]
    [InlineData("POST", "/v1/detokenize", true)]
    [InlineData("POST", "/v1/classify", true)]
    [InlineData("POST", "/v1/summarize", true)]
    [InlineData("GET", "/v2/chat", false)]
    [InlineData("POST", "/v2/chat/", false)]
    [InlineData("POST", "/v3/chat", false)]
    [InlineData("POST", "/compatibility/v1/chat/completions", false)]
    [InlineData("POST", "/v1/datasets", false)]
    public void Paths_and_methods_are_its_own(string method, string path, bool isIts)
    {
        using var exchange = new ReadExchange(CohereDialect.Instance, method, path);
        Assert.Equal(isIts, CohereDialect.Instance.Recognises(System.Text.Encoding.UTF8.GetBytes(method), System.Text.Encoding.UTF8.GetBytes(path)));
        if (!isIts)
            Assert.Equal(ReadFault.UnknownPath, exchange.Send("""{"model":"m","messages":[]}"""));
    }

    [Fact]
    public void A_chat_of_version_2_is_read_text_by_text()
    {
        using ReadExchange chat = On("/v2/chat");
        Assert.Equal(ReadFault.None, chat.Send(/*lang=json,strict*/ """
            {"model":"command-a","stream":true,"messages":[
              {"role":"system","content":"Be brief."},
              {"role":"user","content":[{"type":"text","text":"What is this?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,aGk=","detail":"auto"}},{"type":"image_url","image_url":{"url":"https://x.example/a.png"}}]},
              {"role":"assistant","tool_plan":"I will look.","tool_calls":[{"id":"t1","type":"function","function":{"name":"look","arguments":"{\"at\":\"it\"}"}}]},
              {"role":"tool","tool_call_id":"t1","content":[{"type":"text","text":"a dog"},{"type":"document","document":{"id":"d1","data":{"body":"dogs are animals"}}},{"type":"document","document":{"data":"{\"deep\":\"in it\"}"}}]},
              {"role":"assistant","content":[{"type":"thinking","thinking":"Hm."},{"type":"text","text":"A dog."}],"citations":[{"start":2,"end":5,"text":"dog","sources":[{"type":"document","id":"d2","document":{"title":"Dogs"}},{"type":"tool","id":"t1:0","tool_output":{"content":"bark"}}],"type":"TEXT_CONTENT"}]}],
             "tools":[{"type":"function","function":{"name":"look","description":"Looks.","parameters":{"type":"object","properties":{"at":{"type":"string","description":"What at."}}}}}],
             "documents":["first",{"id":"d9","data":{"text":"second"}},{"id":"d8","data":"third"}],
             "response_format":{"type":"json_object","json_schema":{"type":"object","description":"The shape."}},"safety_mode":"STRICT","stop_sequences":["END"],"tool_choice":"REQUIRED"}
            """));
        Assert.Equal("command-a", ReadExchange.Text(chat.Request.Model));
        Assert.True(chat.Request.WantsStream);
        Assert.Equal(["look"], ReadExchange.Tools(chat.Request));
        Assert.Equal(["replayed look {\"at\":\"it\"}"], ReadExchange.Calls(chat.Request));
        Assert.Equal(["Image", "RemoteReference"], ReadExchange.Opaque(chat.Request));
        List<string> texts = ReadExchange.Texts(chat.Request);
        foreach (string expected in (string[])["System: Be brief.", "User: What is this?", "Url: https://x.example/a.png", "Reasoning: I will look.", "ToolArgument: it", "ToolResult: a dog",
            "ToolResult: dogs are animals", "ToolResult: in it", "Reasoning: Hm.", "Assistant: A dog.", "Assistant: dog", "Document: Dogs", "ToolResult: bark", "ToolDescription: Looks.", "Schema: What at.",
            "Document: first", "Document: second", "Document: third", "Schema: The shape.", "Metadata: STRICT", "Metadata: END", "Metadata: REQUIRED"])
            Assert.Contains(expected, texts);
        StringCoverage.AssertEachStringOnce("chat", chat.Request);
        EditProperty.Assert_holds(chat.Request);
    }

    [Fact]
    public void A_chat_of_version_1_is_read_text_by_text()
    {
        using ReadExchange chat = On("/v1/chat");
        Assert.Equal(ReadFault.None, chat.Send(/*lang=json,strict*/ """
            {"model":"command","message":"And now?","preamble":"Be brief.","conversation_id":"c1","stream":false,
             "chat_history":[{"role":"USER","message":"hi"},{"role":"Chatbot","message":"hello","tool_calls":[{"name":"look","parameters":{"at":"it"}}]},{"role":"System","message":"more"},
               {"role":"TOOL","tool_results":[{"call":{"name":"look","parameters":{"at":"it"}},"outputs":[{"found":"a dog","raw":"{\"deep\":\"in it\"}"}]}]},{"role":"wizard","message":"spell"}],
             "connectors":[{"id":"web-search","options":{"site":"example.org"},"user_access_token":"t"}],
             "documents":[{"title":"Dogs","snippet":"dogs are animals"}],
             "tools":[{"name":"look","description":"Looks.","parameter_definitions":{"at":{"description":"What at.","type":"str","required":true}}}],
             "tool_results":[{"call":{"name":"seek","parameters":{}},"outputs":[{"x":"y"}]}],"prompt_truncation":"AUTO","search_queries_only":true}
            """));
        Assert.Equal(["look", "web-search"], ReadExchange.Tools(chat.Request));
        Assert.Equal(["replayed look {\"at\":\"it\"}", "replayed look {\"at\":\"it\"}", "replayed seek {}"], ReadExchange.Calls(chat.Request));
        Assert.Equal(["ServerState"], ReadExchange.Opaque(chat.Request));
        List<string> texts = ReadExchange.Texts(chat.Request);
        foreach (string expected in (string[])["User: And now?", "System: Be brief.", "User: hi", "Assistant: hello", "System: more", "ToolResult: a dog", "ToolResult: in it", "Unknown: spell", "Unknown: wizard",
            "Document: Dogs", "Document: dogs are animals", "ToolDescription: Looks.", "Schema: What at.", "ToolResult: y", "Metadata: AUTO", "Unknown: t"])
            Assert.Contains(expected, texts);
        StringCoverage.AssertEachStringOnce("chat", chat.Request);
    }

    [Theory]
    [InlineData("/v1/generate", """{"prompt":"a","preset":"p"}""", "User: a", "ServerState")]
    [InlineData("/v2/embed", """{"texts":["a","b"],"input_type":"search_document"}""", "Document: a|Document: b", "")]
    [InlineData("/v2/embed", """{"texts":["a"],"input_type":"search_query"}""", "User: a", "")]
    [InlineData("/v2/embed", """{"images":["data:image/png;base64,aGk="],"input_type":"image"}""", "", "Image")]
    [InlineData("/v2/embed", """{"inputs":[{"content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"data:image/png;base64,aGk="}}]}],"input_type":"search_document"}""", "Document: a", "Image")]
    [InlineData("/v2/rerank", """{"query":"q","documents":["a",{"text":"b"}],"top_n":1}""", "Document: a|Document: b|User: q", "")]
    [InlineData("/v1/tokenize", """{"text":"a"}""", "User: a", "")]
    [InlineData("/v1/detokenize", """{"tokens":[1,2]}""", "", "TokenIds")]
    [InlineData("/v1/classify", """{"inputs":["a"],"examples":[{"text":"b","label":"good"}],"preset":"p"}""", "User: a|User: b", "ServerState")]
    [InlineData("/v1/summarize", """{"text":"a","additional_command":"in verse","length":"short"}""", "User: a|User: in verse", "")]
    public void The_smaller_endpoints_are_read_too(string path, string body, string texts, string opaque)
    {
        using ReadExchange exchange = On(path);
        Assert.Equal(ReadFault.None, exchange.Send(body));
        Assert.Equal(texts, string.Join('|', ReadExchange.Texts(exchange.Request).Where(t => !t.StartsWith("Metadata", StringComparison.Ordinal))));
        Assert.Equal(opaque, string.Join('|', ReadExchange.Opaque(exchange.Request)));
    }

    [Theory]
    [InlineData("/v2/chat", """{"Messages":[]}""")]
    [InlineData("/v2/chat", """{"messages":[],"TOOLS":[{"type":"function","function":{"name":"x"}}]}""")]
    [InlineData("/v2/chat", """{"messages":[{"role":"user","Content":"x"}]}""")]
    [InlineData("/v2/chat", """{"messages":[{"role":"assistant","Tool_Plan":"x"}]}""")]
    [InlineData("/v2/chat", """{"messages":[{"role":"tool","content":[{"type":"document","Document":{"data":"x"}}]}]}""")]
    [InlineData("/v2/chat", """{"messages":[],"tools":[{"type":"web_search","function":{"name":"x"}}]}""")]
    [InlineData("/v1/chat", """{"message":"a","messages":[]}""")]
    [InlineData("/v1/chat", """{"message":"a","Preamble":"x"}""")]
    [InlineData("/v1/chat", """{"message":"a","chat_history":[{"role":"USER","Message":"x"}]}""")]
    [InlineData("/v1/chat", """{"message":"a","tools":[{"name":"a","function":{"name":"b"}}]}""")]
    [InlineData("/v1/chat", """{"message":"a","tools":[{"NAME":"a"}]}""")]
    [InlineData("/v1/chat", """{"message":"a","connectors":[{"ID":"a"}]}""")]
    [InlineData("/v1/chat", """{"message":"a","chat_history":[{"role":"CHATBOT","tool_calls":[{"name":"a","function":{"name":"b"}}]}]}""")]
    [InlineData("/v1/chat", """{"message":"a","tool_results":[{"Call":{"name":"a"}}]}""")]
    [InlineData("/v1/chat", """{"Message":"a","messages":[]}""")]
    public void What_would_be_read_in_two_ways_is_refused(string path, string body)
    {
        using ReadExchange exchange = On(path);
        Assert.Equal(ReadFault.Ambiguous, exchange.Send(body));
    }

    [Theory]
    [InlineData("/v2/chat", """{}""")]
    [InlineData("/v2/chat", """{"messages":"x"}""")]
    [InlineData("/v2/chat", """{"messages":["x"]}""")]
    [InlineData("/v2/chat", """{"messages":[{"role":1}]}""")]
    [InlineData("/v2/chat", """{"messages":[],"model":["m"]}""")]
    [InlineData("/v2/chat", """{"messages":[],"stream":"true"}""")]
    [InlineData("/v2/chat", """{"messages":[],"tools":[{"type":"function","function":{}}]}""")]
    [InlineData("/v2/chat", """{"messages":[{"role":"assistant","tool_calls":{"function":{"name":"x"}}}]}""")]
    [InlineData("/v1/chat", """{}""")]
    [InlineData("/v1/chat", """{"message":["a"]}""")]
    [InlineData("/v1/chat", """{"message":"a","preamble":{"x":"y"}}""")]
    [InlineData("/v1/chat", """{"message":"a","tools":[{"description":"no name"}]}""")]
    [InlineData("/v1/chat", """{"message":"a","connectors":["web-search"]}""")]
    [InlineData("/v1/chat", """{"message":"a","chat_history":{"role":"USER"}}""")]
    [InlineData("/v1/chat", """{"message":"a","chat_history":[{"role":"CHATBOT","tool_calls":[{"parameters":{}}]}]}""")]
    [InlineData("/v1/generate", """{"prompt":[1,2]}""")]
    [InlineData("/v2/embed", """{"texts":[[1,2]]}""")]
    [InlineData("/v2/embed", """{"images":[{"url":"x"}]}""")]
    [InlineData("/v1/detokenize", """{"tokens":"1,2"}""")]
    public void Another_shape_is_refused(string path, string body)
    {
        using ReadExchange exchange = On(path);
        Assert.Equal(ReadFault.WrongShape, exchange.Send(body));
    }

    [Theory]
    [InlineData("/v2/chat", """{"messages":[],"tools":[{"type":"function","function":{"name":"a"}},{"type":"function","function":{"name":"b"}}],"tool_choice":"REQUIRED"}""",
        """{"messages":[],"tools":[{"type":"function","function":{"name":"b"}}],"tool_choice":"REQUIRED"}""")]
    [InlineData("/v2/chat", """{"messages":[],"tools":[{"type":"function","function":{"name":"a"}}],"tool_choice":"NONE","strict_tools":true}""", """{"messages":[]}""")]
    [InlineData("/v2/chat", """{"messages":[],"tools":[{"type":"function","function":{"name":"a"}}],"tool_choice":"REQUIRED"}""", null)]
    [InlineData("/v1/chat", """{"message":"x","tools":[{"name":"a","description":"d"},{"name":"b"}]}""", """{"message":"x","tools":[{"name":"b"}]}""")]
    [InlineData("/v1/chat", """{"message":"x","tools":[{"name":"a"}],"force_single_step":true}""", """{"message":"x"}""")]
    [InlineData("/v1/chat", """{"message":"x","connectors":[{"id":"a"},{"id":"b"}]}""", """{"message":"x","connectors":[{"id":"b"}]}""")]
    [InlineData("/v1/chat", """{"message":"x","connectors":[{"id":"a"}],"k":1}""", """{"message":"x","k":1}""")]
    [InlineData("/v1/chat", """{"messages":[],"tools":[{"type":"function","function":{"name":"a"}}]}""", """{"messages":[]}""")]
    public void Tools_and_connectors_are_taken_out(string path, string body, string? expected)
    {
        using ReadExchange exchange = On(path);
        Assert.Equal(ReadFault.None, exchange.Send(body));
        Assert.Equal(expected is not null, exchange.Remove("a"));
        if (expected is not null)
            Assert.Equal(expected, exchange.Written(exchange.Request));
    }

    [Fact]
    public void Writers_chat_on_the_same_path_is_read_as_what_it_is()
    {
        using ReadExchange writer = On("/v1/chat");
        Assert.Equal(ReadFault.None, writer.Send("""{"model":"palmyra-x4","messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function","function":{"name":"look"}}],"stream":true}"""));
        Assert.Equal("palmyra-x4", ReadExchange.Text(writer.Request.Model));
        Assert.Equal(["look"], ReadExchange.Tools(writer.Request));
        Assert.Contains("User: hi", ReadExchange.Texts(writer.Request));
        Assert.Equal(ReadFault.None, writer.Answer("""{"choices":[{"index":0,"message":{"role":"assistant","content":"hello","tool_calls":[{"id":"t","type":"function","function":{"name":"look","arguments":"{}"}}]}}]}"""));
        Assert.Equal(["look {}"], ReadExchange.Calls(writer.Response));
        Assert.EndsWith("data: [DONE]\n\n", writer.Stream("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n", "text/event-stream").Refusal, StringComparison.Ordinal);
        Assert.Contains("\"error\":{", ReadExchange.Text(writer.Refuse().Body), StringComparison.Ordinal);
    }

    [Fact]
    public void A_refusal_is_a_message()
    {
        using ReadExchange chat = On("/v2/chat");
        chat.Send("""{"messages":[]}""");
        Refusal refusal = chat.Refuse();
        Assert.Equal(403, refusal.Status);
        Assert.Equal("""{"message":"A tool is not allowed here. (event ev-1)","code":"tool_not_allowed"}""", ReadExchange.Text(refusal.Body));
    }
}
