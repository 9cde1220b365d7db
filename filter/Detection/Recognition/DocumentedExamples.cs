namespace EnvoyExtAuthz.Detection.Recognition;

/// <summary>Values that their issuers print in their own documentation, so that they open nothing.</summary>
internal static class DocumentedExamples
{
    /// <summary>Whether a value is one.</summary>
    public static bool Contains(ReadOnlySpan<byte> value) =>
        // AWS documentation: access key ids and secrets that end so are examples.
        (value.Length == 20 && value.EndsWith("EXAMPLE"u8) && (value.StartsWith("AKIA"u8) || value.StartsWith("ASIA"u8)))
        || (value.Length == 40 && value.EndsWith("EXAMPLEKEY"u8))
        // The Azure storage emulator's fixed key.
        || value.SequenceEqual("Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="u8)
        // Stripe's documentation.
        || value.SequenceEqual("sk_test_4eC39HqLyjWDarjtT1zdp7dc"u8)
        || value.SequenceEqual("sk_test_BQokikJOvBiI2HlWgH4olfQ2"u8)
        // jwt.io's first page.
        || value.EndsWith("SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"u8);
}
