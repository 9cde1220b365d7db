using System.Buffers;
using System.Text;

namespace EnvoyExtAuthz.Text;

/// <summary>
/// Decodes what is written in characters that show nothing: tag characters (ASCII above U+E0000), variation selectors (a
/// byte each, 16 in U+FE00 and 240 in U+E0100) and U+2062 and U+2064 (a bit each, highest first).
/// </summary>
internal static class HiddenText
{
    private static readonly SearchValues<byte> LeadBytes = SearchValues.Create([0xE2, 0xEF, 0xF3]);

    /// <summary>Reads one run of such characters.</summary>
    /// <param name="text">The whole text.</param>
    /// <param name="at">Where the run begins.</param>
    /// <param name="into">Takes the decoded bytes as far as it reaches; may be empty.</param>
    /// <param name="end">Where the run ends.</param>
    /// <returns>How many bytes the run hides; 0 for the flag of Scotland, an emoji's style, an ideograph's variant.</returns>
    public static int Read(ReadOnlySpan<byte> text, int at, Span<byte> into, out int end)
    {
        _ = Rune.DecodeLastFromUtf8(text[..at], out Rune before, out _);
        bool flag = before.Value == 0x1F3F4 && IsFlag(text[at..]);
        int start = at;
        int hidden = 0;
        int selectors = 0;
        int held = -1;
        int bits = 0;
        int octet = 0;
        for (; at < text.Length && Rune.DecodeFromUtf8(text[at..], out Rune rune, out int length) == OperationStatus.Done; at += length)
        {
            FoldClass kind = FoldData.Classify(rune.Value).Class;
            if (kind is not (FoldClass.Tag or FoldClass.Selector or FoldClass.Bit))
                break;
            selectors = kind == FoldClass.Selector ? selectors + 1 : 0;
            bits = kind == FoldClass.Bit ? bits + 1 : 0;
            if (kind == FoldClass.Tag && !flag)
            {
                Put(rune.Value - 0xE0000, into, ref hidden);
            }
            else if (kind == FoldClass.Selector)
            {
                // One selector styles what stands before it; two in a row, or one of the second kind elsewhere, are data.
                bool second = rune.Value >= 0xE0100;
                int value = second ? rune.Value - 0xE0100 + 16 : rune.Value - 0xFE00;
                bool data = selectors > 1 || (second && !(at == start && IsIdeograph(before.Value)));
                if (data && selectors == 2 && held >= 0)
                    Put(held, into, ref hidden);
                if (data)
                    Put(value, into, ref hidden);
                held = data ? -1 : value;
            }
            else if (kind == FoldClass.Bit)
            {
                octet = (octet << 1 | (rune.Value == 0x2064 ? 1 : 0)) & 0xFF;
                if (bits % 8 == 0)
                    Put(octet, into, ref hidden);
            }
        }
        end = at;
        return hidden;
    }

    /// <summary>Decodes every run of a text, each set apart by a space.</summary>
    /// <returns>Bytes written.</returns>
    public static int ReadAll(ReadOnlySpan<byte> text, Span<byte> into)
    {
        int written = 0;
        for (int at = 0; at < text.Length && written < into.Length;)
        {
            int next = text[at..].IndexOfAny(LeadBytes);
            if (next < 0)
                break;
            at += next;
            if (Rune.DecodeFromUtf8(text[at..], out Rune rune, out int length) != OperationStatus.Done
                || FoldData.Classify(rune.Value).Class is not (FoldClass.Tag or FoldClass.Selector or FoldClass.Bit))
            {
                at += length;
                continue;
            }
            int room = written == 0 ? 0 : 1;
            int hidden = Math.Min(Read(text, at, into[(written + room)..], out at), into.Length - written - room);
            if (hidden <= 0)
                continue;
            if (room == 1)
                into[written] = (byte)' ';
            written += room + hidden;
        }
        return written;
    }

    /// <summary>Bytes beyond ASCII and controls are counted and not shown: they are no text that anyone would judge.</summary>
    private static void Put(int value, Span<byte> into, ref int hidden)
    {
        if (hidden < into.Length)
        {
            into[hidden] = value switch
            {
                >= 'A' and <= 'Z' => (byte)(value | 0x20),
                >= ' ' and < 0x7F => (byte)value,
                _ => (byte)' ',
            };
        }
        hidden++;
    }

    private static bool IsIdeograph(int codePoint) =>
        codePoint is (>= 0x3400 and <= 0x9FFF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x20000 and <= 0x3FFFF) or 0x3005 or 0x3006 or 0x3007;

    /// <summary>Tags of a flag that fonts show (UTS #51 ED-14a): England, Scotland, Wales, a state of the USA.</summary>
    private static bool IsFlag(ReadOnlySpan<byte> tags)
    {
        Span<byte> name = stackalloc byte[6];
        int length = 0;
        while (length < name.Length && Rune.DecodeFromUtf8(tags, out Rune rune, out int bytes) == OperationStatus.Done
            && FoldData.Classify(rune.Value).Class == FoldClass.Tag)
        {
            name[length++] = (byte)(rune.Value - 0xE0000);
            tags = tags[bytes..];
        }
        return length switch
        {
            5 => name[..2].SequenceEqual("us"u8) && char.IsAsciiLetterLower((char)name[2]) && char.IsAsciiLetterLower((char)name[3]) && name[4] == 0x7F,
            6 => (name[..5].SequenceEqual("gbeng"u8) || name[..5].SequenceEqual("gbsct"u8) || name[..5].SequenceEqual("gbwls"u8)) && name[5] == 0x7F,
            _ => false,
        };
    }
}
