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
        var found = new List<Finding>();
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
        Span<Finding> found = Sort(into, first);
        // A candidate that reaches into what is not settled may yet lose to one there; so may one that it overlaps.
        for (int i = found.Length - 1; i >= 0; i--)
        {
            if (found[i].Start + found[i].Length > settled)
                settled = Math.Min(settled, found[i].Start);
        }
        int kept = 0;
        while (kept < found.Length && found[kept].Start < settled)
            kept++;
        CollectionsMarshal.SetCount(into, first + kept);
        Resolve(into, first);
        return settled;
    }

    private static int Scan(ReadOnlySpan<byte> text, int from, ScanPlan plan, List<Finding> into)
    {
        if (!plan.HasRecognisers)
            return text.Length;
        var sweep = new Sweep(text, from, plan, into);
        AhoCorasick automaton = RecogniserSet.Automaton;
        int state = AhoCorasick.Start;
        for (int i = 0; i < text.Length; i++)
        {
            state = automaton.Step(state, text[i]);
            if (automaton.Matches(state) is { IsEmpty: false } matches)
                Attempt(ref sweep, matches, i + 1);
        }
        int unsettled = Math.Min(sweep.Unsettled, text.Length - automaton.Awaited(state));
        return Math.Max(from, Math.Min(unsettled, BeforeLastWord(text)));
    }

    private static void Attempt(ref Sweep sweep, ReadOnlySpan<ushort> matches, int end)
    {
        foreach (ushort match in matches)
        {
            Recogniser recogniser = RecogniserSet.Owners[match];
            if (!Wanted(ref sweep, recogniser))
                continue;
            int start = end - RecogniserSet.Lengths[match];
            sweep.Begin(start);
            recogniser.Attempt(ref sweep, start, end);
            sweep.End();
        }
    }

    private static bool Wanted(ref Sweep sweep, Recogniser recogniser)
    {
        foreach (FindingKind kind in recogniser.Kinds)
        {
            if (sweep.Wants(kind))
                return true;
        }
        return false;
    }

    /// <summary>
    /// The last word could be the beginning of an address of e-mail or the country of an IBAN, whose anchors come after it, and a character
    /// may be cut in two.
    /// </summary>
    private static int BeforeLastWord(ReadOnlySpan<byte> text)
    {
        int at = text.Length;
        while (at > 0 && text.Length - at <= EmailAddresses.MaxLocal && Alphabets.MailLocal.Contains(text[at - 1]))
            at--;
        if (text.Length - at > EmailAddresses.MaxLocal)
        {
            // Too long for an address; an IBAN's two letters may still come after a hyphen in it.
            at = text.Length;
            while (text.Length - at < 2 && Alphabets.Alphabetic.Contains(text[at - 1]))
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

    private static Span<Finding> Sort(List<Finding> findings, int first)
    {
        Span<Finding> span = CollectionsMarshal.AsSpan(findings)[first..];
        span.Sort(static (a, b) => a.Start != b.Start ? a.Start.CompareTo(b.Start) : a.Length != b.Length ? b.Length.CompareTo(a.Length) : a.Kind.CompareTo(b.Kind));
        return span;
    }

    /// <summary>Sorts what was found and keeps, of findings that overlap, the one with more evidence, or else the longer.</summary>
    private static void Resolve(List<Finding> findings, int first)
    {
        Span<Finding> found = Sort(findings, first);
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
