using static EnvoyExtAuthz.Tests.Dialects.Bedrock.BedrockWire;

namespace EnvoyExtAuthz.Tests.Dialects.Bedrock;

/// <summary>Tools are taken out with what names them, or the request is refused.</summary>
public sealed class BedrockToolRemovalTests
{
    private const string Tool = """{"toolSpec":{"name":"NAME","inputSchema":{"json":{}}}}""";

    private static readonly string A = Tool.Replace("NAME", "a", StringComparison.Ordinal);

    private static readonly string B = Tool.Replace("NAME", "b", StringComparison.Ordinal);

    [Fact]
    public void A_tool_of_several_goes_alone()
    {
        Assert.Equal(Fill("""{"messages":[],"toolConfig":{"tools":[B],"toolChoice":{"auto":{}}}}"""), Without(Converse, Fill("""{"messages":[],"toolConfig":{"tools":[A,B],"toolChoice":{"auto":{}}}}"""), "a"));
        Assert.Equal(Fill("""{"messages":[],"toolConfig":{"tools":[A,{"cachePoint":{"type":"default"}}],"toolChoice":{"any":{}}}}"""), Without(Converse, Fill("""{"messages":[],"toolConfig":{"tools":[A,B,{"cachePoint":{"type":"default"}}],"toolChoice":{"any":{}}}}"""), "b"));
    }

    [Fact]
    public void The_last_tool_goes_with_the_whole_configuration()
    {
        foreach (string rest in (string[])["", ""","toolChoice":{"auto":{}}"""])
        {
            Assert.Equal("""{"messages":[],"requestMetadata":{}}""", Without(Converse, Fill("""{"messages":[],"toolConfig":{"tools":[A]REST},"requestMetadata":{}}""").Replace("REST", rest, StringComparison.Ordinal), "a"));
            Assert.Equal("""{"messages":[]}""", Without(Converse, Fill("""{"messages":[],"toolConfig":{"tools":[A,{"cachePoint":{"type":"default"}}]REST}}""").Replace("REST", rest, StringComparison.Ordinal), "a"));
        }
    }

    [Theory]
    [InlineData("""{"messages":[],"toolConfig":{"tools":[A,B],"toolChoice":{"tool":{"name":"a"}}}}""")]
    [InlineData("""{"messages":[],"toolConfig":{"tools":[A],"toolChoice":{"any":{}}}}""")]
    [InlineData("""{"messages":[{"role":"assistant","content":[{"toolUse":{"toolUseId":"t","name":"a","input":{}}}]}],"toolConfig":{"tools":[A]}}""")]
    [InlineData("""{"messages":[{"role":"user","content":[{"toolAddition":{"tool":{"name":"a"}}}]}]}""")]
    [InlineData("""{"messages":[],"additionalModelRequestFields":{"tools":[{"name":"a"}],"tool_choice":{"type":"any"}}}""")]
    [InlineData("""{"messages":[],"additionalModelRequestFields":{"tools":[{"name":"a"},{"name":"b"}],"tool_choice":{"type":"tool","name":"a"}}}""")]
    public void A_request_that_cannot_do_without_is_refused(string body) =>
        Assert.Null(Without(Converse, Fill(body), "a"));

    [Fact]
    public void Tools_in_a_models_own_fields_and_in_messages_go_too()
    {
        Assert.Equal("""{"messages":[],"additionalModelRequestFields":{"top_k":1}}""",
            Without(Converse, """{"messages":[],"additionalModelRequestFields":{"tools":[{"type":"bash_20250124","name":"bash"}],"tool_choice":{"type":"auto"},"top_k":1}}""", "bash"));
        Assert.Equal("""{"messages":[],"additionalModelRequestFields":{}}""",
            Without(Converse, """{"messages":[],"additionalModelRequestFields":{"mcp_servers":[{"name":"s","url":"https://s"}]}}""", "s"));
        Assert.Equal("""{"messages":[{"role":"user","content":[{"text":"hi"}]}]}""",
            Without(Converse, """{"messages":[{"role":"user","content":[{"toolAddition":{"tool":{"name":"t","serverName":"s"}}},{"text":"hi"}]}]}""", "s"));
        Assert.Equal("""{"input":{"converse":{"messages":[]}}}""",
            Without("/model/m/count-tokens", Fill("""{"input":{"converse":{"messages":[],"toolConfig":{"tools":[A]}}}}"""), "a"));
    }

    private static string Fill(string body) =>
        body.Replace("[A", "[" + A, StringComparison.Ordinal).Replace("[B", "[" + B, StringComparison.Ordinal).Replace(",B", "," + B, StringComparison.Ordinal);
}
