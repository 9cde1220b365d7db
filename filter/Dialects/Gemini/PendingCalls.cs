using System.Runtime.InteropServices;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Gemini;

/// <summary>
/// Calls in a request's history that the provider makes itself (its tools, code it runs) and that no result follows: whether
/// sending them makes them is the provider's to say, so they are judged as being made. A result answers the first such call
/// before it of its kind, and of its id where both have one.
/// </summary>
internal sealed class PendingCalls
{
    /// <summary>Calls at most that results are looked up for; with more, all of them are being made.</summary>
    private const int MaxOpen = 1024;

    private readonly List<(int Node, int Kind, ReadOnlyMemory<byte> Id)> _open = [];

    /// <summary>A call stands there.</summary>
    /// <param name="node">The call, as it is in <see cref="Message.ToolCalls"/>.</param>
    /// <param name="kind">What kind of result answers it.</param>
    /// <param name="id">Its id; empty without one.</param>
    public void Call(int node, int kind, ReadOnlyMemory<byte> id) => _open.Add((node, kind, id));

    /// <summary>A result stands there.</summary>
    public void Result(int kind, ReadOnlyMemory<byte> id)
    {
        if (_open.Count > MaxOpen)
            return;
        int at = _open.FindIndex(c => c.Kind == kind && (c.Id.IsEmpty || id.IsEmpty || c.Id.Span.SequenceEqual(id.Span)));
        if (at >= 0)
            _open.RemoveAt(at);
    }

    /// <summary>Marks the calls that are left as being made.</summary>
    /// <param name="message">Their message.</param>
    /// <param name="firstCall">Index of the first they can be.</param>
    public void Mark(Message message, int firstCall)
    {
        if (_open.Count == 0)
            return;
        HashSet<int> nodes = [.. _open.Select(c => c.Node)];
        foreach (ref ToolCall call in CollectionsMarshal.AsSpan(message.ToolCalls)[firstCall..])
        {
            if (call.Document == 0 && nodes.Contains(call.Node))
                call = call with { Replayed = false };
        }
    }

    /// <summary>Marks those of turns that were read without a fault.</summary>
    /// <param name="message">Has the calls.</param>
    /// <param name="tape">Document 0's.</param>
    /// <param name="contents">The turns.</param>
    /// <param name="firstCall">Index of the turns' first call.</param>
    public static void MarkTurns(Message message, JsonTape tape, int contents, int firstCall)
    {
        PendingCalls? pending = null;
        ProtoList turns = ProtoList.Of(tape, contents);
        for (int turn = turns.First; turn < turns.End; turn = tape[turn].End)
        {
            ProtoList parts = ProtoList.Of(tape, GeminiFields.Parts.In(tape, turn));
            for (int part = parts.First; part < parts.End; part = tape[part].End)
            {
                // A call and a result in one part: the result is of a call before.
                Take(message, tape, GeminiFields.ToolResponse.In(tape, part), 0, isCall: false, ref pending);
                Take(message, tape, GeminiFields.CodeExecutionResult.In(tape, part), 1, isCall: false, ref pending);
                Take(message, tape, GeminiFields.ToolCall.In(tape, part), 0, isCall: true, ref pending);
                Take(message, tape, GeminiFields.ExecutableCode.In(tape, part), 1, isCall: true, ref pending);
            }
        }
        pending?.Mark(message, firstCall);
    }

    private static void Take(Message message, JsonTape tape, int node, int kind, bool isCall, ref PendingCalls? pending)
    {
        if (node < 0 || (!isCall && pending is null))
            return;
        int idNode = GeminiFields.Id.In(tape, node);
        ReadOnlyMemory<byte> id = tape.Is(idNode, JsonKind.String) ? message.Decode(0, idNode) : default;
        if (isCall)
            (pending ??= new PendingCalls()).Call(node, kind, id);
        else
            pending!.Result(kind, id);
    }
}
