using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.OpenAi;

/// <summary>Options of a provider's that switch tools of its own on are declarations, and come out like them.</summary>
public sealed class HiddenToolTests
{
    private const string Rest = "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]";

    [Theory]
    [InlineData("\"web_search_options\":{}", "web_search")]
    [InlineData("\"search_parameters\":{\"mode\":\"auto\"}", "web_search")]
    [InlineData("\"search_parameters\":{}", "web_search")]
    [InlineData("\"search_parameters\":{\"mode\":\"OFF\"}", "web_search")]
    [InlineData("\"search_parameters\":true", "web_search")]
    [InlineData("\"enable_search\":true", "web_search")]
    [InlineData("\"enable_search\":1", "web_search")]
    [InlineData("\"web_search\":{\"enable\":true}", "web_search")]
    [InlineData("\"web_search\":{}", "web_search")]
    [InlineData("\"enable_enhancement\":true", "web_search")]
    [InlineData("\"plugins\":[{\"id\":\"web\",\"max_results\":3}]", "web_search")]
    [InlineData("\"plugins\":[{\"id\":\"web\",\"enabled\":true},{\"id\":\"file-parser\"}]", "web_search file-parser")]
    [InlineData("\"plugins\":[{\"id\":\"web\",\"enabled\":0}]", "web_search")]
    [InlineData("\"tools\":[{\"type\":\"openrouter:web_search\",\"parameters\":{}}]", "openrouter:web_search")]
    [InlineData("\"tools\":[{\"type\":\"web_search\",\"web_search\":{\"enable\":true}}]", "web_search")]
    [InlineData("\"tools\":[{\"type\":\"graph\",\"function\":{\"description\":\"d\",\"graph_ids\":[\"g1\"]}}]", "graph")]
    [InlineData("\"tools\":[{\"type\":\"builtin_function\",\"function\":{\"name\":\"$web_search\"}}]", "$web_search")]
    [InlineData("\"compound_custom\":{\"tools\":{\"enabled_tools\":[\"web_search\",\"code_interpreter\"]}}", "web_search code_interpreter")]
    [InlineData("\"model\":\"openai/gpt-4o:online\"", "web_search")]
    [InlineData("\"model\":\"x\\u003aonline\"", "web_search")]
    [InlineData("\"models\":[\"a\",\"b:online\"]", "web_search")]
    public void An_option_that_switches_a_tool_on_declares_it(string option, string tools)
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Chat.Request($"{{{Rest},{option}}}", message));
        Assert.Equal(tools, string.Join(' ', Chat.Tools(message)));
    }

    [Theory]
    [InlineData("\"web_search_options\":null")]
    [InlineData("\"search_parameters\":{\"mode\":\"off\"}")]
    [InlineData("\"search_parameters\":null")]
    [InlineData("\"enable_search\":false")]
    [InlineData("\"web_search\":{\"enable\":false}")]
    [InlineData("\"enable_enhancement\":null")]
    [InlineData("\"plugins\":[]")]
    [InlineData("\"plugins\":null")]
    [InlineData("\"plugins\":[{\"id\":\"web\",\"enabled\":false}]")]
    [InlineData("\"model\":\"online\"")]
    public void An_option_that_is_off_declares_nothing(string option)
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Chat.Request($"{{{Rest},{option}}}", message));
        Assert.Empty(message.ToolDeclarations);
    }

    [Theory]
    [InlineData("\"plugins\":{\"id\":\"web\"}", ReadFault.WrongShape)]
    [InlineData("\"plugins\":[\"web\"]", ReadFault.WrongShape)]
    [InlineData("\"plugins\":[{\"Id\":\"web\"}]", ReadFault.Ambiguous)]
    [InlineData("\"Plugins\":[]", ReadFault.Ambiguous)]
    [InlineData("\"Search_Parameters\":{}", ReadFault.Ambiguous)]
    [InlineData("\"compound_custom\":{\"tools\":{\"enabled_tools\":\"web_search\"}}", ReadFault.WrongShape)]
    [InlineData("\"compound_custom\":{\"tools\":{\"enabled_tools\":[{}]}}", ReadFault.WrongShape)]
    [InlineData("\"agent_id\":7", ReadFault.WrongShape)]
    [InlineData("\"tools\":[{\"type\":\"graph\",\"function\":{\"name\":\"f\"}}]", ReadFault.Ambiguous)]
    [InlineData("\"tools\":[{\"type\":\"builtin_function\",\"custom\":{\"name\":\"f\"}}]", ReadFault.Ambiguous)]
    public void An_option_that_could_hide_a_tool_is_not_read(string option, ReadFault fault)
    {
        using var message = new Message();
        Assert.Equal(fault, Chat.Request($"{{{Rest},{option}}}", message));
    }

    [Theory]
    [InlineData("\"web_search_options\":{\"a\":1}", "")]
    [InlineData("\"search_parameters\":{\"mode\":\"on\"}", "")]
    [InlineData("\"enable_search\":true", "")]
    [InlineData("\"web_search\":{\"enable\":true}", "")]
    [InlineData("\"plugins\":[{\"id\":\"web\"}]", "")]
    [InlineData("\"plugins\":[{\"id\":\"web\",\"enabled\":false},{\"id\":\"web\"}]", ",\"plugins\":[{\"id\":\"web\",\"enabled\":false}]")]
    [InlineData("\"model\":\"gpt:online\"", ",\"model\":\"gpt\"")]
    [InlineData("\"models\":[\"gpt\",\"o:online\"]", ",\"models\":[\"gpt\",\"o\"]")]
    public void What_switches_a_tool_on_comes_out(string option, string left)
    {
        using var message = new Message();
        Chat.Request($"{{{Rest},{option}}}", message);
        Assert.True(Chat.Dialect.RemoveTools(message, [0]));
        Assert.Equal($"{{{Rest}{left}}}", Chat.Written(message));
    }

    [Fact]
    public void One_of_several_tools_of_a_system_comes_out_and_the_last_does_not()
    {
        using var message = new Message();
        string body = $"{{{Rest},\"compound_custom\":{{\"tools\":{{\"enabled_tools\":[\"web_search\",\"code_interpreter\"]}}}}}}";
        Chat.Request(body, message);
        Assert.True(Chat.Dialect.RemoveTools(message, [0]));
        Assert.Contains("\"enabled_tools\":[\"code_interpreter\"]", Chat.Written(message), StringComparison.Ordinal);
        Chat.Request(body, message);
        Assert.False(Chat.Dialect.RemoveTools(message, [0, 1]));
    }

    [Fact]
    public void A_name_whose_end_is_written_as_an_escape_is_refused_rather_than_cut()
    {
        using var message = new Message();
        Chat.Request($"{{{Rest},\"model\":\"x\\u003aonline\"}}", message);
        Assert.False(Chat.Dialect.RemoveTools(message, [0]));
    }

    [Theory]
    [InlineData("\"agent_id\":\"ag:1\"", "ag:1")]
    [InlineData("\"preset\":\"p\"", "p")]
    [InlineData("\"models\":[\"a\",\"b\"]", "a b")]
    [InlineData("\"plugins\":[{\"id\":\"auto-router\",\"allowed_models\":[\"a/*\"]}]", "a/*")]
    [InlineData("\"plugins\":[{\"id\":\"fusion\",\"analysis_models\":[\"a\"],\"model\":\"b\"}]", "b a")]
    [InlineData("\"tools\":[{\"type\":\"llm\",\"function\":{\"description\":\"d\",\"model\":\"palmyra\"}}]", "palmyra")]
    [InlineData("\"compound_custom\":{\"models\":{\"reasoning_model\":\"a\",\"answering_model\":\"b\"}}", "a b")]
    public void Every_model_that_may_answer_is_judged(string option, string models)
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Chat.Request($"{{{Rest},{option}}}", message));
        Assert.Equal(models, string.Join(' ', message.FurtherModels.Select(m => Encoding.UTF8.GetString(m.Span))));
    }

    [Theory]
    [InlineData("\"agent_id\":\"ag:1\"", OpaqueKind.ServerState)]
    [InlineData("\"preset\":\"p\"", OpaqueKind.ServerState)]
    [InlineData("\"kv_transfer_params\":{\"remote_host\":\"h\"}", OpaqueKind.ServerState)]
    [InlineData("\"extra_body\":{\"google\":{\"cached_content\":\"cachedContents/1\"}}", OpaqueKind.ServerState)]
    [InlineData("\"tools\":[{\"type\":\"document_library\",\"library_ids\":[\"l\"]}]", OpaqueKind.ServerState)]
    [InlineData("\"search_parameters\":{\"sources\":[{\"type\":\"rss\",\"links\":[\"https://a.example/f\"]}]}", OpaqueKind.RemoteReference)]
    [InlineData("\"data_sources\":[{\"type\":\"azure_search\"}]", OpaqueKind.RemoteReference)]
    [InlineData("\"prompt_embeds\":\"AAAA\"", OpaqueKind.TokenIds)]
    public void What_the_other_side_holds_or_fetches_is_said(string option, OpaqueKind kind)
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Chat.Request($"{{{Rest},{option}}}", message));
        Assert.Equal(kind, Assert.Single(message.Opaque).Kind);
    }

    [Fact]
    public void What_a_provider_executed_itself_is_a_call()
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Chat.Response(/*lang=json,strict*/ """
            {"choices":[{"message":{"role":"assistant","content":"so","executed_tools":[
              {"index":0,"type":"search","arguments":"{\"query\":\"cats\"}","output":"Title: Cats","search_results":{"results":[{"title":"A","url":"https://a.example","content":"words"}]}},
              {"index":1,"type":"function","name":"run","arguments":"{}"}]}}]}
            """, message));
        Assert.Equal(["search", "run"], Chat.Calls(message));
        Assert.All(message.ToolCalls, call => Assert.False(call.Replayed));
        List<string> texts = Chat.Texts(message);
        Assert.Contains("ToolArgument: cats", texts);
        Assert.Contains("ToolResult: Title: Cats", texts);
        Assert.Contains("ToolResult: words", texts);
    }

    [Fact]
    public void Templates_and_grammars_of_vLLM_have_roles()
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Chat.Request(
            $"{{{Rest},\"chat_template\":\"{{{{ x }}}}\",\"chat_template_kwargs\":{{\"style\":\"be curt\"}},\"guided_json\":\"{{\\\"description\\\":\\\"a shape\\\"}}\",\"guided_choice\":[\"yes\",\"no\"]}}", message));
        List<string> texts = Chat.Texts(message);
        Assert.Contains("Developer: {{ x }}", texts);
        Assert.Contains("Developer: be curt", texts);
        Assert.Contains("Schema: a shape", texts);
        Assert.Contains("Schema: yes", texts);
    }
}
