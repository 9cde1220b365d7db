using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace EnvoyExtAuthz.Policy.Language;

/// <summary>
/// Many names and patterns compiled into one answer: which rule, if any, names this. Names are compared byte by byte. A name
/// that is not plain (beyond ASCII, with control bytes, with spaces at its ends, longer than 256 bytes, empty) matches only
/// where it is written out: no pattern can have meant it. Literals cost one hash, patterns are tried by their first byte.
/// </summary>
internal sealed class NameMatcher
{
    private const int LongestPlainName = 256;
    private readonly Dictionary<byte[], int> _literals = new(Utf8Comparer.Instance);
    private readonly Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> _lookup;
    private readonly List<(Glob Pattern, int Rule)>?[] _byFirstByte = new List<(Glob, int)>?[256];
    private readonly List<(Glob Pattern, int Rule)> _anywhere = [];

    public NameMatcher() => _lookup = _literals.GetAlternateLookup<ReadOnlySpan<byte>>();

    public bool IsEmpty => _literals.Count == 0 && _anywhere.Count == 0 && Array.TrueForAll(_byFirstByte, l => l is null);

    /// <summary>Adds a name or pattern of a rule; the rule that came first keeps it.</summary>
    public void Add(string pattern, int rule)
    {
        var glob = new Glob(pattern);
        if (glob.IsLiteral)
            _literals.TryAdd(Encoding.UTF8.GetBytes(pattern), rule);
        else if (glob.Prefix.Length == 0)
            _anywhere.Add((glob, rule));
        else
            (_byFirstByte[glob.Prefix[0]] ??= []).Add((glob, rule));
    }

    /// <summary>The rule that names this, or -1.</summary>
    public int Find(ReadOnlySpan<byte> name)
    {
        if (_lookup.TryGetValue(name, out int rule))
            return rule;
        if (!IsPlain(name))
            return -1;
        if (_byFirstByte[name[0]] is { } candidates)
        {
            foreach ((Glob pattern, int named) in candidates)
            {
                if (pattern.Matches(name))
                    return named;
            }
        }
        foreach ((Glob pattern, int named) in _anywhere)
        {
            if (pattern.Matches(name))
                return named;
        }
        return -1;
    }

    /// <summary>Whether a name is one that a pattern may match.</summary>
    public static bool IsPlain(ReadOnlySpan<byte> name) =>
        name.Length is > 0 and <= LongestPlainName && !name.ContainsAnyExceptInRange((byte)0x20, (byte)0x7E) && name[0] != (byte)' ' && name[^1] != (byte)' ';

    private sealed class Utf8Comparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly Utf8Comparer Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode([DisallowNull] byte[] obj) => GetHashCode(obj.AsSpan());

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            // Seeded per process: chosen names cannot make the table slow.
            var hash = default(HashCode);
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
