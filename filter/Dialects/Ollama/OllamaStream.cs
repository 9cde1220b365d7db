using System.Buffers;
using System.Text;
using System.Text.Json;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Ollama;

/// <summary>
/// Reads an answer that comes as lines of JSON. Texts run on from line to line; calls are whole in theirs. A line after the
/// one that is done is refused: some clients stop there, others read on.
/// </summary>
/// <param name="operation">What was asked for; null if the request was not read.</param>
/// <param name="model">The model that was asked for; empty if the request was not read.</param>
internal sealed class OllamaStream(OllamaOperation? operation, ReadOnlyMemory<byte> model) : EventStream
{
    private static readonly SearchValues<byte> TimeBytes = SearchValues.Create("0123456789TZ:.+-"u8);
    private const int LongestTime = 64;
    private readonly UnknownTexts _unknown = new(OllamaChannels.Count);
    private bool _ended;
    private bool _isChat = operation is null || operation.Is("chat"u8);
    private readonly string _model = Encoding.UTF8.GetString(model.Span);
    private readonly byte[] _createdAt = new byte[LongestTime];
    private int _createdAtLength;

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
        // Nothing may follow: what was said is complete.
        for (int channel = 0; _ended && channel < OllamaChannels.Count; channel++)
            message.EndedChannels.Add(channel);
    }

    /// <summary>Keeps the time of the last line: one of our own has it too.</summary>
    private void Remember(Message message, JsonTape tape)
    {
        if (operation is null)
            _isChat = tape.Find(0, "response"u8) < 0;
        int createdAt = tape.Find(0, "created_at"u8);
        if (!tape.Is(createdAt, JsonKind.String) || tape[createdAt].Length > LongestTime)
            return;
        // What is repeated in a refusal must be nothing but a time.
        ReadOnlySpan<byte> time = message.Decode(0, createdAt).Span;
        if (time.IndexOfAnyExcept(TimeBytes) >= 0)
            return;
        time.CopyTo(_createdAt);
        _createdAtLength = time.Length;
    }

    private void WriteLast(Utf8JsonWriter json, string why)
    {
        json.WriteStartObject();
        json.WriteString("model", _model);
        if (_createdAtLength > 0)
            json.WriteString("created_at"u8, _createdAt.AsSpan(0, _createdAtLength));
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
