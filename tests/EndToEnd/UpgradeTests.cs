using System.Text;
using EnvoyExtAuthz.Testing.Envoy;
using EnvoyExtAuthz.Testing.Origin;
using EnvoyExtAuthz.Testing.Wire;

namespace EnvoyExtAuthz.EndToEnd.Tests;

/// <summary>Upgrades and CONNECT, which would turn an exchange into bytes nobody reads: laboratory section 9.</summary>
public sealed class UpgradeTests(SharedFilters filters)
{
    public static TheoryData<string> Envoys { get; } = [.. EnvoyProcess.Versions];

    [Theory, MemberData(nameof(Envoys))]
    public async Task A_websocket_is_refused_at_once_and_never_reaches_the_origin(string envoyVersion)
    {
        await using Lab lab = await Start(envoyVersion);
        await using RawHttpClient client = await lab.Connect();

        RawResponse response = await client.Exchange(RawHttpClient.Request("GET", Chat.Path, null,
            "connection: Upgrade", "upgrade: websocket", "sec-websocket-version: 13", "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=="), "GET");

        Assert.Equal((403, ResponseEnd.Complete), (response.Status, response.End));
        lab.OriginIsUntouched();
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task An_upgrade_with_a_body_is_refused_and_never_reaches_the_origin(string envoyVersion)
    {
        await using Lab lab = await Start(envoyVersion);
        await using RawHttpClient client = await lab.Connect();

        RawResponse response = await client.Exchange(RawHttpClient.Post(Chat.Path, Chat.Allowed, "connection: Upgrade", "upgrade: websocket"));

        Assert.Equal(403, response.Status);
        lab.OriginIsUntouched();
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task A_tunnel_is_refused_and_never_reaches_the_origin(string envoyVersion)
    {
        await using Lab lab = await Start(envoyVersion);
        await using RawHttpClient client = await lab.Connect();

        RawResponse response = await client.Exchange(Encoding.ASCII.GetBytes("CONNECT lab.test:443 HTTP/1.1\r\nhost: lab.test:443\r\n\r\n"), "CONNECT");

        Assert.Equal(403, response.Status);
        Assert.Equal(0, lab.Origin.Connections);
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task An_h2c_upgrade_is_no_way_around_the_verdict(string envoyVersion)
    {
        await using Lab lab = await Start(envoyVersion);

        RawResponse refused = await lab.Ask(Chat.Refused, "connection: Upgrade, HTTP2-Settings", "upgrade: h2c", "http2-settings: AAMAAABkAARAAAAAAAIAAAAA");

        Assert.Equal(403, refused.Status);
        lab.OriginIsUntouched();
    }

    private async Task<Lab> Start(string envoyVersion) => await Lab.Start(envoyVersion, await filters.For(LabPolicy.Open), OriginAnswer.Json(Chat.Answer),
        config => config with { Upgrades = ["websocket", "CONNECT"], StreamIdleTimeout = TimeSpan.Zero });
}
