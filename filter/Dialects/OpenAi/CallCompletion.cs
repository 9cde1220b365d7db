namespace EnvoyExtAuthz.Dialects.OpenAi;

/// <summary>Turns the calls of a stream's choice, once they are complete, into calls that are judged.</summary>
/// <param name="declared">Tools the request offered; see <see cref="NamePieces"/>.</param>
internal sealed class CallCompletion(IReadOnlyList<ToolDeclaration> declared)
{
    /// <summary>
    /// Bytes of offered names compared with pieces of sent ones, all in all: some hundred calls of some hundred tools take a
    /// hundredth of it.
    /// </summary>
    private const long MaxCompared = 64 << 20;

    private long _compared;

    /// <summary>Puts out a choice's calls, and each offered tool that some client would call instead.</summary>
    /// <returns>False if that cannot be said in bounded time.</returns>
    public bool Complete(ChoiceCalls calls, Message message)
    {
        if (calls.Open.Count == 0)
            return true;
        ReadOnlyMemory<byte> arguments = calls.Open[^1].Arguments;
        int first = message.ToolCalls.Count;
        foreach (OpenCall call in calls.Open)
        {
            message.ToolCalls.Add(new ToolCall(call.Name, call.Arguments, -1, -1));
            message.EndedChannels.Add(call.Channel);
            StreamedArguments.TakeEscaped(message, call.Arguments);
        }
        calls.Clear();
        foreach (ToolDeclaration tool in declared)
        {
            _compared += ((long)calls.Pieces.Count * tool.Name.Length) + message.ToolCalls.Count - first;
            if (_compared > MaxCompared)
                return false;
            if (calls.Pieces.CanMake(tool.Name.Span) && !IsCalled(message, first, tool.Name.Span))
                message.ToolCalls.Add(new ToolCall(tool.Name, arguments, -1, -1));
        }
        return true;
    }

    /// <summary>Puts out the calls of a <c>message</c> beside the deltas, but for those that the deltas made too.</summary>
    /// <returns>False if that cannot be said in bounded time.</returns>
    public bool CompleteRepeated(ChoiceCalls calls, Message message)
    {
        int said = message.ToolCalls.Count;
        bool isComplete = Complete(calls, message);
        for (int i = message.ToolCalls.Count - 1; i >= said && _compared <= MaxCompared; i--)
        {
            _compared += said;
            if (IsMade(message, said, message.ToolCalls[i]))
                message.ToolCalls.RemoveAt(i);
        }
        return isComplete && _compared <= MaxCompared;
    }

    private static bool IsMade(Message message, int count, in ToolCall call)
    {
        for (int i = 0; i < count; i++)
        {
            if (message.ToolCalls[i].Name.Span.SequenceEqual(call.Name.Span) && message.ToolCalls[i].Arguments.Span.SequenceEqual(call.Arguments.Span))
                return true;
        }
        return false;
    }

    private static bool IsCalled(Message message, int first, ReadOnlySpan<byte> name)
    {
        for (int i = first; i < message.ToolCalls.Count; i++)
        {
            if (message.ToolCalls[i].Name.Span.SequenceEqual(name))
                return true;
        }
        return false;
    }
}
