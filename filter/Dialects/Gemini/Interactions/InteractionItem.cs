using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Gemini.Interactions;

/// <summary>
/// An item of an interaction: content (text, a picture), or a step (a turn, a thought, a call, a result), told apart by its
/// <c>type</c>. A type that ends in <c>_call</c> is a call and one that ends in <c>_result</c> what it returned, known or not.
/// </summary>
internal static class InteractionItem
{
    /// <summary>Reads a list of items, one item in its place, or a text in its place.</summary>
    public static ReadFault ReadAll(Message message, ref SegmentSweep sweep, int list, in InteractionScope scope, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        ReadFault fault = ReadFault.None;
        ProtoList items = ProtoList.Of(tape, list);
        for (int item = items.First; item < items.End && fault == ReadFault.None; item = tape[item].End)
        {
            if (tape.Is(item, JsonKind.String))
                TakeText(message, ref sweep, item, scope, limits);
            else
                fault = Read(message, ref sweep, item, scope, limits);
        }
        return fault;
    }

    /// <summary>Reads one item.</summary>
    public static ReadFault Read(Message message, ref SegmentSweep sweep, int item, in InteractionScope scope, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(item, JsonKind.Object))
            return ReadFault.WrongShape;
        if (InteractionFields.ItemShape.IsAmbiguous(tape, item))
            return ReadFault.Ambiguous;
        int type = InteractionFields.Type.In(tape, item);
        if (type >= 0 && !tape.Is(type, JsonKind.String))
            return ReadFault.WrongShape;
        sweep.TakeLabel(type);
        sweep.TakeLabel(InteractionFields.Id.In(tape, item));
        sweep.TakeLabel(InteractionFields.CallId.In(tape, item));
        Media.TakePayload(message, ref sweep, InteractionFields.Signature.In(tape, item), OpaqueKind.Encrypted);
        ReadOnlySpan<byte> kind = type < 0 ? default : message.Decode(sweep.Document, type).Span;
        if (IsCall(kind) || (InteractionFields.Arguments.In(tape, item) >= 0 && !kind.SequenceEqual("arguments_delta"u8)))
            return ReadCall(message, ref sweep, item, scope.Replayed, limits);
        if (kind.EndsWith("_result"u8))
            return ReadResult(message, ref sweep, item, scope, limits);
        if (type < 0 && InteractionFields.Role.In(tape, item) is >= 0 and var role)
            return ReadTurn(message, ref sweep, item, role, scope, limits);
        return ReadContent(message, ref sweep, item, kind, scope, limits);
    }

    /// <summary>Whether a type is that of a call.</summary>
    public static bool IsCall(ReadOnlySpan<byte> type) => type.EndsWith("_call"u8);

    /// <summary>The tool that a call is of: by its name, or by its type where that says which of the provider's it is.</summary>
    /// <returns>False if it names none.</returns>
    public static bool TryTool(Message message, in SegmentSweep sweep, int call, out ReadOnlyMemory<byte> tool)
    {
        tool = default;
        JsonTape tape = sweep.Tape;
        int type = InteractionFields.Type.In(tape, call);
        int name = InteractionFields.Name.In(tape, call);
        if (tape.Is(name, JsonKind.String))
        {
            tool = message.Decode(sweep.Document, name);
            return true;
        }
        if (name >= 0 || !tape.Is(type, JsonKind.String) || tape.KeyEquals(type, "function_call"u8) || tape.KeyEquals(type, "mcp_server_tool_call"u8))
            return false;
        ReadOnlyMemory<byte> kind = message.Decode(sweep.Document, type);
        tool = InteractionTools.NameOf(IsCall(kind.Span) ? kind[..^"_call".Length] : kind);
        return true;
    }

    /// <summary>A turn of the API's first version: a role and what it said.</summary>
    private static ReadFault ReadTurn(Message message, ref SegmentSweep sweep, int turn, int role, in InteractionScope scope, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(role, JsonKind.String))
            return ReadFault.WrongShape;
        TextRole speaker = tape.KeyEquals(role, "user"u8) ? TextRole.User : tape.KeyEquals(role, "model"u8) ? TextRole.Assistant : TextRole.Unknown;
        sweep.TakeLabel(role);
        return ReadAll(message, ref sweep, InteractionFields.Content.In(tape, turn), scope with { Role = speaker }, limits);
    }

    private static ReadFault ReadContent(
        Message message, ref SegmentSweep sweep, int item, ReadOnlySpan<byte> kind, InteractionScope scope, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (kind.SequenceEqual("user_input"u8))
            scope = scope with { Role = TextRole.User };
        else if (kind.SequenceEqual("model_output"u8))
            scope = scope with { Role = TextRole.Assistant };
        else if (kind.SequenceEqual("thought"u8) || kind.SequenceEqual("thought_summary"u8))
            scope = scope with { Role = TextRole.Reasoning, Text = scope.Thought };
        int text = InteractionFields.Text.In(tape, item);
        if (text >= 0 && !tape.Is(text, JsonKind.String))
            return ReadFault.WrongShape;
        TakeText(message, ref sweep, text, scope, limits);
        TakeMedia(message, ref sweep, item, kind);
        TakeAnnotations(ref sweep, InteractionFields.Annotations.In(tape, item));
        ReadFault fault = ReadAll(message, ref sweep, InteractionFields.Content.In(tape, item), scope, limits);
        return fault != ReadFault.None ? fault : ReadAll(message, ref sweep, InteractionFields.Summary.In(tape, item), scope, limits);
    }

    private static void TakeText(Message message, ref SegmentSweep sweep, int text, in InteractionScope scope, in JsonLimits limits)
    {
        if (scope.Role == TextRole.ToolResult && scope.Text < 0)
            NestedJson.Take(message, ref sweep, text, TextRole.ToolResult, limits);
        else
            sweep.Take(text, scope.Role, scope.Text);
    }

    private static void TakeMedia(Message message, ref SegmentSweep sweep, int item, ReadOnlySpan<byte> kind)
    {
        JsonTape tape = sweep.Tape;
        OpaqueKind inline = kind.SequenceEqual("image"u8) ? OpaqueKind.Image
            : kind.SequenceEqual("audio"u8) ? OpaqueKind.Audio
            : kind.SequenceEqual("video"u8) ? OpaqueKind.Video : OpaqueKind.File;
        sweep.TakeLabel(InteractionFields.MimeType.In(tape, item));
        Media.TakePayload(message, ref sweep, InteractionFields.Data.In(tape, item), inline);
        GeminiMedia.TakeUri(message, ref sweep, InteractionFields.Uri.In(tape, item), inline);
    }

    /// <summary>Sources that a text cites: addresses, and titles and excerpts that strangers wrote.</summary>
    private static void TakeAnnotations(ref SegmentSweep sweep, int annotations)
    {
        if (annotations >= 0)
            GeminiSources.TakeTree(ref sweep, annotations);
    }

    private static ReadFault ReadCall(Message message, ref SegmentSweep sweep, int call, bool replayed, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!TryTool(message, sweep, call, out ReadOnlyMemory<byte> tool))
            return ReadFault.WrongShape;
        int arguments = InteractionFields.Arguments.In(tape, call);
        message.ToolCalls.Add(new ToolCall(tool, GeminiCalls.JsonOf(message, sweep.Document, arguments), sweep.Document, call, replayed));
        sweep.TakeLabel(InteractionFields.Name.In(tape, call));
        sweep.TakeLabel(InteractionFields.ServerName.In(tape, call));
        NestedJson.Take(message, ref sweep, arguments, TextRole.ToolArgument, limits);
        return ReadFault.None;
    }

    private static ReadFault ReadResult(Message message, ref SegmentSweep sweep, int item, InteractionScope scope, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        sweep.TakeLabel(InteractionFields.Name.In(tape, item));
        sweep.TakeLabel(InteractionFields.ServerName.In(tape, item));
        int result = InteractionFields.Result.In(tape, item);
        scope = scope with { Role = TextRole.ToolResult, Text = -1 };
        ReadFault fault = ReadFault.None;
        ProtoList parts = ProtoList.Of(tape, result);
        for (int part = parts.First; part < parts.End && fault == ReadFault.None; part = tape[part].End)
        {
            // What is content is read as such; whatever else a tool returns is its own.
            if (InteractionFields.Type.In(tape, part) is >= 0 and var type && tape.Is(type, JsonKind.String) && IsContent(tape, type))
                fault = Read(message, ref sweep, part, scope, limits);
        }
        if (tape.Is(result, JsonKind.String) && scope.Result >= 0)
            sweep.Take(result, TextRole.ToolResult, scope.Result);
        NestedJson.Take(message, ref sweep, result, TextRole.ToolResult, limits);
        return fault;
    }

    private static bool IsContent(JsonTape tape, int type) =>
        tape.KeyEquals(type, "text"u8) || tape.KeyEquals(type, "image"u8) || tape.KeyEquals(type, "audio"u8) || tape.KeyEquals(type, "video"u8) || tape.KeyEquals(type, "document"u8);
}
