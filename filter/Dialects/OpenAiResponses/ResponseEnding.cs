using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAiResponses;

/// <summary>
/// Ends a stream as if its own server had: with its id, model and time, and numbers that go on. Id and model are words of a body
/// like others: they are repeated only as the client has seen them, for openai npm takes another id for another response.
/// </summary>
internal sealed class ResponseEnding
{
    private const int LongestLabel = 256;
    private (string Id, string Model) _read = NoNames;
    private (string Id, string Model) _seen = NoNames;
    private long _created;
    private bool _known;
    private long _sequence = -1;
    private int _lastItem = -1;

    private static (string Id, string Model) NoNames => ("resp_extauthz", "");

    /// <summary>The client has seen <c>response.created</c>.</summary>
    public bool IsBegun { get; private set; }

    /// <summary><c>response.created</c> went on.</summary>
    /// <param name="edited">Not as it came: what it names may have been masked.</param>
    public void Begin(bool edited)
    {
        IsBegun = true;
        _seen = edited ? NoNames : _read;
    }

    /// <summary>Notes how <c>response.created</c> names the response.</summary>
    public void Note(Message message, JsonTape tape, int response)
    {
        int id = tape.Find(response, "id"u8), model = tape.Find(response, "model"u8);
        if (tape.Is(id, JsonKind.String) && tape[id].Length is > 0 and <= LongestLabel)
            _read.Id = Encoding.UTF8.GetString(message.Decode(0, id).Span);
        if (tape.Is(model, JsonKind.String) && tape[model].Length <= LongestLabel)
            _read.Model = Encoding.UTF8.GetString(message.Decode(0, model).Span);
    }

    /// <summary>Takes an event's number and the index of its item.</summary>
    public void Remember(JsonTape tape, int item)
    {
        int sequence = tape.Find(0, "sequence_number"u8);
        if (tape.Is(sequence, JsonKind.Number) && Utf8Parser.TryParse(tape.Raw(sequence), out long number, out int used) && used == tape[sequence].Length)
            _sequence = Math.Max(_sequence, Math.Min(number, int.MaxValue));
        if (tape.Find(0, "output_index"u8) >= 0)
            _lastItem = Math.Max(_lastItem, item);
    }

    /// <summary>Takes the time from the first response that has an id.</summary>
    public void RememberTime(JsonTape tape, int response)
    {
        int id = tape.Find(response, "id"u8);
        if (_known || !tape.Is(id, JsonKind.String) || tape[id].Length == 0)
            return;
        _known = true;
        int created = tape.Find(response, "created_at"u8);
        if (tape.Is(created, JsonKind.Number) && Utf8Parser.TryParse(tape.Raw(created), out long seconds, out int used) && used == tape[created].Length)
            _created = seconds;
    }

    /// <summary>
    /// Says why in a message of its own that is a refusal, and that the response is incomplete because it was filtered. Begins
    /// with <c>response.created</c> where that did not go on: openai npm wants it first of all.
    /// </summary>
    public byte[] Refuse(in RefusalReason reason)
    {
        var stream = new StringBuilder();
        string text = $"{reason.Message} (event {reason.EventId})";
        int item = _lastItem + 1;
        if (!IsBegun)
            Append(stream, "response.created", json => WriteResponse(json, "in_progress", null));
        Append(stream, "response.output_item.added", json => WriteItem(json, item, "in_progress", null));
        Append(stream, "response.content_part.added", json => WritePart(json, item, ""));
        Append(stream, "response.refusal.delta", json => WriteText(json, item, "delta", text));
        Append(stream, "response.refusal.done", json => WriteText(json, item, "refusal", text));
        Append(stream, "response.content_part.done", json => WritePart(json, item, text));
        Append(stream, "response.output_item.done", json => WriteItem(json, item, "completed", text));
        Append(stream, "response.incomplete", json => WriteResponse(json, "incomplete", text));
        return Encoding.UTF8.GetBytes(stream.ToString());
    }

    private void Append(StringBuilder stream, string type, Action<Utf8JsonWriter> members)
    {
        byte[] data = JsonErrors.Write(json =>
        {
            json.WriteStartObject();
            json.WriteString("type", type);
            json.WriteNumber("sequence_number", ++_sequence);
            members(json);
            json.WriteEndObject();
        });
        stream.Append("event: ").Append(type).Append("\ndata: ").Append(Encoding.UTF8.GetString(data)).Append("\n\n");
    }

    private void WriteResponse(Utf8JsonWriter json, string status, string? refusal)
    {
        json.WriteStartObject("response");
        json.WriteString("id", _seen.Id);
        json.WriteString("object", "response");
        json.WriteNumber("created_at", _created);
        json.WriteString("status", status);
        json.WriteNull("error");
        if (refusal is null)
        {
            json.WriteNull("incomplete_details");
        }
        else
        {
            json.WriteStartObject("incomplete_details");
            json.WriteString("reason", "content_filter");
            json.WriteEndObject();
        }
        json.WriteNull("instructions");
        json.WriteStartObject("metadata");
        json.WriteEndObject();
        json.WriteString("model", _seen.Model);
        json.WriteStartArray("output");
        if (refusal is not null)
            WriteMessage(json, "completed", refusal);
        json.WriteEndArray();
        json.WriteBoolean("parallel_tool_calls", true);
        json.WriteNull("temperature");
        json.WriteString("tool_choice", "auto");
        json.WriteStartArray("tools");
        json.WriteEndArray();
        json.WriteNull("top_p");
        json.WriteEndObject();
    }

    private static void WriteItem(Utf8JsonWriter json, int index, string status, string? refusal)
    {
        json.WriteNumber("output_index", index);
        json.WritePropertyName("item");
        WriteMessage(json, status, refusal);
    }

    private static void WriteMessage(Utf8JsonWriter json, string status, string? refusal)
    {
        json.WriteStartObject();
        json.WriteString("id", "msg_extauthz");
        json.WriteString("type", "message");
        json.WriteString("status", status);
        json.WriteString("role", "assistant");
        json.WriteStartArray("content");
        if (refusal is not null)
            WriteRefusal(json, refusal);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WritePart(Utf8JsonWriter json, int index, string refusal)
    {
        WritePlace(json, index);
        json.WritePropertyName("part");
        WriteRefusal(json, refusal);
    }

    private static void WriteText(Utf8JsonWriter json, int index, string member, string text)
    {
        WritePlace(json, index);
        json.WriteString(member, text);
    }

    private static void WritePlace(Utf8JsonWriter json, int index)
    {
        json.WriteString("item_id", "msg_extauthz");
        json.WriteNumber("output_index", index);
        json.WriteNumber("content_index", 0);
    }

    private static void WriteRefusal(Utf8JsonWriter json, string refusal)
    {
        json.WriteStartObject();
        json.WriteString("type", "refusal");
        json.WriteString("refusal", refusal);
        json.WriteEndObject();
    }
}
