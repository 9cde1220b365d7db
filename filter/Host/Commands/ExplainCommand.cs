using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using EnvoyExtAuthz.Detection;
using EnvoyExtAuthz.Engine;
using EnvoyExtAuthz.Host.Recorded;
using EnvoyExtAuthz.Host.Serving;
using EnvoyExtAuthz.Identity.Tokens;
using EnvoyExtAuthz.Policy;
using EnvoyExtAuthz.Policy.Yaml;
using Spectre.Console;

namespace EnvoyExtAuthz.Host.Commands;

/// <summary><c>explain</c>: a recorded exchange in, the deciding rule and the findings out.</summary>
internal static class ExplainCommand
{
    private static readonly string[] Members = ["direction", "outcome", "reason", "rule", "caller", "route"];

    public static Command Make()
    {
        var file = new Argument<FileInfo>("exchange") { Description = "Recorded exchanges: JSON lines with request and response (docs/recordings.md)." };
        var policy = new Option<FileInfo?>("--policy", "-p") { Description = "Policy file; without one the embedded policy." };
        var caller = new Option<string?>("--caller") { Description = "SPIFFE ID to call as; over the recording's own." };
        var format = new Option<string>("--format") { Description = "table or json.", DefaultValueFactory = _ => "table" };
        format.AcceptOnlyFromAmong("table", "json");
        var command = new Command("explain", "Explain what the policy does with recorded exchanges: which rule decided, what was found, what was edited.") { file, policy, caller, format };
        command.SetAction((parsed, _) => Explain(parsed.GetValue(file)!, parsed.GetValue(policy), parsed.GetValue(caller), parsed.GetValue(format) == "json"));
        return command;
    }

    private static async Task<int> Explain(FileInfo file, FileInfo? policyFile, string? caller, bool asJson)
    {
        PolicySnapshot? policy = PolicyOf(policyFile);
        if (policy is null)
            return ExitCodes.Usage;
        IReadOnlyList<RecordedExchange> exchanges;
        try
        {
            exchanges = RecordedExchange.ReadAll(File.ReadAllBytes(file.FullName));
        }
        catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"{file.Name}: {e.Message}");
            return ExitCodes.Usage;
        }
        (Scanner scanner, _) = Detectors.Load();
        var copies = new DecisionCopies();
        await using var keys = new JwksStore(TimeProvider.System);
        var policies = new PolicyInForceSource(policy, keys);
        await keys.FirstReadings();
        var services = new ExchangeServices(policies, new Protocols(), scanner, new ExchangeLimits(), copies, new EngineMetrics(Prometheus.Metrics.NewCustomRegistry()), TimeProvider.System, null);
        using var exchange = new Exchange(services);
        foreach (RecordedExchange recorded in exchanges)
        {
            RecordedOutcome outcome = RecordedRun.Run(exchange, recorded, caller ?? recorded.Caller);
            IReadOnlyList<JsonObject> decisions = copies.Take();
            if (asJson)
                WriteJson(recorded, outcome, decisions);
            else
                WriteTable(recorded, outcome, decisions);
        }
        return ExitCodes.Ok;
    }

    private static PolicySnapshot? PolicyOf(FileInfo? file)
    {
        if (file is null)
            return EmbeddedPolicy.Compile(new Protocols());
        if (!file.Exists)
        {
            Console.Error.WriteLine($"{file.Name}: no such file");
            return null;
        }
        PolicyResult result = PolicyCompiler.Compile(File.ReadAllBytes(file.FullName), new Protocols(), file.FullName);
        foreach (PolicyDiagnostic diagnostic in result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error))
            Console.Error.WriteLine(diagnostic.Format(file.Name));
        return result.Snapshot;
    }

    private static void WriteJson(RecordedExchange recorded, RecordedOutcome outcome, IReadOnlyList<JsonObject> decisions)
    {
        var line = new JsonObject
        {
            ["name"] = recorded.Name,
            ["status"] = outcome.Status,
            ["requestChanged"] = outcome.OriginSaw is { } saw && !saw.AsSpan().SequenceEqual(recorded.Request.Body),
            ["originReached"] = outcome.OriginSaw is not null,
            ["responseChanged"] = recorded.Response is { } response && !outcome.ClientSaw.AsSpan().SequenceEqual(response.Body),
            ["decisions"] = new JsonArray([.. decisions.Select(d => (JsonNode)d.DeepClone())]),
        };
        Console.WriteLine(line.ToJsonString());
    }

    private static void WriteTable(RecordedExchange recorded, RecordedOutcome outcome, IReadOnlyList<JsonObject> decisions)
    {
        Terminal.Out.MarkupLineInterpolated($"[bold]{recorded.Name}[/]  {recorded.Method} {recorded.Path}  -> client sees {outcome.Status}, origin {(outcome.OriginSaw is null ? "untouched" : "reached")}");
        Table table = Terminal.Table([.. Members, "what"]);
        foreach (JsonObject decision in decisions)
        {
            table.AddRow([.. Members.Select(k => Markup.Escape(decision[k]?.ToString() ?? "")), Markup.Escape(What(decision))]);
        }
        Terminal.Out.Write(table);
    }

    private static string What(JsonObject decision)
    {
        var parts = new List<string>();
        foreach (JsonNode? finding in decision["findings"]?.AsArray() ?? [])
            parts.Add($"{finding!["kind"]} {finding["action"]} in {finding["role"]} at {finding["start"]}+{finding["length"]} (score {finding["score"]})");
        foreach (JsonNode? tool in decision["tools"]?.AsArray() ?? [])
            parts.Add($"tool {tool!["name"]} {tool["place"]}: {((bool)tool["allowed"]! ? "allowed" : "not allowed")} by {tool["rule"]}");
        foreach (JsonNode? what in decision["cases"]?.AsArray() ?? [])
            parts.Add($"{what!["case"]}: {what["action"]}");
        return string.Join("; ", parts);
    }
}
