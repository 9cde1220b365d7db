using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects;

/// <summary>What an event carries beside its data: clients ignore it, mostly, and it is inspected all the same.</summary>
internal static class StreamFrames
{
    private const int LongestEventName = 64;

    /// <summary>Adds comments, unknown lines and long event names as texts that cannot be edited.</summary>
    public static void TakeMargins(in EventFrame frame, Message message)
    {
        if (!frame.Comments.IsEmpty)
            message.ExtraTexts.Add(frame.Comments);
        if (frame.Unknown)
            message.ExtraTexts.Add(frame.Bytes);
        if (frame.Event.Length > LongestEventName)
            message.ExtraTexts.Add(frame.Event);
    }
}
