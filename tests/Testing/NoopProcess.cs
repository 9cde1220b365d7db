namespace EnvoyExtAuthz.Testing;

/// <summary>The filter that allows everything (<c>../shared/tools/noop</c>), on a Unix socket: what the harness is proven against.</summary>
public sealed class NoopProcess : IAsyncDisposable
{
    private readonly TestFolder _folder;
    private readonly ChildProcess _process;

    private NoopProcess(TestFolder folder, ChildProcess process)
    {
        _folder = folder;
        _process = process;
    }

    /// <summary>Where Envoy finds it, as <c>unix:PATH</c>.</summary>
    public string Address => "unix:" + _folder.Path("f.sock");

    /// <summary>Starts it and waits until it takes connections; skips the test where the tool is missing.</summary>
    public static async Task<NoopProcess> Start()
    {
        string path = ToolLocator.Require("noop");
        var folder = new TestFolder();
        string socket = folder.Path("f.sock");
        var process = ChildProcess.Start(path, ["-listen", "unix://" + socket]);
        await process.WaitFor(() => UnixSocket.Answers(socket), TimeSpan.FromSeconds(10));
        return new NoopProcess(folder, process);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _folder.Dispose();
    }
}
