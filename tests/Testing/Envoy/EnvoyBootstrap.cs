using System.Globalization;
using System.Text.Json.Nodes;

namespace EnvoyExtAuthz.Testing.Envoy;

/// <summary>Writes an <see cref="EnvoyConfig"/> as Envoy's bootstrap.</summary>
public static class EnvoyBootstrap
{
    private const string TypePrefix = "type.googleapis.com/";
    private const string HttpOptions = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

    /// <summary>The bootstrap as JSON.</summary>
    /// <param name="config">What to build.</param>
    /// <param name="accessLog">The file that gets one JSON line an exchange.</param>
    public static JsonObject Build(EnvoyConfig config, string accessLog) => new()
    {
        ["node"] = new JsonObject { ["id"] = "lab", ["cluster"] = "lab" },
        ["admin"] = new JsonObject { ["address"] = Address("127.0.0.1", 0) },
        ["static_resources"] = new JsonObject
        {
            ["listeners"] = new JsonArray(Listener(config, accessLog)),
            ["clusters"] = config.Protocol == FilterProtocol.None
                ? new JsonArray(Cluster("origin", Address("127.0.0.1", config.OriginPort), config.Http2Origin))
                : new JsonArray(
                    Cluster("origin", Address("127.0.0.1", config.OriginPort), config.Http2Origin),
                    Cluster("filter", FilterAddress(config.Filter), http2: true)),
        },
    };

    private static JsonObject Listener(EnvoyConfig config, string accessLog)
    {
        var chain = new JsonObject
        {
            ["filters"] = new JsonArray(new JsonObject
            {
                ["name"] = "envoy.filters.network.http_connection_manager",
                ["typed_config"] = ConnectionManager(config, accessLog),
            }),
        };
        if (config.Tls is { } tls)
            chain["transport_socket"] = DownstreamTls(tls);
        var listener = new JsonObject { ["name"] = "lab", ["address"] = Address("127.0.0.1", 0), ["filter_chains"] = new JsonArray(chain) };
        if (config.BufferLimitBytes is { } limit)
            listener["per_connection_buffer_limit_bytes"] = limit;
        return listener;
    }

    private static JsonObject ConnectionManager(EnvoyConfig config, string accessLog)
    {
        JsonObject manager = Typed("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager");
        manager["stat_prefix"] = "lab";
        manager["stream_idle_timeout"] = Seconds(config.StreamIdleTimeout);
        manager["forward_client_cert_details"] = config.ForwardClientCertificate;
        manager["set_current_client_cert_details"] = new JsonObject { ["uri"] = true };
        manager["access_log"] = new JsonArray(AccessLog(accessLog));
        manager["http_filters"] = HttpFilters(config);
        manager["route_config"] = EnvoyRoutes.Build(config);
        if (config.EnableTrailers)
            manager["http_protocol_options"] = new JsonObject { ["enable_trailers"] = true };
        var http2 = new JsonObject();
        if (config.Http2StreamWindowBytes is { } window)
        {
            http2["initial_stream_window_size"] = window;
            http2["initial_connection_window_size"] = window;
        }
        if (config.Upgrades.Contains("CONNECT"))
            http2["allow_connect"] = true;
        manager["http2_protocol_options"] = http2;
        if (config.Upgrades.Count > 0)
            manager["upgrade_configs"] = new JsonArray([.. config.Upgrades.Select(type => new JsonObject { ["upgrade_type"] = type })]);
        return manager;
    }

    private static JsonArray HttpFilters(EnvoyConfig config)
    {
        var filters = new JsonArray();
        if (config.RequestAttributes.Any(name => name.StartsWith("filter_state['envoy_extauthz.", StringComparison.Ordinal)) && config.Protocol != FilterProtocol.None)
            filters.Add(Named("envoy.filters.http.set_filter_state", AllUriSans()));
        if (config.Protocol == FilterProtocol.ExternalProcessing)
            filters.Add(Named(EnvoyRoutes.ExtProcName, ExternalProcessor(config)));
        if (config.Protocol == FilterProtocol.ExternalAuthorization)
            filters.Add(Named(EnvoyRoutes.ExtAuthzName, ExternalAuthorizer(config)));
        filters.Add(Named("envoy.filters.http.router", Typed("envoy.extensions.filters.http.router.v3.Router")));
        return filters;
    }

    /// <summary>The peer's URI SANs, comma-joined, where the attributes show only the first.</summary>
    private static JsonObject AllUriSans()
    {
        JsonObject filter = Typed("envoy.extensions.filters.http.set_filter_state.v3.Config");
        filter["on_request_headers"] = new JsonArray(new JsonObject
        {
            ["object_key"] = "envoy_extauthz.peer_uri_sans",
            ["factory_key"] = "envoy.string",
            ["read_only"] = true,
            ["format_string"] = new JsonObject { ["text_format_source"] = new JsonObject { ["inline_string"] = "%DOWNSTREAM_PEER_URI_SAN%" } },
        });
        return filter;
    }

