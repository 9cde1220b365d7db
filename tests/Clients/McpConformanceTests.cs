using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Testing.Envoy;

namespace EnvoyExtAuthz.Clients.Tests;

/// <summary>
/// The MCP conformance suite (npm) against servers of both eras, once straight and once through a real Envoy and the filter
/// under a policy that allows everything: not one check of any scenario comes out otherwise.
/// </summary>
public sealed class McpConformanceTests
{
    private const string Policy = """
        version: 1
        name: conformance
        callers:
          anyone: {unauthenticated: true}
        routes:
          - {name: tools, match: {paths: ["/mcp", "/"]}, protocol: mcp}
        rules:
          - name: everything
            callers: [anyone]
            routes: [tools]
            tools: {allow: ["*"]}
            detectors: {injection: {action: ignore}, secrets: {action: ignore}, pii: {action: ignore}}
            uninspectable: {image: allow, audio: allow, file: allow}
        """;

    /// <summary>The reference server has few of the suite's own tools, and passes few of its scenarios.</summary>
    private const string Everything = "node_modules/@modelcontextprotocol/server-everything/dist/index.js";

    [Theory]
    [InlineData("conformance-legacy.mjs", "2025-11-25", 33, 84)]
    [InlineData("conformance-modern.mjs", "2026-07-28", 50, 196)]
    [InlineData(Everything, "2025-11-25", 33, 45)]
    public async Task Each_check_of_the_suite_comes_out_as_without_the_filter(string server, string revision, int scenarios, int passed)
    {
        NodeProcess.Require();
        ToolLocator.Require("envoy");
        int chosen = FreePort.Next();
        using Process origin = NodeProcess.Start(server, ["streamableHttp"], ("PORT", chosen.ToString(CultureInfo.InvariantCulture)));
        try
        {
            // The reference server takes the port it is told and says nothing of it; ours say theirs.
            int port = server == Everything ? await WaitFor(chosen) : int.Parse((await origin.StandardOutput.ReadLineAsync())!.Split(' ')[1], CultureInfo.InvariantCulture);
            SortedDictionary<string, string> straight = await Run(port, revision);
            await using FilterProcess filter = await FilterProcess.Start(new FilterOptions { Policy = Policy });
            await using EnvoyProcess envoy = await EnvoyProcess.Start(EnvoyProcess.Versions[0], new EnvoyConfig { Filter = filter.Address, OriginPort = port });
            SortedDictionary<string, string> filtered = await Run(envoy.Port, revision);

            Assert.Equal(scenarios, straight.Count);
            int score = straight.Values.Sum(checks => checks.Split(" SUCCESS").Length - 1);
            TestContext.Current.TestOutputHelper!.WriteLine($"{revision}: {score} checks passed in {straight.Count} scenarios");
            // Servers that fail the suite themselves would show nothing about the filter.
            Assert.True(score >= passed, $"only {score} checks pass without the filter");
            Assert.Equal(straight.Keys, filtered.Keys);
            string[] differences = [.. straight.Keys.SelectMany(name => Differences(name, straight[name].Split('\n'), filtered[name].Split('\n')))];
            Assert.True(differences.Length == 0, string.Join('\n', differences));
        }
        finally
        {
            origin.Kill();
        }
    }

