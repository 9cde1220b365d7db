using System.Text.Json.Nodes;

namespace EnvoyExtAuthz.Host.Demo;

/// <summary>Envoy's configuration for the demonstration. What it says of ext_proc is what istio/ says too.</summary>
internal static class DemoEnvoyConfig
{
    private const string Template = """
        {
          "admin": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": %admin%}}},
          "static_resources": {
            "listeners": [{
              "address": {"socket_address": {"address": "127.0.0.1", "port_value": %port%}},
              "filter_chains": [{
                "transport_socket": {"name": "tls", "typed_config": {
                  "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
                  "common_tls_context": {
                    "tls_certificates": [{"certificate_chain": {"filename": "%folder%/server.pem"}, "private_key": {"filename": "%folder%/server.key"}}],
                    "validation_context": {"trusted_ca": {"filename": "%folder%/ca.pem"}}}}},
                "filters": [{"name": "hcm", "typed_config": {
                  "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
                  "stat_prefix": "demo", "normalize_path": true, "merge_slashes": true,
                  "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "origin", "timeout": "0s"}}]}]},
                  "http_filters": [
                    {"name": "envoy-extauthz", "typed_config": {
                      "@type": "type.googleapis.com/envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor",
                      "grpc_service": {"envoy_grpc": {"cluster_name": "extauthz", "authority": "envoy-extauthz"}},
                      "failure_mode_allow": false, "message_timeout": "2s",
                      "request_attributes": ["connection.mtls", "connection.uri_san_peer_certificate", "connection.uri_san_local_certificate", "destination.port"],
                      "processing_mode": {"request_header_mode": "SEND", "request_body_mode": "BUFFERED", "response_header_mode": "SEND", "response_body_mode": "FULL_DUPLEX_STREAMED", "response_trailer_mode": "SEND"}}},
                    {"name": "router", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}]}}]}]}],
            "clusters": [
              {"name": "origin", "type": "STATIC", "load_assignment": {"cluster_name": "origin", "endpoints": [{"lb_endpoints": [{"endpoint": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": %originPort%}}}}]}]}},
              {"name": "extauthz", "type": "STATIC",
               "typed_extension_protocol_options": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {"@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions", "explicit_http_config": {"http2_protocol_options": {}}}},
               "load_assignment": {"cluster_name": "extauthz", "endpoints": [{"lb_endpoints": [{"endpoint": {"address": {"pipe": {"path": "%socket%"}}}}]}]}}]
          }
        }
        """;

    public static byte[] Write(string folder, string socket, int port, int admin, int originPort)
    {
        JsonNode config = JsonNode.Parse(Template
            .Replace("%folder%", folder, StringComparison.Ordinal)
            .Replace("%socket%", socket, StringComparison.Ordinal)
            .Replace("%port%", Text(port), StringComparison.Ordinal)
            .Replace("%admin%", Text(admin), StringComparison.Ordinal)
            .Replace("%originPort%", Text(originPort), StringComparison.Ordinal))!;
        return System.Text.Encoding.UTF8.GetBytes(config.ToJsonString());
    }

    private static string Text(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
