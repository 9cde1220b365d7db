using EnvoyExtAuthz.Identity;
using EnvoyExtAuthz.Policy.Yaml;

namespace EnvoyExtAuthz.Policy.Language;

/// <summary>Maps a YAML tree to a <see cref="PolicyModel"/> by hand, so that every error has its place.</summary>
/// <param name="protocols">The protocols that routes can name.</param>
/// <param name="folder">The policy's folder, from which relative files are; null leaves them as written.</param>
/// <param name="files">The files it names.</param>
/// <param name="diagnostics">Gets what is wrong.</param>
internal sealed class PolicyReader(IProtocolNames protocols, string? folder, PolicyFiles files, List<PolicyDiagnostic> diagnostics)
{
    /// <summary>Most routes: they are tried one after another.</summary>
    private const int MaxRoutes = 1_024;

    private readonly Dictionary<string, int> _callers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _routes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _rules = new(StringComparer.Ordinal);
    private readonly InspectionReader _inspection = new(diagnostics);

    /// <summary>Reads the whole file.</summary>
    public PolicyModel Read(YamlNode root)
    {
        var fields = new YamlFields(root, "the policy", diagnostics);
        if (fields.Take("version", required: true) is { } version && version is not { Kind: YamlKind.Scalar, Text: "1", Quoted: false })
            fields.Error(version, "version", "Only version 1 is known: `version: 1`.", "1");
        string? name = fields.Text("name", required: true);
        if (name is not null && !NamePatterns.IsOwnName(name))
            fields.Error(fields.Take("name")!, "name", $"`{Shown.Of(name)}` cannot name a policy: use letters, digits, dots, dashes and underscores.");
        IdentityOptions identity = new IdentityReader(folder, diagnostics).Read(fields.Take("identity"));
        List<CallerSet> callers = new CallerReader(identity.JwtIssuers, diagnostics).Read(fields.Take("callers"), _callers);
        List<RouteModel> routes = ReadRoutes(fields);
        var rules = new List<RuleModel>();
        foreach (YamlNode node in fields.List("rules", required: true))
        {
            if (ReadRule(node) is { } rule)
                Keep(rules, rule, rule.Name, node, _rules, "rule");
        }
        InspectionModel defaults = ReadDefaults(fields.Take("defaults"));
        fields.Done();
        return new PolicyModel(name ?? "", identity, callers, routes, rules, defaults);
    }

    private List<RouteModel> ReadRoutes(YamlFields fields)
    {
        var reader = new RouteReader(protocols, files, diagnostics);
        var routes = new List<RouteModel>();
        foreach (YamlNode node in fields.List("routes", required: true))
        {
            if (routes.Count == MaxRoutes)
            {
                fields.Error(node, "too-many", $"A policy has at most {MaxRoutes} routes.");
                break;
            }
            if (reader.Read(node) is { } route)
                Keep(routes, route, route.Name, node, _routes, "route");
        }
        return routes;
    }

    private InspectionModel ReadDefaults(YamlNode? node)
    {
        if (node is null)
            return InspectionModel.Silent;
        var fields = new YamlFields(node, "defaults", diagnostics);
        InspectionModel defaults = _inspection.Read(fields);
        fields.Done();
        return defaults;
    }

    private RuleModel? ReadRule(YamlNode node)
    {
        var fields = new YamlFields(node, "a rule", diagnostics);
        string? name = fields.Text("name", required: true);
        if (name is not null && (!NamePatterns.IsOwnName(name) || name == Compiled.RulesetCompiler.DefaultRule))
            fields.Error(fields.Take("name")!, "name", $"`{Shown.Of(name)}` cannot name a rule: use letters, digits, dots, dashes and underscores, and not `default`.");
        List<YamlNode> callers = fields.SomeTexts("callers", required: true) ?? [];
        List<YamlNode> routes = fields.SomeTexts("routes", required: true) ?? [];
        bool everywhere = routes is [{ Text: "*" }];
        NameLists? tools = ReadTools(fields.Take("tools"), out DeclaredToolAction? onDeclared);
        var rule = new RuleModel(name ?? "", node.Place)
        {
            Callers = References(fields, callers, _callers, "caller set"),
            Routes = everywhere ? null : References(fields, routes, _routes, "route"),
            Models = ReadModels(fields.Take("models")),
            Tools = tools,
            OnDeclared = onDeclared,
            Inspection = _inspection.Read(fields),
        };
        fields.Done();
        return name is null ? null : rule;
    }

    private NameLists? ReadTools(YamlNode? node, out DeclaredToolAction? onDeclared)
    {
        onDeclared = null;
        if (node is null)
            return null;
        var fields = new YamlFields(node, "tools", diagnostics);
        NameLists names = ReadNames(fields);
        onDeclared = fields.Word("onDeclared", PolicyWords.DeclaredToolActions);
        fields.Done();
        return names;
    }

    private NameLists? ReadModels(YamlNode? node)
    {
        if (node is null)
            return null;
        var fields = new YamlFields(node, "models", diagnostics);
        NameLists names = ReadNames(fields);
        fields.Done();
        return names;
    }

    /// <summary>A missing list and an empty one must never be the same by accident: the one is an error, the other allows nothing.</summary>
    private static NameLists ReadNames(YamlFields fields) => new(
        NamePatterns.Names(fields, fields.Texts("allow", required: true), allow: true),
        NamePatterns.Names(fields, fields.Texts("deny"), allow: false));

    private static List<int> References(YamlFields fields, List<YamlNode> names, Dictionary<string, int> known, string what)
    {
        var found = new List<int>(names.Count);
        foreach (YamlNode node in names)
        {
            if (known.TryGetValue(node.Text, out int index))
                found.Add(index);
            else if (node.Text == "*")
                fields.Error(node, "unknown-reference", what == "route" ? "`*` stands alone: a rule is for all routes or for named ones." : "A rule names its callers: there is no `*` for everybody.");
            else
                fields.Error(node, "unknown-reference", $"There is no {what} `{Shown.Of(node.Text)}`.", fields.Nearest(node.Text, known.Keys));
        }
        return found;
    }

    private void Keep<T>(List<T> into, T item, string name, YamlNode node, Dictionary<string, int> names, string what)
    {
        if (!names.TryAdd(name, into.Count))
            diagnostics.Error(node.Entries.First(e => e.Key.Text == "name").Value, "duplicate-name", $"A {what} named `{Shown.Of(name)}` stands above.");
        into.Add(item);
    }
}
