using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.Grpc;
using EnvoyExtAuthz.Dialects.Rest;
using EnvoyExtAuthz.Policy.Yaml;

namespace EnvoyExtAuthz.Policy.Language;

/// <summary>Reads what an API's tools are: listed in the route, or in a file that the API's owners publish.</summary>
/// <param name="files">The policy's files.</param>
/// <param name="diagnostics">Gets what is wrong.</param>
internal sealed class ApiReader(PolicyFiles files, List<PolicyDiagnostic> diagnostics)
{
    /// <summary>Reads the tools of a route.</summary>
    /// <param name="fields">The route.</param>
    /// <param name="protocol"><c>rest</c> or <c>grpc</c>.</param>
    /// <returns>The protocol; null if something is wrong.</returns>
    public Dialect? Read(YamlFields fields, string protocol)
    {
        YamlNode? tools = fields.Take("tools");
        YamlNode? openApi = fields.Take("openapi");
        YamlNode? descriptors = fields.Take("descriptors");
        bool grpc = protocol == "grpc";
        foreach (YamlNode? other in (YamlNode?[])[grpc ? tools : fields.Take("join"), grpc ? openApi : descriptors])
        {
            if (other is not null)
                fields.Error(other, "keys", grpc ? "A `grpc` route names a file of `descriptors`." : "`descriptors` and `join` are for `grpc` routes; a `rest` route has `tools` or `openapi`.");
        }
        if (grpc)
            return ReadGrpc(fields);
        if (tools is not null && openApi is not null)
        {
            fields.Error(openApi, "keys", "A `rest` route has `tools` or `openapi`, not both.");
            return null;
        }
        return openApi is null ? ReadTools(fields) : ReadOpenApi(fields, openApi);
    }

    private RestDialect? ReadTools(YamlFields fields)
    {
        var read = new List<RestTool>();
        bool whole = true;
        foreach (YamlNode node in fields.List("tools", required: true))
        {
            var tool = new YamlFields(node, "a tool", diagnostics);
            string? name = tool.Text("name", required: true);
            string? method = tool.Text("method", required: true);
            string? path = tool.Text("path", required: true);
            tool.Done();
            if (name is not null && method is not null && path is not null)
                read.Add(new RestTool(name, method, path));
            else
                whole = false;
        }
        return whole && fields.Take("tools") is { Kind: YamlKind.Sequence } at ? Rest(fields, at, read) : null;
    }

    private RestDialect? ReadOpenApi(YamlFields fields, YamlNode at)
    {
        if (ReadFile(fields, "openapi") is not { } content)
            return null;
        List<RestTool>? tools = OpenApiDocument.TryRead(content, out string fault);
        if (tools is null)
        {
            fields.Error(at, "openapi", fault);
            return null;
        }
        return Rest(fields, at, tools);
    }

    private GrpcDialect? ReadGrpc(YamlFields fields)
    {
        List<YamlNode> joined = fields.SomeTexts("join") ?? [];
        if (ReadFile(fields, "descriptors") is not { } content)
            return null;
        if (GrpcDialect.TryCreate(content, [.. joined.Select(n => Shown.Of(n.Text))], out GrpcDialect? dialect, out string fault))
            return dialect;
        fields.Error(fields.Take("descriptors")!, "descriptors", fault);
        return null;
    }

    private byte[]? ReadFile(YamlFields fields, string key)
    {
        if (fields.Text(key, required: true) is not { } name)
            return null;
        byte[]? content = files.Read(name, out string fault);
        if (content is null)
            fields.Error(fields.Take(key)!, "file", fault);
        return content;
    }

    private static RestDialect? Rest(YamlFields fields, YamlNode at, List<RestTool> tools)
    {
        if (RestDialect.TryCreate(tools, out RestDialect? dialect, out string fault))
            return dialect;
        fields.Error(at, "tools", fault);
        return null;
    }
}
