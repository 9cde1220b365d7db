using Envoy.Config.Core.V3;
using Envoy.Service.Auth.V3;
using Envoy.Type.V3;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Engine;
using EnvoyExtAuthz.Identity;
using Google.Protobuf;
using Grpc.Core;

namespace EnvoyExtAuthz.Host.Grpc;

/// <summary>
/// Envoy's ext_authz service: the request alone, its body included where Envoy is told to send it. Cannot edit bodies and
/// sees no response; what would need either is refused. An empty answer would allow, so every answer says what it is.
/// </summary>
/// <param name="exchanges">Exchanges to drive.</param>
internal sealed class Authorization(ExchangePool exchanges) : Envoy.Service.Auth.V3.Authorization.AuthorizationBase
{
    /// <inheritdoc/>
    public override Task<CheckResponse> Check(CheckRequest request, ServerCallContext context)
    {
        Exchange exchange = exchanges.Rent();
        try
        {
            return Task.FromResult(Judge(exchange, request));
        }
        finally
        {
            exchange.Close();
            exchanges.Return(exchange);
        }
    }

    private static CheckResponse Judge(Exchange exchange, CheckRequest request)
    {
        AttributeContext attributes = request.Attributes ?? new AttributeContext();
        AttributeContext.Types.HttpRequest http = attributes.Request?.Http ?? new AttributeContext.Types.HttpRequest();
        ByteString body = http.RawBody.IsEmpty && http.Body.Length > 0 ? ByteString.CopyFromUtf8(http.Body) : http.RawBody;
        try
        {
            exchange.Begin(Facts(attributes, http, body));
            Fill(exchange.RequestHead, http, body);
            exchange.OnRequestHead();
            if (!exchange.Ended && !body.IsEmpty)
                exchange.OnRequestBody(body.Memory, true);
        }
        catch (Exception)
        {
            exchange.OnFailure();
        }
        return Answer(exchange);
    }

    /// <summary>What Envoy attests of the peer: <c>source.principal</c> is its first URI SAN, else its first DNS name, else its subject.</summary>
    internal static PeerFacts Peer(AttributeContext attributes)
    {
        string principal = attributes.Source?.Principal ?? "";
        bool isUri = principal.StartsWith("spiffe:", StringComparison.OrdinalIgnoreCase);
        string certificate = attributes.Source?.Certificate ?? "";
        string local = attributes.Destination?.Principal ?? "";
        // A principal that is a DNS name or a subject is a client certificate too, of somebody who has no SPIFFE identity.
        bool mtls = principal.Length > 0 || certificate.Length > 0;
        return new PeerFacts(mtls, isUri ? principal : null, certificate.Length > 0 ? certificate : null, LocalUriSan: local.Length > 0 ? local : null);
    }

    private static ConnectionFacts Facts(AttributeContext attributes, AttributeContext.Types.HttpRequest http, ByteString body)
    {
        int port = (int)(attributes.Destination?.Address?.SocketAddress?.PortValue ?? 0);
        return new ConnectionFacts(Peer(attributes), BodyDelivery.Whole, BodyDelivery.None, Unsafe(http, body), null, port, CanEditRequest: false, SeesResponse: false);
    }

    /// <summary>The field of Envoy's ext_authz configuration that lets a body, or part of it, pass unseen; null if none does.</summary>
    private static string? Unsafe(AttributeContext.Types.HttpRequest http, ByteString body)
    {
        // A caller can send the field too, and then it comes twice: one that says so is enough.
        bool partial = (http.Headers.TryGetValue("x-envoy-auth-partial-body", out string? mark) && mark.Contains("true", StringComparison.Ordinal))
            || (http.HeaderMap?.Headers.Any(h => h.Key == "x-envoy-auth-partial-body" && h.RawValue.Span.SequenceEqual("true"u8)) ?? false);
        if (partial)
            return "set with_request_body.allow_partial_message to false";
        if (http.RawBody.IsEmpty && http.Body.Length > 0)
            return "set with_request_body.pack_as_bytes to true; text changes what is no UTF-8";
        if (!body.IsEmpty || HasNoBody(http))
            return null;
        return "set with_request_body; bodies are not sent";
    }

