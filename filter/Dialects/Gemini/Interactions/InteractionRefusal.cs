using System.Text;
using System.Text.Json;

namespace EnvoyExtAuthz.Dialects.Gemini.Interactions;

/// <summary>
/// How an interaction's stream is refused: the steps a client has seen begin are stopped, the reason comes as a step of the
/// model's (an error event alone is shown by few), and the interaction ends as failed. Keeps what the client has seen.
/// </summary>
internal sealed class InteractionRefusal
{

    /// <summary>Of each event that is not let go yet, what it is.</summary>
    private readonly Queue<Seen> _held = new();
    private readonly SortedSet<int> _open = [];
    private Seen _last;
    private bool _created;
    private int _next;

    private enum Kind : byte
    {
        Other,
        Created,
        Started,
        Stopped,
    }

    private readonly record struct Seen(Kind Kind, int Index);

    /// <summary>An event was read; what was noted since the last one is what it is.</summary>
    public void Commit()
    {
        _held.Enqueue(_last);
        _last = default;
    }

    /// <summary>The event names its interaction.</summary>
    public void Created() => Note(new Seen(Kind.Created, 0));

    /// <summary>The event begins a step.</summary>
    public void Started(int index) => Note(new Seen(Kind.Started, index));

    /// <summary>The event ends a step.</summary>
    public void Stopped(int index) => Note(new Seen(Kind.Stopped, index));

    /// <summary>The oldest event goes on.</summary>
    public void OnReleased()
    {
        if (!_held.TryDequeue(out Seen seen))
            return;
        switch (seen.Kind)
        {
            case Kind.Created:
                _created = true;
                break;
            case Kind.Started:
                _open.Add(seen.Index);
                _next = Math.Max(_next, seen.Index + 1);
                break;
            case Kind.Stopped:
                _open.Remove(seen.Index);
                break;
        }
    }

    /// <summary>The events that end the stream.</summary>
    public byte[] Write(RefusalReason reason)
    {
        var stream = new StringBuilder();
        string text = $"{reason.Message} (event {reason.EventId})";
        if (!_created)
            Append(stream, "interaction.created", json => WriteInteraction(json, "in_progress"));
        foreach (int index in _open)
            Append(stream, "step.stop", json => json.WriteNumber("index", index));
        Append(stream, "step.start", json =>
        {
            json.WriteNumber("index", _next);
            json.WriteStartObject("step");
            json.WriteString("type", "model_output");
            json.WriteEndObject();
        });
        Append(stream, "step.delta", json =>
        {
            json.WriteNumber("index", _next);
            json.WriteStartObject("delta");
            json.WriteString("type", "text");
            json.WriteString("text", text);
            json.WriteEndObject();
        });
        Append(stream, "step.stop", json => json.WriteNumber("index", _next));
        Append(stream, "error", json =>
        {
            json.WriteStartObject("error");
            json.WriteString("code", "permission_denied");
            json.WriteString("message", text);
            json.WriteEndObject();
        });
        Append(stream, "interaction.completed", json => WriteInteraction(json, "failed"));
        stream.Append("data: [DONE]\n\n");
        return Encoding.UTF8.GetBytes(stream.ToString());
    }

    private void Note(in Seen seen) => _last = seen;

    private static void WriteInteraction(Utf8JsonWriter json, string status)
    {
        json.WriteStartObject("interaction");
        json.WriteString("id", "extauthz");
        json.WriteString("status", status);
        json.WriteEndObject();
    }

    private static void Append(StringBuilder stream, string type, Action<Utf8JsonWriter> write)
    {
        byte[] data = JsonErrors.Write(json =>
        {
            json.WriteStartObject();
            json.WriteString("event_type", type);
            write(json);
            json.WriteEndObject();
        });
        stream.Append("event: ").Append(type).Append("\ndata: ").Append(Encoding.UTF8.GetString(data)).Append("\n\n");
    }
}
