using System.Text;
using EnvoyExtAuthz.Detection;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Policy;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Engine;

/// <summary>
/// Judges one message that was read: cases, models, tools, findings, in this order, the first refusal deciding. Edits the
/// policy asks for are put on the message as splices. Not thread-safe: one a exchange, its lists reused.
/// </summary>
internal sealed class MessageInspector(Scanner scanner, ExchangeLimits limits)
{
    private const int RecordedNameBytes = 128;
    private readonly List<Finding> _found = [];
    private readonly List<int> _removed = [];

    /// <summary>Judges a message.</summary>
    /// <param name="message">Read by its dialect.</param>
    /// <param name="direction">Which way it goes.</param>
    /// <param name="rules">What applies.</param>
    /// <param name="canEdit">Whether the body can be changed on this way.</param>
    /// <param name="decision">Gets what was found and done.</param>
    public Judgement Inspect(Message message, Direction direction, Ruleset rules, bool canEdit, Decision decision)
    {
        Judgement judgement = JudgeOpaque(message, rules, decision);
        if (judgement.IsRefused)
            return judgement;
        judgement = direction == Direction.Request ? JudgeModel(message, rules, decision) : judgement;
        if (judgement.IsRefused)
            return judgement;
        judgement = JudgeCalls(message, rules, decision);
        if (judgement.IsRefused)
            return judgement;
        judgement = JudgeDeclarations(message, rules, canEdit, decision);
        if (judgement.IsRefused)
            return judgement;
        judgement = JudgeTexts(message, direction, rules, canEdit, decision);
        return judgement.IsRefused ? judgement : JudgeExtraTexts(message, direction, rules, decision);
    }

    /// <summary>The trailers of a response that may not go on: those in whose text is what the policy masks or refuses.</summary>
    /// <param name="trailers">The trailers.</param>
    /// <param name="rules">What applies.</param>
    /// <param name="decision">Gets what was found.</param>
    /// <returns>Names; null for none.</returns>
    public List<string>? UnfitTrailers(HttpHead trailers, Ruleset rules, Decision decision)
    {
        ScanPlan plan = rules.Plan(Direction.Response, TextRole.Unknown);
        List<string>? unfit = null;
        foreach (HeaderField field in trailers.Fields)
        {
            _found.Clear();
            bool fits = scanner.Scan(field.Value.Span, TextRole.Unknown, plan, _found) == ScanOutcome.Complete;
            foreach (Finding finding in _found)
                fits &= Decide(finding, Direction.Response, TextRole.Unknown, rules, decision) is not (FindingAction.Redact or FindingAction.Refuse);
            if (!fits)
                (unfit ??= []).Add(field.Name);
        }
        return unfit;
    }

    /// <summary>Judges a case that keeps something from being inspected.</summary>
    public static Judgement JudgeCase(UninspectableCase what, Ruleset rules, Decision decision, int limit = 0)
    {
        CaseAction action = rules.On(what);
        if (!decision.Cases.Contains((what, action)))
            decision.Cases.Add((what, action));
        return action == CaseAction.Allow ? Judgement.Allowed : Judgement.Of(what, limit);
    }

    /// <summary>Judges tool calls; also those a stream put together.</summary>
    public static Judgement JudgeCalls(Message message, Ruleset rules, Decision decision)
    {
        foreach (ToolCall call in message.ToolCalls)
        {
            if (call.Replayed)
                continue;
            ToolVerdict verdict = rules.JudgeTool(call.Name.Span);
            decision.Tools.Add(new RecordedTool(ShownName(call.Name.Span), "called", verdict.Allowed, verdict.Rule));
            if (verdict.Allowed)
                continue;
            decision.Rule = verdict.Rule;
            return Judgement.ToolNotAllowed;
        }
        return Judgement.Allowed;
    }

    /// <summary>Decides on one finding and records it.</summary>
    public static FindingAction Decide(in Finding finding, Direction direction, TextRole role, Ruleset rules, Decision decision)
    {
        FindingVerdict verdict = rules.JudgeFinding(finding, direction, role);
        FindingAction action = finding.Example && verdict.Action > FindingAction.Shadow ? FindingAction.Shadow : verdict.Action;
        if (action == FindingAction.Ignore)
            return action;
        if (decision.Findings.Count < 256)
            decision.Findings.Add(new RecordedFinding(finding.Kind, role, finding.Start, finding.Length, finding.Score, action, verdict.Rule));
        if (action == FindingAction.Refuse)
            decision.Rule = verdict.Rule;
        return action;
    }

    private static Judgement JudgeOpaque(Message message, Ruleset rules, Decision decision)
    {
        foreach (OpaquePart part in message.Opaque)
        {
            Judgement judgement = JudgeCase(UninspectableCases.Of(part.Kind), rules, decision);
            if (judgement.IsRefused)
                return judgement;
        }
        return Judgement.Allowed;
    }

    private static Judgement JudgeModel(Message message, Ruleset rules, Decision decision)
    {
        Judgement judgement = message.Model.IsEmpty ? Judgement.Allowed : JudgeModel(message.Model, rules, decision);
        foreach (ReadOnlyMemory<byte> further in message.FurtherModels)
        {
            if (judgement.IsRefused)
                break;
            judgement = JudgeModel(further, rules, decision);
        }
        return judgement;
    }