    private static bool HasNoBody(AttributeContext.Types.HttpRequest http)
    {
        if (http.Headers.TryGetValue("content-length", out string? length) || FromMap(http, "content-length", out length))
            return length is "0" or "";
        if (http.Headers.ContainsKey("transfer-encoding") || FromMap(http, "transfer-encoding", out _))
            return false;
        // HTTP/2 needs neither for a body, and any other field could be the caller's own.
        return http.Method is "GET" or "HEAD" or "DELETE" or "OPTIONS";
    }

    private static bool FromMap(AttributeContext.Types.HttpRequest http, string name, out string? value)
    {
        value = http.HeaderMap?.Headers.FirstOrDefault(h => h.Key == name)?.RawValue.ToStringUtf8();
        return value is not null;
    }

    private static void Fill(HttpHead head, AttributeContext.Types.HttpRequest http, ByteString body)
    {
        head.Clear();
        head.EndOfStream = body.IsEmpty;
        if (http.HeaderMap is { Headers.Count: > 0 } map)
        {
            foreach (HeaderValue field in map.Headers)
                head.Fields.Add(new HeaderField(field.Key, field.RawValue.IsEmpty && field.Value.Length > 0 ? System.Text.Encoding.UTF8.GetBytes(field.Value) : field.RawValue.Memory));
        }
        else
        {
            foreach ((string name, string value) in http.Headers)
                head.Add(name, value);
        }
        Ensure(head, ":method", http.Method);
        Ensure(head, ":path", http.Path);
        Ensure(head, ":authority", http.Host);
    }

    private static void Ensure(HttpHead head, string name, string value)
    {
        if (head.CountOf(name) == 0)
            head.Add(name, value);
    }

    private static CheckResponse Answer(Exchange exchange)
    {
        Step last = exchange.Steps.Count > 0 ? exchange.Steps[^1] : new Step(StepKind.Abort);
        if (!exchange.Ended && last.Kind is StepKind.RequestBody or StepKind.RequestHead && !last.ReplacesBody)
            return Allow(exchange);
        Refusal refusal = last.Refusal ?? new Refusal(403, "application/json", "{\"error\":{\"message\":\"The request could not be inspected.\",\"code\":\"engine_failed\"}}"u8.ToArray());
        var denied = new DeniedHttpResponse
        {
            Status = new HttpStatus { Code = (Envoy.Type.V3.StatusCode)refusal.Status },
            Body = System.Text.Encoding.UTF8.GetString(refusal.Body),
        };
        denied.Headers.Add(Field("content-type", refusal.ContentType));
        foreach ((string name, string value) in refusal.Headers)
            denied.Headers.Add(Field(name, value));
        exchange.Steps.Clear();
        return new CheckResponse { Status = new Google.Rpc.Status { Code = 7, Message = last.Details ?? "extauthz_refused" }, DeniedResponse = denied };
    }

    private static CheckResponse Allow(Exchange exchange)
    {
        var ok = new OkHttpResponse();
        foreach (Step step in exchange.Steps)
        {
            foreach ((string name, string value) in step.SetFields ?? [])
                ok.Headers.Add(Field(name, value));
            ok.HeadersToRemove.AddRange(step.RemoveFields ?? []);
        }
        exchange.Steps.Clear();
        return new CheckResponse { Status = new Google.Rpc.Status { Code = 0 }, OkResponse = ok };
    }

    /// <summary>ext_authz reads <c>value</c> alone: a field with <c>raw_value</c> would become empty.</summary>
    private static HeaderValueOption Field(string name, string value) => new()
    {
        Header = new HeaderValue { Key = name, Value = value },
        Append = false,
    };
}
