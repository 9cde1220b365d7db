namespace EnvoyExtAuthz.Detection.Recognition;

/// <summary>
/// Addresses of wallets: base58check with a chain's own version byte, or bech32 with a chain's own prefix, where the checksum is the
/// evidence; and <c>0x</c> with 40 hexadecimal digits after a word that says so, since their letters' case need not check.
/// </summary>
internal sealed class CryptoWallets : INumber
{
    private const int MaxLetters = 33;
    private const int Least = 26;
    private const int Most = 108;

    private static ReadOnlySpan<byte> Base58 => "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"u8;

    private static ReadOnlySpan<byte> Ripple => "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"u8;

    /// <inheritdoc/>
    public FindingKind Kind { get; } = FindingKinds.Named("pii.crypto-wallet");

    /// <inheritdoc/>
    public void Attempt(ref Sweep sweep, int at)
    {
        ReadOnlySpan<byte> text = sweep.Text;
        int start = at;
        while (start > 0 && at - start < MaxLetters && Alphabets.Alphabetic.Contains(text[start - 1]))
            start--;
        // An escape's letter before is not the address's.
        if (start > 0 && start < at && text[start - 1] == (byte)'\\' && text[start] is (byte)'n' or (byte)'r' or (byte)'t')
            start++;
        if (!sweep.BeginsToken(start))
            return;
        sweep.MayStartAt(start);
        int end = sweep.Run(start, Alphabets.Alphanumeric, Most + 1);
        if (end - start is >= Least and <= Most && sweep.EndsToken(end) && (IsAddress(text[start..end]) || (IsHexAddress(text[start..end]) && sweep.ContextAt(start) == ContextKind.Wallet)))
            sweep.Report(Kind, start, end, text[start..end].StartsWith("0x"u8) ? 0.8f : 1);
    }

    private static bool IsHexAddress(ReadOnlySpan<byte> address) =>
        address.Length == 42 && address.StartsWith("0x"u8) && address[2..].IndexOfAnyExcept(Alphabets.Hex) < 0 && Randomness.LooksDrawn(address[2..]);

    private static bool IsAddress(ReadOnlySpan<byte> address)
    {
        if (address.StartsWith("bc1"u8) || address.StartsWith("ltc1"u8) || address.StartsWith("addr1"u8) || address.StartsWith("cosmos1"u8) || address.StartsWith("BC1"u8))
            return KeyChecks.Bech32(address);
        if (address.Length > 35)
            return false;
        int version = address[0] switch
        {
            (byte)'1' or (byte)'r' => 0,
            (byte)'3' => 5,
            (byte)'L' => 48,
            (byte)'M' => 50,
            (byte)'D' => 30,
            (byte)'T' => 65,
            (byte)'X' => 76,
            (byte)'t' => 28,
            _ => -1,
        };
        return version >= 0 && KeyChecks.Base58Check(address, address[0] == (byte)'r' ? Ripple : Base58, out byte found) && found == version;
    }
}
