using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using EnvoyExtAuthz.Host.Commands;
using EnvoyExtAuthz.Host.Recorded;
using Spectre.Console;

namespace EnvoyExtAuthz.Host.Demo;

/// <summary>Says in a table what became of the demonstrated exchanges, for people who see it for the first time.</summary>
internal sealed class DemoReport
{
    private readonly Table _table = Terminal.Table("#", "caller", "what it shows", "verdict", "origin saw", "client saw", "filter ms");

    /// <summary>Adds one exchange.</summary>
    /// <param name="index">Its number, from 0.</param>
    /// <param name="exchange">The recording.</param>
    /// <param name="answer">What the client saw.</param>
    /// <param name="asked">What the origin was asked; null if it heard nothing.</param>
    /// <param name="decisions">The filter's decisions on it.</param>
    public void Add(int index, RecordedExchange exchange, DemoAnswer answer, byte[]? asked, IReadOnlyList<JsonObject> decisions)
    {
        double milliseconds = decisions.Sum(d => (double?)d["microseconds"] ?? 0) / 1000;
        _table.AddRow(
            (index + 1).ToString(CultureInfo.InvariantCulture),
            Markup.Escape(exchange.Caller?.Split('/')[^1] ?? "nobody"),
            Markup.Escape(exchange.Shows ?? exchange.Name),
            Verdict(decisions),
            Markup.Escape(OriginSaw(exchange, asked)),
            Markup.Escape(ClientSaw(exchange, answer)),
            milliseconds.ToString("0.00", CultureInfo.InvariantCulture));
    }

    /// <summary>Prints the table.</summary>
    public void Print() => Terminal.Out.Write(_table);

    private static string Verdict(IReadOnlyList<JsonObject> decisions)
    {
        JsonObject? decisive = decisions.FirstOrDefault(d => (string?)d["outcome"] == "refused") ?? decisions.FirstOrDefault(d => (string?)d["outcome"] == "edited");
        if (decisive is null)
            return "[green]allowed[/]";
        if ((string?)decisive["outcome"] == "refused")
            return $"[red]refused[/]: {Markup.Escape((string?)decisive["reason"] ?? "")}";
        var what = new List<string>();
        what.AddRange((decisive["tools"]?.AsArray() ?? []).Where(t => !(bool)t!["allowed"]!).Select(t => $"{t!["name"]} removed"));
        what.AddRange((decisive["findings"]?.AsArray() ?? []).Where(f => (string?)f!["action"] == "redact").Select(f => $"{f!["kind"]} redacted"));
        return $"[yellow]edited[/]: {Markup.Escape(string.Join(", ", what.Distinct()))}";
    }

    private static string OriginSaw(RecordedExchange exchange, byte[]? asked) => asked switch
    {
        null => "nothing",
        _ when asked.AsSpan().SequenceEqual(exchange.Request.Body) => "the request, unchanged",
        _ => string.Create(CultureInfo.InvariantCulture, $"the request, edited ({asked.Length - exchange.Request.Body.Length:+0;-0} bytes)"),
    };

    private static string ClientSaw(RecordedExchange exchange, DemoAnswer answer)
    {
        byte[] recorded = exchange.Response?.Body ?? [];
        if (answer.Body.AsSpan().SequenceEqual(recorded))
            return string.Create(CultureInfo.InvariantCulture, $"{answer.Status}, unchanged");
        string text = Encoding.UTF8.GetString(answer.Body);
        if (text.Contains("content_filter", StringComparison.Ordinal))
            return string.Create(CultureInfo.InvariantCulture, $"{answer.Status}, stream ended with content_filter");
        if (text.Contains("\"isError\":true", StringComparison.Ordinal))
            return string.Create(CultureInfo.InvariantCulture, $"{answer.Status}, tool result isError");
        return string.Create(CultureInfo.InvariantCulture, $"{answer.Status}, {(answer.Status >= 400 ? "an error its SDK shows" : "edited")}");
    }
}
