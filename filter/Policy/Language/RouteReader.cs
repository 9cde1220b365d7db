using System.Globalization;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Policy.Matching;
using EnvoyExtAuthz.Policy.Yaml;

namespace EnvoyExtAuthz.Policy.Language;

/// <summary>Reads one route: what it matches and which protocol is spoken there.</summary>
internal sealed class RouteReader(IProtocolNames protocols, PolicyFiles files, List<PolicyDiagnostic> diagnostics)
{
    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

    /// <summary>Reads a route; null if it has no name.</summary>
    public RouteModel? Read(YamlNode node)
    {
        var fields = new YamlFields(node, "a route", diagnostics);
        string? name = fields.Text("name", required: true);
        if (name is not null && !NamePatterns.IsOwnName(name))
            fields.Error(fields.Take("name")!, "name", $"`{Shown.Of(name)}` cannot name a route: use letters, digits, dots, dashes and underscores.");
        var route = new RouteModel(name ?? "", ReadProtocol(fields), node.Place);
        if (fields.Take("match") is { } match)
            route = ReadMatch(route, match);
        else if (node.Kind == YamlKind.Mapping)
            fields.Error(node, "missing-key", "A route needs `match`; `match: {}` matches everything.");
        fields.Done();
        return name is null ? null : route;
    }

    private RouteModel ReadMatch(RouteModel route, YamlNode node)
    {
        var fields = new YamlFields(node, "match", diagnostics);
        var paths = new List<PathGlob>();
        foreach (YamlNode at in fields.SomeTexts("paths") ?? [])
        {
            if (PathGlob.IsValid(at.Text))
                paths.Add(new PathGlob(at.Text));
            else
                fields.Error(at, "path", $"`{Shown.Of(at.Text)}` is no path pattern: it begins with a slash, is decoded, has no query; `*` stands within a segment, `/**` at the end.",
                    PathGlob.IsValid("/" + at.Text) ? "/" + Shown.Of(at.Text) : null);
        }
        RouteModel read = route with
        {
            Hosts = ReadHosts(fields),
            Paths = paths,
            Methods = ReadMethods(fields, fields.SomeTexts("methods")),
            Ports = ReadPorts(fields),
            Workloads = NamePatterns.Globs(fields, "workloads"),
            EnvoyRoutes = NamePatterns.Globs(fields, "envoyRoutes"),
        };
        fields.Done();
        return read;
    }

    private static List<Glob> ReadHosts(YamlFields fields)
    {
        List<Glob> hosts = NamePatterns.Globs(fields, "hosts", lowerCase: true);
        foreach (YamlNode at in fields.Take("hosts")?.Items ?? [])
        {
            int colon = at.Text.LastIndexOf(':');
            if (at.Text.AsSpan().IndexOfAny("/@ ") >= 0 || (colon >= 0 && !at.Text.EndsWith(']')))
                fields.Error(at, "host", "A host pattern is a host alone: ports stand in `ports`, paths in `paths`.", colon > 0 ? Shown.Of(at.Text[..colon]) : null);
        }
        return hosts;
    }

    private static List<string> ReadMethods(YamlFields fields, List<YamlNode>? nodes)
    {
        foreach (YamlNode at in nodes ?? [])
        {
            if (!Methods.Contains(at.Text))
                fields.Error(at, "value", $"A method is one of {string.Join(", ", Methods)}.", fields.Nearest(at.Text, Methods));
        }
        return [.. (nodes ?? []).Select(n => n.Text)];
    }

    private static List<int> ReadPorts(YamlFields fields)
    {
        var ports = new List<int>();
        foreach (YamlNode at in fields.List("ports"))
        {
            if (at is { Kind: YamlKind.Scalar, Quoted: false } && int.TryParse(at.Text, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port is > 0 and < 65536)
                ports.Add(port);
            else
                fields.Error(at, "range", "A port is a number from 1 to 65535.");
        }
        if (fields.Take("ports") is { Kind: YamlKind.Sequence, Items.Count: 0 } none)
            fields.Error(none, "empty", "`ports` is an empty list, which matches nothing: name something or leave the key out.");
        return ports;
    }

    private Dialect? ReadProtocol(YamlFields fields)
    {
        string? name = fields.Text("protocol");
        if (name is "rest" or "grpc")
            return new ApiReader(files, diagnostics).Read(fields, name);
        foreach (string key in (string[])["tools", "openapi", "descriptors", "join"])
        {
            if (fields.Take(key) is { } at)
                fields.Error(at, "tools", "Only routes of `protocol: rest` and `protocol: grpc` declare tools; elsewhere tools name themselves.");
        }
        if (name is null or "auto")
            return null;
        Dialect? dialect = protocols.ByName(name);
        if (dialect is null)
            fields.Error(fields.Take("protocol")!, "unknown-reference", $"There is no protocol `{Shown.Of(name)}`.", fields.Nearest(name, protocols.Names.Append("rest").Append("grpc").Append("auto")));
        return dialect;
    }
}
