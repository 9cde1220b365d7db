using System.Text.Json.Nodes;
using EnvoyExtAuthz.Engine;
using EnvoyExtAuthz.Engine.Audit;

namespace EnvoyExtAuthz.Host.Recorded;

/// <summary>Keeps decisions as the audit would write them, for commands that show them. Thread-safe.</summary>
internal sealed class DecisionCopies : IDecisionLog
{
    private readonly Lock _adding = new();
    private List<JsonObject> _lines = [];

    /// <inheritdoc/>
    public bool Available => true;

    /// <inheritdoc/>
    public bool Record(Decision decision)
    {
        string members = System.Text.Encoding.UTF8.GetString(AuditLine.Members(decision, DateTimeOffset.UnixEpoch));
        JsonObject line = JsonNode.Parse("{" + members + "}")!.AsObject();
        lock (_adding)
            _lines.Add(line);
        return true;
    }

    /// <summary>Takes the decisions out, oldest first, each a JSON object.</summary>
    public IReadOnlyList<JsonObject> Take()
    {
        lock (_adding)
        {
            List<JsonObject> taken = _lines;
            _lines = [];
            return taken;
        }
    }

    /// <summary>
    /// Waits until an exchange that its client saw whole is recorded whole: a refused request, or a response. The client can
    /// have the last byte a moment before its decision is written.
    /// </summary>
    public async Task Settled(CancellationToken cancelled)
    {
        for (int i = 0; i < 100; i++)
        {
            lock (_adding)
            {
                if (_lines.Exists(l => (string?)l["direction"] == "response" || (string?)l["outcome"] == "refused"))
                    return;
            }
            await Task.Delay(5, cancelled);
        }
    }
}
