using EnvoyExtAuthz.Dialects.OpenAi;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAiLegacy;

/// <summary>Lists of models, and what a provider says of one: names, limits, descriptions.</summary>
public sealed class ModelsDialect : Dialect
{
    /// <summary>The one instance.</summary>
    public static ModelsDialect Instance { get; } = new();

    /// <inheritdoc/>
    public override string Name => "openai-models";

    /// <inheritdoc/>
    public override bool Recognises(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path) =>
        method.SequenceEqual("GET"u8)
        && (path.EndsWith("/models"u8) || path.IndexOf("/v1/models/"u8) >= 0 || path.StartsWith("/api/models/"u8))
        // Gemini's, and Vertex AI's.
        && path.IndexOf("/v1beta"u8) < 0 && path.IndexOf("/v1alpha"u8) < 0 && path.IndexOf("/projects/"u8) < 0;

    /// <inheritdoc/>
    public override ReadFault ReadRequest(HttpHead head, ReadOnlyMemory<byte> path, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message)
    {
        message.Take(body);
        if (!Recognises(head.Method.Span, path.Span))
            return ReadFault.UnknownPath;
        return body.IsEmpty ? ReadFault.None : ReadFault.UnexpectedBody;
    }

    /// <inheritdoc/>
    public override ReadFault ReadResponse(Message request, HttpHead head, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message)
    {
        ReadFault fault = OpenAiBody.ReadResponse(head, body, limits, message, out bool isJson);
        if (fault != ReadFault.None || !isJson)
            return fault;
        var sweep = new SegmentSweep(message, 0);
        JsonTape tape = sweep.Tape;
        for (int node = 0; node < tape.Count; node++)
        {
            if (tape[node].Kind == JsonKind.Key && tape.KeyEquals(node, "description"u8))
                sweep.Take(node + 1, TextRole.Document);
        }
        if (head.Status < 400)
            sweep.TakeLabels(0);
        sweep.Finish(TextRole.Unknown);
        return ReadFault.None;
    }

    /// <summary>There are no tools here.</summary>
    public override bool RemoveTools(Message message, ReadOnlySpan<int> removed) => false;

    /// <inheritdoc/>
    public override Refusal Refuse(in RefusalReason reason, Message? request, HttpHead requestHead) => OpenAiBody.Refuse(reason);
}
