using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.A2a;

/// <summary>What a member of an A2A object is, under whichever of its names it comes.</summary>
internal enum A2aMember : byte
{
    /// <summary>None that A2A has.</summary>
    Other,

    /// <summary>A message.</summary>
    Message,

    /// <summary>A task, an update of one, an artifact, what holds a configuration: an object whose members are read in turn.</summary>
    Task,
    StatusUpdate,
    ArtifactUpdate,
    Artifact,
    Status,
    Configuration,

    /// <summary>Lists of such objects.</summary>
    Artifacts,
    History,
    Tasks,
    PushConfigs,

    /// <summary>Where an agent is to tell of a task.</summary>
    PushConfig,
    Authentication,
    Url,

    /// <summary>The parts of a message or artifact.</summary>
    Parts,

    /// <summary>Free text.</summary>
    Name,
    Description,

    /// <summary>What only software reads.</summary>
    Metadata,
    Id,
    MessageId,
    TaskId,
    ContextId,
    ArtifactId,
    Kind,
    Role,
    State,
    Timestamp,
    Tenant,
    Extensions,
    References,
    OutputModes,
    Token,
}

/// <summary>
/// Names of members: those of 1.0 and 0.3, each in both spellings of protobuf's JSON (<c>contextId</c>, <c>context_id</c>), and
/// those that 0.3's HTTP binding has alone (<c>request</c>, <c>msg</c>, <c>content</c>, <c>pushNotification</c>).
/// </summary>
internal static class A2aKeys
{
    private static readonly (byte[] Name, A2aMember Member)[] Named = Names(
        ("message", A2aMember.Message), ("request", A2aMember.Message), ("msg", A2aMember.Message),
        ("task", A2aMember.Task),
        ("statusUpdate", A2aMember.StatusUpdate), ("status_update", A2aMember.StatusUpdate),
        ("artifactUpdate", A2aMember.ArtifactUpdate), ("artifact_update", A2aMember.ArtifactUpdate),
        ("artifact", A2aMember.Artifact), ("status", A2aMember.Status), ("configuration", A2aMember.Configuration),
        ("artifacts", A2aMember.Artifacts), ("history", A2aMember.History), ("tasks", A2aMember.Tasks), ("configs", A2aMember.PushConfigs),
        ("taskPushNotificationConfig", A2aMember.PushConfig), ("task_push_notification_config", A2aMember.PushConfig),
        ("pushNotificationConfig", A2aMember.PushConfig), ("push_notification_config", A2aMember.PushConfig),
        ("pushNotification", A2aMember.PushConfig), ("push_notification", A2aMember.PushConfig), ("config", A2aMember.PushConfig),
        ("authentication", A2aMember.Authentication), ("url", A2aMember.Url),
        ("parts", A2aMember.Parts), ("content", A2aMember.Parts),
        ("name", A2aMember.Name), ("description", A2aMember.Description),
        ("metadata", A2aMember.Metadata), ("id", A2aMember.Id),
        ("messageId", A2aMember.MessageId), ("message_id", A2aMember.MessageId),
        ("taskId", A2aMember.TaskId), ("task_id", A2aMember.TaskId),
        ("contextId", A2aMember.ContextId), ("context_id", A2aMember.ContextId),
        ("artifactId", A2aMember.ArtifactId), ("artifact_id", A2aMember.ArtifactId),
        ("kind", A2aMember.Kind), ("role", A2aMember.Role), ("state", A2aMember.State), ("timestamp", A2aMember.Timestamp),
        ("tenant", A2aMember.Tenant), ("extensions", A2aMember.Extensions),
        ("referenceTaskIds", A2aMember.References), ("reference_task_ids", A2aMember.References),
        ("acceptedOutputModes", A2aMember.OutputModes), ("accepted_output_modes", A2aMember.OutputModes),
        ("token", A2aMember.Token));

    /// <summary>All names, to tell a variant of one from it.</summary>
    public static readonly byte[][] All = [.. Named.Select(n => n.Name)];

    /// <summary>Names in a part and in its file, both versions.</summary>
    public static readonly byte[][] Part = KnownKeys.Of(
        "kind", "type", "text", "data", "raw", "url", "file", "bytes", "uri", "fileWithBytes", "file_with_bytes", "fileWithUri", "file_with_uri",
        "filename", "name", "mediaType", "media_type", "mimeType", "mime_type", "metadata");

    /// <summary>Members of a JSON-RPC message.</summary>
    public static readonly byte[][] Envelope = KnownKeys.Of("jsonrpc", "id", "method", "params", "result", "error");

    /// <summary>What a key names.</summary>
    public static A2aMember Of(JsonTape tape, int key)
    {
        foreach ((byte[] name, A2aMember member) in Named)
        {
            if (tape.KeyEquals(key, name))
                return member;
        }
        return A2aMember.Other;
    }

    private static (byte[] Name, A2aMember Member)[] Names(params (string Name, A2aMember Member)[] names) =>
        [.. names.Select(n => (System.Text.Encoding.UTF8.GetBytes(n.Name), n.Member))];
}
