using System.Buffers.Text;
using System.Text;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAi;

/// <summary>
/// Writes chunks into a stream as if its own server had, in its form and with its time. Its words are not repeated, an id or a
/// model's name among them: they can be what the refusal is for, or were masked when they went on.
/// </summary>
/// <param name="isText">
/// Whether a chunk of the older API, with <c>text</c>, is expected. The first chunk that says what it is decides.
/// </param>
internal sealed class ChunkWriter(bool isText = false)
{
    private long _created;
    private bool _known;
    private bool _isText = isText;

    /// <summary>Takes time and form from the first chunk that has an id.</summary>
    public void Remember(JsonTape tape)
    {
        int id = tape.Find(0, "id"u8);
        if (_known || !tape.Is(id, JsonKind.String) || tape[id].Length == 0)
            return;
        _known = true;
        int form = tape.Find(0, "object"u8);
        if (tape.Is(form, JsonKind.String))
            _isText = tape.KeyEquals(form, "text_completion"u8);
        int created = tape.Find(0, "created"u8);
        if (tape.Is(created, JsonKind.Number) && Utf8Parser.TryParse(tape.Raw(created), out long seconds, out int used) && used == tape[created].Length)
            _created = seconds;
    }

    /// <summary>
    /// Ends a stream: why, as a refusal in its first choice; then each choice ends as filtered; then the stream's end. Of all
    /// endings this is the one every SDK shows (an error event is dropped by OpenAI's .NET library). The older API has no
    /// refusals: there an error says why, after its choices ended.
    /// </summary>
    /// <param name="reason">What it may say.</param>
    /// <param name="choices">Indices of the choices seen, ascending; without one, choice 0 is ended.</param>
    public byte[] Refuse(in RefusalReason reason, IReadOnlyCollection<int> choices)
    {
        RefusalReason copy = reason;
        var stream = new StringBuilder();
        if (!_isText)
            stream.Append(ChatChunk(choices.Count > 0 ? choices.First() : 0, $"{reason.Message} (event {reason.EventId})", null));
        foreach (int choice in choices.DefaultIfEmpty(0))
            stream.Append(_isText ? LastText(choice) : ChatChunk(choice, null, "content_filter"));
        if (_isText)
            stream.Append(Event(json => OpenAiBody.WriteError(json, copy)));
        stream.Append("data: [DONE]\n\n");
        return Encoding.UTF8.GetBytes(stream.ToString());
    }

    private string ChatChunk(int choice, string? refusal, string? finish) => Chunk("chat.completion.chunk", json =>
    {
        json.WriteNumber("index", choice);
        json.WriteStartObject("delta");
        if (refusal is not null)
            json.WriteString("refusal", refusal);
        json.WriteEndObject();
        if (finish is null)
            json.WriteNull("finish_reason");
        else
            json.WriteString("finish_reason", finish);
    });

    private string LastText(int choice) => Chunk("text_completion", json =>
    {
        json.WriteNumber("index", choice);
        json.WriteString("text", "");
        json.WriteNull("logprobs");
        json.WriteString("finish_reason", "content_filter");
    });

    private string Chunk(string form, Action<System.Text.Json.Utf8JsonWriter> writeChoice) => Event(json =>
    {
        json.WriteString("id", "extauthz");
        json.WriteString("object", form);
        json.WriteNumber("created", _created);
        json.WriteString("model", "");
        json.WriteStartArray("choices");
        json.WriteStartObject();
        writeChoice(json);
        json.WriteEndObject();
        json.WriteEndArray();
    });

    private static string Event(Action<System.Text.Json.Utf8JsonWriter> writeMembers)
    {
        byte[] data = JsonErrors.Write(json =>
        {
            json.WriteStartObject();
            writeMembers(json);
            json.WriteEndObject();
        });
        return $"data: {Encoding.UTF8.GetString(data)}\n\n";
    }
}
