using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Gemini;

/// <summary>Calls of tools and what they returned: functions of the client's, tools of the provider's, code the provider runs.</summary>
internal static class GeminiCalls
{
    /// <summary>Reads the calls and results of a part.</summary>
    /// <param name="message">Gets calls and segments.</param>
    /// <param name="sweep">The document's sweep.</param>
    /// <param name="part">The part's object.</param>
    /// <param name="scope">Whose it is.</param>
    /// <param name="calls">Calls of a stream; null outside one.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    public static ReadFault Read(Message message, ref SegmentSweep sweep, int part, in PartScope scope, StreamedCalls? calls, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        ReadFault fault = ReadFunction(message, ref sweep, GeminiFields.FunctionCall.In(tape, part), scope.Replayed, calls, limits);
        if (fault == ReadFault.None)
            fault = ReadResult(message, ref sweep, GeminiFields.FunctionResponse.In(tape, part), limits);
        if (fault == ReadFault.None)
            fault = ReadProviderCall(message, ref sweep, GeminiFields.ToolCall.In(tape, part), scope.Replayed, limits);
        if (fault == ReadFault.None)
            fault = ReadResult(message, ref sweep, GeminiFields.ToolResponse.In(tape, part), limits);
        if (fault == ReadFault.None)
            fault = ReadCode(message, ref sweep, GeminiFields.ExecutableCode.In(tape, part), scope.Replayed);
        if (fault == ReadFault.None)
            fault = ReadOutput(ref sweep, GeminiFields.CodeExecutionResult.In(tape, part));
        return fault;
    }

    private static ReadFault ReadFunction(Message message, ref SegmentSweep sweep, int call, bool replayed, StreamedCalls? calls, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        ReadFault fault = Check(ref sweep, call);
        if (call < 0 || fault != ReadFault.None)
            return fault;
        int name = GeminiFields.Name.In(tape, call);
        int args = GeminiFields.Args.In(tape, call);
        if ((name >= 0 && !tape.Is(name, JsonKind.String)) || (args >= 0 && !tape.Is(args, JsonKind.Object)))
            return ReadFault.WrongShape;
        if (calls is not null)
        {
            fault = calls.Take(message, ref sweep, call, limits);
        }
        else if (name >= 0)
        {
            message.ToolCalls.Add(new ToolCall(message.Decode(sweep.Document, name), JsonOf(message, sweep.Document, args), sweep.Document, call, replayed));
        }
        else if (!replayed && tape[call].End > JsonTape.FirstChild(call))
        {
            // Nobody could say what a call without a name calls.
            fault = ReadFault.WrongShape;
        }
        sweep.TakeLabel(name);
        NestedJson.Take(message, ref sweep, args, TextRole.ToolArgument, limits);
        sweep.TakeAll(GeminiFields.PartialArgs.In(tape, call), TextRole.ToolArgument);
        return fault;
    }

    /// <summary>A call the provider makes itself (<c>toolCall</c>), named as the tool is that was offered.</summary>
    private static ReadFault ReadProviderCall(Message message, ref SegmentSweep sweep, int call, bool replayed, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        ReadFault fault = Check(ref sweep, call);
        if (call < 0 || fault != ReadFault.None)
            return fault;
        int type = GeminiFields.ToolType.In(tape, call);
        int args = GeminiFields.Args.In(tape, call);
        if (!tape.Is(type, JsonKind.String))
            return ReadFault.WrongShape;
        ReadOnlyMemory<byte> name = OfferedAs(tape, type) ?? message.Decode(sweep.Document, type);
        message.ToolCalls.Add(new ToolCall(name, JsonOf(message, sweep.Document, args), sweep.Document, call, replayed));
        NestedJson.Take(message, ref sweep, args, TextRole.ToolArgument, limits);
        return ReadFault.None;
    }

    /// <summary>Code the provider runs: a call of the tool <c>codeExecution</c>.</summary>
    private static ReadFault ReadCode(Message message, ref SegmentSweep sweep, int code, bool replayed)
    {
        JsonTape tape = sweep.Tape;
        ReadFault fault = Check(ref sweep, code);
        if (code < 0 || fault != ReadFault.None)
            return fault;
        int text = GeminiFields.Code.In(tape, code);
        ReadOnlyMemory<byte> source = tape.Is(text, JsonKind.String) ? message.Decode(sweep.Document, text) : default;
        message.ToolCalls.Add(new ToolCall(GeminiFields.CodeExecution.Name, source, sweep.Document, code, replayed));
        sweep.TakeLabel(GeminiFields.Language.In(tape, code));
        sweep.Take(text, TextRole.ToolArgument);
        return ReadFault.None;
    }

    private static ReadFault ReadOutput(ref SegmentSweep sweep, int result)
    {
        JsonTape tape = sweep.Tape;
        ReadFault fault = Check(ref sweep, result);
        if (result < 0 || fault != ReadFault.None)
            return fault;
        sweep.TakeLabel(GeminiFields.Outcome.In(tape, result));
        sweep.Take(GeminiFields.Output.In(tape, result), TextRole.ToolResult);
        return ReadFault.None;
    }

    /// <summary>What a function (<c>functionResponse</c>) or a tool of the provider's (<c>toolResponse</c>) returned.</summary>
    private static ReadFault ReadResult(Message message, ref SegmentSweep sweep, int result, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        ReadFault fault = Check(ref sweep, result);
        if (result < 0 || fault != ReadFault.None)
            return fault;
        sweep.TakeLabel(GeminiFields.Name.In(tape, result));
        sweep.TakeLabel(GeminiFields.Scheduling.In(tape, result));
        ProtoList parts = ProtoList.Of(tape, GeminiFields.Parts.In(tape, result));
        for (int part = parts.First; part < parts.End && fault == ReadFault.None; part = tape[part].End)
            fault = ReadResultPart(message, ref sweep, part);
        NestedJson.Take(message, ref sweep, GeminiFields.Response.In(tape, result), TextRole.ToolResult, limits);
        return fault;
    }

    private static ReadFault ReadResultPart(Message message, ref SegmentSweep sweep, int part)
    {
        if (!sweep.Tape.Is(part, JsonKind.Object))
            return ReadFault.WrongShape;
        if (GeminiFields.PartShape.IsAmbiguous(sweep.Tape, part))
            return ReadFault.Ambiguous;
        return GeminiMedia.Read(message, ref sweep, part);
    }

    private static ReadFault Check(ref SegmentSweep sweep, int holder)
    {
        JsonTape tape = sweep.Tape;
        if (holder < 0)
            return ReadFault.None;
        if (!tape.Is(holder, JsonKind.Object))
            return ReadFault.WrongShape;
        if (GeminiFields.CallShape.IsAmbiguous(tape, holder))
            return ReadFault.Ambiguous;
        sweep.TakeLabel(GeminiFields.Id.In(tape, holder));
        sweep.TakeLabel(GeminiFields.ToolType.In(tape, holder));
        return ReadFault.None;
    }

    private static ReadOnlyMemory<byte>? OfferedAs(JsonTape tape, int type)
    {
        if (tape.KeyEquals(type, "GOOGLE_SEARCH_WEB"u8) || tape.KeyEquals(type, "GOOGLE_SEARCH_IMAGE"u8))
            return GeminiFields.GoogleSearch.Name;
        if (tape.KeyEquals(type, "GOOGLE_MAPS"u8))
            return GeminiFields.GoogleMaps.Name;
        if (tape.KeyEquals(type, "URL_CONTEXT"u8))
            return GeminiFields.UrlContext.Name;
        return tape.KeyEquals(type, "FILE_SEARCH"u8) ? GeminiFields.FileSearch.Name : null;
    }

    /// <summary>A value's JSON; empty without one.</summary>
    public static ReadOnlyMemory<byte> JsonOf(Message message, int document, int node)
    {
        if (node < 0)
            return default;
        SourceDocument source = message.Documents[document];
        return source.Bytes.Slice(source.Tape[node].Start, source.Tape[node].Length);
    }
}
