using System.Diagnostics;
using System.Text.Json.Nodes;

namespace EnvoyExtAuthz.Testing.Envoy;

/// <summary>One line of Envoy's access log.</summary>
/// <param name="Code">The status that the client got; 0 if none.</param>
/// <param name="Flags">Envoy's response flags, <c>-</c> for none.</param>
/// <param name="Details">Where the response came from, e.g. <c>via_upstream</c>.</param>
/// <param name="Path">The request's path with its query.</param>
public sealed record EnvoyLogLine(int Code, string Flags, string Details, string Path);

/// <summary>A real Envoy with one worker, on ports of its own choice.</summary>
public sealed class EnvoyProcess : IAsyncDisposable
{
    /// <summary>The versions that every test runs on: the newest and the oldest that we support.</summary>
    public static IReadOnlyList<string> Versions { get; } = ["envoy", "envoy-1.36"];

    private readonly TestFolder _folder;
    private readonly ChildProcess _process;
    private readonly HttpClient _admin;

    private EnvoyProcess(TestFolder folder, ChildProcess process, HttpClient admin, int port)
    {
        _folder = folder;
        _process = process;
        _admin = admin;
        Port = port;
    }

    /// <summary>The port on 127.0.0.1 that clients speak to.</summary>
    public int Port { get; }

    /// <summary>The process id.</summary>
    public int Id => _process.Id;

    /// <summary>Envoy is no longer running.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Its exit status; only after the end.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>What Envoy wrote to its own log.</summary>
    public string Output => _process.Output;

    /// <summary>Starts Envoy and waits until it takes traffic; skips the test where the tool is missing.</summary>
    /// <param name="tool">One of <see cref="Versions"/>.</param>
    /// <param name="config">How it is set up.</param>
    public static async Task<EnvoyProcess> Start(string tool, EnvoyConfig config)
    {
        string path = ToolLocator.Require(tool);
        var folder = new TestFolder();
        ChildProcess? process = null;
        try
        {
            string bootstrap = folder.Write("envoy.json", EnvoyBootstrap.Build(config, folder.Path("access.log")).ToJsonString());
            string adminFile = folder.Path("admin");
            process = ChildProcess.Start(path,
            [
                "--config-path", bootstrap, "--admin-address-path", adminFile, "--concurrency", "1", "--use-dynamic-base-id",
                "--log-level", "warning", "--component-log-level", "misc:error", "--file-flush-interval-msec", "20", "--drain-time-s", "1",
            ]);
            await process.WaitFor(() => Task.FromResult(File.Exists(adminFile) && File.ReadAllText(adminFile).Contains(':', StringComparison.Ordinal)), TimeSpan.FromSeconds(30));
            var admin = new HttpClient { BaseAddress = new Uri("http://" + File.ReadAllText(adminFile).Trim()) };
            await process.WaitFor(() => Ready(admin), TimeSpan.FromSeconds(30));
            return new EnvoyProcess(folder, process, admin, await ListenerPort(admin));
        }
        catch
        {
            if (process is not null)
                await process.DisposeAsync();
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Whether Envoy accepts a configuration, and what it says if not.</summary>
    /// <param name="tool">One of <see cref="Versions"/>.</param>
    /// <param name="config">The configuration.</param>
    /// <returns>Null if accepted, else Envoy's output.</returns>
    public static async Task<string?> Validate(string tool, EnvoyConfig config)
    {
        using var folder = new TestFolder();
        string bootstrap = folder.Write("envoy.json", EnvoyBootstrap.Build(config, folder.Path("access.log")).ToJsonString());
        await using var process = ChildProcess.Start(ToolLocator.Require(tool), ["--mode", "validate", "--config-path", bootstrap, "--use-dynamic-base-id"]);
        await process.WaitForExit(TimeSpan.FromSeconds(30));
        return process.ExitCode == 0 ? null : process.Output;
    }

    /// <summary>A page of Envoy's admin interface, e.g. <c>/stats?filter=ext_proc</c>.</summary>
    /// <param name="path">Path and query.</param>
    public Task<string> Admin(string path) => _admin.GetStringAsync(new Uri(path, UriKind.Relative));

    /// <summary>The access log, once it has a number of lines.</summary>
    /// <param name="count">How many lines to wait for.</param>
    public async Task<IReadOnlyList<EnvoyLogLine>> AccessLog(int count = 1)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            string[] lines = File.Exists(_folder.Path("access.log")) ? await File.ReadAllLinesAsync(_folder.Path("access.log")) : [];
            if (lines.Length >= count)
                return [.. lines.Select(Parse)];
            if (clock.Elapsed > TimeSpan.FromSeconds(10))
                throw new TimeoutException($"the access log has {lines.Length} lines, not {count}");
            await Task.Delay(20);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _admin.Dispose();
        await _process.DisposeAsync();
        _folder.Dispose();
    }

    private static async Task<bool> Ready(HttpClient admin)
    {
        try
        {
            using HttpResponseMessage answer = await admin.GetAsync(new Uri("/ready", UriKind.Relative));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static async Task<int> ListenerPort(HttpClient admin)
    {
        JsonNode listeners = JsonNode.Parse(await admin.GetStringAsync(new Uri("/listeners?format=json", UriKind.Relative)))!;
        return listeners["listener_statuses"]![0]!["local_address"]!["socket_address"]!["port_value"]!.GetValue<int>();
    }

    private static EnvoyLogLine Parse(string line)
    {
        JsonNode json = JsonNode.Parse(line)!;
        return new EnvoyLogLine(json["code"]?.GetValue<int>() ?? 0, Text(json["flags"]), Text(json["details"]), Text(json["path"]));
    }

    private static string Text(JsonNode? node) => node?.GetValue<string>() ?? "-";
}
