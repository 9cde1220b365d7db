using EnvoyExtAuthz.Dialects;

namespace EnvoyExtAuthz.Tests.Dialects.Anthropic;

/// <summary>Where text, tools, calls and what cannot be read stand in a request.</summary>
public sealed class RequestTests : IDisposable
{
    private readonly Message _message = new();

    public void Dispose() => _message.Dispose();

    [Fact]
    public void Words_have_the_role_of_who_says_them()
    {
        Read(Claude.With(
            """[{"role":"user","content":"hi"},{"role":"assistant","content":[{"type":"text","text":"yes"}]},{"role":"system","content":"be brief"},{"role":"critic","content":"no"}]""",
            ""","system":[{"type":"text","text":"you are"}],"stop_sequences":["STOP"],"metadata":{"user_id":"u"},"x":"new" """));
        Assert.Equal(["System: you are", "User: hi", "Assistant: yes", "System: be brief", "Unknown: no", "Unknown: critic", "Unknown: new"], Claude.Words(_message));
        Assert.Contains("Metadata: STOP", Claude.Texts(_message));
        Assert.Contains("Metadata: u", Claude.Texts(_message));
    }

    [Theory]
    [InlineData("""{"type":"document","title":"t","context":"c","source":{"type":"text","media_type":"text/plain","data":"words"}}""", "FileName: t|Document: c|Document: words", "")]
    [InlineData("""{"type":"document","source":{"type":"content","content":[{"type":"text","text":"a"},{"type":"image","source":{"type":"base64","data":"AA=="}}]}}""", "Document: a", "Image")]
    [InlineData("""{"type":"document","source":{"type":"content","content":"a"}}""", "Document: a", "")]
    [InlineData("""{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"AA=="}}""", "", "File")]
    [InlineData("""{"type":"document","source":{"type":"other","data":"words"}}""", "Unknown: words", "File")]
    [InlineData("""{"type":"document","source":{"data":"words"}}""", "Unknown: words", "File")]
    [InlineData("""{"type":"document","source":{"type":"url","url":"https://e.org/x.pdf"}}""", "Url: https://e.org/x.pdf", "RemoteReference")]
    [InlineData("""{"type":"document","source":{"type":"text","data":"words","url":"https://e.org"}}""", "Url: https://e.org|Document: words", "RemoteReference")]
    [InlineData("""{"type":"image","source":{"type":"file","file_id":"file_1"}}""", "", "ServerState")]
    [InlineData("""{"type":"image","source":{"type":"url","url":"data:image/png;base64,AA"}}""", "", "Image")]
    [InlineData("""{"type":"search_result","source":"https://e.org","title":"t","content":[{"type":"text","text":"found"}]}""", "FileName: t|Url: https://e.org|Document: found", "")]
    [InlineData("""{"type":"thinking","thinking":"hm","signature":"c2lnbmVk+w=="}""", "Reasoning: hm", "Encrypted")]
    [InlineData("""{"type":"thinking","thinking":"hm","signature":"0123456789abcdef0123456789abcdef"}""", "Reasoning: hm", "")]
    [InlineData("""{"type":"redacted_thinking","data":"c2ln"}""", "", "Encrypted")]
    [InlineData("""{"type":"container_upload","file_id":"file_1"}""", "", "ServerState")]
    [InlineData("""{"type":"compaction","content":"so far","encrypted_content":"xx","signature":"yy"}""", "Assistant: so far", "Encrypted Encrypted")]
    [InlineData("""{"type":"tool_result","tool_use_id":"t1","content":"plain"}""", "ToolResult: plain", "")]
    [InlineData("""{"type":"tool_result","tool_use_id":"t1","content":"{\"a\":\"deep\"}"}""", "ToolResult: deep", "")]
    [InlineData("""{"type":"tool_result","content":[{"type":"text","text":"a"},{"type":"image","source":{"type":"base64","data":"AA=="}},{"type":"document","title":"t","source":{"type":"text","data":"b"}},{"type":"search_result","title":"u","content":[{"type":"text","text":"c"}]}]}""", "ToolResult: a|ToolResult: t|ToolResult: b|ToolResult: u|ToolResult: c", "Image")]
    [InlineData("""{"type":"tool_result","content":[{"type":"tool_reference","tool_name":"x"},{"type":"browser_state","tabs":[{"tab_id":"1","title":"Inbox of Ann","url":"https://m.org"}]}]}""", "ToolResult: 1|ToolResult: Inbox of Ann|ToolResult: https://m.org", "")]
    [InlineData("""{"type":"web_search_tool_result","tool_use_id":"s1","content":[{"type":"web_search_result","url":"https://e.org","title":"Top news","encrypted_content":"xx","page_age":"2 days ago"}]}""", "Url: https://e.org|ToolResult: Top news", "Encrypted")]
    [InlineData("""{"type":"web_fetch_tool_result","content":{"type":"web_fetch_result","url":"https://e.org","content":{"type":"document","title":"t","source":{"type":"text","data":"page"}}}}""", "Url: https://e.org|ToolResult: t|ToolResult: page", "")]
    [InlineData("""{"type":"bash_code_execution_tool_result","content":{"type":"bash_code_execution_result","stdout":"out","stderr":"err","return_code":0,"content":[{"type":"bash_code_execution_output","file_id":"file_1"}]}}""", "ToolResult: out|ToolResult: err", "ServerState")]
    [InlineData("""{"type":"code_execution_tool_result","content":{"type":"encrypted_code_execution_result","encrypted_stdout":"xx","stderr":"e","content":[]}}""", "ToolResult: e", "Encrypted")]
    [InlineData("""{"type":"mcp_tool_result","content":[{"type":"text","text":"m"}]}""", "ToolResult: m", "")]
    [InlineData("""{"type":"some_new_tool_result","content":{"lines":["a line"],"more":{"deep":"er"}}}""", "ToolResult: a line|ToolResult: er", "")]
    [InlineData("""{"type":"text","text":"so","citations":[{"type":"char_location","cited_text":"c","document_title":"t","document_index":0},{"type":"web_search_result_location","url":"https://e.org","title":"w","encrypted_index":"xx","cited_text":"d"}]}""", "User: so|Document: c|FileName: t|Document: d|FileName: w|Url: https://e.org", "Encrypted")]
    [InlineData("""{"type":"hologram","words":"look"}""", "Unknown: look", "")]
    public void Every_kind_of_block_is_read(string block, string words, string opaque)
    {
        Read(Claude.Block(block));
        Assert.Equal(words.Split('|', StringSplitOptions.RemoveEmptyEntries).Order(), Claude.Words(_message).Order());
        Assert.Equal(opaque, string.Join(' ', Claude.Opaque(_message)));
    }

