namespace EnvoyExtAuthz.Dialects.OpenAiResponses;

/// <summary>Where an item stands.</summary>
/// <param name="Replayed">In what a client sends along, or in what was sent before: its calls are not being made now.</param>
/// <param name="Hosted">The provider's tools that are offered; null where nobody asks.</param>
/// <param name="Running">In a stream, of an item that has only begun: its texts go on in these. Else null.</param>
/// <param name="Index">The item's index in its stream.</param>
internal readonly record struct ItemContext(bool Replayed, HostedTools? Hosted = null, RunningTexts? Running = null, int Index = 0)
{
    /// <summary>The channel of one of the item's texts; -1 where it is whole.</summary>
    public int Channel(RunningKind kind, int part = 0) => Running?.Of(kind, Index, part) ?? -1;
}
