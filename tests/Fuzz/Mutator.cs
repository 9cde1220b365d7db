namespace EnvoyExtAuthz.Fuzz;

/// <summary>Changes inputs at random; the same seed makes the same changes.</summary>
public sealed class Mutator(int seed, IReadOnlyList<byte[]> pieces)
{
    private const int LongestInput = 4096;
    private readonly Random _random = new(seed);

    /// <summary>Makes a new input of some that are known.</summary>
    public byte[] Next(IReadOnlyList<byte[]> known)
    {
        List<byte> input = [.. Pick(known)];
        for (int changes = 1 + _random.Next(6); changes > 0; changes--)
            Change(input, known);
        if (input.Count > LongestInput)
            input.RemoveRange(LongestInput, input.Count - LongestInput);
        return [.. input];
    }

    private void Change(List<byte> input, IReadOnlyList<byte[]> known)
    {
        int at = _random.Next(input.Count + 1);
        int length = Math.Min(input.Count - at, 1 + _random.Next(1 << _random.Next(7)));
        switch (_random.Next(8))
        {
            case 0 when at < input.Count:
                input[at] ^= (byte)(1 << _random.Next(8));
                break;
            case 1 when at < input.Count:
                input[at] = (byte)_random.Next(256);
                break;
            case 2:
                input.RemoveRange(at, length);
                break;
            case 3:
                input.InsertRange(at, [.. input.GetRange(at, length)]);
                break;
            case 4:
                byte[] other = Pick(known);
                int from = _random.Next(other.Length + 1);
                input.InsertRange(at, other[from..Math.Min(other.Length, from + 1 + _random.Next(64))]);
                break;
            case 5 when at < input.Count:
                // Escapes and varied case of what is there: other spellings of one thing.
                byte b = input[at];
                input.RemoveAt(at);
                input.InsertRange(at, char.IsAsciiLetter((char)b) && _random.Next(2) == 0 ? [(byte)(b ^ 0x20)] : System.Text.Encoding.ASCII.GetBytes($"\\u00{b:x2}"));
                break;
            default:
                byte[] piece = Pick(pieces);
                for (int times = _random.Next(20) == 0 ? 80 : 1; times > 0; times--)
                    input.InsertRange(at, piece);
                break;
        }
    }

    private byte[] Pick(IReadOnlyList<byte[]> from) => from[_random.Next(from.Count)];
}
