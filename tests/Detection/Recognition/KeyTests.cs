using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace EnvoyExtAuthz.Tests.Detection.Recognition;

/// <summary>Keys with a checksum, written by an encoder of the test's own, and keys in armours.</summary>
public class KeyTests
{
    private static readonly string Lines = string.Join('\n', Enumerable.Range(0, 4).Select(i => Convert.ToBase64String(SHA384.HashData([(byte)i]))));

    [Fact]
    public void A_key_with_its_checksum_is_found_and_with_a_changed_letter_is_not()
    {
        byte[] seed = SHA256.HashData("seed"u8);
        byte[] extended = [0x04, 0x88, 0xAD, 0xE4, .. new byte[9], .. SHA256.HashData("chain"u8), 0, .. seed];
        foreach ((string kind, string value) in new[]
        {
            ("extended-private-key", Encodings.Base58Check(extended)),
            ("nostr-secret-key", Encodings.Bech32("nsec", seed)),
            ("stellar-secret-seed", Encodings.Base32WithCrc([18 << 3, .. seed])),
        })
        {
            Assert.Equal([$"secret.{kind}={value}"], Recognised.In($"keep {value}."));
            char other = value[30] == 'q' || value[30] == 'Q' ? (char)(value[30] + 1) : (char)(char.IsLower(value[30]) ? 'q' : 'Q');
            Assert.Empty(Recognised.In($"keep {value[..30]}{other}{value[31..]}."));
            Assert.Empty(Recognised.In($"keep {value}7."));
        }
    }

    [Fact]
    public void A_seed_of_nats_is_found_by_its_check_only()
    {
        // Prefix S (18) of a user (20): 10010|101 00000|000, then the key.
        byte[] raw = [0x95, 0x00, .. SHA256.HashData("user"u8)];
        string value = Encodings.Base32WithCrc(raw);
        Assert.StartsWith("SUA", value, StringComparison.Ordinal);
        Assert.Equal([$"secret.nats-seed={value}"], Recognised.In($"seed {value}\n"));
        Assert.Empty(Recognised.In($"seed {value[..57]}{(value[57] == 'A' ? 'B' : 'A')}\n"));
    }

    [Fact]
    public void A_private_key_in_any_armour_is_found_and_a_public_one_is_not()
    {
        string pgp = $"-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: GnuPG v2.0.22 (GNU/Linux)\n\n{Lines}\n=Ab3d\n-----END PGP PRIVATE KEY BLOCK-----";
        Assert.Equal([$"secret.pgp-private-key={pgp}"], Recognised.In($"here {pgp}\n"));
        Assert.Empty(Recognised.In(pgp.Replace("PRIVATE", "PUBLIC", StringComparison.Ordinal)));
        Assert.StartsWith("secret.putty-private-key=\n", Assert.Single(Recognised.In($"PuTTY-User-Key-File-3: ssh-rsa\nPrivate-Lines: 4\n{Lines}\nPrivate-MAC: 1\n").Select(f => f.Replace("= 4", "=", StringComparison.Ordinal))), StringComparison.Ordinal);
        Assert.Empty(Recognised.In($"PuTTY-User-Key-File-3: ssh-rsa\nPublic-Lines: 4\n{Lines}\n"));
        Assert.StartsWith("secret.ssh2-private-key=", Assert.Single(Recognised.In($"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n{Lines}\n---- END SSH2 ENCRYPTED PRIVATE KEY ----")), StringComparison.Ordinal);
        Assert.Empty(Recognised.In($"---- BEGIN SSH2 PUBLIC KEY ----\n{Lines}\n---- END SSH2 PUBLIC KEY ----"));
        string number = Lines[..64];
        Assert.Equal([$"secret.xml-rsa-private-key={number}"], Recognised.In($"<RSAKeyValue><InverseQ>AQ==</InverseQ><D>{number}</D></RSAKeyValue>"));
        Assert.Empty(Recognised.In($"<RSAKeyValue><Modulus>{number}</Modulus></RSAKeyValue>"));
        string d = number[..43].Replace('+', '-').Replace('/', '_');
        Assert.Equal([$"secret.jwk-private-key={d}"], Recognised.In($"{{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"{d}\",\"d\":\"{d}\"}}"));
        Assert.Empty(Recognised.In($"{{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"{d}\"}}"));
        Assert.Empty(Recognised.In("{\"d\":\"a description of what is meant by this field and nothing more\"}"));
    }
}

/// <summary>Encoders for the tests, written from the specifications and not from the filter's code.</summary>
internal static class Encodings
{
    public static string Base58Check(byte[] payload, string letters = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")
    {
        byte[] bytes = [.. payload, .. SHA256.HashData(SHA256.HashData(payload))[..4]];
        var number = new BigInteger(bytes, isUnsigned: true, isBigEndian: true);
        var text = new StringBuilder();
        while (number > 0)
        {
            text.Insert(0, letters[(int)(number % 58)]);
            number /= 58;
        }
        foreach (byte _ in bytes.TakeWhile(b => b == 0))
            text.Insert(0, letters[0]);
        return text.ToString();
    }

    public static string Bech32(string prefix, byte[] payload, int? version = null)
    {
        var values = new List<int>();
        if (version is { } v)
            values.Add(v);
        string bits = string.Concat(payload.Select(b => Convert.ToString(b, 2).PadLeft(8, '0')));
        for (int i = 0; i < bits.Length; i += 5)
            values.Add(Convert.ToInt32(bits.Substring(i, Math.Min(5, bits.Length - i)).PadRight(5, '0'), 2));
        int[] head = [.. prefix.Select(c => c >> 5), 0, .. prefix.Select(c => c & 31)];
        uint check = head.Concat(values).Concat(new int[6]).Aggregate(1u, Step) ^ (version > 0 ? 0x2bc830a3u : 1u);
        IEnumerable<int> sum = Enumerable.Range(0, 6).Select(i => (int)(check >> (5 * (5 - i))) & 31);
        return prefix + "1" + string.Concat(values.Concat(sum).Select(x => "qpzry9x8gf2tvdw0s3jn54khce6mua7l"[x]));
    }

    public static string Base32WithCrc(byte[] payload)
    {
        int crc = 0;
        foreach (byte b in payload)
        {
            crc ^= b << 8;
            for (int i = 0; i < 8; i++)
                crc = ((crc << 1) ^ ((crc & 0x8000) != 0 ? 0x1021 : 0)) & 0xFFFF;
        }
        string bits = string.Concat(payload.Append((byte)crc).Append((byte)(crc >> 8)).Select(b => Convert.ToString(b, 2).PadLeft(8, '0')));
        var text = new StringBuilder();
        for (int i = 0; i < bits.Length; i += 5)
            text.Append("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[Convert.ToInt32(bits.Substring(i, Math.Min(5, bits.Length - i)).PadRight(5, '0'), 2)]);
        return text.ToString();
    }

    private static uint Step(uint check, int value)
    {
        uint top = check >> 25;
        uint next = ((check & 0x1ffffff) << 5) ^ (uint)value;
        uint[] generators = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
        for (int i = 0; i < 5; i++)
            next ^= ((top >> i) & 1) == 1 ? generators[i] : 0;
        return next;
    }
}
