using EnvoyExtAuthz.Dialects;

namespace EnvoyExtAuthz.Tests.Dialects.Anthropic;

/// <summary>Bodies that two readers could read in two ways, or whose shape hides what is enforced.</summary>
public sealed class AmbiguityTests : IDisposable
{
    private readonly Message _message = new();

    public void Dispose() => _message.Dispose();

    [Theory]
    [InlineData("""{"model":"m","Messages":[]}""")]
    [InlineData("""{"model":"m","messages":[],"Tools":[]}""")]
    [InlineData("""{"model":"m","messages":[],"\u0054ools":[]}""")]
    [InlineData("""{"model":"m","messages":[],"mcp_Servers":[]}""")]
    [InlineData("""{"Model":"m","messages":[]}""")]
    [InlineData("""{"model":"m","messages":[{"Role":"user","content":"x"}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","Content":"x"}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"SYSTEM","content":"x"}]}""")]
    [InlineData("""{"model":"m","messages":[],"tools":[{"type":"function","function":{"name":"a"}}]}""")]
    [InlineData("""{"model":"m","messages":[],"tools":[{"name":"b","function":{"name":"a"}}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"text","Text":"x"}]}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"assistant","content":[{"type":"tool_use","Name":"a","name2":"b"}]}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","URL":"x"}}]}]}""")]
    [InlineData("""{"model":"m","messages":[],"tools":[{"Name":"a"}]}""")]
    [InlineData("""{"model":"m","messages":[],"tools":[{"type":"mcp_toolset","mcp_server_name":"x","default_config":{"Enabled":false}}]}""")]
    [InlineData("""{"model":"m","messages":[],"tools":[{"type":"mcp_toolset","mcp_server_name":"x","default_config":{"enabled":false},"configs":{"a":{"Enabled":true}}}]}""")]
    [InlineData("""{"model":"m","messages":[],"mcp_servers":[{"Url":"https://e.org"}]}""")]
    [InlineData("""{"model":"m","messages":[],"mcp_servers":[{"url":"https://e.org","name":"x","tool_configuration":{"Allowed_tools":["a"]}}]}""")]
    [InlineData("""{"model":"m","messages":[],"tool_choice":{"Type":"tool","name":"a"}}""")]
    [InlineData("""{"model":"m","messages":[],"thread":{"Previous_message_id":"x"}}""")]
    [InlineData("""{"model":"m","messages":[],"container":{"ID":"x"}}""")]
    [InlineData("""{"model":"m","messages":[],"container":{"\u017Fkills":[]}}""")]
    [InlineData("""{"model":"m","messages":[],"fallbacks":[{"Model":"n"}]}""")]
    public void Known_words_in_another_case_or_place_are_ambiguous(string body) => Assert.Equal(ReadFault.Ambiguous, Claude.Request(body, _message));

