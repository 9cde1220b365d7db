namespace EnvoyExtAuthz.Host.Grpc;

/// <summary>What the operator says of the Envoys in front.</summary>
/// <param name="InspectResponses">Responses come to us; where they cannot, streams are refused.</param>
/// <param name="AllowModeOverride">Envoy has <c>allow_mode_override</c>: responses are asked for only where needed.</param>
internal sealed record EnvoyOptions(bool InspectResponses = true, bool AllowModeOverride = false);
