using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Gemini;

/// <summary>
/// Vertex AI's <c>:predict</c>: instances and predictions of any shape. The members that published models have are known by
/// their names at any depth (texts, embeddings, pictures); whatever else stands there is left to the sweep.
/// </summary>
internal static class GeminiPredict
{
    /// <summary>Reads what a model is asked about.</summary>
    public static ReadFault ReadInstances(Message message, ref SegmentSweep sweep, int instances) =>
        Read(message, ref sweep, instances, TextRole.User);

    /// <summary>Reads what a model answered.</summary>
    public static ReadFault ReadPredictions(Message message, ref SegmentSweep sweep, int predictions) =>
        Read(message, ref sweep, predictions, TextRole.Assistant);

    private static ReadFault Read(Message message, ref SegmentSweep sweep, int list, TextRole role)
    {
        JsonTape tape = sweep.Tape;
        if (list < 0)
            return ReadFault.None;
        for (int node = list; node < tape[list].End; node++)
        {
            if (tape[node].Kind == JsonKind.Object)
                TakeObject(message, ref sweep, node, role);
        }
        return ReadFault.None;
    }

    private static void TakeObject(Message message, ref SegmentSweep sweep, int obj, TextRole role)
    {
        JsonTape tape = sweep.Tape;
        sweep.Take(tape.Find(obj, "content"u8), role);
        sweep.Take(tape.Find(obj, "prompt"u8), role);
        sweep.Take(tape.Find(obj, "text"u8), role);
        sweep.Take(tape.Find(obj, "title"u8), TextRole.Document);
        sweep.Take(tape.Find(obj, "context"u8), TextRole.System);
        sweep.TakeLabel(tape.Find(obj, "task_type"u8));
        sweep.TakeLabel(tape.Find(obj, "taskType"u8));
        int type = GeminiFields.MimeType.In(tape, obj);
        sweep.TakeLabel(type);
        Media.TakePayload(message, ref sweep, tape.Find(obj, "bytesBase64Encoded"u8), GeminiMedia.KindOf(tape, type));
        Media.TakeAddress(message, ref sweep, tape.Find(obj, "gcsUri"u8), OpaqueKind.File);
    }
}
