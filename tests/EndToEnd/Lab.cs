using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Testing.Envoy;
using EnvoyExtAuthz.Testing.Origin;
using EnvoyExtAuthz.Testing.Wire;

namespace EnvoyExtAuthz.EndToEnd.Tests;

/// <summary>One Envoy between a client and a scripted origin, asking a filter.</summary>
internal sealed class Lab : IAsyncDisposable
{
    private Lab(ScriptedOrigin origin, EnvoyProcess envoy, FilterProcess filter)
    {
        Origin = origin;
        Envoy = envoy;
        Filter = filter;
    }

    public ScriptedOrigin Origin { get; }

    public EnvoyProcess Envoy { get; }

    public FilterProcess Filter { get; }

    public static async Task<Lab> Start(string envoyVersion, FilterProcess filter, OriginAnswer answer, Func<EnvoyConfig, EnvoyConfig>? change = null) =>
        await Start(envoyVersion, filter, await ScriptedOrigin.Start(answer), change);

    public static async Task<Lab> Start(string envoyVersion, FilterProcess filter, ScriptedOrigin origin, Func<EnvoyConfig, EnvoyConfig>? change = null)
    {
        var config = new EnvoyConfig { Filter = filter.Address, OriginPort = origin.Port };
        config = change?.Invoke(config) ?? config;
        if (config.Http2Origin)
            config = config with { OriginPort = origin.Http2Port };
        return new Lab(origin, await EnvoyProcess.Start(envoyVersion, config), filter);
    }

    public Task<RawHttpClient> Connect() => RawHttpClient.Connect(Envoy.Port);

    /// <summary>One POST of a chat completion on a connection of its own.</summary>
    public async Task<RawResponse> Ask(string body, params IEnumerable<string> headers)
    {
        await using RawHttpClient client = await Connect();
        return await client.Exchange(RawHttpClient.Post(Chat.Path, body, headers));
    }

    /// <summary>The same over HTTP/2.</summary>
    public async Task<RawResponse> AskHttp2(string body)
    {
        using var client = new Http2Client(Envoy.Port);
        return await client.Exchange("POST", Chat.Path, System.Text.Encoding.UTF8.GetBytes(body), [new("content-type", "application/json")]);
    }

    /// <summary>Fails unless the origin heard nothing at all.</summary>
    public void OriginIsUntouched() => Assert.Empty(Origin.Requests);

    public async ValueTask DisposeAsync()
    {
        await Envoy.DisposeAsync();
        await Origin.DisposeAsync();
    }
}
