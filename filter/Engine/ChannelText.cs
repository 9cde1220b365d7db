using System.Buffers;
using System.Text;
using EnvoyExtAuthz.Detection;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Policy;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Engine;

/// <summary>
/// One running text of a stream (a choice's content, say): scanned as it grows, its findings written back to the events
/// that hold their pieces. A finding over several events becomes its mask in the first and nothing in the rest.
/// </summary>
internal sealed class ChannelText(TextRole role, ScanPlan plan) : IDisposable
{
    private readonly RunningText _text = new(plan);
    private readonly Queue<Piece> _pieces = new();
    private readonly List<Finding> _found = [];
    private ArrayBufferWriter<byte>? _whole;
    private long _length;

    private readonly record struct Piece(HeldEvent Event, Segment Segment, long Start, int Length);

    /// <summary>Takes the next piece of the text and acts on what it completes.</summary>
    /// <returns>The family of a finding that the policy refuses, or null.</returns>
    public DetectorFamily? Append(HeldEvent held, in Segment segment, Ruleset rules, Decision decision)
    {
        ReadOnlySpan<byte> text = held.Message.Text(segment).Span;
        if (text.IsEmpty)
            return null;
        held.Unsettled++;
        _pieces.Enqueue(new Piece(held, segment, _length, text.Length));
        _length += text.Length;
        if (plan.HasClassifiers)
        {
            // A classifier's verdict is on the whole: nothing is settled before the end.
            _whole ??= new ArrayBufferWriter<byte>();
            _whole.Write(text);
        }
        _text.Append(text);
        return Act(rules, decision);
    }

    /// <summary>The text is complete.</summary>
    /// <returns>How the last scan ended, and the family of a finding that the policy refuses.</returns>
    public (ScanOutcome Outcome, DetectorFamily? Refused) Finish(Scanner scanner, Ruleset rules, Decision decision)
    {
        _text.Finish();
        DetectorFamily? refused = Act(rules, decision);
        ScanOutcome outcome = ScanOutcome.Complete;
        if (_whole is { WrittenCount: > 0 } && refused is null)
        {
            _found.Clear();
            outcome = scanner.Classify(_whole.WrittenSpan, role, plan, _found);
            foreach (Finding finding in _found)
            {
                if (MessageInspector.Decide(finding, Direction.Response, role, rules, decision) == FindingAction.Refuse)
                    refused = FindingKinds.All[finding.Kind].Family;
            }
            _whole = null;
        }
        Settle();
        return (outcome, refused);
    }

    /// <inheritdoc/>
    public void Dispose() => _text.Dispose();

    private DetectorFamily? Act(Ruleset rules, Decision decision)
    {
        _found.Clear();
        _text.Drain(_found);
        foreach (Finding finding in _found)
        {
            FindingAction action = MessageInspector.Decide(finding, Direction.Response, role, rules, decision);
            if (action == FindingAction.Refuse)
                return FindingKinds.All[finding.Kind].Family;
            if (action == FindingAction.Redact)
                Redact(finding);
        }
        if (_whole is null)
            Settle();
        return null;
    }

    private void Redact(in Finding finding)
    {
        long start = finding.Start;
        long end = start + finding.Length;
        bool masked = false;
        foreach (Piece piece in _pieces)
        {
            long from = Math.Max(start, piece.Start);
            long to = Math.Min(end, piece.Start + piece.Length);
            if (from >= to)
                continue;
            byte[] mask = masked ? [] : Encoding.UTF8.GetBytes(FindingKinds.All[finding.Kind].Mask);
            piece.Event.Message.Replace(piece.Segment, (int)(from - piece.Start), (int)(to - from), mask);
            masked = true;
        }
    }

    private void Settle()
    {
        while (_pieces.TryPeek(out Piece first) && (first.Start + first.Length <= _text.SettledLength))
        {
            first.Event.Unsettled--;
            _pieces.Dequeue();
        }
    }
}
