using System.Text;

namespace EnvoyExtAuthz.Identity.Tests;

/// <summary>The parties of these tests, and short ways to present them.</summary>
internal static class Ids
{
    public const string Research = "spiffe://cluster.local/ns/agents/sa/research";
    public const string Root = "spiffe://cluster.local/ns/admin/sa/root";
    public const string Gateway = "spiffe://cluster.local/ns/istio-system/sa/gateway";
    public const string Waypoint = "spiffe://cluster.local/ns/llm/sa/waypoint";
    public const string Llm = "spiffe://cluster.local/ns/llm/sa/llm";

    public static SpiffeId Parse(string text) => SpiffeId.TryParse(text, out SpiffeId id) ? id : throw new ArgumentException(text);

    public static PeerFacts Peer(string? uri) => new(Mtls: uri is not null, UriSan: uri, LocalUriSan: Llm);

    public static PresentedCredentials Xfcc(string header) => new(Encoding.Latin1.GetBytes(header), default);

    public static PresentedCredentials Bearer(string token) => new(default, Encoding.Latin1.GetBytes("Bearer " + token));

    public static IdentityResolver Trusting(params string[] hops) => new(new IdentityOptions { TrustedHops = [.. hops.Select(Parse)] }, null);
}
