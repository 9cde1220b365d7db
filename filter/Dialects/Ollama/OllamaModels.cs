using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Ollama;

/// <summary>
/// Which models a request is about, and what they are made of. Where a server could go by one of two names, both must be
/// the same.
/// </summary>
internal static class OllamaModels
{
    /// <summary>Reads the names; each becomes a model to be judged.</summary>
    public static ReadFault Read(Message message, ref SegmentSweep sweep, OllamaOperation operation)
    {
        JsonTape tape = sweep.Tape;
        if (operation.Kind == OllamaKind.Copy)
            return ReadCopy(message, ref sweep);
        if (!TryName(tape, "model"u8, out int model) || !TryName(tape, "name"u8, out int name))
            return ReadFault.WrongShape;
        if (operation.Kind == OllamaKind.Management)
        {
            // Older servers know only "name"; newer ones go by it where there is no "model".
            if (model >= 0 && name >= 0 && !message.Decode(0, model).Span.SequenceEqual(message.Decode(0, name).Span))
                return ReadFault.Ambiguous;
            sweep.TakeLabel(name);
            model = model >= 0 ? model : name;
        }
        if (model < 0)
            return ReadFault.WrongShape;
        message.Model = message.Decode(0, model);
        sweep.TakeLabel(model);
        return operation.Is("create"u8) ? ReadParts(message, ref sweep) : ReadFault.None;
    }

    private static ReadFault ReadCopy(Message message, ref SegmentSweep sweep)
    {
        JsonTape tape = sweep.Tape;
        if (!TryName(tape, "source"u8, out int source) || !TryName(tape, "destination"u8, out int destination) || source < 0 || destination < 0)
            return ReadFault.WrongShape;
        message.Model = message.Decode(0, source);
        message.FurtherModels.Add(message.Decode(0, destination));
        sweep.TakeLabel(source);
        sweep.TakeLabel(destination);
        return ReadFault.None;
    }

    /// <summary>What a model is made of: another one, files sent before, a server elsewhere.</summary>
    private static ReadFault ReadParts(Message message, ref SegmentSweep sweep)
    {
        JsonTape tape = sweep.Tape;
        if (!TryName(tape, "from"u8, out int from) || !TryName(tape, "remote_host"u8, out int host)
            || !TryName(tape, "modelfile"u8, out int modelfile) || !TryName(tape, "path"u8, out int path))
            return ReadFault.WrongShape;
        // Older servers make the model of these and of nothing else; newer ones ignore them.
        if (modelfile >= 0 || path >= 0)
            return ReadFault.Ambiguous;
        if (from >= 0)
            message.FurtherModels.Add(message.Decode(0, from));
        sweep.TakeLabel(from);
        Media.TakeAddress(message, ref sweep, host, OpaqueKind.File);
        return TakeFiles(message, ref sweep, JsonShape.Present(tape, 0, "files"u8)) && TakeFiles(message, ref sweep, JsonShape.Present(tape, 0, "adapters"u8))
            ? ReadFault.None
            : ReadFault.WrongShape;
    }

    /// <summary>Names of files, each with the digest of what was sent before.</summary>
    private static bool TakeFiles(Message message, ref SegmentSweep sweep, int files)
    {
        JsonTape tape = sweep.Tape;
        if (files < 0)
            return true;
        if (!tape.Is(files, JsonKind.Object))
            return false;
        for (int key = JsonTape.FirstChild(files); key < tape[files].End; key = tape.Next(key))
        {
            if (!tape.Is(key + 1, JsonKind.String))
                return false;
            sweep.TakeKey(key, TextRole.FileName);
            Media.TakePayload(message, ref sweep, key + 1, OpaqueKind.ServerState);
        }
        return true;
    }

    /// <summary>A name: absent, null and empty are none (-1).</summary>
    /// <returns>False if it is no string.</returns>
    private static bool TryName(JsonTape tape, ReadOnlySpan<byte> key, out int node)
    {
        node = JsonShape.Present(tape, 0, key);
        if (node < 0)
            return true;
        if (!tape.Is(node, JsonKind.String))
            return false;
        if (tape[node].Length == 0)
            node = -1;
        return true;
    }
}
