using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAiResponses;

/// <summary>
/// What stands in the declaration of a tool of the provider's own: what it reaches (files, stores, containers, remote
/// servers, other models), and settings.
/// </summary>
internal static class HostedToolOptions
{
    /// <summary>Takes all of a declaration.</summary>
    /// <param name="message">Gets texts, opaque parts and further models.</param>
    /// <param name="sweep">The document's sweep.</param>
    /// <param name="tool">The declaration's object.</param>
    public static void Take(Message message, ref SegmentSweep sweep, int tool)
    {
        JsonTape tape = sweep.Tape;
        for (int node = tool; node < tape[tool].End; node++)
        {
            if (tape[node].Kind == JsonKind.Key)
                TakeMember(message, ref sweep, node);
        }
        sweep.TakeAll(tool, TextRole.ToolDescription);
    }

    private static void TakeMember(Message message, ref SegmentSweep sweep, int key)
    {
        JsonTape tape = sweep.Tape;
        int value = key + 1;
        if (Is(tape, key, "server_url"u8))
            Media.TakeAddress(message, ref sweep, value, OpaqueKind.File);
        else if (Is(tape, key, "connector_id"u8) || Is(tape, key, "tunnel_id"u8))
            Media.TakePayload(message, ref sweep, value, OpaqueKind.RemoteReference);
        else if (Is(tape, key, "vector_store_ids"u8) || Is(tape, key, "file_ids"u8) || Is(tape, key, "file_id"u8)
            || Is(tape, key, "container_id"u8) || Is(tape, key, "skill_id"u8) || Is(tape, key, "container"u8))
            TakeReferences(message, ref sweep, value);
        else if (Is(tape, key, "image_url"u8))
            Media.TakeAddress(message, ref sweep, value, OpaqueKind.Image);
        else if (Is(tape, key, "data"u8))
            Media.TakePayload(message, ref sweep, value, OpaqueKind.File);
        else if (Is(tape, key, "model"u8))
            TakeModel(message, ref sweep, value);
        else if (Is(tape, key, "parameters"u8))
            sweep.TakeAll(value, TextRole.Schema);
        else if (IsSetting(tape, key))
            sweep.TakeAll(value, TextRole.Metadata);
        else
            sweep.TakeLabel(value);
    }

    /// <summary>What only software reads, whatever it reads like: keys for other servers, places, filters.</summary>
    private static bool IsSetting(JsonTape tape, int key) =>
        Is(tape, key, "authorization"u8) || Is(tape, key, "headers"u8) || Is(tape, key, "user_location"u8) || Is(tape, key, "domain_secrets"u8)
        || Is(tape, key, "allowed_domains"u8);

    /// <summary>One id or a list of them. An object in their place says it in members of its own.</summary>
    private static void TakeReferences(Message message, ref SegmentSweep sweep, int node)
    {
        JsonTape tape = sweep.Tape;
        if (tape.Is(node, JsonKind.String) && !tape.KeyEquals(node, "auto"u8))
            Media.TakePayload(message, ref sweep, node, OpaqueKind.ServerState);
        if (!tape.Is(node, JsonKind.Array))
            return;
        for (int element = JsonTape.FirstChild(node); element < tape[node].End; element = tape[element].End)
            Media.TakePayload(message, ref sweep, element, OpaqueKind.ServerState);
    }

    /// <summary>A tool may bring a model of its own (one that draws).</summary>
    private static void TakeModel(Message message, ref SegmentSweep sweep, int node)
    {
        if (!sweep.Tape.Is(node, JsonKind.String))
            return;
        message.FurtherModels.Add(message.Decode(sweep.Document, node));
        sweep.TakeLabel(node);
    }

    private static bool Is(JsonTape tape, int key, ReadOnlySpan<byte> name) => tape.KeyEquals(key, name);
}
