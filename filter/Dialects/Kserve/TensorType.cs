using System.Text;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Kserve;

/// <summary>A type of tensor elements.</summary>
/// <param name="ElementBytes">Bytes of an element in binary form; 0 where each says its own length.</param>
/// <param name="IsWhole">Whole numbers: what tokens are numbered with.</param>
/// <param name="IsFraction">Numbers with a fraction.</param>
internal readonly record struct TensorType(int ElementBytes, bool IsWhole, bool IsFraction)
{
    private static readonly (byte[] Name, TensorType Type)[] All =
    [
        .. new[] { ("INT8", 1), ("INT16", 2), ("INT32", 4), ("INT64", 8), ("UINT8", 1), ("UINT16", 2), ("UINT32", 4), ("UINT64", 8) }
            .Select(t => (Encoding.ASCII.GetBytes(t.Item1), new TensorType(t.Item2, true, false))),
        .. new[] { ("FP16", 2), ("BF16", 2), ("FP32", 4), ("FP64", 8) }.Select(t => (Encoding.ASCII.GetBytes(t.Item1), new TensorType(t.Item2, false, true))),
        ("BOOL"u8.ToArray(), new TensorType(1, false, false)),
        ("BYTES"u8.ToArray(), default),
    ];

    /// <summary>Elements are strings of bytes.</summary>
    public bool IsText => ElementBytes == 0;

    /// <summary>The type of a name, compared exactly; null for one that the protocol does not have.</summary>
    public static TensorType? Of(JsonTape tape, int name)
    {
        foreach ((byte[] known, TensorType type) in All)
        {
            if (tape.KeyEquals(name, known))
                return type;
        }
        return null;
    }
}
