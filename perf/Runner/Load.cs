using System.Globalization;
using System.Text.Json;
using EnvoyExtAuthz.Testing;

namespace EnvoyExtAuthz.Perf;

/// <summary>What one run of a load client saw.</summary>
/// <param name="P50">Median latency, milliseconds.</param>
/// <param name="P99">99th percentile, milliseconds.</param>
/// <param name="PerSecond">Requests a second.</param>
/// <param name="Failed">Requests without a status of 2xx.</param>
internal readonly record struct LoadResult(double P50, double P99, double PerSecond, long Failed);

/// <summary>Runs the load clients.</summary>
/// <param name="folder">The folder of their scripts (<c>perf</c>).</param>
/// <param name="body">File of the request's body.</param>
internal sealed class Load(string folder, string body)
{
    /// <summary>One closed-loop connection, by wrk.</summary>
    /// <param name="port">Envoy's port.</param>
    /// <param name="seconds">How long.</param>
    public async Task<LoadResult> OneConnection(int port, int seconds)
    {
        string output = await Run("wrk", ["-t1", "-c1", $"-d{seconds}s", "-s", Path.Combine(folder, "wrk", "post.lua"), $"http://127.0.0.1:{port}/v1/chat/completions", "--", body], []);
        string line = output.Split('\n').Last(l => l.StartsWith("result ", StringComparison.Ordinal));
        double[] n = [.. line.Split(' ').Skip(1).Select(v => double.Parse(v, CultureInfo.InvariantCulture))];
        return new LoadResult(n[0] / 1000, n[1] / 1000, n[2], (long)n[3]);
    }

    /// <summary>A k6 script.</summary>
    /// <param name="script">Its name without ending.</param>
    /// <param name="port">Envoy's port.</param>
    /// <param name="quick">Run it short.</param>
    public async Task<LoadResult> K6(string script, int port, bool quick)
    {
        string k6 = ToolLocator.Find("k6") ?? throw new InvalidOperationException("needs k6: have ../shared/tools beside the repository");
        using var folderOfRun = new TestFolder();
        string summary = folderOfRun.Path("summary.json");
        await Run(k6, ["run", "--quiet", "--no-usage-report", Path.Combine(folder, "k6", script + ".js")], new()
        {
            ["TARGET"] = $"http://127.0.0.1:{port}/v1/chat/completions",
            ["BODY"] = body,
            ["SUMMARY"] = summary,
            ["QUICK"] = quick ? "1" : "",
        });
        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(summary));
        return new LoadResult(Number(json, "p50"), Number(json, "p99"), Number(json, "rate"), (long)Number(json, "failed"));
    }

    private static double Number(JsonDocument json, string name) => json.RootElement.GetProperty(name).GetDouble();

    private static async Task<string> Run(string tool, IEnumerable<string> arguments, Dictionary<string, string> environment)
    {
        await using var process = ChildProcess.Start(tool, arguments, environment);
        if (!await process.WaitForExit(TimeSpan.FromMinutes(5)) || process.ExitCode != 0)
            throw new InvalidOperationException($"{tool} failed:\n{process.Output}");
        return process.Output;
    }
}
