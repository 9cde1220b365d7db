using System.Globalization;
using System.Text.Json;
using EnvoyExtAuthz.EndToEnd.Tests.Field;
using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Testing.Origin;

namespace EnvoyExtAuthz.EndToEnd.Tests;

/// <summary>A real Prometheus scrapes the filter: every query of the dashboard answers, every alert's expression is evaluated, every runbook exists.</summary>
public sealed class PrometheusTests
{
    private static string Repository => SharedFolder.Repository;

    [Fact]
    public async Task Every_query_of_the_dashboard_answers_from_live_metrics()
    {
        string prometheus = ToolLocator.Require("prometheus");
        await using FieldLab lab = await FieldLab.Start(["search"]);
        lab.Answer = OriginAnswer.Json("""{"choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}]}""");
        using var folder = new TestFolder();
        int port = FreePort.Next();
        string config = folder.Write("prometheus.yml", $$"""
            global: {scrape_interval: 1s, evaluation_interval: 1s}
            rule_files: ["{{Repository}}/deploy/prometheus/alerts.yaml"]
            scrape_configs: [{job_name: envoy-extauthz, static_configs: [{targets: ["{{lab.Filter.AdminAddress}}"]}]}]
            """);
        await using var process = ChildProcess.Start(prometheus, [$"--config.file={config}", $"--storage.tsdb.path={folder.Path("data")}", $"--web.listen-address=127.0.0.1:{port}"]);
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        await process.WaitFor(async () => await Answers(client, "/-/ready"), TimeSpan.FromSeconds(30));
        // Traffic of every kind the panels show, over more than two scrapes so that rates have something to be rates of.
        for (int i = 0; i < 6; i++)
        {
            await lab.Post("/v1/chat/completions", """{"model":"m","messages":[{"role":"user","content":"key ghp_16C7e42F292c6912E7710c838347Ae178B4a"}],"tools":[{"type":"function","function":{"name":"rm"}}]}""");
            await lab.Post("/v1/chat/completions", """{"model":"m","messages":[],"messages":[]}""");
            await File.AppendAllTextAsync(lab.Filter.PolicyFile, "\n");
            await Task.Delay(1000);
        }
        foreach (string query in Queries())
        {
            // On a busy machine a scrape may be late, and a rate needs two of them.
            await process.WaitFor(() => HasResult(client, query), TimeSpan.FromSeconds(30), every: TimeSpan.FromMilliseconds(500));
        }
        using JsonDocument rules = JsonDocument.Parse(await client.GetStringAsync(new Uri("/api/v1/rules", UriKind.Relative)));
        foreach (JsonElement rule in rules.RootElement.GetProperty("data").GetProperty("groups")[0].GetProperty("rules").EnumerateArray())
        {
            Assert.Equal("ok", rule.GetProperty("health").GetString());
            Assert.True(File.Exists(Path.Combine(Repository, rule.GetProperty("annotations").GetProperty("runbook").GetString()!)), rule.GetProperty("name").GetString());
        }
    }

    [Fact]
    public async Task The_alert_rules_pass_their_own_tests()
    {
        string promtool = ToolLocator.Require("promtool");
        string folder = Path.Combine(Repository, "deploy", "prometheus");
        await using var check = ChildProcess.Start(promtool, ["check", "rules", Path.Combine(folder, "alerts.yaml")]);
        Assert.True(await check.WaitForExit(TimeSpan.FromSeconds(30)));
        await using var test = ChildProcess.Start(promtool, ["test", "rules", Path.Combine(folder, "alerts_test.yaml")]);
        Assert.True(await test.WaitForExit(TimeSpan.FromSeconds(30)));
        Assert.Contains("SUCCESS", check.Output, StringComparison.Ordinal);
        Assert.Contains("SUCCESS", test.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("FAILED", test.Output, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Queries()
    {
        using JsonDocument dashboard = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository, "deploy", "grafana", "dashboard.json")));
        return [.. dashboard.RootElement.GetProperty("panels").EnumerateArray().SelectMany(p => p.GetProperty("targets").EnumerateArray())
            .Select(t => t.GetProperty("expr").GetString()!.Replace("$job", "envoy-extauthz", StringComparison.Ordinal).Replace("$__rate_interval", string.Create(CultureInfo.InvariantCulture, $"{10}s"), StringComparison.Ordinal))];
    }

    private static async Task<bool> HasResult(HttpClient client, string query)
    {
        using JsonDocument answer = JsonDocument.Parse(await client.GetStringAsync(new Uri("/api/v1/query?query=" + Uri.EscapeDataString(query), UriKind.Relative)));
        Assert.Equal("success", answer.RootElement.GetProperty("status").GetString());
        return answer.RootElement.GetProperty("data").GetProperty("result").GetArrayLength() > 0;
    }

    private static async Task<bool> Answers(HttpClient client, string path)
    {
        try
        {
            return (await client.GetAsync(new Uri(path, UriKind.Relative))).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
