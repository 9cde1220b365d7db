using System.Collections.Immutable;

namespace EnvoyExtAuthz.Detection.Recognition;

/// <summary>
/// Recognises one kind, or a few that look alike, from anchors on. Immutable. To stay correct on a text that is still growing it
/// must (1) read ahead only through <see cref="Sweep.At"/> and <see cref="Sweep.Run"/>, (2) look no further back than
/// <see cref="Recognisers.ContextBytes"/> from where its finding starts, (3) say by <see cref="Sweep.MayStartAt"/> where its finding
/// would start when that is not the anchor's start, and (4) read a bounded number of bytes an anchor.
/// </summary>
internal abstract class Recogniser
{
    /// <summary>Words whose presence starts an attempt. ASCII case is ignored.</summary>
    public abstract ImmutableArray<string> Anchors { get; }

    /// <summary>The kinds it may report; an attempt is made only where a plan wants one of them.</summary>
    public abstract ImmutableArray<FindingKind> Kinds { get; }

    /// <summary>
    /// Whether a finding may start inside the anchor, so that a growing text that ends in part of it has to wait. False for words
    /// that only stand before a finding.
    /// </summary>
    public virtual bool StartsInAnchor => true;

    /// <summary>Looks at one place.</summary>
    /// <param name="sweep">The pass; takes the finding.</param>
    /// <param name="start">First byte of the anchor.</param>
    /// <param name="end">The byte after it.</param>
    public abstract void Attempt(ref Sweep sweep, int start, int end);
}
