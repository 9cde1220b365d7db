using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.Anthropic;

/// <summary>What reading costs: no allocation, and time that grows with the body and not faster.</summary>
public sealed class CostTests
{
    [Fact]
    public void A_request_read_again_and_again_allocates_nothing()
    {
        byte[] body = Conversation(20);
        HttpHead head = Claude.RequestHead();
        byte[] path = "/v1/messages"u8.ToArray();
        using var message = new Message();
        long before = 0;
        for (int i = 0; i < 400; i++)
        {
            if (i == 200)
                before = GC.GetAllocatedBytesForCurrentThread();
            message.Clear();
            if (Claude.Dialect.ReadRequest(head, path, body, JsonLimits.Default, message) != ReadFault.None)
                Assert.Fail("not read");
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData("""{"type":"server_tool_use","id":"s","name":"a","input":{}},""", "", "")]
    [InlineData("", """{"type":"mcp_toolset","mcp_server_name":"\u0078"},""", ""","mcp_servers":[{"url":"https://e","name":"\u0078y"}]""")]
    [InlineData("""{"type":"tool_addition","tool":{"type":"tool_reference","name":"a"}},""", "", "")]
    public void Bodies_made_to_be_slow_are_not(string block, string tool, string more)
    {
        // What is linear takes a tenth of a second even on a busy machine; what is quadratic takes many.
        using var message = new Message();
        double taken = Measure(message, block, tool, more, 40_000);
        Assert.True(taken < 2000, $"{taken:F0} ms");
    }

    private static double Measure(Message message, string block, string tool, string more, int count)
    {
        string blocks = string.Concat(Enumerable.Repeat(block, count)).TrimEnd(',');
        string tools = string.Concat(Enumerable.Repeat(tool, count)).TrimEnd(',');
        byte[] body = Encoding.UTF8.GetBytes(Claude.With($$"""[{"role":"assistant","content":[{{blocks}}]}]""", $",\"tools\":[{tools}]{more}"));
        double best = double.MaxValue;
        for (int i = 0; i < 3; i++)
        {
            TimeSpan start = ThreadClock.Now;
            Assert.Equal(ReadFault.None, Claude.Request(body, message));
            best = Math.Min(best, (ThreadClock.Now - start).TotalMilliseconds);
        }
        return best;
    }

    private static byte[] Conversation(int rounds)
    {
        var messages = new StringBuilder();
        for (int i = 0; i < rounds; i++)
        {
            messages.Append(i > 0 ? "," : "").Append("""{"role":"user","content":[{"type":"text","text":"What is it like in Oslo? "},{"type":"image","source":{"type":"url","url":"https://e.org/x.png"}}]},""")
                .Append("""{"role":"assistant","content":[{"type":"thinking","thinking":"Let me see.","signature":"c2ln"},{"type":"tool_use","id":"t1","name":"search","input":{"q":"Oslo \"now\"","more":"{\"x\":\"y\"}"}}]},""")
                .Append("""{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"{\"hits\":[\"rain\",\"and more \\\"rain\\\"\"]}"}]}""");
        }
        return Encoding.UTF8.GetBytes(Claude.With($"[{messages}]", ""","system":[{"type":"text","text":"You help."}],"tools":[{"name":"search","description":"Searches.","input_schema":{"type":"object","properties":{"q":{"type":"string"}}}}],"tool_choice":{"type":"auto"}"""));
    }
}
