namespace EnvoyExtAuthz.Dialects.Bedrock;

/// <summary>What a Bedrock runtime path asks for.</summary>
internal enum BedrockOperation : byte
{
    /// <summary>None of Bedrock's paths.</summary>
    None,

    /// <summary>A conversation in Bedrock's own form.</summary>
    Converse,

    /// <summary>The same, answered as a stream.</summary>
    ConverseStream,

    /// <summary>A body in the model's own form.</summary>
    Invoke,

    /// <summary>The same, answered as a stream.</summary>
    InvokeStream,

    /// <summary>Speech both ways at once: nothing in it is inspected.</summary>
    Bidirectional,

    /// <summary>How many tokens a request has.</summary>
    CountTokens,

    /// <summary>A guardrail judges texts.</summary>
    ApplyGuardrail,

    /// <summary>Checks judge a conversation.</summary>
    GuardrailChecks,

    /// <summary>An invocation whose answer goes to a bucket.</summary>
    StartAsync,

    /// <summary>How such invocations are.</summary>
    ReadAsync,
}

/// <summary>The paths of the Bedrock runtime, at the root or below a gateway's prefix.</summary>
internal static class BedrockPath
{
    /// <summary>Reads a path.</summary>
    /// <param name="method">As sent.</param>
    /// <param name="path">Normalised, without query. A slash in an ARN stands there as <c>%2F</c>.</param>
    /// <param name="model">Where the model's id stands in the path; empty where the path has none.</param>
    public static BedrockOperation Read(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path, out Range model)
    {
        model = default;
        bool isGet = method.SequenceEqual("GET"u8);
        if (path.EndsWith("/async-invoke"u8))
            return isGet ? BedrockOperation.ReadAsync : IsPost(method) ? BedrockOperation.StartAsync : BedrockOperation.None;
        if (isGet && ParentOf(path).EndsWith("/async-invoke"u8))
            return BedrockOperation.ReadAsync;
        if (!IsPost(method))
            return BedrockOperation.None;
        if (path.EndsWith("/guardrail-checks/invoke"u8))
            return BedrockOperation.GuardrailChecks;
        if (path.EndsWith("/apply"u8))
            return IsGuardrail(path) ? BedrockOperation.ApplyGuardrail : BedrockOperation.None;
        ReadOnlySpan<byte> upToModel = ParentOf(path);
        ReadOnlySpan<byte> parent = ParentOf(upToModel);
        if (!parent.EndsWith("/model"u8) || upToModel.Length - parent.Length < 2)
            return BedrockOperation.None;
        model = (parent.Length + 1)..upToModel.Length;
        return OfModel(path[(upToModel.Length + 1)..]);
    }

    private static BedrockOperation OfModel(ReadOnlySpan<byte> word) => word switch
    {
        _ when word.SequenceEqual("converse"u8) => BedrockOperation.Converse,
        _ when word.SequenceEqual("converse-stream"u8) => BedrockOperation.ConverseStream,
        _ when word.SequenceEqual("invoke"u8) => BedrockOperation.Invoke,
        _ when word.SequenceEqual("invoke-with-response-stream"u8) => BedrockOperation.InvokeStream,
        _ when word.SequenceEqual("invoke-with-bidirectional-stream"u8) => BedrockOperation.Bidirectional,
        _ when word.SequenceEqual("count-tokens"u8) => BedrockOperation.CountTokens,
        _ => BedrockOperation.None,
    };

    /// <summary>Whether a path is <c>/guardrail/{id}/version/{version}/apply</c>.</summary>
    private static bool IsGuardrail(ReadOnlySpan<byte> path)
    {
        ReadOnlySpan<byte> version = ParentOf(ParentOf(path));
        return version.EndsWith("/version"u8) && ParentOf(ParentOf(version)).EndsWith("/guardrail"u8);
    }

    private static bool IsPost(ReadOnlySpan<byte> method) => method.SequenceEqual("POST"u8);

    /// <summary>A path without its last segment and the slash before it.</summary>
    private static ReadOnlySpan<byte> ParentOf(ReadOnlySpan<byte> path)
    {
        int slash = path.LastIndexOf((byte)'/');
        return slash < 0 ? default : path[..slash];
    }

    /// <summary>A model's id as the service reads it: the escaped slashes of an ARN are slashes.</summary>
    public static ReadOnlyMemory<byte> DecodeModel(ReadOnlyMemory<byte> segment)
    {
        if (segment.Span.IndexOf((byte)'%') < 0)
            return segment;
        var decoded = new byte[segment.Length];
        int length = 0;
        for (int i = 0; i < segment.Length; i++)
        {
            bool isSlash = segment.Span[i..].StartsWith("%2F"u8);
            decoded[length++] = isSlash ? (byte)'/' : segment.Span[i];
            i += isSlash ? 2 : 0;
        }
        return decoded.AsMemory(0, length);
    }
}
