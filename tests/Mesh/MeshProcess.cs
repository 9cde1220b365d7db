using System.Diagnostics;
using EnvoyExtAuthz.Testing;

namespace EnvoyExtAuthz.Mesh.Tests;

/// <summary>
/// A whole mesh on this machine: API server, istiod, and a sidecar each for the service and two callers. Our EnvoyFilter is
/// applied as it ships. One for all tests: starting it takes half a minute.
/// </summary>
public sealed class MeshProcess : IAsyncLifetime
{
    /// <summary>Where the shipped EnvoyFilter expects the filter.</summary>
    private const string ShippedSocket = "/var/run/envoy-extauthz/extauthz.sock";

    private readonly TestFolder _folder = new();

    /// <summary>Base address of the service as the caller <c>agents/research</c> reaches it: through its own sidecar.</summary>
    public Uri AsResearch { get; } = new("http://127.0.0.2:8000");

    /// <summary>The same for <c>agents/support</c>.</summary>
    public Uri AsSupport { get; } = new("http://127.0.0.3:8000");

    /// <summary>The service's own inbound port: what a caller without a sidecar would try.</summary>
    public Uri Plain { get; } = new("http://127.0.0.1:28000");

    /// <summary>Port the service's container listens on.</summary>
    public int OriginPort { get; } = FreePort.Next();

    private string Script => SharedFolder.Find("tools", "mesh") ?? "";

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        // Each of these fails or skips in the tests themselves, with the reason.
        if (Script.Length == 0 || ToolLocator.Find("pilot-discovery") is null)
            return;
        await Run(Script, "up", _folder.Path("m"));
        await Run(Script, "sidecar", _folder.Path("m"), "llm", "llm", "llm", "0");
        await Run(Script, "sidecar", _folder.Path("m"), "agents", "research", "research", "1");
        await Run(Script, "sidecar", _folder.Path("m"), "agents", "support", "support", "2");
        await Kubectl("apply", "-f", _folder.Write("workloads.yaml", Workloads()));
        await Kubectl("apply", "-n", "llm", "-f", Path.Combine(SharedFolder.Repository, "istio", "envoyfilter-sidecar.yaml"));
        await WaitUntilConfigured();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Script.Length > 0 && Directory.Exists(_folder.Path("m")))
            await Run(Script, "down", _folder.Path("m"));
        _folder.Dispose();
    }

    /// <summary>Puts a filter where the shipped EnvoyFilter looks for it.</summary>
    public static void Serve(FilterProcess filter)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(ShippedSocket)!);
        File.Delete(ShippedSocket);
        File.CreateSymbolicLink(ShippedSocket, filter.Address["unix:".Length..]);
    }

    /// <summary>Takes it away again.</summary>
    public static void ServeNobody() => File.Delete(ShippedSocket);

    /// <summary>Skips, or fails in continuous integration, where the mesh cannot be started.</summary>
    public static void Require()
    {
        ToolLocator.Require("envoy");
        ToolLocator.Require("pilot-discovery");
    }

    private Task<string> Kubectl(params string[] arguments) =>
        Run(ToolLocator.Find("kubectl")!, [$"--kubeconfig={_folder.Path("m/kubeconfig")}", .. arguments]);

    private async Task WaitUntilConfigured()
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(3) };
        foreach ((int admin, string needle) in new[] { (25000, "\"envoy-extauthz\""), (25001, "127.0.0.2"), (25002, "127.0.0.3") })
        {
            for (int i = 0; ; i++)
            {
                try
                {
                    string config = await client.GetStringAsync(new Uri($"http://127.0.0.1:{admin}/config_dump?resource=dynamic_listeners"));
                    if (config.Contains(needle, StringComparison.Ordinal))
                        break;
                }
                catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
                {
                    // Not up yet.
                }
                if (i == 300)
                    throw new InvalidOperationException($"The sidecar with admin port {admin} did not get its configuration.");
                await Task.Delay(200);
            }
        }
    }

    private static async Task<string> Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        // Processes that `mesh` leaves running write to files of their own, so both streams end with the script.
        return process.ExitCode == 0 ? await output : throw new InvalidOperationException($"{Path.GetFileName(program)} {arguments[0]} failed: {await error}{await output}");
    }

    private string Workloads() => Template.Replace("%port%", OriginPort.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);

    private const string Template = """
        apiVersion: networking.istio.io/v1
        kind: ServiceEntry
        metadata: {name: llm, namespace: llm}
        spec:
          hosts: [llm.internal]
          location: MESH_INTERNAL
          resolution: STATIC
          ports: [{number: 8000, name: http, protocol: HTTP}]
          endpoints: [{address: 127.0.0.1, ports: {http: 28000}, serviceAccount: llm, labels: {app: llm, security.istio.io/tlsMode: istio}}]
          subjectAltNames: ["spiffe://cluster.local/ns/llm/sa/llm"]
        ---
        apiVersion: networking.istio.io/v1
        kind: Sidecar
        metadata: {name: llm, namespace: llm}
        spec:
          workloadSelector: {labels: {app: llm}}
          ingress: [{port: {number: 28000, protocol: HTTP, name: http}, bind: 127.0.0.1, defaultEndpoint: "127.0.0.1:%port%", captureMode: NONE}]
          egress: [{hosts: ["~/*"]}]
        ---
        apiVersion: networking.istio.io/v1
        kind: Sidecar
        metadata: {name: research, namespace: agents}
        spec:
          workloadSelector: {labels: {app: research}}
          egress: [{port: {number: 8000, protocol: HTTP, name: http}, bind: 127.0.0.2, captureMode: NONE, hosts: ["llm/llm.internal"]}]
        ---
        apiVersion: networking.istio.io/v1
        kind: Sidecar
        metadata: {name: support, namespace: agents}
        spec:
          workloadSelector: {labels: {app: support}}
          egress: [{port: {number: 8000, protocol: HTTP, name: http}, bind: 127.0.0.3, captureMode: NONE, hosts: ["llm/llm.internal"]}]
        ---
        apiVersion: security.istio.io/v1
        kind: PeerAuthentication
        metadata: {name: strict, namespace: llm}
        spec: {mtls: {mode: STRICT}}
        """;
}
