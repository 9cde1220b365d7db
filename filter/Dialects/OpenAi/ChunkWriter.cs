using System.Buffers.Text;
using System.Text;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAi;

/// <summary>Writes chunks into a stream as if its own server had: with its id, model and time.</summary>
internal sealed class ChunkWriter
{
    private const int LongestLabel = 256;
    private string _id = "extauthz";
    private string _model = "";
    private long _created;
    private bool _known;

    /// <summary>Takes id, model and time from the first chunk that has an id.</summary>
    public void Remember(Message message, JsonTape tape)
    {
        int id = tape.Find(0, "id"u8);
        if (_known || !tape.Is(id, JsonKind.String) || tape[id].Length is 0 or > LongestLabel || message.Model.Length > LongestLabel)
            return;
        _known = true;
        _id = Encoding.UTF8.GetString(message.Decode(0, id).Span);
        _model = Encoding.UTF8.GetString(message.Model.Span);
        int created = tape.Find(0, "created"u8);
        if (tape.Is(created, JsonKind.Number) && Utf8Parser.TryParse(tape.Raw(created), out long seconds, out int used) && used == tape[created].Length)
            _created = seconds;
    }

    /// <summary>
    /// Ends a stream: why, as a refusal in its first choice; then each choice ends as filtered; then the stream's end. Of all
    /// endings this is the one every SDK shows (an error event is dropped by OpenAI's .NET library).
    /// </summary>
    /// <param name="reason">What it may say.</param>
    /// <param name="choices">Indices of the choices seen, ascending; without one, choice 0 is ended.</param>
    public byte[] Refuse(in RefusalReason reason, IReadOnlyCollection<int> choices)
    {
        var stream = new StringBuilder();
        int first = choices.Count > 0 ? choices.First() : 0;
        Append(stream, first, $"{reason.Message} (event {reason.EventId})", null);
        foreach (int choice in choices.DefaultIfEmpty(0))
            Append(stream, choice, null, "content_filter");
        stream.Append("data: [DONE]\n\n");
        return Encoding.UTF8.GetBytes(stream.ToString());
    }

    private void Append(StringBuilder stream, int choice, string? refusal, string? finish)
    {
        byte[] chunk = JsonErrors.Write(json =>
        {
            json.WriteStartObject();
            json.WriteString("id", _id);
            json.WriteString("object", "chat.completion.chunk");
            json.WriteNumber("created", _created);
            json.WriteString("model", _model);
            json.WriteStartArray("choices");
            json.WriteStartObject();
            json.WriteNumber("index", choice);
            json.WriteStartObject("delta");
            if (refusal is not null)
                json.WriteString("refusal", refusal);
            json.WriteEndObject();
            if (finish is null)
                json.WriteNull("finish_reason");
            else
                json.WriteString("finish_reason", finish);
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        });
        stream.Append("data: ").Append(Encoding.UTF8.GetString(chunk)).Append("\n\n");
    }
}
