using EnvoyExtAuthz.Dialects;

namespace EnvoyExtAuthz.Policy;

/// <summary>Everything that keeps a message, or part of it, from being inspected. The default for each is to refuse.</summary>
public enum UninspectableCase : byte
{
    /// <summary>A path the protocol does not have, or one with two readings.</summary>
    UnknownPath,

    /// <summary>A media type that is not the protocol's.</summary>
    UnknownContentType,

    /// <summary>A content-encoding that is not decoded here.</summary>
    UnknownEncoding,

    /// <summary>A body that is no strict JSON.</summary>
    NotStrictJson,

    /// <summary>A body with two readings.</summary>
    Ambiguous,

    /// <summary>A body that is not of the protocol's shape.</summary>
    WrongShape,

    /// <summary>Headers that contradict the body.</summary>
    HeaderMismatch,

    /// <summary>A body, or one event of a stream, over its limit.</summary>
    TooLarge,

    /// <summary>A stream that breaks its own rules.</summary>
    BrokenStream,

    /// <summary>A body where none can be.</summary>
    UnexpectedBody,

    /// <summary>An inline image.</summary>
    Image,

    /// <summary>Inline sound.</summary>
    Audio,

    /// <summary>Inline video.</summary>
    Video,

    /// <summary>An inline file.</summary>
    File,

    /// <summary>Content encrypted for the provider.</summary>
    Encrypted,

    /// <summary>Token numbers in place of text.</summary>
    TokenIds,

    /// <summary>Something the other side fetches.</summary>
    RemoteReference,

    /// <summary>Something the other side holds.</summary>
    ServerState,

    /// <summary>A detector failed.</summary>
    DetectorFailed,

    /// <summary>A deadline or budget ran out before the verdict.</summary>
    BudgetSpent,

    /// <summary>A request to turn the connection into something else (WebSocket, CONNECT).</summary>
    Upgrade,

    /// <summary>An edit the policy asks for cannot be made here (ext_authz, a forced tool choice).</summary>
    EditImpossible,

    /// <summary>The audit line could not be written.</summary>
    AuditUnavailable,

    /// <summary>An edit of a body that its sender signed (AWS SigV4): it would break the signature unless the signer comes later.</summary>
    SignedBody,
}

/// <summary>What to do in a case.</summary>
public enum CaseAction : byte
{
    /// <summary>Refuse the exchange.</summary>
    Refuse,

    /// <summary>Let it through, counted.</summary>
    Allow,
}

/// <summary>Which way a message goes.</summary>
public enum Direction : byte
{
    /// <summary>From the caller to the service.</summary>
    Request,

    /// <summary>From the service to the caller.</summary>
    Response,
}

/// <summary>What to do about a finding.</summary>
public enum FindingAction : byte
{
    /// <summary>Nothing; not even recorded.</summary>
    Ignore,

    /// <summary>Recorded and counted as what would have happened; nothing else.</summary>
    Shadow,

    /// <summary>Recorded, and told to the other side in a header.</summary>
    Flag,

    /// <summary>Replaced by its mask.</summary>
    Redact,

    /// <summary>The exchange is refused.</summary>
    Refuse,
}

/// <summary>Maps what dialects report to cases of the policy.</summary>
public static class UninspectableCases
{
    /// <summary>The case of a reading fault; the fault must not be <see cref="ReadFault.None"/>.</summary>
    public static UninspectableCase Of(ReadFault fault) => fault switch
    {
        ReadFault.UnknownPath => UninspectableCase.UnknownPath,
        ReadFault.UnknownContentType => UninspectableCase.UnknownContentType,
        ReadFault.UnknownEncoding => UninspectableCase.UnknownEncoding,
        ReadFault.NotStrictJson => UninspectableCase.NotStrictJson,
        ReadFault.Ambiguous => UninspectableCase.Ambiguous,
        ReadFault.HeaderMismatch => UninspectableCase.HeaderMismatch,
        ReadFault.TooLarge => UninspectableCase.TooLarge,
        ReadFault.BrokenStream => UninspectableCase.BrokenStream,
        ReadFault.UnexpectedBody => UninspectableCase.UnexpectedBody,
        _ => UninspectableCase.WrongShape,
    };

    /// <summary>The case of an opaque part.</summary>
    public static UninspectableCase Of(OpaqueKind kind) => kind switch
    {
        OpaqueKind.Image => UninspectableCase.Image,
        OpaqueKind.Audio => UninspectableCase.Audio,
        OpaqueKind.Video => UninspectableCase.Video,
        OpaqueKind.Encrypted => UninspectableCase.Encrypted,
        OpaqueKind.TokenIds => UninspectableCase.TokenIds,
        OpaqueKind.RemoteReference => UninspectableCase.RemoteReference,
        OpaqueKind.ServerState => UninspectableCase.ServerState,
        _ => UninspectableCase.File,
    };
}
