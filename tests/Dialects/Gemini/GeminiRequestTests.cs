using System.Text;
using EnvoyExtAuthz.Dialects;

namespace EnvoyExtAuthz.Tests.Dialects.Gemini;

/// <summary>Requests: what is in them, and which of them have more than one reading.</summary>
public sealed class GeminiRequestTests
{
    [Fact]
    public void Every_text_has_the_role_of_who_speaks()
    {
        using var message = new Message();
        ReadFault fault = GeminiExchange.Request("""
            {"systemInstruction":{"role":"user","parts":[{"text":"be kind"}]},
             "contents":[
               {"role":"user","parts":[{"text":"one"},{"text":"secretly","thought":true}]},
               {"role":"model","parts":[{"text":"thinking","thought":true},{"text":"two"}]},
               {"role":"function","parts":[{"text":"three"}]},
               {"parts":[{"text":"four"}]},
               {"role":"overlord","parts":[{"text":"five"}]}],
             "generationConfig":{"stopSequences":["END"],"responseMimeType":"application/json","responseSchema":{"type":"STRING","description":"six"}},
             "labels":{"team":"blue"}}
            """, message);
        Assert.Equal(ReadFault.None, fault);
        List<string> texts = GeminiExchange.Texts(message);
        Assert.Equal(
            ["User: one", "User: secretly", "Reasoning: thinking", "Assistant: two", "ToolResult: three", "User: four", "Unknown: five", "System: be kind", "Schema: STRING", "Schema: six", "User: END"],
            texts.Where(t => !t.StartsWith("Metadata", StringComparison.Ordinal)));
        Assert.Equal("gemini-2.5-flash", GeminiExchange.Model(message));
        Assert.Equal("generateContent", Encoding.UTF8.GetString(message.Operation.Span));
        Assert.False(message.WantsStream);
    }

    [Fact]
    public void A_single_value_in_a_lists_place_is_read_as_Google_reads_it()
    {
        using var message = new Message();
        ReadFault fault = GeminiExchange.Request("""
            {"contents":{"parts":{"text":"hello"}},"tools":{"function_declarations":{"name":"search","description":"finds"}}}
            """, message);
        Assert.Equal(ReadFault.None, fault);
        Assert.Contains("User: hello", GeminiExchange.Texts(message));
        Assert.Equal(["search"], GeminiExchange.Tools(message));
    }

