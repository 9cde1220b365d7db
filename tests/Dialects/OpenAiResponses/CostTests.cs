using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.OpenAiResponses;

/// <summary>What reading costs: no allocation, and time that grows with the body and not faster.</summary>
public sealed class CostTests
{
    [Fact]
    public void A_request_read_again_and_again_allocates_nothing()
    {
        string turn = /*lang=json,strict*/ """{"role":"user","content":[{"type":"input_text","text":"What is \"it\" like?"}]},{"type":"function_call","call_id":"c","name":"search","arguments":"{\"q\":\"Oslo\"}"},{"type":"function_call_output","call_id":"c","output":"{\"hits\":[\"rain\"]}"}""";
        byte[] body = Encoding.UTF8.GetBytes($$"""{"model":"m","instructions":"You help.","tools":[{"type":"function","name":"search","parameters":{"type":"object"} },{"type":"web_search"}],"tool_choice":"auto","input":[{{string.Join(',', Enumerable.Repeat(turn, 20))}}]}""");
        HttpHead head = Responses.RequestHead("POST", Responses.Path);
        byte[] path = Encoding.UTF8.GetBytes(Responses.Path);
        using var message = new Message();
        long before = 0;
        for (int i = 0; i < 400; i++)
        {
            if (i == 200)
                before = GC.GetAllocatedBytesForCurrentThread();
            message.Clear();
            if (Responses.Dialect.ReadRequest(head, path, body, JsonLimits.Default, message) != ReadFault.None)
                Assert.Fail("not read");
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData("""{"type":"function","name":"b"}""", "", """{"type":"function","name":"b"}""")]
    [InlineData("""{"type":"mcp","server_label":"b","allowed_tools":["a","b"]}""", "", """{"type":"mcp","server_label":"b"}""")]
    [InlineData("""{"type":"namespace","name":"n","tools":[{"type":"function","name":"b"},{"type":"function","name":"c"}]}""", "", """{"type":"custom","name":"d"}""")]
    [InlineData("""{"type":"x"}""", """{"type":"mcp_approval_request","id":"i","server_label":"w","name":"n","arguments":"{}"}""", """{"type":"function","name":"e"}""")]
    [InlineData("""{"type":"y"}""", """{"type":"additional_tools","tools":[{"type":"function","name":"b"}]}""", """{"type":"z"}""")]
    public void Bodies_made_to_be_slow_are_not(string tool, string item, string choice)
    {
        // Ten times the body may take sixty times as long on a busy machine; what is quadratic takes a hundred times.
        using var message = new Message();
        double small = Measure(message, tool, item, choice, 3000);
        double large = Measure(message, tool, item, choice, 30_000);
        Assert.True(large < Math.Max(small, 1) * 60, $"{small:F2} ms, then {large:F2} ms");
    }

    private static double Measure(Message message, string tool, string item, string choice, int count)
    {
        string Many(string one) => string.Join(',', Enumerable.Repeat(one, one.Length > 0 ? count : 0));
        string body = $$$"""{"model":"m","input":[{"role":"user","content":"x"}{{{(item.Length > 0 ? "," : "")}}}{{{Many(item)}}}],"tools":[{{{Many(tool)}}}],"tool_choice":{"type":"allowed_tools","mode":"auto","tools":[{{{Many(choice)}}},{"type":"k"}]}}""";
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        double best = double.MaxValue;
        for (int i = 0; i < 4; i++)
        {
            TimeSpan start = ThreadClock.Now;
            Assert.Equal(ReadFault.None, Responses.Request(bytes, message));
            int[] removed = [.. Enumerable.Range(0, message.ToolDeclarations.Count).Where(t => message.ToolDeclarations[t].Name.Span.SequenceEqual("b"u8))];
            if (removed.Length > 0)
                Responses.Dialect.RemoveTools(message, removed);
            best = Math.Min(best, (ThreadClock.Now - start).TotalMilliseconds);
        }
        return best;
    }
}
