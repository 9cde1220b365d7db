using EnvoyExtAuthz.Detection;
using EnvoyExtAuthz.Policy.Yaml;

namespace EnvoyExtAuthz.Policy.Language;

/// <summary>Maps a YAML tree to a <see cref="PolicyModel"/> by hand, so that every error has its place.</summary>
/// <param name="dialects">Finds a protocol by its name; names the ones there are.</param>
/// <param name="diagnostics">Gets what is wrong.</param>
internal sealed class PolicyReader(IProtocolNames dialects, List<PolicyDiagnostic> diagnostics)
{
    private readonly Dictionary<string, int> _callerSets = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _routes = new(StringComparer.Ordinal);

    public PolicyModel Read(YamlNode root)
    {
        var fields = new YamlFields(root, "the policy", diagnostics);
        if (fields.Take("version") is not { } version)
            fields.Error(root, "missing-key", "The policy needs `version: 1`.");
        else if (version.Text != "1" || version.Quoted)
            fields.Error(version, "version", "Only version 1 is known.");
        string name = fields.Text("name", required: true) ?? "";
        Identity.IdentityOptions identity = new IdentityReader(diagnostics).Read(fields.Take("identity"));
        List<CallerSet> callers = ReadCallers(fields.Take("callers"));
        var routes = new List<RouteModel>();
        var routeReader = new RouteReader(dialects, diagnostics);
        foreach (YamlNode node in fields.List("routes"))
            Keep(routes, routeReader.Read(node), r => r.Name, r => r.Node, _routes, "route");
        var rules = new List<RuleModel>();
        var names = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (YamlNode node in fields.List("rules"))
            Keep(rules, ReadRule(node), r => r.Name, r => r.Node, names, "rule");
        var detectors = new List<DetectorSetting>();
        var cases = new List<(UninspectableCase, CaseAction)>();
        if (fields.Take("defaults") is { } defaults)
        {
            var defaultFields = new YamlFields(defaults, "defaults", diagnostics);
            detectors = ReadDetectors(defaultFields.Take("detectors"));
            cases = ReadCases(defaultFields.Take("uninspectable"));
            defaultFields.Done();
        }
        fields.Done();
        return new PolicyModel(name, identity, callers, routes, rules, detectors, cases);
    }

    private List<CallerSet> ReadCallers(YamlNode? node)
    {
        var sets = new List<CallerSet>();
        if (node is null)
            return sets;
        var check = new YamlFields(node, "callers", diagnostics);
        foreach ((YamlNode key, YamlNode value) in check.Node.Entries)
        {
            _callerSets[key.Text] = sets.Count;
            sets.Add(ReadCallerSet(key.Text, value));
        }
        return sets;
    }

    private CallerSet ReadCallerSet(string name, YamlNode node)
    {
        var set = new CallerSet(name, node);
        var fields = new YamlFields(node, "a caller set", diagnostics);
        foreach ((string text, YamlNode at) in fields.Texts("spiffe") ?? [])
        {
            if (text.Contains('*', StringComparison.Ordinal) && text.StartsWith("spiffe://", StringComparison.Ordinal))
                set.IdPatterns.Add(new Glob(text));
            else if (Identity.SpiffeId.TryParse(text, out _))
                set.Ids.Add(text);
            else
                fields.Error(at, "spiffe-id", $"`{text}` is no SPIFFE ID.");
        }
        string? ns = fields.Text("namespace");
        string? account = fields.Text("serviceAccount");
        if (ns is not null || account is not null)
            set.Account = (new Glob(ns ?? "*"), new Glob(account ?? "*"));
        if (fields.Take("jwt") is { } jwt)
            set.Token = ReadToken(jwt);
        set.Unauthenticated = fields.Flag("unauthenticated", false);
        fields.Done();
        if (node.Kind == YamlKind.Mapping && node.Entries.Count == 0)
            fields.Error(node, "empty", "A caller set must say who is in it.");
        return set;
    }

    private (string, IReadOnlyList<(string, Glob)>)? ReadToken(YamlNode node)
    {
        var fields = new YamlFields(node, "a token match", diagnostics);
        string? issuer = fields.Text("issuer", required: true);
        var claims = new List<(string, Glob)>();
        if (fields.Take("claims") is { } wanted)
        {
            var claimFields = new YamlFields(wanted, "claims", diagnostics);
            foreach ((YamlNode key, YamlNode _) in wanted.Entries)
                claims.Add((key.Text, new Glob(claimFields.Text(key.Text) ?? "")));
        }
        fields.Done();
        return issuer is null ? null : (issuer, claims);
    }

    private RuleModel? ReadRule(YamlNode node)
    {
        var fields = new YamlFields(node, "a rule", diagnostics);
        string? name = fields.Text("name", required: true);
        var callers = References(fields, fields.Texts("callers", required: true), _callerSets, "caller set");
        List<(string Text, YamlNode Node)>? routes = fields.Texts("routes", required: true);
        bool everywhere = routes is [("*", _)];
        var rule = new RuleModel(name ?? "", node)
        {
            Callers = callers,
            Routes = everywhere ? null : References(fields, routes, _routes, "route"),
            Models = fields.Take("models") is { } models ? ReadNames(models, "models", out _) : null,
            Tools = fields.Take("tools") is { } tools ? ReadNames(tools, "tools", out DeclaredToolAction? onDeclared) : ReadNone(out onDeclared),
            OnDeclared = onDeclared,
            Detectors = ReadDetectors(fields.Take("detectors")),
            Cases = ReadCases(fields.Take("uninspectable")),
        };
        fields.Done();
        return name is null ? null : rule;
    }

