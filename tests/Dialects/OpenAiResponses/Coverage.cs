using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.OpenAiResponses;

/// <summary>How much of what a body says is read as something.</summary>
internal static class Coverage
{
    /// <summary>Bytes of the body's strings that are in a segment of a known role or an opaque part, and of all of them.</summary>
    public static (long Known, long All) Of(Message message)
    {
        if (message.Documents.Count == 0)
            return (0, 0);
        long all = 0;
        foreach (JsonNode node in message.Documents[0].Tape.Nodes)
            all += node.Kind == JsonKind.String ? node.Length : 0;
        var unknown = new Dictionary<int, int>();
        foreach (Segment segment in message.Segments)
        {
            if (segment.Role == TextRole.Unknown && segment.Document == 0)
                unknown[segment.Start] = segment.Length;
        }
        long left = 0;
        foreach (JsonNode node in message.Documents[0].Tape.Nodes)
            left += node.Kind == JsonKind.String && unknown.ContainsKey(node.Start) ? node.Length : 0;
        return (all - left, all);
    }

    /// <summary>Each string of the body is one segment, one opaque part or one text that was read again; none is two segments.</summary>
    public static void AssertEveryStringOnce(string name, Message message)
    {
        var seen = new HashSet<(int, int)>();
        foreach (Segment segment in message.Segments)
            Assert.True(seen.Add((segment.Document, segment.Start)), $"{name}: twice at {segment.Start}");
        var opaque = message.Opaque.Select(o => (o.Document, o.Start)).ToHashSet();
        // Where a text was read again, or joined from pieces.
        foreach (SourceDocument again in message.Documents.Where(d => d.Parent >= 0))
        {
            JsonTape parent = message.Documents[again.Parent].Tape;
            for (int node = again.ParentNode; node < parent[again.ParentNode].End; node++)
                seen.Add((again.Parent, parent[node].Start));
        }
        for (int document = 0; document < message.Documents.Count; document++)
        {
            foreach (JsonNode node in message.Documents[document].Tape.Nodes)
            {
                bool isText = node.Kind == JsonKind.String && node.Length > 0;
                Assert.True(!isText || seen.Contains((document, node.Start)) || opaque.Contains((document, node.Start)), $"{name}: not seen at {node.Start} of {document}");
            }
        }
    }
}
