using System.Buffers.Text;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Bedrock;

/// <summary>
/// Events of a streamed conversation, in ConverseStream's frames or as Nova writes them into chunks. Words run in one channel
/// a kind across all blocks: some models put every word into a block of its own, and what a reader sees is all of them joined.
/// </summary>
internal sealed class ConverseEvents
{
    /// <summary>Channels that are not a call's or an unknown text's.</summary>
    private const int FirstUnknown = 8;

    private const int MaxIndex = 1 << 20;
    private static readonly int[] Kinds = [(int)Channel.Text, (int)Channel.Reasoning, (int)Channel.ToolResult, (int)Channel.Citation];

    private static readonly byte[][] Names = KnownKeys.Of(
        "messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata");

    private readonly ConverseBlocks _blocks = new(FirstUnknown + UnknownTexts.MaxChannels);
    private readonly UnknownTexts _unknown = new(FirstUnknown);

    private enum Channel
    {
        Text,
        Reasoning,
        ToolResult,
        Citation,
    }

    /// <summary>A tool call has begun and is not complete.</summary>
    public bool HasOpenCall => _blocks.OpenCalls > 0;

    /// <summary>What the event read last does.</summary>
    public ConverseStep Step { get; private set; }

    /// <summary>The block it does it to.</summary>
    public int Index { get; private set; }

    /// <summary>The answer's end was seen; what follows says what it took.</summary>
    public bool Ended { get; private set; }

    /// <summary>Whether a name is an event's of such a stream.</summary>
    public static bool IsEvent(ReadOnlySpan<byte> name)
    {
        foreach (byte[] known in Names)
        {
            if (name.SequenceEqual(known))
                return true;
        }
        return false;
    }

    /// <summary>The event that a key names; empty if none.</summary>
    public static ReadOnlySpan<byte> NameOf(JsonTape tape, int key)
    {
        foreach (byte[] known in Names)
        {
            if (tape.KeyEquals(key, known))
                return known;
        }
        return default;
    }

