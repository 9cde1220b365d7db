namespace EnvoyExtAuthz.Dialects.OpenAi;

/// <summary>A fragment of a tool call as a delta carries it.</summary>
/// <param name="id">The call's id; empty without one.</param>
/// <param name="index">Its index; -1 without one.</param>
/// <param name="name">A piece of its name; empty without one.</param>
/// <param name="arguments">A piece of its arguments; empty without one.</param>
/// <param name="isFirst">It is the first of its delta.</param>
internal readonly ref struct CallFragment(ReadOnlySpan<byte> id, int index, ReadOnlySpan<byte> name, ReadOnlySpan<byte> arguments, bool isFirst)
{
    public ReadOnlySpan<byte> Id { get; } = id;

    public int Index { get; } = index;

    public ReadOnlySpan<byte> Name { get; } = name;

    public ReadOnlySpan<byte> Arguments { get; } = arguments;

    public bool IsFirst { get; } = isFirst;

    public bool IsEmpty => Id.IsEmpty && Name.IsEmpty && Arguments.IsEmpty;
}

/// <summary>
/// The tool calls of one choice of a stream. Servers leave indices out, reuse them, send names in pieces and glue calls
/// together. Here a fragment belongs to the call with its id, else to the one with its index, else to the one that is open;
/// a new id, or a name after whole arguments, begins a new call.
/// </summary>
internal sealed class ChoiceCalls
{
    private const int MaxOpenCalls = 128;
    private readonly List<OpenCall> _open = [];
    private OpenCall? _current;

    /// <summary>Calls that are not complete.</summary>
    public IReadOnlyList<OpenCall> Open => _open;

    /// <summary>All pieces of names since the choice began.</summary>
    public NamePieces Pieces { get; } = new();

    /// <summary>Finds the call that a fragment belongs to, or begins one.</summary>
    /// <param name="fragment">Not empty.</param>
    /// <param name="nextChannel">Channel for a new call; advanced when one begins.</param>
    /// <returns>The call, or null if it belongs to none and begins none.</returns>
    public OpenCall? Find(in CallFragment fragment, ref int nextChannel)
    {
        OpenCall? call = fragment.Id.IsEmpty ? WithoutId(fragment) : WithId(fragment);
        // A name after whole arguments is the next call's, glued to this one.
        if (call is { ArgumentsComplete: true } && !fragment.Name.IsEmpty && !IsRepeated(call, fragment))
            call = null;
        if (call is null)
        {
            if (_open.Count == MaxOpenCalls || (fragment.Name.IsEmpty && fragment.Id.IsEmpty))
                return null;
            call = new OpenCall(nextChannel++) { Index = fragment.Index };
            _open.Add(call);
        }
        if (!fragment.Id.IsEmpty && call.Id.Length == 0)
            call.Id = fragment.Id.ToArray();
        _current = call;
        return call;
    }

    /// <summary>The choice is at its end: all its calls are complete.</summary>
    public void Clear()
    {
        _open.Clear();
        _current = null;
    }

    /// <summary>The name is the call's own, sent once more without anything else.</summary>
    private static bool IsRepeated(OpenCall call, in CallFragment fragment) =>
        fragment.Arguments.IsEmpty && fragment.Name.SequenceEqual(call.Name.Span);

    private OpenCall? WithId(in CallFragment fragment)
    {
        // The last with the id: a call glued to another has its id too.
        for (int i = _open.Count - 1; i >= 0; i--)
        {
            if (fragment.Id.SequenceEqual(_open[i].Id))
                return _open[i];
        }
        // An id that comes after its call began, on the same index and without a name of its own.
        return _current is { Id.Length: 0 } open && open.Index == fragment.Index && fragment.Name.IsEmpty ? open : null;
    }

    private OpenCall? WithoutId(in CallFragment fragment)
    {
        // Two entries of one delta that say nothing of which calls they are, are two calls.
        if (fragment.Index < 0)
            return fragment.IsFirst || fragment.Name.IsEmpty ? _current : null;
        for (int i = _open.Count - 1; i >= 0; i--)
        {
            if (_open[i].Index != fragment.Index)
                continue;
            // Nothing goes on after whole arguments: the index is wrong where another call is open.
            return _open[i].ArgumentsComplete && fragment.Name.IsEmpty && _current is { ArgumentsComplete: false } ? _current : _open[i];
        }
        // A wrong index: without a name it can only go on with the call that is open.
        return fragment.Name.IsEmpty ? _current : null;
    }
}
