using System.Collections.Immutable;

namespace EnvoyExtAuthz.Detection.Recognition;

/// <summary>Recognises one <see cref="NationalShape"/>.</summary>
internal sealed class NationalNumber
{
    private const int MaxForm = 20;
    private readonly ImmutableArray<string> _forms;
    private readonly NumberCheck _check;
    private readonly float _score;

    private NationalNumber(NationalShape shape) =>
        (Kind, _forms, _check, _score) = (FindingKinds.Named($"pii.{shape.Name}"), [.. shape.Forms.Split('|')], shape.Check, shape.Score);

    /// <summary>By context: what a number after its words may be.</summary>
    public static ImmutableArray<NationalNumber[]> ByContext { get; } = Assign();

    /// <summary>What it reports.</summary>
    public FindingKind Kind { get; }

    /// <summary>Tries a number whose first character and first digit are known.</summary>
    /// <param name="sweep">The pass.</param>
    /// <param name="start">Its first character.</param>
    public bool Attempt(ref Sweep sweep, int start)
    {
        Span<byte> buffer = stackalloc byte[MaxForm];
        foreach (string form in _forms)
        {
            Span<byte> value = buffer[..form.Length];
            int end = Read(ref sweep, start, form, value);
            // One character over and over is no number.
            if (end < 0 || value.IndexOfAnyExcept(value[0]) < 0 || !_check(value))
                continue;
            sweep.Report(Kind, start, end, _score);
            return true;
        }
        return false;
    }

    private static int Read(ref Sweep sweep, int at, string form, scoped Span<byte> value)
    {
        int separator = 0;
        for (int i = 0; i < form.Length; i++)
        {
            int b = sweep.At(at);
            if (i > 0 && b is ' ' or '-' or '.' or '/' or '(' or '+')
            {
                separator = b;
                b = sweep.At(++at);
            }
            if (!Fits(b, form[i]))
                return -1;
            value[i] = (byte)(b <= '9' ? b - '0' : (b | 0x20) - 'a' + 10);
            at++;
        }
        int next = sweep.At(at);
        if (separator == '(' && next == ')')
            next = sweep.At(++at);
        if (!sweep.EndsToken(at))
            return -1;
        // More digits in groups: a longer number.
        bool joined = next is '-' or '.' or '/' || (next == ' ' && separator == ' ');
        return joined && sweep.At(at + 1) is >= '0' and <= '9' ? -1 : at;
    }

    private static bool Fits(int b, char part) => part switch
    {
        'D' => b is >= '0' and <= '9',
        'L' => b is (>= 'A' and <= 'Z') or (>= 'a' and <= 'z'),
        'A' => b is (>= '0' and <= '9') or (>= 'A' and <= 'Z') or (>= 'a' and <= 'z'),
        _ => b == part || (part is >= 'a' and <= 'z' && (b | 0x20) == part),
    };

    private static ImmutableArray<NationalNumber[]> Assign()
    {
        Dictionary<NationalShape, NationalNumber> numbers = NationalShapes.Rows.ToDictionary(row => row, row => new NationalNumber(row));
        return [.. NationalContexts.Groups.Select(group => group.Shapes.Select(shape => numbers[shape]).ToArray())];
    }
}

/// <summary>Contexts of national numbers: a word that several numbers share makes a context of its own.</summary>
internal static class NationalContexts
{
    /// <summary>Each context's words and shapes; the first is <see cref="ContextKind.FirstNational"/>.</summary>
    public static ImmutableArray<(string[] Words, NationalShape[] Shapes)> Groups { get; } =
    [
        .. NationalShapes.Rows.SelectMany(row => row.Words.Split('|').SelectMany(Cases).Select(word => (Word: word, Row: row)))
            .GroupBy(pair => pair.Word, pair => pair.Row)
            .GroupBy(word => string.Join('|', word.Select(row => $"{row.Name} {row.Forms}")))
            .Select(group => (group.Select(word => word.Key).ToArray(), group.First().Distinct().ToArray())),
    ];

    /// <summary>The automaton ignores the case of ASCII letters only; other alphabets' words are looked for in three spellings.</summary>
    private static IEnumerable<string> Cases(string word) =>
        System.Text.Ascii.IsValid(word) ? [word] : new[] { word, word.ToUpperInvariant(), char.ToUpperInvariant(word[0]) + word[1..] }.Distinct();
}

/// <summary>Hands a number to everything that the word before it says it may be.</summary>
internal static class NationalNumbers
{
    private const int MaxLetters = 8;

    /// <summary>Looks at a first digit.</summary>
    public static void Attempt(ref Sweep sweep, int at)
    {
        int context = (int)sweep.ContextAt(at) - (int)ContextKind.FirstNational;
        if (context < 0 || sweep.Before(at) is '_')
            return;
        int start = at;
        while (start > 0 && at - start <= MaxLetters && (Alphabets.Alphabetic.Contains(sweep.Text[start - 1]) || sweep.Text[start - 1] == (byte)'-'))
            start--;
        while (start < at && sweep.Text[start] == (byte)'-')
            start++;
        int spaced = sweep.Before(start) == ' ' ? LettersBefore(sweep.Text, start - 1) : start;
        foreach (NationalNumber number in NationalNumber.ByContext[context])
        {
            if (!sweep.Wants(number.Kind))
                continue;
            sweep.Begin(spaced);
            bool found = (spaced < start - 1 && sweep.BeginsToken(spaced) && number.Attempt(ref sweep, spaced))
                || (start < at && sweep.BeginsToken(start) && number.Attempt(ref sweep, start))
                || (sweep.BeginsToken(at) && number.Attempt(ref sweep, at));
            sweep.End();
            if (found)
                return;
        }
    }

    /// <summary>Where up to seven capitals or hyphens before a place begin: what may be the letters of <c>QQ 12 34 56 C</c>.</summary>
    public static int LettersBefore(ReadOnlySpan<byte> text, int at)
    {
        int start = at;
        while (start > 0 && at - start < 7 && text[start - 1] is (>= (byte)'A' and <= (byte)'Z') or (byte)'-')
            start--;
        return start;
    }
}
