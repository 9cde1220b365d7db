using System.Diagnostics;
using System.Text.Json;
using EnvoyExtAuthz.Testing;

namespace EnvoyExtAuthz.Clients.Tests;

/// <summary>Runs the SDK scripts of <c>tests/Clients/node</c>.</summary>
internal static class NodeProcess
{
    private static readonly string Folder = Path.Combine(SharedFolder.Repository, "tests", "Clients", "node");

    /// <summary>Skips, or fails in continuous integration, where node or its packages are missing.</summary>
    public static void Require()
    {
        ToolLocator.Require("node");
        if (Directory.Exists(Path.Combine(Folder, "node_modules", "openai")))
            return;
        Assert.False(ToolLocator.Required, "needs the SDKs: npm ci in tests/Clients/node (REQUIRE_E2E is set, so this is not skipped)");
        Assert.Skip("needs the SDKs: npm ci in tests/Clients/node");
    }

    /// <summary>Runs a script to its end and reads the JSON object it prints.</summary>
    public static async Task<JsonElement> Run(string script, params string[] arguments)
    {
        using Process process = Start(script, arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        await process.WaitForExitAsync(limit.Token);
        Assert.True(process.ExitCode == 0, await error);
        return JsonDocument.Parse((await output).Trim()).RootElement;
    }

    /// <summary>Starts a script that goes on running.</summary>
    public static Process Start(string script, string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(ToolLocator.Find("node")!) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Folder };
        start.ArgumentList.Add(script);
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