    private static Judgement JudgeModel(ReadOnlyMemory<byte> model, Ruleset rules, Decision decision)
    {
        ToolVerdict verdict = rules.JudgeModel(model.Span);
        if (verdict.Allowed)
            return Judgement.Allowed;
        decision.Rule = verdict.Rule;
        return Judgement.ModelNotAllowed;
    }

    private Judgement JudgeDeclarations(Message message, Ruleset rules, bool canEdit, Decision decision)
    {
        _removed.Clear();
        for (int i = 0; i < message.ToolDeclarations.Count; i++)
        {
            ReadOnlySpan<byte> name = message.ToolDeclarations[i].Name.Span;
            ToolVerdict verdict = rules.JudgeTool(name);
            if (verdict.Allowed)
                continue;
            _removed.Add(i);
            if (decision.Tools.Count < 256)
                decision.Tools.Add(new RecordedTool(ShownName(name), "declared", false, verdict.Rule));
            decision.Rule = verdict.Rule;
            if (rules.OnDeclaredTool == DeclaredToolAction.Refuse)
                return Judgement.ToolNotOffered;
        }
        if (_removed.Count == 0)
            return Judgement.Allowed;
        if (canEdit && message.Dialect!.RemoveTools(message, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_removed)))
            return Judgement.Allowed;
        // A tool that cannot be taken out goes on only if it was allowed: EditImpossible does not overrule an allowlist.
        decision.Cases.Add((UninspectableCase.EditImpossible, CaseAction.Refuse));
        return Judgement.ToolNotOffered;
    }

    private Judgement JudgeTexts(Message message, Direction direction, Ruleset rules, bool canEdit, Decision decision)
    {
        int budget = limits.TextBytes;
        // Indexed: replacing adds splices, not segments, but the list must not be enumerated over a call that could.
        for (int i = 0; i < message.Segments.Count; i++)
        {
            Segment segment = message.Segments[i];
            ScanPlan plan = rules.Plan(direction, segment.Role);
            if (segment.Channel >= 0 || plan.IsEmpty || segment.Length == 0)
                continue;
            budget -= segment.Length;
            Judgement judgement = budget < 0
                ? JudgeCase(UninspectableCase.BudgetSpent, rules, decision)
                : JudgeText(message, segment, plan, direction, rules, canEdit, decision);
            if (judgement.IsRefused)
                return judgement;
            if (budget < 0)
                break;
        }
        return Judgement.Allowed;
    }

    /// <summary>Judges texts that stand beside a body, or were put together from several events: none of them can be edited.</summary>
    public Judgement JudgeExtraTexts(Message message, Direction direction, Ruleset rules, Decision decision)
    {
        // Beside a request's body stand a path's and query's arguments; beside a response's events, comments nobody asked for.
        TextRole role = direction == Direction.Request ? TextRole.ToolArgument : TextRole.Unknown;
        ScanPlan plan = rules.Plan(direction, role);
        foreach (ReadOnlyMemory<byte> text in message.ExtraTexts)
        {
            _found.Clear();
            if (scanner.Scan(text.Span, role, plan, _found) != ScanOutcome.Complete
                && JudgeCase(UninspectableCase.DetectorFailed, rules, decision) is { IsRefused: true } failed)
                return failed;
            foreach (Finding finding in _found)
            {
                FindingAction action = Decide(finding, direction, role, rules, decision);
                if (action == FindingAction.Refuse)
                    return Judgement.Found(FindingKinds.All[finding.Kind].Family);
                if (action == FindingAction.Redact && JudgeCase(UninspectableCase.EditImpossible, rules, decision) is { IsRefused: true } impossible)
                    return impossible;
            }
        }
        return Judgement.Allowed;
    }

    private Judgement JudgeText(Message message, in Segment segment, ScanPlan plan, Direction direction, Ruleset rules, bool canEdit, Decision decision)
    {
        _found.Clear();
        ScanOutcome outcome = scanner.Scan(message.Text(segment).Span, segment.Role, plan, _found);
        if (outcome != ScanOutcome.Complete)
        {
            UninspectableCase what = outcome == ScanOutcome.Failed ? UninspectableCase.DetectorFailed : UninspectableCase.BudgetSpent;
            Judgement judgement = JudgeCase(what, rules, decision);
            if (judgement.IsRefused)
                return judgement;
        }
        foreach (Finding finding in _found)
        {
            FindingAction action = Decide(finding, direction, segment.Role, rules, decision);
            FindingKind kind = FindingKinds.All[finding.Kind];
            if (action == FindingAction.Refuse)
                return Judgement.Found(kind.Family);
            if (action != FindingAction.Redact)
                continue;
            if (!canEdit)
            {
                Judgement judgement = JudgeCase(UninspectableCase.EditImpossible, rules, decision);
                if (judgement.IsRefused)
                    return judgement;
                continue;
            }
            message.Replace(segment, finding.Start, finding.Length, Encoding.UTF8.GetBytes(kind.Mask));
        }
        return Judgement.Allowed;
    }

    private static string ShownName(ReadOnlySpan<byte> name) =>
        Encoding.UTF8.GetString(name.Length <= RecordedNameBytes ? name : name[..RecordedNameBytes]);
}
