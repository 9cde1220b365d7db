using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.OpenAi;

/// <summary>A stream read to its end, as the engine reads it: frame by frame, what may go on decided after each.</summary>
internal sealed class ReadStream
{
    /// <summary>Names of the calls, in the order they were judged.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>Arguments of the calls.</summary>
    public List<string> Arguments { get; } = [];

    /// <summary>The running texts, by channel.</summary>
    public SortedDictionary<int, string> Texts { get; } = [];

    /// <summary>Texts that are whole in their event, each with its role.</summary>
    public List<string> Whole { get; } = [];

    /// <summary>The first fault, after which nothing was read.</summary>
    public ReadFault Fault { get; private set; }

    /// <summary>Bytes that were free to go on before a fault or the end.</summary>
    public string Released { get; private set; } = "";

    /// <summary>What the stream says when it is refused now.</summary>
    public string Refusal { get; private set; } = "";

    public bool Ended { get; private set; }


    public static ReadStream Of(IEnumerable<string> blocks, string[]? tools = null, int pieceBytes = int.MaxValue) =>
        Of(Encoding.UTF8.GetBytes(string.Concat(blocks)), tools, pieceBytes);

    public static ReadStream Of(byte[] bytes, string[]? tools = null, int pieceBytes = int.MaxValue) =>
        Of(bytes, [.. Enumerable.Range(1, Math.Max(0, (bytes.Length - 1) / pieceBytes)).Select(i => i * pieceBytes)], tools);

    /// <summary>A stream that comes cut up.</summary>
    /// <param name="bytes">The stream.</param>
    /// <param name="cuts">Offsets of cuts, ascending.</param>
    /// <param name="tools">Tools the request offered.</param>
    /// <param name="dialect">Whose stream; chat's by default.</param>
    public static ReadStream Of(byte[] bytes, int[] cuts, string[]? tools = null, Dialect? dialect = null)
    {
        var read = new ReadStream();
        using var request = new Message();
        Assert.Equal(ReadFault.None, Chat.Request(RequestWith(tools ?? []), request));
        using EventStream stream = (dialect ?? Chat.Dialect).OpenStream(request, Chat.ResponseHead("text/event-stream"))!;
        using var framer = new SseFramer(1 << 20);
        using var message = new Message();
        string held = "";
        int at = 0;
        foreach (int cut in cuts.Append(bytes.Length))
        {
            if (read.Fault != ReadFault.None)
                break;
            framer.Push(bytes.AsSpan(at, cut - at));
            at = cut;
            while (read.Fault == ReadFault.None && framer.Next(out EventFrame frame) == FrameStep.Frame)
                read.Take(stream, frame, message, ref held);
        }
        if (read.Fault == ReadFault.None && framer.Flush(out EventFrame last) == FrameStep.Frame)
            read.Take(stream, last, message, ref held);
        if (read.Fault == ReadFault.None)
        {
            message.Clear();
            read.Fault = stream.Finish(message);
            read.Note(message);
            Assert.False(stream.HasOpenCall);
        }
        read.Ended = stream.Ended;
        read.Refusal = Encoding.UTF8.GetString(stream.Refuse(Chat.Reason));
        return read;
    }

    /// <summary>One chunk's block, its delta for choice 0.</summary>
    public static string Delta(JsonObject delta, string? finish = null, int choice = 0) => Chunk(new JsonArray(new JsonObject
    {
        ["index"] = choice,
        ["delta"] = delta,
        ["finish_reason"] = finish,
    }));

    public static string Chunk(JsonArray choices) => "data: " + new JsonObject
    {
        ["id"] = "c1",
        ["object"] = "chat.completion.chunk",
        ["created"] = 7,
        ["model"] = "m",
        ["choices"] = choices,
    }.ToJsonString() + "\n\n";

    /// <summary>A fragment of a call; what is null is left out.</summary>
    public static JsonObject Call(string? id = null, int? index = null, string? name = null, string? arguments = null)
    {
        var function = new JsonObject();
        if (name is not null)
            function["name"] = name;
        if (arguments is not null)
            function["arguments"] = arguments;
        var call = new JsonObject { ["function"] = function };
        if (id is not null)
            call["id"] = id;
        if (index is not null)
            call["index"] = index;
        return call;
    }

    /// <summary>A block with fragments of calls.</summary>
    public static string Calling(params JsonObject[] calls) => Delta(new JsonObject { ["tool_calls"] = new JsonArray([.. calls]) });

    public const string Stop = "data: {\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\n";

    public const string Done = "data: [DONE]\n\n";

    private static string RequestWith(string[] tools)
    {
        var list = new JsonArray([.. tools.Select(t => new JsonObject { ["type"] = "function", ["function"] = new JsonObject { ["name"] = t } })]);
        return new JsonObject { ["model"] = "m", ["stream"] = true, ["messages"] = new JsonArray(), ["tools"] = list }.ToJsonString(JsonSerializerOptions.Default);
    }

    private void Take(EventStream stream, in EventFrame frame, Message message, ref string held)
    {
        message.Clear();
        message.Dialect = Chat.Dialect;
        Fault = stream.Read(frame, JsonLimits.Default, message);
        if (Fault != ReadFault.None)
            return;
        Note(message);
        held += Encoding.UTF8.GetString(frame.Bytes.Span);
        if (stream.HasOpenCall)
            return;
        Released += held;
        held = "";
    }

    private void Note(Message message)
    {
        foreach (ToolCall call in message.ToolCalls)
        {
            Calls.Add(Encoding.UTF8.GetString(call.Name.Span));
            Arguments.Add(Encoding.UTF8.GetString(call.Arguments.Span));
        }
        foreach (Segment segment in message.Segments)
        {
            string text = Encoding.UTF8.GetString(message.Text(segment).Span);
            if (segment.Channel >= 0)
                Texts[segment.Channel] = Texts.GetValueOrDefault(segment.Channel, "") + text;
            else
                Whole.Add($"{segment.Role}: {text}");
        }
    }
}
