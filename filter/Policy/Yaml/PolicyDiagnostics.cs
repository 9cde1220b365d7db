namespace EnvoyExtAuthz.Policy.Yaml;

/// <summary>
/// Gathers what is wrong with a file. Bounded, so that a large file of mistakes costs no more than a small one: past the
/// bound everything is counted as one last error.
/// </summary>
internal sealed class PolicyDiagnostics
{
    /// <summary>Most diagnostics of a severity that are kept.</summary>
    public const int MaxKept = 200;

    private readonly List<PolicyDiagnostic> _errors = [];
    private readonly List<PolicyDiagnostic> _warnings = [];

    /// <summary>Whether the policy is refused.</summary>
    public bool HasErrors => _errors.Count > 0;

    /// <summary>Whether further errors are listed: if not, what goes with them need not be worked out.</summary>
    public bool ListsErrors => _errors.Count < MaxKept;

    /// <summary>Reports an error.</summary>
    public void Error(YamlNode at, string code, string message, string? suggestion = null) => Error(at.Line, at.Column, code, message, suggestion);

    /// <summary>Reports an error.</summary>
    public void Error(int line, int column, string code, string message, string? suggestion = null)
    {
        if (_errors.Count < MaxKept)
            _errors.Add(new PolicyDiagnostic(DiagnosticSeverity.Error, Math.Max(1, line), Math.Max(1, column), code, message, suggestion));
        else if (_errors.Count == MaxKept)
            _errors.Add(new PolicyDiagnostic(DiagnosticSeverity.Error, Math.Max(1, line), Math.Max(1, column), "too-many", "More errors follow and are not listed."));
    }

    /// <summary>Reports something legal that is probably not meant.</summary>
    public void Warn(YamlNode at, string code, string message, string? suggestion = null)
    {
        if (_warnings.Count < MaxKept)
            _warnings.Add(new PolicyDiagnostic(DiagnosticSeverity.Warning, at.Line, at.Column, code, message, suggestion));
        else if (_warnings.Count == MaxKept)
            _warnings.Add(new PolicyDiagnostic(DiagnosticSeverity.Warning, at.Line, at.Column, "too-many", "More warnings follow and are not listed."));
    }

    /// <summary>Everything, in the file's order.</summary>
    public IReadOnlyList<PolicyDiagnostic> InFileOrder() => [.. _errors.Concat(_warnings).OrderBy(d => d.Line).ThenBy(d => d.Column)];
}
