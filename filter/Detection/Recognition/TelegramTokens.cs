namespace EnvoyExtAuthz.Detection.Recognition;

/// <summary>Tokens of Telegram bots: the bot's number, a colon, <c>AA</c> and 33 characters (core.telegram.org/bots/api).</summary>
internal sealed class TelegramTokens : INumber
{
    private const int Secret = 35;

    /// <inheritdoc/>
    public FindingKind Kind { get; } = FindingKinds.Named("secret.telegram-bot-token");

    /// <inheritdoc/>
    public void Attempt(ref Sweep sweep, int at)
    {
        // In the address of a call the word "bot" touches the number.
        bool called = at >= 4 && sweep.Text[(at - 4)..at].SequenceEqual("/bot"u8);
        if (!called && !sweep.BeginsToken(at))
            return;
        int colon = sweep.Run(at, Alphabets.Digits, 11);
        if (colon - at is < 8 or > 10 || !sweep.Follows(colon, ":AA"u8))
        {
            return;
        }
        int end = sweep.Run(colon + 1, Alphabets.Base64Url, Secret + 1);
        if (end - colon - 1 == Secret && Randomness.LooksDrawn(sweep.Text[(colon + 1)..end]))
            sweep.Report(Kind, at, end, 0.97f);
    }
}
