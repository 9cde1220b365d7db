using EnvoyExtAuthz.Dialects;

namespace EnvoyExtAuthz.Tests.Dialects.Anthropic;

/// <summary>Which tools a request offers, and which calls it makes or replays.</summary>
public sealed class ToolTests : IDisposable
{
    private readonly Message _message = new();

    public void Dispose() => _message.Dispose();

    [Theory]
    [InlineData("""{"name":"t","description":"d","input_schema":{"type":"object"}}""", "t")]
    [InlineData("""{"type":"custom","name":"t"}""", "t")]
    [InlineData("""{"type":null,"name":"t"}""", "t")]
    [InlineData("""{"type":"bash_20250124","name":"bash"}""", "bash_20250124 bash")]
    [InlineData("""{"type":"bash_20250124","name":"search"}""", "bash_20250124 search")]
    [InlineData("""{"type":"Custom","name":"t"}""", "Custom t")]
    [InlineData("""{"type":"computer_toolset_20260801","configs":{"zoom":{"enabled":true}}}""", "computer_toolset_20260801")]
    [InlineData("""{"type":"mcp_toolset","mcp_server_name":"x"}""", "mcp_toolset")]
    [InlineData("""{"type":"mcp_toolset","mcp_server_name":"x","default_config":{"enabled":true},"configs":{"a":{"enabled":true}}}""", "mcp_toolset")]
    [InlineData("""{"type":"mcp_toolset","mcp_server_name":"x","default_config":{"enabled":false},"configs":{"a":{"enabled":true},"b":{"enabled":false},"c":{},"d":{"enabled":null},"e":{"enabled":1}}}""", "a e")]
    [InlineData("""{"type":"mcp_toolset","mcp_server_name":"x","tools":[{"name":"a","input_schema":{}},{"name":"b"}]}""", "a b")]
    public void Tools_are_declared_under_the_names_they_are_known_by(string tool, string names)
    {
        Read(Claude.With("[]", $""","tools":[{tool}]"""));
        Assert.Equal(names, string.Join(' ', Claude.Tools(_message)));
    }

    [Theory]
    [InlineData("""{"type":"url","url":"https://e.org","name":"x"}""", "mcp_toolset")]
    [InlineData("""{"type":"url","url":"https://e.org","name":"x","tool_configuration":{"enabled":true}}""", "mcp_toolset")]
    [InlineData("""{"type":"url","url":"https://e.org","name":"x","tool_configuration":{"allowed_tools":["a","b"]}}""", "a b")]
    [InlineData("""{"type":"url","url":"https://e.org","name":"x","tool_configuration":{"enabled":false,"allowed_tools":["a"]}}""", "")]
    public void Servers_declare_what_they_are_asked_for(string server, string names)
    {
        Read(Claude.With("[]", $""","mcp_servers":[{server}]"""));
        Assert.Equal(names, string.Join(' ', Claude.Tools(_message)));
        Assert.Equal([OpaqueKind.RemoteReference], Claude.Opaque(_message));
    }

    [Fact]
    public void A_server_with_a_toolset_offers_what_the_toolset_says()
    {
        Read(Claude.With("[]", ""","mcp_servers":[{"url":"https://e.org","name":"x"}],"tools":[{"type":"mcp_toolset","mcp_server_name":"x","default_config":{"enabled":false},"configs":{"a":{"enabled":true}}}]"""));
        Assert.Equal(["a"], Claude.Tools(_message));
    }

    [Theory]
    [InlineData("""{"type":"tool_addition","tool":{"type":"tool_reference","name":"a"}}""", "a")]
    [InlineData("""{"type":"tool_addition","tool":{"type":"mcp_tool_reference","server_name":"x","name":"a"}}""", "a")]
    [InlineData("""{"type":"tool_addition","tool":{"type":"mcp_toolset_reference","server_name":"x"}}""", "mcp_toolset")]
    [InlineData("""{"type":"tool_addition","tool":{"type":"tool_definition","definition":{"name":"a","description":"d","input_schema":{}}}}""", "a")]
    [InlineData("""{"type":"tool_addition","tool":{"type":"tool_definition","definition":{"type":"bash_20250124","name":"bash"}}}""", "bash_20250124 bash")]
    [InlineData("""{"type":"mcp_tool_listing","mcp_server_name":"x","tools":[{"name":"a","description":"d"}]}""", "a")]
    [InlineData("""{"type":"compaction","content":"c","tool_changes":[{"type":"tool_addition","tool":{"type":"tool_reference","name":"a"}},{"type":"tool_removal","tool":{"type":"tool_reference","name":"b"}}]}""", "a")]
    [InlineData("""{"type":"tool_removal","tool":{"type":"tool_reference","name":"b"}}""", "")]
    public void Blocks_in_the_conversation_declare_too(string block, string names)
    {
        Read(Claude.Block(block, "system"));
        Assert.Equal(names, string.Join(' ', Claude.Tools(_message)));
    }

