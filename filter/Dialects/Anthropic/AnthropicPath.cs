namespace EnvoyExtAuthz.Dialects.Anthropic;

/// <summary>What is asked of the API.</summary>
internal enum AnthropicOperation : byte
{
    /// <summary>Nothing the API has.</summary>
    None,
    Messages,
    CountTokens,
    CreateBatch,

    /// <summary>Lists, looks at, cancels or deletes batches.</summary>
    Batches,
    BatchResults,

    /// <summary>The older text completions.</summary>
    Complete,
    Models,
    UploadFile,

    /// <summary>Lists, looks at or deletes files.</summary>
    Files,
    FileContent,

    /// <summary>Messages on Vertex: the model is in the path, the version in the body.</summary>
    VertexMessages,
}

/// <summary>A request's path, read: what it asks, and which model where the path says so.</summary>
/// <param name="Operation">What is asked.</param>
/// <param name="Name">Its name for rules and logs.</param>
/// <param name="Model">The model in the path; empty where it stands in the body.</param>
/// <param name="Streams">The path asks for a stream.</param>
internal readonly record struct AnthropicPath(AnthropicOperation Operation, ReadOnlyMemory<byte> Name, ReadOnlyMemory<byte> Model = default, bool Streams = false)
{
    private static readonly byte[] MessagesName = "messages"u8.ToArray();
    private static readonly byte[] CountTokensName = "messages.count_tokens"u8.ToArray();
    private static readonly byte[] BatchesName = "messages.batches"u8.ToArray();
    private static readonly byte[] ResultsName = "messages.batches.results"u8.ToArray();
    private static readonly byte[] CompleteName = "complete"u8.ToArray();
    private static readonly byte[] ModelsName = "models"u8.ToArray();
    private static readonly byte[] FilesName = "files"u8.ToArray();
    private static readonly byte[] FileContentName = "files.content"u8.ToArray();

    /// <summary>Reads a method and a path, which may begin with anything (a gateway's prefix).</summary>
    /// <param name="method">As sent.</param>
    /// <param name="path">Normalised, without query.</param>
    public static AnthropicPath Of(ReadOnlySpan<byte> method, ReadOnlyMemory<byte> path)
    {
        bool post = method.SequenceEqual("POST"u8);
        bool get = method.SequenceEqual("GET"u8);
        bool delete = method.SequenceEqual("DELETE"u8);
        ReadOnlySpan<byte> p = path.Span;
        if (post && p.EndsWith("/v1/messages"u8))
            return new(AnthropicOperation.Messages, MessagesName);
        if (post && p.EndsWith("/v1/messages/count_tokens"u8))
            return new(AnthropicOperation.CountTokens, CountTokensName);
        if (p.EndsWith("/v1/messages/batches"u8))
            return post ? new(AnthropicOperation.CreateBatch, BatchesName) : get ? new(AnthropicOperation.Batches, BatchesName) : default;
        if (IsOneOf(p, "/v1/messages/batches/"u8, ""u8))
            return get || delete ? new(AnthropicOperation.Batches, BatchesName) : default;
        if (post && IsOneOf(p, "/v1/messages/batches/"u8, "/cancel"u8))
            return new(AnthropicOperation.Batches, BatchesName);
        if (get && IsOneOf(p, "/v1/messages/batches/"u8, "/results"u8))
            return new(AnthropicOperation.BatchResults, ResultsName);
        if (post && p.EndsWith("/v1/complete"u8))
            return new(AnthropicOperation.Complete, CompleteName);
        return post && p.IndexOf("/publishers/anthropic/models/"u8) >= 0 ? OfVertex(path) : OfFilesAndModels(p, post, get, delete);
    }

    private static AnthropicPath OfFilesAndModels(ReadOnlySpan<byte> p, bool post, bool get, bool delete)
    {
        if (get && (p.EndsWith("/v1/models"u8) || IsOneOf(p, "/v1/models/"u8, ""u8)))
            return new(AnthropicOperation.Models, ModelsName);
        if (p.EndsWith("/v1/files"u8))
            return post ? new(AnthropicOperation.UploadFile, FilesName) : get ? new(AnthropicOperation.Files, FilesName) : default;
        if (IsOneOf(p, "/v1/files/"u8, ""u8))
            return get || delete ? new(AnthropicOperation.Files, FilesName) : default;
        return get && IsOneOf(p, "/v1/files/"u8, "/content"u8) ? new(AnthropicOperation.FileContent, FileContentName) : default;
    }

    private static AnthropicPath OfVertex(ReadOnlyMemory<byte> path)
    {
        ReadOnlyMemory<byte> rest = path[(path.Span.IndexOf("/publishers/anthropic/models/"u8) + "/publishers/anthropic/models/".Length)..];
        int colon = rest.Span.LastIndexOf((byte)':');
        if (colon <= 0 || rest.Span.Contains((byte)'/'))
            return default;
        ReadOnlyMemory<byte> model = rest[..colon];
        ReadOnlySpan<byte> verb = rest.Span[(colon + 1)..];
        bool streams = verb.SequenceEqual("streamRawPredict"u8);
        if (!streams && !verb.SequenceEqual("rawPredict"u8))
            return default;
        // Counting tokens stands where a model would; the model is in the body then.
        return model.Span.SequenceEqual("count-tokens"u8)
            ? new(AnthropicOperation.CountTokens, CountTokensName)
            : new(AnthropicOperation.VertexMessages, MessagesName, model, streams);
    }

    /// <summary>Whether a path ends with a collection, one element's id, and what is asked of it.</summary>
    private static bool IsOneOf(ReadOnlySpan<byte> path, ReadOnlySpan<byte> collection, ReadOnlySpan<byte> verb)
    {
        if (!path.EndsWith(verb))
            return false;
        path = path[..^verb.Length];
        int slash = path.LastIndexOf((byte)'/');
        return slash >= 0 && slash < path.Length - 1 && path[..(slash + 1)].EndsWith(collection);
    }
}