    /// <summary>Reads one event.</summary>
    /// <param name="message">Gets its texts, and calls it completes.</param>
    /// <param name="sweep">The document's sweep; finished by the caller.</param>
    /// <param name="name">The event's name, one of <see cref="IsEvent"/>.</param>
    /// <param name="root">What it says.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    public ReadFault Read(Message message, ref SegmentSweep sweep, ReadOnlySpan<byte> name, int root, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        Step = ConverseStep.Nothing;
        if (!tape.Is(root, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, root, BedrockKeys.Event))
            return ReadFault.Ambiguous;
        ConverseResponse.TakeRest(message, ref sweep, root, limits);
        if (name.SequenceEqual("metadata"u8))
            return ReadFault.None;
        // The end is the end for a client that stops there, and for one that does not: nothing may come after it.
        if (Ended)
            return ReadFault.BrokenStream;
        if (name.SequenceEqual("messageStart"u8))
        {
            Step = ConverseStep.Start;
            sweep.TakeLabel(tape.Find(root, "role"u8));
            return ReadFault.None;
        }
        if (name.SequenceEqual("messageStop"u8))
        {
            Ended = true;
            Step = ConverseStep.Stop;
            _blocks.EndAll(message);
            message.EndedChannels.AddRange(Kinds);
            return ReadFault.None;
        }
        return ReadBlock(message, ref sweep, name, root);
    }

    /// <summary>The stream is over: what is open is complete.</summary>
    public void Finish(Message message) => _blocks.EndAll(message);

    private ReadFault ReadBlock(Message message, ref SegmentSweep sweep, ReadOnlySpan<byte> name, int root)
    {
        JsonTape tape = sweep.Tape;
        int node = tape.Find(root, "contentBlockIndex"u8);
        if (!tape.Is(node, JsonKind.Number) || !Utf8Parser.TryParse(tape.Raw(node), out int index, out int used) || used != tape[node].Length
            || index is < 0 or > MaxIndex)
            return ReadFault.BrokenStream;
        Index = index;
        Step = ConverseStep.Block;
        if (name.SequenceEqual("contentBlockStop"u8))
        {
            Step = ConverseStep.BlockStop;
            _blocks.End(index, message);
            return ReadFault.None;
        }
        return name.SequenceEqual("contentBlockStart"u8)
            ? ReadStart(message, ref sweep, tape.Find(root, "start"u8), index)
            : ReadDelta(message, ref sweep, tape.Find(root, "delta"u8), index);
    }

    private ReadFault ReadStart(Message message, ref SegmentSweep sweep, int start, int index)
    {
        JsonTape tape = sweep.Tape;
        if (!_blocks.Begin(index) || !tape.Is(start, JsonKind.Object) || ConverseContent.HasStrangeTool(tape, start))
            return ReadFault.BrokenStream;
        int use = JsonShape.Present(tape, start, "toolUse"u8);
        int result = JsonShape.Present(tape, start, "toolResult"u8);
        if (KnownKeys.HasVariant(tape, start, BedrockKeys.Event) || KnownKeys.HasVariant(tape, use, BedrockKeys.ToolUse))
            return ReadFault.Ambiguous;
        if (result >= 0)
            sweep.TakeLabels(result);
        sweep.TakeLabel(tape.Find(tape.Find(start, "image"u8), "format"u8));
        if (use < 0)
            return ReadFault.None;
        int name = tape.Find(use, "name"u8);
        if (!tape.Is(name, JsonKind.String) || !_blocks.BeginCall(index, message.Decode(sweep.Document, name)))
            return ReadFault.BrokenStream;
        Step = ConverseStep.Call;
        sweep.TakeLabels(use);
        return ReadFault.None;
    }

    private ReadFault ReadDelta(Message message, ref SegmentSweep sweep, int delta, int index)
    {
        JsonTape tape = sweep.Tape;
        int use = JsonShape.Present(tape, delta, "toolUse"u8);
        int reasoning = JsonShape.Present(tape, delta, "reasoningContent"u8);
        if (KnownKeys.HasVariant(tape, delta, BedrockKeys.Event) || KnownKeys.HasVariant(tape, use, BedrockKeys.ToolUse)
            || KnownKeys.HasVariant(tape, reasoning, BedrockKeys.Block))
            return ReadFault.Ambiguous;
        if (!tape.Is(delta, JsonKind.Object) || ConverseContent.HasStrangeTool(tape, delta))
            return ReadFault.BrokenStream;
        bool inOrder = TakeText(ref sweep, tape.Find(delta, "text"u8), index, TextRole.Assistant, Channel.Text)
            && TakeText(ref sweep, tape.Find(reasoning, "text"u8), index, TextRole.Reasoning, Channel.Reasoning)
            && TakeResults(ref sweep, tape.Find(delta, "toolResult"u8), index)
            && TakeCitation(ref sweep, JsonShape.Present(tape, delta, "citation"u8), index)
            && TakeArguments(message, ref sweep, use, index);
        if (!inOrder)
            return ReadFault.BrokenStream;
        Media.TakePayload(message, ref sweep, tape.Find(reasoning, "redactedContent"u8), OpaqueKind.Encrypted);
        Media.TakePayload(message, ref sweep, tape.Find(reasoning, "signature"u8), OpaqueKind.Encrypted);
        if (!ConverseMedia.Take(message, ref sweep, tape.Find(delta, "image"u8), OpaqueKind.Image))
            return ReadFault.Ambiguous;
        _unknown.Take(ref sweep, delta, 0);
        return ReadFault.None;
    }

    private bool TakeText(ref SegmentSweep sweep, int text, int index, TextRole role, Channel channel)
    {
        if (!sweep.Tape.Is(text, JsonKind.String))
            return true;
        sweep.Take(text, role, (int)channel);
        return _blocks.GoOn(index, (int)channel);
    }

    /// <summary>What a tool of the service's own returned, in pieces.</summary>
    private bool TakeResults(ref SegmentSweep sweep, int results, int index)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(results, JsonKind.Array))
            return true;
        for (int result = JsonTape.FirstChild(results); result < tape[results].End; result = tape[result].End)
        {
            sweep.Take(tape.Find(result, "text"u8), TextRole.ToolResult, (int)Channel.ToolResult);
            sweep.TakeAll(tape.Find(result, "json"u8), TextRole.ToolResult);
        }
        return _blocks.GoOn(index, (int)Channel.ToolResult);
    }

    private bool TakeCitation(ref SegmentSweep sweep, int citation, int index)
    {
        if (citation < 0)
            return true;
        ConverseCitations.ReadCitation(ref sweep, citation, (int)Channel.Citation);
        return _blocks.GoOn(index, (int)Channel.Citation);
    }

    private bool TakeArguments(Message message, ref SegmentSweep sweep, int use, int index)
    {
        if (use < 0)
            return true;
        int input = sweep.Tape.Find(use, "input"u8);
        if (input < 0)
            return true;
        // Pieces of JSON are texts; anything else would be put together by no client.
        if (!sweep.Tape.Is(input, JsonKind.String) || !_blocks.AddArguments(index, message.Decode(sweep.Document, input).Span, out int channel))
            return false;
        sweep.Take(input, TextRole.ToolArgument, channel);
        return true;
    }
}
