using Envoy.Service.ExtProc.V3;
using EnvoyExtAuthz.Identity;
using Google.Protobuf.WellKnownTypes;

namespace EnvoyExtAuthz.Host.Grpc;

/// <summary>
/// The request attributes we ask Envoy for. An absent key is no statement; unknown names are silent, so nothing here is
/// taken for granted.
/// </summary>
internal static class EnvoyAttributes
{
    private const string Namespace = "envoy.filters.http.ext_proc";

    public const string WaypointPrincipal = "filter_state['io.istio.peer_principal']";
    public const string AllUriSans = "filter_state['envoy_extauthz.peer_uri_sans']";

    /// <summary>What Envoy attests of the peer.</summary>
    public static PeerFacts Peer(ProcessingRequest message, out string? route, out int port)
    {
        route = null;
        port = 0;
        if (!message.Attributes.TryGetValue(Namespace, out Struct? attributes))
            return default;
        route = Text(attributes, "xds.route_name");
        port = attributes.Fields.TryGetValue("destination.port", out Value? number) && number.KindCase == Value.KindOneofCase.NumberValue ? (int)number.NumberValue : 0;
        return new PeerFacts(
            Mtls: Flag(attributes, "connection.mtls"),
            UriSan: Text(attributes, "connection.uri_san_peer_certificate"),
            PeerCertificate: Text(attributes, "connection.peer_certificate"),
            PeerCertificateValid: Flag(attributes, "connection.peer_certificate_valid"),
            AllUriSans: Text(attributes, AllUriSans),
            WaypointPrincipal: Text(attributes, WaypointPrincipal),
            LocalUriSan: Text(attributes, "connection.uri_san_local_certificate"));
    }

    private static string? Text(Struct attributes, string name) =>
        attributes.Fields.TryGetValue(name, out Value? value) && value.KindCase == Value.KindOneofCase.StringValue ? value.StringValue : null;

    private static bool? Flag(Struct attributes, string name) =>
        attributes.Fields.TryGetValue(name, out Value? value) && value.KindCase == Value.KindOneofCase.BoolValue ? value.BoolValue : null;
}
