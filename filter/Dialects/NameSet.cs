using System.Diagnostics.CodeAnalysis;

namespace EnvoyExtAuthz.Dialects;

/// <summary>A set of decoded names or ids, compared byte for byte, each with where it stands last.</summary>
internal sealed class NameSet
{
    private readonly Dictionary<ReadOnlyMemory<byte>, int> _names = new(SameBytes.Instance);

    /// <summary>Adds a name, whose memory stays the caller's.</summary>
    /// <param name="name">The name.</param>
    /// <param name="node">Where it stands, if that matters.</param>
    /// <returns>False if it is there.</returns>
    public bool Add(ReadOnlyMemory<byte> name, int node = 0)
    {
        bool isNew = !_names.ContainsKey(name);
        _names[name] = node;
        return isNew;
    }

    /// <summary>Whether a name is in the set.</summary>
    public bool Has(ReadOnlyMemory<byte> name) => _names.ContainsKey(name);

    /// <summary>Where a name stands that was added last; -1 if it is not in the set.</summary>
    public int LastOf(ReadOnlyMemory<byte> name) => _names.GetValueOrDefault(name, -1);

    private sealed class SameBytes : IEqualityComparer<ReadOnlyMemory<byte>>
    {
        public static SameBytes Instance { get; } = new();

        public bool Equals(ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y) => x.Span.SequenceEqual(y.Span);

        public int GetHashCode([DisallowNull] ReadOnlyMemory<byte> obj)
        {
            var hash = new HashCode();
            hash.AddBytes(obj.Span);
            return hash.ToHashCode();
        }
    }
}
