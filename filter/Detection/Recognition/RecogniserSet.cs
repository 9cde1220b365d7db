using System.Collections.Immutable;
using System.Text;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Detection.Recognition;

/// <summary>Every recogniser, and the automaton over all their anchors. Built once a process.</summary>
internal static class RecogniserSet
{
    private static readonly ImmutableArray<Recogniser> All =
    [
        .. ContextWords.All, .. SecretShapes.Rows.Select(row => new PrefixedSecret(row)), .. IssuerSecrets.Rows.Select(row => new FormedSecret(row)),
        .. NamedSecrets.Rows.Select(row => new NamedSecret(row)), .. MarkedKeys.All, .. KeyArmours.All, .. AssignedSecrets.All,
        new JsonWebTokens(), new PrivateKeys(), new ConnectionPasswords(), new AuthorizationValues(), new EmailAddresses(), new BankCodes(), new InternationalPhones(), new Numbers(),
    ];

    private static readonly (string Word, Recogniser Recogniser)[] Anchors = [.. All.SelectMany(recogniser => recogniser.Anchors.Select(word => (word, recogniser)))];

    /// <summary>Finds the anchors.</summary>
    public static AhoCorasick Automaton { get; } =
        new([.. Anchors.Select(anchor => new AhoCorasickWord(Encoding.UTF8.GetBytes(anchor.Word), anchor.Recogniser.StartsInAnchor))]);

    /// <summary>Whom an anchor belongs to, by the automaton's index.</summary>
    public static Recogniser[] Owners { get; } = [.. Anchors.Select(anchor => anchor.Recogniser)];

    /// <summary>Length of an anchor in bytes, by the automaton's index.</summary>
    public static int[] Lengths { get; } = [.. Anchors.Select(anchor => Encoding.UTF8.GetByteCount(anchor.Word))];
}
