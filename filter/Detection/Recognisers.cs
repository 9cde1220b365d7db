using System.Runtime.InteropServices;
using EnvoyExtAuthz.Detection.Recognition;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Detection;

/// <summary>
/// Finds secrets and personal data by prefix, structure, checksum and context, in one pass and in time linear in the text.
/// </summary>
/// <remarks>
/// A growing text is scanned as <see cref="RunningText"/> does: keep the last <see cref="ContextBytes"/> settled bytes and all unsettled
/// ones; after each piece call <see cref="Advance"/> with both; take the findings it gives; the new settled point is what it returns. What is
/// found does not depend on where the text was cut.
/// </remarks>
public static class Recognisers
{
    /// <summary>Settled bytes that must stay before an unsettled rest for it to be judged as in the whole text.</summary>
    public const int ContextBytes = 64;

    /// <summary>
    /// Bytes after which a finding that has no end yet (a private key, a token of several parts) is taken as far as it was seen. Also the most
    /// that a growing text is held back.
    /// </summary>
    public const int MaxFindingBytes = 8192;

    // The most letters before its first digit that a number can have.
    private const int MaxLetters = 36;

    [ThreadStatic]
    private static List<Finding>? t_found;

    /// <summary>Finds everything a plan wants, in one pass.</summary>
    /// <param name="text">Decoded UTF-8.</param>
    /// <param name="plan">What to look for.</param>
    /// <param name="into">Gets the findings, in order of where they start, none overlapping.</param>
    public static void Find(ReadOnlySpan<byte> text, ScanPlan plan, List<Finding> into)
    {
        Finish(text, 0, plan, into);
    }

    /// <summary>Scans the rest of a text that grew and now ends; see <see cref="Advance"/>.</summary>
    public static void Finish(ReadOnlySpan<byte> text, int from, ScanPlan plan, List<Finding> into)
    {
        int first = into.Count;
        Scan(text, from, plan, into);
        Resolve(into, first);
    }

    /// <summary>How much of a growing text is settled; see <see cref="Scanner.Settled"/>.</summary>
    public static int Settled(ReadOnlySpan<byte> text, ScanPlan plan)
    {
        List<Finding> found = t_found ??= [];
        found.Clear();
        return Advance(text, 0, plan, found);
    }

    /// <summary>Scans a text that is still growing.</summary>
    /// <param name="text">At least <see cref="ContextBytes"/> settled bytes, or all there are, then every byte that is not settled.</param>
    /// <param name="from">How many of them are settled.</param>
    /// <param name="plan">What to look for.</param>
    /// <param name="into">Gets the findings that start at or after <paramref name="from"/> and that nothing to come can change.</param>
    /// <returns>
    /// Settled bytes, <paramref name="from"/> to the text's length, at a character's boundary: whatever is appended, nothing more is found
    /// that starts before, and nothing that was found reaches beyond.
    /// </returns>
    public static int Advance(ReadOnlySpan<byte> text, int from, ScanPlan plan, List<Finding> into)
    {
        int first = into.Count;
        int settled = Scan(text, from, plan, into);
        Span<Finding> found = CollectionsMarshal.AsSpan(into)[first..];
        int kept = 0;
        foreach (Finding finding in found)
        {
            if (finding.Start < settled)
                found[kept++] = finding;
        }
        CollectionsMarshal.SetCount(into, first + kept);
        Resolve(into, first);
        // The last may reach into what is not settled, and yet lose to something there. Those before it end where it starts or earlier, so a
        // pass that begins at its start decides as this one did.
        if (into.Count > first && into[^1] is var last && last.Start + last.Length > settled)
        {
            settled = last.Start;
            into.RemoveAt(into.Count - 1);
        }
        return settled;
    }

    private static int Scan(ReadOnlySpan<byte> text, int from, ScanPlan plan, List<Finding> into)
    {
        var sweep = new Sweep(text, from, plan, into);
        return plan.HasRecognisers ? Scan(ref sweep, from) : text.Length;
    }

