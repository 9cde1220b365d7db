using System.Text;

namespace EnvoyExtAuthz.Dialects.A2a;

/// <summary>The running texts of one stream: an artifact comes in as many events as the agent likes. One instance a stream.</summary>
internal sealed class ArtifactChannels
{
    /// <summary>Most artifacts of one stream.</summary>
    public const int Max = 256;

    private const int LongestId = 512;
    private readonly Dictionary<(string Task, string Artifact), int> _known = [];

    /// <summary>An artifact's channel; -1 if there are too many, or an id is too long to be one.</summary>
    /// <param name="message">The event.</param>
    /// <param name="task">Node of the task's id in document 0; -1 for none.</param>
    /// <param name="artifact">Node of the artifact's id; -1 for none.</param>
    public int Of(Message message, int task, int artifact)
    {
        if (!TryName(message, task, out string taskId) || !TryName(message, artifact, out string artifactId))
            return -1;
        if (_known.TryGetValue((taskId, artifactId), out int channel))
            return channel;
        return _known.Count == Max ? -1 : _known[(taskId, artifactId)] = _known.Count;
    }

    private static bool TryName(Message message, int node, out string name)
    {
        name = "";
        if (node < 0 || !message.Documents[0].Tape.Is(node, Text.JsonKind.String))
            return true;
        ReadOnlySpan<byte> id = message.Decode(0, node).Span;
        name = id.Length <= LongestId ? Encoding.UTF8.GetString(id) : "";
        return id.Length <= LongestId;
    }
}
