using EnvoyExtAuthz.Identity;
using EnvoyExtAuthz.Policy.Matching;
using EnvoyExtAuthz.Policy.Yaml;

namespace EnvoyExtAuthz.Policy.Language;

/// <summary>Reads the <c>callers</c> part of a policy: named sets of who.</summary>
/// <param name="issuers">Issuers whose tokens the policy verifies.</param>
/// <param name="diagnostics">Gets what is wrong.</param>
internal sealed class CallerReader(IReadOnlyList<JwtIssuerOptions> issuers, List<PolicyDiagnostic> diagnostics)
{
    private static readonly string[][] Ways = [["spiffe"], ["namespace", "serviceAccount", "trustDomain"], ["jwt"], ["unauthenticated"]];

    /// <summary>Reads all sets.</summary>
    /// <param name="node">The mapping; null if the policy has none.</param>
    /// <param name="names">Gets each set's index by its name.</param>
    public List<CallerSet> Read(YamlNode? node, Dictionary<string, int> names)
    {
        var sets = new List<CallerSet>();
        if (node is null)
            return sets;
        var all = new YamlFields(node, "callers", diagnostics);
        foreach ((YamlNode key, YamlNode value) in node.Entries)
        {
            if (!NamePatterns.IsOwnName(key.Text))
                all.Error(key, "name", $"`{Shown.Of(key.Text)}` cannot name a caller set: use letters, digits, dots, dashes and underscores.");
            names[key.Text] = sets.Count;
            sets.Add(ReadSet(key, value));
        }
        return sets;
    }

    private CallerSet ReadSet(YamlNode name, YamlNode node)
    {
        var fields = new YamlFields(node, "a caller set", diagnostics);
        var exact = new List<Listed>();
        var patterns = new List<Glob>();
        foreach (YamlNode at in fields.SomeTexts("spiffe") ?? [])
            ReadId(fields, at, exact, patterns);
        var set = new CallerSet(name.Text, name)
        {
            Ids = exact,
            IdPatterns = patterns,
            Account = ReadAccount(fields),
            Token = fields.Take("jwt") is { } jwt ? ReadToken(jwt) : null,
            Unauthenticated = fields.Flag("unauthenticated", false),
        };
        fields.Done();
        CheckWays(fields, node);
        return set;
    }

    /// <summary>Two ways in one set could be read as "both" or as "either"; so a set has one.</summary>
    private static void CheckWays(YamlFields fields, YamlNode node)
    {
        if (node.Kind != YamlKind.Mapping)
            return;
        string[][] used = [.. Ways.Where(way => Array.Exists(way, key => node.Entries.Any(e => e.Key.Text == key)))];
        if (used.Length == 0)
            fields.Error(node, "empty", "A caller set must say who is in it: `spiffe`, `namespace` and `serviceAccount`, `jwt`, or `unauthenticated: true`.");
        else if (used.Length > 1)
            fields.Error(node.Entries.First(e => used[1].Contains(e.Key.Text)).Key, "mixed", "A caller set says who in one way: make two sets and name both in the rule.");
        if (fields.Take("unauthenticated") is { Kind: YamlKind.Scalar, Text: "false" } no)
            fields.Error(no, "value", "`unauthenticated` can only be true: leave it out otherwise.");
    }

    private static void ReadId(YamlFields fields, YamlNode at, List<Listed> exact, List<Glob> patterns)
    {
        if (SpiffeId.TryParse(at.Text, out _))
        {
            exact.Add(new Listed(new Glob(at.Text), at));
            return;
        }
        // A pattern is an ID once each star is taken for a letter; its trust domain must stand there in full.
        bool isPattern = at.Text.Contains('*', StringComparison.Ordinal) && SpiffeId.TryParse(at.Text.Replace('*', 'x'), out SpiffeId shape)
            && at.Text.IndexOf('*', StringComparison.Ordinal) > "spiffe://".Length + shape.TrustDomain.Length;
        if (!isPattern)
            fields.Error(at, "spiffe-id", $"`{Shown.Of(at.Text)}` is no SPIFFE ID and no pattern of one: `spiffe://`, a trust domain in full, a path that may hold `*`.",
                at.Text.StartsWith("spiffe://", StringComparison.OrdinalIgnoreCase) || at.Text.Contains("://", StringComparison.Ordinal) ? null : "spiffe://" + Shown.Of(at.Text));
        else if (NamePatterns.Glob(fields, at) is { } glob)
            patterns.Add(glob);
    }

    private static AccountMatch? ReadAccount(YamlFields fields)
    {
        Glob? ns = ReadPart(fields, "namespace");
        Glob? account = ReadPart(fields, "serviceAccount");
        Glob? domain = ReadPart(fields, "trustDomain");
        if (fields.Take("trustDomain") is { } at && ns is null && account is null)
            fields.Error(at, "missing-key", "`trustDomain` narrows `namespace` and `serviceAccount`: it cannot stand alone.");
        return ns is null && account is null ? null : new AccountMatch(ns ?? new Glob("*"), account ?? new Glob("*"), domain);
    }

    private static Glob? ReadPart(YamlFields fields, string key) =>
        fields.Text(key) is null ? null : NamePatterns.Glob(fields, fields.Take(key)!);

    private TokenMatch? ReadToken(YamlNode node)
    {
        var fields = new YamlFields(node, "a token match", diagnostics);
        string? issuer = fields.Text("issuer", required: true);
        var claims = new List<ClaimMatch>();
        if (fields.Take("claims") is { } wanted)
        {
            var claimFields = new YamlFields(wanted, "claims", diagnostics);
            foreach ((YamlNode key, YamlNode value) in wanted.Entries)
            {
                if (claimFields.TextOf(value, key.Text) is not null && NamePatterns.Glob(claimFields, value) is { } glob)
                    claims.Add(new ClaimMatch(key.Text, glob));
            }
        }
        fields.Done();
        if (issuer is not null && !issuers.Any(i => i.Issuer == issuer))
            fields.Error(fields.Take("issuer")!, "unknown-reference", $"`identity.jwt` has no issuer `{Shown.Of(issuer)}`, so no token of it is ever verified.", fields.Nearest(issuer, issuers.Select(i => i.Issuer)));
        return issuer is null ? null : new TokenMatch(issuer, claims);
    }
}
