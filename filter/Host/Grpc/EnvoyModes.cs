using Envoy.Extensions.Filters.Http.ExtProc.V3;
using Envoy.Service.ExtProc.V3;
using EnvoyExtAuthz.Engine;

namespace EnvoyExtAuthz.Host.Grpc;

/// <summary>What Envoy's processing mode means for us, as learned from a stream's first message.</summary>
/// <param name="RequestBody">How request bodies come.</param>
/// <param name="ResponseBody">How response bodies come.</param>
/// <param name="UnsafeField">The field of Envoy's configuration that would let a body pass unseen; null if none would.</param>
internal readonly record struct EnvoyModes(BodyDelivery RequestBody, BodyDelivery ResponseBody, string? UnsafeField)
{
    /// <summary>Reads <c>protocol_config</c>, which comes with the first message of a stream.</summary>
    /// <param name="message">The first message.</param>
    public static EnvoyModes Of(ProcessingRequest message)
    {
        if (message.ObservabilityMode)
            return new(BodyDelivery.None, BodyDelivery.None, "set observability_mode to false: in it no verdict is waited for");
        ProtocolConfiguration? config = message.ProtocolConfig;
        if (config is null)
            return new(BodyDelivery.None, BodyDelivery.None, "use an Envoy that sends protocol_config (1.34 or newer)");
        if (message.RequestCase is ProcessingRequest.RequestOneofCase.RequestBody or ProcessingRequest.RequestOneofCase.RequestTrailers
            or ProcessingRequest.RequestOneofCase.ResponseBody or ProcessingRequest.RequestOneofCase.ResponseTrailers)
            return new(BodyDelivery.None, BodyDelivery.None, "set processing_mode.request_header_mode to SEND");
        BodyDelivery request = Delivery(config.RequestBodyMode);
        BodyDelivery response = Delivery(config.ResponseBodyMode);
        return new(request, response, Unsafe(config));
    }

    private static BodyDelivery Delivery(ProcessingMode.Types.BodySendMode mode) => mode switch
    {
        ProcessingMode.Types.BodySendMode.Buffered => BodyDelivery.Whole,
        ProcessingMode.Types.BodySendMode.Streamed => BodyDelivery.Pieces,
        ProcessingMode.Types.BodySendMode.FullDuplexStreamed => BodyDelivery.Duplex,
        _ => BodyDelivery.None,
    };

    private static string? Unsafe(ProtocolConfiguration config) => (config.RequestBodyMode, config.ResponseBodyMode) switch
    {
        (ProcessingMode.Types.BodySendMode.None, _) => "set processing_mode.request_body_mode to BUFFERED; NONE sends no body",
        (ProcessingMode.Types.BodySendMode.BufferedPartial, _) => "set processing_mode.request_body_mode to BUFFERED; BUFFERED_PARTIAL lets the rest of a long body pass",
        (ProcessingMode.Types.BodySendMode.Streamed, _) => "set processing_mode.request_body_mode to BUFFERED; with STREAMED the origin hears of a request before its verdict",
        (ProcessingMode.Types.BodySendMode.Buffered or ProcessingMode.Types.BodySendMode.FullDuplexStreamed, _) => config.ResponseBodyMode switch
        {
            ProcessingMode.Types.BodySendMode.BufferedPartial => "set processing_mode.response_body_mode to FULL_DUPLEX_STREAMED; BUFFERED_PARTIAL lets the rest of a long body pass",
            ProcessingMode.Types.BodySendMode.None or ProcessingMode.Types.BodySendMode.Streamed or ProcessingMode.Types.BodySendMode.Buffered
                or ProcessingMode.Types.BodySendMode.FullDuplexStreamed => null,
            _ => "set processing_mode.response_body_mode to FULL_DUPLEX_STREAMED; the mode it has sends bodies in a form that is not inspected",
        },
        _ => "set processing_mode.request_body_mode to BUFFERED; the mode it has sends bodies in a form that is not inspected",
    };
}
