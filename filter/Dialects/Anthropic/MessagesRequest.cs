using System.Text;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Anthropic;

/// <summary>
/// Reads a request of the Messages API, wherever it stands: as a body (api.anthropic.com, Vertex, Bedrock's InvokeModel), or
/// as the parameters of one request of a batch. Who names the model differs, so that it is the caller's to demand.
/// </summary>
internal static class MessagesRequest
{
    /// <summary>Reads a document that is one request and nothing else.</summary>
    /// <param name="message">Gets what is in it; the document was opened before.</param>
    /// <param name="document">The document's index.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    public static ReadFault Read(Message message, int document, in JsonLimits limits)
    {
        var sweep = new SegmentSweep(message, document);
        ReadFault fault = Read(message, ref sweep, 0, limits);
        sweep.Finish(TextRole.Unknown);
        return fault;
    }

    /// <summary>Reads the request that an object of a document is. A second model goes to <see cref="Message.FurtherModels"/>.</summary>
    /// <param name="message">Gets what is in it.</param>
    /// <param name="sweep">The document's sweep.</param>
    /// <param name="root">The object.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    public static ReadFault Read(Message message, ref SegmentSweep sweep, int root, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(root, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, root, AnthropicKeys.Request) || KnownKeys.HasVariant(tape, tape.Find(root, "tool_choice"u8), AnthropicKeys.Choice))
            return ReadFault.Ambiguous;
        int messages = tape.Find(root, "messages"u8);
        if (!tape.Is(messages, JsonKind.Array))
            return ReadFault.WrongShape;
        ReadFault fault = RequestModels.Read(message, ref sweep, root);
        if (fault == ReadFault.None)
            fault = ContentBlocks.Read(message, ref sweep, tape.Find(root, "system"u8), new BlockContext(TextRole.System, IsRequest: true), limits);
        int firstCall = message.ToolCalls.Count;
        for (int item = JsonTape.FirstChild(messages); item < tape[messages].End && fault == ReadFault.None; item = tape[item].End)
            fault = ReadMessage(message, ref sweep, item, limits);
        if (fault != ReadFault.None)
            return fault;
        PendingCalls.Mark(message, sweep.Document, messages, firstCall);
        fault = AnthropicTools.Read(message, ref sweep, root);
        if (fault == ReadFault.None)
            fault = RequestState.Read(message, ref sweep, root);
        RequestOptions.Take(ref sweep, root);
        return fault;
    }

    private static ReadFault ReadMessage(Message message, ref SegmentSweep sweep, int item, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(item, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, item, AnthropicKeys.Message))
            return ReadFault.Ambiguous;
        int roleNode = tape.Find(item, "role"u8);
        if (!tape.Is(roleNode, JsonKind.String))
            return ReadFault.WrongShape;
        TextRole role = RoleOf(tape, roleNode);
        // Ollama reads roles without regard to case.
        if (role == TextRole.Unknown && IsRoleVariant(message.Decode(sweep.Document, roleNode).Span))
            return ReadFault.Ambiguous;
        if (role != TextRole.Unknown)
            sweep.TakeLabel(roleNode);
        sweep.TakeLabel(tape.Find(item, "clear_at"u8));
        sweep.TakeLabels(tape.Find(item, "output_config"u8));
        return ContentBlocks.Read(message, ref sweep, tape.Find(item, "content"u8), new BlockContext(role, IsRequest: true), limits);
    }

    private static bool IsRoleVariant(ReadOnlySpan<byte> role) =>
        Ascii.EqualsIgnoreCase(role, "user"u8) || Ascii.EqualsIgnoreCase(role, "assistant"u8) || Ascii.EqualsIgnoreCase(role, "system"u8);

    private static TextRole RoleOf(JsonTape tape, int node)
    {
        if (tape.KeyEquals(node, "user"u8))
            return TextRole.User;
        if (tape.KeyEquals(node, "assistant"u8))
            return TextRole.Assistant;
        return tape.KeyEquals(node, "system"u8) ? TextRole.System : TextRole.Unknown;
    }
}
