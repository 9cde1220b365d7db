namespace EnvoyExtAuthz.Text;

/// <summary>
/// Who put a piece of text into an exchange and what for. A sentence is an order in a tool result and a topic in a
/// question, so every judgement of content takes the role along.
/// </summary>
public enum TextRole : byte
{
    /// <summary>A string that no rule of the protocol names. Inspected like the least trusted role.</summary>
    Unknown,

    /// <summary>The operator's own instructions to a model.</summary>
    System,

    /// <summary>Instructions of the application's developer (OpenAI's <c>developer</c> role).</summary>
    Developer,

    /// <summary>What the person, or the calling agent on its behalf, says.</summary>
    User,

    /// <summary>What a model said, now or earlier in the conversation.</summary>
    Assistant,

    /// <summary>What a tool returned: text of strangers.</summary>
    ToolResult,

    /// <summary>A tool's name, title or description, as offered to a model.</summary>
    ToolDescription,

    /// <summary>Arguments of a tool call.</summary>
    ToolArgument,

    /// <summary>Retrieved or attached text: a document, a resource, a search result.</summary>
    Document,

    /// <summary>A string inside a JSON Schema: descriptions, defaults, enumerations, examples.</summary>
    Schema,

    /// <summary>A model's reasoning, shown or resent.</summary>
    Reasoning,

    /// <summary>A file's name or title.</summary>
    FileName,

    /// <summary>An address.</summary>
    Url,

    /// <summary>Identifiers, labels and settings: seen by software rather than by a model.</summary>
    Metadata,
}
