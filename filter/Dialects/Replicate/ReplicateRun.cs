using EnvoyExtAuthz.Dialects.OpenAi;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Replicate;

/// <summary>Reads requests to run a model, and what is told of runs, models and versions.</summary>
internal static class ReplicateRun
{
    private static readonly byte[][] RequestKeys = KnownKeys.Of("input", "version", "model", "webhook", "stream");
    private static readonly byte[][] AnswerKeys = KnownKeys.Of("input", "output", "results", "error", "logs", "default_example", "latest_version");
    private static readonly byte[][] Labels = KnownKeys.Of(
        "id", "model", "version", "deployment", "status", "source", "created_at", "started_at", "completed_at", "owner", "name", "visibility", "cog_version", "webhook_events_filter", "data_removed");
    private static readonly byte[][] Addresses = KnownKeys.Of("url", "github_url", "paper_url", "license_url", "cover_image_url", "weights_url", "next", "previous", "webhook");

    /// <summary>Reads a request to run a model.</summary>
    /// <param name="message">Gets what is in it.</param>
    /// <param name="model">The model that the path names; empty for none.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    public static ReadFault ReadRequest(Message message, ReadOnlyMemory<byte> model, in JsonLimits limits)
    {
        var sweep = new SegmentSweep(message, 0);
        ReadFault fault = ReadRequest(message, ref sweep, model, limits);
        sweep.Finish(TextRole.Unknown);
        return fault;
    }

    /// <summary>Reads an answer.</summary>
    /// <param name="message">Gets what is in it.</param>
    /// <param name="isError">The status says that it is an error: any JSON is one.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    public static ReadFault ReadAnswer(Message message, bool isError, in JsonLimits limits)
    {
        var sweep = new SegmentSweep(message, 0);
        JsonTape tape = sweep.Tape;
        ReadFault fault = tape.Is(0, JsonKind.Object) ? ReadThing(message, ref sweep, 0, limits) : isError ? ReadFault.None : ReadFault.WrongShape;
        int results = tape.Find(0, "results"u8);
        for (int result = JsonTape.FirstChild(results); tape.Is(results, JsonKind.Array) && result < tape[results].End && fault == ReadFault.None; result = tape[result].End)
            fault = ReadThing(message, ref sweep, result, limits);
        sweep.Finish(TextRole.Unknown);
        return isError ? ReadFault.None : fault;
    }

    private static ReadFault ReadRequest(Message message, ref SegmentSweep sweep, ReadOnlyMemory<byte> model, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(0, JsonKind.Object) || !tape.Is(tape.Find(0, "input"u8), JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, 0, RequestKeys))
            return ReadFault.Ambiguous;
        // Whichever of the path, the model and the version the server goes by: each is judged.
        message.Model = model;
        foreach (int node in (ReadOnlySpan<int>)[JsonShape.Present(tape, 0, "model"u8), JsonShape.Present(tape, 0, "version"u8)])
        {
            if (node >= 0 && !tape.Is(node, JsonKind.String))
                return ReadFault.WrongShape;
            if (node >= 0 && message.Model.IsEmpty)
                message.Model = message.Decode(0, node);
            else if (node >= 0)
                message.FurtherModels.Add(message.Decode(0, node));
            TakeName(ref sweep, node);
        }
        if (message.Model.IsEmpty)
            return ReadFault.WrongShape;
        message.WantsStream = tape.Is(tape.Find(0, "stream"u8), JsonKind.True);
        sweep.TakeLabels(tape.Find(0, "webhook_events_filter"u8));
        // The server tells this address what the model said.
        Media.TakeAddress(message, ref sweep, JsonShape.Present(tape, 0, "webhook"u8), OpaqueKind.File);
        return ReplicateInput.Read(message, ref sweep, tape.Find(0, "input"u8), isTold: false, limits);
    }

    /// <summary>A run, a model or a version: each has some of these members.</summary>
    private static ReadFault ReadThing(Message message, ref SegmentSweep sweep, int thing, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (KnownKeys.HasVariant(tape, thing, AnswerKeys))
            return ReadFault.Ambiguous;
        foreach (byte[] label in Labels)
            sweep.TakeLabels(tape.Find(thing, label));
        TakeName(ref sweep, tape.Find(thing, "version"u8));
        foreach (byte[] address in Addresses)
            sweep.Take(tape.Find(thing, address), TextRole.Url);
        sweep.TakeAll(tape.Find(thing, "urls"u8), TextRole.Url);
        sweep.TakeAll(tape.Find(thing, "openapi_schema"u8), TextRole.Schema);
        sweep.Take(tape.Find(thing, "description"u8), TextRole.Document);
        sweep.Take(tape.Find(thing, "readme"u8), TextRole.Document);
        sweep.Take(tape.Find(thing, "logs"u8), TextRole.Document);
        TakeOutput(message, ref sweep, tape.Find(thing, "output"u8));
        ReadFault fault = ReplicateInput.Read(message, ref sweep, tape.Find(thing, "input"u8), isTold: true, limits);
        foreach (int inner in (ReadOnlySpan<int>)[tape.Find(thing, "default_example"u8), tape.Find(thing, "latest_version"u8)])
        {
            if (fault == ReadFault.None && tape.Is(inner, JsonKind.Object))
                fault = ReadThing(message, ref sweep, inner, limits);
        }
        return fault;
    }

    /// <summary>What a model made: text, text in pieces (a list, read joined), addresses of files, or these in an object.</summary>
    private static void TakeOutput(Message message, ref SegmentSweep sweep, int output)
    {
        JsonTape tape = sweep.Tape;
        if (output < 0)
            return;
        for (int node = output; node < tape[output].End; node++)
            ReplicateInput.TakeAddress(message, ref sweep, node, isTold: true);
        if (tape.Is(output, JsonKind.Array) && tape[output].End > JsonTape.FirstChild(output) && tape.Is(JsonTape.FirstChild(output), JsonKind.String)
            && !sweep.IsTaken(JsonTape.FirstChild(output)))
            ChatLogprobs.ReadPieces(message, ref sweep, output);
        sweep.TakeAll(output, TextRole.Assistant);
    }

    /// <summary>A version may be written behind its model, and is then longer than labels are.</summary>
    private static void TakeName(ref SegmentSweep sweep, int node)
    {
        sweep.TakeLabel(node);
        if (sweep.Tape.Is(node, JsonKind.String) && sweep.Tape.Raw(node).IndexOfAnyExcept(NameBytes) < 0 && sweep.Tape[node].Length <= 192)
            sweep.Take(node, TextRole.Metadata);
    }

    private static readonly System.Buffers.SearchValues<byte> NameBytes = System.Buffers.SearchValues.Create(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-./:"u8);
}
