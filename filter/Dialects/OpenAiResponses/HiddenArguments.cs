using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAiResponses;

/// <summary>
/// Arguments come in pieces of their JSON, and are judged as that: what is written in escapes that no writer needs
/// (<c>\u0061</c> for a letter) is none of it. At their end they are whole and read into; what was so written is then judged
/// as a text that cannot be edited, because its pieces cannot be.
/// </summary>
internal static class HiddenArguments
{
    /// <summary>Adds what is hidden in the arguments that an event says whole.</summary>
    /// <param name="message">The event, read.</param>
    /// <param name="first">Index of the first segment that may be such an argument.</param>
    public static void Take(Message message, int first)
    {
        int last = message.Segments.Count;
        for (int i = first; i < last; i++)
        {
            Segment segment = message.Segments[i];
            if (segment.Role == TextRole.ToolArgument && segment.Document > 0 && IsHidden(message, segment))
                message.ExtraTexts.Add(message.Text(segment));
        }
    }

    /// <summary>Whether JSON is written with escapes of printable ASCII but those that encoders write to be safe in HTML.</summary>
    public static bool Escapes(ReadOnlySpan<byte> json)
    {
        for (int at = json.IndexOf((byte)'\\'); at >= 0 && at + 1 < json.Length;)
        {
            if (json[at + 1] == (byte)'u' && json.Length >= at + 6 && json.Slice(at + 2, 2).SequenceEqual("00"u8) && IsPlain(json.Slice(at + 4, 2)))
                return true;
            int next = json[(at + 2)..].IndexOf((byte)'\\');
            at = next < 0 ? -1 : at + 2 + next;
        }
        return false;
    }

    /// <summary>Whether a text, or a string around it that holds it as JSON, is so written; the event's own escapes hide nothing.</summary>
    private static bool IsHidden(Message message, in Segment segment)
    {
        SourceDocument document = message.Documents[segment.Document];
        if (segment.Escaped && Escapes(document.Bytes.Span.Slice(segment.Start, segment.Length)))
            return true;
        while (document.Parent > 0)
        {
            SourceDocument around = message.Documents[document.Parent];
            if (Escapes(around.Tape.Raw(document.ParentNode)))
                return true;
            document = around;
        }
        return false;
    }

    private static bool IsPlain(ReadOnlySpan<byte> digits)
    {
        if (!System.Buffers.Text.Utf8Parser.TryParse(digits, out byte code, out int used, 'X') || used != 2)
            return false;
        return code is >= 0x20 and < 0x7F && code is not ((byte)'"' or (byte)'&' or (byte)'\'' or (byte)'+' or (byte)'<' or (byte)'>' or (byte)'\\' or (byte)'`');
    }
}
