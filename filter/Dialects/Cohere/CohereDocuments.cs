using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Cohere;

/// <summary>Texts of strangers in an exchange: documents to answer from, and what of them an answer cites.</summary>
internal static class CohereDocuments
{
    /// <summary>Takes a document or a list of them: a string, or an object with an id and any members.</summary>
    public static void Take(Message message, ref SegmentSweep sweep, int node, TextRole role, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (node < 0)
            return;
        if (!tape.Is(node, JsonKind.Array))
        {
            sweep.TakeLabel(tape.Find(node, "id"u8));
            NestedJson.Take(message, ref sweep, node, role, limits);
            return;
        }
        for (int document = JsonTape.FirstChild(node); document < tape[node].End; document = tape[document].End)
        {
            sweep.TakeLabel(tape.Find(document, "id"u8));
            NestedJson.Take(message, ref sweep, document, role, limits);
        }
    }

    /// <summary>Takes a citation or a list of them: the words of the answer, and where they are from.</summary>
    public static void TakeCitations(Message message, ref SegmentSweep sweep, int node, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (tape.Is(node, JsonKind.Object))
            TakeCitation(message, ref sweep, node, limits);
        if (!tape.Is(node, JsonKind.Array))
            return;
        for (int citation = JsonTape.FirstChild(node); citation < tape[node].End; citation = tape[citation].End)
            TakeCitation(message, ref sweep, citation, limits);
    }

    private static void TakeCitation(Message message, ref SegmentSweep sweep, int citation, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        sweep.Take(tape.Find(citation, "text"u8), TextRole.Assistant);
        sweep.TakeLabel(tape.Find(citation, "type"u8));
        sweep.TakeLabels(tape.Find(citation, "document_ids"u8));
        int sources = tape.Find(citation, "sources"u8);
        if (!tape.Is(sources, JsonKind.Array))
            return;
        for (int source = JsonTape.FirstChild(sources); source < tape[sources].End; source = tape[source].End)
        {
            sweep.TakeLabel(tape.Find(source, "type"u8));
            sweep.TakeLabel(tape.Find(source, "id"u8));
            Take(message, ref sweep, tape.Find(source, "document"u8), TextRole.Document, limits);
            NestedJson.Take(message, ref sweep, tape.Find(source, "tool_output"u8), TextRole.ToolResult, limits);
        }
    }
}
