namespace EnvoyExtAuthz.Policy.Yaml;

/// <summary>
/// How diagnostics are gathered: bounded, so that a large file of mistakes costs no more to report than a small one.
/// </summary>
public static class DiagnosticList
{
    /// <summary>Most diagnostics that are kept.</summary>
    public const int MaxKept = 200;

    /// <summary>Whether there is room: if not, what goes with a diagnostic need not be worked out.</summary>
    public static bool HasRoom(this List<PolicyDiagnostic> diagnostics) => diagnostics.Count < MaxKept;

    /// <summary>Whether the file is refused.</summary>
    public static bool HasErrors(this List<PolicyDiagnostic> diagnostics) => diagnostics.Exists(d => d.IsError);

    /// <summary>Reports an error at a node.</summary>
    public static void Error(this List<PolicyDiagnostic> diagnostics, YamlNode at, string code, string message, string? suggestion = null) =>
        diagnostics.Keep(new PolicyDiagnostic(DiagnosticSeverity.Error, at.Line, at.Column, code, message, suggestion));

    /// <summary>Reports an error.</summary>
    public static void Error(this List<PolicyDiagnostic> diagnostics, int line, int column, string code, string message) =>
        diagnostics.Keep(new PolicyDiagnostic(DiagnosticSeverity.Error, Math.Max(1, line), Math.Max(1, column), code, message));

    /// <summary>Reports something legal that is probably not meant.</summary>
    public static void Warn(this List<PolicyDiagnostic> diagnostics, YamlNode at, string code, string message, string? suggestion = null) =>
        diagnostics.Keep(new PolicyDiagnostic(DiagnosticSeverity.Warning, at.Line, at.Column, code, message, suggestion));

    private static void Keep(this List<PolicyDiagnostic> diagnostics, PolicyDiagnostic diagnostic)
    {
        if (diagnostics.HasRoom())
            diagnostics.Add(diagnostic);
        else if (diagnostics.Count == MaxKept)
            diagnostics.Add(diagnostic with { Code = "too-many", Message = "More follow and are not listed.", Suggestion = null });
    }
}
