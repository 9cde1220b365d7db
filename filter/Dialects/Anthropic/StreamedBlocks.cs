using System.Buffers.Text;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Anthropic;

/// <summary>The content blocks of one streamed message.</summary>
internal sealed class StreamedBlocks
{
    private const int MaxBlocks = 1 << 16;
    private const int MaxOpen = 128;

    /// <summary>Bytes of the inputs of all calls that are open at once.</summary>
    private const int MaxOpenBytes = 8 << 20;

    private readonly SortedDictionary<int, OpenBlock> _open = [];
    private readonly UnknownTexts _unknown = new(MaxBlocks);

    /// <summary>Calls written into what is said; clients join the texts of blocks.</summary>
    private readonly TextCalls _written = new();
    private int _count;
    private int _openCalls;
    private long _openBytes;

    /// <summary>A tool call has begun and is not complete, be it one written as text.</summary>
    public bool HasOpenCall => _openCalls > 0 || _written.IsOpen;

    /// <summary>A block begins.</summary>
    /// <param name="message">Gets what is in it.</param>
    /// <param name="sweep">The event's sweep.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    /// <param name="index">Its number.</param>
    /// <param name="isCall">It calls a tool.</param>
    public ReadFault Start(Message message, ref SegmentSweep sweep, in JsonLimits limits, out int index, out bool isCall)
    {
        JsonTape tape = sweep.Tape;
        isCall = false;
        if (!TryIndex(tape, out index) || index != _count || _count == MaxBlocks || _open.Count == MaxOpen)
            return ReadFault.BrokenStream;
        int block = tape.Find(0, "content_block"u8);
        ReadFault fault = ContentBlocks.ReadType(message, ref sweep, block, out BlockKind kind);
        if (fault != ReadFault.None)
            return fault;
        isCall = kind is BlockKind.ClientToolUse or BlockKind.ServerToolUse
            || (kind == BlockKind.Other && tape.Is(tape.Find(block, "name"u8), JsonKind.String) && tape.Find(block, "input"u8) >= 0);
        OpenBlock? opened = isCall ? StartCall(message, ref sweep, block, kind, index) : new OpenBlock(kind, index);
        if (opened is null)
            return ReadFault.BrokenStream;
        if (!isCall)
            fault = ContentBlocks.ReadBlock(message, ref sweep, block, BlockContext.Answer with { Channel = index }, limits);
        if (kind == BlockKind.Text)
            FindCalls(message, sweep, tape.Find(block, "text"u8), limits);
        if (fault != ReadFault.None)
            return fault;
        _open[index] = opened;
        _count++;
        _openCalls += isCall ? 1 : 0;
        return ReadFault.None;
    }

