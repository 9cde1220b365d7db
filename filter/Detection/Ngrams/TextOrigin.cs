using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Detection.Ngrams;

/// <summary>
/// What a role means to the classifier. A bare order is what a person is expected to write, and what a stranger's text has
/// no business to contain; finer roles would teach the model which role a data set happened to come in.
/// </summary>
public enum TextOrigin : byte
{
    /// <summary>Somebody who may give orders to the model, or the model itself.</summary>
    Speaker,

    /// <summary>Text that was fetched, returned or declared, and should only inform.</summary>
    Stranger,
}

/// <summary>Roles as origins.</summary>
public static class TextOrigins
{
    /// <summary>Origins there are.</summary>
    public const int Count = 2;

    /// <summary>A role's origin; unknown roles count as the least trusted.</summary>
    public static TextOrigin Of(TextRole role) => role switch
    {
        TextRole.System or TextRole.Developer or TextRole.User or TextRole.Assistant or TextRole.Reasoning or TextRole.ToolArgument => TextOrigin.Speaker,
        _ => TextOrigin.Stranger,
    };
}
