using EnvoyExtAuthz.Dialects.OpenAi;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Replicate;

/// <summary>
/// What a model is run on: an object whose members each model names for itself. Prompts and instructions are known by the
/// names that nearly all of them use; every other text is of unknown role.
/// </summary>
internal static class ReplicateInput
{
    private static readonly byte[][] Prompts = KnownKeys.Of("prompt", "negative_prompt", "text", "lyrics", "question", "query");
    private static readonly byte[][] Instructions = KnownKeys.Of("system_prompt", "prompt_template", "pre_prompt", "system_message");
    private static readonly byte[][] Known = KnownKeys.Of("prompt", "system_prompt", "prompt_template", "messages", "tools", "functions");

    /// <summary>Reads an input, or nothing in its place.</summary>
    /// <param name="message">Gets what is in it.</param>
    /// <param name="sweep">The document's sweep.</param>
    /// <param name="input">Its node; -1 for none.</param>
    /// <param name="isTold">It stands in an answer: nobody is to run anything on it.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    public static ReadFault Read(Message message, ref SegmentSweep sweep, int input, bool isTold, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (input < 0 || tape.Is(input, JsonKind.Null))
            return ReadFault.None;
        // Tools of a model's own spelling: what is offered here could not be judged.
        bool offersTools = JsonShape.Present(tape, input, "tools"u8) >= 0 || JsonShape.Present(tape, input, "functions"u8) >= 0;
        if (!tape.Is(input, JsonKind.Object) || (offersTools && !isTold))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, input, Known))
            return ReadFault.Ambiguous;
        foreach (byte[] key in Prompts)
            TakeText(ref sweep, input, key, TextRole.User);
        foreach (byte[] key in Instructions)
            TakeText(ref sweep, input, key, TextRole.System);
        ReadFault fault = ReadMessages(message, ref sweep, tape.Find(input, "messages"u8), limits);
        for (int node = input; node < tape[input].End; node++)
            TakeAddress(message, ref sweep, node, isTold);
        sweep.TakeLabels(input);
        return fault;
    }

    /// <summary>Takes an address of a file, or the file itself in one. What an answer tells is fetched by its client, if at all.</summary>
    public static void TakeAddress(Message message, ref SegmentSweep sweep, int node, bool isTold)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(node, JsonKind.String) || sweep.IsTaken(node) || !IsAddress(tape.Raw(node)))
            return;
        ReadOnlySpan<byte> raw = tape.Raw(node);
        if (isTold && !raw.StartsWith("data:"u8))
            sweep.Take(node, TextRole.Url);
        else
            Media.TakeAddress(message, ref sweep, node, KindOf(raw));
    }

    /// <summary>Whether a text is one address and nothing else.</summary>
    public static bool IsAddress(ReadOnlySpan<byte> raw) =>
        (raw.StartsWith("https://"u8) || raw.StartsWith("http://"u8) || raw.StartsWith("data:"u8)) && raw.IndexOfAny(" \\"u8) < 0;

    private static OpaqueKind KindOf(ReadOnlySpan<byte> address) =>
        address.StartsWith("data:image/"u8) ? OpaqueKind.Image
        : address.StartsWith("data:audio/"u8) ? OpaqueKind.Audio
        : address.StartsWith("data:video/"u8) ? OpaqueKind.Video
        : OpaqueKind.File;

    private static void TakeText(ref SegmentSweep sweep, int input, ReadOnlySpan<byte> key, TextRole role)
    {
        int node = sweep.Tape.Find(input, key);
        if (node >= 0 && !(sweep.Tape.Is(node, JsonKind.String) && IsAddress(sweep.Tape.Raw(node))))
            sweep.Take(node, role);
    }

    /// <summary>Models that take a conversation spell it as OpenAI does.</summary>
    private static ReadFault ReadMessages(Message message, ref SegmentSweep sweep, int messages, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        ReadFault fault = ReadFault.None;
        for (int turn = JsonTape.FirstChild(messages); tape.Is(messages, JsonKind.Array) && turn < tape[messages].End && fault == ReadFault.None; turn = tape[turn].End)
        {
            if (!tape.Is(turn, JsonKind.Object))
                return ReadFault.WrongShape;
            int roleNode = tape.Find(turn, "role"u8);
            TextRole role = RoleOf(tape, roleNode);
            if (role != TextRole.Unknown)
                sweep.TakeLabel(roleNode);
            fault = ChatTurn.Read(message, ref sweep, turn, role, TurnChannels.None, limits);
            if (fault == ReadFault.None)
                fault = ChatCalls.Read(message, ref sweep, turn, replayed: true, limits);
        }
        return fault;
    }

    private static TextRole RoleOf(JsonTape tape, int node)
    {
        if (!tape.Is(node, JsonKind.String))
            return TextRole.Unknown;
        if (tape.KeyEquals(node, "user"u8))
            return TextRole.User;
        if (tape.KeyEquals(node, "assistant"u8))
            return TextRole.Assistant;
        return tape.KeyEquals(node, "system"u8) ? TextRole.System : TextRole.Unknown;
    }
}
