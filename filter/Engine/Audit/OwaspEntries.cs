namespace EnvoyExtAuthz.Engine.Audit;

/// <summary>
/// Entry of the OWASP Top 10 for LLM Applications that a refusal belongs to. Always with its year: the numbers moved in 2026.
/// </summary>
public static class OwaspEntries
{
    /// <summary>The entry of a reason, or null where none fits.</summary>
    public static string? Of(string reason) => reason switch
    {
        "injection_detected" => "LLM01:2025",
        "secret_detected" or "personal_data_detected" => "LLM02:2025",
        "tool_not_allowed" or "model_not_allowed" or "caller_not_admitted" => "LLM06:2025",
        "too_large" or "budget_spent" or "overloaded" or "deadline_passed" => "LLM10:2025",
        _ => null,
    };
}
