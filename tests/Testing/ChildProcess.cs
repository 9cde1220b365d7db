using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace EnvoyExtAuthz.Testing;

/// <summary>A program started for a test: its output kept, itself killed when the test is done.</summary>
public sealed partial class ChildProcess : IAsyncDisposable
{
    private const int KeptOutput = 256 * 1024;
    private const int SigTerm = 15;

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly string _name;

    private ChildProcess(Process process, string name)
    {
        _process = process;
        _name = name;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>The process id.</summary>
    public int Id => _process.Id;

    /// <summary>True once the program has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>The exit status; only after the end.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>What the program wrote so far, both streams in order of arrival; the first 256 KiB.</summary>
    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    /// <summary>Starts a program.</summary>
    /// <param name="path">The executable.</param>
    /// <param name="arguments">Its arguments, each as it is.</param>
    /// <param name="environment">Variables added to this process's own.</param>
    public static ChildProcess Start(string path, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(path, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        Process process = LastingThread.Run(() => Process.Start(start)) ?? throw new InvalidOperationException($"{path} did not start");
        process.StandardInput.Close();
        return new ChildProcess(process, Path.GetFileName(path));
    }

    /// <summary>Waits until a condition holds, or fails with the program's output.</summary>
    /// <param name="ready">The condition.</param>
    /// <param name="limit">How long to wait at most.</param>
    /// <param name="every">How often it is tried; 20 ms if null.</param>
    public async Task WaitFor(Func<Task<bool>> ready, TimeSpan limit, TimeSpan? every = null)
    {
        var clock = Stopwatch.StartNew();
        while (!await ready())
        {
            if (_process.HasExited)
                throw new InvalidOperationException($"{_name} ended with {_process.ExitCode} before it was ready:\n{Output}");
            if (clock.Elapsed > limit)
                throw new TimeoutException($"{_name} was not ready after {limit.TotalSeconds:F0} s:\n{Output}");
            await Task.Delay(every ?? TimeSpan.FromMilliseconds(20));
        }
    }

    /// <summary>Sends SIGTERM, as Kubernetes does when a pod ends.</summary>
    public void Terminate() => Signal(SigTerm);

    /// <summary>Sends a signal.</summary>
    /// <param name="number">The signal's number, e.g. 15 for SIGTERM, 19 for SIGSTOP.</param>
    public void Signal(int number)
    {
        if (!_process.HasExited)
            _ = Kill(_process.Id, number);
    }

    /// <summary>Waits for the program's end.</summary>
    /// <param name="limit">How long to wait at most.</param>
    /// <returns>True if it ended in time.</returns>
    public async Task<bool> WaitForExit(TimeSpan limit)
    {
        using var timeout = new CancellationTokenSource(limit);
        try
        {
            await _process.WaitForExitAsync(timeout.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Kills the program and everything it started.</summary>
    public async Task Kill()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Kill();
        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null)
            return;
        lock (_output)
        {
            if (_output.Length < KeptOutput)
                _output.AppendLine(line);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
