namespace EnvoyExtAuthz.Text;

/// <summary>One edit of a byte sequence: some bytes taken out, others put in their place.</summary>
/// <param name="Start">First byte taken out.</param>
/// <param name="Length">Bytes taken out; 0 inserts.</param>
/// <param name="Replacement">Bytes put in; may be empty.</param>
public readonly record struct Splice(int Start, int Length, ReadOnlyMemory<byte> Replacement)
{
    /// <summary>Byte after the last one taken out.</summary>
    public int End => Start + Length;

    /// <summary>Applies edits. They are sorted in place by where they start and must not overlap.</summary>
    /// <param name="source">The bytes to edit; not changed.</param>
    /// <param name="splices">The edits.</param>
    /// <param name="edited">The result, in an array of its own.</param>
    /// <returns>False if two edits overlap, one reaches outside the source, or the result would be over 2 GiB: then nothing may be released.</returns>
    public static bool TryApply(ReadOnlySpan<byte> source, List<Splice> splices, out byte[] edited)
    {
        edited = [];
        splices.Sort(static (a, b) => a.Start != b.Start ? a.Start.CompareTo(b.Start) : a.Length.CompareTo(b.Length));
        long length = source.Length;
        int from = 0;
        foreach (Splice splice in splices)
        {
            if (splice.Start < from || splice.Length < 0 || splice.Length > source.Length - splice.Start)
                return false;
            from = splice.End;
            length += splice.Replacement.Length - splice.Length;
        }
        if (length > Array.MaxLength)
            return false;
        edited = new byte[length];
        Span<byte> to = edited;
        from = 0;
        foreach (Splice splice in splices)
        {
            source[from..splice.Start].CopyTo(to);
            to = to[(splice.Start - from)..];
            splice.Replacement.Span.CopyTo(to);
            to = to[splice.Replacement.Length..];
            from = splice.End;
        }
        source[from..].CopyTo(to);
        return true;
    }
}
