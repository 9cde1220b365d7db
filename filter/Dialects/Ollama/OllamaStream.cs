using System.Text;
using System.Text.Json;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Ollama;

/// <summary>
/// Reads an answer that comes as lines of JSON. Texts run on from line to line; calls are whole in theirs. A line after the
/// one that is done is refused: some clients stop there, others read on.
/// </summary>
/// <param name="operation">What was asked for; null if the request was not read.</param>
internal sealed class OllamaStream(OllamaOperation? operation) : EventStream
{
    private const int LongestLabel = 256;
    private readonly UnknownTexts _unknown = new(OllamaChannels.Count);
    private bool _ended;
    private bool _isChat = operation is null || operation.Is("chat"u8);
    private string _model = "";
    private string _createdAt = "";

    /// <inheritdoc/>
    public override bool HasOpenCall => false;

    /// <inheritdoc/>
    public override bool Ended => _ended;

    /// <inheritdoc/>
    public override EventFramer CreateFramer(int maxFrameBytes) => new LineFramer(maxFrameBytes);

    /// <inheritdoc/>
    public override ReadFault Read(in EventFrame frame, in JsonLimits limits, Message message)
    {
        message.Take(frame.Data);
        if (frame.Data.Span.Trim(" \t\r\n"u8).IsEmpty)
            return ReadFault.None;
        if (_ended)
            return ReadFault.BrokenStream;
        ReadFault fault = message.ReadJson(frame.Data, limits);
        if (fault != ReadFault.None)
            return fault;
        var sweep = new SegmentSweep(message, 0);
        fault = OllamaAnswer.ReadLine(message, ref sweep, OllamaChannels.Stream, limits);
        if (fault == ReadFault.None)
            ReadRest(message, ref sweep);
        sweep.Finish(TextRole.Unknown);
        return fault;
    }

    /// <inheritdoc/>
    public override ReadFault Finish(Message message) => ReadFault.None;

    /// <summary>
    /// A last line that says why and is done: every client shows it. What only reports progress (a model being made or
    /// fetched) ends with an error.
    /// </summary>
    public override byte[] Refuse(in RefusalReason reason)
    {
        string why = $"{reason.Message} (event {reason.EventId})";
        byte[] line = operation is { Kind: not OllamaKind.Model } ? OllamaRefusal.WriteError(reason) : JsonErrors.Write(json => WriteLast(json, why));
        return [.. line, (byte)'\n'];
    }

    private void ReadRest(Message message, ref SegmentSweep sweep)
    {
        JsonTape tape = sweep.Tape;
        Remember(message, tape);
        _unknown.Take(ref sweep, 0, 0);
        _ended = tape.Is(tape.Find(0, "done"u8), JsonKind.True);
    }

    /// <summary>Keeps what a line of our own must have in common with the server's.</summary>
    private void Remember(Message message, JsonTape tape)
    {
        if (operation is null)
            _isChat = tape.Find(0, "response"u8) < 0;
        if (_model.Length == 0 && message.Model.Length <= LongestLabel)
            _model = Encoding.UTF8.GetString(message.Model.Span);
        int createdAt = tape.Find(0, "created_at"u8);
        if (tape.Is(createdAt, JsonKind.String) && tape[createdAt].Length <= LongestLabel)
            _createdAt = Encoding.UTF8.GetString(message.Decode(0, createdAt).Span);
    }

    private void WriteLast(Utf8JsonWriter json, string why)
    {
        json.WriteStartObject();
        json.WriteString("model", _model);
        if (_createdAt.Length > 0)
            json.WriteString("created_at", _createdAt);
        if (_isChat)
        {
            json.WriteStartObject("message");
            json.WriteString("role", "assistant");
            json.WriteString("content", why);
            json.WriteEndObject();
        }
        else
        {
            json.WriteString("response", why);
        }
        json.WriteBoolean("done", true);
        json.WriteString("done_reason", "content_filter");
        json.WriteEndObject();
    }
}
