using System.Globalization;
using Envoy.Config.Core.V3;
using Envoy.Extensions.Filters.Http.ExtProc.V3;
using Envoy.Service.ExtProc.V3;
using Envoy.Type.V3;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Engine;
using Google.Protobuf;
using CommonResponse = Envoy.Service.ExtProc.V3.CommonResponse;

namespace EnvoyExtAuthz.Host.Grpc;

/// <summary>Puts the engine's steps into Envoy's words: one answer a step, but for long duplex bodies.</summary>
/// <param name="requestBody">How request bodies come.</param>
/// <param name="responseBody">How response bodies come.</param>
internal sealed class StepWriter(BodyDelivery requestBody, BodyDelivery responseBody)
{
    /// <summary>Bytes in one piece of a duplex body.</summary>
    private const int PieceBytes = 1 << 20;

    private static readonly ProcessingResponse PlainRequestHead = new() { RequestHeaders = new HeadersResponse() };
    private static readonly ProcessingResponse PlainRequestBody = new() { RequestBody = new BodyResponse() };
    private static readonly ProcessingResponse PlainResponseHead = new() { ResponseHeaders = new HeadersResponse() };
    private static readonly ProcessingResponse PlainResponseBody = new() { ResponseBody = new BodyResponse() };
    private static readonly ProcessingResponse PlainResponseTrailers = new() { ResponseTrailers = new TrailersResponse() };

    /// <summary>The answers for one step; empty for <see cref="StepKind.Abort"/>, which ends the stream.</summary>
    public IEnumerable<ProcessingResponse> Write(Step step) => step.Kind switch
    {
        StepKind.RequestHead => [RequestHead(step)],
        StepKind.RequestBody => Body(step, requestBody, isRequest: true),
        StepKind.RequestTrailers => [new ProcessingResponse { RequestTrailers = new TrailersResponse { HeaderMutation = Mutation(step) } }],
        StepKind.ResponseHead => [ResponseHead(step)],
        StepKind.ResponseBody => Body(step, responseBody, isRequest: false),
        StepKind.ResponseTrailers => [step.SetFields is null && step.RemoveFields is null ? PlainResponseTrailers : new ProcessingResponse { ResponseTrailers = new TrailersResponse { HeaderMutation = Mutation(step) } }],
        StepKind.Refuse => [Immediate(step)],
        _ => [],
    };

    private static ProcessingResponse RequestHead(in Step step)
    {
        if (step.SetFields is null && step.RemoveFields is null && !step.AskForResponse)
            return PlainRequestHead;
        var answer = new ProcessingResponse { RequestHeaders = new HeadersResponse { Response = new CommonResponse { HeaderMutation = Mutation(step) } } };
        if (step.AskForResponse)
        {
            answer.ModeOverride = new ProcessingMode
            {
                RequestHeaderMode = ProcessingMode.Types.HeaderSendMode.Send,
                RequestBodyMode = ProcessingMode.Types.BodySendMode.Buffered,
                ResponseHeaderMode = ProcessingMode.Types.HeaderSendMode.Send,
                ResponseBodyMode = ProcessingMode.Types.BodySendMode.FullDuplexStreamed,
                ResponseTrailerMode = ProcessingMode.Types.HeaderSendMode.Send,
            };
        }
        return answer;
    }

    private static ProcessingResponse ResponseHead(in Step step) => step.SetFields is null && step.RemoveFields is null
        ? PlainResponseHead
        : new ProcessingResponse { ResponseHeaders = new HeadersResponse { Response = new CommonResponse { HeaderMutation = Mutation(step) } } };

    private static IEnumerable<ProcessingResponse> Body(Step step, BodyDelivery delivery, bool isRequest)
    {
        if (delivery == BodyDelivery.Duplex)
            return Duplex(step, isRequest);
        if (!step.ReplacesBody && step.SetFields is null && step.RemoveFields is null)
            return [isRequest ? PlainRequestBody : PlainResponseBody];
        var common = new CommonResponse { HeaderMutation = delivery == BodyDelivery.Whole ? Mutation(step) : null };
        if (step.ReplacesBody)
        {
            common.BodyMutation = step.Body.IsEmpty ? new BodyMutation { ClearsBody = true } : new BodyMutation { Body = Wrap(step.Body) };
            if (delivery == BodyDelivery.Whole)
            {
                // Envoy holds the headers of a buffered body; their length has to become the new body's.
                common.HeaderMutation ??= new HeaderMutation();
                common.HeaderMutation.SetHeaders.Add(Field("content-length", step.Body.Length.ToString(CultureInfo.InvariantCulture)));
            }
        }
        return [Answer(new BodyResponse { Response = common }, isRequest)];
    }

    private static IEnumerable<ProcessingResponse> Duplex(Step step, bool isRequest)
    {
        ReadOnlyMemory<byte> left = step.Body;
        do
        {
            ReadOnlyMemory<byte> piece = left.Length <= PieceBytes ? left : left[..PieceBytes];
            left = left[piece.Length..];
            var streamed = new StreamedBodyResponse { Body = Wrap(piece), EndOfStream = step.EndOfStream && left.IsEmpty };
            yield return Answer(new BodyResponse { Response = new CommonResponse { BodyMutation = new BodyMutation { StreamedResponse = streamed } } }, isRequest);
        }
        while (!left.IsEmpty);
    }

    private static ProcessingResponse Answer(BodyResponse body, bool isRequest) =>
        isRequest ? new ProcessingResponse { RequestBody = body } : new ProcessingResponse { ResponseBody = body };

    private static ProcessingResponse Immediate(in Step step)
    {
        Refusal refusal = step.Refusal!;
        var immediate = new ImmediateResponse
        {
            // Anything outside 200 and 400 to 499 would be turned into something else by Envoy or retried by SDKs.
            Status = new HttpStatus { Code = (StatusCode)(refusal.Status is 200 or (>= 400 and <= 499) ? refusal.Status : 403) },
            Body = Wrap(refusal.Body),
            Details = step.Details ?? "extauthz_refused",
            Headers = new HeaderMutation(),
            GrpcStatus = new Envoy.Service.ExtProc.V3.GrpcStatus { Status = 7 },
        };
        immediate.Headers.SetHeaders.Add(Field("content-type", refusal.ContentType));
        foreach ((string name, string value) in refusal.Headers)
            immediate.Headers.SetHeaders.Add(Field(name, value));
        return new ProcessingResponse { ImmediateResponse = immediate };
    }

    private static HeaderMutation? Mutation(in Step step)
    {
        if (step.SetFields is null && step.RemoveFields is null)
            return null;
        var mutation = new HeaderMutation();
        foreach ((string name, string value) in step.SetFields ?? [])
            mutation.SetHeaders.Add(Field(name, value));
        mutation.RemoveHeaders.AddRange(step.RemoveFields ?? []);
        return mutation;
    }

    /// <summary>ext_proc reads <c>raw_value</c> alone: a field with <c>value</c> would become empty.</summary>
    private static HeaderValueOption Field(string name, string value) => new()
    {
        Header = new HeaderValue { Key = name, RawValue = ByteString.CopyFromUtf8(value) },
        AppendAction = HeaderValueOption.Types.HeaderAppendAction.OverwriteIfExistsOrAdd,
    };

    /// <summary>The engine does not change a body once it is in a step, and keeps it until the exchange is closed.</summary>
    private static ByteString Wrap(ReadOnlyMemory<byte> bytes) => UnsafeByteOperations.UnsafeWrap(bytes);
}