    /// <summary>Bytes that a scan of a text reads, looks ahead included: what makes it slow, on any machine.</summary>
    internal static long Reads(ReadOnlySpan<byte> text, ScanPlan plan)
    {
        var sweep = new Sweep(text, 0, plan, []);
        Scan(ref sweep, 0);
        return text.Length + sweep.Reads;
    }

    private static int Scan(ref Sweep sweep, int from)
    {
        ReadOnlySpan<byte> text = sweep.Text;
        AhoCorasick automaton = RecogniserSet.Automaton;
        int state = AhoCorasick.Start;
        for (int at = automaton.FindNext(text, 0, ref state); at >= 0; at = automaton.FindNext(text, at, ref state))
            Attempt(ref sweep, automaton.Matches(state), at);
        int unsettled = Math.Min(sweep.Unsettled, text.Length - automaton.Awaited(state));
        return Math.Max(from, Math.Min(unsettled, BeforeLastWord(text)));
    }

    private static void Attempt(ref Sweep sweep, ReadOnlySpan<ushort> matches, int end)
    {
        foreach (ushort match in matches)
        {
            if (!sweep.WantsAnchor(match))
                continue;
            int start = end - RecogniserSet.Lengths[match];
            sweep.Begin(start);
            RecogniserSet.Owners[match].Attempt(ref sweep, start, end);
            sweep.End();
        }
    }

    /// <summary>
    /// The last word could be the beginning of an address of e-mail or the country of an IBAN, whose anchors come after it, and a character
    /// may be cut in two.
    /// </summary>
    private static int BeforeLastWord(ReadOnlySpan<byte> text)
    {
        int at = text.Length;
        // Letters that a number may follow after a space.
        if (at > 0 && text[^1] == (byte)' ' && NationalNumbers.LettersBefore(text, at - 1) is var letters && letters < at - 1)
            return letters;
        while (at > 0 && text.Length - at <= EmailAddresses.MaxLocal && Alphabets.MailLocal.Contains(text[at - 1]))
            at--;
        if (text.Length - at > EmailAddresses.MaxLocal)
        {
            // Too long for an address; a number's letters may still come after a hyphen in it.
            at = text.Length;
            while (text.Length - at < MaxLetters && (Alphabets.Alphabetic.Contains(text[at - 1]) || text[at - 1] == (byte)'-'))
                at--;
        }
        if (at < text.Length)
            return at;
        // Up to three bytes of a character of which more is to come (RFC 3629 §3).
        for (int i = 1; i <= Math.Min(3, text.Length); i++)
        {
            byte b = text[^i];
            if (b < 0x80)
                break;
            if (b >= 0xC0)
                return i < (b >= 0xF0 ? 4 : b >= 0xE0 ? 3 : 2) ? text.Length - i : text.Length;
        }
        return text.Length;
    }

    /// <summary>Sorts what was found and keeps, of findings that overlap, the one with more evidence, or else the longer.</summary>
    private static void Resolve(List<Finding> findings, int first)
    {
        Span<Finding> found = CollectionsMarshal.AsSpan(findings)[first..];
        if (found.Length < 2)
            return;
        found.Sort(static (a, b) => a.Start != b.Start ? a.Start.CompareTo(b.Start) : a.Length != b.Length ? b.Length.CompareTo(a.Length) : a.Kind.CompareTo(b.Kind));
        int kept = 0;
        foreach (Finding next in found)
        {
            if (kept == 0 || next.Start >= found[kept - 1].Start + found[kept - 1].Length)
                found[kept++] = next;
            else if (next.Score > found[kept - 1].Score || (next.Score == found[kept - 1].Score && next.Length > found[kept - 1].Length))
                found[kept - 1] = next;
        }
        CollectionsMarshal.SetCount(findings, first + kept);
    }
}