    [Theory]
    [InlineData(""","container":"c1" """, "ServerState")]
    [InlineData(""","container":{"id":"c1","skills":[{"type":"custom","skill_id":"s1","version":"1"}]}""", "ServerState ServerState")]
    [InlineData(""","thread":{"type":"continue","previous_message_id":"msg_1"}""", "ServerState")]
    [InlineData(""","thread":{"type":"create"}""", "")]
    [InlineData(""","container":null,"thread":null""", "")]
    [InlineData(""","mcp_servers":[{"type":"url","url":"https://e.org/mcp","name":"x","tool_configuration":{"enabled":false}}]""", "RemoteReference")]
    public void What_the_other_side_holds_or_fetches_is_said(string more, string opaque)
    {
        Read(Claude.With("[]", more));
        Assert.Equal(opaque, string.Join(' ', Claude.Opaque(_message)));
    }

    [Fact]
    public void Instructions_for_summaries_are_instructions_and_schemas_are_schemas()
    {
        Read(Claude.With("[]", ""","compaction":{"type":"summarize","instructions":"a b"},"context_management":{"edits":[{"type":"compact_20260112","instructions":"c d"},{"type":"clear_tool_uses_20250919","exclude_tools":["t"]}]},"output_config":{"format":{"type":"json_schema","schema":{"description":"e f"}}},"output_format":{"schema":{"title":"g h"}}"""));
        Assert.Equal(["Schema: e f", "Schema: g h", "Schema: json_schema", "System: a b", "System: c d"], Claude.Words(_message).Order());
    }

    [Theory]
    [InlineData("", "m", "")]
    [InlineData(""","fallbacks":[{"model":"n"},{"model":"o","max_tokens":1}]""", "m", "n o")]
    [InlineData(""","fallbacks":"default" """, "m", "default")]
    [InlineData(""","tools":[{"type":"advisor_20260301","name":"advisor","model":"n"}]""", "m", "n")]
    public void Every_model_that_may_answer_is_named(string more, string model, string further)
    {
        Read(Claude.With("[]", more));
        Assert.Equal(model, System.Text.Encoding.UTF8.GetString(_message.Model.Span));
        Assert.Equal(further, string.Join(' ', _message.FurtherModels.Select(m => System.Text.Encoding.UTF8.GetString(m.Span))));
    }

