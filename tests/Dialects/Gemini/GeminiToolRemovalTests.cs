using System.Text.Json;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.Gemini;

/// <summary>Tools taken out of requests, and what referred to them.</summary>
public sealed class GeminiToolRemovalTests
{
    [Theory]
    [InlineData("""[{"functionDeclarations":[{"name":"a"},{"name":"b"}]}]""", "b", """[{"functionDeclarations":[{"name":"a"}]}]""")]
    [InlineData("""[{"functionDeclarations":[{"name":"b"},{"name":"a"}]}]""", "b", """[{"functionDeclarations":[{"name":"a"}]}]""")]
    [InlineData("""[{"functionDeclarations":[{"name":"b"}],"googleSearch":{}}]""", "b", """[{"googleSearch":{}}]""")]
    [InlineData("""[{"googleSearch":{}, "urlContext":{}, "codeExecution":{}}]""", "urlContext", """[{"googleSearch":{}, "codeExecution":{}}]""")]
    [InlineData("""[{"googleSearch":{}},{"url_context":{}},{"functionDeclarations":[{"name":"a"}]}]""", "urlContext", """[{"googleSearch":{}},{"functionDeclarations":[{"name":"a"}]}]""")]
    [InlineData("""[{"mcpServers":[{"name":"s"},{"name":"t"}]}]""", "t", """[{"mcpServers":[{"name":"s"}]}]""")]
    [InlineData("""[{"functionDeclarations":{"name":"b"}},{"googleSearch":{}}]""", "b", """[{"googleSearch":{}}]""")]
    public void A_tool_goes_and_the_rest_stays(string tools, string gone, string left)
    {
        using var message = Asking($"\"tools\":{tools}");
        Assert.True(Remove(message, gone));
        Assert.Equal(GeminiExchange.Asking("x", $"\"tools\":{left}"), GeminiExchange.Written(message));
    }

    [Theory]
    [InlineData("""[{"functionDeclarations":[{"name":"b"}]}]""")]
    [InlineData("""[{"function_declarations":[{"name":"b"},{"name":"b"}]},{"functionDeclarations":[{"name":"b"}]}]""")]
    [InlineData("""{"functionDeclarations":{"name":"b"}}""")]
    public void With_its_last_tool_the_list_goes(string tools)
    {
        using var message = Asking($"\"tools\":{tools}");
        Assert.True(Remove(message, "b"));
        Assert.Equal(GeminiExchange.Asking("x"), GeminiExchange.Written(message));
    }

    [Fact]
    public void Calling_modes_are_mended()
    {
        using var allowed = Asking("""
            "tools":[{"functionDeclarations":[{"name":"a"},{"name":"b"}]}],"toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["b","a"]}}
            """);
        Assert.True(Remove(allowed, "b"));
        Assert.Contains("\"allowedFunctionNames\":[\"a\"]", GeminiExchange.Written(allowed), StringComparison.Ordinal);
        using var free = Asking("""
            "tools":[{"functionDeclarations":[{"name":"b"}]}],"toolConfig":{"functionCallingConfig":{"mode":"AUTO"}}
            """);
        Assert.True(Remove(free, "b"));
        Assert.Equal(GeminiExchange.Asking("x"), GeminiExchange.Written(free).Trim());
        using var more = Asking("""
            "tools":[{"functionDeclarations":[{"name":"b"}],"googleSearch":{}}],"tool_config":{"retrievalConfig":{"languageCode":"no"},"function_calling_config":{"mode":"VALIDATED"}}
            """);
        Assert.True(Remove(more, "b"));
        Assert.EndsWith("\"tools\":[{\"googleSearch\":{}}],\"tool_config\":{\"retrievalConfig\":{\"languageCode\":\"no\"}}}", GeminiExchange.Written(more).Replace("\n", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""[{"functionDeclarations":[{"name":"b"}]}]""", """{"mode":"ANY"}""")]
    [InlineData("""[{"functionDeclarations":[{"name":"b"}]}]""", """{"mode":2}""")]
    [InlineData("""[{"functionDeclarations":[{"name":"b"}]}]""", """{"mode":"SOMETHING_NEW"}""")]
    [InlineData("""[{"functionDeclarations":[{"name":"a"},{"name":"b"}]}]""", """{"mode":"ANY","allowedFunctionNames":["b"]}""")]
    [InlineData("""[{"functionDeclarations":[{"name":"a"},{"name":"b"}]}]""", """{"mode":"VALIDATED","allowed_function_names":["b"]}""")]
    public void A_forced_call_of_what_is_gone_cannot_be_mended(string tools, string config)
    {
        using var message = Asking($"\"tools\":{tools},\"toolConfig\":{{\"functionCallingConfig\":{config}}}");
        Assert.False(Remove(message, "b"));
    }

    [Fact]
    public void Any_choice_of_tools_can_go()
    {
        const string Tools = """ "tools":[{"functionDeclarations":[{"name":"a","description":"x, y"},{"name":"b"} , {"name":"c"}]}, {"googleSearch":{},"urlContext":{"a":[1,2]}} ,{"codeExecution":{}}]""";
        string[] names = ["a", "b", "c", "googleSearch", "urlContext", "codeExecution"];
        for (int mask = 1; mask < 64; mask++)
        {
            using var message = Asking(Tools);
            string[] gone = [.. names.Where((_, i) => (mask & (1 << i)) != 0)];
            Assert.True(Remove(message, gone));
            using var again = new Message();
            Assert.Equal(ReadFault.None, GeminiExchange.Request(GeminiExchange.Written(message), again));
            Assert.Equal(names.Except(gone), GeminiExchange.Tools(again));
            Assert.Equal(mask == 63, !JsonDocument.Parse(GeminiExchange.Written(message)).RootElement.TryGetProperty("tools", out _));
            Assert.Equal(gone.Contains("a"), !message.Segments.Exists(s => s.Role == TextRole.ToolDescription && message.Text(s).Span.SequenceEqual("x, y"u8)));
        }
    }

    private static Message Asking(string more)
    {
        var message = new Message();
        Assert.Equal(ReadFault.None, GeminiExchange.Request(GeminiExchange.Asking("x", more), message));
        return message;
    }

    private static bool Remove(Message message, params string[] names)
    {
        List<string> tools = GeminiExchange.Tools(message);
        int[] removed = [.. Enumerable.Range(0, tools.Count).Where(i => names.Contains(tools[i]))];
        Assert.NotEmpty(removed);
        return GeminiExchange.Dialect.RemoveTools(message, removed);
    }
}
