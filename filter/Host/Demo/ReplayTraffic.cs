using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Envoy.Config.Core.V3;
using Envoy.Extensions.Filters.Http.ExtProc.V3;
using Envoy.Service.ExtProc.V3;
using EnvoyExtAuthz.Host.Recorded;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;

namespace EnvoyExtAuthz.Host.Demo;

/// <summary>
/// Stands in for Envoy where there is none: sends the messages that Envoy sends in the recommended mode (buffered request,
/// full-duplex response) over the same socket, obeys the answers, and asks the origin itself.
/// </summary>
internal sealed class ReplayTraffic : IDemoTraffic
{
    private readonly GrpcChannel _channel;
    private readonly ExternalProcessor.ExternalProcessorClient _client;
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });
    private readonly int _originPort;

    /// <summary>Connects to the filter's socket.</summary>
    public ReplayTraffic(string socket, int originPort)
    {
        _originPort = originPort;
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancelled) =>
            {
                var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancelled);
                return new NetworkStream(connection, ownsSocket: true);
            },
        };
        _channel = GrpcChannel.ForAddress("http://envoy-extauthz", new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true });
        _client = new ExternalProcessor.ExternalProcessorClient(_channel);
    }

    /// <inheritdoc/>
    public string Description => "a replay of Envoy's messages (no envoy on PATH or in ENVOY_BIN)";

    /// <inheritdoc/>
    public async Task<DemoAnswer> Send(int index, RecordedExchange exchange, CancellationToken cancelled)
    {
        long began = Stopwatch.GetTimestamp();
        using AsyncDuplexStreamingCall<ProcessingRequest, ProcessingResponse> call = _client.Process(cancellationToken: cancelled);
        ProcessingResponse answer = await Ask(call, RequestHeaders(index, exchange), cancelled);
        if (answer.ImmediateResponse is { } refusedHead)
            return Done(refusedHead, began);
        byte[] body = exchange.Request.Body;
        if (body.Length > 0)
        {
            answer = await Ask(call, new ProcessingRequest { RequestBody = new HttpBody { Body = ByteString.CopyFrom(body), EndOfStream = true } }, cancelled);
            if (answer.ImmediateResponse is { } refusedBody)
                return Done(refusedBody, began);
            body = answer.RequestBody?.Response?.BodyMutation?.Body is { Length: > 0 } edited ? edited.ToByteArray() : body;
        }
        using HttpRequestMessage request = OriginRequest(index, exchange, body);
        using HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancelled);
        return await Respond(call, response, began, cancelled);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _channel.Dispose();
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async Task<DemoAnswer> Respond(AsyncDuplexStreamingCall<ProcessingRequest, ProcessingResponse> call, HttpResponseMessage response, long began, CancellationToken cancelled)
    {
        var head = new HeaderMap();
        Add(head, ":status", ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture));
        foreach ((string name, IEnumerable<string> values) in response.Content.Headers.Concat(response.Headers))
            Add(head, name.ToLowerInvariant(), string.Join(",", values));
        await call.RequestStream.WriteAsync(new ProcessingRequest { ResponseHeaders = new HttpHeaders { Headers = head } }, cancelled);
        var seen = new MemoryStream();
        Task<DemoAnswer?> reading = Read(call, seen, cancelled);
        await using Stream stream = await response.Content.ReadAsStreamAsync(cancelled);
        var buffer = new byte[16384];
        int read;
        while (!reading.IsCompleted && (read = await stream.ReadAsync(buffer, cancelled)) > 0)
            await call.RequestStream.WriteAsync(new ProcessingRequest { ResponseBody = new HttpBody { Body = ByteString.CopyFrom(buffer, 0, read) } }, cancelled);
        if (!reading.IsCompleted)
            await call.RequestStream.WriteAsync(new ProcessingRequest { ResponseBody = new HttpBody { EndOfStream = true } }, cancelled);
        DemoAnswer? refused = await reading;
        double milliseconds = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        return refused is not null ? refused with { Milliseconds = milliseconds } : new DemoAnswer((int)response.StatusCode, seen.ToArray(), milliseconds);
    }

    private static async Task<DemoAnswer?> Read(AsyncDuplexStreamingCall<ProcessingRequest, ProcessingResponse> call, MemoryStream seen, CancellationToken cancelled)
    {
        while (await call.ResponseStream.MoveNext(cancelled))
        {
            ProcessingResponse answer = call.ResponseStream.Current;
            if (answer.ImmediateResponse is { } refused)
                return Done(refused, Stopwatch.GetTimestamp());
            if (answer.ResponseBody?.Response?.BodyMutation?.StreamedResponse is not { } piece)
                continue;
            piece.Body.WriteTo(seen);
            if (piece.EndOfStream)
                return null;
        }
        return null;
    }

    private static async Task<ProcessingResponse> Ask(AsyncDuplexStreamingCall<ProcessingRequest, ProcessingResponse> call, ProcessingRequest message, CancellationToken cancelled)
    {
        await call.RequestStream.WriteAsync(message, cancelled);
        return await call.ResponseStream.MoveNext(cancelled) ? call.ResponseStream.Current : throw new InvalidOperationException("The filter ended the stream.");
    }

    private static ProcessingRequest RequestHeaders(int index, RecordedExchange exchange)
    {
        var head = new HeaderMap();
        Add(head, ":method", exchange.Method);
        Add(head, ":path", exchange.Path);
        Add(head, ":authority", exchange.Host);
        Add(head, ":scheme", "https");
        Add(head, DemoOrigin.Selector, index.ToString(CultureInfo.InvariantCulture));
        foreach ((string name, string value) in exchange.Request.Headers)
            Add(head, name, value);
        var attributes = new Struct();
        attributes.Fields["connection.mtls"] = Value.ForBool(exchange.Caller is not null);
        if (exchange.Caller is { } caller)
            attributes.Fields["connection.uri_san_peer_certificate"] = Value.ForString(caller);
        return new ProcessingRequest
        {
            RequestHeaders = new HttpHeaders { Headers = head, EndOfStream = exchange.Request.Body.Length == 0 },
            Attributes = { ["envoy.filters.http.ext_proc"] = attributes },
            ProtocolConfig = new ProtocolConfiguration
            {
                RequestBodyMode = ProcessingMode.Types.BodySendMode.Buffered,
                ResponseBodyMode = ProcessingMode.Types.BodySendMode.FullDuplexStreamed,
            },
        };
    }

    private HttpRequestMessage OriginRequest(int index, RecordedExchange exchange, byte[] body)
    {
        var request = new HttpRequestMessage(new HttpMethod(exchange.Method), $"http://127.0.0.1:{_originPort}{exchange.Path}") { Content = new ByteArrayContent(body) };
        request.Headers.Add(DemoOrigin.Selector, index.ToString(CultureInfo.InvariantCulture));
        return request;
    }

    private static void Add(HeaderMap map, string name, string value) =>
        map.Headers.Add(new HeaderValue { Key = name, RawValue = ByteString.CopyFromUtf8(value) });

    private static DemoAnswer Done(ImmediateResponse refused, long began) =>
        new((int)(refused.Status?.Code ?? 0), refused.Body.ToByteArray(), Stopwatch.GetElapsedTime(began).TotalMilliseconds);
}
