namespace EnvoyExtAuthz.Dialects.OpenAi;

/// <summary>
/// The tool calls of one choice of a stream. Servers leave indices out, reuse them, send names in pieces and glue calls
/// together; clients put the fragments together in different ways. Here a fragment belongs to the call with its id, else to
/// the one with its index, else to the one that is open; a new id, or a name after whole arguments, begins a new call.
/// </summary>
internal sealed class ChoiceCalls
{
    private const int MaxOpenCalls = 128;
    private const int MaxCallBytes = 8 << 20;
    private readonly List<OpenCall> _open = [];
    private OpenCall? _current;

    /// <summary>Calls that are not complete.</summary>
    public IReadOnlyList<OpenCall> Open => _open;

    /// <summary>Finds the call that a fragment belongs to, or begins one.</summary>
    /// <param name="id">Its id; empty without one.</param>
    /// <param name="index">Its index; -1 without one.</param>
    /// <param name="hasName">It carries a piece of a name.</param>
    /// <param name="hasArguments">It carries a piece of arguments.</param>
    /// <param name="next">Number for a new call; advanced when one begins.</param>
    /// <returns>The call, or null if it belongs to none and begins none.</returns>
    public OpenCall? Find(ReadOnlySpan<byte> id, int index, bool hasName, bool hasArguments, ref int next)
    {
        OpenCall? call = id.IsEmpty ? Unnamed(index, hasName) : WithId(id, index, hasName);
        if (call is null && !hasName && id.IsEmpty)
            return _current is { } open && hasArguments ? open : null;
        if (call is null)
        {
            if (_open.Count == MaxOpenCalls)
                return null;
            call = new OpenCall(next++) { Index = index };
            _open.Add(call);
        }
        if (!id.IsEmpty && call.Id.Length == 0)
            call.Id = id.ToArray();
        _current = call;
        return call;
    }

    /// <summary>Adds a fragment to a call.</summary>
    /// <returns>False if the call has become too long, or its name goes on after its arguments began.</returns>
    public static bool Add(OpenCall call, ReadOnlySpan<byte> name, ReadOnlySpan<byte> arguments)
    {
        if (!name.IsEmpty)
        {
            if (!call.Arguments.IsEmpty && !name.SequenceEqual(call.Name.Span))
                return false;
            call.AddName(name);
        }
        if (call.Name.Length + call.Arguments.Length + arguments.Length > MaxCallBytes)
            return false;
        call.AddArguments(arguments);
        return true;
    }

    /// <summary>The choice is at its end: all its calls are complete.</summary>
    public void Clear()
    {
        _open.Clear();
        _current = null;
    }

    private OpenCall? WithId(ReadOnlySpan<byte> id, int index, bool hasName)
    {
        foreach (OpenCall call in _open)
        {
            if (id.SequenceEqual(call.Id))
                return call;
        }
        // An id that comes after its call began, on the same index and without a name of its own.
        return _current is { Id.Length: 0 } open && open.Index == index && !hasName ? open : null;
    }

    private OpenCall? Unnamed(int index, bool hasName)
    {
        OpenCall? call = _current;
        if (index >= 0)
        {
            call = null;
            foreach (OpenCall candidate in _open)
            {
                if (candidate.Index == index)
                    call = candidate;
            }
            // A wrong index on a fragment: it belongs to the call that is open.
            call ??= hasName ? null : _current;
        }
        // A name after whole arguments is the next call's, glued to this one.
        return call is not null && hasName && call.ArgumentsComplete ? null : call;
    }
}
