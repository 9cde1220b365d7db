using System.Text;

namespace EnvoyExtAuthz.Dialects.Gemini;

/// <summary>What a request to Gemini or Vertex AI asks for.</summary>
internal enum GeminiOperation : byte
{
    /// <summary>Nothing that is read here.</summary>
    None,

    /// <summary><c>:generateContent</c>.</summary>
    Generate,

    /// <summary><c>:streamGenerateContent</c>: the answer is a stream whatever the body says.</summary>
    StreamGenerate,

    /// <summary><c>:countTokens</c>.</summary>
    CountTokens,

    /// <summary><c>:embedContent</c>.</summary>
    Embed,

    /// <summary><c>:batchEmbedContents</c>.</summary>
    BatchEmbed,

    /// <summary><c>:batchGenerateContent</c> and <c>:asyncBatchEmbedContent</c>: answers come later, below <c>batches</c>.</summary>
    Batch,

    /// <summary><c>:predict</c> of a published model.</summary>
    Predict,

    /// <summary>A prompt is kept: <c>POST cachedContents</c>.</summary>
    Cache,

    /// <summary>Settings of something kept, or a request without a body: <c>models</c>, <c>files</c>, <c>fileSearchStores</c> and what is in them.</summary>
    Resource,

    /// <summary>A file is sent: <c>/upload/…</c>.</summary>
    Upload,

    /// <summary>An interaction begins, is looked at, cancelled or forgotten: <c>interactions</c>.</summary>
    Interaction,
}

