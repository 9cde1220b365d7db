using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Gemini;

/// <summary>Where an answer is from: addresses, and titles and excerpts that strangers wrote.</summary>
internal static class GeminiSources
{
    private static readonly ProtoField[] Addresses =
    [
        new("uri"), new("url"), new("domain"), new("imageUri"), new("sourceUri"), new("retrievedUrl"), new("flagContentUri"), new("googleMapsUri"), new("documentUri"),
    ];

    private static readonly ProtoField[] Queries = [new("webSearchQueries"), new("retrievalQueries"), new("imageSearchQueries")];

    private static readonly ProtoField[] Names =
    [
        new("urlRetrievalStatus"), new("license"), new("key"), new("fileSearchStore"), new("documentName"), new("placeId"), new("mediaId"), new("sourceId"),
        new("chunkId"), new("fileId"), new("reviewId"), new("type"),
    ];

    /// <summary>Takes a candidate's citations, its grounding and the addresses that were read for it.</summary>
    public static void Take(ref SegmentSweep sweep, int candidate)
    {
        JsonTape tape = sweep.Tape;
        int grounding = GeminiFields.GroundingMetadata.In(tape, candidate);
        // The model's own words again.
        ProtoList supports = ProtoList.Of(tape, GeminiFields.GroundingSupports.In(tape, grounding));
        for (int support = supports.First; support < supports.End; support = tape[support].End)
            sweep.TakeAll(support, TextRole.Assistant);
        foreach (ProtoField queries in Queries)
            sweep.TakeAll(queries.In(tape, grounding), TextRole.ToolArgument);
        TakeTree(ref sweep, grounding);
        TakeTree(ref sweep, GeminiFields.CitationMetadata.In(tape, candidate));
        TakeTree(ref sweep, GeminiFields.UrlContextMetadata.In(tape, candidate));
    }

    /// <summary>Takes a subtree: addresses and names by their keys, whatever else as what strangers wrote.</summary>
    public static void TakeTree(ref SegmentSweep sweep, int tree)
    {
        JsonTape tape = sweep.Tape;
        if (tree < 0)
            return;
        for (int key = tree; key < tape[tree].End; key++)
        {
            if (tape[key].Kind != JsonKind.Key || !tape.Is(key + 1, JsonKind.String))
                continue;
            if (IsAny(tape, key, Addresses))
                sweep.Take(key + 1, TextRole.Url);
            else if (IsAny(tape, key, Names))
                sweep.TakeLabel(key + 1);
        }
        sweep.TakeAll(tree, TextRole.Document);
    }

    private static bool IsAny(JsonTape tape, int key, ProtoField[] fields)
    {
        foreach (ProtoField field in fields)
        {
            if (field.IsNamedBy(tape, key))
                return true;
        }
        return false;
    }
}
