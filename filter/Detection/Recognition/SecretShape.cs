using System.Buffers;

namespace EnvoyExtAuthz.Detection.Recognition;

/// <summary>What the body of a prefixed secret must show besides its alphabet and length.</summary>
internal enum BodyCheck : byte
{
    /// <summary>It looks drawn at random: many different characters, no placeholder's words.</summary>
    Random,

    /// <summary>As <see cref="Random"/>, with a digit and a letter: for prefixes that words could follow.</summary>
    Mixed,

    /// <summary>The last six characters are the base62 CRC-32 of those before (GitHub, npm). Without, still found, scored lower: issuers print such examples.</summary>
    Crc32Base62,
}

/// <summary>A kind of secret that begins with a fixed prefix: one row is all it takes to add one.</summary>
/// <param name="Name">Name of the kind after <c>secret.</c>; rows may share one.</param>
/// <param name="Prefix">How it begins; case matters.</param>
/// <param name="Alphabet">What the rest is made of.</param>
/// <param name="Least">Shortest rest, bytes.</param>
/// <param name="Most">Longest rest, bytes.</param>
/// <param name="Check">What else the rest must show.</param>
/// <param name="Score">Score without a checksum, 0 to 1.</param>
/// <param name="BodyOnly">The prefix is a name or an address, not part of the secret.</param>
/// <param name="Alone">The prefix is an everyday word, so nothing that could join it to a longer name may stand before it.</param>
internal sealed record SecretShape(
    string Name, string Prefix, SearchValues<byte> Alphabet, int Least, int Most, BodyCheck Check = BodyCheck.Random, float Score = 0.95f, bool BodyOnly = false, bool Alone = false);
