using EnvoyExtAuthz.Dialects;

namespace EnvoyExtAuthz.Engine;

/// <summary>How Envoy delivers the bodies of one direction, as it said on the stream.</summary>
public enum BodyDelivery : byte
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>In one piece, the headers held meanwhile (<c>BUFFERED</c>).</summary>
    Whole,

    /// <summary>In pieces, each answered with exactly one (<c>STREAMED</c>).</summary>
    Pieces,

    /// <summary>In pieces, answered with any number; only what we return goes on (<c>FULL_DUPLEX_STREAMED</c>).</summary>
    Duplex,
}

/// <summary>What Envoy is to be told next.</summary>
public enum StepKind : byte
{
    /// <summary>The request's head may go on.</summary>
    RequestHead,

    /// <summary>The request's body, or a piece of it, may go on.</summary>
    RequestBody,

    /// <summary>The request's trailers may go on.</summary>
    RequestTrailers,

    /// <summary>The response's head may go on.</summary>
    ResponseHead,

    /// <summary>The response's body, or a piece of it, may go on.</summary>
    ResponseBody,

    /// <summary>The response's trailers may go on.</summary>
    ResponseTrailers,

    /// <summary>The exchange ends here with <see cref="Step.Refusal"/>.</summary>
    Refuse,

    /// <summary>The exchange ends here without an answer in its protocol: Envoy's stream ends with an error.</summary>
    Abort,
}

/// <summary>One answer to Envoy.</summary>
/// <param name="Kind">What it answers.</param>
public readonly record struct Step(StepKind Kind)
{
    /// <summary>The body takes the place of what came; false leaves a whole body as it came.</summary>
    public bool ReplacesBody { get; init; }

    /// <summary>The body, in <see cref="BodyDelivery.Duplex"/> and <see cref="BodyDelivery.Pieces"/> always, otherwise when replaced.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Nothing follows in this direction.</summary>
    public bool EndOfStream { get; init; }

    /// <summary>Fields to set; null for none.</summary>
    public IReadOnlyList<(string Name, string Value)>? SetFields { get; init; }

    /// <summary>Fields to remove; null for none.</summary>
    public IReadOnlyList<string>? RemoveFields { get; init; }

    /// <summary>Ask Envoy for the response in full duplex (only with <see cref="StepKind.RequestHead"/>).</summary>
    public bool AskForResponse { get; init; }

    /// <summary>The refusal.</summary>
    public Refusal? Refusal { get; init; }

    /// <summary>A word for Envoy's access log; no content.</summary>
    public string? Details { get; init; }
}
