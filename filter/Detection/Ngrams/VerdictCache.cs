using System.Buffers.Binary;
using System.Security.Cryptography;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Detection.Ngrams;

/// <summary>
/// Remembers scores by content, so that a chat's history, resent with each turn, is judged once. Keys are 128 bits of
/// HMAC-SHA-256 under a secret of this process: nobody can make two texts meet, and no text is kept. Bounded; an entry gives way
/// to a newer one of its set. Reading takes no lock and allocates nothing. Thread-safe.
/// </summary>
public sealed class VerdictCache
{
    private const int Ways = 4;
    private const int SecretLength = 32;

    private readonly byte[] _secret = RandomNumberGenerator.GetBytes(SecretLength);
    private readonly Entry[] _entries;
    private readonly int _setMask;
    private uint _turn;

    /// <summary>Makes a cache.</summary>
    /// <param name="capacity">Entries at least; rounded up to a power of two. 32 bytes each.</param>
    /// <exception cref="ArgumentOutOfRangeException">Not 4 to 16,777,216.</exception>
    public VerdictCache(int capacity = 16_384)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, Ways);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, 1 << 24);
        int entries = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)capacity);
        _entries = new Entry[entries];
        _setMask = (entries / Ways) - 1;
    }

    /// <summary>Makes a text's key.</summary>
    /// <param name="text">The text as it is judged.</param>
    /// <param name="role">The role it is judged in: the same words may score otherwise in another.</param>
    public UInt128 Key(ReadOnlySpan<byte> text, TextRole role)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_secret, text, hash);
        // Origins differ in the score, so they must differ in the key; 0 marks an empty entry.
        UInt128 key = BinaryPrimitives.ReadUInt128LittleEndian(hash) ^ ((UInt128)(byte)TextOrigins.Of(role) << 1);
        return key | 1;
    }

    /// <summary>Finds a score.</summary>
    public bool TryGet(UInt128 key, out float score)
    {
        int first = First(key);
        for (int i = 0; i < Ways; i++)
        {
            ref Entry entry = ref _entries[first + i];
            int before = Volatile.Read(ref entry.Version);
            (ulong low, ulong high) = (Volatile.Read(ref entry.Low), Volatile.Read(ref entry.High));
            score = Volatile.Read(ref entry.Score);
            // An odd or changed version is an entry being written: what was read may be of two texts.
            if ((before & 1) == 0 && low == (ulong)key && high == (ulong)(key >> 64) && Volatile.Read(ref entry.Version) == before)
                return true;
        }
        score = 0;
        return false;
    }

    /// <summary>Remembers a score; where another thread writes the same entry it is left to that one.</summary>
    public void Put(UInt128 key, float score)
    {
        int first = First(key);
        int way = (int)(Interlocked.Increment(ref _turn) % Ways);
        for (int i = 0; i < Ways; i++)
        {
            if (Volatile.Read(ref _entries[first + i].Low) == 0)
            {
                way = i;
                break;
            }
        }
        ref Entry entry = ref _entries[first + way];
        int version = Volatile.Read(ref entry.Version);
        if ((version & 1) != 0 || Interlocked.CompareExchange(ref entry.Version, version + 1, version) != version)
            return;
        Volatile.Write(ref entry.Low, (ulong)key);
        Volatile.Write(ref entry.High, (ulong)(key >> 64));
        Volatile.Write(ref entry.Score, score);
        Volatile.Write(ref entry.Version, version + 2);
    }

    private int First(UInt128 key) => ((int)(ulong)(key >> 64) & _setMask) * Ways;

    private struct Entry
    {
        public int Version;
        public float Score;
        public ulong Low;
        public ulong High;
    }
}
