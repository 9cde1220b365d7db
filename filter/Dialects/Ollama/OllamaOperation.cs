using System.Text;

namespace EnvoyExtAuthz.Dialects.Ollama;

/// <summary>What a request to Ollama is about, as far as it is read differently.</summary>
internal enum OllamaKind : byte
{
    /// <summary>Asks a model: a chat, a completion, embeddings.</summary>
    Model,

    /// <summary>Makes, shows, moves or removes a model.</summary>
    Management,

    /// <summary>Copies a model: two names.</summary>
    Copy,

    /// <summary>Looks something up; has no body.</summary>
    Look,

    /// <summary>Asks whether it runs; the answer is a plain sentence.</summary>
    Greeting,

    /// <summary>Sends or asks for a file that a model is made of.</summary>
    Blob,

    /// <summary>A tool of the server's own.</summary>
    Tool,
}

/// <summary>One operation of Ollama's API, known by method and the end of the path.</summary>
internal sealed class OllamaOperation
{
    private static readonly byte[] Blobs = "/api/blobs/"u8.ToArray();
    private static readonly OllamaOperation Greeting = new("greeting", OllamaKind.Greeting, "GET");
    private static readonly OllamaOperation ReadBlob = new("blobs", OllamaKind.Blob, "HEAD");
    private static readonly OllamaOperation WriteBlob = new("blobs", OllamaKind.Blob, "POST");

    private static readonly OllamaOperation[] All =
    [
        new("chat", OllamaKind.Model, "POST", streams: true),
        new("generate", OllamaKind.Model, "POST", streams: true),
        new("embed", OllamaKind.Model, "POST"),
        new("embeddings", OllamaKind.Model, "POST"),
        new("create", OllamaKind.Management, "POST", streams: true),
        new("show", OllamaKind.Management, "POST"),
        new("pull", OllamaKind.Management, "POST", streams: true),
        new("push", OllamaKind.Management, "POST", streams: true),
        new("delete", OllamaKind.Management, "DELETE"),
        new("copy", OllamaKind.Copy, "POST"),
        new("tags", OllamaKind.Look, "GET"),
        new("tags", OllamaKind.Look, "HEAD"),
        new("version", OllamaKind.Look, "GET"),
        new("version", OllamaKind.Look, "HEAD"),
        new("ps", OllamaKind.Look, "GET"),
        new("web_search", OllamaKind.Tool, "POST"),
        new("web_search", OllamaKind.Tool, "POST", folder: "/api/experimental/"),
        new("web_fetch", OllamaKind.Tool, "POST"),
        new("web_fetch", OllamaKind.Tool, "POST", folder: "/api/experimental/"),
    ];

    private readonly byte[] _method;
    private readonly byte[] _path;

    private OllamaOperation(string name, OllamaKind kind, string method, bool streams = false, string folder = "/api/")
    {
        Name = Encoding.UTF8.GetBytes(name);
        Kind = kind;
        Streams = streams;
        _method = Encoding.UTF8.GetBytes(method);
        _path = Encoding.UTF8.GetBytes(folder + name);
    }

    /// <summary>Its name: the last segment of its path.</summary>
    public byte[] Name { get; }

    /// <summary>How its request is read.</summary>
    public OllamaKind Kind { get; }

    /// <summary>It answers with lines unless told not to.</summary>
    public bool Streams { get; }

    /// <summary>Whether it is the operation of a name.</summary>
    public bool Is(ReadOnlySpan<byte> name) => name.SequenceEqual(Name);

    /// <summary>The operation of a request, or null.</summary>
    /// <param name="method">As sent.</param>
    /// <param name="path">Normalised, without query.</param>
    public static OllamaOperation? Find(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path)
    {
        foreach (OllamaOperation operation in All)
        {
            if (method.SequenceEqual(operation._method) && path.EndsWith(operation._path))
                return operation;
        }
        if (path.SequenceEqual("/"u8) && (method.SequenceEqual("GET"u8) || method.SequenceEqual("HEAD"u8)))
            return Greeting;
        int blobs = path.LastIndexOf(Blobs);
        if (blobs < 0 || !IsDigest(path[(blobs + Blobs.Length)..]))
            return null;
        return method.SequenceEqual(ReadBlob._method) ? ReadBlob : method.SequenceEqual(WriteBlob._method) ? WriteBlob : null;
    }

    /// <summary><c>sha256:</c> and 64 hexadecimal digits.</summary>
    private static bool IsDigest(ReadOnlySpan<byte> text)
    {
        if (text.Length != 71 || !text.StartsWith("sha256:"u8))
            return false;
        foreach (byte b in text[7..])
        {
            if (!char.IsAsciiHexDigitLower((char)b))
                return false;
        }
        return true;
    }
}
