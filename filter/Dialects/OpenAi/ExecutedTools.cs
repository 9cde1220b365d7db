using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAi;

/// <summary>
/// Groq's <c>executed_tools</c>: calls that the provider itself made on the way to an answer, each with what it returned. They
/// are calls like any other, under their name or else their type: an answer that rests on one that is not allowed is refused.
/// </summary>
internal static class ExecutedTools
{
    /// <summary>Reads those of a message or delta.</summary>
    public static ReadFault Read(Message message, ref SegmentSweep sweep, int turn, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        int tools = tape.Find(turn, "executed_tools"u8);
        if (!JsonShape.IsArrayOrAbsent(tape, tools))
            return ReadFault.WrongShape;
        for (int tool = JsonTape.FirstChild(tools); tools >= 0 && tool < tape[tools].End; tool = tape[tool].End)
        {
            int name = JsonShape.Present(tape, tool, "name"u8);
            if (name < 0)
                name = JsonShape.Present(tape, tool, "type"u8);
            if (!tape.Is(name, JsonKind.String))
                return ReadFault.WrongShape;
            int arguments = tape.Find(tool, "arguments"u8);
            message.ToolCalls.Add(new ToolCall(message.Decode(sweep.Document, name), ChatCalls.TextOf(message, sweep.Document, arguments), sweep.Document, tool));
            sweep.TakeLabel(name);
            sweep.TakeLabel(tape.Find(tool, "type"u8));
            NestedJson.Take(message, ref sweep, arguments, TextRole.ToolArgument, limits);
            NestedJson.Take(message, ref sweep, tool, TextRole.ToolResult, limits);
        }
        return ReadFault.None;
    }
}
