using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.Anthropic;

/// <summary>Whole answers: messages, errors, and what the other paths answer with.</summary>
public sealed class ResponseTests : IDisposable
{
    private readonly Message _message = new();

    public void Dispose() => _message.Dispose();

    [Fact]
    public void A_message_is_read_with_its_calls_and_what_tools_brought()
    {
        Assert.Equal(ReadFault.None, Claude.Response(
            """{"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":[{"type":"thinking","thinking":"hm","signature":"c2ln"},{"type":"text","text":"Looking."},{"type":"tool_use","id":"t1","name":"search","input":{"q":"Oslo"}},{"type":"server_tool_use","id":"s1","name":"web_fetch","input":{"url":"https://e.org"}},{"type":"web_fetch_tool_result","tool_use_id":"s1","content":{"type":"web_fetch_tool_result_error","error_code":"unavailable"}},{"type":"mcp_tool_use","id":"m1","name":"ask","server_name":"x","input":{}},{"type":"mcp_tool_listing","mcp_server_name":"x","tools":[{"name":"ask","description":"asks"}]}],"stop_reason":"refusal","stop_details":{"type":"refusal","category":null,"explanation":"I will not."},"usage":{"cache_creation":{"ephemeral_1h_input_tokens":1}}}""",
            _message));
        Assert.Equal(["search!", "web_fetch!", "ask!"], Claude.Calls(_message));
        Assert.Empty(_message.ToolDeclarations);
        Assert.Equal(
            ["Assistant: I will not.", "Assistant: Looking.", "Reasoning: hm", "ToolArgument: Oslo", "ToolArgument: https://e.org", "ToolDescription: ask", "ToolDescription: asks"],
            Claude.Words(_message).Order());
        Assert.Equal("claude-x", Encoding.UTF8.GetString(_message.Model.Span));
    }

    [Theory]
    [InlineData("""{"type":"message","content":[{"type":"tool_use","input":{}}]}""", ReadFault.WrongShape)]
    [InlineData("""{"type":"message","content":[{"input":{},"name":"a"}]}""", ReadFault.WrongShape)]
    [InlineData("""{"type":"message","content":{}}""", ReadFault.WrongShape)]
    [InlineData("""{"type":"message","Content":[]}""", ReadFault.Ambiguous)]
    [InlineData("""{"type":"message","content":[{"type":"tool_use","NAME":"a","input":{}}]}""", ReadFault.Ambiguous)]
    [InlineData("""[]""", ReadFault.WrongShape)]
    [InlineData("""{"content":[],"content":[]}""", ReadFault.NotStrictJson)]
    [InlineData("""{"input_tokens":7,"context_management":{"original_input_tokens":9}}""", ReadFault.None)]
    [InlineData("", ReadFault.None)]
    public void Answers_have_one_reading(string body, ReadFault fault) => Assert.Equal(fault, Claude.Response(body, _message));

    [Fact]
    public void A_call_is_one_whatever_the_answer_says_it_is()
    {
        Assert.Equal(ReadFault.None, Claude.Response("""{"type":"note","content":[{"type":"tool_use","name":"a","input":{}}]}""", _message));
        Assert.Equal(["a!"], Claude.Calls(_message));
    }

    [Theory]
    [InlineData("""{"content":[{"type":"text","text":"<tool_"},{"type":"text","text":"call>{\"name\":\"delete_all\",\"arguments\":{}}"}]}""", "delete_all!")]
    [InlineData("""{"type":"completion","completion":"<function_calls><invoke name=\"delete_all\">"}""", "delete_all!")]
    [InlineData("""{"content":[{"type":"text","text":"A <tool_call> is a mark."}]}""", "")]
    public void Calls_written_as_text_are_calls(string body, string calls)
    {
        Assert.Equal(ReadFault.None, Claude.Response(body, _message));
        Assert.Equal(calls, string.Join(' ', Claude.Calls(_message)));
    }

    [Theory]
    [InlineData("""{"type":"error","error":{"type":"overloaded_error","message":"Too busy now"},"request_id":"req_1"}""", "application/json", 529, "Unknown: Too busy now")]
    [InlineData("""{"error":{"code":403,"status":"PERMISSION_DENIED","message":"Not here"}}""", "application/json", 403, "Unknown: Not here")]
    [InlineData("\"just text\"", "application/json", 500, "Unknown: just text")]
    [InlineData("<html>bad gateway</html>", "text/html", 502, "Unknown: <html>bad gateway</html>")]
    [InlineData("{bad", "application/json", 502, "Unknown: {bad")]
    public void Errors_are_read_in_any_form(string body, string type, int status, string text)
    {
        Assert.Equal(ReadFault.None, Claude.Response(body, _message, type, status));
        Assert.Equal([text], Claude.Words(_message));
    }

    [Theory]
    [InlineData("text/html")]
    [InlineData("application/json; charset=utf-16")]
    public void A_good_answer_is_json(string type) => Assert.Equal(ReadFault.UnknownContentType, Claude.Response("{}", _message, type));

    [Theory]
    [InlineData("GET", "/v1/models", """{"data":[{"type":"model","id":"claude-x","display_name":"Claude X","created_at":"2025-01-01T00:00:00Z"}],"first_id":"claude-x","has_more":false}""", "")]
    [InlineData("GET", "/v1/messages/batches/b1", """{"id":"b1","type":"message_batch","processing_status":"ended","results_url":"https://api.e.org/r","archived_at":null}""", "Url: https://api.e.org/r")]
    [InlineData("GET", "/v1/files/f1", """{"id":"f1","type":"file","filename":"my notes.txt","mime_type":"text/plain","odd":"new words"}""", "FileName: my notes.txt|Unknown: new words")]
    public void Resources_are_read(string method, string path, string body, string words)
    {
        Assert.Equal(ReadFault.None, Claude.Response(body, _message, path: path, method: method));
        Assert.Equal(words, string.Join('|', Claude.Words(_message)));
    }

    [Theory]
    [InlineData("text/csv", "a,b", "Document: a,b", "")]
    [InlineData("text/csv", "a,\u00FF", "Document: a,\u00FF", "")]
    [InlineData("application/octet-stream", "a,b", "Document: a,b", "File")]
    [InlineData("image/png", "\u0089PNG\0", "", "File")]
    [InlineData("", "a,b", "Document: a,b", "File")]
    public void A_files_content_is_text_where_it_is_one(string type, string content, string words, string opaque)
    {
        Assert.Equal(ReadFault.None, Claude.Response(content, _message, type, path: "/v1/files/f1/content", method: "GET"));
        Assert.Equal(words, string.Join('|', Claude.Words(_message)));
        Assert.Equal(opaque, string.Join(' ', Claude.Opaque(_message)));
    }

    [Fact]
    public void Text_of_a_file_can_be_masked()
    {
        Claude.Response("mail ann@e.org now", _message, "text/plain", path: "/v1/files/f1/content", method: "GET");
        _message.Replace(_message.Segments[0], 5, 9, "[EMAIL]"u8.ToArray());
        Assert.Equal("mail [EMAIL] now", Claude.Written(_message));
    }
}
