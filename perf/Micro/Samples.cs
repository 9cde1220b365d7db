using System.Text;

namespace EnvoyExtAuthz.Perf.Micro;

/// <summary>What benchmarks read: ordinary text and a chat request of a given size.</summary>
internal static class Samples
{
    private const string Sentence = "The museum opens at nine on weekdays and at ten on Sundays; the last tour begins an hour before closing. ";

    /// <summary>Ordinary text of exactly so many bytes.</summary>
    public static byte[] Text(int bytes) => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(Sentence, bytes / Sentence.Length + 1))[..bytes]);

    /// <summary>A chat request of about so many bytes, with tools, history and a tool's result.</summary>
    public static byte[] ChatRequest(int bytes)
    {
        string half = Encoding.UTF8.GetString(Text(Math.Max(1, (bytes - 600) / 2)));
        return Encoding.UTF8.GetBytes($$$$$$"""
            {"model":"m","tools":[{"type":"function","function":{"name":"search","description":"Finds pages.","parameters":{"type":"object","properties":{"query":{"type":"string"}}}}}],"messages":[{"role":"system","content":"You help visitors."},{"role":"user","content":"{{{{{{half}}}}}}"},{"role":"assistant","content":null,"tool_calls":[{"id":"t0","type":"function","function":{"name":"search","arguments":"{\"query\":\"hours\"}"}}]},{"role":"tool","tool_call_id":"t0","content":"{{{{{{half}}}}}}"}]}
            """);
    }
}
