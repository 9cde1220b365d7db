using System.Runtime.InteropServices;
using System.Text;

namespace EnvoyExtAuthz.Text.FoldTable;

/// <summary>
/// Lays the rules out as bytes, little-endian: five lengths; compositions (first, mark and result, 21 bits each) and
/// look-alikes (code point above its ASCII letter), both sorted; the index of blocks of 64 code points; each block's
/// mappings as places in a pool of length-prefixed UTF-8; each block's classes; the pool.
/// </summary>
internal static class TableWriter
{
    private const int CodePoints = 0x30000;
    private const int BlockSize = 64;

    public static byte[] Write(FoldRules rules)
    {
        var pool = new List<byte> { 0 };
        var places = new Dictionary<string, ushort>();
        var looks = new List<uint>();
        var blocks = new Dictionary<string, ushort>();
        var index = new ushort[CodePoints / BlockSize];
        var maps = new List<ushort>();
        var classes = new List<byte>();
        for (int block = 0; block < index.Length; block++)
        {
            var blockMaps = new ushort[BlockSize];
            var blockClasses = new byte[BlockSize];
            for (int i = 0; i < BlockSize; i++)
            {
                int codePoint = (block * BlockSize) + i;
                blockClasses[i] = rules.Classify(codePoint);
                blockMaps[i] = rules.Map(codePoint) is { } map ? Place(map, pool, places) : (ushort)0;
                if (rules.Lookalike(codePoint) is { } look)
                    looks.Add(((uint)codePoint << 8) | look.Ascii);
            }
            string key = Convert.ToBase64String(MemoryMarshal.AsBytes(blockMaps.AsSpan())) + Convert.ToBase64String(blockClasses);
            if (!blocks.TryGetValue(key, out ushort number))
            {
                number = checked((ushort)blocks.Count);
                blocks.Add(key, number);
                maps.AddRange(blockMaps);
                classes.AddRange(blockClasses);
            }
            index[block] = number;
        }
        ulong[] compositions = Compositions(rules);
        var bytes = new List<byte>();
        foreach (int length in (ReadOnlySpan<int>)[compositions.Length, looks.Count, index.Length, maps.Count, pool.Count])
            Append(bytes, [length]);
        Append(bytes, [0]);
        Append(bytes, compositions);
        Append(bytes, looks.ToArray());
        Append(bytes, index);
        Append(bytes, maps.ToArray());
        bytes.AddRange(classes);
        bytes.AddRange(pool);
        return [.. bytes];
    }

    private static ushort Place(string map, List<byte> pool, Dictionary<string, ushort> places)
    {
        if (places.TryGetValue(map, out ushort place))
            return place;
        place = checked((ushort)pool.Count);
        byte[] utf8 = Encoding.UTF8.GetBytes(map);
        pool.Add((byte)utf8.Length);
        pool.AddRange(utf8);
        places.Add(map, place);
        return place;
    }

    /// <summary>
    /// Every pair of folded character and mark that makes another one. All orders in which marks can come are pairs of
    /// their own, so that reading needs no canonical reordering.
    /// </summary>
    private static ulong[] Compositions(FoldRules rules)
    {
        var pairs = new SortedSet<ulong>();
        for (int codePoint = 0x80; codePoint < CodePoints; codePoint++)
        {
            if (!FoldRules.IsCharacter(codePoint) || codePoint is >= 0xAC00 and <= 0xD7A3 || rules.Map(codePoint) is not null)
                continue;
            string composed = char.ConvertFromUtf32(codePoint);
            List<Rune> parts = [.. composed.Normalize(NormalizationForm.FormD).EnumerateRunes()];
            for (int mark = 1; mark < parts.Count; mark++)
            {
                string rest = string.Concat(parts.Where((_, i) => i != mark)).Normalize(NormalizationForm.FormC);
                if (FoldRules.Single(rest) is { } first && (rest + parts[mark]).Normalize(NormalizationForm.FormC) == composed)
                    pairs.Add(((ulong)first << 42) | ((ulong)parts[mark].Value << 21) | (uint)codePoint);
            }
        }
        return [.. pairs];
    }

    private static void Append<T>(List<byte> bytes, T[] values)
        where T : unmanaged => bytes.AddRange(MemoryMarshal.AsBytes(values.AsSpan()));
}
