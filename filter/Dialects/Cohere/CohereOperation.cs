using System.Text;

namespace EnvoyExtAuthz.Dialects.Cohere;

/// <summary>One operation of Cohere's API, known by the end of its path; all are POST.</summary>
internal sealed class CohereOperation
{
    private static readonly OperationPath[] All =
    [
        new("/v2/chat", new("chat", isFirstVersion: false)),
        new("/v1/chat", new("chat", isFirstVersion: true)),
        new("/v1/generate", new("generate", isFirstVersion: true)),
        new("/v2/embed", new("embed", isFirstVersion: false)),
        new("/v1/embed", new("embed", isFirstVersion: true)),
        new("/v2/rerank", new("rerank", isFirstVersion: false)),
        new("/v1/rerank", new("rerank", isFirstVersion: true)),
        new("/v1/tokenize", new("tokenize", isFirstVersion: true)),
        new("/v1/detokenize", new("detokenize", isFirstVersion: true)),
        new("/v1/classify", new("classify", isFirstVersion: true)),
        new("/v1/summarize", new("summarize", isFirstVersion: true)),
    ];

    private CohereOperation(string name, bool isFirstVersion)
    {
        Name = Encoding.UTF8.GetBytes(name);
        IsFirstVersion = isFirstVersion;
    }

    private sealed record OperationPath(string End, CohereOperation Operation)
    {
        public byte[] Bytes { get; } = Encoding.UTF8.GetBytes(End);
    }

    /// <summary>Its name: the last segment of its path.</summary>
    public byte[] Name { get; }

    /// <summary>It is one of version 1, where chats are spelt otherwise.</summary>
    public bool IsFirstVersion { get; }

    /// <summary>Whether it is the operation of a name, in either version.</summary>
    public bool Is(ReadOnlySpan<byte> name) => name.SequenceEqual(Name);

    /// <summary>The operation of a request, or null.</summary>
    /// <param name="method">As sent.</param>
    /// <param name="path">Normalised, without query.</param>
    public static CohereOperation? Find(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path)
    {
        if (!method.SequenceEqual("POST"u8))
            return null;
        foreach (OperationPath candidate in All)
        {
            if (path.EndsWith(candidate.Bytes))
                return candidate.Operation;
        }
        return null;
    }
}
