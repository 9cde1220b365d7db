using EnvoyExtAuthz.Perf;
using EnvoyExtAuthz.Testing;

// perf-runner [--quick]: see perf/run, which builds everything and starts this.
bool quick = args.Contains("--quick");
int rounds = quick ? 15 : 31, seconds = quick ? 2 : 5;
string perf = Path.Combine(SharedFolder.Repository, "perf");
string body = Path.Combine(perf, "wrk", "body.json");
string origin = Environment.GetEnvironmentVariable("PERF_ORIGIN") ?? throw new InvalidOperationException("start this with perf/run");
var load = new Load(perf, body);

Console.WriteLine($"filter: {FilterProcess.Binary}");
(double ready, double idle) = await Startup.Measure(quick ? 5 : 11);
Console.WriteLine($"time to ready: {ready:F0} ms, resident idle: {idle:F0} MiB");

await using Targets targets = await Targets.Start("envoy", origin);
// The first round only warms caches, tiers and connections.
foreach (Target target in targets.All)
    await load.OneConnection(target.Envoy.Port, seconds);
foreach (Target target in targets.All.Where(t => t.Filter is not null))
    Console.WriteLine($"resident warm, {target.Name}: {Startup.Resident(target.Filter!.Process.Id):F0} MiB");

var report = new Report(targets.All);
async Task<LoadResult> Measured(Target target, Task<LoadResult> run)
{
    await Task.WhenAny(run);
    if (target.Envoy.HasExited)
        throw new InvalidOperationException($"{target.Name}: Envoy ended with {target.Envoy.ExitCode}:\n{target.Envoy.Output}");
    return await run;
}

for (int round = 0; round < rounds; round++)
{
    // Each round in the opposite order of the one before, so that drift of the machine falls on all alike.
    IEnumerable<Target> order = round % 2 == 0 ? targets.All : Enumerable.Reverse(targets.All);
    foreach (Target target in order)
        report.Add("one connection", target, await Measured(target, load.OneConnection(target.Envoy.Port, seconds)));
}
report.Print("one connection");
foreach (string script in new[] { "steady", "ramp", "streaming" })
{
    for (int round = 0; round < (quick ? 1 : 3); round++)
    {
        foreach (Target target in round % 2 == 0 ? targets.All : Enumerable.Reverse(targets.All))
            report.Add(script, target, await Measured(target, load.K6(script, target.Envoy.Port, quick)));
    }
    report.Print(script);
}
foreach (Target target in targets.All.Where(t => t.Filter is not null))
{
    Console.WriteLine($"\nown time, {target.Name} (microseconds)\n  {"phase",-16}{"count",10}{"p50",10}{"p99",10}{"p99.9",10}");
    foreach ((string phase, long count, double p50, double p99, double p999) in OwnTime.Read(await target.Filter!.Page("/metrics")))
        Console.WriteLine($"  {phase,-16}{count,10}{p50,10:F0}{p99,10:F0}{p999,10:F0}");
    Console.WriteLine($"resident loaded, {target.Name}: {Startup.Resident(target.Filter.Process.Id):F0} MiB");
}
(double ratio50, double ratio99) = report.AddedVersusNoop("one connection", Targets.Detectors);
Console.WriteLine($"\nwith default detectors, added vs noop: p50 {ratio50:F2} p99 {ratio99:F2}");
(ratio50, ratio99) = report.AddedVersusNoop("one connection", Targets.Policy);
Console.WriteLine($"added vs noop: p50 {ratio50:F2} p99 {ratio99:F2}");
return report.Failed == 0 ? 0 : 1;
