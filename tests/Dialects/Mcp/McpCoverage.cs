using System.Text.Json;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.Mcp;

/// <summary>How many of a body's string bytes have a role, the strings found by another reader.</summary>
internal sealed class McpCoverage
{
    public long Known { get; private set; }

    public long All { get; private set; }

    public double Share => All == 0 ? 1 : (double)Known / All;

    /// <summary>Adds a message that was read. Payloads in base64 are no text.</summary>
    public void Add(Message message)
    {
        var reader = new Utf8JsonReader(message.Documents[0].Bytes.Span);
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.String || reader.ValueSpan.Length == 0)
                continue;
            int start = (int)reader.TokenStartIndex + 1;
            if (message.Opaque.Any(o => o.Document == 0 && o.Start == start && o.Kind != OpaqueKind.RemoteReference))
                continue;
            All += reader.ValueSpan.Length;
            if (message.Segments.Any(s => s.Document == 0 && s.Start == start && s.Role != TextRole.Unknown) || HoldsKnownJson(message, 0, start))
                Known += reader.ValueSpan.Length;
        }
    }

    private static bool HoldsKnownJson(Message message, int parent, int start)
    {
        int inner = message.Documents.FindIndex(d => d.Parent == parent && message.Documents[parent].Tape[d.ParentNode].Start == start);
        return inner >= 0 && message.Segments.Where(s => s.Document == inner).All(s => s.Role != TextRole.Unknown);
    }
}