    [Fact]
    public void What_a_tool_says_of_itself_is_its_description_and_its_schema()
    {
        Read(Claude.With("[]", ""","tools":[{"name":"t","description":"does it","input_schema":{"properties":{"q":{"description":"what for"}}},"input_examples":[{"q":"an example"}],"cache_control":{"type":"ephemeral"}},{"type":"web_search_20250305","name":"web_search","allowed_domains":["e.org"],"user_location":{"city":"Oslo"}}]"""));
        Assert.Equal(
            ["Schema: an example", "Schema: what for", "ToolDescription: does it", "ToolDescription: t", "ToolDescription: web_search", "ToolDescription: web_search_20250305", "Url: e.org"],
            Claude.Words(_message).Order());
    }

    [Theory]
    [InlineData("""{"type":"tool_use","id":"t1","name":"a","input":{"q":"x"}}""", "a")]
    [InlineData("""{"type":"tool_use","id":"t1","name":"a"}""", "a")]
    [InlineData("""{"type":"tool_use","id":"t1","name":"left_click","toolset_name":"computer","input":{}}""", "left_click computer")]
    [InlineData("""{"type":"server_tool_use","id":"s1","name":"web_fetch","input":{"url":"https://evil.org"}}""", "web_fetch!")]
    [InlineData("""{"type":"mcp_tool_use","id":"s1","name":"a","server_name":"x","input":{}}""", "a!")]
    [InlineData("""{"type":"server_tool_use","name":"a","input":{}}""", "a!")]
    [InlineData("""{"type":"quantum_tool_use","name":"a","input":{}}""", "a!")]
    [InlineData("""{"type":"invocation","name":"a","input":{}}""", "a!")]
    [InlineData("""{"type":"server_tool_use","id":"s1","name":"a","input":{}},{"type":"web_fetch_tool_result","tool_use_id":"s1","content":[]}""", "a")]
    [InlineData("""{"type":"server_tool_use","id":"s1","name":"a","input":{}},{"type":"web_fetch_tool_result","tool_use_id":"s2","content":[]}""", "a!")]
    [InlineData("""{"type":"server_tool_use","id":"s1","name":"a","input":{"type":"x_tool_result","tool_use_id":"s1"}}""", "a!")]
    [InlineData("""{"type":"web_fetch_tool_result","tool_use_id":"s1","content":[]},{"type":"server_tool_use","id":"s1","name":"a","input":{}}""", "a!")]
    [InlineData("""{"type":"server_tool_use","id":"s1","name":"a","input":{}},{"type":"web_fetch_tool_result","tool_use_id":"s1","content":[]},{"type":"server_tool_use","id":"s1","name":"b","input":{}}""", "a b!")]
    [InlineData("""{"type":"server_tool_use","id":"s1","name":"a","input":{}},{"type":"server_tool_use","id":"s1","name":"b","input":{}},{"type":"web_fetch_tool_result","tool_use_id":"s1","content":[]}""", "a b!")]
    [InlineData("""{"type":"server_tool_use","id":"s1","name":"key","toolset_name":"computer","input":{}},{"type":"web_fetch_tool_result","tool_use_id":"s1","content":[]}""", "key computer")]
    public void Calls_in_history_are_replays_but_for_those_the_other_side_still_has_to_make(string blocks, string calls)
    {
        Read(Claude.Block(blocks, "assistant"));
        Assert.Equal(calls, string.Join(' ', Claude.Calls(_message)));
    }

    [Fact]
    public void Results_of_calls_stand_in_later_messages_too()
    {
        Read(Claude.With("""[{"role":"assistant","content":[{"type":"mcp_tool_use","id":"s1","name":"a","input":{}}]},{"role":"assistant","content":[{"type":"mcp_tool_result","tool_use_id":"s1","content":"r"}]}]"""));
        Assert.Equal(["a"], Claude.Calls(_message));
    }

    [Theory]
    [InlineData("""{"q":"x","n":{"m":"y"}}""", "ToolArgument: x|ToolArgument: y")]
    [InlineData("\"{\\\"q\\\":\\\"x\\\"}\"", "ToolArgument: x")]
    public void Arguments_are_read_wherever_they_stand(string input, string texts)
    {
        Read(Claude.Block("""{"type":"tool_use","id":"t1","name":"a","input":INPUT}""".Replace("INPUT", input, StringComparison.Ordinal), "assistant"));
        Assert.Equal(texts, string.Join('|', Claude.Words(_message)));
    }

    private void Read(string body) => Assert.Equal(ReadFault.None, Claude.Request(body, _message));
}
