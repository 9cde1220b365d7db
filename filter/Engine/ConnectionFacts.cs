using EnvoyExtAuthz.Identity;

namespace EnvoyExtAuthz.Engine;

/// <summary>What Envoy says of the connection and of itself with an exchange's first message.</summary>
/// <param name="Peer">Who is at the other end.</param>
/// <param name="RequestBody">How request bodies come.</param>
/// <param name="ResponseBody">How response bodies come.</param>
/// <param name="UnsafeField">
/// Set if the configuration would leave something unseen: the field of Envoy's configuration to change and to what.
/// </param>
/// <param name="EnvoyRoute"><c>xds.route_name</c>; null if unknown.</param>
/// <param name="DestinationPort"><c>destination.port</c>; 0 if unknown.</param>
/// <param name="CanEditRequest">False for ext_authz, which cannot change a body.</param>
/// <param name="SeesResponse">False for ext_authz.</param>
/// <param name="OverrideAllowed">The operator says that Envoy takes <c>mode_override</c>.</param>
public readonly record struct ConnectionFacts(
    PeerFacts Peer,
    BodyDelivery RequestBody,
    BodyDelivery ResponseBody,
    string? UnsafeField = null,
    string? EnvoyRoute = null,
    int DestinationPort = 0,
    bool CanEditRequest = true,
    bool SeesResponse = true,
    bool OverrideAllowed = false);
