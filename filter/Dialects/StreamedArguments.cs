using System.Buffers.Text;
using System.Text;

namespace EnvoyExtAuthz.Dialects;

/// <summary>
/// Arguments of a call that come in pieces are judged as they run: as the JSON they are, in which a word can be written with
/// escapes. When the call is complete such words are judged once more, as whoever runs the call reads them.
/// </summary>
public static class StreamedArguments
{
    /// <summary>JSON in strings of JSON has escapes of escapes; as deep as it is read where it is whole.</summary>
    private const int MaxDepth = 3;

    /// <summary>
    /// Adds the arguments without their escapes to <see cref="Message.ExtraTexts"/>, where any hides a character, and once more
    /// where that leaves some that do: a finding in there can only refuse. Escapes that every writer needs (quotes, line ends) hide none.
    /// </summary>
    /// <param name="message">Gets the text.</param>
    /// <param name="arguments">The arguments, put together; not always whole JSON.</param>
    public static void TakeEscaped(Message message, ReadOnlyMemory<byte> arguments)
    {
        for (int depth = 0; depth < MaxDepth && HidesCharacters(arguments.Span); depth++)
        {
            Memory<byte> room = message.Reserve(arguments.Length);
            arguments = room[..Decode(arguments.Span, room.Span)];
            message.ExtraTexts.Add(arguments);
        }
    }

    private static bool HidesCharacters(ReadOnlySpan<byte> text)
    {
        for (int at = text.IndexOf((byte)'\\'); at >= 0 && at + 1 < text.Length;)
        {
            if (text[at + 1] is (byte)'u' or (byte)'/')
                return true;
            int next = text[(at + 2)..].IndexOf((byte)'\\');
            at = next < 0 ? -1 : at + 2 + next;
        }
        return false;
    }

    /// <summary>What is no whole escape stays as it stands. Never longer than the text.</summary>
    private static int Decode(ReadOnlySpan<byte> text, Span<byte> into)
    {
        int length = 0;
        for (int at = 0; at < text.Length;)
        {
            if (text[at] != (byte)'\\' || at + 1 == text.Length)
            {
                into[length++] = text[at++];
                continue;
            }
            if (text[at + 1] == (byte)'u' && TryRune(text[at..], out Rune rune, out int used))
            {
                length += rune.EncodeToUtf8(into[length..]);
                at += used;
                continue;
            }
            into[length++] = text[at + 1] switch
            {
                (byte)'n' => (byte)'\n',
                (byte)'r' => (byte)'\r',
                (byte)'t' => (byte)'\t',
                (byte)'b' => (byte)'\b',
                (byte)'f' => (byte)'\f',
                byte other => other,
            };
            at += 2;
        }
        return length;
    }

    private static bool TryRune(ReadOnlySpan<byte> escape, out Rune rune, out int used)
    {
        rune = Rune.ReplacementChar;
        used = 6;
        if (!TryUnit(escape, out char first))
            return false;
        if (Rune.TryCreate(first, out rune))
            return true;
        if (TryUnit(escape[6..], out char second) && Rune.TryCreate(first, second, out rune))
            used = 12;
        else
            rune = Rune.ReplacementChar;
        return true;
    }

    private static bool TryUnit(ReadOnlySpan<byte> escape, out char unit)
    {
        unit = default;
        if (escape.Length < 6 || escape[0] != (byte)'\\' || escape[1] != (byte)'u'
            || !Utf8Parser.TryParse(escape.Slice(2, 4), out ushort value, out int parsed, 'x') || parsed != 4)
            return false;
        unit = (char)value;
        return true;
    }
}
