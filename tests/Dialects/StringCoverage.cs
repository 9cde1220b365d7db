using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects;

/// <summary>How much of some bodies' strings was read in a known role; and that each string was read once.</summary>
internal sealed class StringCoverage
{
    private long _all;
    private long _unknown;

    /// <summary>Share of string bytes that are not in the role <see cref="TextRole.Unknown"/>.</summary>
    public double Known => _all == 0 ? 1 : 1 - ((double)_unknown / _all);

    /// <summary>Texts of unknown role, for a look at what is missing.</summary>
    public List<string> Unknown { get; } = [];

    public void Add(Message message)
    {
        var opaque = message.Opaque.Select(o => (o.Document, o.Start)).ToHashSet();
        var nested = message.Documents.Where(d => d.Parent >= 0).Select(d => (d.Parent, d.ParentNode)).ToHashSet();
        for (int document = 0; document < message.Documents.Count; document++)
        {
            JsonTape tape = message.Documents[document].Tape;
            for (int node = 0; node < tape.Count; node++)
            {
                if (tape[node].Kind == JsonKind.String && !nested.Contains((document, node)) && !opaque.Contains((document, tape[node].Start)))
                    _all += tape[node].Length;
            }
        }
        foreach (Segment segment in message.Segments.Where(s => s.Role == TextRole.Unknown))
        {
            _unknown += segment.Length;
            Unknown.Add(ReadExchange.Text(message.Text(segment)));
        }
    }

    public void Add(StringCoverage other)
    {
        _all += other._all;
        _unknown += other._unknown;
        Unknown.AddRange(other.Unknown);
    }

    /// <summary>A string is a segment, an opaque part, JSON whose strings are read, or a token that is read joined with others; never two of these.</summary>
    public static void AssertEachStringOnce(string name, Message message)
    {
        var seen = new Dictionary<(int, int), int>();
        // An address is a text, and an opaque part besides: what it leads to.
        foreach ((int, int) place in message.Segments.Select(s => (s.Document, s.Start))
            .Concat(message.Opaque.Where(o => o.Kind != OpaqueKind.RemoteReference).Select(o => (o.Document, o.Start)))
            .Concat(message.Documents.Where(d => d.Parent >= 0).Select(d => (d.Parent, message.Documents[d.Parent].Tape[d.ParentNode].Start))))
            seen[place] = seen.GetValueOrDefault(place) + 1;
        bool joined = message.Documents.Exists(d => d.Parent >= 0 && d.Tape.Count == 0);
        for (int document = 0; document < message.Documents.Count; document++)
        {
            JsonTape tape = message.Documents[document].Tape;
            for (int node = 0; node < tape.Count; node++)
            {
                if (tape[node].Kind != JsonKind.String || tape[node].Length == 0)
                    continue;
                int times = seen.GetValueOrDefault((document, tape[node].Start));
                Assert.True(times == 1 || (joined && times == 0), $"{name}: {times} times: {System.Text.Encoding.UTF8.GetString(tape.Raw(node))}");
            }
        }
    }
}
