namespace EnvoyExtAuthz.Text;

/// <summary>What a look for the next frame gave.</summary>
public enum FrameStep : byte
{
    /// <summary>No whole frame is there yet.</summary>
    NeedMore,

    /// <summary>A frame.</summary>
    Frame,

    /// <summary>The frame that has begun is longer than allowed; the framer gives nothing more.</summary>
    TooLarge,

    /// <summary>The bytes are not this framing (a wrong checksum or length); the framer gives nothing more.</summary>
    Broken,
}

/// <summary>
/// Cuts a stream of bytes, pushed in any pieces, into whole events. The bytes of all frames, joined, are the bytes that came
/// in. One instance a stream; not thread-safe.
/// </summary>
public abstract class EventFramer : IDisposable
{
    /// <summary>Takes bytes in. Frames handed out before are invalid afterwards.</summary>
    public abstract void Push(ReadOnlySpan<byte> bytes);

    /// <summary>Takes the next whole frame out.</summary>
    /// <param name="frame">The frame; its memory is valid until the next call of any method.</param>
    public abstract FrameStep Next(out EventFrame frame);

    /// <summary>The input is over: takes what is left as a last frame, where the framing allows one that lacks its end.</summary>
    /// <param name="frame">The frame; its memory is valid until the next call of any method.</param>
    /// <returns>
    /// <see cref="FrameStep.NeedMore"/> if nothing is left; <see cref="FrameStep.Broken"/> if what is left is no frame.
    /// </returns>
    public abstract FrameStep Flush(out EventFrame frame);

    /// <summary>A frame's bytes with other data: what the framing says of it (lengths, checksums) is made to fit.</summary>
    /// <param name="frame">A frame of this framer, on any memory.</param>
    /// <param name="data">The edited data.</param>
    public abstract byte[] Rewrite(in EventFrame frame, ReadOnlySpan<byte> data);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Returns pooled memory.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}
