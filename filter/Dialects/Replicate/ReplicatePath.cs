namespace EnvoyExtAuthz.Dialects.Replicate;

/// <summary>What a request's path asks of Replicate.</summary>
internal enum ReplicateKind : byte
{
    /// <summary>To run a model.</summary>
    Run,

    /// <summary>For a run, or to end one.</summary>
    Look,

    /// <summary>For a run's output as it comes.</summary>
    Stream,
}

/// <summary>Reads paths of Replicate's HTTP API.</summary>
internal static class ReplicatePath
{
    /// <summary>What a request asks for.</summary>
    /// <param name="method">As sent.</param>
    /// <param name="path">Normalised, without query.</param>
    /// <param name="kind">What, when true.</param>
    /// <param name="model">The model or deployment that the path names, as <c>owner/name</c>; empty if it names none.</param>
    public static bool TryRead(ReadOnlySpan<byte> method, ReadOnlyMemory<byte> path, out ReplicateKind kind, out ReadOnlyMemory<byte> model)
    {
        kind = ReplicateKind.Look;
        model = default;
        int version = path.Span.IndexOf("/v1/"u8);
        if (version < 0)
            return false;
        ReadOnlyMemory<byte> rest = path[(version + 4)..];
        if (method.SequenceEqual("POST"u8))
            return TryReadPost(rest, ref kind, ref model);
        if (!method.SequenceEqual("GET"u8))
            return false;
        if (rest.Span.StartsWith("streams/"u8) || rest.Span.StartsWith("files/"u8))
            kind = ReplicateKind.Stream;
        else if (rest.Span.StartsWith("models/"u8))
            model = TwoSegments(rest[7..], out _);
        else if (!rest.Span.SequenceEqual("predictions"u8) && !rest.Span.StartsWith("predictions/"u8))
            return false;
        return true;
    }

    private static bool TryReadPost(ReadOnlyMemory<byte> rest, ref ReplicateKind kind, ref ReadOnlyMemory<byte> model)
    {
        if (rest.Span.StartsWith("predictions/"u8))
            return rest.Span.EndsWith("/cancel"u8);
        kind = ReplicateKind.Run;
        if (rest.Span.SequenceEqual("predictions"u8))
            return true;
        bool isModel = rest.Span.StartsWith("models/"u8);
        if (!isModel && !rest.Span.StartsWith("deployments/"u8))
            return false;
        model = TwoSegments(rest[(isModel ? 7 : 12)..], out ReadOnlyMemory<byte> behind);
        return !model.IsEmpty && behind.Span.SequenceEqual("/predictions"u8);
    }

    /// <summary>The first two segments, <c>owner/name</c>; empty if there are no two.</summary>
    private static ReadOnlyMemory<byte> TwoSegments(ReadOnlyMemory<byte> path, out ReadOnlyMemory<byte> behind)
    {
        behind = default;
        int first = path.Span.IndexOf((byte)'/');
        if (first <= 0)
            return default;
        int second = path.Span[(first + 1)..].IndexOf((byte)'/');
        int end = second < 0 ? path.Length : first + 1 + second;
        behind = path[end..];
        return end > first + 1 ? path[..end] : default;
    }
}
