using System.CommandLine;
using EnvoyExtAuthz.Detection;
using EnvoyExtAuthz.Host.Configuration;
using EnvoyExtAuthz.Host.Serving;
using EnvoyExtAuthz.Policy;
using EnvoyExtAuthz.Policy.Yaml;

namespace EnvoyExtAuthz.Host.Commands;

/// <summary><c>serve</c>: runs the filter.</summary>
internal static class ServeCommand
{
    public static Command Make()
    {
        var config = new Option<FileInfo?>("--config", "-c") { Description = "Configuration file (YAML). Environment variables ENVOY_EXTAUTHZ_* override it, flags override both." };
        var policy = new Option<string?>("--policy", "-p") { Description = "Policy file; watched and reloaded. Without one the embedded demonstration policy is in force." };
        var listen = new Option<string?>("--listen") { Description = "Where Envoy connects: unix:PATH or tcp:HOST:PORT (TCP beyond loopback needs tls in the configuration)." };
        var admin = new Option<string?>("--admin") { Description = "Where /metrics, /healthz, /readyz and /version are: tcp:HOST:PORT, HOST:PORT, or off." };
        var audit = new Option<string?>("--audit") { Description = "Audit file: one hash-chained line a decision, free of content." };
        var command = new Command("serve", "Serve Envoy: ext_proc, ext_authz and gRPC health on one socket.") { config, policy, listen, admin, audit };
        command.SetAction(async (parsed, cancelled) =>
        {
            var flags = new Dictionary<string, string>();
            void Flag(string key, string? value, Func<string, string>? shape = null)
            {
                if (value is not null)
                    flags[key] = shape?.Invoke(value) ?? value;
            }

            Flag("policy", parsed.GetValue(policy));
            Flag("listen", parsed.GetValue(listen));
            Flag("admin", parsed.GetValue(admin), v => v == "off" || v.StartsWith("tcp:", StringComparison.Ordinal) ? v : "tcp:" + v);
            Flag("audit.file", parsed.GetValue(audit));
            var errors = new List<string>();
            FilterConfiguration configuration = ConfigurationReader.Read(parsed.GetValue(config)?.FullName, Environment.GetEnvironmentVariables(), flags, errors);
            if (errors.Count > 0)
            {
                errors.ForEach(Console.Error.WriteLine);
                return ExitCodes.Usage;
            }
            return await Serve(configuration, cancelled);
        });
        return command;
    }

    private static async Task<int> Serve(FilterConfiguration configuration, CancellationToken cancelled)
    {
        var protocols = new Protocols();
        PolicyStore? store = null;
        PolicySnapshot? policy;
        if (configuration.Policy is { } file)
        {
            store = PolicyStore.Open(file, protocols, TimeProvider.System, configuration.PolicyInterval, out PolicyReload loaded);
            policy = store?.Current;
            if (loaded.Fault is { } fault)
                await Console.Error.WriteLineAsync($"{file}: {fault}");
            foreach (PolicyDiagnostic diagnostic in loaded.Result?.Diagnostics ?? [])
                await Console.Error.WriteLineAsync(diagnostic.Format(file));
        }
        else
        {
            policy = EmbeddedPolicy.Compile(protocols);
        }
        if (policy is null)
            return ExitCodes.Failed;
        (Scanner scanner, string modelVersion) = Detectors.Load();
        try
        {
            await using FilterServer server = FilterServer.Make(configuration, policy, store, scanner, modelVersion, TimeProvider.System);
            await server.Start(cancelled);
            // Loading leaves megabytes behind that a quiet sidecar would keep for hours.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            await server.Wait(cancelled);
            return ExitCodes.Ok;
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException or System.Net.Sockets.SocketException)
        {
            await Console.Error.WriteLineAsync($"cannot serve: {e.Message}");
            return ExitCodes.Usage;
        }
    }
}
