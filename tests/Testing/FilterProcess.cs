using Xunit;

namespace EnvoyExtAuthz.Testing;

/// <summary>How a filter is started for a test.</summary>
public sealed record FilterOptions
{
    /// <summary>The policy file's text.</summary>
    public required string Policy { get; init; }

    /// <summary>Files beside the policy, by name.</summary>
    public IReadOnlyDictionary<string, byte[]> Files { get; init; } = new Dictionary<string, byte[]>();

    /// <summary>The configuration file's text; null starts without one.</summary>
    public string? Config { get; init; }

    /// <summary>Environment variables (<c>ENVOY_EXTAUTHZ_*</c>).</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>More flags after the usual ones.</summary>
    public IReadOnlyList<string> Flags { get; init; } = [];
}

/// <summary>Our own filter as a process of its own, on a Unix socket, ready to be asked by Envoy.</summary>
public sealed class FilterProcess : IAsyncDisposable
{
    private readonly TestFolder _folder;
    private readonly HttpClient _admin;

    private FilterProcess(TestFolder folder, ChildProcess process, HttpClient admin)
    {
        _folder = folder;
        Process = process;
        _admin = admin;
    }

    /// <summary>Where Envoy finds it, as <c>unix:PATH</c>.</summary>
    public string Address => "unix:" + _folder.Path("f.sock");

    /// <summary>Host and port of the admin pages.</summary>
    public string AdminAddress => _admin.BaseAddress!.Authority;

    /// <summary>The process itself.</summary>
    public ChildProcess Process { get; }

    /// <summary>The policy file; writing it makes the filter reload.</summary>
    public string PolicyFile => _folder.Path("policy.yaml");

    /// <summary>The binary under test: <c>FILTER_BINARY</c>, else the build beside the tests.</summary>
    public static string? Binary
    {
        get
        {
            if (Environment.GetEnvironmentVariable("FILTER_BINARY") is { Length: > 0 } chosen)
                return chosen;
            // A test project that references the Host has its program beside it.
            string path = Path.Combine(AppContext.BaseDirectory, "envoy-extauthz");
            return File.Exists(path) ? path : null;
        }
    }

    /// <summary>Starts the filter and waits until it says that it is ready.</summary>
    /// <param name="options">Policy and configuration.</param>
    public static async Task<FilterProcess> Start(FilterOptions options)
    {
        if (Binary is not { } binary)
        {
            Assert.Fail("envoy-extauthz is not beside the tests: the test project must reference filter/Host");
            throw new InvalidOperationException();
        }
        var folder = new TestFolder();
        foreach ((string name, byte[] content) in options.Files)
            File.WriteAllBytes(folder.Path(name), content);
        int port = FreePort.Next();
        List<string> arguments =
        [
            "serve", "--policy", folder.Write("policy.yaml", options.Policy), "--listen", "unix:" + folder.Path("f.sock"),
            "--admin", $"127.0.0.1:{port}", "--audit", folder.Path("audit.jsonl"),
        ];
        if (options.Config is not null)
            arguments.AddRange(["--config", folder.Write("config.yaml", options.Config)]);
        var process = ChildProcess.Start(binary, [.. arguments, .. options.Flags], options.Environment);
        var admin = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(5) };
        var filter = new FilterProcess(folder, process, admin);
        try
        {
            await process.WaitFor(async () => await filter.Status("/readyz") == 200, TimeSpan.FromSeconds(30));
        }
        catch
        {
            await filter.DisposeAsync();
            throw;
        }
        return filter;
    }

    /// <summary>The status of an admin page; 0 where nothing answers.</summary>
    /// <param name="path">E.g. <c>/readyz</c>.</param>
    public async Task<int> Status(string path)
    {
        try
        {
            using HttpResponseMessage answer = await _admin.GetAsync(new Uri(path, UriKind.Relative));
            return (int)answer.StatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return 0;
        }
    }

    /// <summary>An admin page's text.</summary>
    /// <param name="path">E.g. <c>/metrics</c>.</param>
    public async Task<string> Page(string path)
    {
        using HttpResponseMessage answer = await _admin.GetAsync(new Uri(path, UriKind.Relative));
        return await answer.Content.ReadAsStringAsync();
    }

    /// <summary>The audit file's lines, once it has a number of them.</summary>
    /// <param name="count">How many lines to wait for.</param>
    public async Task<IReadOnlyList<string>> AuditLines(int count)
    {
        string[] lines = [];
        await Process.WaitFor(async () =>
        {
            lines = File.Exists(_folder.Path("audit.jsonl")) ? await File.ReadAllLinesAsync(_folder.Path("audit.jsonl")) : [];
            return lines.Length >= count;
        }, TimeSpan.FromSeconds(10));
        return lines;
    }

    /// <summary>Every byte that the filter wrote anywhere: its log, its metrics and its audit.</summary>
    public async Task<string> Everything()
    {
        string audit = File.Exists(_folder.Path("audit.jsonl")) ? await File.ReadAllTextAsync(_folder.Path("audit.jsonl")) : "";
        return string.Join('\n', Process.Output, audit, await Page("/metrics"));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _admin.Dispose();
        await Process.DisposeAsync();
        _folder.Dispose();
    }
}