    /// <summary>The suite's scenarios for clients, but those of OAuth: the suite is the server here, and the official SDK the client.</summary>
    [Theory]
    [InlineData("2025-11-25", 20, "initialize tools_call elicitation-sep1034-client-defaults sse-retry json-schema-2020-12-preservation")]
    [InlineData("2026-07-28", 62, "tools_call request-metadata sep-2322-client-request-state http-standard-headers http-custom-headers http-invalid-tool-headers json-schema-ref-no-deref json-schema-2020-12-preservation")]
    public async Task Each_check_of_a_client_comes_out_as_without_the_filter(string revision, int passed, string scenarios)
    {
        NodeProcess.Require();
        ToolLocator.Require("envoy");
        using var folder = new TestFolder();
        await using var origin = new TcpForwarder(folder.Path("target"));
        await using FilterProcess filter = await FilterProcess.Start(new FilterOptions { Policy = Policy });
        await using EnvoyProcess envoy = await EnvoyProcess.Start(EnvoyProcess.Versions[0], new EnvoyConfig { Filter = filter.Address, OriginPort = origin.Port });
        var differences = new List<string>();
        int score = 0;
        foreach (string scenario in scenarios.Split(' '))
        {
            string[] arguments = ["client", "--command", "node conformance-client.mjs", "--scenario", scenario, "--spec-version", revision];
            string[] straight = Told(await Run(arguments, scenario));
            string[] filtered = Told(await Run(arguments, scenario, ("FILTER_PORT", envoy.Port.ToString(CultureInfo.InvariantCulture)), ("TARGET_FILE", folder.Path("target"))));
            score += straight.Count(line => line.EndsWith(" SUCCESS", StringComparison.Ordinal));
            differences.AddRange(Differences(scenario, straight, filtered));
        }
        // The client was really led through the filter.
        Assert.True(File.Exists(folder.Path("target")));
        TestContext.Current.TestOutputHelper!.WriteLine($"{revision}: {score} checks of clients passed");
        Assert.True(differences.Count == 0, string.Join('\n', differences));
        Assert.True(score >= passed, $"only {score} checks pass without the filter");
    }

    /// <summary>The checks that are more than a record of what was sent.</summary>
    private static string[] Told(SortedDictionary<string, string> scenarios) => [.. scenarios.Values.Single().Split('\n').Where(line => !line.Contains(" INFO", StringComparison.Ordinal))];

    private static Task<SortedDictionary<string, string>> Run(int port, string revision) =>
        Run(["server", "--url", $"http://127.0.0.1:{port}/mcp", "--requirements", revision], "server");

    /// <summary>What came of each scenario: its checks in order, each with its status.</summary>
    private static async Task<SortedDictionary<string, string>> Run(string[] arguments, string prefix, params (string, string)[] environment)
    {
        using var results = new TestFolder();
        using Process suite = NodeProcess.Start("--import",
            ["./conformance-node20.mjs", "node_modules/@modelcontextprotocol/conformance/dist/index.js", .. arguments, "--output-dir", results.Path("out")], environment);
        Task<string> output = suite.StandardOutput.ReadToEndAsync();
        Task<string> error = suite.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(180));
        await suite.WaitForExitAsync(limit.Token);
        Assert.True(Directory.Exists(results.Path("out")), await output + await error);
        var scenarios = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string folder in Directory.GetDirectories(results.Path("out")))
        {
            // server-SCENARIO-TIMESTAMP or SCENARIO-TIMESTAMP, whose time is 24 characters.
            string name = Path.GetFileName(folder)[..^25];
            name = name == prefix ? name : name[(prefix.Length + 1)..];
            using JsonDocument checks = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "checks.json"), limit.Token));
            scenarios.Add(name, string.Join('\n', checks.RootElement.EnumerateArray().Select(Line)));
        }
        return scenarios;
    }

    private static async Task<int> WaitFor(int port)
    {
        for (int i = 0; i < 200; i++)
        {
            try
            {
                using var probe = new System.Net.Sockets.TcpClient();
                await probe.ConnectAsync("127.0.0.1", port);
                return port;
            }
            catch (System.Net.Sockets.SocketException)
            {
                await Task.Delay(50);
            }
        }
        throw new TimeoutException("The server did not start.");
    }

    private static IEnumerable<string> Differences(string scenario, string[] straight, string[] filtered) =>
        straight.Except(filtered).Select(line => $"{scenario}: only without the filter: {line}")
            .Concat(filtered.Except(straight).Select(line => $"{scenario}: only with the filter: {line}"))
            .Concat(straight.Length == filtered.Length ? [] : [$"{scenario}: {straight.Length} checks without the filter, {filtered.Length} with it"]);

    private static string Line(JsonElement check)
    {
        string status = check.GetProperty("status").GetString()!;
        string why = status != "SUCCESS" && check.TryGetProperty("errorMessage", out JsonElement message) ? message.GetString()! : "";
        return $"{check.GetProperty("id").GetString()} {status} {why}".TrimEnd();
    }
}
