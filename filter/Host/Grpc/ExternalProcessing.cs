using Envoy.Config.Core.V3;
using Envoy.Service.ExtProc.V3;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Engine;
using Grpc.Core;

namespace EnvoyExtAuthz.Host.Grpc;

/// <summary>
/// Envoy's ext_proc service: one stream an HTTP exchange. Carries messages to the engine and its steps back; decides
/// nothing. A stream never ends with OK before its exchange is over: Envoy would let the rest through.
/// </summary>
/// <param name="exchanges">Exchanges to drive.</param>
/// <param name="options">What the operator says of Envoy.</param>
/// <param name="stopping">The process stops.</param>
internal sealed class ExternalProcessing(ExchangePool exchanges, EnvoyOptions options, StopSignal stopping) : ExternalProcessor.ExternalProcessorBase
{
    /// <summary>How a stream came to its end.</summary>
    private enum StreamEnd
    {
        /// <summary>Envoy reset it, as it does as soon as an exchange is over: nobody listens any more.</summary>
        Reset,

        /// <summary>Anything else: Envoy may still listen, and an end with OK would let the rest of its exchange through.</summary>
        Open,
    }

    /// <inheritdoc/>
    public override async Task Process(IAsyncStreamReader<ProcessingRequest> requestStream, IServerStreamWriter<ProcessingResponse> responseStream, ServerCallContext context)
    {
        Exchange exchange = exchanges.Rent();
        StreamEnd end;
        try
        {
            end = await Drive(exchange, requestStream, responseStream, context.CancellationToken);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or InvalidOperationException && context.CancellationToken.IsCancellationRequested)
        {
            // An answer that Envoy no longer wanted.
            end = StreamEnd.Reset;
        }
        finally
        {
            exchange.Close();
            exchanges.Return(exchange);
        }
        if (end == StreamEnd.Open)
            throw new RpcException(new Status(StatusCode.Aborted, "the exchange ended without a verdict that lets it pass"));
    }

    private async Task<StreamEnd> Drive(Exchange exchange, IAsyncStreamReader<ProcessingRequest> reader, IServerStreamWriter<ProcessingResponse> writer, CancellationToken cancelled)
    {
        if (!await reader.MoveNext(cancelled))
            return StreamEnd.Open;
        EnvoyModes modes = EnvoyModes.Of(reader.Current);
        exchange.Begin(Facts(reader.Current, modes));
        BodyDelivery response = modes.ResponseBody == BodyDelivery.None && options.AllowModeOverride ? BodyDelivery.Duplex : modes.ResponseBody;
        var steps = new StepWriter(modes.RequestBody, response);
        while (true)
        {
            Take(exchange, reader.Current);
            if (!await Tell(exchange, steps, writer, cancelled))
                return StreamEnd.Open;
            if (await Next(exchange, reader, steps, writer, cancelled) is { } end)
                return end;
        }
    }