    [Theory]
    [InlineData("""{"systemInstruction":{"parts":[{"text":"a"}]},"system_instruction":{"parts":[{"text":"b"}]},"contents":[]}""")]
    [InlineData("""{"Contents":[]}""")]
    [InlineData("""{"contents":[],"cached_Content":"x"}""")]
    [InlineData("""{"contents":[],"tool_config":{"functionCallingConfig":{},"function_calling_config":{}}}""")]
    [InlineData("""{"contents":[{"role":"user","Role":"model","parts":[]}]}""")]
    [InlineData("""{"contents":[{"parts":[{"functionCall":{"name":"a"},"function_call":{"name":"b"}}]}]}""")]
    [InlineData("""{"contents":[{"parts":[{"function_Call":{"name":"a"}}]}]}""")]
    [InlineData("""{"contents":[{"parts":[{"functioncall":{"name":"a"}}]}]}""")]
    [InlineData("""{"contents":[{"parts":[{"functionCall":{"Name":"a"}}]}]}""")]
    [InlineData("""{"contents":[{"parts":[{"fileData":{"fileUri":"https://a","file_uri":"https://b"}}]}]}""")]
    [InlineData("""{"contents":[],"tools":[{"functionDeclarations":[],"function_declarations":[]}]}""")]
    [InlineData("""{"contents":[],"tools":[{"googlesearch":{}}]}""")]
    [InlineData("""{"contents":[],"tools":[{"functionDeclarations":[{"name":"a","NAME":"b"}]}]}""")]
    [InlineData("""{"contents":[],"tools":[{"mcpServers":[{"name":"a","streamable_http_transport":{"url":"https://a"},"streamableHttpTransport":{"url":"https://b"}}]}]}""")]
    [InlineData("""{"contents":[],"generationConfig":{"routingConfig":{"manualMode":{"modelName":"a","model_name":"b"}}}}""")]
    [InlineData("""{"conten\u0074s":[],"contenT\u0073":[]}""")]
    [InlineData("""{"\u017Fystem_instruction":{"parts":[{"text":"long s"}]},"contents":[]}""")]
    public void Two_spellings_of_one_field_are_refused(string body)
    {
        using var message = new Message();
        Assert.True(GeminiExchange.Request(body, message) is ReadFault.Ambiguous or ReadFault.NotStrictJson);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("\"contents\"")]
    [InlineData("""{"contents":["text"]}""")]
    [InlineData("""{"contents":[[{"parts":[]}]]}""")]
    [InlineData("""{"contents":[{"role":7,"parts":[]}]}""")]
    [InlineData("""{"contents":[{"parts":[{"text":{"a":1}}]}]}""")]
    [InlineData("""{"contents":[{"parts":[{"functionCall":{"name":["a"]}}]}]}""")]
    [InlineData("""{"contents":[{"parts":[{"functionCall":{"name":"a","args":"{}"}}]}]}""")]
    [InlineData("""{"contents":[],"systemInstruction":"be kind"}""")]
    [InlineData("""{"contents":[],"tools":["googleSearch"]}""")]
    [InlineData("""{"contents":[],"tools":[{"functionDeclarations":[{"description":"no name"}]}]}""")]
    [InlineData("""{"contents":[],"model":7}""")]
    [InlineData("""{"requests":[{"content":{"parts":[]},"tools":[{"googleSearch":{}}]}]}""")]
    public void What_has_another_shape_where_shape_decides_is_refused(string body)
    {
        using var message = new Message();
        Assert.Equal(ReadFault.WrongShape, GeminiExchange.Request(body, message));
    }

