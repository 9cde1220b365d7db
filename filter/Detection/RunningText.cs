using System.Buffers;

namespace EnvoyExtAuthz.Detection;

/// <summary>
/// A text that grows piece by piece, scanned as it grows: a finding is given out once nothing that could still be appended
/// would change it. Keeps only what is not settled, which is at most <see cref="Recognisers.MaxFindingBytes"/> and what findings that
/// overlap it reach back, and the context before it. Not thread-safe.
/// </summary>
/// <param name="plan">What to look for.</param>
public sealed class RunningText(ScanPlan plan) : IDisposable
{
    private readonly List<Finding> _found = [];
    private readonly List<Finding> _final = [];
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(1024);
    private int _length;
    private int _settled;
    private long _before;

    /// <summary>Bytes of the whole text, from its beginning, in which nothing more will be found.</summary>
    public long SettledLength => _before + _settled;

    /// <summary>Adds a piece: decoded UTF-8, cut anywhere.</summary>
    public void Append(ReadOnlySpan<byte> piece)
    {
        if (piece.IsEmpty)
            return;
        if (!plan.HasRecognisers)
        {
            _before += piece.Length;
            return;
        }
        MakeRoom(piece.Length);
        piece.CopyTo(_buffer.AsSpan(_length));
        _length += piece.Length;
        _found.Clear();
        int settled = Recognisers.Advance(_buffer.AsSpan(0, _length), _settled, plan, _found);
        Take(settled);
    }

    /// <summary>Nothing more comes: everything is settled.</summary>
    public void Finish()
    {
        _found.Clear();
        Recognisers.Finish(_buffer.AsSpan(0, _length), _settled, plan, _found);
        Take(_length);
    }

    /// <summary>Takes out the findings that became final, offsets counted from the whole text's beginning.</summary>
    public void Drain(List<Finding> into)
    {
        into.AddRange(_final);
        _final.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _length = 0;
        _settled = 0;
    }

    private void Take(int settled)
    {
        foreach (Finding finding in _found)
            _final.Add(finding with { Start = checked((int)(_before + finding.Start)) });
        _settled = settled;
    }

    private void MakeRoom(int more)
    {
        int dropped = _settled - Math.Min(_settled, Recognisers.ContextBytes);
        if (dropped > 0)
        {
            _buffer.AsSpan(dropped, _length - dropped).CopyTo(_buffer);
            _before += dropped;
            _length -= dropped;
            _settled -= dropped;
        }
        if (_length + more <= _buffer.Length)
            return;
        byte[] larger = ArrayPool<byte>.Shared.Rent((_length + more) * 2);
        _buffer.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
