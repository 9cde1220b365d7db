using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects;

/// <summary>A piece of text in a message and the bytes it came from.</summary>
/// <param name="Role">Who put it there and what for.</param>
/// <param name="Document">Index in <see cref="Message.Documents"/> of the text whose bytes these are.</param>
/// <param name="Start">First raw byte (after the opening quote of a JSON string).</param>
/// <param name="Length">Raw bytes.</param>
/// <param name="Escaped">Whether the raw bytes hold JSON escapes.</param>
/// <param name="Channel">
/// In a stream: which running text this is the next piece of (one number for each choice and kind of text).
/// -1: complete in itself.
/// </param>
public readonly record struct Segment(TextRole Role, int Document, int Start, int Length, bool Escaped, int Channel = -1);

/// <summary>A tool that a message offers: to a model (<c>tools</c>), or to a client (<c>tools/list</c>).</summary>
/// <param name="Name">Decoded UTF-8 name, byte for byte as the other side reads it.</param>
/// <param name="Document">Document that holds it.</param>
/// <param name="Node">The array element's node in that document's tape.</param>
public readonly record struct ToolDeclaration(ReadOnlyMemory<byte> Name, int Document, int Node);

/// <summary>A call of a tool: by a client (<c>tools/call</c>, REST) or by a model (<c>tool_calls</c>).</summary>
/// <param name="Name">Decoded UTF-8 name.</param>
/// <param name="Arguments">The arguments as text, usually JSON; empty if there are none.</param>
/// <param name="Document">Document that holds the call; -1 if it was put together from a stream.</param>
/// <param name="Node">The call's node in that document's tape; -1 if it was put together from a stream.</param>
/// <param name="Replayed">The call stands in the history a client sends along; it is not being made now.</param>
public readonly record struct ToolCall(ReadOnlyMemory<byte> Name, ReadOnlyMemory<byte> Arguments, int Document, int Node, bool Replayed = false);

/// <summary>What part of a message cannot be read as text.</summary>
public enum OpaqueKind : byte
{
    /// <summary>An image, inline.</summary>
    Image,

    /// <summary>Sound, inline.</summary>
    Audio,

    /// <summary>Video, inline.</summary>
    Video,

    /// <summary>A file or blob, inline.</summary>
    File,

    /// <summary>Encrypted or signed content only the provider can read.</summary>
    Encrypted,

    /// <summary>Token numbers in place of text.</summary>
    TokenIds,

    /// <summary>A reference to something that the other side fetches: an address or a remote server.</summary>
    RemoteReference,

    /// <summary>A reference to content the other side holds: a file id, a stored conversation or prompt.</summary>
    ServerState,
}

/// <summary>A part that is not inspected: whether it may pass is the policy's to say.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Document">Document that holds it.</param>
/// <param name="Start">First raw byte.</param>
/// <param name="Length">Raw bytes; never decoded nor copied.</param>
public readonly record struct OpaquePart(OpaqueKind Kind, int Document, int Start, int Length);

/// <summary>Why a body could not be read to one meaning. Each is a case of the policy whose default refuses.</summary>
public enum ReadFault : byte
{
    /// <summary>Read.</summary>
    None,

    /// <summary>The path or method is not one the protocol has.</summary>
    UnknownPath,

    /// <summary>Not the content type the protocol speaks, or none that can be read.</summary>
    UnknownContentType,

    /// <summary>A content-encoding that is not decoded here.</summary>
    UnknownEncoding,

    /// <summary>Not one strict JSON text (<see cref="Message.JsonFault"/> says why).</summary>
    NotStrictJson,

    /// <summary>JSON, but two readers could take two meanings from it: a known key in another case, both spellings, two names.</summary>
    Ambiguous,

    /// <summary>JSON, but not the protocol's shape where the shape decides what is enforced.</summary>
    WrongShape,

    /// <summary>Header and body contradict each other.</summary>
    HeaderMismatch,

    /// <summary>Larger than its limit.</summary>
    TooLarge,

    /// <summary>A stream broke its own rules: fragments that belong to no call, a second name, events after the end.</summary>
    BrokenStream,

    /// <summary>A body where none can be, or none where one must be.</summary>
    UnexpectedBody,
}
