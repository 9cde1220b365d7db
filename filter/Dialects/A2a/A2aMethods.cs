using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.A2a;

/// <summary>
/// The methods of A2A under one name each: that of version 1.0, whichever version and binding a request comes in, so that a
/// policy names a method once.
/// </summary>
internal static class A2aMethods
{
    public static readonly ReadOnlyMemory<byte> SendMessage = "SendMessage"u8.ToArray();
    public static readonly ReadOnlyMemory<byte> SendStreamingMessage = "SendStreamingMessage"u8.ToArray();
    public static readonly ReadOnlyMemory<byte> GetTask = "GetTask"u8.ToArray();
    public static readonly ReadOnlyMemory<byte> ListTasks = "ListTasks"u8.ToArray();
    public static readonly ReadOnlyMemory<byte> CancelTask = "CancelTask"u8.ToArray();
    public static readonly ReadOnlyMemory<byte> SubscribeToTask = "SubscribeToTask"u8.ToArray();
    public static readonly ReadOnlyMemory<byte> CreatePushConfig = "CreateTaskPushNotificationConfig"u8.ToArray();
    public static readonly ReadOnlyMemory<byte> GetPushConfig = "GetTaskPushNotificationConfig"u8.ToArray();
    public static readonly ReadOnlyMemory<byte> ListPushConfigs = "ListTaskPushNotificationConfigs"u8.ToArray();
    public static readonly ReadOnlyMemory<byte> DeletePushConfig = "DeleteTaskPushNotificationConfig"u8.ToArray();
    public static readonly ReadOnlyMemory<byte> GetExtendedAgentCard = "GetExtendedAgentCard"u8.ToArray();

    /// <summary>An agent tells a client of a task, at the address the client gave (1.0 §4.3.3). No method of the protocol.</summary>
    public static readonly ReadOnlyMemory<byte> PushNotification = "PushNotification"u8.ToArray();

    /// <summary>Reading the public card. No method of the protocol, and no call: the card is how an agent is found.</summary>
    public static readonly ReadOnlyMemory<byte> GetAgentCard = "GetAgentCard"u8.ToArray();

    private static readonly (byte[] Old, ReadOnlyMemory<byte> Name)[] All =
    [
        ("message/send"u8.ToArray(), SendMessage),
        ("message/stream"u8.ToArray(), SendStreamingMessage),
        ("tasks/get"u8.ToArray(), GetTask),
        ("tasks/list"u8.ToArray(), ListTasks),
        ("tasks/cancel"u8.ToArray(), CancelTask),
        ("tasks/resubscribe"u8.ToArray(), SubscribeToTask),
        ("tasks/pushNotificationConfig/set"u8.ToArray(), CreatePushConfig),
        ("tasks/pushNotificationConfig/get"u8.ToArray(), GetPushConfig),
        ("tasks/pushNotificationConfig/list"u8.ToArray(), ListPushConfigs),
        ("tasks/pushNotificationConfig/delete"u8.ToArray(), DeletePushConfig),
        ("agent/getAuthenticatedExtendedCard"u8.ToArray(), GetExtendedAgentCard),
    ];

    /// <summary>The name of a JSON-RPC method of 1.0 or 0.3, or empty for one that A2A does not have (an extension's).</summary>
    public static ReadOnlyMemory<byte> Of(JsonTape tape, int method)
    {
        foreach ((byte[] old, ReadOnlyMemory<byte> name) in All)
        {
            if (tape.KeyEquals(method, name.Span) || tape.KeyEquals(method, old))
                return name;
        }
        return default;
    }

    /// <summary>Whether a name is one that <see cref="Of"/> gives.</summary>
    public static bool IsKnown(ReadOnlySpan<byte> name)
    {
        foreach ((_, ReadOnlyMemory<byte> known) in All)
        {
            if (name.SequenceEqual(known.Span))
                return true;
        }
        return false;
    }

    /// <summary>Whether a method's answer is a stream of events.</summary>
    public static bool Streams(ReadOnlySpan<byte> method) => method.SequenceEqual(SendStreamingMessage.Span) || method.SequenceEqual(SubscribeToTask.Span);
}