    [Theory]
    [InlineData("""{"model":"m"}""")]
    [InlineData("""{"model":"m","messages":{}}""")]
    [InlineData("""{"messages":[]}""")]
    [InlineData("""{"model":null,"messages":[]}""")]
    [InlineData("""{"model":["m"],"messages":[]}""")]
    [InlineData("""[]""")]
    [InlineData("""{"model":"m","messages":["hi"]}""")]
    [InlineData("""{"model":"m","messages":[{"content":"x"}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":1,"content":"x"}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":{"type":"text","text":"x"}}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":["x"]}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"text":"x"}]}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":["text"],"text":"x"}]}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"assistant","content":[{"type":"tool_use","input":{}}]}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"assistant","content":[{"type":"tool_use","name":["a"],"input":{}}]}]}""")]
    [InlineData("""{"model":"m","messages":[],"tools":{}}""")]
    [InlineData("""{"model":"m","messages":[],"tools":["a"]}""")]
    [InlineData("""{"model":"m","messages":[],"tools":[{"description":"d"}]}""")]
    [InlineData("""{"model":"m","messages":[],"tools":[{"type":1,"name":"a"}]}""")]
    [InlineData("""{"model":"m","messages":[],"tools":[{"type":"bash_20250124","name":1}]}""")]
    [InlineData("""{"model":"m","messages":[],"tools":[{"type":"mcp_toolset","default_config":1}]}""")]
    [InlineData("""{"model":"m","messages":[],"tools":[{"type":"mcp_toolset","tools":{}}]}""")]
    [InlineData("""{"model":"m","messages":[],"mcp_servers":{}}""")]
    [InlineData("""{"model":"m","messages":[],"mcp_servers":["https://e.org"]}""")]
    [InlineData("""{"model":"m","messages":[],"mcp_servers":[{"url":"https://e.org","tool_configuration":{"allowed_tools":"a"}}]}""")]
    [InlineData("""{"model":"m","messages":[],"fallbacks":{"model":"n"}}""")]
    [InlineData("""{"model":"m","messages":[],"fallbacks":[{}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"system","content":[{"type":"tool_addition","tool":{"type":"tool_reference"}}]}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"system","content":[{"type":"tool_addition"}]}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"system","content":[{"type":"mcp_tool_listing","tools":[{"description":"x"}]}]}]}""")]
    public void What_is_not_the_protocols_shape_is_refused(string body) => Assert.Equal(ReadFault.WrongShape, Claude.Request(body, _message));

    [Theory]
    [InlineData("""{"model":"m","messages":[],"messages":[]}""")]
    [InlineData("""{"model":"m","messages":[],"m\u0065ssages":[]}""")]
    [InlineData("""{"model":"m","messages":[]}{}""")]
    [InlineData("""{"model":"m","messages":[],"n":NaN}""")]
    [InlineData("")]
    public void What_is_no_strict_json_is_refused(string body) => Assert.Equal(ReadFault.NotStrictJson, Claude.Request(body, _message));

    [Theory]
    [InlineData("""{"requests":[{"custom_id":"a","params":{"messages":[]}}]}""", ReadFault.WrongShape)]
    [InlineData("""{"requests":[{"custom_id":"a","Params":{"model":"m","messages":[]}}]}""", ReadFault.Ambiguous)]
    [InlineData("""{"requests":[{"custom_id":"a"}]}""", ReadFault.WrongShape)]
    [InlineData("""{"requests":{}}""", ReadFault.WrongShape)]
    [InlineData("""{"requests":[]}""", ReadFault.WrongShape)]
    [InlineData("""[]""", ReadFault.WrongShape)]
    public void A_batch_has_its_shape(string body, ReadFault fault) => Assert.Equal(fault, Claude.Request(body, _message, "/v1/messages/batches"));

    [Theory]
    [InlineData("""{"model":"m","prompt":["a"]}""", ReadFault.WrongShape)]
    [InlineData("""{"model":"m","Prompt":"a"}""", ReadFault.Ambiguous)]
    [InlineData("""{"prompt":"a"}""", ReadFault.WrongShape)]
    [InlineData("""{"model":"m","prompt":"a"}""", ReadFault.None)]
    public void A_completion_has_its_shape(string body, ReadFault fault) => Assert.Equal(fault, Claude.Request(body, _message, "/v1/complete"));

    [Theory]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("multipart/form-data; boundary=x")]
    public void Other_content_types_are_unknown(string type) =>
        Assert.Equal(ReadFault.UnknownContentType, Claude.Request(Claude.With("[]"), _message, contentType: type));

    [Fact]
    public void More_servers_than_any_request_has_are_refused()
    {
        string servers = string.Join(',', Enumerable.Repeat("""{"url":"https://e.org","name":"x"}""", 65));
        Assert.Equal(ReadFault.TooLarge, Claude.Request(Claude.With("[]", $""","mcp_servers":[{servers}]"""), _message));
    }
}
