using System.Diagnostics.CodeAnalysis;

namespace EnvoyExtAuthz.Dialects;

/// <summary>A set of decoded names or ids, compared byte for byte.</summary>
internal sealed class NameSet
{
    private readonly HashSet<ReadOnlyMemory<byte>> _names = new(SameBytes.Instance);

    /// <summary>Adds a name, whose memory stays the caller's.</summary>
    /// <returns>False if it is there.</returns>
    public bool Add(ReadOnlyMemory<byte> name) => _names.Add(name);

    /// <summary>Whether a name is in the set.</summary>
    public bool Has(ReadOnlyMemory<byte> name) => _names.Contains(name);

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