    private static NameRules? ReadNone(out DeclaredToolAction? onDeclared)
    {
        onDeclared = null;
        return null;
    }

    private NameRules ReadNames(YamlNode node, string what, out DeclaredToolAction? onDeclared)
    {
        var fields = new YamlFields(node, what, diagnostics);
        // A missing list and an empty one must never be the same by accident: the one is an error, the other allows nothing.
        List<(string Text, YamlNode)>? allow = fields.Texts("allow", required: true);
        List<(string Text, YamlNode)>? deny = fields.Texts("deny");
        onDeclared = what == "tools" ? fields.Word("onDeclared", PolicyWords.DeclaredToolActions) : null;
        fields.Done();
        return new NameRules([.. (allow ?? []).Select(t => t.Text)], [.. (deny ?? []).Select(t => t.Text)]);
    }

    private List<DetectorSetting> ReadDetectors(YamlNode? node)
    {
        var settings = new List<DetectorSetting>();
        if (node is null)
            return settings;
        var all = new YamlFields(node, "detectors", diagnostics);
        foreach ((YamlNode key, YamlNode value) in node.Entries)
        {
            DetectorFamily? family = PolicyWords.Families.TryGetValue(key.Text, out DetectorFamily known) ? known : null;
            FindingKind? kind = family is null ? FindingKinds.ByName(key.Text) : null;
            if (family is null && kind is null)
            {
                all.Error(key, "unknown-detector", $"There is no detector `{key.Text}`.", NearestWord.Of(key.Text, PolicyWords.Families.Keys.Concat(FindingKinds.All.Select(k => k.Name))));
                continue;
            }
            var fields = new YamlFields(value, "a detector's setting", diagnostics);
            FindingAction? action = fields.Word("action", PolicyWords.Actions);
            if (action is null && fields.Take("action") is null)
                fields.Error(value, "missing-key", "A detector's setting needs `action`.");
            double? threshold = fields.Number("threshold", 0, 1);
            if (threshold is not null && (family ?? kind!.Family) != DetectorFamily.Injection)
                fields.Error(fields.Take("threshold")!, "threshold", "Only the injection detector has a threshold: the others decide by structure and checksum.");
            if (action == FindingAction.Redact && (family ?? kind!.Family) == DetectorFamily.Injection)
                fields.Error(fields.Take("action")!, "action", "An injection has no span to redact: use refuse, flag or shadow.");
            settings.Add(new DetectorSetting(family, kind, action ?? FindingAction.Refuse, (float?)threshold,
                Set(fields, "roles", PolicyWords.Roles), Set(fields, "directions", PolicyWords.Directions)));
            fields.Done();
        }
        return settings;
    }

    private List<(UninspectableCase, CaseAction)> ReadCases(YamlNode? node)
    {
        var cases = new List<(UninspectableCase, CaseAction)>();
        if (node is null)
            return cases;
        var fields = new YamlFields(node, "uninspectable", diagnostics);
        foreach ((YamlNode key, YamlNode value) in node.Entries)
        {
            CaseAction? action = fields.WordOf(value, key.Text, PolicyWords.CaseActions);
            if (!PolicyWords.Cases.TryGetValue(key.Text, out UninspectableCase what))
                fields.Error(key, "unknown-case", $"There is no case `{key.Text}`.", NearestWord.Of(key.Text, PolicyWords.Cases.Keys));
            else if (action == CaseAction.Allow && what is UninspectableCase.TooLarge or UninspectableCase.EditImpossible)
                fields.Error(value, "case", $"`{key.Text}` cannot be allowed: raise the limit, or change what asks for the edit.");
            else if (action is { } known)
                cases.Add((what, known));
        }
        return cases;
    }

    private static HashSet<T>? Set<T>(YamlFields fields, string key, IReadOnlyDictionary<string, T> words) where T : struct
    {
        List<(string, YamlNode Node)>? texts = fields.Texts(key);
        if (texts is null)
            return null;
        var set = new HashSet<T>();
        foreach ((_, YamlNode node) in texts)
        {
            if (fields.WordOf(node, key, words) is { } word)
                set.Add(word);
        }
        return set;
    }

    private static List<int> References(YamlFields fields, List<(string Text, YamlNode Node)>? names, Dictionary<string, int> known, string what)
    {
        var found = new List<int>();
        foreach ((string text, YamlNode node) in names ?? [])
        {
            if (known.TryGetValue(text, out int index))
                found.Add(index);
            else
                fields.Error(node, "unknown-reference", $"There is no {what} `{text}`.", NearestWord.Of(text, known.Keys));
        }
        return found;
    }

    private void Keep<T>(List<T> into, T? item, Func<T, string> name, Func<T, YamlNode> node, Dictionary<string, int> names, string what) where T : class
    {
        if (item is null)
            return;
        if (!names.TryAdd(name(item), into.Count))
            diagnostics.Add(new PolicyDiagnostic(DiagnosticSeverity.Error, node(item).Line, node(item).Column, "duplicate-name", $"A {what} named `{name(item)}` stands above."));
        into.Add(item);
    }
}
