using System.Globalization;
using System.Text.Json.Nodes;

namespace EnvoyExtAuthz.Testing.Envoy;

/// <summary>Writes an <see cref="EnvoyConfig"/>'s routes.</summary>
internal static class EnvoyRoutes
{
    /// <summary>The name that the filter has in its chain, which per-route configuration refers to.</summary>
    public const string ExtProcName = "envoy.filters.http.ext_proc";

    /// <summary>The same for ext_authz.</summary>
    public const string ExtAuthzName = "envoy.filters.http.ext_authz";

    /// <summary>The route configuration.</summary>
    public static JsonObject Build(EnvoyConfig config)
    {
        var routes = new JsonArray();
        foreach (EnvoyRoute route in config.Routes)
            routes.Add(Route(config, route));
        if (config.Upgrades.Contains("CONNECT"))
        {
            JsonObject connect = Target(config);
            connect["upgrade_configs"] = new JsonArray(new JsonObject { ["upgrade_type"] = "CONNECT", ["connect_config"] = new JsonObject() });
            routes.Add(new JsonObject { ["match"] = new JsonObject { ["connect_matcher"] = new JsonObject() }, ["name"] = "connect", ["route"] = connect });
        }
        if (!config.NoCatchAll)
            routes.Add(new JsonObject { ["match"] = new JsonObject { ["prefix"] = "/" }, ["name"] = "main", ["route"] = Target(config) });
        var host = new JsonObject { ["name"] = "all", ["domains"] = new JsonArray("*"), ["routes"] = routes };
        return new JsonObject { ["name"] = "lab", ["virtual_hosts"] = new JsonArray(host) };
    }

    /// <summary>A processing mode as Envoy's JSON.</summary>
    public static JsonObject Mode(EnvoyMode mode)
    {
        var json = new JsonObject
        {
            ["request_header_mode"] = mode.RequestHeader,
            ["request_body_mode"] = mode.RequestBody,
            ["response_header_mode"] = mode.ResponseHeader,
            ["response_body_mode"] = mode.ResponseBody,
        };
        if (mode.RequestTrailer is not null)
            json["request_trailer_mode"] = mode.RequestTrailer;
        if (mode.ResponseTrailer is not null)
            json["response_trailer_mode"] = mode.ResponseTrailer;
        return json;
    }

    private static JsonObject Route(EnvoyConfig config, EnvoyRoute route)
    {
        var json = new JsonObject { ["match"] = new JsonObject { ["prefix"] = route.Prefix }, ["name"] = route.Prefix };
        if (route.DirectStatus is { } status)
            json["direct_response"] = new JsonObject { ["status"] = status, ["body"] = new JsonObject { ["inline_string"] = "said by Envoy" } };
        else
            json["route"] = Target(config);
        if (route.Mode is null && !route.FilterDisabled)
            return json;
        var perRoute = new JsonObject { ["@type"] = "type.googleapis.com/envoy.extensions.filters.http.ext_proc.v3.ExtProcPerRoute" };
        if (route.FilterDisabled)
            perRoute["disabled"] = true;
        else
            perRoute["overrides"] = new JsonObject { ["processing_mode"] = Mode(route.Mode!) };
        json["typed_per_filter_config"] = new JsonObject { [ExtProcName] = perRoute };
        return json;
    }

    private static JsonObject Target(EnvoyConfig config)
    {
        var target = new JsonObject
        {
            ["cluster"] = "origin",
            ["timeout"] = config.RouteTimeout.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture) + "s",
        };
        if (config.RetryOn5xx)
            target["retry_policy"] = new JsonObject { ["retry_on"] = "5xx", ["num_retries"] = 1 };
        return target;
    }
}
