using EnvoyExtAuthz.Dialects.OpenAi;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Cohere;

/// <summary>Tools a request offers: functions, and connectors, which are searches that the server makes by itself.</summary>
internal static class CohereTools
{
    /// <summary>Reads the declarations of a request.</summary>
    /// <param name="message">Gets them.</param>
    /// <param name="sweep">The document's sweep.</param>
    /// <param name="isFirstVersion">Tools are spelt as version 1 does.</param>
    public static ReadFault Read(Message message, ref SegmentSweep sweep, bool isFirstVersion)
    {
        JsonTape tape = sweep.Tape;
        ReadFault fault = isFirstVersion ? ReadFirst(message, ref sweep, tape.Find(0, "tools"u8)) : ChatTools.Read(message, ref sweep);
        return fault != ReadFault.None ? fault : ReadConnectors(message, ref sweep, tape.Find(0, "connectors"u8));
    }

    private static ReadFault ReadFirst(Message message, ref SegmentSweep sweep, int tools)
    {
        JsonTape tape = sweep.Tape;
        if (!JsonShape.IsArrayOrAbsent(tape, tools))
            return ReadFault.WrongShape;
        for (int tool = JsonTape.FirstChild(tools); tape.Is(tools, JsonKind.Array) && tool < tape[tools].End; tool = tape[tool].End)
        {
            int name = tape.Find(tool, "name"u8);
            // Version 2's tools are named inside a function: one that is both has two names.
            if (KnownKeys.HasVariant(tape, tool, CohereKeys.Tool) || JsonShape.Present(tape, tool, "function"u8) >= 0)
                return ReadFault.Ambiguous;
            if (!tape.Is(name, JsonKind.String))
                return ReadFault.WrongShape;
            message.ToolDeclarations.Add(new ToolDeclaration(message.Decode(sweep.Document, name), sweep.Document, tool));
            sweep.Take(name, TextRole.ToolDescription);
            sweep.Take(tape.Find(tool, "description"u8), TextRole.ToolDescription);
            sweep.TakeAll(tool, TextRole.Schema);
        }
        return ReadFault.None;
    }

    private static ReadFault ReadConnectors(Message message, ref SegmentSweep sweep, int connectors)
    {
        JsonTape tape = sweep.Tape;
        if (!JsonShape.IsArrayOrAbsent(tape, connectors))
            return ReadFault.WrongShape;
        for (int connector = JsonTape.FirstChild(connectors); tape.Is(connectors, JsonKind.Array) && connector < tape[connectors].End; connector = tape[connector].End)
        {
            int id = tape.Find(connector, "id"u8);
            if (KnownKeys.HasVariant(tape, connector, CohereKeys.Connector))
                return ReadFault.Ambiguous;
            if (!tape.Is(id, JsonKind.String))
                return ReadFault.WrongShape;
            message.ToolDeclarations.Add(new ToolDeclaration(message.Decode(sweep.Document, id), sweep.Document, connector));
            sweep.TakeLabel(id);
            sweep.TakeLabels(tape.Find(connector, "options"u8));
        }
        return ReadFault.None;
    }
}
