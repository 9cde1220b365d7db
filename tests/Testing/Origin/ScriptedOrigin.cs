using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EnvoyExtAuthz.Testing.Origin;

/// <summary>
/// The service behind Envoy: answers what the test scripted and remembers every request from its first byte, so that a
/// test can say that a refused one never arrived.
/// </summary>
public sealed class ScriptedOrigin : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly ConcurrentQueue<OriginRequest> _requests;
    private readonly int[] _connections;

    private ScriptedOrigin(WebApplication server, ConcurrentQueue<OriginRequest> requests, int[] connections, int port, int http2Port)
    {
        _server = server;
        _requests = requests;
        _connections = connections;
        Port = port;
        Http2Port = http2Port;
    }

    /// <summary>The HTTP/1.1 port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>The HTTP/2 (prior knowledge, no TLS) port on 127.0.0.1.</summary>
    public int Http2Port { get; }

    /// <summary>Every request whose head arrived, in order.</summary>
    public IReadOnlyList<OriginRequest> Requests => [.. _requests];

    /// <summary>How many connections were opened to the origin.</summary>
    public int Connections => Volatile.Read(ref _connections[0]);

    /// <summary>Starts an origin that gives one answer to everything.</summary>
    /// <param name="answer">The answer.</param>
    public static Task<ScriptedOrigin> Start(OriginAnswer answer) => Start(_ => answer);

    /// <summary>Starts an origin.</summary>
    /// <param name="script">The answer to a request.</param>
    /// <param name="early">Ask the script, and answer, with the head alone, before any of the body was read.</param>
    /// <param name="port">The HTTP/1.1 port; 0 lets the system choose.</param>
    public static async Task<ScriptedOrigin> Start(Func<OriginRequest, OriginAnswer> script, bool early = false, int port = 0)
    {
        var requests = new ConcurrentQueue<OriginRequest>();
        int[] connections = [0];
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.AllowSynchronousIO = false;
            kestrel.Listen(IPAddress.Loopback, port, listen => Count(listen, HttpProtocols.Http1, connections));
            kestrel.Listen(IPAddress.Loopback, 0, listen => Count(listen, HttpProtocols.Http2, connections));
        });
        WebApplication server = builder.Build();
        server.Run(context => Serve(context, script, early, requests));
        await server.StartAsync();
        int[] ports = [.. server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(address => new Uri(address).Port)];
        return new ScriptedOrigin(server, requests, connections, ports[0], ports[1]);
    }

    /// <summary>Waits until a number of requests arrived.</summary>
    /// <param name="count">How many.</param>
    public async Task<IReadOnlyList<OriginRequest>> WaitForRequests(int count)
    {
        await Eventually(() => _requests.Count >= count, $"{count} requests");
        return Requests;
    }

    /// <summary>Waits until a request shows that it was broken off.</summary>
    /// <param name="request">The request.</param>
    public static Task WaitForAbort(OriginRequest request) => Eventually(() => request.Aborted, "the request to be broken off");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await _server.StopAsync(now.Token);
        await _server.DisposeAsync();
    }

    private static async Task Eventually(Func<bool> condition, string what)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            if (clock.Elapsed > TimeSpan.FromSeconds(10))
                throw new TimeoutException($"the origin waited for {what}");
            await Task.Delay(10);
        }
    }

    private static void Count(ListenOptions listen, HttpProtocols protocols, int[] connections)
    {
        listen.Protocols = protocols;
        listen.Use(next => connection =>
        {
            Interlocked.Increment(ref connections[0]);
            return next(connection);
        });
    }

    private static async Task Serve(HttpContext context, Func<OriginRequest, OriginAnswer> script, bool early, ConcurrentQueue<OriginRequest> requests)
    {
        string target = context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget;
        var request = new OriginRequest(context.Request.Method, target,
            [.. context.Request.Headers.SelectMany(h => h.Value.Select(value => new KeyValuePair<string, string>(h.Key, value ?? "")))], context.Request.Protocol);
        requests.Enqueue(request);
        using CancellationTokenRegistration watch = context.RequestAborted.Register(() => request.Aborted = true);
        try
        {
            if (!early)
                await ReadBody(context, request);
            await Write(context, script(request));
            request.Answered = true;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or Microsoft.AspNetCore.Http.BadHttpRequestException or ConnectionAbortedException)
        {
            request.Aborted = true;
        }
    }

    private static async Task ReadBody(HttpContext context, OriginRequest request)
    {
        byte[] buffer = new byte[64 * 1024];
        int read;
        while ((read = await context.Request.Body.ReadAsync(buffer, context.RequestAborted)) > 0)
            request.Append(buffer.AsSpan(0, read));
        request.Complete = true;
    }

    private static async Task Write(HttpContext context, OriginAnswer answer)
    {
        if (answer.BeforeHead > TimeSpan.Zero)
            await Task.Delay(answer.BeforeHead, context.RequestAborted);
        context.Response.StatusCode = answer.Status;
        foreach (IGrouping<string, KeyValuePair<string, string>> header in answer.Headers.GroupBy(h => h.Key, StringComparer.OrdinalIgnoreCase))
            context.Response.Headers[header.Key] = header.Select(h => h.Value).ToArray();
        if (answer.ContentLength)
            context.Response.ContentLength = answer.Body.Sum(chunk => (long)chunk.Bytes.Length);
        if (answer.Trailers.Count > 0)
            context.Response.Headers.Append("trailer", string.Join(", ", answer.Trailers.Select(t => t.Key)));
        await context.Response.StartAsync(context.RequestAborted);
        foreach (OriginChunk chunk in answer.Body)
        {
            if (chunk.Before > TimeSpan.Zero)
            {
                await context.Response.Body.FlushAsync(context.RequestAborted);
                await Task.Delay(chunk.Before, context.RequestAborted);
            }
            await context.Response.Body.WriteAsync(chunk.Bytes, context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
        foreach ((string name, string value) in answer.Trailers)
            context.Response.AppendTrailer(name, value);
        if (answer.AbortAtEnd)
            context.Abort();
    }
}
