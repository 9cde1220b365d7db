namespace EnvoyExtAuthz.Detection;

/// <summary>The families a finding belongs to; a policy may name a family or a kind.</summary>
public enum DetectorFamily : byte
{
    /// <summary>Instructions that try to turn a model against its operator.</summary>
    Injection,

    /// <summary>Keys, tokens, passwords.</summary>
    Secret,

    /// <summary>Data about a person.</summary>
    PersonalData,
}

/// <summary>A kind of finding: what a detector looks for.</summary>
/// <param name="Id">Index in <see cref="FindingKinds.All"/>; stable within a build only.</param>
/// <param name="Name">Stable name as policies and audit lines write it, such as <c>secret.github-token</c>.</param>
/// <param name="Family">Its family.</param>
/// <param name="Mask">What redaction puts in place of the text, such as <c>[REDACTED:github-token]</c>.</param>
/// <param name="Owasp">Entry of the OWASP Top 10 for LLM applications, with its year, such as <c>LLM02:2025</c>.</param>
public sealed record FindingKind(int Id, string Name, DetectorFamily Family, string Mask, string Owasp);

/// <summary>Something found in a text. Holds no text.</summary>
/// <param name="Kind">Index in <see cref="FindingKinds.All"/>.</param>
/// <param name="Start">First byte in the decoded text.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Score">0 to 1: a classifier's probability; 1 where a checksum or fixed structure decided.</param>
/// <param name="Example">A value that its issuer publishes as an example: reported, never acted on.</param>
public readonly record struct Finding(int Kind, int Start, int Length, float Score, bool Example = false);