    private static JsonObject ExternalProcessor(EnvoyConfig config)
    {
        JsonObject filter = Typed("envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor");
        filter["grpc_service"] = FilterService("0s");
        filter["failure_mode_allow"] = config.FailureModeAllow;
        filter["allow_mode_override"] = config.AllowModeOverride;
        filter["message_timeout"] = Seconds(config.MessageTimeout);
        filter["request_attributes"] = new JsonArray([.. config.RequestAttributes.Select(name => JsonValue.Create(name))]);
        filter["processing_mode"] = EnvoyRoutes.Mode(config.Mode);
        return filter;
    }

    private static JsonObject ExternalAuthorizer(EnvoyConfig config)
    {
        JsonObject filter = Typed("envoy.extensions.filters.http.ext_authz.v3.ExtAuthz");
        filter["transport_api_version"] = "V3";
        filter["grpc_service"] = FilterService(Seconds(config.MessageTimeout));
        filter["failure_mode_allow"] = config.FailureModeAllow;
        filter["status_on_error"] = new JsonObject { ["code"] = 503 };
        filter["include_peer_certificate"] = true;
        filter["encode_raw_headers"] = true;
        if (config.MaxRequestBytes > 0)
        {
            filter["with_request_body"] = new JsonObject
            {
                ["max_request_bytes"] = config.MaxRequestBytes,
                ["allow_partial_message"] = config.AllowPartialMessage,
                ["pack_as_bytes"] = config.PackAsBytes,
            };
        }
        return filter;
    }

    private static JsonObject FilterService(string timeout) => new()
    {
        ["envoy_grpc"] = new JsonObject { ["cluster_name"] = "filter", ["authority"] = "filter" },
        ["timeout"] = timeout,
    };

    private static JsonObject AccessLog(string path)
    {
        JsonObject log = Typed("envoy.extensions.access_loggers.file.v3.FileAccessLog");
        log["path"] = path;
        log["log_format"] = new JsonObject
        {
            ["json_format"] = new JsonObject
            {
                ["code"] = "%RESPONSE_CODE%",
                ["flags"] = "%RESPONSE_FLAGS%",
                ["details"] = "%RESPONSE_CODE_DETAILS%",
                ["method"] = "%REQ(:METHOD)%",
                ["path"] = "%REQ(:PATH)%",
                ["upstream"] = "%UPSTREAM_REQUEST_ATTEMPT_COUNT%",
            },
        };
        return Named("envoy.access_loggers.file", log);
    }

    private static JsonObject DownstreamTls(EnvoyTls tls)
    {
        JsonObject context = Typed("envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext");
        context["require_client_certificate"] = tls.RequireClientCertificate;
        context["common_tls_context"] = new JsonObject
        {
            ["alpn_protocols"] = new JsonArray("h2", "http/1.1"),
            ["tls_certificates"] = new JsonArray(new JsonObject
            {
                ["certificate_chain"] = new JsonObject { ["filename"] = tls.CertificateChain },
                ["private_key"] = new JsonObject { ["filename"] = tls.PrivateKey },
            }),
            ["validation_context"] = new JsonObject { ["trusted_ca"] = new JsonObject { ["filename"] = tls.TrustedCa } },
        };
        return Named("envoy.transport_sockets.tls", context);
    }

    private static JsonObject Cluster(string name, JsonObject address, bool http2)
    {
        var cluster = new JsonObject
        {
            ["name"] = name,
            ["type"] = "STATIC",
            ["connect_timeout"] = "2s",
            ["load_assignment"] = new JsonObject
            {
                ["cluster_name"] = name,
                ["endpoints"] = new JsonArray(new JsonObject
                {
                    ["lb_endpoints"] = new JsonArray(new JsonObject { ["endpoint"] = new JsonObject { ["address"] = address } }),
                }),
            },
        };
        if (http2)
        {
            JsonObject options = Typed(HttpOptions);
            options["explicit_http_config"] = new JsonObject { ["http2_protocol_options"] = new JsonObject() };
            cluster["typed_extension_protocol_options"] = new JsonObject { [HttpOptions] = options };
        }
        return cluster;
    }

    private static JsonObject FilterAddress(string filter)
    {
        if (filter.StartsWith("unix:", StringComparison.Ordinal))
            return new JsonObject { ["pipe"] = new JsonObject { ["path"] = filter["unix:".Length..] } };
        string[] parts = filter.Split(':');
        return Address(parts[1], int.Parse(parts[2], CultureInfo.InvariantCulture));
    }

    private static JsonObject Address(string host, int port) =>
        new() { ["socket_address"] = new JsonObject { ["address"] = host, ["port_value"] = port } };

    private static JsonObject Named(string name, JsonObject config) => new() { ["name"] = name, ["typed_config"] = config };

    private static JsonObject Typed(string type) => new() { ["@type"] = TypePrefix + type };

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture) + "s";
}
