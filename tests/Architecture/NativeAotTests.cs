using System.Diagnostics;
using EnvoyExtAuthz.Testing;

namespace EnvoyExtAuthz.Architecture.Tests;

/// <summary>Native AOT is a contract: the binary publishes without one warning, starts, and works.</summary>
public sealed class NativeAotTests
{
    [Fact]
    public async Task The_filter_publishes_to_native_code_without_a_warning_and_runs()
    {
        if (ToolLocator.Find("clang") is null || ToolLocator.Find("ld.lld") is null && ToolLocator.Find("ld") is null)
        {
            Assert.False(ToolLocator.Required, "needs clang and a linker (REQUIRE_E2E is set, so this is not skipped)");
            Assert.Skip("needs clang and a linker, as Native AOT does");
        }
        using var folder = new TestFolder();
        // The very step that the image is built with.
        (int code, string output) = await Run(Path.Combine(SharedFolder.Repository, "deploy", "image", "publish"), folder.Path("out"));
        Assert.True(code == 0, output);
        Assert.DoesNotContain("warning", output, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("IL2", output.Replace(SharedFolder.Repository, "", StringComparison.Ordinal), StringComparison.Ordinal);
        string binary = folder.Path("out/envoy-extauthz");
        Assert.True(File.Exists(folder.Path("out/libonnxruntime.so")));
        Assert.Empty(Directory.EnumerateFiles(folder.Path("out"), "*.dll"));
        (code, output) = await Run(binary, "demo", "--no-envoy");
        Assert.True(code == 0, output);
        Assert.Contains("tool_not_allowed", output, StringComparison.Ordinal);
        Assert.DoesNotContain("detector_failed", output, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output)> Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = SharedFolder.Repository };
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await error);
    }
}