    /// <summary>Waits for Envoy's next message, or acts when the exchange's deadline or the process's end comes first.</summary>
    /// <returns>Null if there is a next message; otherwise how the stream ended.</returns>
    private async Task<StreamEnd?> Next(Exchange exchange, IAsyncStreamReader<ProcessingRequest> reader, StepWriter steps, IServerStreamWriter<ProcessingResponse> writer, CancellationToken cancelled)
    {
        Task<bool> next = reader.MoveNext(cancelled);
        while (!next.IsCompleted && !exchange.Ended && !stopping.Token.IsCancellationRequested)
        {
            // WaitAsync gives its timer back as soon as the message comes: a stream waits thousands of times. How the wait
            // ended is seen from what it waited for, without an exception: every exchange ends with a reset.
            await ((Task)next.WaitAsync(exchange.TimeLeft, stopping.Token)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (next.IsCompleted)
                break;
            if (stopping.Token.IsCancellationRequested)
                exchange.OnStopping();
            else
                exchange.OnDeadline();
            if (!await Tell(exchange, steps, writer, cancelled))
                return StreamEnd.Open;
        }
        await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (next.IsCompletedSuccessfully)
            return next.Result ? null : StreamEnd.Open;
        if (next.IsCanceled || next.Exception?.InnerException is IOException or OperationCanceledException)
            return StreamEnd.Reset;
        // A message that cannot be read, or is too large: gRPC says so to Envoy, and Envoy refuses the exchange.
        await next;
        return StreamEnd.Open;
    }

    private ConnectionFacts Facts(ProcessingRequest first, in EnvoyModes modes)
    {
        var peer = EnvoyAttributes.Peer(first, out string? route, out int port);
        string? unsafeField = modes.UnsafeField;
        if (unsafeField is null && modes.ResponseBody == BodyDelivery.None && !options.AllowModeOverride && options.InspectResponses)
            unsafeField = "set processing_mode.response_body_mode to FULL_DUPLEX_STREAMED, or allow_mode_override here and there";
        return new ConnectionFacts(peer, modes.RequestBody, modes.ResponseBody, unsafeField, route, port,
            SeesResponse: options.InspectResponses, OverrideAllowed: options.AllowModeOverride);
    }

    private static void Take(Exchange exchange, ProcessingRequest message)
    {
        try
        {
            switch (message.RequestCase)
            {
                case ProcessingRequest.RequestOneofCase.RequestHeaders:
                    Read(message.RequestHeaders, exchange.RequestHead);
                    exchange.OnRequestHead();
                    break;
                case ProcessingRequest.RequestOneofCase.RequestBody:
                    exchange.OnRequestBody(message.RequestBody.Body.Memory, message.RequestBody.EndOfStream);
                    break;
                case ProcessingRequest.RequestOneofCase.RequestTrailers:
                    exchange.OnRequestTrailers(Read(message.RequestTrailers.Trailers));
                    break;
                case ProcessingRequest.RequestOneofCase.ResponseHeaders:
                    Read(message.ResponseHeaders, exchange.ResponseHead);
                    exchange.OnResponseHead();
                    break;
                case ProcessingRequest.RequestOneofCase.ResponseBody:
                    exchange.OnResponseBody(message.ResponseBody.Body.Memory, message.ResponseBody.EndOfStream);
                    break;
                case ProcessingRequest.RequestOneofCase.ResponseTrailers:
                    exchange.OnResponseTrailers(Read(message.ResponseTrailers.Trailers));
                    break;
                default:
                    // Envoy may send messages of kinds that we do not know; they carry nothing to judge.
                    break;
            }
        }
        catch (Exception)
        {
            // Whatever fails inside, nothing goes on. No detail leaves: an exception's text may hold content.
            exchange.OnFailure();
        }
    }

    /// <summary>Tells Envoy what the engine decided.</summary>
    /// <returns>False if the stream is to end now, with an error.</returns>
    private static async Task<bool> Tell(Exchange exchange, StepWriter steps, IServerStreamWriter<ProcessingResponse> writer, CancellationToken cancelled)
    {
        bool goOn = true;
        foreach (Step step in exchange.Steps)
        {
            goOn &= step.Kind != StepKind.Abort;
            foreach (ProcessingResponse answer in steps.Write(step))
                await writer.WriteAsync(answer, cancelled);
        }
        exchange.Steps.Clear();
        return goOn;
    }

    private static void Read(HttpHeaders from, HttpHead into)
    {
        into.Clear();
        into.EndOfStream = from.EndOfStream;
        Read(from.Headers, into);
    }

    private static HttpHead Read(HeaderMap? from)
    {
        var head = new HttpHead();
        Read(from, head);
        return head;
    }

    private static void Read(HeaderMap? from, HttpHead into)
    {
        if (from is null)
            return;
        foreach (HeaderValue field in from.Headers)
            into.Fields.Add(new HeaderField(field.Key, field.RawValue.IsEmpty && field.Value.Length > 0 ? System.Text.Encoding.UTF8.GetBytes(field.Value) : field.RawValue.Memory));
    }
}
