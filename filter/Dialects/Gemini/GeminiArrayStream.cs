using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Gemini;

/// <summary>
/// A stream of answers without <c>alt=sse</c>: one JSON array, element by element. A refusal is its last element, with the
/// bracket that closes it; what must stand before depends on what the client has seen.
/// </summary>
internal sealed class GeminiArrayStream : GeminiStream
{
    /// <summary>Of each event that is not let go yet, whether it is an element.</summary>
    private readonly Queue<bool> _held = new();
    private bool _begun;
    private bool _closed;

    /// <inheritdoc/>
    public override EventFramer CreateFramer(int maxFrameBytes) => new JsonArrayFramer(maxFrameBytes);

    /// <inheritdoc/>
    public override ReadFault Read(in EventFrame frame, in JsonLimits limits, Message message)
    {
        _held.Enqueue(frame.HasData);
        return base.Read(frame, limits, message);
    }

    /// <inheritdoc/>
    public override void OnReleased()
    {
        // What is no element is the bracket that closes the array, or white space behind it.
        if (!_held.TryDequeue(out bool isElement))
            return;
        _begun |= isElement;
        _closed |= !isElement;
    }

    /// <inheritdoc/>
    public override byte[] Refuse(in RefusalReason reason)
    {
        if (_closed)
            return [];
        return [.. _begun ? ",\r\n"u8 : "["u8, .. GeminiRefusal.Answer(reason, Candidates), .. "\r\n]"u8];
    }
}
