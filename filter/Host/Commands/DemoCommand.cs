using System.CommandLine;
using System.Text.Json.Nodes;
using EnvoyExtAuthz.Detection;
using EnvoyExtAuthz.Host.Configuration;
using EnvoyExtAuthz.Host.Demo;
using EnvoyExtAuthz.Host.Recorded;
using EnvoyExtAuthz.Host.Serving;
using Spectre.Console;

namespace EnvoyExtAuthz.Host.Commands;

/// <summary><c>demo</c>: the filter at work, with nothing to set up.</summary>
internal static class DemoCommand
{
    public static Command Make()
    {
        var replay = new Option<bool>("--no-envoy") { Description = "Replay Envoy's messages even where an Envoy is found." };
        var command = new Command("demo", "Show the filter at work: its own policy and model, a dozen telling exchanges, a real Envoy if ENVOY_BIN or PATH has one.") { replay };
        command.SetAction((parsed, cancelled) => Run(parsed.GetValue(replay), cancelled));
        return command;
    }

    private static async Task<int> Run(bool replayOnly, CancellationToken cancelled)
    {
        string folder = Directory.CreateTempSubdirectory("extauthz-").FullName;
        try
        {
            IReadOnlyList<RecordedExchange> exchanges = RecordedExchange.ReadAll(Embedded());
            string socket = Path.Combine(folder, "f.sock");
            var copies = new DecisionCopies();
            var configuration = new FilterConfiguration { Listen = new ListenAddress(socket, null, 0), Admin = null, Drain = TimeSpan.Zero };
            (Scanner scanner, string model) = Detectors.Load();
            await using FilterServer server = FilterServer.Make(configuration, EmbeddedPolicy.Compile(new Protocols()), null, scanner, model, TimeProvider.System, quiet: true, copies);
            await server.Start(cancelled);
            await using DemoOrigin origin = await DemoOrigin.Start(exchanges, cancelled);
            await using IDemoTraffic traffic = await Traffic(replayOnly, socket, origin.Port, folder, cancelled);
            Terminal.Out.MarkupLineInterpolated($"[bold]EnvoyExtAuthz {FilterServer.Version}[/], model {model}, embedded policy, {exchanges.Count} exchanges through {traffic.Description}");
            return await Show(exchanges, traffic, origin, copies, cancelled);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<int> Show(IReadOnlyList<RecordedExchange> exchanges, IDemoTraffic traffic, DemoOrigin origin, DecisionCopies copies, CancellationToken cancelled)
    {
        // All once unseen: the first exchange of its kind pays for compiling and for opening connections, which a running
        // filter does not.
        for (int i = 0; i < exchanges.Count; i++)
        {
            await traffic.Send(i, exchanges[i], cancelled);
            await copies.Settled(cancelled);
            copies.Take();
        }
        var report = new DemoReport();
        for (int i = 0; i < exchanges.Count; i++)
        {
            DemoAnswer answer = await traffic.Send(i, exchanges[i], cancelled);
            await copies.Settled(cancelled);
            IReadOnlyList<JsonObject> decisions = copies.Take();
            report.Add(i, exchanges[i], answer, origin.Asked(i), decisions);
        }
        report.Print();
        Terminal.Out.WriteLine("The policy is in filter/Host/Demo/policy.yaml; `explain` says the same of your own recordings, `serve` runs it beside your Envoy.");
        return ExitCodes.Ok;
    }

    private static async Task<IDemoTraffic> Traffic(bool replayOnly, string socket, int originPort, string folder, CancellationToken cancelled)
    {
        if (!replayOnly && EnvoyTraffic.Find() is { } envoy)
            return await EnvoyTraffic.Start(envoy, socket, originPort, folder, cancelled);
        return new ReplayTraffic(socket, originPort);
    }

    private static byte[] Embedded()
    {
        using Stream stream = typeof(DemoCommand).Assembly.GetManifestResourceStream("exchanges.jsonl")!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
