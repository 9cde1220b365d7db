using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Bedrock;

/// <summary>Sources: what an answer cites, and what a search found. Titles, addresses and excerpts are strangers' words.</summary>
internal static class ConverseCitations
{
    /// <summary>Reads <c>{content, citations}</c>: words with where they come from.</summary>
    public static void ReadContent(ref SegmentSweep sweep, int content, TextRole role)
    {
        JsonTape tape = sweep.Tape;
        ConverseMedia.TakeTexts(ref sweep, tape.Find(content, "content"u8), role);
        int citations = tape.Find(content, "citations"u8);
        if (!tape.Is(citations, JsonKind.Array))
            return;
        for (int citation = JsonTape.FirstChild(citations); citation < tape[citations].End; citation = tape[citation].End)
            ReadCitation(ref sweep, citation, -1);
    }

    /// <summary>Reads one citation.</summary>
    /// <param name="sweep">The document's sweep.</param>
    /// <param name="citation">Its node; -1 for none.</param>
    /// <param name="channel">The running text its excerpt goes on with; -1 outside streams.</param>
    public static void ReadCitation(ref SegmentSweep sweep, int citation, int channel)
    {
        JsonTape tape = sweep.Tape;
        sweep.Take(tape.Find(citation, "title"u8), TextRole.Document);
        TakeAddress(ref sweep, tape.Find(citation, "source"u8));
        ConverseMedia.TakeTexts(ref sweep, tape.Find(citation, "sourceContent"u8), TextRole.Document, channel);
        int web = tape.Find(tape.Find(citation, "location"u8), "web"u8);
        sweep.Take(tape.Find(web, "url"u8), TextRole.Url);
        sweep.Take(tape.Find(web, "domain"u8), TextRole.Url);
    }

    /// <summary>Reads <c>{source, title, content}</c>.</summary>
    public static void ReadSearchResult(ref SegmentSweep sweep, int result)
    {
        JsonTape tape = sweep.Tape;
        TakeAddress(ref sweep, tape.Find(result, "source"u8));
        sweep.Take(tape.Find(result, "title"u8), TextRole.Document);
        ConverseMedia.TakeTexts(ref sweep, tape.Find(result, "content"u8), TextRole.Document);
    }

    /// <summary>A source is an address or whatever the sender calls it.</summary>
    private static void TakeAddress(ref SegmentSweep sweep, int source)
    {
        JsonTape tape = sweep.Tape;
        if (tape.Is(source, JsonKind.String))
            sweep.Take(source, tape.Raw(source).StartsWith("http"u8) && !tape.Raw(source).Contains((byte)' ') ? TextRole.Url : TextRole.Document);
    }
}
