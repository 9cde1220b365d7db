using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace EnvoyExtAuthz.Engine.Audit;

/// <summary>
/// The hash chain of audit lines. A line is <c>{"seq":N,…,"prev":"H"</c> and then <c>,"hash":"H'"}</c>, where H is the
/// line before's hash and H' the SHA-256 of this line without its hash member. Changing, removing or moving a line breaks
/// every line after it. What a chain cannot show is that its newest lines were cut off: compare its head with the one
/// that was published (metrics, <c>/version</c>).
/// </summary>
public static class AuditChain
{
    /// <summary>The hash before the first line.</summary>
    public static string Genesis { get; } = new('0', 64);

    private const string PrevMember = ",\"prev\":\"";
    private const string HashMember = ",\"hash\":\"";

    /// <summary>Makes a line.</summary>
    /// <param name="sequence">Its number, from 1.</param>
    /// <param name="members">The decision's members, from <see cref="AuditLine.Members"/>.</param>
    /// <param name="previous">The hash of the line before, 64 hexadecimal digits.</param>
    /// <param name="hash">The hash of this line.</param>
    /// <returns>The line with its line feed.</returns>
    public static byte[] Link(long sequence, ReadOnlySpan<byte> members, string previous, out string hash)
    {
        byte[] head = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"seq\":{sequence},"));
        byte[] sealedPart = [.. head, .. members, .. Encoding.UTF8.GetBytes($"{PrevMember}{previous}\"}}")];
        hash = Convert.ToHexStringLower(SHA256.HashData(sealedPart));
        return [.. sealedPart.AsSpan(0, sealedPart.Length - 1), .. Encoding.UTF8.GetBytes($"{HashMember}{hash}\"}}\n")];
    }

    /// <summary>Takes a line apart and checks its own hash.</summary>
    /// <param name="line">Without its line feed.</param>
    /// <param name="sequence">Its number.</param>
    /// <param name="previous">The hash it says the line before has.</param>
    /// <param name="hash">Its own hash.</param>
    /// <returns>False if the line is no line of a chain or was changed.</returns>
    public static bool TryRead(ReadOnlySpan<byte> line, out long sequence, out string previous, out string hash)
    {
        sequence = 0;
        previous = hash = "";
        int tail = HashMember.Length + 64 + 2;
        int prev = PrevMember.Length + 64 + 1;
        if (line.Length < tail + prev + 8 || !line.StartsWith("{\"seq\":"u8) || !line.EndsWith("\"}"u8))
            return false;
        ReadOnlySpan<byte> body = line[..^tail];
        ReadOnlySpan<byte> hashPart = line[^tail..];
        ReadOnlySpan<byte> prevPart = body[^prev..];
        if (!hashPart.StartsWith(Encoding.UTF8.GetBytes(HashMember)) || !prevPart.StartsWith(Encoding.UTF8.GetBytes(PrevMember)))
            return false;
        hash = Encoding.ASCII.GetString(hashPart.Slice(HashMember.Length, 64));
        previous = Encoding.ASCII.GetString(prevPart.Slice(PrevMember.Length, 64));
        int comma = line.IndexOf((byte)',');
        if (!long.TryParse(line[7..comma], CultureInfo.InvariantCulture, out sequence))
            return false;
        byte[] sealedPart = [.. body, (byte)'}'];
        return Convert.ToHexStringLower(SHA256.HashData(sealedPart)) == hash;
    }
}
