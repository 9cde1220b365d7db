using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Anthropic;

/// <summary>What a request refers to that the other side holds: a container with its files, skills, an earlier conversation.</summary>
internal static class RequestState
{
    /// <summary>Reads references to state. Each is content of the request that does not stand in it.</summary>
    public static ReadFault Read(Message message, ref SegmentSweep sweep, int root)
    {
        JsonTape tape = sweep.Tape;
        int thread = tape.Find(root, "thread"u8);
        if (KnownKeys.HasVariant(tape, thread, ThreadKeys))
            return ReadFault.Ambiguous;
        Media.TakePayload(message, ref sweep, tape.Find(thread, "previous_message_id"u8), OpaqueKind.ServerState);
        sweep.TakeLabels(thread);
        return ReadContainer(message, ref sweep, tape.Find(root, "container"u8));
    }

    private static readonly byte[][] ThreadKeys = KnownKeys.Of("type", "previous_message_id");
    private static readonly byte[][] ContainerKeys = KnownKeys.Of("id", "skills", "skill_id");

    private static ReadFault ReadContainer(Message message, ref SegmentSweep sweep, int container)
    {
        JsonTape tape = sweep.Tape;
        Media.TakePayload(message, ref sweep, container, OpaqueKind.ServerState);
        if (KnownKeys.HasVariant(tape, container, ContainerKeys))
            return ReadFault.Ambiguous;
        Media.TakePayload(message, ref sweep, tape.Find(container, "id"u8), OpaqueKind.ServerState);
        int skills = tape.Find(container, "skills"u8);
        if (!JsonShape.IsArrayOrAbsent(tape, skills))
            return ReadFault.WrongShape;
        if (!tape.Is(skills, JsonKind.Array))
            return ReadFault.None;
        for (int skill = JsonTape.FirstChild(skills); skill < tape[skills].End; skill = tape[skill].End)
        {
            if (KnownKeys.HasVariant(tape, skill, ContainerKeys))
                return ReadFault.Ambiguous;
            Media.TakePayload(message, ref sweep, tape.Find(skill, "skill_id"u8), OpaqueKind.ServerState);
            sweep.TakeLabels(skill);
        }
        return ReadFault.None;
    }
}
