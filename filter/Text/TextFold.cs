using System.Buffers;

namespace EnvoyExtAuthz.Text;

/// <summary>
/// Reads text as a person, or a model, would however it is written: compatibility forms and case are folded
/// (NFKC_Casefold, UAX #15), look-alike letters of other scripts become ASCII in words that mix scripts (UTS #39), what
/// cannot be seen is taken out, and text hidden in invisible characters is decoded. The result is for judging only, never
/// for sending on.
/// </summary>
/// <remarks>
/// <para>A word wholly of look-alikes ("сору") becomes ASCII where the words before it are Latin; after words that are surely
/// Russian, Greek and so on, it stays. Otherwise text in those scripts stays in them.</para>
/// <para>Combining marks: at most two of no particular script and eight of a script stay with a base; on an ASCII letter those
/// stay that make an accented letter with it. Hidden text comes last, behind a line feed.</para>
/// <para>Nothing is allocated and time is linear. Plain ASCII takes a vectorised path.</para>
/// </remarks>
public static class TextFold
{
    /// <summary>Bytes of output that one byte of input can make at most.</summary>
    public const int MaxGrowth = 3;

    /// <summary>The output that is always enough for an input.</summary>
    /// <param name="utf8Length">Bytes of input, 0 to 700 million.</param>
    public static int MaxLength(int utf8Length) => checked((utf8Length * MaxGrowth) + 1);

    /// <summary>Folds a text.</summary>
    /// <param name="utf8">The text. What is not UTF-8 becomes question marks.</param>
    /// <param name="into">
    /// The output; must not overlap the input. <see cref="MaxLength"/> bytes always suffice, and the input's length for plain
    /// ASCII. Where it is too short folding stops and says <see cref="FoldSigns.Cut"/>.
    /// </param>
    /// <param name="facts">What was found.</param>
    /// <returns>Bytes written.</returns>
    public static int Fold(ReadOnlySpan<byte> utf8, Span<byte> into, out FoldFacts facts)
    {
        var folding = new Folding(utf8, into, skeleton: false);
        return folding.Run(out facts);
    }

    /// <summary>
    /// Folds a name further, to what it looks like: every look-alike becomes ASCII whatever stands around it, accents go, 0
    /// reads as o and 1 and | as l. Names with equal skeletons can be taken for each other (UTS #39 §4).
    /// </summary>
    /// <param name="name">A name, in UTF-8.</param>
    /// <param name="into">As for <see cref="Fold"/>.</param>
    /// <returns>Bytes written; -1 if the output was too short.</returns>
    public static int Skeleton(ReadOnlySpan<byte> name, Span<byte> into)
    {
        var folding = new Folding(name, into, skeleton: true);
        int length = folding.Run(out FoldFacts facts);
        return facts.Has(FoldSigns.Cut) ? -1 : length;
    }

    /// <summary>Whether two names can be taken for each other. Equal names can.</summary>
    public static bool LooksAlike(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(MaxLength(one.Length) + MaxLength(other.Length));
        int first = Skeleton(one, buffer);
        int second = Skeleton(other, buffer.AsSpan(first));
        bool alike = buffer.AsSpan(0, first).SequenceEqual(buffer.AsSpan(first, second));
        ArrayPool<byte>.Shared.Return(buffer);
        return alike;
    }
}
