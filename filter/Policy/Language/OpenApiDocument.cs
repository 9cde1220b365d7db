using EnvoyExtAuthz.Dialects.Rest;
using EnvoyExtAuthz.Policy.Yaml;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Policy.Language;

/// <summary>
/// Reads the operations of an OpenAPI 3.0 or 3.1 document, YAML or JSON: each is a tool, named by its <c>operationId</c>, or
/// where it has none by method and path as the document writes them (<c>GET /orders/{id}</c>). Paths stand behind those of the
/// servers. Of everything else nothing is needed: an operation's parameters and bodies are inspected whatever they declare.
/// </summary>
internal static class OpenApiDocument
{
    /// <summary>Schemas are nested deeper than policies.</summary>
    private const int MaxDepth = 100;

    private const int MaxTools = 16_384;
    private const int MaxServers = 64;
    private static readonly string[] Methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

    /// <summary>Reads a document.</summary>
    /// <param name="utf8">Its bytes.</param>
    /// <param name="fault">What is wrong with it, in a sentence; empty if nothing is.</param>
    /// <returns>The tools; null if something is wrong.</returns>
    public static List<RestTool>? TryRead(ReadOnlyMemory<byte> utf8, out string fault)
    {
        fault = Parse(utf8, out YamlNode? root);
        var tools = new List<RestTool>();
        if (root is null || (fault = ReadDocument(root, tools)).Length > 0)
            return null;
        return tools;
    }

    private static string Parse(ReadOnlyMemory<byte> utf8, out YamlNode? root)
    {
        if (utf8.Span.TrimStart(" \t\r\n"u8) is [(byte)'{', ..])
        {
            using var tape = new JsonTape();
            JsonFault fault = tape.Parse(utf8, new JsonLimits(MaxDepth, 2_000_000, 4096));
            root = fault == JsonFault.None ? JsonNodes.ToYaml(tape) : null;
            return fault == JsonFault.None ? "" : $"The OpenAPI document is no strict JSON ({fault}, at byte {tape.FaultOffset}).";
        }
        var diagnostics = new List<PolicyDiagnostic>();
        root = YamlTree.Read(utf8.Span, diagnostics, MaxDepth);
        PolicyDiagnostic? first = diagnostics.Find(d => d.IsError);
        root = first is null ? root : null;
        return first is null ? "" : $"The OpenAPI document, line {first.Line}: {first.Message}";
    }

    private static string ReadDocument(YamlNode root, List<RestTool> tools)
    {
        string version = Value(root, "openapi")?.Text ?? "";
        if (!version.StartsWith("3.0", StringComparison.Ordinal) && !version.StartsWith("3.1", StringComparison.Ordinal))
            return "The file is no OpenAPI document of version 3.0 or 3.1.";
        List<string> bases = ["/"];
        string fault = ReadServers(root, ref bases);
        if (Value(root, "paths") is not { Kind: YamlKind.Mapping } paths)
            return fault.Length > 0 ? fault : "The OpenAPI document has no `paths`.";
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach ((YamlNode path, YamlNode item) in paths.Entries)
        {
            if (fault.Length == 0 && !path.Text.StartsWith("x-", StringComparison.Ordinal))
                fault = ReadPath(root, path.Text, item, bases, names, tools);
        }
        return fault.Length > 0 ? fault : tools.Count == 0 ? "The OpenAPI document has no operations." : "";
    }

    private static string ReadPath(YamlNode root, string path, YamlNode item, List<string> bases, HashSet<string> names, List<RestTool> tools)
    {
        if (Value(item, "$ref") is { } reference)
        {
            if (Resolve(root, reference.Text) is not { } found)
                return $"The OpenAPI document's path `{Shown.Of(path)}` stands elsewhere (`{Shown.Of(reference.Text)}`): only `#/components/pathItems/…` is followed.";
            item = found;
        }
        string fault = ReadServers(item, ref bases);
        foreach ((YamlNode method, YamlNode operation) in item.Entries)
        {
            if (fault.Length > 0)
                return fault;
            if (Array.IndexOf(Methods, method.Text) >= 0)
                fault = ReadOperation(path, method.Text.ToUpperInvariant(), operation, bases, names, tools);
        }
        return fault;
    }

    private static string ReadOperation(string path, string method, YamlNode operation, List<string> bases, HashSet<string> names, List<RestTool> tools)
    {
        string name = Value(operation, "operationId")?.Text is { Length: > 0 } id ? id : $"{method} {path}";
        if (!names.Add(name))
            return $"The OpenAPI document has the operation `{Shown.Of(name)}` twice.";
        string fault = ReadServers(operation, ref bases);
        foreach (string at in bases)
        {
            if (tools.Count == MaxTools)
                return $"The OpenAPI document has more than {MaxTools} operations.";
            tools.Add(new RestTool(name, method, at.TrimEnd('/') + path));
        }
        return fault;
    }

    /// <summary>The paths of a list of servers, which take the place of those above it; those above where there is none.</summary>
    private static string ReadServers(YamlNode holder, ref List<string> bases)
    {
        if (Value(holder, "servers") is not { Kind: YamlKind.Sequence, Items.Count: > 0 } servers)
            return "";
        var found = new List<string>();
        foreach (YamlNode server in servers.Items)
        {
            string? path = PathOf(server);
            if (path is null || found.Count == MaxServers)
                return $"The OpenAPI document's server `{Shown.Of(Value(server, "url")?.Text ?? "")}` has no path that can be known: write one that begins with a slash, or an address.";
            if (!found.Contains(path))
                found.Add(path);
        }
        bases = found;
        return "";
    }

    private static string? PathOf(YamlNode server)
    {
        string url = Value(server, "url")?.Text ?? "";
        foreach ((YamlNode name, YamlNode variable) in Value(server, "variables")?.Entries ?? [])
            url = url.Replace("{" + name.Text + "}", Value(variable, "default")?.Text ?? "{}", StringComparison.Ordinal);
        if (url is "" or "/")
            return "/";
        int scheme = url.IndexOf("://", StringComparison.Ordinal);
        int slash = scheme < 0 ? 0 : url.IndexOf('/', scheme + 3);
        string path = scheme >= 0 && slash < 0 ? "/" : url[slash..];
        return path.StartsWith('/') && !path.StartsWith("//", StringComparison.Ordinal) && path.AsSpan().IndexOfAny("{}?#") < 0 ? path : null;
    }

    private static YamlNode? Resolve(YamlNode root, string reference)
    {
        const string Items = "#/components/pathItems/";
        if (!reference.StartsWith(Items, StringComparison.Ordinal) || Value(Value(root, "components"), "pathItems") is not { } items)
            return null;
        string name = reference[Items.Length..].Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
        // A reference to a reference is followed no further.
        return Value(items, name) is { } item && Value(item, "$ref") is null ? item : null;
    }

    private static YamlNode? Value(YamlNode? mapping, string key)
    {
        foreach ((YamlNode name, YamlNode value) in mapping?.Entries ?? [])
        {
            if (name.Text == key)
                return value;
        }
        return null;
    }
}
