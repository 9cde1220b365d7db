using System.Text;
using EnvoyExtAuthz.Dialects;
using static EnvoyExtAuthz.Tests.Dialects.OpenAiResponses.Responses;

namespace EnvoyExtAuthz.Tests.Dialects.OpenAiResponses;

/// <summary>What is read from a request, and which requests have more than one reading.</summary>
public sealed class RequestTests
{
    [Fact]
    public void Each_text_has_the_role_of_who_wrote_it()
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Request(/*lang=json,strict*/ """
            {"model":"gpt-x","stream":true,"instructions":"be kind","input":[
              {"role":"user","content":"hello"},
              {"type":"message","role":"developer","content":[{"type":"input_text","text":"be short"}]},
              {"role":"system","content":"rule"},{"role":"stranger","content":"who"},
              {"type":"message","role":"assistant","id":"msg_1","status":"completed","content":[
                {"type":"output_text","text":"hi","annotations":[{"type":"url_citation","url":"https://a.example","title":"a title"},{"type":"file_citation","filename":"f.txt","file_id":"file-1"}]},
                {"type":"refusal","refusal":"no"}]},
              {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"hm"}],"content":[{"type":"reasoning_text","text":"so"}]},
              {"type":"function_call","call_id":"c1","name":"search","arguments":"{\"q\":\"cats\"}"},
              {"type":"function_call_output","call_id":"c1","output":"{\"a\":\"nested\"}"},
              {"type":"custom_tool_call","call_id":"c2","name":"sql","input":"select 1"},
              {"type":"custom_tool_call_output","call_id":"c2","output":[{"type":"input_text","text":"one row"}]},
              {"type":"web_search_call","id":"ws_1","status":"completed","action":{"type":"search","query":"weather","sources":[{"type":"url","url":"https://b.example"}]}},
              {"type":"file_search_call","id":"fs_1","queries":["budget"],"results":[{"file_id":"file-2","filename":"b.pdf","text":"money"}]},
              {"type":"code_interpreter_call","id":"ci_1","code":"print(1)","container_id":"cntr_1","outputs":[{"type":"logs","logs":"1 line"}]},
              {"type":"shell_call","call_id":"c3","action":{"commands":["ls -l"]}},
              {"type":"shell_call_output","call_id":"c3","output":[{"stdout":"a file","stderr":"oh no","outcome":{"type":"exit","exit_code":1}}]},
              {"type":"apply_patch_call","call_id":"c4","operation":{"type":"update_file","path":"x.txt","diff":"+ new"}},
              {"type":"mcp_call","id":"mcp_1","server_label":"wiki","name":"ask","arguments":"{\"q\":\"who\"}","output":"an answer","error":null},
              {"type":"program","id":"p1","call_id":"c5","code":"run()","fingerprint":"abc"},
              {"type":"program_output","id":"po1","call_id":"c5","result":"ran well"},
              {"type":"something_new","story":"once upon"}],
             "prompt":{"id":"pmpt_1","version":"2","variables":{"name":"Anna","file":{"type":"input_text","text":"in a part"}}},
             "text":{"format":{"type":"json_schema","name":"s","description":"shape","schema":{"description":"deep"}}},
             "metadata":{"note":"a note to self"},"new_field":{"deep":["new text"]}}
            """, message));
        List<string> texts = Texts(message);
        string[] expected = [
            "System: be kind", "User: hello", "Developer: be short", "System: rule", "Unknown: who", "Assistant: hi", "Url: https://a.example", "Document: a title",
            "FileName: f.txt", "Assistant: no", "Reasoning: hm", "Reasoning: so", "ToolArgument: cats", "ToolResult: nested", "ToolArgument: select 1", "ToolResult: one row",
            "ToolArgument: weather", "Url: https://b.example", "ToolArgument: budget", "FileName: b.pdf", "ToolResult: money", "ToolArgument: print(1)", "ToolResult: 1 line",
            "ToolArgument: ls -l", "ToolResult: a file", "ToolResult: oh no", "ToolArgument: x.txt", "ToolArgument: + new", "ToolArgument: who", "ToolResult: an answer",
            "ToolArgument: run()", "ToolResult: ran well", "Unknown: once upon", "User: Anna", "User: in a part", "Schema: shape", "Schema: deep", "Metadata: a note to self",
            "Unknown: new text", "Metadata: gpt-x", "Metadata: c1"];
        Assert.All(expected, text => Assert.Contains(text, texts));
        Assert.Equal(["search", "sql", "web_search", "file_search", "code_interpreter", "shell", "apply_patch", "ask", "wiki", "programmatic_tool_calling"], Calls(message));
        Assert.All(message.ToolCalls, call => Assert.True(call.Replayed));
        Assert.Equal("gpt-x", Encoding.UTF8.GetString(message.Model.Span));
        Assert.Equal("responses.create", Encoding.UTF8.GetString(message.Operation.Span));
        Assert.True(message.WantsStream);
        Assert.Equal([OpaqueKind.ServerState], Opaque(message));
    }

    [Fact]
    public void Tools_are_found_wherever_they_stand()
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Request(/*lang=json,strict*/ """
            {"model":"m","input":[
               {"type":"additional_tools","role":"developer","tools":[{"type":"function","name":"send_mail","parameters":{}}]},
               {"type":"tool_search_output","call_id":"c","tools":[{"type":"namespace","name":"crm","description":"d","tools":[{"type":"function","name":"get_profile"}]}]},
               {"type":"mcp_list_tools","server_label":"wiki","tools":[{"name":"read_page","description":"reads","input_schema":{"title":"x"}}]},
               {"role":"user","content":"x","tools":[{"type":"function","name":"smuggled"}]},
               {"type":"made_up","tools":[{"type":"function","name":"made_up_tool"}]}],
             "tools":[{"type":"function","name":"search","description":"finds","parameters":{"properties":{"q":{"description":"what"}}}},
               {"type":"custom","name":"sql","description":"runs","format":{"type":"grammar","syntax":"lark","definition":"start: x"}},
               {"type":"web_search_preview","user_location":{"city":"Bern on the Aare"}},
               {"type":"mcp","server_label":"wiki","server_url":"https://mcp.example/mcp","server_description":"a wiki","authorization":"secret word","allowed_tools":["ask","read_page"]},
               {"type":"mcp","server_label":"mail","connector_id":"connector_gmail","allowed_tools":{"tool_names":["list"],"read_only":true}},
               {"type":"code_interpreter","container":{"type":"auto","file_ids":["file-1"]}},
               {"type":"file_search","vector_store_ids":["vs_1"]},
               {"type":"shell","environment":{"type":"container_auto","skills":[{"type":"inline","name":"zip","description":"a skill","source":{"type":"base64","data":"UEsDBA=="}}]}},
               {"type":"image_generation","model":"gpt-image-1"},{"type":"computer_use_preview"},{"type":"local_shell"},{"type":"apply_patch"},{"type":"tool_search"},
               {"type":"function","function":{"name":"as_in_chat"}}],
             "plugins":[{"id":"web"}],"multi_agent":{"enabled":true}}
            """, message));
        Assert.Equal(
            ["send_mail", "get_profile", "read_page", "smuggled", "made_up_tool", "search", "sql", "web_search_preview", "wiki", "ask", "read_page", "mail", "list",
             "code_interpreter", "file_search", "shell", "image_generation", "computer_use_preview", "local_shell", "apply_patch", "tool_search", "as_in_chat",
             "multi_agent", "web_search"],
            Tools(message));
        Assert.Equal([OpaqueKind.RemoteReference, OpaqueKind.RemoteReference, OpaqueKind.ServerState, OpaqueKind.ServerState, OpaqueKind.File], Opaque(message));
        Assert.Equal(["gpt-image-1"], message.FurtherModels.Select(m => Encoding.UTF8.GetString(m.Span)));
        Assert.All(
            ["ToolDescription: finds", "Schema: what", "Schema: start: x", "Metadata: Bern on the Aare", "ToolDescription: a wiki", "Metadata: secret word",
             "Url: https://mcp.example/mcp", "ToolDescription: a skill", "ToolDescription: reads"],
            text => Assert.Contains(text, Texts(message)));
        Coverage.AssertEveryStringOnce("tools", message);
    }

    [Theory]
    [InlineData("""{"input":"x","previous_response_id":"resp_1"}""", OpaqueKind.ServerState)]
    [InlineData("""{"input":"x","conversation":"conv_1"}""", OpaqueKind.ServerState)]
    [InlineData("""{"input":"x","conversation":{"id":"conv_1"}}""", OpaqueKind.ServerState)]
    [InlineData("""{"prompt":{"id":"pmpt_1"}}""", OpaqueKind.ServerState)]
    [InlineData("""{"input":[{"type":"item_reference","id":"msg_1"}]}""", OpaqueKind.ServerState)]
    [InlineData("""{"input":[{"id":"msg_1"}]}""", OpaqueKind.ServerState)]
    [InlineData("""{"input":[{"type":null,"id":"msg_1"}]}""", OpaqueKind.ServerState)]
    [InlineData("""{"input":[{"type":"reasoning","summary":[],"encrypted_content":"gAAA"}]}""", OpaqueKind.Encrypted)]
    [InlineData("""{"input":[{"type":"compaction","encrypted_content":"gAAA"}]}""", OpaqueKind.Encrypted)]
    [InlineData("""{"input":[{"type":"agent_message","author":"a","recipient":"b","content":[{"type":"encrypted_content","encrypted_content":"gAAA"}]}]}""", OpaqueKind.Encrypted)]
    [InlineData("""{"input":[{"role":"user","content":[{"type":"input_image","image_url":"https://a.example/x.png"}]}]}""", OpaqueKind.RemoteReference)]
    [InlineData("""{"input":[{"role":"user","content":[{"type":"input_image","image_url":"data:image/png;base64,AAAA"}]}]}""", OpaqueKind.Image)]
    [InlineData("""{"input":[{"role":"user","content":[{"type":"input_image","file_id":"file-1"}]}]}""", OpaqueKind.ServerState)]
    [InlineData("""{"input":[{"role":"user","content":[{"type":"input_file","file_data":"data:application/pdf;base64,AAAA"}]}]}""", OpaqueKind.File)]
    [InlineData("""{"input":[{"role":"user","content":[{"type":"input_file","file_url":"https://a.example/x.pdf"}]}]}""", OpaqueKind.RemoteReference)]
    [InlineData("""{"input":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AAAA","format":"mp3"}}]}]}""", OpaqueKind.Audio)]
    [InlineData("""{"input":[{"type":"computer_call_output","call_id":"c","output":{"type":"computer_screenshot","image_url":"data:image/png;base64,AAAA"}}]}""", OpaqueKind.Image)]
    [InlineData("""{"input":[{"type":"function_call_output","call_id":"c","output":[{"type":"input_file","file_id":"file-1"}]}]}""", OpaqueKind.ServerState)]
    [InlineData("""{"input":[{"type":"image_generation_call","id":"ig_1","result":"AAAA"}]}""", OpaqueKind.Image)]
    [InlineData("""{"input":[{"type":"mcp_approval_response","approval_request_id":"mcpr_1","approve":true}]}""", OpaqueKind.ServerState)]
    public void What_cannot_be_seen_is_said(string body, OpaqueKind kind)
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Request(body, message));
        Assert.Equal([kind], Opaque(message));
    }

    [Fact]
    public void An_approval_makes_the_call_it_approves()
    {
        using var message = new Message();
        const string Waiting = /*lang=json,strict*/ """{"type":"mcp_approval_request","id":"mcpr_1","server_label":"wiki","name":"delete_page","arguments":"{}"}""";
        Request(Asking(Waiting, /*lang=json,strict*/ """{"type":"mcp_approval_response","approval_request_id":"mcpr_1","approve":true}"""), message);
        Assert.Equal(["delete_page", "wiki"], Calls(message));
        Assert.All(message.ToolCalls, call => Assert.False(call.Replayed));
        Assert.Empty(message.Opaque);
        Request(Asking(Waiting, /*lang=json,strict*/ """{"type":"mcp_approval_response","approval_request_id":"mcpr_1","approve":false}"""), message);
        Assert.All(message.ToolCalls, call => Assert.True(call.Replayed));
        // Another item with the id is not what waits for approval.
        Request(Asking(/*lang=json,strict*/ """{"type":"function_call","id":"mcpr_1","call_id":"c","name":"harmless","arguments":"{}"}""",
            /*lang=json,strict*/ """{"type":"mcp_approval_response","approval_request_id":"mcpr_1","approve":true}"""), message);
        Assert.Equal([OpaqueKind.ServerState], Opaque(message));
    }

    [Theory]
    [InlineData("""{"tool_choice":{"type":"function","name":"remembered"}}""", "remembered")]
    [InlineData("""{"tool_choice":{"type":"web_search_preview"}}""", "web_search_preview")]
    [InlineData("""{"tool_choice":{"type":"mcp","server_label":"wiki","name":"ask"}}""", "ask wiki")]
    [InlineData("""{"tool_choice":{"type":"allowed_tools","mode":"auto","tools":[{"type":"function","name":"a"},{"type":"image_generation"}]}}""", "a image_generation")]
    [InlineData("""{"tool_choice":"some_tool"}""", "some_tool")]
    [InlineData("""{"tool_choice":"required"}""", "")]
    [InlineData("""{"tools":[{"type":"function","name":"a"}],"tool_choice":{"type":"function","name":"a"}}""", "a")]
    public void A_tool_that_is_chosen_without_being_offered_is_one(string body, string tools)
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Request(body, message));
        Assert.Equal(tools, string.Join(' ', Tools(message)));
    }

    [Theory]
    [InlineData("""{"Input":"x"}""", ReadFault.Ambiguous)]
    [InlineData("""{"input":"x","Tools":[]}""", ReadFault.Ambiguous)]
    [InlineData("""{"input":"x","messages":[{"role":"user","content":"y"}]}""", ReadFault.Ambiguous)]
    [InlineData("""{"input":"x","functions":[{"name":"f"}]}""", ReadFault.Ambiguous)]
    [InlineData("""{"input":[{"Type":"function_call","name":"f","arguments":"{}"}]}""", ReadFault.Ambiguous)]
    [InlineData("""{"input":[{"type":"function_call","name":"f","function":{"name":"g"},"arguments":"{}"}]}""", ReadFault.Ambiguous)]
    [InlineData("""{"tools":[{"type":"function","name":"f","function":{"name":"g"}}]}""", ReadFault.Ambiguous)]
    [InlineData("""{"tools":[{"type":"function","name":"f","custom":{"name":"g"}}]}""", ReadFault.Ambiguous)]
    [InlineData("""{"tools":[{"type":"web_search","function":{"name":"g"}}]}""", ReadFault.Ambiguous)]
    [InlineData("""{"tools":[{"type":"web_search","tools":[{"type":"function","name":"g"}]}]}""", ReadFault.Ambiguous)]
    [InlineData("""{"tools":[{"type":"function","\u212Aame":"x","name":"f","Name":"g"}]}""", ReadFault.NotStrictJson)]
    [InlineData("""{"tools":[{"type":"mcp","server_label":"a","Server_URL":"https://x"}]}""", ReadFault.Ambiguous)]
    [InlineData("""{"tools":[{"type":"namespace","name":"n","tools":[{"type":"namespace","name":"m","tools":[]}]}]}""", ReadFault.WrongShape)]
    [InlineData("""{"tools":[{"type":"function"}]}""", ReadFault.WrongShape)]
    [InlineData("""{"tools":[{"name":"f"}]}""", ReadFault.WrongShape)]
    [InlineData("""{"tools":["web_search"]}""", ReadFault.WrongShape)]
    [InlineData("""{"tools":{"a":1}}""", ReadFault.WrongShape)]
    [InlineData("""{"tools":[{"type":"mcp","server_label":"a","allowed_tools":"all"}]}""", ReadFault.WrongShape)]
    [InlineData("""{"input":[{"type":"additional_tools","tools":"x"}]}""", ReadFault.WrongShape)]
    [InlineData("""{"input":{"role":"user"}}""", ReadFault.WrongShape)]
    [InlineData("""{"input":["x"]}""", ReadFault.WrongShape)]
    [InlineData("""{"input":[{"type":7}]}""", ReadFault.WrongShape)]
    [InlineData("""{"input":[{"type":"function_call","arguments":"{}"}]}""", ReadFault.WrongShape)]
    [InlineData("""{"input":[{"type":"Item_Reference","id":"msg_1"}]}""", ReadFault.Ambiguous)]
    [InlineData("""{"input":[{"type":"mcp_approval_re\u017Fponse","approval_request_id":"a","approve":true}]}""", ReadFault.Ambiguous)]
    [InlineData("""{"input":[{"role":["user"],"content":"x"}]}""", ReadFault.WrongShape)]
    [InlineData("""{"model":["a"],"input":"x"}""", ReadFault.WrongShape)]
    [InlineData("""{"tool_choice":{"type":"allowed_tools","tools":"x"}}""", ReadFault.WrongShape)]
    [InlineData("""{"tool_choice":{"type":"function","Name":"x"}}""", ReadFault.Ambiguous)]
    [InlineData("""{"prompt":"x"}""", ReadFault.WrongShape)]
    [InlineData("""[]""", ReadFault.WrongShape)]
    [InlineData("""{"input":"x","input":"y"}""", ReadFault.NotStrictJson)]
    public void What_has_two_readings_or_none_is_refused(string body, ReadFault fault)
    {
        using var message = new Message();
        Assert.Equal(fault, Request(body, message));
    }

    [Theory]
    [InlineData("POST", "/v1/responses", "responses.create")]
    [InlineData("POST", "/responses", "responses.create")]
    [InlineData("POST", "/openai/v1/responses", "responses.create")]
    [InlineData("POST", "/openai/responses", "responses.create")]
    [InlineData("POST", "/api/v1/responses", "responses.create")]
    [InlineData("POST", "/v1/responses/compact", "responses.compact")]
    [InlineData("POST", "/v1/responses/input_tokens", "responses.input_tokens")]
    [InlineData("GET", "/v1/responses/resp_1", "responses.retrieve")]
    [InlineData("DELETE", "/v1/responses/resp_1", "responses.delete")]
    [InlineData("POST", "/v1/responses/resp_1/cancel", "responses.cancel")]
    [InlineData("GET", "/v1/responses/resp_1/input_items", "responses.input_items")]
    [InlineData("POST", "/v1/conversations", "conversations.create")]
    [InlineData("GET", "/v1/conversations/conv_1", "conversations.retrieve")]
    [InlineData("POST", "/v1/conversations/conv_1", "conversations.update")]
    [InlineData("DELETE", "/v1/conversations/conv_1", "conversations.delete")]
    [InlineData("POST", "/v1/conversations/conv_1/items", "conversations.items.create")]
    [InlineData("GET", "/v1/conversations/conv_1/items", "conversations.items.list")]
    [InlineData("GET", "/v1/conversations/conv_1/items/msg_1", "conversations.items.retrieve")]
    [InlineData("DELETE", "/v1/conversations/conv_1/items/msg_1", "conversations.items.delete")]
    [InlineData("POST", "/v1/responses/resp_1", null)]
    [InlineData("PUT", "/v1/responses", null)]
    [InlineData("GET", "/v1/responses", null)]
    [InlineData("POST", "/v1/conversations/conv_1/restart", null)]
    [InlineData("POST", "/v1/Responses", null)]
    [InlineData("POST", "/v1/myresponses", null)]
    public void Each_operation_is_known_by_method_and_path(string method, string path, string? operation)
    {
        Assert.Equal(operation is not null, Responses.Dialect.Recognises(Encoding.UTF8.GetBytes(method), Encoding.UTF8.GetBytes(path)));
        using var message = new Message();
        ReadFault fault = Request("", message, path, method);
        if (operation is null)
            Assert.Equal(ReadFault.UnknownPath, fault);
        else
            Assert.Equal(operation, Encoding.UTF8.GetString(message.Operation.Span));
        Assert.Same(operation is null ? null : Responses.Dialect, DialectRegistry.Recognise(Encoding.UTF8.GetBytes(method), Encoding.UTF8.GetBytes(path)) as EnvoyExtAuthz.Dialects.OpenAiResponses.OpenAiResponsesDialect);
    }

    [Fact]
    public void A_body_is_where_one_belongs()
    {
        using var message = new Message();
        Assert.Equal(ReadFault.UnexpectedBody, Request("", message));
        Assert.Equal(ReadFault.UnexpectedBody, Request("{}", message, "/v1/responses/resp_1", "GET"));
        Assert.Equal(ReadFault.None, Request("", message, "/v1/responses/resp_1/cancel"));
        Assert.Equal(ReadFault.None, Request("{}", message, "/v1/responses/resp_1/cancel"));
        Assert.Equal(ReadFault.UnknownContentType, Request(/*lang=json,strict*/ """{"input":"x"}""", message, contentType: "multipart/form-data"));
        Assert.Equal(ReadFault.UnknownContentType, Request(/*lang=json,strict*/ """{"input":"x"}""", message, contentType: "application/json; charset=utf-16"));
        Assert.Equal(ReadFault.None, Request(/*lang=json,strict*/ """{"input":"x"}""", message, contentType: "text/plain"));
    }

    [Fact]
    public void A_conversation_keeps_items_and_another_API_under_its_path_is_none()
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Request(/*lang=json,strict*/ """{"items":[{"role":"user","content":"hello"},{"type":"function_call","call_id":"c","name":"f","arguments":"{}"}],"metadata":{"a":"b c"}}""", message, "/v1/conversations"));
        Assert.Contains("User: hello", Texts(message));
        Assert.True(Assert.Single(message.ToolCalls).Replayed);
        foreach (string mistral in (string[])["""{"inputs":"x"}""", """{"model":"m","items":[]}""", """{"agent_id":"a"}""", """{"tools":[]}"""])
            Assert.Equal(ReadFault.WrongShape, Request(mistral, message, "/v1/conversations/conv_1"));
    }

    [Fact]
    public void Azure_names_the_model_in_the_path()
    {
        using var message = new Message();
        Request(/*lang=json,strict*/ """{"model":"other","input":"x"}""", message, "/openai/deployments/gpt-prod/responses");
        Assert.Equal("gpt-prod", Encoding.UTF8.GetString(message.Model.Span));
    }
}
