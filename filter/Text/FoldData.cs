namespace EnvoyExtAuthz.Text;

/// <summary>
/// The folding table, read where it lies in the binary (FoldTable/TableWriter.cs says how it is laid out). It is made from
/// ICU's NFKC (Unicode 15), case folding and a list of look-alikes.
/// </summary>
internal static unsafe class FoldData
{
    private const int HeaderInts = 6;
    private static readonly byte* Start = Locate();
    private static readonly int Compositions = ((int*)Start)[0];
    private static readonly int Looks = ((int*)Start)[1];
    private static readonly int Blocks = ((int*)Start)[2];
    private static readonly int Entries = ((int*)Start)[3];
    private static readonly ulong* CompositionList = (ulong*)(Start + (HeaderInts * sizeof(int)));
    private static readonly uint* LookList = (uint*)(CompositionList + Compositions);
    private static readonly ushort* Index = (ushort*)(LookList + Looks);
    private static readonly ushort* Maps = Index + Blocks;
    private static readonly byte* Classes = (byte*)(Maps + Entries);
    private static readonly byte* Pool = Classes + Entries;

    /// <summary>Class and flags of a code point (0 to 0x10FFFF).</summary>
    public static (FoldClass Class, FoldFlags Flags) Classify(int codePoint)
    {
        int block = codePoint >> 6;
        if (block < Blocks)
        {
            byte entry = Classes[(Index[block] << 6) | (codePoint & 63)];
            return ((FoldClass)(entry & 0x1F), (FoldFlags)(entry & 0xE0));
        }
        FoldClass kind = codePoint switch
        {
            >= 0xE0000 and <= 0xE007F => FoldClass.Tag,
            >= 0xE0100 and <= 0xE01EF => FoldClass.Selector,
            // The rest of this plane is reserved for characters that show nothing.
            >= 0xE0000 and <= 0xE0FFF => FoldClass.Invisible,
            >= 0xF0000 => FoldClass.Private,
            _ => (codePoint & 0xFFFE) == 0xFFFE ? FoldClass.Private : FoldClass.Letter,
        };
        return (kind, FoldFlags.None);
    }

    /// <summary>What a code point folds to, as UTF-8; empty for itself.</summary>
    public static ReadOnlySpan<byte> Map(int codePoint)
    {
        int block = codePoint >> 6;
        if (block >= Blocks)
            return default;
        byte* place = Pool + Maps[(Index[block] << 6) | (codePoint & 63)];
        return new ReadOnlySpan<byte>(place + 1, *place);
    }

    /// <summary>The ASCII letter that a code point looks like or is used for; 0 for none.</summary>
    public static byte Lookalike(int codePoint)
    {
        int found = new ReadOnlySpan<uint>(LookList, Looks).BinarySearch(((uint)codePoint << 8) | 0xFF);
        int before = found < 0 ? ~found - 1 : found;
        return before >= 0 && LookList[before] >> 8 == (uint)codePoint ? (byte)LookList[before] : (byte)0;
    }

    /// <summary>The character that a folded character and a mark make (NFC); 0 for none. Hangul is made by rule (Unicode §3.12).</summary>
    public static int Compose(int first, int second)
    {
        if (first is >= 0x1100 and <= 0x1112 && second is >= 0x1161 and <= 0x1175)
            return 0xAC00 + ((((first - 0x1100) * 21) + (second - 0x1161)) * 28);
        if (first is >= 0xAC00 and <= 0xD7A3 && (first - 0xAC00) % 28 == 0 && second is >= 0x11A8 and <= 0x11C2)
            return first + (second - 0x11A7);
        ulong pair = ((ulong)(uint)first << 42) | ((ulong)(uint)second << 21);
        int found = new ReadOnlySpan<ulong>(CompositionList, Compositions).BinarySearch(pair);
        int at = found < 0 ? ~found : found;
        return at < Compositions && CompositionList[at] >> 21 == pair >> 21 ? (int)(CompositionList[at] & 0x1FFFFF) : 0;
    }

    private static byte* Locate()
    {
        // A manifest resource is mapped with the binary for as long as the process lives.
        var stream = (UnmanagedMemoryStream)typeof(FoldData).Assembly.GetManifestResourceStream("fold.bin")!;
        return stream.PositionPointer;
    }
}
