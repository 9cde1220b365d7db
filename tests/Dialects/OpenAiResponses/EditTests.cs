using System.Text;
using System.Text.Json;
using CsCheck;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.OpenAiResponses;

/// <summary>What holds for any body: an edit changes its own span and leaves JSON; a verdict does not depend on cuts.</summary>
public sealed class EditTests
{
    private static readonly Gen<string> AnyText = Gen.String[Gen.Char["ab \"\\\n\u00e9\u20ac/<"], 0, 12];

    private static readonly Gen<string> Item = Gen.Select(Gen.Int[0, 6], AnyText, AnyText, (kind, one, two) => kind switch
    {
        0 => $$"""{"role":"user","content":{{Quoted(one)}}}""",
        1 => $$"""{"type":"message","role":"assistant","content":[{"type":"output_text","text":{{Quoted(one)}},"logprobs":[{"token":{{Quoted(two)}}}]}]}""",
        2 => $$"""{"type":"function_call","call_id":"c","name":"f","arguments":{{Quoted($$"""{"q": {{Quoted(one)}}, "r":[{{Quoted(two)}}]}""")}} }""",
        3 => $$"""{"type":"function_call_output","call_id":"c","output":{{Quoted($$"""{"q": {{Quoted(one)}} }""")}} }""",
        4 => $$"""{"type":"reasoning","summary":[{"type":"summary_text","text":{{Quoted(one)}}}],"content":[{"type":"reasoning_text","text":{{Quoted(two)}}}]}""",
        5 => $$"""{"type":"shell_call","call_id":"c","action":{"commands":[{{Quoted(one)}},{{Quoted(two)}}]} }""",
        _ => $$"""{"type":"mcp_call","id":"m","server_label":"w","name":"n","arguments":{{Quoted(one)}},"output":{{Quoted(two)}}}""",
    });

    [Fact]
    public void An_edit_changes_its_own_span_and_leaves_JSON() => Gen.Select(Item.Array[1, 5], Gen.Int[0, 1000], AnyText).Sample((items, which, put) =>
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Responses.Request(Responses.Asking(items), message));
        List<Segment> texts = [.. message.Segments.Where(s => s.Role != TextRole.Metadata && message.Documents[s.Document].Tape.Count > 0)];
        if (texts.Count == 0)
            return;
        Segment edited = texts[which % texts.Count];
        List<string> before = [.. message.Segments.Where(s => s != edited).Select(s => Encoding.UTF8.GetString(message.Text(s).Span))];
        message.Replace(edited, 0, message.Text(edited).Length, Encoding.UTF8.GetBytes(put));
        string written = Responses.Written(message);
        JsonDocument.Parse(written).Dispose();
        using var again = new Message();
        Assert.Equal(ReadFault.None, Responses.Request(written, again));
        List<string> after = [.. again.Segments.Select(s => Encoding.UTF8.GetString(again.Text(s).Span))];
        // Tokens that repeat a text go with the first edit; all other texts are still there, as they were.
        foreach (string text in before.Where(t => !IsToken(message, t)))
            Assert.Contains(after, t => t == text);
        Assert.Equal(Responses.Calls(message), Responses.Calls(again));
    }, iter: 2000);

    [Fact]
    public void A_stream_reads_alike_however_it_is_cut() => Gen.Select(Item.Array[1, 4], Gen.Int[1, 400].Array[0, 40]).Sample((items, steps) =>
    {
        var stream = new StringBuilder();
        for (int i = 0; i < items.Length; i++)
            stream.Append(ReadEvents.Added(items[i], i)).Append(": c\n\n").Append(ReadEvents.Delta("output_text", "some é text", i)).Append(ReadEvents.Done(items[i], i));
        byte[] bytes = Encoding.UTF8.GetBytes(stream.Append(ReadEvents.Completed(items)).ToString());
        ReadEvents whole = ReadEvents.Of(bytes);
        int at = 0;
        ReadEvents cut = ReadEvents.Of(bytes, cuts: [.. steps.Select(s => at += s).Where(c => c < bytes.Length)]);
        Assert.Equal(whole.Fault, cut.Fault);
        Assert.Equal(whole.Calls, cut.Calls);
        Assert.Equal(whole.Arguments, cut.Arguments);
        Assert.Equal(whole.Running, cut.Running);
        Assert.Equal(whole.Whole, cut.Whole);
        Assert.Equal(whole.Released, cut.Released);
    }, iter: 300);

    private static bool IsToken(Message message, string text) =>
        message.Segments.Any(s => message.Documents[s.Document].Tape.Count == 0 && Encoding.UTF8.GetString(message.Text(s).Span) == text);

    private static string Quoted(string text) => JsonSerializer.Serialize(text);
}
