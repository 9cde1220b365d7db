using System.Diagnostics;
using System.Text;
using EnvoyExtAuthz.Detection;
using EnvoyExtAuthz.Identity;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Policy.Tests;

/// <summary>Large policies cost what their text holds, and a request costs the same under any of them.</summary>
public class ScaleTests(ITestOutputHelper output)
{
    private const int Identities = 10_000;
    private const int Tools = 1_000;

    [Fact]
    public void Ten_thousand_callers_with_a_rule_each_and_a_thousand_tools_compile_in_space_linear_in_the_text()
    {
        string small = Many(Identities / 10, Tools), large = Many(Identities, Tools);
        PolicyText.Compile(small);

        long ofSmall = Allocated(() => PolicyText.Snapshot(small));
        long started = Stopwatch.GetTimestamp();
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        long ofLarge = Allocated(() => PolicyText.Snapshot(large));
        TimeSpan took = Stopwatch.GetElapsedTime(started);
        processor = Environment.CpuUsage.TotalTime - processor;
        output.WriteLine($"{large.Length} bytes, {Identities} callers: {took.TotalMilliseconds:F0} ms ({processor.TotalMilliseconds:F0} ms of processor), {ofLarge / 1024} KiB; {small.Length} bytes: {ofSmall / 1024} KiB");

        Assert.True(ofLarge <= 1.5 * ofSmall * large.Length / small.Length, $"{ofLarge} bytes for {large.Length}, {ofSmall} for {small.Length}");
    }

    [Fact]
    public void A_caller_among_ten_thousand_gets_its_own_tools()
    {
        PolicySnapshot policy = PolicyText.Snapshot(Many(Identities, Tools));
        Ruleset rules = PolicyText.Rules(policy, PolicyText.Peer("spiffe://cluster.local/ns/agents/sa/agent-7777"));

        Assert.Equal(new ToolVerdict(true, "every-agent"), rules.Tool("tool_500"));
        Assert.Equal(new ToolVerdict(true, "own-7777"), rules.Tool("own_7777"));
        Assert.Equal(new ToolVerdict(false, "default"), rules.Tool("own_7778"));
        Assert.Equal(new ToolVerdict(true, "own-7777"), rules.Tool("own_7777_x"));
    }

    [Fact]
    public void Asking_a_known_caller_s_rules_allocates_nothing()
    {
        foreach (int size in new[] { 1, Identities })
        {
            PolicySnapshot policy = PolicyText.Snapshot(Many(size, Tools));
            Caller caller = PolicyText.Peer("spiffe://cluster.local/ns/agents/sa/agent-0");
            var facts = new RouteFacts(Encoding.UTF8.GetBytes("Host:80"), Encoding.UTF8.GetBytes("/mcp"), Encoding.UTF8.GetBytes("POST"), "route", 80, "workload");
            Ask(policy, caller, facts);

            Assert.Equal(0, Allocated(() => Ask(policy, caller, facts)));
        }
    }

    [Fact]
    public void Callers_that_come_and_go_do_not_make_the_policy_grow()
    {
        PolicySnapshot policy = PolicyText.Snapshot(Many(10, 10));
        Route route = PolicyText.RouteOf(policy, "/mcp")!;
        void Come()
        {
            for (int i = 0; i < 70_000; i++)
                policy.For(PolicyText.Peer("spiffe://cluster.local/ns/agents/sa/agent-1"), route);
        }
        Come();
        long before = GC.GetTotalMemory(forceFullCollection: true);
        Come();
        Come();

        Assert.True(GC.GetTotalMemory(forceFullCollection: true) < before + (32 << 20));
    }

    /// <summary>A caller set and a rule an identity, and one rule with all tools.</summary>
    private static string Many(int identities, int tools)
    {
        var yaml = new StringBuilder("version: 1\nname: many\ncallers:\n  agents: {namespace: agents}\n");
        for (int i = 0; i < identities; i++)
            yaml.Append($"  agent-{i}: {{spiffe: [\"spiffe://cluster.local/ns/agents/sa/agent-{i}\"]}}\n");
        yaml.Append("routes:\n  - {name: tools, match: {paths: [\"/mcp\"], hosts: [\"*\"]}, protocol: mcp}\nrules:\n  - name: every-agent\n    callers: [agents]\n    routes: [tools]\n    tools:\n      allow:\n");
        for (int i = 0; i < tools; i++)
            yaml.Append($"        - tool_{i}\n");
        for (int i = 0; i < identities; i++)
            yaml.Append($"  - {{name: own-{i}, callers: [agent-{i}], routes: [tools], tools: {{allow: [own_{i}, \"own_{i}_*\"], deny: [\"*_secret\"]}}}}\n");
        return yaml.ToString();
    }

    private static void Ask(PolicySnapshot policy, Caller caller, in RouteFacts facts)
    {
        for (int i = 0; i < 100; i++)
        {
            Ruleset rules = policy.For(caller, policy.FindRoute(facts)!);
            rules.JudgeTool("tool_999"u8);
            rules.JudgeTool("own_0_x"u8);
            rules.JudgeTool("get_secret"u8);
            rules.JudgeTool("nowhere"u8);
            rules.JudgeTool("d\u0435l"u8);
            rules.JudgeModel("gpt-4"u8);
            rules.Plan(Direction.Response, TextRole.ToolResult);
            rules.JudgeFinding(new Finding(FindingKinds.Injection.Id, 0, 1, 1), Direction.Request, TextRole.User);
            rules.On(UninspectableCase.Image);
        }
    }

    private static long Allocated(Action action)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
