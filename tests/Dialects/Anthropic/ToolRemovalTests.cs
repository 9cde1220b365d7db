using System.Text.Json;
using EnvoyExtAuthz.Dialects;

namespace EnvoyExtAuthz.Tests.Dialects.Anthropic;

/// <summary>Tools taken out of a request: those, what names them, and nothing else; what is left is still a request.</summary>
public sealed class ToolRemovalTests
{
    [Theory]
    [InlineData("""{"model":"m","messages":[],"tools":[ {"name":"a"} , {"name":"b"}, {"type":"bash_20250124","name":"bash"} ] ,"tool_choice":{"type":"auto"}}""")]
    [InlineData("""{"tools":[{"type":"mcp_toolset","mcp_server_name":"x"},{"name":"a"},{"type":"mcp_toolset","mcp_server_name":"y","default_config":{"enabled":false},"configs":{"c":{"enabled":true}, "d":{"enabled":true}}}],"mcp_servers":[{"url":"https://x","name":"x"}, {"url":"https://y","name":"y"}],"model":"m","messages":[]}""")]
    [InlineData("""{"model":"m","mcp_servers":[{"url":"https://x","name":"x","tool_configuration":{"allowed_tools":["c", "d"]}},{"url":"https://y","name":"y"}],"messages":[]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"hi"},{"role":"system","content":[{"type":"tool_addition","tool":{"type":"tool_reference","name":"a"}},{"type":"tool_addition","tool":{"type":"tool_definition","definition":{"name":"e"}}},{"type":"mcp_tool_listing","tools":[{"name":"f"},{"name":"g"}]}]}],"tools":[{"name":"a","defer_loading":true},{"type":"mcp_toolset","mcp_server_name":"x","tools":[{"name":"f"},{"name":"g"}]}]}""")]
    public void Any_combination_of_tools_can_go_and_what_is_left_is_a_request(string body)
    {
        using var message = new Message();
        using var again = new Message();
        Assert.Equal(ReadFault.None, Claude.Request(body, message));
        List<string> names = [.. Claude.Tools(message).Distinct()];
        for (int mask = 0; mask < 1 << names.Count; mask++)
        {
            Assert.Equal(ReadFault.None, Claude.Request(body, message));
            List<string> gone = [.. names.Where((_, i) => (mask & (1 << i)) != 0)];
            Assert.True(Remove(message, gone));
            Assert.Equal(ReadFault.None, Claude.Request(Claude.Written(message), again));
            Assert.DoesNotContain(Claude.Tools(again), gone.Contains);
            if (mask == 0)
                Assert.Equal(body, Claude.Written(message));
        }
    }

