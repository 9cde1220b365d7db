using System.Globalization;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.OpenAi;

/// <summary>How many of the bytes of bodies' strings were read as something: a text with a role, JSON in a string, an opaque part.</summary>
internal sealed class Coverage
{
    private readonly SortedDictionary<string, (long Known, long All)> _byProvider = [];
    private readonly SortedDictionary<string, long> _unknown = [];

    /// <summary>Counts the strings of a message that was read.</summary>
    /// <param name="provider">Whose.</param>
    /// <param name="message">The message.</param>
    /// <param name="skip">Strings that are no text and that the dialect leaves out, by their key; none by default.</param>
    public void Count(string provider, Message message, params string[] skip)
    {
        if (message.Documents.Count == 0)
            return;
        JsonTape tape = message.Documents[0].Tape;
        var known = new HashSet<int>();
        foreach (Segment segment in message.Segments.Where(s => s is { Document: 0, Role: not TextRole.Unknown }))
            known.Add(segment.Start);
        foreach (OpaquePart part in message.Opaque.Where(p => p.Document == 0))
            known.Add(part.Start);
        List<(int Start, int End)> joined = [];
        foreach (SourceDocument inner in message.Documents.Where(d => d.Parent == 0))
        {
            JsonNode holder = tape[inner.ParentNode];
            joined.Add((holder.Start, holder.Start + holder.Length));
        }
        (long knownBytes, long all) = _byProvider.GetValueOrDefault(provider);
        for (int node = 0; node < tape.Count; node++)
        {
            JsonNode found = tape[node];
            if (found.Kind != JsonKind.String || (node > 0 && tape[node - 1].Kind == JsonKind.Key && skip.Any(key => tape.KeyEquals(node - 1, System.Text.Encoding.UTF8.GetBytes(key)))))
                continue;
            all += found.Length;
            bool isKnown = known.Contains(found.Start) || joined.Exists(j => found.Start >= j.Start && found.Start < j.End);
            knownBytes += isKnown ? found.Length : 0;
            if (!isKnown && found.Length > 0)
            {
                string key = node > 0 && tape[node - 1].Kind == JsonKind.Key ? System.Text.Encoding.UTF8.GetString(tape.Raw(node - 1)) : "[]";
                _unknown[$"{provider} {key}"] = _unknown.GetValueOrDefault($"{provider} {key}") + found.Length;
            }
        }
        _byProvider[provider] = (knownBytes, all);
    }

    /// <summary>Asserts a share over all providers, and prints each provider's and what was not known.</summary>
    public void AssertAtLeast(double share)
    {
        foreach ((string provider, (long known, long all)) in _byProvider)
            TestContext.Current.TestOutputHelper!.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{provider,-14} {(double)known / Math.Max(all, 1):0.0000} of {all}"));
        foreach ((string key, long bytes) in _unknown.OrderByDescending(u => u.Value).Take(40))
            TestContext.Current.TestOutputHelper!.WriteLine($"  not known: {key} {bytes}");
        double whole = (double)_byProvider.Values.Sum(p => p.Known) / _byProvider.Values.Sum(p => p.All);
        Assert.True(whole >= share, string.Create(CultureInfo.InvariantCulture, $"{whole:0.0000}"));
    }
}
