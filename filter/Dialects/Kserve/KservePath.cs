namespace EnvoyExtAuthz.Dialects.Kserve;

/// <summary>What a path of the protocol asks for.</summary>
internal enum KserveOperation : byte
{
    /// <summary>Nothing of this protocol.</summary>
    None,

    /// <summary>Whether server or model are up, what they are: no body goes in.</summary>
    Describe,

    /// <summary>Tensors in, tensors out.</summary>
    Infer,

    /// <summary>Triton's generate extension: one JSON object in, one out.</summary>
    Generate,

    /// <summary>The same, answered as a stream of events.</summary>
    GenerateStream,
}

/// <summary>Paths of the Open Inference Protocol, version 2, and of Triton's generate extension.</summary>
internal static class KservePath
{
    /// <summary>Finds what a request asks for.</summary>
    /// <param name="method">As sent.</param>
    /// <param name="path">Normalised, without query.</param>
    /// <param name="model">The model the path names, or empty.</param>
    public static KserveOperation Read(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path, out Range model)
    {
        model = default;
        bool isGet = method.SequenceEqual("GET"u8);
        if (path.SequenceEqual("/v2"u8) || path.SequenceEqual("/v2/health/live"u8) || path.SequenceEqual("/v2/health/ready"u8))
            return isGet ? KserveOperation.Describe : KserveOperation.None;
        ReadOnlySpan<byte> models = "/v2/models/"u8;
        if (!path.StartsWith(models))
            return KserveOperation.None;
        int start = models.Length;
        int end = SegmentEnd(path, start);
        if (end == start)
            return KserveOperation.None;
        model = start..end;
        ReadOnlySpan<byte> rest = path[end..];
        if (rest.StartsWith("/versions/"u8))
        {
            int version = "/versions/"u8.Length;
            int versionEnd = SegmentEnd(rest, version);
            if (versionEnd == version)
                return KserveOperation.None;
            rest = rest[versionEnd..];
        }
        return isGet ? Described(rest) : method.SequenceEqual("POST"u8) ? Asked(rest) : KserveOperation.None;
    }

    private static KserveOperation Described(ReadOnlySpan<byte> rest) =>
        rest.IsEmpty || rest.SequenceEqual("/ready"u8) || rest.SequenceEqual("/config"u8) || rest.SequenceEqual("/stats"u8)
            ? KserveOperation.Describe
            : KserveOperation.None;

    private static KserveOperation Asked(ReadOnlySpan<byte> rest)
    {
        if (rest.SequenceEqual("/infer"u8))
            return KserveOperation.Infer;
        if (rest.SequenceEqual("/generate"u8))
            return KserveOperation.Generate;
        return rest.SequenceEqual("/generate_stream"u8) ? KserveOperation.GenerateStream : KserveOperation.None;
    }

    private static int SegmentEnd(ReadOnlySpan<byte> path, int start)
    {
        int slash = path[start..].IndexOf((byte)'/');
        return slash < 0 ? path.Length : start + slash;
    }
}
