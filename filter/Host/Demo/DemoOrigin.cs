using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using EnvoyExtAuthz.Host.Recorded;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace EnvoyExtAuthz.Host.Demo;

/// <summary>The service behind the filter, for the demonstration: answers with recorded responses and keeps what it was asked.</summary>
internal sealed class DemoOrigin : IAsyncDisposable
{
    /// <summary>Header that says which recording to answer with.</summary>
    public const string Selector = "x-demo-exchange";

    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<int, byte[]> _asked = new();

    private DemoOrigin(WebApplication app) => _app = app;

    /// <summary>The port it listens on, on loopback.</summary>
    public int Port { get; private set; }

    /// <summary>Starts it.</summary>
    public static async Task<DemoOrigin> Start(IReadOnlyList<RecordedExchange> exchanges, CancellationToken cancelled)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = [] });
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, o => o.Protocols = HttpProtocols.Http1));
        WebApplication app = builder.Build();
        var origin = new DemoOrigin(app);
        app.Run(context => origin.Answer(context, exchanges));
        await app.StartAsync(cancelled);
        string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        origin.Port = new Uri(address).Port;
        return origin;
    }

    /// <summary>The body it was asked with for a recording; null if it heard nothing.</summary>
    public byte[]? Asked(int exchange) => _asked.GetValueOrDefault(exchange);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task Answer(HttpContext context, IReadOnlyList<RecordedExchange> exchanges)
    {
        int index = int.Parse(context.Request.Headers[Selector].ToString(), CultureInfo.InvariantCulture);
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        _asked[index] = body.ToArray();
        RecordedExchange recorded = exchanges[index];
        context.Response.StatusCode = recorded.Status == 0 ? 200 : recorded.Status;
        foreach ((string name, string value) in recorded.Response?.Headers ?? [])
        {
            if (name is not ("content-length" or "transfer-encoding"))
                context.Response.Headers.Append(name, value);
        }
        foreach (byte[] piece in Pieces(recorded))
        {
            await context.Response.Body.WriteAsync(piece, context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }

    /// <summary>A stream goes out event by event, as a model's does.</summary>
    private static IEnumerable<byte[]> Pieces(RecordedExchange recorded)
    {
        byte[] body = recorded.Response?.Body ?? [];
        bool stream = recorded.Response?.Headers.Any(h => h is ("content-type", "text/event-stream")) == true;
        while (stream && body.AsSpan().IndexOf("\n\n"u8) is >= 0 and var end)
        {
            yield return body[..(end + 2)];
            body = body[(end + 2)..];
        }
        if (body.Length > 0)
            yield return body;
    }
}
