using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.Bedrock;

/// <summary>Conversations: every text with its role, every tool however it is declared, calls, and what is no text.</summary>
public sealed class ConverseRequestTests
{
    [Fact]
    public void Every_kind_of_block_is_read()
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, BedrockWire.Request(BedrockWire.Converse, """
            {"system":[{"text":"be kind"},{"guardContent":{"text":{"text":"guarded","qualifiers":["query"]}}},{"cachePoint":{"type":"default","ttl":"5m"}}],
             "messages":[
              {"role":"user","content":[
                {"text":"hi"},
                {"image":{"format":"png","source":{"bytes":"aGk="}}},
                {"image":{"format":"png","source":{"s3Location":{"uri":"s3://b/k","bucketOwner":"111122223333"}}}},
                {"video":{"format":"mp4","source":{"bytes":"aGk="}}},
                {"audio":{"format":"mp3","source":{"bytes":"aGk="}}},
                {"document":{"name":"report","format":"txt","source":{"text":"inside"},"context":"about it","citations":{"enabled":true}}},
                {"document":{"name":"pieces","format":"txt","source":{"content":[{"text":"one"},{"text":"two"}]}}},
                {"document":{"name":"pdf","format":"pdf","source":{"bytes":"aGk="}}},
                {"guardContent":{"image":{"format":"png","source":{"bytes":"aGk="}}}},
                {"searchResult":{"source":"https://x.example/a","title":"a title","content":[{"text":"found"}],"citations":{"enabled":false}}},
                {"toolResult":{"toolUseId":"t1","status":"success","content":[{"text":"plain result"},{"text":"{\"k\":\"nested\"}"},{"json":{"j":"in json"}},
                  {"image":{"format":"png","source":{"bytes":"aGk="}}},{"searchResult":{"source":"internal note","title":"t2","content":[{"text":"f2"}]}}]}}]},
              {"role":"assistant","content":[
                {"text":"hello"},
                {"reasoningContent":{"reasoningText":{"text":"I think","signature":"c2ln"}}},
                {"reasoningContent":{"redactedContent":"cmVk"}},
                {"citationsContent":{"content":[{"text":"cited"}],"citations":[{"title":"ct","source":"https://c.example","sourceContent":[{"text":"sc"}],"location":{"web":{"url":"https://w.example","domain":"w.example"}}}]}},
                {"toolUse":{"toolUseId":"t1","name":"search","input":{"q":"what","deep":{"x":["y"]}}}}]}],
             "promptVariables":{"name":{"text":"value"}},
             "requestMetadata":{"team":"my team name"}}
            """, message));
        Assert.Equal(
            new[]
            {
                "System: be kind", "System: guarded", "User: hi", "Url: s3://b/k", "FileName: report", "Document: inside", "Document: about it",
                "FileName: pieces", "Document: one", "Document: two", "FileName: pdf", "Url: https://x.example/a", "Document: a title", "Document: found",
                "ToolResult: plain result", "ToolResult: nested", "ToolResult: in json", "Document: internal note", "Document: t2", "Document: f2",
                "Assistant: hello", "Reasoning: I think", "Assistant: cited", "Document: ct", "Url: https://c.example", "Document: sc", "Url: https://w.example",
                "Url: w.example", "ToolArgument: what", "ToolArgument: y", "User: value", "Metadata: my team name",
            }.Order(StringComparer.Ordinal),
            BedrockWire.Texts(message).Where(t => !t.StartsWith("Metadata: ", StringComparison.Ordinal) || t.EndsWith(" name", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(message.Segments, s => s.Role == TextRole.Unknown);
        Assert.Equal(["search({\"q\":\"what\",\"deep\":{\"x\":[\"y\"]}}) again"], BedrockWire.Calls(message));
        Assert.Equal("Image Image Image Audio Video File Encrypted Encrypted RemoteReference", string.Join(' ', message.Opaque.Select(o => o.Kind).Order()));
    }

    [Fact]
    public void Tools_are_found_wherever_they_are_declared()
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, BedrockWire.Request(BedrockWire.Converse, """
            {"messages":[{"role":"user","content":[{"toolAddition":{"tool":{"type":"mcp","name":"added","serverName":"srv"}}},{"toolRemoval":{"tool":{"name":"gone"}}}]}],
             "toolConfig":{"tools":[{"toolSpec":{"name":"search","description":"finds","inputSchema":{"json":{"type":"object","properties":{"q":{"type":"string","description":"the query"}}}},"strict":true}},
               {"systemTool":{"name":"nova_grounding"}},{"cachePoint":{"type":"default"}}],"toolChoice":{"tool":{"name":"search"}}},
             "additionalModelRequestFields":{"anthropic_beta":["x"],"tools":[{"type":"bash_20250124","name":"bash"},{"type":"function","function":{"name":"f","description":"d"}},{"name":"own"},{"type":"custom","custom":{"name":"free"}},{"toolSpec":{"name":"spec","inputSchema":{"json":{}}}}],
               "mcp_servers":[{"type":"url","url":"https://evil.example/mcp","name":"evil"}],"toolConfig":{"tools":[{"toolSpec":{"name":"deep","inputSchema":{"json":{}}}}]}}}
            """, message));
        Assert.Equal(["added", "srv", "search", "nova_grounding", "bash", "bash_20250124", "f", "own", "free", "spec", "evil", "deep"], BedrockWire.Tools(message));
        Assert.Contains(message.Opaque, o => o.Kind == OpaqueKind.RemoteReference);
        Assert.Contains("ToolDescription: finds", BedrockWire.Texts(message));
        Assert.Contains("Schema: the query", BedrockWire.Texts(message));
        Assert.Contains("Url: https://evil.example/mcp", BedrockWire.Texts(message));
        Assert.Contains("ToolDescription: d", BedrockWire.Texts(message));
    }

    [Theory]
    [InlineData("""{"messages":{}}""", ReadFault.WrongShape)]
    [InlineData("""[]""", ReadFault.WrongShape)]
    [InlineData("""{"messages":[{"role":"user","content":"a"}]}""", ReadFault.WrongShape)]
    [InlineData("""{"messages":[{"role":"user","content":["a"]}]}""", ReadFault.WrongShape)]
    [InlineData("""{"messages":["a"]}""", ReadFault.WrongShape)]
    [InlineData("""{"Messages":[]}""", ReadFault.Ambiguous)]
    [InlineData("""{"messages":[],"ToolConfig":{"tools":[]}}""", ReadFault.Ambiguous)]
    [InlineData("""{"messages":[],"toolConfig":{"Tools":[]}}""", ReadFault.Ambiguous)]
    [InlineData("""{"messages":[],"toolConfig":[]}""", ReadFault.WrongShape)]
    [InlineData("""{"messages":[],"toolConfig":{"tools":{"toolSpec":{"name":"a"}}}}""", ReadFault.WrongShape)]
    [InlineData("""{"messages":[],"toolConfig":{"tools":[{"toolSpec":{"name":"a"},"systemTool":{"name":"b"}}]}}""", ReadFault.Ambiguous)]
    [InlineData("""{"messages":[],"toolConfig":{"tools":[{"toolSpec":{"Name":"a"}}]}}""", ReadFault.Ambiguous)]
    [InlineData("""{"messages":[],"toolConfig":{"tools":[{"toolspec":{"name":"a"}}]}}""", ReadFault.Ambiguous)]
    [InlineData("""{"messages":[],"toolConfig":{"tools":[{"toolSpec":{"name":1}}]}}""", ReadFault.WrongShape)]
    [InlineData("""{"messages":[],"toolConfig":{"tools":[{"mcpTool":{"name":"a"}}]}}""", ReadFault.WrongShape)]
    [InlineData("""{"messages":[],"toolConfig":{"tools":[{"cachePoint":{"type":"default"},"newTool":{"name":"a"}}]}}""", ReadFault.WrongShape)]
    [InlineData("""{"messages":[],"toolConfig":{"tools":["a"]}}""", ReadFault.WrongShape)]
    [InlineData("""{"messages":[],"tools":[{"name":"a"}]}""", ReadFault.WrongShape)]
    [InlineData("""{"messages":[],"mcpConfig":{"servers":[{"url":"https://a"}]}}""", ReadFault.WrongShape)]
    [InlineData("""{"messages":[],"additionalModelRequestFields":"tools"}""", ReadFault.WrongShape)]
    [InlineData("""{"messages":[],"additionalModelRequestFields":{"tools":{"a":1}}}""", ReadFault.WrongShape)]
    [InlineData("""{"messages":[],"additionalModelRequestFields":{"tools":["a"]}}""", ReadFault.WrongShape)]
    [InlineData("""{"messages":[],"additionalModelRequestFields":{"tools":[{"description":"no name"}]}}""", ReadFault.WrongShape)]
    [InlineData("""{"messages":[],"additionalModelRequestFields":{"tools":[{"NAME":"a","name2":"b"}]}}""", ReadFault.Ambiguous)]
    [InlineData("""{"messages":[],"additionalModelRequestFields":{"Tools":[{"name":"a"}]}}""", ReadFault.WrongShape)]
    [InlineData("""{"messages":[],"additionalModelRequestFields":{"extra":{"functions":[{"name":"a"}]}}}""", ReadFault.WrongShape)]
    [InlineData("""{"messages":[],"additionalModelRequestFields":{"web_search_options":{"x":1}}}""", ReadFault.WrongShape)]
    [InlineData("""{"messages":[],"additionalModelRequestFields":{"mcp_servers":[{"url":"https://a"}]}}""", ReadFault.WrongShape)]
    [InlineData("""{"messages":[{"role":"user","content":[{"toolAddition":{"tool":{"type":"mcp"}}}]}]}""", ReadFault.WrongShape)]
    [InlineData("""{"messages":[{"role":"user","content":[{"ToolAddition":{"tool":{"name":"a"}}}]}]}""", ReadFault.Ambiguous)]
    [InlineData("""{"messages":[{"role":"assistant","content":[{"toolUse":{"input":{}}}]}]}""", ReadFault.WrongShape)]
    [InlineData("""{"messages":[{"role":"assistant","content":[{"toolUse":{"Name":"a","input":{}}}]}]}""", ReadFault.Ambiguous)]
    [InlineData("""{"messages":[{"role":"user","content":[{"document":{"name":"a","source":{"Bytes":"aGk="}}}]}]}""", ReadFault.Ambiguous)]
    [InlineData("""{"messages":[],"messages":[]}""", ReadFault.NotStrictJson)]
    [InlineData("""{"messages":[],"additionalModelRequestFields":{"messages":[{"role":"user","content":"b"}]}}""", ReadFault.Ambiguous)]
    [InlineData("""{"messages":[],"additionalModelRequestFields":{"tools":"[{\"name\":\"a\"}]"}}""", ReadFault.WrongShape)]
    [InlineData("""{"messages":[],"additionalModelRequestFields":{"tools_json":"[{}]"}}""", ReadFault.WrongShape)]
    [InlineData("""{"messages":[{"role":"user","content":[{"mcpToolListing":{"tools":[]}}]}]}""", ReadFault.WrongShape)]
    [InlineData("""{"messages":[{"role":"assistant","content":[{"reasoningContent":{"reasoningtext":{"text":"a"}}}]}]}""", ReadFault.Ambiguous)]
    [InlineData("""{"messages":[{"role":"user","content":[{"text":"a","ToolUse":{"name":"b"}}]}]}""", ReadFault.Ambiguous)]
    [InlineData("""{"messages":[{"role":"user","content":[{"toolResult":{"Content":[]}}]}]}""", ReadFault.Ambiguous)]
    [InlineData("""{"messages":[{"role":"user","content":[{"toolResult":{"content":[{"Text":"a"}]}}]}]}""", ReadFault.Ambiguous)]
    [InlineData("""{"messages":[{"role":"user","content":[{"toolResult":{"content":["a"]}}]}]}""", ReadFault.WrongShape)]
    [InlineData("""{"messages":[],"toolConfig":{"tools":[{"toolSpec":{"name":"a"},"mcpTool":{"name":"b"}}]}}""", ReadFault.WrongShape)]
    [InlineData("""{"messages":[],"toolConfig":{"tools":[{}]}}""", ReadFault.WrongShape)]
    [InlineData("""{"messages":[],"additionalModelRequestFields":{"tools":[{"name":"a","functionDeclarations":[{"name":"b"}]}]}}""", ReadFault.WrongShape)]
    [InlineData("", ReadFault.NotStrictJson)]
    public void What_could_be_read_otherwise_is_refused(string body, ReadFault fault)
    {
        using var message = new Message();
        Assert.Equal(fault, BedrockWire.Request(BedrockWire.Converse, body, message));
    }

    [Fact]
    public void The_model_is_the_segment_of_the_path_decoded_once()
    {
        using var message = new Message();
        foreach ((string path, string model) in (IEnumerable<(string, string)>)[
            ("/model/us.amazon.nova-lite-v1%3A0/converse", "us.amazon.nova-lite-v1:0"),
            ("/gateway/model/us.amazon.nova-lite-v1:0/converse-stream", "us.amazon.nova-lite-v1:0"),
            ("/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fus.a-v1%3A0/converse", "arn:aws:bedrock:us-east-1:1:inference-profile/us.a-v1:0")])
        {
            Assert.Equal(ReadFault.None, BedrockWire.Request(path, "{\"messages\":[],\"additionalModelRequestFields\":{\"model\":\"other\"}}", message));
            Assert.Equal(model, Encoding.UTF8.GetString(message.Model.Span));
            Assert.Equal("other", Encoding.UTF8.GetString(Assert.Single(message.FurtherModels).Span));
            Assert.Equal(path.EndsWith("stream", StringComparison.Ordinal), message.WantsStream);
        }
    }

    [Fact]
    public void A_call_of_the_services_own_without_its_result_is_made_now()
    {
        const string Use = """{"messages":[{"role":"assistant","content":[{"toolUse":{"toolUseId":"t","type":"server_tool_use","name":"web","input":{}}}RESULT]}]}""";
        using var message = new Message();
        Assert.Equal(ReadFault.None, BedrockWire.Request(BedrockWire.Converse, Use.Replace("RESULT", "", StringComparison.Ordinal), message));
        Assert.Equal(["web({})"], BedrockWire.Calls(message));
        Assert.Equal(ReadFault.None, BedrockWire.Request(BedrockWire.Converse, Use.Replace("RESULT", """,{"toolResult":{"toolUseId":"t","content":[]}}""", StringComparison.Ordinal), message));
        Assert.Equal(["web({}) again"], BedrockWire.Calls(message));
        const string Second = """,{"toolUse":{"toolUseId":"t","type":"server_tool_use","name":"other","input":{}}}""";
        foreach (string order in (string[])[""",{"toolResult":{"toolUseId":"t","content":[]}}""" + Second, Second + """,{"toolResult":{"toolUseId":"t","content":[]}}"""])
        {
            Assert.Equal(ReadFault.None, BedrockWire.Request(BedrockWire.Converse, Use.Replace("RESULT", order, StringComparison.Ordinal), message));
            Assert.Equal(["web({}) again", "other({})"], BedrockWire.Calls(message));
        }
    }

    [Fact]
    public void A_stored_prompt_is_content_that_is_not_in_the_request()
    {
        using var message = new Message();
        BedrockWire.Request("/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Aprompt%2FABC%3A1/converse", "{\"promptVariables\":{\"x\":{\"text\":\"mine\"}}}", message);
        Assert.Equal(OpaqueKind.ServerState, Assert.Single(message.Opaque).Kind);
        Assert.Equal(["User: mine"], BedrockWire.Texts(message));
    }

    [Theory]
    [InlineData("/model/m/invoke-with-bidirectional-stream")]
    [InlineData("/model/m/converse/")]
    [InlineData("/model/m/x/converse")]
    [InlineData("/model//converse")]
    [InlineData("/model/converse")]
    [InlineData("/models/m/converse")]
    [InlineData("/model/m/Converse")]
    [InlineData("/guardrail/g/apply")]
    public void Other_paths_are_refused(string path)
    {
        using var message = new Message();
        HttpHead head = new HttpHead().Add(":method", "POST").Add(":path", path);
        Assert.Equal(ReadFault.UnknownPath, BedrockWire.Dialect.ReadRequest(head, Encoding.UTF8.GetBytes(path), "{}"u8.ToArray(), JsonLimits.Default, message));
        Assert.Equal(path.EndsWith("bidirectional-stream", StringComparison.Ordinal), BedrockWire.Dialect.Recognises("POST"u8, Encoding.UTF8.GetBytes(path)));
        Assert.False(BedrockWire.Dialect.Recognises("PUT"u8, "/model/m/converse"u8));
    }

    [Theory]
    [InlineData("authorization", "AWS4-HMAC-SHA256 Credential=a/b", true)]
    [InlineData("authorization", "AWS4-ECDSA-P256-SHA256 Credential=a", true)]
    [InlineData("authorization", "Bearer bedrock-api-key-x", false)]
    [InlineData("x-amz-content-sha256", "e3b0c442", true)]
    [InlineData("x-amz-content-sha256", "UNSIGNED-PAYLOAD", false)]
    [InlineData("x-other", "AWS4-", false)]
    public void Signed_bodies_are_known_as_such(string name, string value, bool signed)
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, BedrockWire.Request(BedrockWire.Converse, "{\"messages\":[]}", message, (name, value)));
        Assert.Equal(signed, message.IsSigned);
    }

    [Fact]
    public void A_presigned_address_signs_too()
    {
        using var message = new Message();
        BedrockWire.Request(BedrockWire.Converse + "?X-Amz-Algorithm=AWS4-HMAC-SHA256&x-amz-signature=00", "{\"messages\":[]}", message);
        Assert.True(message.IsSigned);
        BedrockWire.Request(BedrockWire.Converse + "?X-Amz-Algorithm=AWS4", "{\"messages\":[]}", message);
        Assert.False(message.IsSigned);
    }

    [Fact]
    public void Counting_reads_a_conversation_or_a_wrapped_body()
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, BedrockWire.Request("/model/m/count-tokens", """{"input":{"converse":{"messages":[{"role":"user","content":[{"text":"hi"}]}],"toolConfig":{"tools":[{"toolSpec":{"name":"t"}}]}}}}""", message));
        Assert.Equal(["t"], BedrockWire.Tools(message));
        Assert.Contains("User: hi", BedrockWire.Texts(message));

        string inner = """{"messages":[{"role":"user","content":"h\u0069"}],"tools":[{"type":"function","function":{"name":"t"}}]}""";
        string body = "{\"input\":{\"invokeModel\":{\"body\":\"" + Convert.ToBase64String(Encoding.UTF8.GetBytes(inner)) + "\"}}}";
        Assert.Equal(ReadFault.None, BedrockWire.Request("/model/m/count-tokens", body, message));
        Assert.Equal(["t"], BedrockWire.Tools(message));
        Assert.Contains(message.ExtraTexts, t => t.Span.SequenceEqual("hi"u8));
        Assert.False(BedrockWire.Dialect.RemoveTools(message, [0]));

        foreach ((string refused, ReadFault fault) in (IEnumerable<(string, ReadFault)>)[
            ("""{"input":{"converse":{"messages":[]},"invokeModel":{"body":"e30="}}}""", ReadFault.Ambiguous),
            ("""{"input":{"invokeModel":{"body":"e30"}}}""", ReadFault.WrongShape), ("""{"input":{"invokeModel":{"body":"W10="}}}""", ReadFault.WrongShape),
            ("""{"input":{"invokeModel":{"body":"e3s="}}}""", ReadFault.NotStrictJson), ("""{"input":{}}""", ReadFault.WrongShape), ("""{}""", ReadFault.WrongShape)])
            Assert.Equal(fault, BedrockWire.Request("/model/m/count-tokens", refused, message));
    }

    [Fact]
    public void Guardrails_and_asynchronous_invocations_are_read()
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, BedrockWire.Request("/guardrail/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Aguardrail%2Fabc/version/DRAFT/apply",
            """{"source":"OUTPUT","content":[{"text":{"text":"was it said","qualifiers":["guard_content"]}},{"image":{"format":"png","source":{"bytes":"aGk="}}}]}""", message));
        Assert.Contains("Assistant: was it said", BedrockWire.Texts(message));
        Assert.Equal(OpaqueKind.Image, Assert.Single(message.Opaque).Kind);
        Assert.Equal(ReadFault.None, BedrockWire.Request("/guardrail-checks/invoke", """{"messages":[{"role":"user","content":[{"text":"is it fine"}]}],"checks":{}}""", message));
        Assert.Contains("User: is it fine", BedrockWire.Texts(message));
        Assert.Equal(ReadFault.None, BedrockWire.Request("/async-invoke",
            """{"modelId":"amazon.nova-reel-v1:0","modelInput":{"taskType":"TEXT_VIDEO","textToVideoParams":{"text":"a cat"}},"outputDataConfig":{"s3OutputDataConfig":{"s3Uri":"s3://b"}}}""", message));
        Assert.Equal("amazon.nova-reel-v1:0", Encoding.UTF8.GetString(message.Model.Span));
        Assert.Contains("User: a cat", BedrockWire.Texts(message));
        Assert.Equal(OpaqueKind.ServerState, Assert.Single(message.Opaque).Kind);
        Assert.Equal(ReadFault.WrongShape, BedrockWire.Request("/async-invoke", """{"modelId":"m","modelInput":{"tool_defs":[1]},"outputDataConfig":{}}""", message));
    }

    [Fact]
    public void Refusals_are_the_error_that_the_sdks_raise()
    {
        Refusal refusal = BedrockWire.Dialect.Refuse(BedrockWire.Reason, null, new HttpHead());
        Assert.Equal((403, "application/json", "{\"message\":\"The tool is not allowed. (event e1)\"}"), (refusal.Status, refusal.ContentType, Encoding.UTF8.GetString(refusal.Body)));
        Assert.Equal(("x-amzn-errortype", "AccessDeniedException"), Assert.Single(refusal.Headers));
        refusal = BedrockWire.Dialect.Refuse(BedrockWire.Reason with { Status = 413 }, null, new HttpHead());
        Assert.Equal((413, ("x-amzn-errortype", "ValidationException")), (refusal.Status, Assert.Single(refusal.Headers)));
    }

    [Fact]
    public void An_edit_changes_its_span_and_nothing_else()
    {
        using var message = new Message();
        string body = "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"a \\u0022secret\\n here\"},{\"toolResult\":{\"toolUseId\":\"t\",\"content\":[{\"text\":\"{\\\"k\\\":\\\"secret\\\"}\"}]}}]}]}";
        Assert.Equal(ReadFault.None, BedrockWire.Request(BedrockWire.Converse, body, message));
        foreach (Segment segment in message.Segments.ToList())
        {
            int at = message.Text(segment).Span.IndexOf("secret"u8);
            if (at >= 0)
                message.Replace(segment, at, 6, "\"*\""u8.ToArray());
        }
        Assert.True(BedrockWire.Dialect.TryWrite(message, out byte[] edited));
        Assert.Equal(body.Replace("secret\\n", "\\\"*\\\"\\n", StringComparison.Ordinal).Replace("\\\"secret\\\"", "\\\"\\\\\\\"*\\\\\\\"\\\"", StringComparison.Ordinal), Encoding.UTF8.GetString(edited));
        System.Text.Json.JsonDocument.Parse(edited).Dispose();
    }
}
