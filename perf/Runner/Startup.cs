using System.Diagnostics;
using EnvoyExtAuthz.Testing;

namespace EnvoyExtAuthz.Perf;

/// <summary>How long the filter takes to be ready, and how much memory it has then.</summary>
internal static class Startup
{
    /// <summary>Starts the filter a few times.</summary>
    /// <param name="times">How often.</param>
    /// <returns>Medians: milliseconds from start to <c>/readyz</c>, resident MiB right after.</returns>
    public static async Task<(double Milliseconds, double Mebibytes)> Measure(int times)
    {
        var waits = new List<double>();
        var sizes = new List<double>();
        using var client = new HttpClient();
        for (int i = 0; i < times; i++)
        {
            using var folder = new TestFolder();
            int port = FreePort.Next();
            string policy = folder.Write("policy.yaml", Targets.PolicyText(detectors: true));
            var clock = Stopwatch.StartNew();
            await using var process = ChildProcess.Start(FilterProcess.Binary!, ["serve", "--policy", policy, "--listen", "unix:" + folder.Path("f.sock"), "--admin", $"127.0.0.1:{port}"]);
            await process.WaitFor(() => Ready(client, port), TimeSpan.FromSeconds(20), every: TimeSpan.FromMilliseconds(1));
            waits.Add(clock.Elapsed.TotalMilliseconds);
            sizes.Add(Resident(process.Id));
        }
        return (Statistics.Median(waits), Statistics.Median(sizes));
    }

    /// <summary>A process's resident memory, MiB.</summary>
    /// <param name="process">The process id.</param>
    public static double Resident(int process)
    {
        string line = File.ReadLines($"/proc/{process}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture) / 1024;
    }

    private static async Task<bool> Ready(HttpClient client, int port)
    {
        try
        {
            using HttpResponseMessage answer = await client.GetAsync(new Uri($"http://127.0.0.1:{port}/readyz"));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
