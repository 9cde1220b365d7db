using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Policy;

namespace EnvoyExtAuthz.Engine;

/// <summary>The verdict on a message, or on an exchange before its message.</summary>
/// <param name="Code">A stable word; empty if it is allowed.</param>
/// <param name="Sentence">What the refusal says to people: free of content.</param>
/// <param name="Status">HTTP status asked for.</param>
public readonly record struct Judgement(string Code, string Sentence, int Status)
{
    /// <summary>It may go on.</summary>
    public static Judgement Allowed { get; } = new("", "", 0);

    /// <summary>It may not go on.</summary>
    public bool IsRefused => Code.Length > 0;

    /// <summary>No rule admits the caller.</summary>
    public static Judgement NotAdmitted { get; } = new("caller_not_admitted", "No policy rule admits this caller here.", 403);

    /// <summary>What the caller presented is no identity.</summary>
    public static Judgement IdentityInvalid { get; } = new("identity_invalid", "The caller's identity could not be established.", 403);

    /// <summary>No route of the policy matches.</summary>
    public static Judgement UnknownRoute { get; } = new("unknown_route", "No policy route matches this request.", 403);

    /// <summary>A tool is called that the caller may not use.</summary>
    public static Judgement ToolNotAllowed { get; } = new("tool_not_allowed", "The policy does not allow this caller to use the tool.", 403);

    /// <summary>A tool is offered that the caller may not use.</summary>
    public static Judgement ToolNotOffered { get; } = new("tool_not_allowed", "The policy does not allow this caller to be offered a tool in this message.", 403);

    /// <summary>A model is asked for that the caller may not use.</summary>
    public static Judgement ModelNotAllowed { get; } = new("model_not_allowed", "The policy does not allow this caller to use the model.", 403);

    /// <summary>Too many exchanges or bytes are in flight.</summary>
    public static Judgement Overloaded { get; } = new("overloaded", "The filter is at its configured bound.", 403);

    /// <summary>Decisions cannot be recorded.</summary>
    public static Judgement AuditUnavailable { get; } = new("audit_unavailable", "Decisions cannot be recorded at the moment.", 403);

    /// <summary>The process is stopping.</summary>
    public static Judgement Stopping { get; } = new("stopping", "The filter is stopping.", 403);

    /// <summary>A deadline passed before the verdict.</summary>
    public static Judgement DeadlinePassed { get; } = new("deadline_passed", "The message was not complete in time.", 403);

    /// <summary>The engine failed; the message counts as not inspected.</summary>
    public static Judgement EngineFailed { get; } = new("engine_failed", "The message could not be inspected.", 403);

    /// <summary>Envoy is configured so that something would pass unseen.</summary>
    /// <param name="field">The field of the filter's configuration to change, and to what.</param>
    public static Judgement UnsafeMode(string field) =>
        new("unsafe_processing_mode", $"Envoy is configured so that bodies would pass unseen: {field}.", 403);

    /// <summary>A finding that the policy refuses.</summary>
    /// <param name="family">Its family.</param>
    public static Judgement Found(Detection.DetectorFamily family) => family switch
    {
        Detection.DetectorFamily.Injection => Injection,
        Detection.DetectorFamily.Secret => Secret,
        _ => PersonalData,
    };

    /// <summary>A case of the policy that refuses.</summary>
    public static Judgement Of(UninspectableCase what, int limit = 0) => what switch
    {
        UninspectableCase.TooLarge when limit > 0 => new("too_large", $"The body is larger than the limit of {limit} bytes.", 413),
        UninspectableCase.TooLarge => new("too_large", "The body is larger than its limit.", 413),
        UninspectableCase.UnknownEncoding => new("unknown_encoding", "The content-encoding cannot be inspected.", 415),
        UninspectableCase.UnknownContentType => new("unknown_content_type", "The content type cannot be inspected.", 415),
        UninspectableCase.HeaderMismatch => new("header_mismatch", "A header contradicts the body.", 403),
        UninspectableCase.NotStrictJson => new("not_strict_json", "The body is not one strict JSON text.", 403),
        UninspectableCase.Ambiguous => new("ambiguous", "The body can be read in more than one way.", 403),
        UninspectableCase.UnknownPath => new("unknown_path", "The path is not one that can be inspected.", 403),
        UninspectableCase.BudgetSpent => new("budget_spent", "The message is more than can be inspected in its budget.", 403),
        UninspectableCase.DetectorFailed => new("detector_failed", "A detector failed.", 403),
        UninspectableCase.Upgrade => new("upgrade", "The connection may not be upgraded.", 403),
        _ => new(Words[(int)what], "The message holds something that cannot be inspected.", 403),
    };

    /// <summary>The reason as a dialect needs it.</summary>
    public RefusalReason ToReason(Guid eventId) => new(Code, Sentence, eventId.ToString("N"), Status);

    private static readonly Judgement Injection = new("injection_detected", "The message looks like an attempt to override a model's instructions.", 403);
    private static readonly Judgement Secret = new("secret_detected", "The message holds a credential.", 403);
    private static readonly Judgement PersonalData = new("personal_data_detected", "The message holds personal data.", 403);

    private static readonly string[] Words =
        [.. Enum.GetNames<UninspectableCase>().Select(name => string.Concat(name.Select((c, i) => char.IsUpper(c) ? (i > 0 ? "_" : "") + char.ToLowerInvariant(c) : c.ToString())))];
}
