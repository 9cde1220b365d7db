using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Identity;

namespace EnvoyExtAuthz.Engine;

/// <summary>Header fields in which a caller could claim an identity, and what may be left of them for the origin.</summary>
internal static class IdentityFields
{
    public const string ForwardedClientCert = "x-forwarded-client-cert";

    private static readonly string[] Claimed = ["x-spiffe-id", "x-caller-spiffe-id", "x-envoy-peer-spiffe-id", FlagFields.Name];

    /// <summary>All XFCC values joined as RFC 9110 §5.3 joins a list.</summary>
    public static ReadOnlyMemory<byte> Joined(HttpHead head)
    {
        if (head.CountOf(ForwardedClientCert) < 2)
            return head.First(ForwardedClientCert);
        var joined = new List<byte>();
        foreach (HeaderField field in head.Fields)
        {
            if (field.Name != ForwardedClientCert)
                continue;
            if (joined.Count > 0)
                joined.Add((byte)',');
            joined.AddRange(field.Value.Span);
        }
        return joined.ToArray();
    }

    /// <summary>
    /// Names of the fields to take away before the origin. XFCC stays only where it says what we established: forwarded
    /// by a named hop, or one element that Envoy itself wrote for the verified peer.
    /// </summary>
    public static void ToRemove(HttpHead head, Caller caller, in PeerFacts peer, List<string> into)
    {
        into.Clear();
        foreach (string name in Claimed)
        {
            if (head.CountOf(name) > 0)
                into.Add(name);
        }
        if (head.CountOf(ForwardedClientCert) == 0 || caller.Proof == IdentityProof.ForwardedByHop)
            return;
        bool ownElement = peer.Mtls == true && caller.Id is { } id && head.CountOf(ForwardedClientCert) == 1
            && IsOneElementFor(System.Text.Encoding.Latin1.GetString(head.First(ForwardedClientCert).Span), id.ToString());
        if (!ownElement)
            into.Add(ForwardedClientCert);
    }

    private static bool IsOneElementFor(string value, string id)
    {
        int uri = value.IndexOf("URI=", StringComparison.Ordinal);
        return uri >= 0 && !value.Contains(',', StringComparison.Ordinal) && uri == value.LastIndexOf("URI=", StringComparison.Ordinal)
            && value.AsSpan(uri + 4) is var rest && rest.StartsWith(id, StringComparison.Ordinal) && (rest.Length == id.Length || rest[id.Length] == ';');
    }
}
