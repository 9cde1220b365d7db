using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Gemini;

/// <summary>
/// A stream of answers without <c>alt=sse</c>: one JSON array, element by element. A refusal is its last element, with the
/// bracket that closes it; what must stand before depends on what the client has seen.
/// </summary>
internal sealed class GeminiArrayStream : GeminiStream
{
    private bool _begun;
    private bool _closed;

    /// <inheritdoc/>
    public override EventFramer CreateFramer(int maxFrameBytes) => new JsonArrayFramer(maxFrameBytes);

    /// <inheritdoc/>
    public override byte[] Refuse(in RefusalReason reason)
    {
        if (_closed)
            return [];
        return [.. _begun ? ",\r\n"u8 : "["u8, .. GeminiRefusal.Answer(reason, Candidates), .. "\r\n]"u8];
    }

    /// <inheritdoc/>
    protected override void OnReleased(in Mark mark)
    {
        // What says nothing is the bracket that closes the array, or white space behind it.
        _begun |= mark.HasData;
        _closed |= !mark.HasData;
    }
}
