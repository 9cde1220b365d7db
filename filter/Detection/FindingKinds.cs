using System.Collections.Immutable;
using EnvoyExtAuthz.Detection.Recognition;

namespace EnvoyExtAuthz.Detection;

/// <summary>
/// Every kind of finding this build knows. <see cref="List"/> is made first, from names; the properties below it only look up.
/// Names of secrets with a prefix of their own come from their rows in <see cref="SecretShapes"/>.
/// </summary>
public static class FindingKinds
{
    private static readonly string[] OtherSecrets =
    [
        "assigned-secret", "assigned-password", "aws-secret-access-key", "basic-credentials", "bearer-token", "connection-password", "jwt", "private-key", "pgp-private-key", "telegram-bot-token",
        "putty-private-key", "ssh2-private-key", "xml-rsa-private-key", "jwk-private-key", "extended-private-key", "nostr-secret-key", "nats-seed", "stellar-secret-seed",
    ];

    private static readonly string[] PersonalData =
    [
        "email", "phone", "payment-card", "iban", "ip-address", "us-ssn", "crypto-wallet", "bic", .. NationalShapes.Rows.Select(row => row.Name).Distinct(),
    ];

    /// <summary>All kinds; a kind's <see cref="FindingKind.Id"/> is its index.</summary>
    public static ImmutableArray<FindingKind> List { get; } = Number(
        Enumerable.Repeat(("injection", DetectorFamily.Injection, "[REMOVED:injection]", "LLM01:2025"), 1)
            .Concat(OtherSecrets.Concat(SecretShapes.Rows.Select(row => row.Name)).Concat(IssuerSecrets.Rows.Select(row => row.Name))
                .Concat(NamedSecrets.Rows.Select(row => row.Name)).Distinct()
                .Select(name => ($"secret.{name}", DetectorFamily.Secret, $"[REDACTED:{name}]", "LLM02:2025")))
            .Concat(PersonalData.Select(name => ($"pii.{name}", DetectorFamily.PersonalData, $"[REDACTED:{name}]", "LLM02:2025"))));

    /// <summary>All kinds; a kind's <see cref="FindingKind.Id"/> is its index.</summary>
    public static IReadOnlyList<FindingKind> All => List;

    /// <summary>An instruction that tries to turn a model against its operator, in any role.</summary>
    public static FindingKind Injection { get; } = Named("injection");

    /// <summary>Kinds whose numbers need a word before them.</summary>
    internal static ImmutableArray<FindingKind> Numbers { get; } =
    [
        .. List.Where(kind => kind.Family == DetectorFamily.PersonalData && kind.Name is not ("pii.email" or "pii.iban" or "pii.bic")),
    ];

    /// <summary>A kind by its stable name, or null.</summary>
    public static FindingKind? ByName(string name)
    {
        foreach (FindingKind kind in List)
        {
            if (kind.Name == name)
                return kind;
        }
        return null;
    }

    /// <summary>A kind that must exist.</summary>
    internal static FindingKind Named(string name) => ByName(name) ?? throw new ArgumentException($"There is no kind {name}.", nameof(name));

    private static ImmutableArray<FindingKind> Number(IEnumerable<(string Name, DetectorFamily Family, string Mask, string Owasp)> kinds) =>
        [.. kinds.Select((kind, index) => new FindingKind(index, kind.Name, kind.Family, kind.Mask, kind.Owasp))];
}
