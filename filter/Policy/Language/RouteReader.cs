using System.Globalization;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.Rest;
using EnvoyExtAuthz.Policy.Yaml;

namespace EnvoyExtAuthz.Policy.Language;

/// <summary>Reads one route: what it matches and which protocol is spoken there.</summary>
internal sealed class RouteReader(IProtocolNames protocols, List<PolicyDiagnostic> diagnostics)
{
    public RouteModel? Read(YamlNode node)
    {
        var fields = new YamlFields(node, "a route", diagnostics);
        string? name = fields.Text("name", required: true);
        Dialect? dialect = ReadProtocol(fields);
        var route = new RouteModel(name ?? "", dialect, node);
        if (fields.Take("match") is { } match)
            route = ReadMatch(route, match);
        else
            fields.Error(node, "missing-key", "A route needs `match`; `match: {}` matches everything.");
        fields.Done();
        return name is null ? null : route;
    }

    private RouteModel ReadMatch(RouteModel route, YamlNode node)
    {
        var fields = new YamlFields(node, "match", diagnostics);
        var paths = new List<PathGlob>();
        foreach ((string text, YamlNode at) in fields.Texts("paths") ?? [])
        {
            if (PathGlob.IsValid(text))
                paths.Add(new PathGlob(text));
            else
                fields.Error(at, "path", $"`{text}` is no path pattern: it begins with a slash, `*` stands within a segment, `/**` at the end.");
        }
        var ports = new List<int>();
        foreach (YamlNode item in fields.List("ports"))
        {
            if (int.TryParse(item.Text, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port is > 0 and < 65536)
                ports.Add(port);
            else
                fields.Error(item, "range", "A port is a number from 1 to 65535.");
        }
        RouteModel read = route with
        {
            Hosts = Globs(fields, "hosts"),
            Paths = paths,
            Ports = ports,
            Workloads = Globs(fields, "workloads"),
            EnvoyRoutes = Globs(fields, "envoyRoutes"),
        };
        fields.Done();
        return read;
    }

    private Dialect? ReadProtocol(YamlFields fields)
    {
        IReadOnlyList<YamlNode> tools = fields.List("tools");
        string? name = fields.Text("protocol");
        if (name == "rest")
            return ReadRest(fields, tools);
        if (tools.Count > 0)
            fields.Error(fields.Take("tools")!, "tools", "Only routes of `protocol: rest` declare tools; elsewhere tools name themselves.");
        if (name is null or "auto")
            return null;
        Dialect? dialect = protocols.ByName(name);
        if (dialect is null)
            fields.Error(fields.Take("protocol")!, "unknown-protocol", $"There is no protocol `{name}`.", NearestWord.Of(name, protocols.Names.Append("rest").Append("auto")));
        return dialect;
    }

    private RestDialect? ReadRest(YamlFields fields, IReadOnlyList<YamlNode> tools)
    {
        var read = new List<RestTool>();
        foreach (YamlNode node in tools)
        {
            var tool = new YamlFields(node, "a tool", diagnostics);
            string? name = tool.Text("name", required: true);
            string? method = tool.Text("method", required: true);
            string? path = tool.Text("path", required: true);
            tool.Done();
            if (name is not null && method is not null && path is not null)
                read.Add(new RestTool(name, method, path));
        }
        if (RestDialect.TryCreate(read, out RestDialect? dialect, out string fault))
            return dialect;
        fields.Error(fields.Take("tools") ?? fields.Node, "tools", fault);
        return null;
    }

    private static List<Glob> Globs(YamlFields fields, string key) => [.. (fields.Texts(key) ?? []).Select(t => new Glob(t.Text))];
}