    [Fact]
    public void All_parts_are_read()
    {
        using var message = new Message();
        ReadFault fault = GeminiExchange.Request("""
            {"contents":[{"role":"user","parts":[
              {"inlineData":{"mimeType":"image/png","data":"iVBORw0KGgo="}},
              {"inline_data":{"mime_type":"audio/wav","data":"UklGRg=="}},
              {"inlineData":{"mimeType":"text/plain","data":"aGVsbG8=","displayName":"notes.txt"}},
              {"fileData":{"fileUri":"https://example.com/a.mp4","mimeType":"video/mp4"},"videoMetadata":{"startOffset":"1s"}},
              {"fileData":{"fileUri":"https://generativelanguage.googleapis.com/v1beta/files/abc-1"}},
              {"fileData":{"fileUri":"https://generativelanguage.googleapis.com/v1beta/files/../x"}},
              {"functionResponse":{"id":"f1","name":"search","response":{"hits":["one","{\"deep\":\"two\"}"]},"parts":[{"inlineData":{"mimeType":"image/png","data":"AA=="}}]}},
              {"codeExecutionResult":{"outcome":"OUTCOME_OK","output":"three"}},
              {"toolResponse":{"toolType":"FILE_SEARCH","response":{"result":[{"text":"four"}]}}}]},
             {"role":"model","parts":[
              {"functionCall":{"id":"f1","name":"search","args":{"query":"five"}},"thoughtSignature":"AbCd"},
              {"toolCall":{"toolType":"GOOGLE_SEARCH_WEB","args":{"queries":["six"]}}},
              {"executableCode":{"language":"PYTHON","code":"print(7)"}},
              {"text":"","thoughtSignature":"c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I="}]},
             {"role":"user","parts":[{"codeExecutionResult":{"output":""}},{"toolResponse":{}}]}],
             "cachedContent":"cachedContents/kept"}
            """, message);
        Assert.Equal(ReadFault.None, fault);
        Assert.Equal(
            [OpaqueKind.Image, OpaqueKind.Audio, OpaqueKind.File, OpaqueKind.RemoteReference, OpaqueKind.ServerState, OpaqueKind.RemoteReference, OpaqueKind.Image, OpaqueKind.Encrypted, OpaqueKind.ServerState],
            GeminiExchange.Opaque(message));
        Assert.Equal(["search({\"query\":\"five\"})", "googleSearch({\"queries\":[\"six\"]})", "codeExecution(print(7))"], GeminiExchange.Calls(message));
        Assert.All(message.ToolCalls, c => Assert.True(c.Replayed));
        List<string> texts = GeminiExchange.Texts(message);
        foreach (string expected in (string[])
            ["FileName: notes.txt", "Url: https://example.com/a.mp4", "ToolResult: one", "ToolResult: two", "ToolResult: three", "ToolResult: four", "ToolArgument: five", "ToolArgument: six", "ToolArgument: print(7)"])
            Assert.Contains(expected, texts);
        Assert.DoesNotContain(texts, t => t.StartsWith("Unknown", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"executableCode":{"code":"a"}}""", "codeExecution")]
    [InlineData("""{"executableCode":{"code":"a"}},{"codeExecutionResult":{"output":"b"}}""", "")]
    [InlineData("""{"codeExecutionResult":{"output":"b"}},{"executableCode":{"code":"a"}}""", "codeExecution")]
    [InlineData("""{"executableCode":{"code":"a"}},{"executableCode":{"code":"c"}},{"codeExecutionResult":{"output":"b"}}""", "codeExecution")]
    [InlineData("""{"executableCode":{"code":"a"},"codeExecutionResult":{"output":"b"}}""", "codeExecution")]
    [InlineData("""{"toolCall":{"id":"1","toolType":"URL_CONTEXT"}},{"toolResponse":{"id":"2"}}""", "urlContext")]
    [InlineData("""{"toolCall":{"id":"1","toolType":"URL_CONTEXT"}},{"toolResponse":{"id":"1"}}""", "")]
    [InlineData("""{"toolCall":{"toolType":"URL_CONTEXT","args":{"toolResponse":{}}}}""", "urlContext")]
    [InlineData("""{"functionCall":{"name":"search"}}""", "")]
    public void A_call_of_the_providers_that_no_result_follows_is_being_made(string parts, string made)
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, GeminiExchange.Request("{\"contents\":[{\"role\":\"model\",\"parts\":[" + parts + "]}]}", message));
        Assert.Equal(made, string.Join(' ', message.ToolCalls.Where(c => !c.Replayed).Select(c => Encoding.UTF8.GetString(c.Name.Span))));
    }

    [Fact]
    public void Every_kind_of_tool_is_a_tool()
    {
        using var message = new Message();
        ReadFault fault = GeminiExchange.Request(GeminiExchange.Asking("x", """
            "tools":[
              {"functionDeclarations":[{"name":"search","description":"finds things","parametersJsonSchema":{"type":"object","properties":{"q":{"description":"what"}}}},{"name":"fetch"}],"googleSearch":{}},
              {"google_search_retrieval":{"dynamicRetrievalConfig":{}}},{"urlContext":{}},{"codeExecution":{}},{"computerUse":{"environment":"ENVIRONMENT_BROWSER"}},
              {"fileSearch":{"fileSearchStoreNames":["fileSearchStores/a"]}},{"retrieval":{"vertexRagStore":{"ragCorpora":["c"]}}},{"enterpriseWebSearch":{}},{"googleMaps":{}},
              {"parallel_ai_search":{"apiKey":"k"}},{"timeTravel":{"years":7}},
              {"mcpServers":[{"name":"files","streamableHttpTransport":{"url":"https://mcp.example.com","headers":{"authorization":"Bearer x"}}}]},
              {"googleSearch":null}]
            """), message);
        Assert.Equal(ReadFault.None, fault);
        Assert.Equal(
            ["search", "fetch", "googleSearch", "googleSearchRetrieval", "urlContext", "codeExecution", "computerUse", "fileSearch", "retrieval", "enterpriseWebSearch", "googleMaps", "parallelAiSearch", "timeTravel", "mcpServers", "files"],
            GeminiExchange.Tools(message));
        Assert.Equal([OpaqueKind.ServerState, OpaqueKind.RemoteReference, OpaqueKind.RemoteReference], GeminiExchange.Opaque(message));
        Assert.Contains("ToolDescription: finds things", GeminiExchange.Texts(message));
        Assert.Contains("Schema: what", GeminiExchange.Texts(message));
    }

    [Theory]
    [InlineData("/v1beta/models/gemini-2.5-pro:generateContent", "gemini-2.5-pro")]
    [InlineData("/v1beta/models/gemini-2.5-pro%3AgenerateContent", "gemini-2.5-pro")]
    [InlineData("/v1/projects/p/locations/l/publishers/google/models/gemini-2.5-pro:streamGenerateContent?alt=sse", "gemini-2.5-pro")]
    [InlineData("/google-vertex/v1beta1/publishers/google/models/gemini-2.5-pro:countTokens", "gemini-2.5-pro")]
    [InlineData("/v1/projects/p/locations/l/publishers/meta/models/gemini-2.5-pro:generateContent", "meta/models/gemini-2.5-pro")]
    [InlineData("/v1/projects/p/locations/l/models/gemini-2.5-pro:generateContent", "models/gemini-2.5-pro")]
    [InlineData("/v1/projects/p/locations/l/endpoints/77:generateContent", "endpoints/77")]
    [InlineData("/v1beta/tunedModels/gemini-2.5-pro:generateContent", "tunedModels/gemini-2.5-pro")]
    public void The_path_names_the_model(string path, string model)
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, GeminiExchange.Request(GeminiExchange.Asking("x"), message, path));
        Assert.Equal(model, GeminiExchange.Model(message));
        Assert.Equal(path.Contains("stream", StringComparison.Ordinal), message.WantsStream);
    }

    [Theory]
    [InlineData("/v1/projects/p/locations/l/publishers/anthropic/models/claude:rawPredict")]
    [InlineData("/v1/projects/p/locations/l/publishers/anthropic/models/claude:generateContent")]
    [InlineData("/v1beta/models/gemini:GenerateContent")]
    [InlineData("/v1beta/models/gemini:generateContent/")]
    [InlineData("/v1beta/models/gemini:BatchGenerateContent")]
    [InlineData("/v1beta/batches")]
    [InlineData("/v1beta/models/gemini:bidiGenerateContent")]
    [InlineData("/v1beta/models/gemini")]
    [InlineData("/v1beta/tunedModels")]
    [InlineData("/v1beta/models//gemini:generateContent")]
    [InlineData("/v1beta/models/a/../gemini:generateContent")]
    [InlineData("/v1beta/things/gemini:generateContent")]
    [InlineData("/:generateContent")]
    public void Other_paths_are_refused(string path)
    {
        using var message = new Message();
        Assert.Equal(ReadFault.UnknownPath, GeminiExchange.Request(GeminiExchange.Asking("x"), message, path));
        Assert.False(GeminiExchange.Dialect.Recognises("POST"u8, Encoding.UTF8.GetBytes(path)));
    }

    [Theory]
    [InlineData("POST", "/v1beta/models/m:generateContent", true)]
    [InlineData("post", "/v1beta/models/m:countTokens", true)]
    [InlineData("GET", "/v1beta/models/m:generateContent", false)]
    [InlineData("GET", "/v1beta/models", true)]
    [InlineData("GET", "/v1beta/models/m", true)]
    [InlineData("GET", "/v1/models", false)]
    [InlineData("GET", "/v1/files/f", false)]
    [InlineData("POST", "/v1/models/m:predict", false)]
    [InlineData("POST", "/v1/projects/p/locations/l/publishers/google/models/m:predict", true)]
    [InlineData("POST", "/v1beta/cachedContents", true)]
    [InlineData("PATCH", "/v1/projects/p/locations/l/cachedContents/c", true)]
    [InlineData("DELETE", "/v1beta/fileSearchStores/s", true)]
    [InlineData("POST", "/upload/v1beta/files", true)]
    [InlineData("POST", "/upload/v1beta/models/m:generateContent", true)]
    [InlineData("POST", "/v1/chat/completions", false)]
    public void Requests_are_recognised_by_their_paths(string method, string path, bool expected) =>
        Assert.Equal(expected, GeminiExchange.Dialect.Recognises(Encoding.UTF8.GetBytes(method), Encoding.UTF8.GetBytes(path)));

    [Fact]
    public void Every_model_a_request_names_is_judged()
    {
        using var message = new Message();
        string body = GeminiExchange.Asking("x", """ "model":"models/other","generationConfig":{"routing_config":{"manual_mode":{"model_name":"gemini-3-ultra"}}}""");
        Assert.Equal(ReadFault.None, GeminiExchange.Request(body, message));
        Assert.Equal("gemini-2.5-flash", GeminiExchange.Model(message));
        Assert.Equal(["other", "gemini-3-ultra"], message.FurtherModels.Select(m => Encoding.UTF8.GetString(m.Span)));
        Assert.Equal(ReadFault.None, GeminiExchange.Request("""{"model":"models/kept","contents":[]}""", message, "/v1beta/cachedContents"));
        Assert.Equal("kept", GeminiExchange.Model(message));
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-protobuf")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/json; charset=utf-16")]
    public void Bodies_that_Google_could_read_in_another_form_are_refused(string type)
    {
        using var message = new Message();
        Assert.Equal(ReadFault.UnknownContentType, GeminiExchange.Request(GeminiExchange.Asking("x"), message, contentType: type));
    }

    [Theory]
    [InlineData("$httpMethod=DELETE")]
    [InlineData("$httpHeaders=Content-Type:application/x-protobuf")]
    [InlineData("%24httpMethod=DELETE")]
    [InlineData("$ct=application/x-protobuf")]
    [InlineData("a=%FF")]
    public void Queries_that_rewrite_the_request_are_refused(string query)
    {
        using var message = new Message();
        Assert.Equal(ReadFault.Ambiguous, GeminiExchange.Request(GeminiExchange.Asking("x"), message, GeminiExchange.Path + "?" + query));
    }

    [Fact]
    public void A_method_in_a_header_is_refused_and_a_key_in_the_query_is_no_text()
    {
        using var message = new Message();
        HttpHead head = GeminiExchange.RequestHead().Add("x-http-method-override", "DELETE");
        Assert.Equal(ReadFault.HeaderMismatch, GeminiExchange.Request(Encoding.UTF8.GetBytes(GeminiExchange.Asking("x")), message, head));
        Assert.Equal(ReadFault.None, GeminiExchange.Request(GeminiExchange.Asking("x"), message, GeminiExchange.Path + "?key=secret&$alt=json&note=a%20b"));
        Assert.Equal(["note=a b"], message.ExtraTexts.Select(t => Encoding.UTF8.GetString(t.Span)));
    }

    [Fact]
    public void Requests_of_a_batch_are_each_read_and_each_rid_of_tools()
    {
        using var message = new Message();
        const string Body = """
            {"batch":{"displayName":"night run","inputConfig":{"requests":{"requests":[
              {"request":{"contents":[{"parts":[{"text":"one"}]}],"tools":[{"functionDeclarations":[{"name":"search"},{"name":"rm"}]}]},"metadata":{"key":"k1"}},
              {"request":{"model":"models/other","contents":[{"parts":[{"text":"two"}]}],"tools":[{"functionDeclarations":[{"name":"rm"}]}]}}]}}}}
            """;
        Assert.Equal(ReadFault.None, GeminiExchange.Request(Body, message, "/v1beta/models/m:batchGenerateContent"));
        Assert.Equal(["search", "rm", "rm"], GeminiExchange.Tools(message));
        Assert.Equal(["User: one", "User: two"], GeminiExchange.Texts(message).Where(t => t.StartsWith("User", StringComparison.Ordinal)));
        Assert.Equal(["other"], message.FurtherModels.Select(m => Encoding.UTF8.GetString(m.Span)));
        Assert.True(GeminiExchange.Dialect.RemoveTools(message, [1, 2]));
        Assert.Equal(
            Body.Replace(""",{"name":"rm"}""", "", StringComparison.Ordinal).Replace(""","tools":[{"functionDeclarations":[{"name":"rm"}]}]""", "", StringComparison.Ordinal), GeminiExchange.Written(message));
        Assert.Equal(ReadFault.None, GeminiExchange.Request("""{"batch":{"input_config":{"file_name":"files/f"}}}""", message, "/v1beta/models/m:batchGenerateContent"));
        Assert.Equal([OpaqueKind.ServerState], GeminiExchange.Opaque(message));
        Assert.Equal(ReadFault.Ambiguous, GeminiExchange.Request("""{"batch":{"inputConfig":{"requests":{"requests":[{"request":{},"re_quest":{}}]}}}}""", message, "/v1beta/models/m:batchGenerateContent"));
        Assert.Equal(ReadFault.WrongShape, GeminiExchange.Request("""{"batch":{"inputConfig":{"requests":{"requests":[{}]}}}}""", message, "/v1beta/models/m:batchGenerateContent"));
        Assert.Equal(ReadFault.None, GeminiExchange.Request("", message, "/v1beta/batches/b", method: "GET"));
        Assert.Equal(ReadFault.None, GeminiExchange.Request("{}", message, "/v1beta/batches/b:cancel"));
    }

    [Fact]
    public void Embeddings_counts_predictions_and_caches_are_read()
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, GeminiExchange.Request("""{"content":{"parts":[{"text":"one"}]},"taskType":"RETRIEVAL_DOCUMENT","title":"two"}""", message, "/v1beta/models/e:embedContent"));
        Assert.Equal(["User: one", "Document: two", "Metadata: RETRIEVAL_DOCUMENT"], GeminiExchange.Texts(message));
        Assert.Equal(ReadFault.None, GeminiExchange.Request("""{"requests":[{"model":"models/e","content":{"parts":[{"text":"one"}]}},{"model":"models/f","content":{"parts":[{"text":"two"}]}}]}""", message, "/v1beta/models/e:batchEmbedContents"));
        Assert.Equal(["User: one", "User: two"], GeminiExchange.Texts(message).Where(t => t.StartsWith("User", StringComparison.Ordinal)));
        Assert.Equal(["f"], message.FurtherModels.Select(m => Encoding.UTF8.GetString(m.Span)));
        Assert.Equal(ReadFault.None, GeminiExchange.Request("""{"generateContentRequest":{"model":"models/c","contents":[{"parts":[{"text":"one"}]}],"tools":[{"googleSearch":{}}]}}""", message, "/v1beta/models/c:countTokens"));
        Assert.Equal(["googleSearch"], GeminiExchange.Tools(message));
        Assert.Equal(ReadFault.None, GeminiExchange.Request("""{"instances":[{"prompt":"a cat","image":{"bytesBase64Encoded":"AA==","mimeType":"image/png"}}],"parameters":{"sampleCount":2,"storageUri":"gs-bucket"}}""", message, "/v1/projects/p/locations/l/publishers/google/models/i:predict"));
        Assert.Contains("User: a cat", GeminiExchange.Texts(message));
        Assert.Equal([OpaqueKind.Image], GeminiExchange.Opaque(message));
        Assert.Equal(ReadFault.WrongShape, GeminiExchange.Request("", message));
        Assert.Equal(ReadFault.None, GeminiExchange.Request("", message, "/v1beta/models", method: "GET"));
    }
}
