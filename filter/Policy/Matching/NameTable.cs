using System.Diagnostics.CodeAnalysis;
using System.IO.Hashing;

namespace EnvoyExtAuthz.Policy.Matching;

/// <summary>Which rules speak of a name: the first that allows it and the first that denies it; -1 for none.</summary>
internal readonly record struct NameRules(int Allow, int Deny)
{
    /// <summary>Nobody speaks of it.</summary>
    public static NameRules None { get; } = new(-1, -1);

    /// <summary>What two tables say together.</summary>
    public NameRules And(NameRules other) => new(First(Allow, other.Allow), First(Deny, other.Deny));

    private static int First(int a, int b) => a < 0 ? b : b < 0 ? a : Math.Min(a, b);
}

/// <summary>
/// Allowed and denied names and patterns, of one rule or several, compiled into one answer. A name that is written out costs
/// one look-up. An <em>allow</em> pattern matches only plain names: printable ASCII, no space at either end, at most 256
/// bytes; whoever writes <c>get_*</c> cannot have meant a look-alike, so other names are allowed only where they are written
/// out. A <em>deny</em> pattern matches whatever it matches. Built once, then read by any thread.
/// </summary>
internal sealed class NameTable
{
    /// <summary>Longest name an allow pattern matches, bytes.</summary>
    public const int LongestPlainName = 256;

    private readonly Dictionary<byte[], NameRules> _literals = new(Utf8Names.Instance);
    private readonly Dictionary<byte[], NameRules>.AlternateLookup<ReadOnlySpan<byte>> _lookup;
    private readonly GlobIndex _allow = new();
    private readonly GlobIndex _deny = new();

    /// <summary>Makes an empty table.</summary>
    public NameTable() => _lookup = _literals.GetAlternateLookup<ReadOnlySpan<byte>>();

    /// <summary>Adds an allowed name or pattern.</summary>
    public void Allow(Glob pattern, int rule) => Add(pattern, new NameRules(rule, -1), _allow, rule);

    /// <summary>Adds a denied name or pattern.</summary>
    public void Deny(Glob pattern, int rule) => Add(pattern, new NameRules(-1, rule), _deny, rule);

    /// <summary>Who speaks of a name. Allocates nothing; linear in the name.</summary>
    public NameRules Find(ReadOnlySpan<byte> name)
    {
        NameRules found = _lookup.TryGetValue(name, out NameRules literal) ? literal : NameRules.None;
        if (!_deny.IsEmpty)
            found = found.And(new NameRules(-1, _deny.FindLeast(name)));
        if (!_allow.IsEmpty && IsPlain(name))
            found = found.And(new NameRules(_allow.FindLeast(name), -1));
        return found;
    }

    /// <summary>Whether a name is one that an allow pattern may match.</summary>
    public static bool IsPlain(ReadOnlySpan<byte> name) =>
        name.Length is > 0 and <= LongestPlainName && !name.ContainsAnyExceptInRange((byte)0x20, (byte)0x7E) && name[0] != (byte)' ' && name[^1] != (byte)' ';

    private void Add(Glob pattern, NameRules rules, GlobIndex patterns, int rule)
    {
        if (!pattern.IsLiteral)
        {
            patterns.Add(pattern, rule);
            return;
        }
        byte[] name = pattern.Prefix;
        _literals[name] = _literals.TryGetValue(name, out NameRules known) ? known.And(rules) : rules;
    }

    /// <summary>Names as bytes, hashed with a secret of the process: the names looked up are the caller's to choose.</summary>
    private sealed class Utf8Names : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly Utf8Names Instance = new();
        private static readonly long Seed = Random.Shared.NextInt64();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode([DisallowNull] byte[] obj) => GetHashCode(obj.AsSpan());

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate) => (int)XxHash3.HashToUInt64(alternate, Seed);

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
