using System.Buffers;
using System.Buffers.Text;
using System.Collections.Immutable;

namespace EnvoyExtAuthz.Detection.Recognition;

/// <summary>
/// JSON Web Tokens in compact form (RFC 7515 §3.1, RFC 7516 §3.1): three to five parts, the first of which decodes to a JSON object
/// that names an algorithm. A single base64 value, such as a page's cursor, is none.
/// </summary>
internal sealed class JsonWebTokens : Recogniser
{
    private const int MaxHeader = 2048;
    private static readonly FindingKind Kind = FindingKinds.Named("secret.jwt");

    /// <inheritdoc/>
    public override ImmutableArray<string> Anchors { get; } = ["eyJ"];

    /// <inheritdoc/>
    public override ImmutableArray<FindingKind> Kinds { get; } = [Kind];

    /// <inheritdoc/>
    public override void Attempt(ref Sweep sweep, int start, int end)
    {
        // The run's left end only: a run is then read once, however many anchors it holds.
        if (!sweep.BeginsToken(start) || sweep.Before(start) is '.' or '-')
            return;
        int to = sweep.Run(start, Alphabets.Dotted, Recognisers.MaxFindingBytes);
        ReadOnlySpan<byte> token = sweep.Text[start..to];
        // An unsigned token ends in its second dot; another dot ends the sentence.
        while (token.Count((byte)'.') > 2 && token[^1] == (byte)'.')
            token = token[..^1];
        int first = token.IndexOf((byte)'.');
        if (first is < 12 or > MaxHeader || token.Count((byte)'.') is < 2 or > 4 || !NamesAlgorithm(token[..first]))
            return;
        int second = token[(first + 1)..].IndexOf((byte)'.');
        // An encrypted token, of five parts, may have an empty second one; a signed one has a payload.
        if (second < 4 && token.Count((byte)'.') != 4)
            return;
        sweep.Report(Kind, start, start + token.Length, 1, DocumentedExamples.Contains(token));
    }

    private static bool NamesAlgorithm(ReadOnlySpan<byte> header)
    {
        Span<byte> json = stackalloc byte[MaxHeader];
        return Base64Url.DecodeFromUtf8(header, json, out _, out int length) == OperationStatus.Done
            && json[..length] is [(byte)'{', .., (byte)'}']
            && json[..length].IndexOf("\"alg\""u8) > 0;
    }
}
