using System.Text;

namespace EnvoyExtAuthz.Dialects.A2a;

/// <summary>
/// The HTTP+JSON binding's paths (1.0 §11.3, 0.3 §3.2.3) and those of the agent card, behind any prefix: a tenant, a mount
/// point, <c>/v1</c>. What is no such path belongs to the JSON-RPC binding, which has one address of the agent's choosing.
/// </summary>
internal ref struct A2aPath
{
    private readonly ReadOnlySpan<byte> _method;
    private int _readings;
    private bool _fits;
    private bool _otherCase;
    private ReadOnlyMemory<byte> _operation;

    private A2aPath(ReadOnlySpan<byte> method) => _method = method;

    /// <summary>Finds what a request asks for by its method and path.</summary>
    /// <param name="method">As sent.</param>
    /// <param name="path">Normalised, without query.</param>
    /// <param name="operation">The name in <see cref="A2aMethods"/>; empty if the path is none of the binding's.</param>
    /// <returns>
    /// <see cref="ReadFault.Ambiguous"/> where a path is two of them (<c>/tasks/tasks</c>: a tenant's list, or a task named so) or
    /// one in another case, which some servers take for it; <see cref="ReadFault.UnknownPath"/> for a path of the binding under
    /// a method it does not have.
    /// </returns>
    public static ReadFault Read(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path, out ReadOnlyMemory<byte> operation)
    {
        var read = new A2aPath(method);
        read.Match(path.Length > 1 && path[^1] == (byte)'/' ? path[..^1] : path);
        operation = read._operation;
        if (read._readings == 0)
            return ReadFault.None;
        if (read._readings > 1 || read._otherCase)
            return ReadFault.Ambiguous;
        return read._fits ? ReadFault.None : ReadFault.UnknownPath;
    }

    private void Match(scoped ReadOnlySpan<byte> path)
    {
        ReadOnlySpan<byte> last = CutLast(ref path);
        ReadOnlySpan<byte> second = CutLast(ref path);
        ReadOnlySpan<byte> third = CutLast(ref path);
        ReadOnlySpan<byte> fourth = CutLast(ref path);
        if (Is(last, "message:send"u8))
            Take(A2aMethods.SendMessage, IsPost);
        if (Is(last, "message:stream"u8))
            Take(A2aMethods.SendStreamingMessage, IsPost);
        if (Is(last, "extendedAgentCard"u8) || (Is(second, "v1"u8) && Is(last, "card"u8)))
            Take(A2aMethods.GetExtendedAgentCard, IsGet);
        if (Is(second, ".well-known"u8) && (Is(last, "agent-card.json"u8) || Is(last, "agent.json"u8)))
            Take(A2aMethods.GetAgentCard, IsGet);
        if (Is(last, "tasks"u8))
            Take(A2aMethods.ListTasks, IsGet);
        if (!last.IsEmpty && Is(second, "tasks"u8))
            TakeTask(last);
        if (Is(third, "tasks"u8) && Is(last, "pushNotificationConfigs"u8))
            Take(IsPost ? A2aMethods.CreatePushConfig : A2aMethods.ListPushConfigs, IsGet || IsPost);
        if (!last.IsEmpty && Is(fourth, "tasks"u8) && Is(second, "pushNotificationConfigs"u8))
            Take(IsGet ? A2aMethods.GetPushConfig : A2aMethods.DeletePushConfig, IsGet || _method.SequenceEqual("DELETE"u8));
    }

    private readonly bool IsGet => _method.SequenceEqual("GET"u8);

    private readonly bool IsPost => _method.SequenceEqual("POST"u8);

    private void TakeTask(scoped ReadOnlySpan<byte> task)
    {
        int colon = task.LastIndexOf((byte)':');
        ReadOnlySpan<byte> verb = colon > 0 ? task[(colon + 1)..] : default;
        if (Is(verb, "cancel"u8))
            Take(A2aMethods.CancelTask, IsPost);
        else if (Is(verb, "subscribe"u8))
            Take(A2aMethods.SubscribeToTask, IsGet || IsPost);
        else
            // With any other verb it may be a task's name or a method nobody knows: a name with a colon is refused.
            Take(A2aMethods.GetTask, IsGet && colon < 0);
    }

    private void Take(ReadOnlyMemory<byte> operation, bool methodFits)
    {
        _readings++;
        _operation = operation;
        _fits = methodFits;
    }

    private bool Is(scoped ReadOnlySpan<byte> segment, scoped ReadOnlySpan<byte> literal)
    {
        if (segment.SequenceEqual(literal))
            return true;
        bool variant = Ascii.EqualsIgnoreCase(segment, literal);
        _otherCase |= variant;
        return variant;
    }

    private static ReadOnlySpan<byte> CutLast(scoped ref ReadOnlySpan<byte> path)
    {
        int slash = path.LastIndexOf((byte)'/');
        ReadOnlySpan<byte> last = path[(slash + 1)..];
        path = slash < 0 ? default : path[..slash];
        return last;
    }
}
