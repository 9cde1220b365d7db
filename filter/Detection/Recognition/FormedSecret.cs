using System.Buffers;
using System.Collections.Immutable;
using System.Text;

namespace EnvoyExtAuthz.Detection.Recognition;

/// <summary>A kind of secret with a fixed mark and an exact form around it: one row is all it takes to add one.</summary>
/// <param name="Name">Name of the kind after <c>secret.</c>; rows may share one.</param>
/// <param name="Mark">What its issuer put into it to make it known; case matters.</param>
/// <param name="Form">What follows the mark, as <see cref="Recognition.Form"/> reads it; nothing when empty.</param>
/// <param name="BodyOnly">The mark is a name or an address, not part of the secret.</param>
/// <param name="Alone">The mark is an everyday word, so nothing that could join it to a longer name may stand before it.</param>
/// <param name="Before">Letters and digits before the mark that belong to the secret, at most 56.</param>
/// <param name="BeforeOf">What those are made of.</param>
internal sealed record FormedShape(string Name, string Mark, string Form, bool BodyOnly = false, bool Alone = false, int Before = 0, SearchValues<byte>? BeforeOf = null);

/// <summary>Recognises one <see cref="FormedShape"/>.</summary>
internal sealed class FormedSecret(FormedShape shape) : Recogniser
{
    private readonly byte[] _mark = Encoding.ASCII.GetBytes(shape.Mark);
    private readonly Form? _form = shape.Form.Length > 0 ? Form.Of(shape.Form) : null;

    /// <inheritdoc/>
    public override ImmutableArray<string> Anchors { get; } = [shape.Mark];

    /// <inheritdoc/>
    public override ImmutableArray<FindingKind> Kinds { get; } = [FindingKinds.Named($"secret.{shape.Name}")];

    /// <inheritdoc/>
    public override bool StartsInAnchor => !shape.BodyOnly && shape.Before == 0;

    /// <inheritdoc/>
    public override void Attempt(ref Sweep sweep, int start, int end)
    {
        ReadOnlySpan<byte> text = sweep.Text;
        int first = start - shape.Before;
        if (first < 0 || !text[start..end].SequenceEqual(_mark))
            return;
        // A growing text waits for its last word, so what stands before the mark is still there when the mark comes.
        if (shape.Before > 0 && (text[first..start].IndexOfAnyExcept(shape.BeforeOf!) >= 0 || (first > 0 && Alphabets.MailLocal.Contains(text[first - 1]))))
            return;
        if (!shape.BodyOnly && !sweep.BeginsToken(first))
            return;
        if (shape.Alone && sweep.Before(first) is '-' or '.' or '/')
            return;
        int from = shape.BodyOnly ? end : first;
        sweep.MayStartAt(from);
        int to = _form?.End(ref sweep, end) ?? (sweep.EndsToken(end) ? end : -1);
        if (to < 0)
            return;
        ReadOnlySpan<byte> drawn = shape.Before > 0 ? text[first..start] : text[end..to];
        if (Randomness.LooksDrawn(drawn) && drawn.ContainsAny(Alphabets.Digits) && drawn.ContainsAny(Alphabets.Alphabetic))
            sweep.Report(Kinds[0], from, to, 0.95f);
    }
}
