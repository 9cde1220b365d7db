using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Text;
using static EnvoyExtAuthz.Tests.Dialects.OpenAiResponses.Responses;

namespace EnvoyExtAuthz.Tests.Dialects.OpenAiResponses;

/// <summary>What is read from a whole answer.</summary>
public sealed class ResponseTests
{
    [Fact]
    public void Each_text_of_an_answer_has_its_role_and_each_call_is_live()
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Response(/*lang=json,strict*/ """
            {"id":"resp_1","object":"response","status":"completed","model":"gpt-x","instructions":"be kind","error":null,
             "tools":[{"type":"function","name":"echoed","description":"again","parameters":{"title":"t"}},{"type":"mcp","server_label":"w","server_url":"https://x"},
               {"type":"namespace","name":"n","description":"nd","tools":[{"type":"function","name":"inner","description":"id"}]}],
             "output":[
               {"type":"reasoning","id":"rs","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":"gAAA"},
               {"type":"message","id":"msg","role":"assistant","status":"completed","content":[{"type":"output_text","text":"hi","annotations":[]},{"type":"refusal","refusal":"no"}]},
               {"type":"function_call","id":"fc","call_id":"c1","name":"search","namespace":"tools","arguments":"{\"q\":\"cats\"}"},
               {"type":"mcp_approval_request","id":"ar","server_label":"wiki","name":"ask","arguments":"{}"},
               {"type":"computer_call","id":"cc","call_id":"c2","actions":[{"type":"type","text":"typed"}],"pending_safety_checks":[]},
               {"type":"something_call","id":"s","what":"ever"},
               {"type":"odd","name":"disguised","arguments":"{}"}],
             "text":{"format":{"type":"text"}},"usage":{"input_tokens":1}}
            """, message));
        Assert.Equal(["search", "ask", "wiki", "computer", "something", "disguised"], Calls(message));
        Assert.All(message.ToolCalls, call => Assert.False(call.Replayed));
        Assert.Empty(message.ToolDeclarations);
        Assert.Equal([OpaqueKind.Encrypted], Opaque(message));
        Assert.All(
            ["System: be kind", "ToolDescription: again", "Schema: t", "ToolDescription: id", "Reasoning: hm", "Assistant: hi", "Assistant: no", "ToolArgument: cats", "ToolArgument: typed", "ToolArgument: ever"],
            text => Assert.Contains(text, Texts(message)));
        Coverage.AssertEveryStringOnce("answer", message);
    }

    [Theory]
    [InlineData("web_search_preview_2025_03_11", "web_search_call")]
    [InlineData("web_search", "web_search_call")]
    [InlineData("computer_use_preview", "computer_call")]
    [InlineData("openrouter:web_search", "web_search_call")]
    [InlineData("shell", "shell_call")]
    public void A_providers_tool_is_called_under_the_name_it_was_offered_by(string offered, string call)
    {
        using var request = new Message();
        using var message = new Message();
        Request($$"""{"input":"x","tools":[{"type":"function","name":"web_search_x"},{"type":"{{offered}}"}]}""", request);
        Response(Answering($$"""{"type":"{{call}}","id":"i"}"""), message, request: request);
        Assert.Equal([offered], Calls(message));
        // A stored response says itself what it had.
        Request("", request, "/v1/responses/resp_1", "GET");
        Response($$"""{"id":"r","tools":[{"type":"{{offered}}"}],"output":[{"type":"{{call}}","id":"i"}]}""", message, request: request);
        Assert.Equal([offered], Calls(message));
        Response(Answering($$"""{"type":"{{call}}","id":"i"}"""), message, request: request);
        Assert.Equal([call[..^5]], Calls(message));
    }

    [Fact]
    public void What_was_asked_decides_what_an_answer_is_taken_for()
    {
        const string Call = /*lang=json,strict*/ """{"type":"function_call","id":"f","call_id":"c","name":"f","arguments":"{}"}""";
        using var request = new Message();
        using var message = new Message();
        Request("", request, "/v1/conversations/c/items/i", "GET");
        Response(Call, message, request: request);
        Assert.Equal(["f"], Calls(message));
        Request("", request, "/v1/conversations/c/items", "GET");
        Response($$"""{"object":"list","data":[{{Call}}]}""", message, request: request);
        Assert.False(Assert.Single(message.ToolCalls).Replayed);
        Request("", request, "/v1/responses/r/input_items", "GET");
        Response($$"""{"object":"list","data":[{{Call}}]}""", message, request: request);
        Assert.True(Assert.Single(message.ToolCalls).Replayed);
        // A type of its own does not make a response an item.
        Response($$"""{"type":"message","output":[{{Call}}]}""", message);
        Assert.False(Assert.Single(message.ToolCalls).Replayed);
        Request(/*lang=json,strict*/ """{"input":"x","model":"m"}""", request, "/v1/responses/compact");
        Response($$"""{"object":"response.compaction","output":[{{Call}},{"type":"compaction","encrypted_content":"gAAA"}]}""", message, request: request);
        Assert.True(Assert.Single(message.ToolCalls).Replayed);
    }

    [Theory]
    [InlineData("""{"output":{"type":"function_call"}}""", ReadFault.WrongShape)]
    [InlineData("""{"Output":[]}""", ReadFault.Ambiguous)]
    [InlineData("""{"output":[{"type":"function_call","Name":"f","arguments":"{}"}]}""", ReadFault.Ambiguous)]
    [InlineData("""{"output":[{"type":"function_call","name":7,"arguments":"{}"}]}""", ReadFault.WrongShape)]
    [InlineData("""{"output":[{"type":"mcp_call","name":"f","arguments":"{}"}]}""", ReadFault.WrongShape)]
    [InlineData("""{"output":["x"]}""", ReadFault.WrongShape)]
    [InlineData("""[]""", ReadFault.WrongShape)]
    [InlineData("""{"output":[]}{"output":[]}""", ReadFault.NotStrictJson)]
    public void What_has_two_readings_or_none_is_refused(string body, ReadFault fault)
    {
        using var message = new Message();
        Assert.Equal(fault, Response(body, message));
    }

    [Fact]
    public void Errors_are_read_in_any_form()
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Response(/*lang=json,strict*/ """{"error":{"message":"bad thing","type":"invalid_request_error","code":"x"}}""", message, status: 400));
        Assert.Contains("Unknown: bad thing", Texts(message));
        Assert.Equal(ReadFault.None, Response("upstream down", message, "text/plain", 502));
        Assert.Equal(["Unknown: upstream down"], Texts(message));
        Assert.Equal(ReadFault.None, Response("{\"error\":", message, "application/octet-stream", 400));
        Assert.Equal(ReadFault.UnknownContentType, Response("{}", message, "text/plain"));
        Assert.Equal(ReadFault.None, Response("", message));
    }

    [Fact]
    public void The_text_again_in_tokens_goes_with_its_first_edit()
    {
        using var message = new Message();
        Response(Answering(/*lang=json,strict*/ """{"type":"message","role":"assistant","content":[{"type":"output_text","text":"a@b.example","logprobs":[{"token":"a@b","bytes":[97],"logprob":0,"top_logprobs":[]},{"token":".example","bytes":[],"logprob":0,"top_logprobs":[]}]}]}"""), message);
        Segment text = message.Segments.Single(s => s.Role == TextRole.Assistant && Encoding.UTF8.GetString(message.Text(s).Span) == "a@b.example" && s.Document == 0);
        message.Replace(text, 0, text.Length, "[EMAIL]"u8.ToArray());
        Assert.Contains("\"text\":\"[EMAIL]\",\"logprobs\":null", Written(message));
    }

    [Fact]
    public void A_refusal_is_an_error_as_the_SDKs_show_it()
    {
        Refusal refusal = Responses.Dialect.Refuse(Reason, null, RequestHead("POST", Responses.Path));
        Assert.Equal(403, refusal.Status);
        Assert.Equal(/*lang=json,strict*/ """{"error":{"message":"A tool is not allowed here. (event ev-1)","type":"permission_error","param":null,"code":"tool_not_allowed"}}""", Encoding.UTF8.GetString(refusal.Body));
        Assert.Contains(("x-should-retry", "false"), refusal.Headers);
    }
}
