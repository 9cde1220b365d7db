using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Anthropic;

/// <summary>Sources that a text cites: addresses, and titles and excerpts that strangers wrote.</summary>
internal static class Citations
{
    /// <summary>Reads a text block's list; anything else is left to the sweep.</summary>
    public static void Read(Message message, ref SegmentSweep sweep, int citations)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(citations, JsonKind.Array))
            return;
        for (int citation = JsonTape.FirstChild(citations); citation < tape[citations].End; citation = tape[citation].End)
            ReadOne(message, ref sweep, citation);
    }

    /// <summary>Reads one citation.</summary>
    public static void ReadOne(Message message, ref SegmentSweep sweep, int citation)
    {
        JsonTape tape = sweep.Tape;
        sweep.TakeLabel(tape.Find(citation, "type"u8));
        sweep.TakeLabel(tape.Find(citation, "file_id"u8));
        sweep.Take(tape.Find(citation, "cited_text"u8), TextRole.Document);
        sweep.Take(tape.Find(citation, "title"u8), TextRole.FileName);
        sweep.Take(tape.Find(citation, "document_title"u8), TextRole.FileName);
        sweep.Take(tape.Find(citation, "url"u8), TextRole.Url);
        sweep.Take(tape.Find(citation, "source"u8), TextRole.Url);
        Media.TakePayload(message, ref sweep, tape.Find(citation, "encrypted_index"u8), OpaqueKind.Encrypted);
    }
}
