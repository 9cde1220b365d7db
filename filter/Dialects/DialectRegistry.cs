using EnvoyExtAuthz.Dialects.OpenAi;

namespace EnvoyExtAuthz.Dialects;

/// <summary>The protocols this build speaks. A new one is a folder here and a line below.</summary>
public static class DialectRegistry
{
    /// <summary>All protocols that need no configuration, in the order in which they are asked whether a request is theirs.</summary>
    public static IReadOnlyList<Dialect> BuiltIn { get; } = [OpenAiChatDialect.Instance];
}
