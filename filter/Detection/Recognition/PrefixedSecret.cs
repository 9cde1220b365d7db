using System.Collections.Immutable;
using System.Text;

namespace EnvoyExtAuthz.Detection.Recognition;

/// <summary>Recognises one <see cref="SecretShape"/>.</summary>
internal sealed class PrefixedSecret(SecretShape shape) : Recogniser
{
    private readonly byte[] _prefix = Encoding.ASCII.GetBytes(shape.Prefix);

    /// <inheritdoc/>
    public override ImmutableArray<string> Anchors { get; } = [shape.Prefix];

    /// <inheritdoc/>
    public override ImmutableArray<FindingKind> Kinds { get; } = [FindingKinds.Named($"secret.{shape.Name}")];

    /// <inheritdoc/>
    public override bool StartsInAnchor => !shape.BodyOnly;

    /// <inheritdoc/>
    public override void Attempt(ref Sweep sweep, int start, int end)
    {
        if (!sweep.Text[start..end].SequenceEqual(_prefix) || !sweep.BeginsToken(start))
            return;
        if (shape.Alone && sweep.Before(start) is '-' or '.' or '/')
            return;
        int from = shape.BodyOnly ? end : start;
        sweep.MayStartAt(from);
        int to = sweep.Run(end, shape.Alphabet, shape.Most + 1);
        // A full stop after a token ends the sentence, not the token.
        while (to > end && sweep.Text[to - 1] == (byte)'.')
            to--;
        int length = to - end;
        if (length < shape.Least || length > shape.Most || !sweep.EndsToken(to))
            return;
        ReadOnlySpan<byte> body = sweep.Text[end..to];
        bool example = DocumentedExamples.Contains(sweep.Text[from..to]);
        bool proven = shape.Check == BodyCheck.Crc32Base62 && Checksums.EndsWithCrc32Base62(body);
        if (!example && !proven && !Passes(body))
            return;
        sweep.Report(Kinds[0], from, to, proven ? 1 : shape.Score, example);
    }

    private bool Passes(ReadOnlySpan<byte> body) =>
        Randomness.LooksDrawn(body) && (shape.Check != BodyCheck.Mixed || (body.ContainsAny(Alphabets.Digits) && body.ContainsAny(Alphabets.Alphabetic)));
}
