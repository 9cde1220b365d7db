using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;

namespace EnvoyExtAuthz.Detection.Recognition;

/// <summary>
/// The fixed form of a token, part by part: <c>a14 . h64</c> is fourteen letters or digits, a full stop and 64 hexadecimal digits. A part
/// is a class and a length or a range of lengths (<c>b40-60</c>), or signs that stand for themselves. Immutable.
/// </summary>
internal sealed class Form
{
    private readonly ImmutableArray<Part> _parts;

    private Form(ImmutableArray<Part> parts) => _parts = parts;

    private readonly record struct Part(SearchValues<byte>? Class, int Least, int Most, string Signs);

    /// <summary>The parts of a UUID (RFC 9562 §4), lower or upper case.</summary>
    public const string Uuid = "H8 - H4 - H4 - H4 - H12";

    /// <summary>Reads a form.</summary>
    /// <exception cref="ArgumentException">A class is not known.</exception>
    public static Form Of(string parts) => new([.. parts.Split(' ').Select(Read)]);

    /// <summary>Where a token of this form ends, or -1 where there is none; nothing that its last part could take may follow.</summary>
    public int End(ref Sweep sweep, int at)
    {
        for (int i = 0; i < _parts.Length; i++)
        {
            Part part = _parts[i];
            if (part.Class is null)
            {
                foreach (char sign in part.Signs)
                {
                    if (sweep.At(at++) != sign)
                        return -1;
                }
                continue;
            }
            bool last = i == _parts.Length - 1;
            int to = sweep.Run(at, part.Class, last ? part.Most + 1 : part.Most);
            // A full stop after a token ends the sentence, not the token.
            while (last && to > at && sweep.Text[to - 1] == (byte)'.')
                to--;
            if (to - at < part.Least || to - at > part.Most)
                return -1;
            at = to;
        }
        return sweep.EndsToken(at) ? at : -1;
    }

    private static Part Read(string part)
    {
        if (part.Length < 2 || !char.IsAsciiLetter(part[0]) || !char.IsAsciiDigit(part[1]))
            return new Part(null, 0, 0, part);
        string[] lengths = part[1..].Split('-');
        return new Part(Class(part[0]), int.Parse(lengths[0], CultureInfo.InvariantCulture), int.Parse(lengths[^1], CultureInfo.InvariantCulture), "");
    }

    private static SearchValues<byte> Class(char name) => name switch
    {
        'a' => Alphabets.Alphanumeric,
        'l' => Alphabets.Lower,
        'u' => Alphabets.Upper,
        'd' => Alphabets.Digits,
        'h' => Alphabets.LowerHex,
        'H' => Alphabets.Hex,
        'w' => Alphabets.Word,
        'b' => Alphabets.Base64Url,
        's' => Alphabets.Base64,
        'y' => Alphabets.Hyphenated,
        't' => Alphabets.Dotted,
        'p' => Alphabets.Path,
        _ => throw new ArgumentException($"There is no class {name}.", nameof(name)),
    };
}
