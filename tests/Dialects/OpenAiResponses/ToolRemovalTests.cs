using System.Text.Json;
using EnvoyExtAuthz.Dialects;
using static EnvoyExtAuthz.Tests.Dialects.OpenAiResponses.Responses;

namespace EnvoyExtAuthz.Tests.Dialects.OpenAiResponses;

/// <summary>Tools taken out of messages, with what names them.</summary>
public sealed class ToolRemovalTests
{
    private const string A = /*lang=json,strict*/ """{"type":"function","name":"a"}""";
    private const string B = /*lang=json,strict*/ """{"type":"function","name":"b"}""";

    [Theory]
    [InlineData($$$"""{"input":"x","tools":[{{{A}}},{{{B}}}]}""", $$$"""{"input":"x","tools":[{{{A}}}]}""")]
    [InlineData($$$"""{"input":"x","tools":[{{{B}}}],"tool_choice":"auto","parallel_tool_calls":true}""", """{"input":"x"}""")]
    [InlineData($$$"""{"tools":[{{{B}}}],"tool_choice":"required","input":"x"}""", null)]
    [InlineData($$$"""{"tools":[{{{A}}},{{{B}}}],"tool_choice":{"type":"function","name":"b"}}""", null)]
    [InlineData($$$"""{"tools":[{{{A}}},{{{B}}}],"tool_choice":{"type":"function","name":"a"}}""", $$$"""{"tools":[{{{A}}}],"tool_choice":{"type":"function","name":"a"}}""")]
    [InlineData($$$"""{"tools":[{{{A}}},{{{B}}}],"tool_choice":{"type":"allowed_tools","mode":"auto","tools":[{{{B}}},{{{A}}}]}}""",
        $$$"""{"tools":[{{{A}}}],"tool_choice":{"type":"allowed_tools","mode":"auto","tools":[{{{A}}}]}}""")]
    [InlineData($$$"""{"tools":[{{{A}}},{{{B}}}],"tool_choice":{"type":"allowed_tools","mode":"auto","tools":[{{{B}}}]}}""", null)]
    [InlineData($$$"""{"input":"x","tool_choice":{"type":"function","name":"b"}}""", null)]
    [InlineData("""{"input":"x","tool_choice":"b"}""", null)]
    [InlineData($$$"""{"input":[{"role":"user","content":"x"},{"type":"additional_tools","role":"developer","tools":[{{{B}}}]}],"tools":[{{{A}}}]}""",
        $$$"""{"input":[{"role":"user","content":"x"}],"tools":[{{{A}}}]}""")]
    [InlineData($$$"""{"input":[{"type":"additional_tools","role":"developer","tools":[{{{B}}},{{{A}}}]}]}""", $$$"""{"input":[{"type":"additional_tools","role":"developer","tools":[{{{A}}}]}]}""")]
    [InlineData($$$"""{"input":[{"type":"additional_tools","role":"developer","tools":[{{{B}}}]}]}""", null)]
    [InlineData($$$"""{"input":[{"type":"tool_search_output","call_id":"c","tools":[{{{B}}}]}],"tools":[{{{B}}}],"tool_choice":"required"}""", null)]
    [InlineData($$$"""{"input":[{"type":"tool_search_output","call_id":"c","tools":[{{{B}}}]}],"tools":[{{{A}}}],"tool_choice":"required"}""",
        $$$"""{"input":[{"type":"tool_search_output","call_id":"c","tools":[]}],"tools":[{{{A}}}],"tool_choice":"required"}""")]
    [InlineData($$$"""{"input":"x","tools":[{"type":"namespace","name":"n","tools":[{{{A}}},{{{B}}}]}]}""", $$$"""{"input":"x","tools":[{"type":"namespace","name":"n","tools":[{{{A}}}]}]}""")]
    [InlineData($$$"""{"input":"x","tools":[{"type":"namespace","name":"n","tools":[{{{B}}}]},{{{A}}}]}""", $$$"""{"input":"x","tools":[{{{A}}}]}""")]
    [InlineData($$$"""{"input":"x","tools":[{"type":"namespace","name":"n","tools":[{{{B}}}]}]}""", """{"input":"x"}""")]
    [InlineData("""{"input":"x","tools":[{"type":"mcp","server_label":"a","allowed_tools":["b","c"]}]}""", """{"input":"x","tools":[{"type":"mcp","server_label":"a","allowed_tools":["c"]}]}""")]
    [InlineData("""{"input":"x","tools":[{"type":"mcp","server_label":"a","allowed_tools":{"tool_names":["b"]}}]}""", """{"input":"x"}""")]
    [InlineData("""{"input":"x","tools":[{"type":"mcp","server_label":"a","allowed_tools":["b"]},{"type":"b"}]}""", """{"input":"x"}""")]
    [InlineData("""{"input":"x","tools":[{"type":"mcp","server_label":"b","allowed_tools":["b","c"]}]}""", """{"input":"x"}""")]
    [InlineData("""{"input":[{"type":"mcp_list_tools","server_label":"a","tools":[{"name":"b"}]}]}""", """{"input":[{"type":"mcp_list_tools","server_label":"a","tools":[]}]}""")]
    [InlineData("""{"input":"x","plugins":[{"id":"b"},{"id":"c"}]}""", """{"input":"x","plugins":[{"id":"c"}]}""")]
    public void A_tool_goes_with_what_names_it_or_the_request_is_refused(string body, string? left)
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Request(body, message));
        Assert.Equal(left is not null, Remove(message, "b"));
        if (left is not null)
            Assert.Equal(left, Written(message));
    }

    [Theory]
    [InlineData("""{"model":"m:online","input":"x"}""", "web_search", """{"model":"m","input":"x"}""")]
    [InlineData("""{"models":["n:online"],"input":"x"}""", "web_search", """{"models":["n"],"input":"x"}""")]
    [InlineData("""{"input":"x","tools":[{"type":"mcp","server_label":"w","allowed_tools":{"read_only":true}},{"type":"tool_search"}]}""", "mcp", """{"input":"x","tools":[{"type":"tool_search"}]}""")]
    [InlineData("""{"input":"x","multi_agent":{"enabled":true}}""", "multi_agent", """{"input":"x"}""")]
    [InlineData("""{"input":"x","tools":[{"type":"web_search_preview"},{"type":"mcp","server_label":"w","server_url":"https://x"}]}""", "w", """{"input":"x","tools":[{"type":"web_search_preview"}]}""")]
    public void What_switches_a_tool_on_goes(string body, string tool, string left)
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Request(body, message));
        Assert.True(Remove(message, tool));
        Assert.Equal(left, Written(message));
    }

    [Fact]
    public void What_a_server_says_it_offers_is_taken_out_of_answers_too()
    {
        using var message = new Message();
        Response(Answering(/*lang=json,strict*/ """{"type":"mcp_list_tools","id":"l","server_label":"a","tools":[{"name":"b","input_schema":{}},{"name":"c","input_schema":{}}]}"""), message);
        Assert.Equal(["b", "c"], Tools(message));
        Assert.True(Remove(message, "b"));
        using JsonDocument left = JsonDocument.Parse(Written(message));
        Assert.Equal("c", Assert.Single(left.RootElement.GetProperty("output")[0].GetProperty("tools").EnumerateArray()).GetProperty("name").GetString());
        Response(Answering($$$"""{"type":"additional_tools","id":"t","role":"developer","tools":[{{{B}}}]}"""), message);
        Assert.True(Remove(message, "b"));
        Assert.EndsWith("\"output\":[{\"type\":\"additional_tools\",\"id\":\"t\",\"role\":\"developer\",\"tools\":[]}]}", Written(message));
    }

    private static bool Remove(Message message, string name)
    {
        int[] removed = [.. Tools(message).Select((tool, index) => (tool, index)).Where(t => t.tool == name).Select(t => t.index)];
        Assert.NotEmpty(removed);
        return Responses.Dialect.RemoveTools(message, removed);
    }
}
