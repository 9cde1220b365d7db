using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAiResponses;

/// <summary>
/// Tools of the provider's own that an exchange offers, by their declared types. A call of one says only what it is
/// (<c>web_search_call</c>), its declaration also which (<c>web_search_preview</c>), and the policy knows the latter.
/// </summary>
internal sealed class HostedTools
{
    private const int MaxNames = 64;
    private static readonly byte[] Programs = "programmatic_tool_calling"u8.ToArray();
    private readonly List<byte[]> _names = [];

    /// <summary>None declared.</summary>
    public static HostedTools None { get; } = new();

    /// <summary>Those a request declares.</summary>
    public static HostedTools Of(Message request)
    {
        var tools = new HostedTools();
        foreach (ToolDeclaration tool in request.ToolDeclarations)
        {
            JsonTape tape = request.Documents[tool.Document].Tape;
            int type = tape.Find(tool.Node, "type"u8);
            if (tape.Is(type, JsonKind.String) && tape.KeyEquals(type, tool.Name.Span) && !ResponsesTools.IsNamed(tape, type))
                tools.Add(tool.Name.Span);
        }
        return tools;
    }

    /// <summary>
    /// Takes those a response says it had: where the request says nothing of them (a stored response, a prompt the provider
    /// keeps).
    /// </summary>
    /// <param name="tape">The document.</param>
    /// <param name="tools">The list of tools; anything else holds none.</param>
    public void AddEchoed(JsonTape tape, int tools)
    {
        if (!tape.Is(tools, JsonKind.Array))
            return;
        for (int tool = JsonTape.FirstChild(tools); tool < tape[tools].End; tool = tape[tool].End)
        {
            int type = tape.Find(tool, "type"u8);
            if (tape.Is(type, JsonKind.String) && !ResponsesTools.IsNamed(tape, type))
                Add(tape.Raw(type));
        }
    }

    /// <summary>The declared tool that a call is of.</summary>
    /// <param name="callType">The call's type, such as <c>computer_call</c>.</param>
    /// <returns>
    /// The declared type that is the call's, or begins with it (<c>computer_use_preview</c>), or ends with it behind a vendor's
    /// prefix; where none is declared, the call's own.
    /// </returns>
    public ReadOnlyMemory<byte> NameOf(ReadOnlyMemory<byte> callType)
    {
        if (callType.Span.SequenceEqual("program"u8))
            return Programs;
        ReadOnlyMemory<byte> name = callType.Span.EndsWith("_call"u8) ? callType[..^"_call".Length] : callType;
        foreach (byte[] declared in _names)
        {
            if (IsOf(declared, name.Span))
                return declared;
        }
        return name;
    }

    private static bool IsOf(ReadOnlySpan<byte> declared, ReadOnlySpan<byte> name)
    {
        if (declared.Length == name.Length)
            return declared.SequenceEqual(name);
        return (declared.StartsWith(name) && declared.Length > name.Length && declared[name.Length] == (byte)'_')
            || (declared.EndsWith(name) && declared.Length > name.Length && declared[^(name.Length + 1)] == (byte)':');
    }

    private void Add(ReadOnlySpan<byte> name)
    {
        if (_names.Count == MaxNames)
            return;
        foreach (byte[] known in _names)
        {
            if (name.SequenceEqual(known))
                return;
        }
        _names.Add(name.ToArray());
    }
}
