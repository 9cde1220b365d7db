using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.GrpcServices;
using EnvoyExtAuthz.Policy.Yaml;
using EnvoyExtAuthz.Text;
using Microsoft.Extensions.Time.Testing;

namespace EnvoyExtAuthz.Policy.Tests;

/// <summary>Tools that stand in a file of the API's own: an OpenAPI document, a descriptor set.</summary>
public sealed class ApiFileTests : IDisposable
{
    private const string Orders = """
        openapi: 3.1.0
        info: {title: Orders, version: "1"}
        servers:
          - url: https://api.example.com/{stage}/
            variables: {stage: {default: v2}}
          - url: /internal
        paths:
          x-note: not a path
          /orders:
            get: {operationId: listOrders, responses: {200: {description: ok}}}
            post:
              operationId: addOrder
              requestBody: {content: {application/json: {schema: {type: object, properties: {a: {type: object, properties: {b: {type: object, properties: {c: {type: array, items: {type: object, properties: {d: {type: string}}}}}}}}}}}}}
          /orders/{id}:
            parameters: [{name: id, in: path, required: true}]
            get: {responses: {}}
            delete: {operationId: removeOrder, servers: [{url: "http://admin.example.com"}]}
          /shared: {$ref: "#/components/pathItems/Shared"}
        components:
          pathItems:
            Shared: {put: {operationId: share}}
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("policy-api-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("GET", "/v2/orders", "listOrders")]
    [InlineData("GET", "/internal/orders", "listOrders")]
    [InlineData("POST", "/v2/orders", "addOrder")]
    [InlineData("GET", "/v2/orders/7", "GET /orders/{id}")]
    [InlineData("DELETE", "/orders/7", "removeOrder")]
    [InlineData("PUT", "/internal/shared", "share")]
    [InlineData("DELETE", "/v2/orders/7", "")]
    [InlineData("GET", "/orders", "")]
    [InlineData("PATCH", "/v2/orders", "")]
    [InlineData("GET", "/v2/x-note", "")]
    public void An_OpenAPI_documents_operations_are_the_routes_tools(string method, string path, string tool)
    {
        Write("orders.yaml", Orders);
        PolicySnapshot policy = Compiled("protocol: rest, openapi: orders.yaml");
        using var message = new Message();
        HttpHead head = new HttpHead().Add(":method", method).Add(":path", path);
        ReadFault fault = PolicyText.RouteOf(policy, path)!.Dialect!.ReadRequest(head, Encoding.UTF8.GetBytes(path), default, JsonLimits.Default, message);
        Assert.Equal(tool.Length > 0 ? ReadFault.None : ReadFault.UnknownPath, fault);
        Assert.Equal(tool, string.Concat(message.ToolCalls.Select(c => Encoding.UTF8.GetString(c.Name.Span))));
    }

    [Fact]
    public void A_document_may_be_JSON()
    {
        Write("a.json", "{\n\t\"openapi\": \"3.0.3\", \"paths\": {\"/a\\u0062\": {\"get\": {\"operationId\": \"ab\"}}}}");
        Assert.True(PolicyText.RouteOf(Compiled("protocol: rest, openapi: a.json"), "/")!.Dialect!.Recognises("GET"u8, "/ab"u8));
    }

    [Theory]
    [InlineData("swagger: \"2.0\"\npaths: {}", "no OpenAPI document of version 3.0 or 3.1")]
    [InlineData("openapi: 3.1.0", "no `paths`")]
    [InlineData("openapi: 3.1.0\npaths: {}", "no operations")]
    [InlineData("openapi: 3.1.0\npaths: {/a: {get: {operationId: x}}, /b: {get: {operationId: x}}}", "operation `x` twice")]
    [InlineData("openapi: 3.1.0\npaths: {\"/a/{x}\": {get: {}}, \"/{y}/b\": {get: {}}}", "matches some of the same requests")]
    [InlineData("openapi: 3.1.0\npaths: {\"/{name}.json\": {get: {}}}", "whole segments")]
    [InlineData("openapi: 3.1.0\npaths: {a: {get: {}}}", "whole segments")]
    [InlineData("openapi: 3.1.0\nservers: [{url: v2}]\npaths: {/a: {get: {}}}", "no path that can be known")]
    [InlineData("openapi: 3.1.0\nservers: [{url: \"/{stage}\"}]\npaths: {/a: {get: {}}}", "no path that can be known")]
    [InlineData("openapi: 3.1.0\npaths: {/a: {$ref: other.yaml}}", "stands elsewhere")]
    [InlineData("openapi: 3.1.0\npaths: {/a: [", "OpenAPI document, line 3")]
    [InlineData("openapi: 3.1.0\npaths: {/a: {get: {}}, /a: {post: {}}}", "twice")]
    [InlineData("{\"openapi\": \"3.1.0\",}", "no strict JSON")]
    public void What_is_no_document_is_said_at_the_policys_line(string document, string said)
    {
        Write("orders.yaml", document);
        PolicyDiagnostic error = Assert.Single(Compile("protocol: rest, openapi: orders.yaml").Diagnostics);
        Assert.True(error.IsError);
        Assert.Contains(said, error.Message);
        Assert.Equal(4, error.Line);
    }

    [Theory]
    [InlineData("protocol: rest, openapi: nothing.yaml", "is not there")]
    [InlineData("protocol: rest, openapi: ../orders.yaml", "in the policy's folder")]
    [InlineData("protocol: rest, openapi: /etc/hostname", "in the policy's folder")]
    [InlineData("protocol: rest, openapi: orders.yaml, tools: []", "not both")]
    [InlineData("protocol: rest, descriptors: notes.bin", "are for `grpc` routes")]
    [InlineData("protocol: rest, openapi: orders.yaml, join: [a.B.c]", "are for `grpc` routes")]
    [InlineData("protocol: grpc, descriptors: notes.bin, join: [notes.v1.Note.number]", "no string field `notes.v1.Note.number`")]
    [InlineData("protocol: grpc, descriptors: notes.bin, join: [title]", "no string field `title`")]
    [InlineData("protocol: grpc, descriptors: notes.bin, join: []", "empty list")]
    [InlineData("protocol: grpc, openapi: orders.yaml, descriptors: notes.bin", "names a file of `descriptors`")]
    [InlineData("protocol: grpc, tools: [], descriptors: notes.bin", "names a file of `descriptors`")]
    [InlineData("protocol: grpc", "needs `descriptors`")]
    [InlineData("protocol: grpc, descriptors: orders.yaml", "descriptor set")]
    [InlineData("protocol: mcp, descriptors: notes.bin", "elsewhere tools name themselves")]
    [InlineData("protocol: mcp, openapi: orders.yaml", "elsewhere tools name themselves")]
    public void A_file_that_cannot_be_meant_is_an_error(string keys, string said)
    {
        Write("orders.yaml", Orders);
        File.WriteAllBytes(Path.Combine(_folder, "notes.bin"), NotesDescriptors.Set);
        Assert.Contains(Compile(keys).Errors(), e => e.Message.Contains(said, StringComparison.Ordinal));
    }

    [Fact]
    public void A_policy_that_is_no_file_names_none()
    {
        PolicyResult result = PolicyText.Compile("version: 1\nname: test\nroutes:\n  - {name: r, match: {}, protocol: grpc, descriptors: notes.bin}\nrules: []\n");
        Assert.Contains(result.Errors(), e => e.Message.Contains("Only a policy that is a file", StringComparison.Ordinal));
    }

    [Fact]
    public void A_file_larger_than_a_policy_may_be_is_an_error()
    {
        File.WriteAllBytes(Path.Combine(_folder, "notes.bin"), new byte[YamlTree.MaxBytes + 1]);
        Assert.Contains(Compile("protocol: grpc, descriptors: notes.bin").Errors(), e => e.Message.Contains("larger than", StringComparison.Ordinal));
    }

    [Fact]
    public void A_descriptor_sets_methods_are_the_routes_tools()
    {
        File.WriteAllBytes(Path.Combine(_folder, "notes.bin"), NotesDescriptors.Set);
        Dialect dialect = PolicyText.RouteOf(Compiled("protocol: grpc, descriptors: notes.bin"), "/")!.Dialect!;
        Assert.True(dialect.Recognises("POST"u8, "/notes.v1.Notes/Add"u8));
        Assert.False(dialect.Recognises("POST"u8, "/notes.v1.Notes/add"u8));
    }

    [Fact]
    public void A_change_of_the_file_is_a_change_of_the_policy()
    {
        Write("orders.yaml", Orders);
        string file = Write("policy.yaml", PolicyWith("protocol: rest, openapi: orders.yaml"));
        var time = new FakeTimeProvider();
        using PolicyStore store = PolicyStore.Open(file, PolicyText.Names, time, TimeSpan.FromSeconds(2), out _)!;
        string hash = store.Current.Hash;
        Assert.False(PolicyText.RouteOf(store.Current, "/")!.Dialect!.Recognises("GET"u8, "/v2/more"u8));
        Write("orders.yaml", Orders + "\n");
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.NotEqual(hash, store.Current.Hash);
        Write("orders.yaml", Orders.Replace("/orders:", "/more:", StringComparison.Ordinal));
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.True(PolicyText.RouteOf(store.Current, "/")!.Dialect!.Recognises("GET"u8, "/v2/more"u8));
        File.Delete(Path.Combine(_folder, "orders.yaml"));
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.NotNull(store.LastFailure);
        Assert.True(PolicyText.RouteOf(store.Current, "/")!.Dialect!.Recognises("GET"u8, "/v2/more"u8));
        Write("orders.yaml", Orders);
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(store.LastFailure);
        Assert.Equal(hash, store.Current.Hash);
    }

    private static string PolicyWith(string keys) => $"version: 1\nname: test\nroutes:\n  - {{name: r, match: {{}}, {keys}}}\nrules: []\n";

    private PolicyResult Compile(string keys) => PolicyText.Compile(PolicyWith(keys), Path.Combine(_folder, "policy.yaml"));

    private PolicySnapshot Compiled(string keys)
    {
        PolicyResult result = Compile(keys);
        Assert.True(result.Snapshot is not null, string.Join("\n", result.Diagnostics.Select(d => d.Format("policy.yaml"))));
        return result.Snapshot;
    }

    private string Write(string name, string text)
    {
        File.WriteAllText(Path.Combine(_folder, name), text);
        return Path.Combine(_folder, name);
    }
}
