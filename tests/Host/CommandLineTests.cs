using System.Diagnostics;
using EnvoyExtAuthz.Testing;

namespace EnvoyExtAuthz.Host.Tests;

/// <summary>The binary as a person or a script uses it.</summary>
public sealed class CommandLineTests
{
    private static async Task<(int Code, string Output, string Error)> Run(params string[] arguments)
    {
        var start = new ProcessStartInfo(FilterProcess.Binary!) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }

    [Fact]
    public async Task Help_names_every_command_and_says_what_it_is_for()
    {
        (int code, string output, _) = await Run("--help");
        Assert.Equal(0, code);
        foreach (string command in (string[])["demo", "serve", "check", "explain", "audit", "train", "evaluate", "completion"])
            Assert.Contains($"  {command}", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_demo_works_without_envoy_and_without_colours_in_a_pipe()
    {
        (int code, string output, string error) = await Run("demo", "--no-envoy");
        Assert.True(code == 0, error);
        Assert.Contains("refused: tool_not_allowed", output, StringComparison.Ordinal);
        Assert.Contains("edited: delete_files removed", output, StringComparison.Ordinal);
        Assert.Contains("refused: injection_detected", output, StringComparison.Ordinal);
        Assert.Contains("secret.github-token redacted", output, StringComparison.Ordinal);
        Assert.Contains("stream ended with content_filter", output, StringComparison.Ordinal);
        Assert.DoesNotContain("detector_failed", output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', output);
    }

    [Fact]
    public async Task Check_passes_a_good_policy_and_fails_a_bad_one_with_place_and_suggestion()
    {
        using var folder = new TestFolder();
        (int code, string output, _) = await Run("check", Path.Combine(SharedFolder.Repository, "filter", "Host", "Demo", "policy.yaml"));
        Assert.True(code == 0, output);
        (code, output, _) = await Run("check", folder.Write("bad.yaml", "version: 1\nname: x\nrutes: []\n"));
        Assert.Equal(1, code);
        Assert.Contains("bad.yaml:3:1: error", output, StringComparison.Ordinal);
        Assert.Contains("routes", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_reads_the_files_a_policy_names_from_its_folder()
    {
        using var folder = new TestFolder();
        string policy = folder.Write("policy.yaml", "version: 1\nname: x\nroutes:\n  - {name: r, match: {}, protocol: rest, openapi: api.json}\nrules: []\n");
        (int code, string output, _) = await Run("check", policy);
        Assert.Equal(1, code);
        Assert.Contains("policy.yaml:4:51: error file: The file `api.json` is not there.", output.ReplaceLineEndings(" "), StringComparison.Ordinal);
        folder.Write("api.json", """{"openapi":"3.1.0","paths":{"/a":{"get":{"operationId":"a"}}}}""");
        (code, output, _) = await Run("check", policy);
        Assert.True(code == 0, output);
    }

    [Fact]
    public async Task Explain_names_the_deciding_rule_and_shows_no_content()
    {
        using var folder = new TestFolder();
        string recording = folder.Write("calls.jsonl", """
            {"name":"one","caller":"spiffe://cluster.local/ns/agents/sa/research","request":{"method":"POST","path":"/v1/chat/completions","headers":{"content-type":"application/json"},"body":{"model":"m","messages":[{"role":"user","content":"CANARY ghp_16C7e42F292c6912E7710c838347Ae178B4a"}]}}}
            {"name":"two","request":{"method":"POST","path":"/mcp","headers":{"content-type":"application/json"},"body":{"jsonrpc":"2.0","id":1,"method":"tools/list"}}}
            """);
        (int code, string output, string error) = await Run("explain", recording, "--format", "json");
        Assert.True(code == 0, error);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("secret.github-token", lines[0], StringComparison.Ordinal);
        Assert.Contains("\"requestChanged\":true", lines[0], StringComparison.Ordinal);
        Assert.Contains("caller_not_admitted", lines[1], StringComparison.Ordinal);
        Assert.DoesNotContain("CANARY", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Audit_verify_fails_on_a_broken_chain()
    {
        using var folder = new TestFolder();
        (int code, _, _) = await Run("audit", "verify", folder.Path("none.jsonl"));
        Assert.Equal(2, code);
        (code, string output, _) = await Run("audit", "verify", folder.Write("bad.jsonl", "{\"seq\":1}\n"));
        Assert.Equal(1, code);
        Assert.Contains("bad.jsonl:1", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_configuration_key_stops_the_start_with_its_place()
    {
        using var folder = new TestFolder();
        (int code, _, string error) = await Run("serve", "--config", folder.Write("c.yaml", "listne: unix:/tmp/x\n"));
        Assert.Equal(2, code);
        Assert.Contains("c.yaml:1:1", error, StringComparison.Ordinal);
        Assert.Contains("`listen`", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Completion_prints_a_script_and_the_binary_answers_it()
    {
        (int code, string script, _) = await Run("completion", "bash");
        Assert.Equal(0, code);
        Assert.Contains("complete -F", script, StringComparison.Ordinal);
        (code, string output, _) = await Run("[suggest:2]", "se");
        Assert.Equal(0, code);
        Assert.Contains("serve", output, StringComparison.Ordinal);
    }
}
