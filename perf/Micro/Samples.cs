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

    /// <summary>A request of about so many bytes: <c>… long</c> is two long texts, otherwise turns of one sentence each.</summary>
    public static (byte[] Body, string Path) Request(string kind, int bytes) => kind switch
    {
        "openai-chat long" => (ChatRequest(bytes), "/v1/chat/completions"),
        "openai-chat" => (Turns(bytes, """{"model":"m","messages":[""", "]}", """{"role":"ROLE","content":"TEXT"}""", "assistant"), "/v1/chat/completions"),
        "openai-responses" => (Turns(bytes, """{"model":"m","input":[""", "]}", """{"type":"message","role":"ROLE","content":[{"type":"KIND","text":"TEXT"}]}""", "assistant"), "/v1/responses"),
        "anthropic" => (Turns(bytes, """{"model":"m","max_tokens":9,"messages":[""", "]}", """{"role":"ROLE","content":[{"type":"text","text":"TEXT"}]}""", "assistant"), "/v1/messages"),
        "gemini" => (Turns(bytes, """{"contents":[""", "]}", """{"role":"ROLE","parts":[{"text":"TEXT"}]}""", "model"), "/v1beta/models/m:generateContent"),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "no such sample"),
    };

    private static byte[] Turns(int bytes, string before, string after, string turn, string model)
    {
        var body = new StringBuilder(before);
        for (int i = 0; i == 0 || body.Length < bytes - 150; i++)
        {
            bool user = i % 2 == 0;
            body.Append(i == 0 ? "" : ",").Append(turn.Replace("ROLE", user ? "user" : model, StringComparison.Ordinal)
                .Replace("KIND", user ? "input_text" : "output_text", StringComparison.Ordinal).Replace("TEXT", Sentence, StringComparison.Ordinal));
        }
        return Encoding.UTF8.GetBytes(body.Append(after).ToString());
    }
}
