using System.Text.Json;
using EnvoyExtAuthz.Engine;
using EnvoyExtAuthz.Engine.Audit;
using EnvoyExtAuthz.Policy;
using Prometheus;

namespace EnvoyExtAuthz.Host.Serving;

/// <summary>The HTTP port for people and probes: metrics, health, readiness, version. Shows no content and takes no commands.</summary>
internal sealed class AdminEndpoints(CollectorRegistry registry, Readiness readiness, IPolicySource policies, IDecisionLog log, string modelVersion)
{
    private const string OpenMetrics = "application/openmetrics-text";

    /// <summary>Handles a request of the admin port.</summary>
    public Task Handle(HttpContext context) => context.Request.Path.Value switch
    {
        "/metrics" => Metrics(context),
        "/healthz" => Text(context, 200, "ok\n"),
        "/readyz" => Ready(context),
        "/version" => Version(context),
        _ => Text(context, 404, "there are /metrics, /healthz, /readyz and /version\n"),
    };

    /// <summary>Puts the handler behind a host's routing.</summary>
    public void Map(IApplicationBuilder app) => app.Run(Handle);

    private async Task Metrics(HttpContext context)
    {
        bool open = context.Request.Headers.Accept.ToString().Contains(OpenMetrics, StringComparison.Ordinal);
        context.Response.ContentType = open ? $"{OpenMetrics}; version=1.0.0; charset=utf-8" : "text/plain; version=0.0.4; charset=utf-8";
        await registry.CollectAndExportAsTextAsync(context.Response.Body, open ? ExpositionFormat.OpenMetricsText : ExpositionFormat.PrometheusText, context.RequestAborted);
    }

    private Task Ready(HttpContext context)
    {
        string policy = readiness.PolicyFault is { } fault ? $"policy: last good one in force; the file is refused: {fault}\n" : "policy: ok\n";
        string audit = log.Available ? "audit: ok\n" : "audit: failing\n";
        return Text(context, readiness.IsReady ? 200 : 503, (readiness.IsReady ? "ready\n" : "stopping\n") + policy + audit);
    }

    private async Task Version(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        PolicySnapshot policy = policies.Current.Policy;
        json.WriteStartObject();
        json.WriteString("version", FilterServer.Version);
        json.WriteString("policy", policy.Name);
        json.WriteString("policyHash", policy.Hash);
        json.WriteString("model", modelVersion);
        if (log is AuditLog audit)
        {
            json.WriteNumber("auditSequence", audit.Head.Sequence);
            json.WriteString("auditHead", audit.Head.Hash);
        }
        json.WriteEndObject();
        await json.FlushAsync();
    }

    private static async Task Text(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.WriteAsync(text);
    }
}