/// <summary>
/// A path of the Gemini API (<c>/v1beta/models/{model}:verb</c>) or of Vertex AI
/// (<c>/v1/projects/{p}/locations/{l}/publishers/google/models/{model}:verb</c>), whatever a gateway puts before it.
/// </summary>
/// <param name="Operation">What is asked for.</param>
/// <param name="Name">The operation as the protocol names it: the verb, or the collection.</param>
/// <param name="Model">
/// The model: its name alone where it is Google's own, with its publisher or collection where it is not, so that no
/// other's model passes for Google's. Empty where the path names none.
/// </param>
internal readonly record struct GeminiPath(GeminiOperation Operation, ReadOnlyMemory<byte> Name, ReadOnlyMemory<byte> Model)
{
    private const int MaxSegments = 24;

    private static readonly byte[][] Collections = KnownKeys.Of("cachedContents", "files", "fileSearchStores", "models", "batches", "interactions");

    private static readonly (byte[] Verb, GeminiOperation Operation)[] Verbs =
    [
        ("generateContent"u8.ToArray(), GeminiOperation.Generate),
        ("streamGenerateContent"u8.ToArray(), GeminiOperation.StreamGenerate),
        ("countTokens"u8.ToArray(), GeminiOperation.CountTokens),
        ("embedContent"u8.ToArray(), GeminiOperation.Embed),
        ("batchEmbedContents"u8.ToArray(), GeminiOperation.BatchEmbed),
        ("batchGenerateContent"u8.ToArray(), GeminiOperation.Batch),
        ("asyncBatchEmbedContent"u8.ToArray(), GeminiOperation.Batch),
        ("predict"u8.ToArray(), GeminiOperation.Predict),
    ];

    /// <summary>Reads a path.</summary>
    /// <param name="method">As sent; in any case, for the path decides what is read.</param>
    /// <param name="path">Normalised, without query.</param>
    /// <param name="found">What it asks for.</param>
    /// <returns>False if it is none of the protocol's.</returns>
    public static bool TryParse(ReadOnlySpan<byte> method, ReadOnlyMemory<byte> path, out GeminiPath found)
    {
        found = default;
        Span<Range> ranges = stackalloc Range[MaxSegments];
        ReadOnlySpan<byte> span = path.Span;
        int count = 0;
        foreach (Range range in span.Split((byte)'/'))
        {
            if (count == MaxSegments)
                return false;
            ranges[count++] = range;
        }
        ReadOnlySpan<Range> segments = ranges[..count];
        int colon = count == 0 ? -1 : span[segments[^1]].LastIndexOf((byte)':');
        return Ascii.EqualsIgnoreCase(method, "POST"u8) && colon > 0 && TryParseModelVerb(path, segments, colon, out found)
            || TryParseCollection(method, path, segments, out found);
    }

    /// <summary>A model that a body names by its path, named as <see cref="Model"/> is.</summary>
    /// <param name="name">Such as <c>models/{model}</c> or <c>projects/…/publishers/google/models/{model}</c>; a name alone stays.</param>
    public static ReadOnlyMemory<byte> ModelOf(ReadOnlyMemory<byte> name)
    {
        ReadOnlySpan<byte> own = "publishers/google/models/"u8;
        int at = name.Span.IndexOf(own);
        ReadOnlyMemory<byte> rest = at >= 0 ? name[(at + own.Length)..] : name.Span.StartsWith("models/"u8) ? name["models/".Length..] : name;
        return rest.Span.Contains((byte)'/') ? name : rest;
    }

    /// <summary><c>…/models/{model}:verb</c>.</summary>
    private static bool TryParseModelVerb(ReadOnlyMemory<byte> path, ReadOnlySpan<Range> segments, int colon, out GeminiPath found)
    {
        found = default;
        ReadOnlyMemory<byte> last = path[segments[^1]];
        ReadOnlyMemory<byte> verb = last[(colon + 1)..];
        ReadOnlyMemory<byte> model = last[..colon];
        ReadOnlySpan<byte> collection = segments.Length < 3 ? default : path.Span[segments[^2]];
        bool tuned = collection.SequenceEqual("tunedModels"u8) || collection.SequenceEqual("endpoints"u8);
        if (!tuned && !collection.SequenceEqual("models"u8) && !collection.SequenceEqual("dynamic"u8))
            return false;
        // Publisher's models stand below it; Anthropic's speak another protocol.
        bool published = segments.Length > 4 && path.Span[segments[^4]].SequenceEqual("publishers"u8);
        ReadOnlySpan<byte> publisher = published ? path.Span[segments[^3]] : default;
        if (publisher.SequenceEqual("anthropic"u8))
            return false;
        foreach ((byte[] name, GeminiOperation operation) in Verbs)
        {
            if (!verb.Span.SequenceEqual(name))
                continue;
            bool own = collection.SequenceEqual("models"u8) && (published ? publisher.SequenceEqual("google"u8) : IsVersion(path.Span[segments[^3]]));
            int from = (published ? segments[^3] : segments[^2]).GetOffsetAndLength(path.Length).Offset;
            found = new GeminiPath(operation, name, own ? model : path[from..(path.Length - verb.Length - 1)]);
            return true;
        }
        return false;
    }

    /// <summary><c>/{version}/{collection}[/…]</c>, after <c>/upload</c> for a file that is sent.</summary>
    private static bool TryParseCollection(ReadOnlySpan<byte> method, ReadOnlyMemory<byte> path, ReadOnlySpan<Range> segments, out GeminiPath found)
    {
        found = default;
        int at = 0;
        while (at < segments.Length && !IsVersion(path.Span[segments[at]]))
            at++;
        if (at + 1 >= segments.Length)
            return false;
        bool upload = at > 0 && path.Span[segments[at - 1]].SequenceEqual("upload"u8);
        bool writes = !Ascii.EqualsIgnoreCase(method, "GET"u8) && !Ascii.EqualsIgnoreCase(method, "DELETE"u8);
        at++;
        // Vertex AI keeps its collections below a project, models below their publisher.
        while (at + 2 < segments.Length && path.Span[segments[at]] is var parent
            && (parent.SequenceEqual("projects"u8) || parent.SequenceEqual("locations"u8) || parent.SequenceEqual("publishers"u8)))
            at += 2;
        ReadOnlySpan<byte> collection = path.Span[segments[at]];
        // An action stands behind a colon of the last segment, be that the collection itself.
        ReadOnlySpan<byte> last = path.Span[segments[^1]];
        int colon = last.IndexOf((byte)':');
        ReadOnlySpan<byte> action = colon < 0 ? default : last[(colon + 1)..];
        if (at == segments.Length - 1 && colon >= 0)
            collection = collection[..colon];
        GeminiOperation operation = OperationOn(collection, action, segments.Length - at - 1, writes, upload);
        if (operation == GeminiOperation.None)
            return false;
        found = new GeminiPath(operation, NameOf(collection), default);
        return true;
    }

    /// <summary>A collection's name, on memory that outlives the request.</summary>
    private static byte[] NameOf(ReadOnlySpan<byte> collection)
    {
        foreach (byte[] known in Collections)
        {
            if (collection.SequenceEqual(known))
                return known;
        }
        return [];
    }

    private static GeminiOperation OperationOn(ReadOnlySpan<byte> collection, ReadOnlySpan<byte> action, int below, bool writes, bool upload)
    {
        bool files = collection.SequenceEqual("files"u8);
        bool stores = collection.SequenceEqual("fileSearchStores"u8);
        if (upload)
            return (files && below == 0 && action.IsEmpty) || (stores && below == 1 && action.SequenceEqual("uploadToFileSearchStore"u8)) ? GeminiOperation.Upload : GeminiOperation.None;
        bool batches = collection.SequenceEqual("batches"u8);
        bool known = files ? action.SequenceEqual("register"u8) || (action.SequenceEqual("download"u8) && !writes) : (stores && action.SequenceEqual("importFile"u8)) || (batches && action.SequenceEqual("cancel"u8));
        if (!action.IsEmpty && !known)
            return GeminiOperation.None;
        if (collection.SequenceEqual("cachedContents"u8))
            return writes ? GeminiOperation.Cache : GeminiOperation.Resource;
        if (files || stores || (batches && (!writes || !action.IsEmpty)))
            return GeminiOperation.Resource;
        // Of an interaction, an id may follow, and "cancel" that.
        if (collection.SequenceEqual("interactions"u8))
            return below <= 2 ? GeminiOperation.Interaction : GeminiOperation.None;
        return collection.SequenceEqual("models"u8) && !writes ? GeminiOperation.Resource : GeminiOperation.None;
    }

    /// <summary><c>v1</c>, <c>v1beta</c>, <c>v1alpha</c>, <c>v1beta1</c> and the like.</summary>
    private static bool IsVersion(ReadOnlySpan<byte> segment) =>
        segment.Length is >= 2 and <= 10 && segment[0] == (byte)'v' && char.IsAsciiDigit((char)segment[1])
        && (segment.Length == 2 || segment[2..].StartsWith("beta"u8) || segment[2..].StartsWith("alpha"u8));
}