    /// <summary>A block grows.</summary>
    public ReadFault Grow(Message message, ref SegmentSweep sweep, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!TryIndex(tape, out int index) || !_open.TryGetValue(index, out OpenBlock? block))
            return ReadFault.BrokenStream;
        int delta = tape.Find(0, "delta"u8);
        int type = tape.Find(delta, "type"u8);
        if (!tape.Is(type, JsonKind.String))
            return ReadFault.BrokenStream;
        if (KnownKeys.HasVariant(tape, delta, AnthropicKeys.Delta))
            return ReadFault.Ambiguous;
        sweep.TakeLabel(type);
        if (!TryGrow(message, ref sweep, block, delta, type))
            return ReadFault.BrokenStream;
        if (block.Kind == BlockKind.Text)
            FindCalls(message, sweep, tape.Find(delta, "text"u8), limits);
        _unknown.Take(ref sweep, delta, index);
        return ReadFault.None;
    }

    /// <summary>A block ends.</summary>
    /// <param name="message">Gets the call it was.</param>
    /// <param name="sweep">The event's sweep.</param>
    /// <param name="index">Its number.</param>
    public ReadFault Stop(Message message, ref SegmentSweep sweep, out int index)
    {
        if (!TryIndex(sweep.Tape, out index) || !_open.Remove(index, out OpenBlock? block))
            return ReadFault.BrokenStream;
        Complete(message, block);
        return ReadFault.None;
    }

    /// <summary>The message is over: calls that have not ended end with it.</summary>
    public void CompleteCalls(Message message, in JsonLimits limits)
    {
        _written.Finish(limits, message.ToolCalls);
        foreach (OpenBlock block in _open.Values)
            Complete(message, block);
        _open.Clear();
    }

    /// <summary>Takes the strings of an event that is none of those known.</summary>
    public void TakeUnknown(ref SegmentSweep sweep, int node) => _unknown.Take(ref sweep, node, -1);

    private static OpenBlock? StartCall(Message message, ref SegmentSweep sweep, int block, BlockKind kind, int index)
    {
        JsonTape tape = sweep.Tape;
        if (!ToolUses.TryTakeNames(message, ref sweep, block, out ReadOnlyMemory<byte> name, out ReadOnlyMemory<byte> toolset))
            return null;
        int input = JsonShape.Present(tape, block, "input"u8);
        bool isEmpty = input < 0 || (tape.Is(input, JsonKind.Object) && tape[input].End == JsonTape.FirstChild(input)) || (tape.Is(input, JsonKind.String) && tape[input].Length == 0);
        sweep.TakeAll(input, TextRole.ToolArgument);
        return new OpenBlock(kind, index)
        {
            IsCall = true,
            Name = name.ToArray(),
            Toolset = toolset.ToArray(),
            InputAtStart = isEmpty ? [] : ToolUses.TextOf(message, sweep.Document, input).ToArray(),
        };
    }

    /// <summary>Takes what is added to a block.</summary>
    /// <returns>False if a block of this kind does not grow so.</returns>
    private bool TryGrow(Message message, ref SegmentSweep sweep, OpenBlock block, int delta, int type)
    {
        JsonTape tape = sweep.Tape;
        if (tape.KeyEquals(type, "text_delta"u8))
            return block.Kind == BlockKind.Text && TryTake(ref sweep, tape.Find(delta, "text"u8), TextRole.Assistant, block.Channel);
        if (tape.KeyEquals(type, "input_json_delta"u8))
            return TryGrowInput(message, ref sweep, block, tape.Find(delta, "partial_json"u8));
        if (tape.KeyEquals(type, "thinking_delta"u8))
            return block.Kind == BlockKind.Thinking && TryTake(ref sweep, tape.Find(delta, "thinking"u8), TextRole.Reasoning, block.Channel);
        if (tape.KeyEquals(type, "signature_delta"u8))
        {
            ContentBlocks.TakeSignature(message, ref sweep, tape.Find(delta, "signature"u8));
            return block.Kind == BlockKind.Thinking;
        }
        if (tape.KeyEquals(type, "citations_delta"u8))
        {
            Citations.ReadOne(message, ref sweep, tape.Find(delta, "citation"u8));
            return block.Kind == BlockKind.Text;
        }
        if (!tape.KeyEquals(type, "compaction_delta"u8))
            return !StreamEvents.IsDeltaVariant(message.Decode(sweep.Document, type).Span);
        sweep.Take(tape.Find(delta, "content"u8), TextRole.Assistant, block.Channel);
        Media.TakePayload(message, ref sweep, tape.Find(delta, "encrypted_content"u8), OpaqueKind.Encrypted);
        return block.Kind == BlockKind.Compaction;
    }

    private bool TryGrowInput(Message message, ref SegmentSweep sweep, OpenBlock block, int piece)
    {
        // Some clients would keep the input that stood there first, others replace it.
        if (!block.IsCall || !sweep.Tape.Is(piece, JsonKind.String))
            return false;
        ReadOnlyMemory<byte> text = message.Decode(sweep.Document, piece);
        _openBytes += text.Length;
        if (_openBytes > MaxOpenBytes || (block.InputAtStart.Length > 0 && !text.IsEmpty))
            return false;
        block.Append(text.Span);
        sweep.Take(piece, TextRole.ToolArgument, block.Channel);
        return true;
    }

    private void FindCalls(Message message, in SegmentSweep sweep, int text, in JsonLimits limits)
    {
        if (sweep.Tape.Is(text, JsonKind.String))
            _written.Push(message.Decode(sweep.Document, text).Span, limits, message.ToolCalls);
    }

    private static bool TryTake(ref SegmentSweep sweep, int node, TextRole role, int channel)
    {
        sweep.Take(node, role, channel);
        return sweep.Tape.Is(node, JsonKind.String);
    }

    private void Complete(Message message, OpenBlock block)
    {
        message.EndedChannels.Add(block.Channel);
        if (!block.IsCall)
            return;
        StreamedArguments.TakeEscaped(message, block.Input);
        message.ToolCalls.Add(new ToolCall(block.Name, block.Input, -1, -1));
        if (block.Toolset.Length > 0)
            message.ToolCalls.Add(new ToolCall(block.Toolset, block.Input, -1, -1));
        _openCalls--;
        if (_openCalls == 0)
            _openBytes = 0;
    }

    /// <summary>The event's number: a small whole one, which it has to have.</summary>
    private static bool TryIndex(JsonTape tape, out int index)
    {
        index = -1;
        int node = tape.Find(0, "index"u8);
        return tape.Is(node, JsonKind.Number) && Utf8Parser.TryParse(tape.Raw(node), out index, out int used) && used == tape[node].Length && index >= 0;
    }
}
