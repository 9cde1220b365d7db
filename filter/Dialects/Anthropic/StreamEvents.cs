using System.Text;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Anthropic;

/// <summary>Names of a stream's events.</summary>
internal static class StreamEvents
{
    private static readonly byte[][] Known = KnownKeys.Of(
        "message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta", "message_stop", "ping", "error", "completion");

    private static readonly byte[][] Deltas = KnownKeys.Of(
        "text_delta", "input_json_delta", "thinking_delta", "signature_delta", "citations_delta", "compaction_delta");

    /// <summary>Whether a name is one of the API's, compared exactly.</summary>
    public static bool IsKnown(ReadOnlySpan<byte> name)
    {
        foreach (byte[] known in Known)
        {
            if (name.SequenceEqual(known))
                return true;
        }
        return false;
    }

    /// <summary>Whether an event is the end of OpenAI's streams.</summary>
    public static bool IsDone(in EventFrame frame) => frame.Event.IsEmpty && frame.Data.Span.SequenceEqual("[DONE]"u8);

    /// <summary>Whether a name is a known one but for the case of letters: a client that is lax about it reads another event than others.</summary>
    public static bool IsVariant(ReadOnlySpan<byte> name) => IsVariantOf(Known, name);

    /// <summary>The same of what a block grows by.</summary>
    public static bool IsDeltaVariant(ReadOnlySpan<byte> name) => IsVariantOf(Deltas, name);

    private static bool IsVariantOf(byte[][] names, ReadOnlySpan<byte> name)
    {
        foreach (byte[] known in names)
        {
            if (Ascii.EqualsIgnoreCase(name, known) && !name.SequenceEqual(known))
                return true;
        }
        return false;
    }
}
