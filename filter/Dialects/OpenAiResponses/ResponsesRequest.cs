using EnvoyExtAuthz.Dialects.OpenAi;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAiResponses;

/// <summary>Reads a request that has a body: for a response, its tokens counted or its compaction, or for a conversation.</summary>
internal static class ResponsesRequest
{
    private static readonly byte[] MultiAgent = "multi_agent"u8.ToArray();

    /// <summary>Reads document 0 of a message.</summary>
    /// <param name="message">Gets what is in it.</param>
    /// <param name="operation">What is asked for.</param>
    /// <param name="path">The request's path: Azure may name the model in it.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    public static ReadFault Read(Message message, ResponsesOperation operation, ReadOnlyMemory<byte> path, in JsonLimits limits)
    {
        var sweep = new SegmentSweep(message, 0);
        ReadFault fault = ReadRoot(message, ref sweep, operation, limits);
        if (fault == ReadFault.None && AzurePath.DeploymentOf(path) is { IsEmpty: false } deployment)
            message.Model = deployment;
        sweep.Finish(TextRole.Unknown);
        return fault;
    }

    private static ReadFault ReadRoot(Message message, ref SegmentSweep sweep, ResponsesOperation operation, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(0, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, 0, ResponsesKeys.Request))
            return ReadFault.Ambiguous;
        // A gateway that takes the chat API's members too would find another conversation or other tools in them.
        if (Has(tape, "messages"u8) || Has(tape, "functions"u8) || Has(tape, "function_call"u8))
            return ReadFault.Ambiguous;
        return operation is ResponsesOperation.Create or ResponsesOperation.Compact or ResponsesOperation.CountTokens
            ? ReadTurn(message, ref sweep, limits)
            : ReadConversation(message, ref sweep, limits);
    }

    /// <summary>
    /// What a conversation keeps. Another API under the same path (Mistral's) answers in it, with a model and tools of its own:
    /// that is none of this protocol.
    /// </summary>
    private static ReadFault ReadConversation(Message message, ref SegmentSweep sweep, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (Has(tape, "input"u8) || Has(tape, "inputs"u8) || Has(tape, "tools"u8) || Has(tape, "model"u8) || Has(tape, "agent_id"u8) || Has(tape, "instructions"u8))
            return ReadFault.WrongShape;
        ResponsesOptions.Take(ref sweep, 0);
        return ReadItems(message, ref sweep, tape.Find(0, "items"u8), limits);
    }

    private static ReadFault ReadTurn(Message message, ref SegmentSweep sweep, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        ReadFault fault = ChatModel.Read(message, ref sweep);
        if (fault == ReadFault.None)
            fault = ReadInput(message, ref sweep, tape.Find(0, "input"u8), limits);
        if (fault == ReadFault.None)
            fault = ResponsesTools.Read(message, ref sweep, tape.Find(0, "tools"u8));
        if (fault == ReadFault.None)
            fault = ReadSwitches(message, ref sweep);
        if (fault == ReadFault.None)
            fault = ResponsesToolChoice.Read(message, tape);
        if (fault != ReadFault.None)
            return fault;
        int instructions = tape.Find(0, "instructions"u8);
        sweep.Take(instructions, TextRole.System);
        if (tape.Is(instructions, JsonKind.Array))
            fault = ReadItems(message, ref sweep, instructions, limits);
        ResponsesOptions.Take(ref sweep, 0);
        return fault != ReadFault.None ? fault : ReadState(message, ref sweep, limits);
    }

    private static ReadFault ReadInput(Message message, ref SegmentSweep sweep, int input, in JsonLimits limits)
    {
        if (!sweep.Tape.Is(input, JsonKind.String))
            return ReadItems(message, ref sweep, input, limits);
        sweep.Take(input, TextRole.User);
        return ReadFault.None;
    }

    private static ReadFault ReadItems(Message message, ref SegmentSweep sweep, int items, in JsonLimits limits)
    {
        ReadFault fault = ResponsesItems.ReadAll(message, ref sweep, items, new ItemContext(Replayed: true), limits);
        return fault != ReadFault.None ? fault : ResponsesApprovals.Read(message, ref sweep, items);
    }

    /// <summary>Options that give a model tools without an entry among the tools.</summary>
    private static ReadFault ReadSwitches(Message message, ref SegmentSweep sweep)
    {
        JsonTape tape = sweep.Tape;
        int agents = JsonShape.Present(tape, 0, "multi_agent"u8);
        if (agents >= 0 && !tape.Is(tape.Find(agents, "enabled"u8), JsonKind.False))
            message.ToolDeclarations.Add(new ToolDeclaration(MultiAgent, 0, agents));
        sweep.TakeLabels(agents);
        return HiddenTools.Read(message, ref sweep);
    }

    /// <summary>What the other side adds from its own memory: earlier turns, a prompt with instructions and tools of its own.</summary>
    private static ReadFault ReadState(Message message, ref SegmentSweep sweep, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        Media.TakePayload(message, ref sweep, tape.Find(0, "previous_response_id"u8), OpaqueKind.ServerState);
        int conversation = tape.Find(0, "conversation"u8);
        Media.TakePayload(message, ref sweep, tape.Is(conversation, JsonKind.Object) ? tape.Find(conversation, "id"u8) : conversation, OpaqueKind.ServerState);
        int prompt = JsonShape.Present(tape, 0, "prompt"u8);
        if (prompt < 0)
            return ReadFault.None;
        if (!tape.Is(prompt, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, prompt, ResponsesKeys.Prompt))
            return ReadFault.Ambiguous;
        Media.TakePayload(message, ref sweep, tape.Find(prompt, "id"u8), OpaqueKind.ServerState);
        sweep.TakeLabel(tape.Find(prompt, "version"u8));
        return ReadVariables(message, ref sweep, tape.Find(prompt, "variables"u8), limits);
    }

    /// <summary>Reads what a prompt's blanks are filled with: texts, or parts like a message's.</summary>
    public static ReadFault ReadVariables(Message message, ref SegmentSweep sweep, int variables, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(variables, JsonKind.Object))
            return ReadFault.None;
        ReadFault fault = ReadFault.None;
        for (int key = JsonTape.FirstChild(variables); key < tape[variables].End && fault == ReadFault.None; key = tape.Next(key))
            fault = ResponsesContent.ReadOne(message, ref sweep, key + 1, TextRole.User, default, 0, limits);
        return fault;
    }

    private static bool Has(JsonTape tape, ReadOnlySpan<byte> key) => JsonShape.Present(tape, 0, key) >= 0;
}
