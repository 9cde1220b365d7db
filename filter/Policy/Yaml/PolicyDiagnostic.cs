using System.Globalization;

namespace EnvoyExtAuthz.Policy.Yaml;

/// <summary>How bad a diagnostic is.</summary>
public enum DiagnosticSeverity : byte
{
    /// <summary>Worth a look; the policy works.</summary>
    Warning,

    /// <summary>The policy is refused.</summary>
    Error,
}

/// <summary>Something about a policy file, and where.</summary>
/// <param name="Severity">How bad.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1, in UTF-16 units as editors count.</param>
/// <param name="Code">A stable word, listed in docs/policy.md.</param>
/// <param name="Message">What is wrong, in a sentence.</param>
/// <param name="Suggestion">What to write instead; null if nothing is near.</param>
public sealed record PolicyDiagnostic(DiagnosticSeverity Severity, int Line, int Column, string Code, string Message, string? Suggestion = null)
{
    /// <summary>Whether the policy is refused for it.</summary>
    public bool IsError => Severity == DiagnosticSeverity.Error;

    /// <summary>As compilers write it: <c>FILE:LINE:COLUMN: error CODE: message Did you mean `word`?</c></summary>
    public string Format(string file) => string.Create(CultureInfo.InvariantCulture,
        $"{file}:{Line}:{Column}: {(IsError ? "error" : "warning")} {Code}: {Message}{(Suggestion is null ? "" : $" Did you mean `{Suggestion}`?")}");
}
