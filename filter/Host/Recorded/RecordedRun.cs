using System.Globalization;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Engine;
using EnvoyExtAuthz.Identity;

namespace EnvoyExtAuthz.Host.Recorded;

/// <summary>What a recorded exchange became.</summary>
/// <param name="OriginSaw">The request's body as the origin would have it; null if it was refused.</param>
/// <param name="ClientSaw">The response's body as the client would have it.</param>
/// <param name="Status">The status the client would see.</param>
internal sealed record RecordedOutcome(byte[]? OriginSaw, byte[] ClientSaw, int Status);

/// <summary>Runs recorded exchanges through the engine, without Envoy and without gRPC, in the order Envoy would.</summary>
internal static class RecordedRun
{
    /// <summary>Runs one exchange.</summary>
    /// <param name="exchange">An exchange that is not open; closed when this returns.</param>
    /// <param name="recorded">The recording.</param>
    /// <param name="caller">SPIFFE ID of the caller; null for none.</param>
    public static RecordedOutcome Run(Exchange exchange, RecordedExchange recorded, string? caller)
    {
        var peer = new PeerFacts(caller is not null, caller);
        exchange.Begin(new ConnectionFacts(peer, BodyDelivery.Whole, BodyDelivery.Duplex));
        try
        {
            Fill(exchange.RequestHead, recorded);
            exchange.OnRequestHead();
            if (!exchange.Ended && recorded.Request.Body.Length > 0)
                exchange.OnRequestBody(recorded.Request.Body, true);
            if (Refused(exchange) is { } refused)
                return new RecordedOutcome(null, refused.Body, refused.Status);
            byte[] originSaw = exchange.Steps.LastOrDefault(s => s.Kind == StepKind.RequestBody && s.ReplacesBody) is { ReplacesBody: true } edited
                ? edited.Body.ToArray() : recorded.Request.Body;
            exchange.Steps.Clear();
            return recorded.Response is { } response ? Answer(exchange, recorded.Status, response, originSaw) : new RecordedOutcome(originSaw, [], 0);
        }
        finally
        {
            exchange.Close();
        }
    }

    private static RecordedOutcome Answer(Exchange exchange, int status, RecordedMessage response, byte[] originSaw)
    {
        HttpHead head = exchange.ResponseHead;
        head.Clear();
        head.Add(":status", status.ToString(CultureInfo.InvariantCulture));
        foreach ((string name, string value) in response.Headers)
            head.Add(name, value);
        head.EndOfStream = response.Body.Length == 0;
        exchange.OnResponseHead();
        if (!exchange.Ended && response.Body.Length > 0)
            exchange.OnResponseBody(response.Body, true);
        if (Refused(exchange) is { } refused)
            return new RecordedOutcome(originSaw, refused.Body, refused.Status);
        byte[] seen = [.. exchange.Steps.Where(s => s.Kind == StepKind.ResponseBody).SelectMany(s => s.Body.ToArray())];
        return new RecordedOutcome(originSaw, seen, status);
    }

    private static void Fill(HttpHead head, RecordedExchange recorded)
    {
        head.Clear();
        head.Add(":method", recorded.Method).Add(":path", recorded.Path).Add(":authority", recorded.Host).Add(":scheme", "http");
        foreach ((string name, string value) in recorded.Request.Headers)
        {
            if (name is not ("content-length" or "transfer-encoding" or "host" or "connection"))
                head.Add(name, value);
        }
        head.EndOfStream = recorded.Request.Body.Length == 0;
    }

    private static Refusal? Refused(Exchange exchange) => exchange.Ended ? exchange.Steps[^1].Refusal ?? new Refusal(500, "text/plain", []) : null;
}
