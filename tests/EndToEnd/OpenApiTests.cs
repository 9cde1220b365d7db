using System.Net;
using System.Text;
using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Testing.Envoy;
using EnvoyExtAuthz.Testing.Origin;

namespace EnvoyExtAuthz.EndToEnd.Tests;

/// <summary>A REST API whose tools stand in its OpenAPI document, through Envoy and the filter.</summary>
public sealed class OpenApiTests
{
    private const string Policy = """
        version: 1
        name: orders
        callers:
          anyone: {unauthenticated: true}
        routes:
          - {name: orders, match: {}, protocol: rest, openapi: orders.yaml}
        rules:
          - name: read-and-add
            callers: [anyone]
            routes: [orders]
            tools: {allow: [getOrder, addOrder]}
            detectors:
              injection: {action: ignore}
              secrets: {action: refuse}
              pii.email: {action: redact}
        """;

    private const string Document = """
        openapi: 3.0.3
        info: {title: Orders, version: "1"}
        servers: [{url: https://api.example.com/v1}]
        paths:
          /orders: {post: {operationId: addOrder}}
          /orders/{id}:
            get: {operationId: getOrder}
            delete: {operationId: removeOrder}
        """;

    [Fact]
    public async Task Operations_are_tools_and_what_is_none_does_not_reach_the_origin()
    {
        ToolLocator.Require("envoy");
        await using ScriptedOrigin origin = await ScriptedOrigin.Start(r => OriginAnswer.Json("""{"note":"from owner@example.com"}"""));
        await using FilterProcess filter = await FilterProcess.Start(new FilterOptions { Policy = Policy, Files = new Dictionary<string, byte[]> { ["orders.yaml"] = Encoding.UTF8.GetBytes(Document) } });
        await using EnvoyProcess envoy = await EnvoyProcess.Start(EnvoyProcess.Versions[0], new EnvoyConfig { Filter = filter.Address, OriginPort = origin.Port });
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{envoy.Port}") };

        string order = await client.GetStringAsync("/v1/orders/7");
        Assert.StartsWith("{\"note\":\"from ", order, StringComparison.Ordinal);
        Assert.DoesNotContain("owner@example.com", order, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await Send(client, "POST", "/v1/orders", """{"text":"two pears"}"""));
        Assert.Equal(2, origin.Requests.Count);

        Assert.Equal(HttpStatusCode.Forbidden, await Send(client, "POST", "/v1/orders", """{"text":"ghp_16C7e42F292c6912E7710c838347Ae178B4a"}"""));
        Assert.Equal(HttpStatusCode.Forbidden, await Send(client, "DELETE", "/v1/orders/7"));
        Assert.Equal(HttpStatusCode.Forbidden, await Send(client, "GET", "/orders/7"));
        Assert.Equal(HttpStatusCode.Forbidden, await Send(client, "PUT", "/v1/orders/7"));
        Assert.Equal(HttpStatusCode.Forbidden, await Send(client, "GET", "/v1/admin"));
        Assert.Equal(2, origin.Requests.Count);
    }

    private static async Task<HttpStatusCode> Send(HttpClient client, string method, string path, string? json = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (json is not null)
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await client.SendAsync(request);
        return response.StatusCode;
    }
}
