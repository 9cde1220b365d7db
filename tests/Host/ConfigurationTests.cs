using EnvoyExtAuthz.Host.Configuration;
using EnvoyExtAuthz.Testing;

namespace EnvoyExtAuthz.Host.Tests;

public sealed class ConfigurationTests
{
    private static FilterConfiguration Read(string? yaml, out List<string> errors, Dictionary<string, string>? environment = null, Dictionary<string, string>? flags = null)
    {
        using var folder = new TestFolder();
        errors = [];
        return ConfigurationReader.Read(yaml is null ? null : folder.Write("config.yaml", yaml), environment ?? [], flags ?? [], errors);
    }

    [Fact]
    public void Without_anything_the_defaults_hold()
    {
        FilterConfiguration configuration = Read(null, out List<string> errors);
        Assert.Empty(errors);
        Assert.Equal(new FilterConfiguration(), configuration);
        Assert.Equal(32 << 20, configuration.Limits.RequestBodyBytes);
    }

    [Fact]
    public void Flags_override_the_environment_and_the_environment_the_file()
    {
        FilterConfiguration configuration = Read("policy: file.yaml\nworkload: file\nlimits: {requestBodyBytes: 2048}\n", out List<string> errors,
            new() { ["ENVOY_EXTAUTHZ_WORKLOAD"] = "environment", ["ENVOY_EXTAUTHZ_POLICY"] = "environment.yaml", ["ENVOY_EXTAUTHZ_LIMITS_RESPONSE_BODY_BYTES"] = "4096", ["PATH"] = "/bin" },
            new() { ["policy"] = "flag.yaml" });
        Assert.Empty(errors);
        Assert.Equal(("flag.yaml", "environment", 2048, 4096), (configuration.Policy, configuration.Workload, configuration.Limits.RequestBodyBytes, configuration.Limits.ResponseBodyBytes));
    }

    [Theory]
    [InlineData("polcy: x\n", ":1:1:", "Did you mean `policy`?")]
    [InlineData("limits:\n  requestBodyByte: 1\n", ":2:3:", "Did you mean `requestBodyBytes`?")]
    [InlineData("limits: {streamIdleTime: soon}\n", ":1:26:", "streamIdleTime")]
    [InlineData("listen: somewhere\n", ":1:9:", "unix:PATH or tcp:HOST:PORT")]
    [InlineData("socketMode: \"999\"\n", ":1:13:", "octal")]
    [InlineData("listen: tcp:0.0.0.0:9000\n", ":1:9:", "needs `tls`")]
    [InlineData("a: &x 1\n", ":1:", "nchors")]
    [InlineData("policy: x\npolicy: y\n", ":2:1:", "twice")]
    public void A_mistake_in_the_file_is_reported_at_its_place(string yaml, string place, string says)
    {
        Read(yaml, out List<string> errors);
        Assert.Contains(errors, e => e.Contains(place, StringComparison.Ordinal) && e.Contains(says, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void A_mistake_in_the_environment_is_an_error_too()
    {
        Read(null, out List<string> errors, new() { ["ENVOY_EXTAUTHZ_WORKLAOD"] = "x" });
        Assert.Contains("environment or flags", Assert.Single(errors), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("unix:/run/f.sock", "/run/f.sock", null, 0)]
    [InlineData("unix:///run/f.sock", "/run/f.sock", null, 0)]
    [InlineData("tcp:127.0.0.1:9000", null, "127.0.0.1", 9000)]
    [InlineData("tcp:[::1]:9000", null, "::1", 9000)]
    public void An_address_is_a_socket_or_host_and_port(string text, string? socket, string? host, int port)
    {
        Assert.True(ListenAddress.TryParse(text, out ListenAddress address));
        Assert.Equal(new ListenAddress(socket, host, port), address);
    }

    [Theory]
    [InlineData("unix:")]
    [InlineData("tcp:9000")]
    [InlineData("tcp:host:99999")]
    [InlineData("http://x")]
    public void Anything_else_is_no_address(string text) => Assert.False(ListenAddress.TryParse(text, out _));
}