    [Theory]
    [InlineData("/v1/projects/p/locations/l/publishers/anthropic/models/claude-x@2025:rawPredict", "claude-x@2025", false)]
    [InlineData("/v1/projects/p/locations/l/publishers/anthropic/models/claude-x:streamRawPredict", "claude-x", true)]
    public void Vertex_names_the_model_in_the_path(string path, string model, bool streams)
    {
        Assert.Equal(ReadFault.None, Claude.Request("""{"anthropic_version":"vertex-2023-10-16","messages":[{"role":"user","content":"hi"}]}""", _message, path));
        Assert.Equal(model, System.Text.Encoding.UTF8.GetString(_message.Model.Span));
        Assert.Equal(streams, _message.WantsStream);
        Assert.Equal(ReadFault.None, Claude.Request(Claude.With("[]"), _message, path));
        Assert.Equal("m", System.Text.Encoding.UTF8.GetString(Assert.Single(_message.FurtherModels).Span));
        Assert.Equal(ReadFault.None, Claude.Request(Claude.With("[]"), _message, "/v1/projects/p/locations/l/publishers/anthropic/models/count-tokens:rawPredict"));
        Assert.Equal("m", System.Text.Encoding.UTF8.GetString(_message.Model.Span));
    }

    [Fact]
    public void Each_request_of_a_batch_is_read_like_one_of_its_own()
    {
        Assert.Equal(ReadFault.None, Claude.Request(
            """{"requests":[{"custom_id":"a","params":{"model":"m","messages":[{"role":"user","content":"one"}],"tools":[{"name":"t","input_schema":{}}]}},{"custom_id":"b","params":{"model":"n","messages":[{"role":"user","content":"two"}],"system":"sys"}}]}""",
            _message, "/v1/messages/batches"));
        Assert.Equal(["System: sys", "ToolDescription: t", "User: one", "User: two"], Claude.Words(_message).Order());
        Assert.Equal(["t"], Claude.Tools(_message));
        Assert.Equal("m", System.Text.Encoding.UTF8.GetString(_message.Model.Span));
        Assert.Equal("n", System.Text.Encoding.UTF8.GetString(Assert.Single(_message.FurtherModels).Span));
    }

    [Theory]
    [InlineData("GET", "/v1/models")]
    [InlineData("GET", "/v1/models/claude-x")]
    [InlineData("GET", "/v1/messages/batches")]
    [InlineData("GET", "/v1/messages/batches/b1")]
    [InlineData("DELETE", "/v1/messages/batches/b1")]
    [InlineData("POST", "/v1/messages/batches/b1/cancel")]
    [InlineData("GET", "/v1/messages/batches/b1/results")]
    [InlineData("GET", "/v1/files")]
    [InlineData("GET", "/gateway/v1/files/f1")]
    [InlineData("DELETE", "/v1/files/f1")]
    [InlineData("GET", "/v1/files/f1/content")]
    public void Paths_without_a_body_are_read_and_a_body_there_is_refused(string method, string path)
    {
        Assert.Equal(ReadFault.None, Claude.Request("", _message, path, method));
        Assert.Equal(ReadFault.UnexpectedBody, Claude.Request("{}", _message, path, method));
    }

    [Theory]
    [InlineData("GET", "/v1/messages")]
    [InlineData("POST", "/v1/messages/")]
    [InlineData("POST", "/v1/messages/stream")]
    [InlineData("POST", "/v1/Messages")]
    [InlineData("PUT", "/v1/messages/batches")]
    [InlineData("GET", "/v1/messages/batches/b1/x/results")]
    [InlineData("GET", "/v1/messages/batches//results")]
    [InlineData("POST", "/v1/models")]
    [InlineData("POST", "/v1/files/f1/content")]
    [InlineData("POST", "/publishers/anthropic/models/:rawPredict")]
    [InlineData("POST", "/publishers/anthropic/models/x:predict")]
    [InlineData("POST", "/publishers/anthropic/models/a/b:rawPredict")]
    public void Other_paths_are_unknown(string method, string path) =>
        Assert.Equal(ReadFault.UnknownPath, Claude.Request(Claude.With("[]"), _message, path, method));

    private void Read(string body) => Assert.Equal(ReadFault.None, Claude.Request(body, _message));
}
