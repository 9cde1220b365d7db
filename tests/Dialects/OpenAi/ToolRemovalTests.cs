using System.Text.Json;
using System.Text.Json.Nodes;
using EnvoyExtAuthz.Dialects;

namespace EnvoyExtAuthz.Tests.Dialects.OpenAi;

/// <summary>Tools taken out of a request: those and nothing else, and what is left is still a request.</summary>
public sealed class ToolRemovalTests
{
    private static readonly string[] ToolKeys = ["tools", "functions", "tool_choice", "function_call", "parallel_tool_calls", "web_search_options"];

    [Theory]
    [InlineData("""{"messages":[],"tools":TOOLS}""")]
    [InlineData("""{"tools" : TOOLS , "messages":[] , "tool_choice":"auto","parallel_tool_calls":true}""")]
    [InlineData("""{ "functions": FUNCTIONS,"tools":TOOLS,"messages":[],"function_call":"auto" }""")]
    [InlineData("""{"web_search_options":{},"tools":TOOLS,"messages":[],"functions":FUNCTIONS}""")]
    [InlineData("""{"messages":[],"x":1,"tools":TOOLS,"web_search_options":{}}""")]
    public void Any_combination_of_tools_can_go_and_all_else_stays(string template)
    {
        string body = template
            .Replace("TOOLS", """[ {"type":"function","function":{"name":"t0"}} ,{"type":"function","function":{"name":"t1"}},  {"type":"custom","custom":{"name":"t2"}} ,{"type":"w3"} ]""", StringComparison.Ordinal)
            .Replace("FUNCTIONS", """[{"name":"f0"}, {"name":"f1"} ]""", StringComparison.Ordinal);
        using var message = new Message();
        using var again = new Message();
        Assert.Equal(ReadFault.None, Chat.Request(body, message));
        int tools = message.ToolDeclarations.Count;
        for (int mask = 0; mask < 1 << tools; mask++)
        {
            Assert.Equal(ReadFault.None, Chat.Request(body, message));
            int[] removed = [.. Enumerable.Range(0, tools).Where(i => (mask & (1 << i)) != 0)];
            List<string> kept = [.. Chat.Tools(message).Where((_, i) => !removed.Contains(i))];
            Assert.True(Chat.Dialect.RemoveTools(message, removed));
            string written = Chat.Written(message);
            Assert.Equal(ReadFault.None, Chat.Request(written, again));
            Assert.Equal(kept, Chat.Tools(again));
            Assert.Equal(WithoutTools(body), WithoutTools(written));
        }
    }

    [Fact]
    public void What_was_written_around_the_tools_stays_byte_for_byte()
    {
        const string Body = "{ \"messages\" : [ ],\n \"tools\":[ {\"type\":\"function\",\"function\":{\"name\":\"a\"}},\n  {\"type\":\"function\",\"function\":{\"name\":\"b\"}} ], \"n\":1.0 }";
        Assert.Equal(Body, Removed(Body));
        Assert.Equal("{ \"messages\" : [ ],\n \"tools\":[ {\"type\":\"function\",\"function\":{\"name\":\"b\"}} ], \"n\":1.0 }", Removed(Body, "a"));
        Assert.Equal("{ \"messages\" : [ ],\n \"tools\":[ {\"type\":\"function\",\"function\":{\"name\":\"a\"}} ], \"n\":1.0 }", Removed(Body, "b"));
        Assert.Equal("{ \"messages\" : [ ], \"n\":1.0 }", Removed(Body, "a", "b"));
    }

    [Theory]
    [InlineData("""{"type":"function","function":{"name":"b"}}""", true)]
    [InlineData("""{"type":"function","function":{"name":"a"}}""", false)]
    [InlineData("""{"type":"function","function":{"name":"\u0061"}}""", false)]
    [InlineData("""{"type":"function","name":"a"}""", false)]
    [InlineData("\"required\"", true)]
    [InlineData("\"auto\"", true)]
    public void A_choice_of_a_tool_that_is_gone_cannot_be_met(string choice, bool met) =>
        Assert.Equal(met, TryRemove("""{"messages":[],"tools":[{"function":{"name":"a"}},{"function":{"name":"b"}}],"tool_choice":CHOICE}""".Replace("CHOICE", choice, StringComparison.Ordinal), ["a"], out _));

    [Theory]
    [InlineData("\"auto\"", true)]
    [InlineData("\"none\"", true)]
    [InlineData("null", true)]
    [InlineData("\"required\"", false)]
    [InlineData("\"any\"", false)]
    public void A_choice_that_needs_a_tool_cannot_be_met_without_any(string choice, bool met)
    {
        string body = """{"messages":[],"tools":[{"function":{"name":"a"}}],"tool_choice":CHOICE,"parallel_tool_calls":false}""".Replace("CHOICE", choice, StringComparison.Ordinal);
        Assert.Equal(met, TryRemove(body, ["a"], out string written));
        Assert.Equal(met ? """{"messages":[]}""" : "", written);
    }

    [Fact]
    public void A_forced_function_that_is_gone_cannot_be_met() =>
        Assert.False(TryRemove("""{"messages":[],"functions":[{"name":"a"},{"name":"b"}],"function_call":{"name":"a"}}""", ["a"], out _));

    [Fact]
    public void The_list_of_tools_allowed_this_time_loses_those_that_are_gone()
    {
        const string Body = """{"messages":[],"tools":[{"function":{"name":"a"}},{"function":{"name":"b"}}],"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"a"}},{"type":"function","function":{"name":"b"}}]}}}""";
        Assert.True(TryRemove(Body, ["a"], out string written));
        Assert.Equal("""{"messages":[],"tools":[{"function":{"name":"b"}}],"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"b"}}]}}}""", written);
        Assert.False(TryRemove(Body, ["a", "b"], out _));
    }

    [Fact]
    public void What_stood_in_a_tool_that_is_gone_is_not_judged_any_more()
    {
        using var message = new Message();
        Chat.Request("""{"messages":[{"role":"user","content":"hi"}],"tools":[{"function":{"name":"a","description":"evil"}},{"function":{"name":"b","description":"good"}}]}""", message);
        Assert.True(Chat.Dialect.RemoveTools(message, [0]));
        List<string> texts = Chat.Texts(message);
        Assert.DoesNotContain("ToolDescription: evil", texts);
        Assert.Contains("ToolDescription: good", texts);
        Assert.Contains("User: hi", texts);
    }

    private static string Removed(string body, params string[] names)
    {
        Assert.True(TryRemove(body, names, out string written));
        return written;
    }

    private static bool TryRemove(string body, string[] names, out string written)
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Chat.Request(body, message));
        List<string> tools = Chat.Tools(message);
        bool done = Chat.Dialect.RemoveTools(message, [.. Enumerable.Range(0, tools.Count).Where(i => names.Contains(tools[i]))]);
        written = done ? Chat.Written(message) : "";
        return done;
    }

    private static string WithoutTools(string body)
    {
        JsonObject parsed = JsonNode.Parse(body)!.AsObject();
        foreach (string key in ToolKeys)
            parsed.Remove(key);
        return parsed.ToJsonString(JsonSerializerOptions.Default);
    }
}
