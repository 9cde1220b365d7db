using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.OpenAiResponses;

/// <summary>A stream read to its end, as the engine reads it: frame by frame, what may go on decided after each.</summary>
internal sealed class ReadEvents
{
    private int _held;

    /// <summary>Names of the calls, in the order they were judged.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>Arguments of the calls.</summary>
    public List<string> Arguments { get; } = [];

    /// <summary>The running texts, by channel.</summary>
    public SortedDictionary<int, string> Running { get; } = [];

    /// <summary>Texts that are whole in their event, each with its role.</summary>
    public List<string> Whole { get; } = [];

    /// <summary>Tools declared in events.</summary>
    public List<string> Tools { get; } = [];

    public List<OpaqueKind> Opaque { get; } = [];

    /// <summary>Texts that cannot be edited.</summary>
    public List<string> Extra { get; } = [];

    /// <summary>Running texts that were said to be complete, in that order.</summary>
    public List<string> Complete { get; } = [];

    /// <summary>The first fault, after which nothing was read.</summary>
    public ReadFault Fault { get; private set; }

    /// <summary>Bytes that were free to go on before a fault or the end.</summary>
    public string Released { get; private set; } = "";

    /// <summary>What the stream says when it is refused now.</summary>
    public string Refusal { get; private set; } = "";

    public bool Ended { get; private set; }

    /// <summary>Bytes of strings in segments of a known role and in opaque parts, and of all strings.</summary>
    public (long Known, long All) Covered { get; private set; }

    public static ReadEvents Of(params string[] blocks) => Of(Encoding.UTF8.GetBytes(string.Concat(blocks)));

    /// <summary>Reads a stream.</summary>
    /// <param name="bytes">The stream.</param>
    /// <param name="request">What it answers; nothing in particular by default.</param>
    /// <param name="cuts">Where it is cut, ascending; by default nowhere.</param>
    public static ReadEvents Of(byte[] bytes, string request = /*lang=json,strict*/ """{"input":"x","stream":true}""", IEnumerable<int>? cuts = null)
    {
        var read = new ReadEvents();
        using var asked = new Message();
        Responses.Request(request, asked);
        using EventStream stream = Responses.Dialect.OpenStream(asked, Responses.ResponseHead("text/event-stream; charset=utf-8"))!;
        using var framer = new SseFramer(1 << 22);
        using var message = new Message();
        string held = "";
        int at = 0;
        foreach (int cut in (cuts ?? []).Append(bytes.Length))
        {
            framer.Push(bytes.AsSpan(at, cut - at));
            at = cut;
            while (read.Fault == ReadFault.None && framer.Next(out EventFrame frame) == FrameStep.Frame)
                read.Take(stream, frame, message, ref held);
            if (read.Fault != ReadFault.None)
                break;
        }
        if (read.Fault == ReadFault.None && framer.Flush(out EventFrame last) == FrameStep.Frame)
            read.Take(stream, last, message, ref held);
        if (read.Fault == ReadFault.None)
        {
            message.Clear();
            read.Fault = stream.Finish(message);
            read.Note(message);
            Assert.False(stream.HasOpenCall);
            read.Released += held;
        }
        read.Ended = stream.Ended;
        read.Refusal = Encoding.UTF8.GetString(stream.Refuse(Responses.Reason));
        return read;
    }

    /// <summary>An event's block, named as its data's type.</summary>
    /// <param name="type">The type.</param>
    /// <param name="members">Its other members as JSON, without braces.</param>
    public static string Event(string type, string members) => $"event: {type}\ndata: {{\"type\":\"{type}\",{members}}}\n\n";

    public static string Added(string item, int index = 0) => Event("response.output_item.added", $"\"output_index\":{index},\"item\":{item}");

    public static string Done(string item, int index = 0) => Event("response.output_item.done", $"\"output_index\":{index},\"item\":{item}");

    public static string Delta(string kind, string text, int index = 0, int part = 0) =>
        Event($"response.{kind}.delta", $"\"output_index\":{index},\"content_index\":{part},\"delta\":{System.Text.Json.JsonSerializer.Serialize(text)}");

    public static string Function(string name, string arguments, string id = "c1") =>
        $$"""{"type":"function_call","id":"fc_{{id}}","call_id":"{{id}}","name":"{{name}}","arguments":{{System.Text.Json.JsonSerializer.Serialize(arguments)}}}""";

    public static string Completed(params string[] items) => Event("response.completed", $"\"response\":{Responses.Answering(items)}");

    private void Take(EventStream stream, in EventFrame frame, Message message, ref string held)
    {
        message.Clear();
        message.Dialect = Responses.Dialect;
        Fault = stream.Read(frame, JsonLimits.Default, message);
        if (Fault != ReadFault.None)
            return;
        Note(message);
        held += Encoding.UTF8.GetString(frame.Bytes.Span);
        _held++;
        if (stream.HasOpenCall)
            return;
        for (; _held > 0; _held--)
            stream.OnReleased(edited: false);
        Released += held;
        held = "";
    }

    private void Note(Message message)
    {
        foreach (ToolCall call in message.ToolCalls.Where(c => !c.Replayed))
        {
            Calls.Add(Encoding.UTF8.GetString(call.Name.Span));
            Arguments.Add(Encoding.UTF8.GetString(call.Arguments.Span));
        }
        foreach (Segment segment in message.Segments)
        {
            string text = Encoding.UTF8.GetString(message.Text(segment).Span);
            if (segment.Channel >= 0)
                Running[segment.Channel] = Running.GetValueOrDefault(segment.Channel, "") + text;
            else
                Whole.Add($"{segment.Role}: {text}");
        }
        Extra.AddRange(message.ExtraTexts.Select(t => Encoding.UTF8.GetString(t.Span)));
        Complete.AddRange(message.EndedChannels.Select(c => Running.GetValueOrDefault(c, "")));
        Tools.AddRange(Responses.Tools(message));
        Opaque.AddRange(Responses.Opaque(message));
        (long known, long all) = Coverage.Of(message);
        Covered = (Covered.Known + known, Covered.All + all);
    }
}
