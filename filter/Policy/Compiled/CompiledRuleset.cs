using EnvoyExtAuthz.Detection;
using EnvoyExtAuthz.Policy.Matching;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Policy.Compiled;

/// <summary>What a set of rules says, as tables shared with other rulesets: every question is a few look-ups.</summary>
internal sealed class CompiledRuleset : Ruleset
{
    private readonly string[] _ruleNames;
    private readonly int _first;
    private readonly NameTable[] _tools;
    private readonly NameTable[] _models;
    private readonly DetectionTable _detection;
    private readonly CaseAction[] _cases;

    /// <summary>Puts a ruleset together.</summary>
    /// <param name="ruleNames">Names of all the policy's rules.</param>
    /// <param name="first">Index of the first rule that applies; -1 if none does.</param>
    /// <param name="tools">Tables of the rules that speak of tools.</param>
    /// <param name="models">Tables of the rules that speak of models; empty if none does: then every model may be used.</param>
    /// <param name="onDeclared">What to do with a declared tool that is not allowed.</param>
    /// <param name="detection">What the rules say of detectors.</param>
    /// <param name="cases">What the rules say of each case.</param>
    public CompiledRuleset(string[] ruleNames, int first, NameTable[] tools, NameTable[] models, DeclaredToolAction onDeclared, DetectionTable detection, CaseAction[] cases)
    {
        _ruleNames = ruleNames;
        _first = first;
        _tools = tools;
        _models = models;
        _detection = detection;
        _cases = cases;
        OnDeclaredTool = onDeclared;
    }

    /// <inheritdoc/>
    public override bool Admitted => _first >= 0;

    /// <inheritdoc/>
    public override string Rule => NameOf(_first);

    /// <inheritdoc/>
    public override DeclaredToolAction OnDeclaredTool { get; }

    /// <inheritdoc/>
    /// <remarks>
    /// Always: a model's answer can call tools and a server's can list them, and even a rule that allows <c>*</c> refuses
    /// names that are not plain.
    /// </remarks>
    public override bool NeedsResponse => true;

    /// <inheritdoc/>
    public override ToolVerdict JudgeTool(ReadOnlySpan<byte> name) => Judge(_tools, name);

    /// <inheritdoc/>
    public override ToolVerdict JudgeModel(ReadOnlySpan<byte> model) => _models.Length == 0 ? new ToolVerdict(Admitted, Rule) : Judge(_models, model);

    /// <inheritdoc/>
    public override ScanPlan Plan(Direction direction, TextRole role) => _detection.Plan(direction, role);

    /// <inheritdoc/>
    public override FindingVerdict JudgeFinding(in Finding finding, Direction direction, TextRole role)
    {
        (FindingAction action, int rule) = _detection.Judge(finding, direction, role);
        return new FindingVerdict(action, NameOf(rule));
    }

    /// <inheritdoc/>
    public override CaseAction On(UninspectableCase what) => _cases[(int)what];

    private ToolVerdict Judge(NameTable[] tables, ReadOnlySpan<byte> name)
    {
        NameRules said = NameRules.None;
        foreach (NameTable table in tables)
            said = said.And(table.Find(name));
        if (said.Deny >= 0)
            return new ToolVerdict(false, NameOf(said.Deny));
        return new ToolVerdict(said.Allow >= 0, NameOf(said.Allow));
    }

    private string NameOf(int rule) => rule < 0 ? RulesetCompiler.DefaultRule : _ruleNames[rule];
}
