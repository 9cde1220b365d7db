using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Anthropic;

/// <summary>What is known of a list of content blocks from where it stands.</summary>
/// <param name="Role">Whose words its texts are.</param>
/// <param name="IsRequest">It is history that a client sends: its calls were made before, the tools it adds are offered.</param>
/// <param name="Channel">The running text its one block begins; -1 outside streams.</param>
internal readonly record struct BlockContext(TextRole Role, bool IsRequest, int Channel = -1)
{
    /// <summary>What a model says in a response.</summary>
    public static BlockContext Answer { get; } = new(TextRole.Assistant, IsRequest: false);

    /// <summary>Of a document or a search result: strangers' text, and more so where a tool brought it.</summary>
    public TextRole Attached => Role == TextRole.ToolResult ? TextRole.ToolResult : TextRole.Document;

    /// <summary>Of a document's title.</summary>
    public TextRole Title => Role == TextRole.ToolResult ? TextRole.ToolResult : TextRole.FileName;

    /// <summary>Blocks in what a tool brought.</summary>
    public BlockContext InResult => this with { Role = TextRole.ToolResult, Channel = -1 };

    /// <summary>Blocks in an attached document.</summary>
    public BlockContext InDocument => this with { Role = Attached, Channel = -1 };
}
