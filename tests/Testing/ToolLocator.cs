using System.Collections.Concurrent;
using System.Diagnostics;
using Xunit;

namespace EnvoyExtAuthz.Testing;

/// <summary>Finds the real programs that end-to-end tests run against.</summary>
public static class ToolLocator
{
    private static readonly ConcurrentDictionary<string, Lazy<string?>> Found = new(StringComparer.Ordinal);

    /// <summary>True where a missing tool is a failure, not a skip: continuous integration sets <c>REQUIRE_E2E=1</c>.</summary>
    public static bool Required => Environment.GetEnvironmentVariable("REQUIRE_E2E") is "1" or "true";

    /// <summary>A tool's path: from PATH, else unpacked from <c>../shared/tools</c>.</summary>
    /// <param name="name">The program's name, e.g. <c>envoy</c>, <c>envoy-1.36</c>, <c>noop</c>.</param>
    /// <returns>The absolute path, or null where the tool is in neither place.</returns>
    public static string? Find(string name) =>
        Found.GetOrAdd(name, key => new Lazy<string?>(() => OnPath(key) ?? Unpacked(key))).Value;

    /// <summary>A tool's path; the calling test is skipped without it, or fails where <see cref="Required"/>.</summary>
    /// <param name="name">The program's name.</param>
    public static string Require(string name)
    {
        string? path = Find(name);
        if (path is not null)
            return path;
        string reason = $"needs {name}: put it on PATH or have ../shared/tools beside the repository";
        if (Required)
            Assert.Fail($"{reason} (REQUIRE_E2E is set, so this is not skipped)");
        Assert.Skip(reason);
        throw new UnreachableException();
    }

    private static string? OnPath(string name)
    {
        foreach (string folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            string candidate = Path.Combine(folder, name);
            if (File.Exists(candidate))
                return Path.GetFullPath(candidate);
        }
        return null;
    }

    private static string? Unpacked(string name)
    {
        if (SharedFolder.Find("tools", "unpack") is not { } unpack)
            return null;
        using var process = Process.Start(new ProcessStartInfo(unpack, [name]) { RedirectStandardOutput = true, RedirectStandardError = true });
        if (process is null)
            return null;
        string folder = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        string path = Path.Combine(folder, name);
        return process.ExitCode == 0 && File.Exists(path) ? path : null;
    }
}
