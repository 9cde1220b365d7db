using System.Buffers;
using System.Buffers.Text;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Bedrock;

/// <summary>Requests that no model answers at once: counting tokens, guardrails, invocations answered into a bucket.</summary>
internal static class BesideConversations
{
    /// <summary>Reads <c>count-tokens</c>: a conversation, or an invocation's body in base64.</summary>
    public static ReadFault ReadCount(Message message, ref SegmentSweep sweep, ReadOnlyMemory<byte> model, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        int input = tape.Find(0, "input"u8);
        if (!tape.Is(input, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, 0, BedrockKeys.Request))
            return ReadFault.Ambiguous;
        int conversation = JsonShape.Present(tape, input, "converse"u8);
        int invocation = JsonShape.Present(tape, input, "invokeModel"u8);
        if (conversation >= 0 && invocation >= 0)
            return ReadFault.Ambiguous;
        if (conversation >= 0)
            return ConverseRequest.Read(message, ref sweep, conversation, limits);
        int body = tape.Find(invocation, "body"u8);
        return tape.Is(body, JsonKind.String) ? ReadWrapped(message, ref sweep, body, model, limits) : ReadFault.WrongShape;
    }

    /// <summary>Reads a guardrail's request: what it is to judge, in the role it is said to have.</summary>
    public static ReadFault ReadGuardrail(Message message, ref SegmentSweep sweep)
    {
        JsonTape tape = sweep.Tape;
        int content = tape.Find(0, "content"u8);
        if (!tape.Is(content, JsonKind.Array))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, 0, BedrockKeys.Request))
            return ReadFault.Ambiguous;
        int source = tape.Find(0, "source"u8);
        TextRole role = source >= 0 && tape.KeyEquals(source, "OUTPUT"u8) ? TextRole.Assistant : TextRole.User;
        sweep.TakeLabel(source);
        sweep.TakeLabel(tape.Find(0, "outputScope"u8));
        for (int block = JsonTape.FirstChild(content); block < tape[content].End; block = tape[block].End)
        {
            if (!ConverseContent.TakeGuarded(message, ref sweep, block, role))
                return ReadFault.Ambiguous;
        }
        return ReadFault.None;
    }

    /// <summary>Reads the start of an invocation whose answer nobody here sees: it goes to a bucket.</summary>
    public static ReadFault ReadAsync(Message message, ref SegmentSweep sweep)
    {
        JsonTape tape = sweep.Tape;
        int model = tape.Find(0, "modelId"u8);
        int output = tape.Find(0, "outputDataConfig"u8);
        if (!tape.Is(model, JsonKind.String) || output < 0)
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, 0, BedrockKeys.Request))
            return ReadFault.Ambiguous;
        message.Model = message.Decode(0, model);
        sweep.TakeLabel(model);
        message.Opaque.Add(new OpaquePart(OpaqueKind.ServerState, 0, tape[output].Start, tape[output].Length));
        int input = tape.Find(0, "modelInput"u8);
        ReadFault fault = NativeFields.Read(message, ref sweep, input);
        if (input >= 0)
            NativeTexts.TakeAsked(message, ref sweep, input);
        sweep.TakeLabel(tape.Find(0, "clientRequestToken"u8));
        return fault;
    }

    /// <summary>
    /// Reads a body in base64 as a message of its own. Its texts stand beside this body: they are judged, and cannot be
    /// edited; nor can its tools be taken out.
    /// </summary>
    private static ReadFault ReadWrapped(Message message, ref SegmentSweep sweep, int body, ReadOnlyMemory<byte> model, in JsonLimits limits)
    {
        ReadOnlyMemory<byte> encoded = message.Decode(sweep.Document, body);
        Memory<byte> room = message.Reserve(Base64.GetMaxDecodedFromUtf8Length(encoded.Length));
        if (encoded.Span.IndexOfAny(" \t\r\n"u8) >= 0
            || Base64.DecodeFromUtf8(encoded.Span, room.Span, out _, out int length) != OperationStatus.Done)
            return ReadFault.WrongShape;
        // Lives as long as the message it is wrapped in; what it lends is lent on by that one.
        var inner = new Message { Dialect = message.Dialect };
        ReadFault fault = inner.ReadJson(room[..length], limits);
        if (fault == ReadFault.None)
            fault = InvokeBody.ReadRequest(inner, model, limits, out _);
        message.JsonFault = inner.JsonFault;
        sweep.Skip(body);
        foreach (Segment segment in inner.Segments)
            message.ExtraTexts.Add(inner.Text(segment));
        foreach (ToolDeclaration tool in inner.ToolDeclarations)
            message.ToolDeclarations.Add(new ToolDeclaration(tool.Name, -1, -1));
        foreach (OpaquePart part in inner.Opaque)
            message.Opaque.Add(new OpaquePart(part.Kind, sweep.Document, sweep.Tape[body].Start, sweep.Tape[body].Length));
        message.FurtherModels.AddRange(inner.FurtherModels);
        return fault;
    }
}