    [Theory]
    [InlineData("""{"tools":[{"name":"a"},{"name":"b"}],"messages":[],"model":"m"}""", "a", """{"tools":[{"name":"b"}],"messages":[],"model":"m"}""")]
    [InlineData("""{"tools":[{"name":"a"}],"tool_choice":{"type":"none"},"messages":[],"model":"m"}""", "a", """{"messages":[],"model":"m"}""")]
    [InlineData("""{"model":"m","messages":[],"tools":[{"type":"bash_20250124","name":"bash"},{"name":"b"}]}""", "bash_20250124", """{"model":"m","messages":[],"tools":[{"name":"b"}]}""")]
    [InlineData("""{"model":"m","messages":[],"tools":[{"type":"mcp_toolset","mcp_server_name":"x"},{"name":"b"}],"mcp_servers":[{"url":"https://x","name":"x"}]}""", "mcp_toolset", """{"model":"m","messages":[],"tools":[{"name":"b"}]}""")]
    [InlineData("""{"model":"m","messages":[],"mcp_servers":[{"url":"https://x","name":"x","tool_configuration":{"allowed_tools":["a","b"]}}]}""", "a", """{"model":"m","messages":[],"mcp_servers":[{"url":"https://x","name":"x","tool_configuration":{"allowed_tools":["b"]}}]}""")]
    [InlineData("""{"model":"m","messages":[],"mcp_servers":[{"url":"https://x","name":"x","tool_configuration":{"allowed_tools":["a"]}}]}""", "a", """{"model":"m","messages":[]}""")]
    [InlineData("""{"model":"m","messages":[],"tools":[{"type":"mcp_toolset","mcp_server_name":"x","default_config":{"enabled":false},"configs":{"a":{"enabled":true},"b":{"enabled":true}}}]}""", "a", """{"model":"m","messages":[],"tools":[{"type":"mcp_toolset","mcp_server_name":"x","default_config":{"enabled":false},"configs":{"b":{"enabled":true}}}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"hi"},{"role":"system","content":[{"type":"tool_addition","tool":{"type":"tool_reference","name":"a"}}]},{"role":"system","content":[{"type":"tool_removal","tool":{"type":"tool_reference","name":"a"}},{"type":"text","text":"x"}]}],"tools":[{"name":"a"},{"name":"b"}]}""", "a", """{"model":"m","messages":[{"role":"user","content":"hi"},{"role":"system","content":[{"type":"text","text":"x"}]}],"tools":[{"name":"b"}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"assistant","content":[{"type":"tool_search_tool_result","tool_use_id":"s","content":{"type":"tool_search_tool_search_result","tool_references":[{"type":"tool_reference","tool_name":"a"},{"type":"tool_reference","tool_name":"b"}]}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[{"type":"tool_reference","tool_name":"a"}]}]}],"tools":[{"name":"a"},{"name":"b"}]}""", "a", """{"model":"m","messages":[{"role":"assistant","content":[{"type":"tool_search_tool_result","tool_use_id":"s","content":{"type":"tool_search_tool_search_result","tool_references":[{"type":"tool_reference","tool_name":"b"}]}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[]}]}],"tools":[{"name":"b"}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"compaction","content":"c","tool_changes":[{"type":"tool_addition","tool":{"type":"tool_reference","name":"a"}},{"type":"tool_removal","tool":{"type":"tool_reference","name":"b"}}]}]}],"tools":[{"name":"b"}]}""", "a", """{"model":"m","messages":[{"role":"user","content":[{"type":"compaction","content":"c","tool_changes":[{"type":"tool_removal","tool":{"type":"tool_reference","name":"b"}}]}]}],"tools":[{"name":"b"}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"system","content":[{"type":"tool_addition","tool":{"type":"tool_definition","definition":{"type":"mcp_toolset","mcp_server_name":"x","tools":[{"name":"a"},{"name":"b"}]}}}]}]}""", "a", """{"model":"m","messages":[{"role":"system","content":[{"type":"tool_addition","tool":{"type":"tool_definition","definition":{"type":"mcp_toolset","mcp_server_name":"x","tools":[{"name":"b"}]}}}]}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"compaction","content":"c","tool_changes":[{"type":"tool_addition","tool":{"type":"tool_definition","definition":{"type":"mcp_toolset","mcp_server_name":"x","default_config":{"enabled":false},"configs":{"a":{"enabled":true},"b":{"enabled":true}}}}}]}]}]}""", "a", """{"model":"m","messages":[{"role":"user","content":[{"type":"compaction","content":"c","tool_changes":[{"type":"tool_addition","tool":{"type":"tool_definition","definition":{"type":"mcp_toolset","mcp_server_name":"x","default_config":{"enabled":false},"configs":{"b":{"enabled":true}}}}}]}]}]}""")]
    public void What_names_a_tool_goes_with_it(string body, string gone, string left)
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Claude.Request(body, message));
        Assert.True(Remove(message, [gone]));
        Assert.Equal(left, Claude.Written(message));
    }

    [Theory]
    [InlineData("""{"type":"tool","name":"b"}""", true)]
    [InlineData("""{"type":"tool","name":"a"}""", false)]
    [InlineData("""{"type":"tool","name":"\u0061"}""", false)]
    [InlineData("""{"name":"a"}""", false)]
    [InlineData("""{"type":"any"}""", true)]
    [InlineData("""{"type":"auto"}""", true)]
    public void A_choice_of_a_tool_that_is_gone_cannot_be_met(string choice, bool met)
    {
        using var message = new Message();
        Claude.Request(Claude.With("[]", ""","tools":[{"name":"a"},{"name":"b"}],"tool_choice":""" + choice), message);
        Assert.Equal(met, Remove(message, ["a"]));
    }

    [Theory]
    [InlineData("""{"type":"any"}""", false)]
    [InlineData("""{"type":"new_kind"}""", false)]
    [InlineData("""{"type":"auto","disable_parallel_tool_use":true}""", true)]
    [InlineData("""{"type":"none"}""", true)]
    [InlineData("null", true)]
    public void A_choice_that_needs_a_tool_cannot_be_met_without_any(string choice, bool met)
    {
        using var message = new Message();
        Claude.Request(Claude.With("[]", ""","tools":[{"name":"a"}],"tool_choice":""" + choice), message);
        Assert.Equal(met, Remove(message, ["a"]));
        if (met)
            Assert.Equal(Claude.With("[]"), Claude.Written(message));
    }

    [Fact]
    public void A_forced_choice_of_a_tool_that_went_under_its_other_name_cannot_be_met()
    {
        using var message = new Message();
        Claude.Request(Claude.With("[]", ""","tools":[{"type":"bash_20250124","name":"bash"},{"name":"b"}],"tool_choice":{"type":"tool","name":"bash"}"""), message);
        Assert.False(Remove(message, ["bash_20250124"]));
    }

    [Fact]
    public void Each_request_of_a_batch_loses_its_own()
    {
        using var message = new Message();
        Claude.Request(
            """{"requests":[{"custom_id":"a","params":{"model":"m","messages":[],"tools":[{"name":"a"}]}},{"custom_id":"b","params":{"model":"m","messages":[],"tools":[{"name":"b"},{"name":"a"}]}},{"custom_id":"c","params":{"model":"m","messages":[]}}]}""",
            message, "/v1/messages/batches");
        Assert.True(Remove(message, ["a"]));
        Assert.Equal(
            """{"requests":[{"custom_id":"a","params":{"model":"m","messages":[]}},{"custom_id":"b","params":{"model":"m","messages":[],"tools":[{"name":"b"}]}},{"custom_id":"c","params":{"model":"m","messages":[]}}]}""",
            Claude.Written(message));
    }

    [Fact]
    public void A_conversation_of_nothing_but_a_tool_that_is_gone_cannot_go_on()
    {
        using var message = new Message();
        Claude.Request(Claude.Block("""{"type":"tool_addition","tool":{"type":"tool_reference","name":"a"}}""", "system"), message);
        Assert.False(Remove(message, ["a"]));
    }

    [Theory]
    [InlineData("""{"model":"m","system":[{"type":"tool_addition","tool":{"type":"tool_reference","name":"a"}}],"messages":[]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"tool_result","content":[{"type":"tool_addition","tool":{"type":"tool_definition","definition":{"name":"a"}}}]}]}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"document","source":{"content":[{"type":"mcp_tool_listing","tools":[{"name":"a"}]}]}}]}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"compaction","tool_changes":[{"type":"mcp_tool_listing","tools":[{"name":"a"}]}]}]}]}""")]
    public void A_tool_where_none_is_looked_for_is_refused(string body)
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Claude.Request(body, message));
        Assert.Equal(["a"], Claude.Tools(message));
        Assert.False(Remove(message, ["a"]));
    }

    [Fact]
    public void What_stood_in_a_tool_that_is_gone_is_not_judged_any_more()
    {
        using var message = new Message();
        Claude.Request(Claude.With("""[{"role":"user","content":"hi"}]""", ""","tools":[{"name":"a","description":"evil"},{"name":"b","description":"good"}]"""), message);
        Assert.True(Remove(message, ["a"]));
        Assert.Equal(["ToolDescription: b", "ToolDescription: good", "User: hi"], Claude.Words(message).Order());
    }

    [Fact]
    public void Random_removals_leave_json_without_the_tools()
    {
        var random = new Random(11);
        using var message = new Message();
        using var again = new Message();
        for (int round = 0; round < 500; round++)
        {
            string tools = string.Join(" , ", Enumerable.Range(0, 1 + random.Next(6)).Select(i => random.Next(3) switch
            {
                0 => "{\"type\":\"mcp_toolset\",\"mcp_server_name\":\"s" + i + "\"" + (random.Next(2) == 0 ? "}" : ",\"tools\":[{\"name\":\"m" + i + "\"},{\"name\":\"n\"}]}"),
                1 => $"{{\"type\":\"t{i}_20250101\",\"name\":\"n{i}\"}}",
                _ => $"{{\"name\":\"c{i}\",\"input_schema\":{{}}}}",
            }));
            string servers = string.Join(',', Enumerable.Range(0, random.Next(4)).Select(i => "{\"url\":\"https://e\",\"name\":\"s" + i + "\"" + (random.Next(2) == 0 ? "}" : ",\"tool_configuration\":{\"allowed_tools\":[\"m\",\"n\"]}}")));
            string body = Claude.With("[]", $$""","tools":[{{tools}}],"mcp_servers":[{{servers}}],"tool_choice":{"type":"auto"}""");
            Assert.Equal(ReadFault.None, Claude.Request(body, message));
            List<string> gone = [.. Claude.Tools(message).Distinct().Where(_ => random.Next(2) == 0)];
            Assert.True(Remove(message, gone));
            string written = Claude.Written(message);
            JsonDocument.Parse(written).Dispose();
            Assert.Equal(ReadFault.None, Claude.Request(written, again));
            Assert.DoesNotContain(Claude.Tools(again), gone.Contains);
        }
    }

    private static bool Remove(Message message, List<string> names)
    {
        List<string> tools = Claude.Tools(message);
        return Claude.Dialect.RemoveTools(message, [.. Enumerable.Range(0, tools.Count).Where(i => names.Contains(tools[i]))]);
    }
}
