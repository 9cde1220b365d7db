using System.Text;
using EnvoyExtAuthz.Policy.Matching;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Policy.Language;

/// <summary>
/// Finds allowed names beyond ASCII that can be taken for another name of the policy, allowed or denied: they were pasted in,
/// or a person approved what they took for something else. Such a name is refused, written out or not (UTS #39 §4).
/// </summary>
internal static class LookAlikes
{
    /// <summary>The entries of allow lists that are refused, each with the name it looks like.</summary>
    /// <param name="lists">All lists of one sort, tools or models.</param>
    public static Dictionary<Listed, string> Among(IReadOnlyList<NameLists> lists)
    {
        var found = new Dictionary<Listed, string>();
        List<Listed> beyond = [.. lists.SelectMany(l => l.Allow).Where(n => n.Pattern.IsLiteral && !Ascii.IsValid(n.Pattern.Text))];
        if (beyond.Count == 0)
            return found;
        var names = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        foreach (Glob name in lists.SelectMany(l => l.Allow.Concat(l.Deny)).Select(n => n.Pattern).Where(p => p.IsLiteral))
        {
            string skeleton = Skeleton(name.Prefix);
            if (!names.TryGetValue(skeleton, out HashSet<string>? alike))
                names[skeleton] = alike = new HashSet<string>(StringComparer.Ordinal);
            alike.Add(name.Text);
        }
        List<Glob> denied = [.. lists.SelectMany(l => l.Deny).Select(n => n.Pattern).Where(p => !p.IsLiteral)];
        foreach (Listed entry in beyond)
        {
            string skeleton = Skeleton(entry.Pattern.Prefix);
            string? other = names[skeleton].FirstOrDefault(n => n != entry.Pattern.Text) ?? denied.Find(d => d.Matches(skeleton))?.Text;
            if (other is not null)
                found[entry] = other;
        }
        return found;
    }

    private static string Skeleton(ReadOnlySpan<byte> name)
    {
        var skeleton = new byte[TextFold.MaxLength(name.Length)];
        return Encoding.UTF8.GetString(skeleton, 0, Math.Max(0, TextFold.Skeleton(name, skeleton)));
    }
}
