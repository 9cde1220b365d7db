using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAi;

/// <summary>
/// Tools of a provider's own that an option switches on, without an entry among the tools: searches of the web, above all. Each
/// is a declaration that points at the option, so that it can be taken out like any other.
/// </summary>
internal static class HiddenTools
{
    /// <summary>The name under which every provider's own search of the web is judged.</summary>
    public static readonly byte[] WebSearch = "web_search"u8.ToArray();

    /// <summary>Members that are gone when what they switch on is.</summary>
    public static readonly byte[][] Options = KnownKeys.Of("web_search_options", "search_parameters", "enable_search", "web_search", "enable_enhancement");

    /// <summary>How OpenRouter's model names end where they switch a search on.</summary>
    public static ReadOnlySpan<byte> OnlineSuffix => ":online"u8;

    /// <summary>Reads the options of a request.</summary>
    public static ReadFault Read(Message message, ref SegmentSweep sweep)
    {
        JsonTape tape = sweep.Tape;
        // OpenAI: options of a search are how the search is switched on.
        int search = JsonShape.Present(tape, 0, "web_search_options"u8);
        if (search >= 0)
            message.ToolDeclarations.Add(new ToolDeclaration(WebSearch, sweep.Document, search));
        sweep.TakeLabels(search);
        ReadSearch(message, ref sweep);
        ReadOnline(message, tape, tape.Find(0, "model"u8));
        int models = tape.Find(0, "models"u8);
        for (int model = JsonTape.FirstChild(models); models >= 0 && model < tape[models].End; model = tape[model].End)
            ReadOnline(message, tape, model);
        ReadFault fault = ReadPlugins(message, ref sweep);
        return fault != ReadFault.None ? fault : ReadCompound(message, ref sweep);
    }

    /// <summary>xAI's live search, on unless its mode says otherwise; Qwen's, Qianfan's and Hunyuan's.</summary>
    private static void ReadSearch(Message message, ref SegmentSweep sweep)
    {
        JsonTape tape = sweep.Tape;
        int parameters = JsonShape.Present(tape, 0, "search_parameters"u8);
        int mode = tape.Find(parameters, "mode"u8);
        bool isOff = tape.Is(mode, JsonKind.String) && tape.KeyEquals(mode, "off"u8);
        if (parameters >= 0 && !isOff)
            message.ToolDeclarations.Add(new ToolDeclaration(WebSearch, 0, parameters));
        for (int node = parameters; parameters >= 0 && node < tape[parameters].End; node++)
        {
            // Feeds and pages to search: the other side fetches them.
            if (tape[node].Kind == JsonKind.String && tape.Raw(node).StartsWith("http"u8))
                Media.TakeAddress(message, ref sweep, node, OpaqueKind.File);
        }
        sweep.TakeLabels(parameters);
        foreach (int option in (ReadOnlySpan<int>)[tape.Find(0, "enable_search"u8), tape.Find(0, "web_search"u8), tape.Find(0, "enable_enhancement"u8)])
        {
            bool isNone = option < 0 || tape.Is(option, JsonKind.Null) || tape.Is(option, JsonKind.False) || tape.Is(tape.Find(option, "enable"u8), JsonKind.False);
            if (!isNone)
                message.ToolDeclarations.Add(new ToolDeclaration(WebSearch, 0, option));
            sweep.TakeLabels(option);
        }
        sweep.TakeLabels(tape.Find(0, "search_options"u8));
    }

    private static void ReadOnline(Message message, JsonTape tape, int model)
    {
        if (tape.Is(model, JsonKind.String) && message.Decode(0, model).Span.EndsWith(OnlineSuffix))
            message.ToolDeclarations.Add(new ToolDeclaration(WebSearch, 0, model));
    }

    /// <summary>OpenRouter's plugins, each by its id; <c>web</c> is a search. One that is switched off is none.</summary>
    private static ReadFault ReadPlugins(Message message, ref SegmentSweep sweep)
    {
        JsonTape tape = sweep.Tape;
        int plugins = tape.Find(0, "plugins"u8);
        if (!JsonShape.IsArrayOrAbsent(tape, plugins))
            return ReadFault.WrongShape;
        for (int plugin = JsonTape.FirstChild(plugins); plugins >= 0 && plugin < tape[plugins].End; plugin = tape[plugin].End)
        {
            if (KnownKeys.HasVariant(tape, plugin, ChatKeys.Plugin))
                return ReadFault.Ambiguous;
            int id = tape.Find(plugin, "id"u8);
            if (!tape.Is(id, JsonKind.String))
                return ReadFault.WrongShape;
            if (!tape.Is(tape.Find(plugin, "enabled"u8), JsonKind.False))
                message.ToolDeclarations.Add(new ToolDeclaration(tape.KeyEquals(id, "web"u8) ? WebSearch : message.Decode(0, id), 0, plugin));
            foreach (byte[] key in ChatKeys.PluginModels)
            {
                if (ChatModel.ReadFurther(message, ref sweep, JsonShape.Present(tape, plugin, key)) is var fault and not ReadFault.None)
                    return fault;
            }
            sweep.TakeAll(plugin, TextRole.ToolDescription);
        }
        return ReadFault.None;
    }

    /// <summary>Groq's compound systems: which of their tools they may use.</summary>
    private static ReadFault ReadCompound(Message message, ref SegmentSweep sweep)
    {
        JsonTape tape = sweep.Tape;
        int compound = tape.Find(0, "compound_custom"u8);
        int enabled = EnabledTools(tape);
        if (!JsonShape.IsArrayOrAbsent(tape, enabled))
            return ReadFault.WrongShape;
        for (int tool = JsonTape.FirstChild(enabled); enabled >= 0 && tool < tape[enabled].End; tool = tape[tool].End)
        {
            if (!tape.Is(tool, JsonKind.String))
                return ReadFault.WrongShape;
            message.ToolDeclarations.Add(new ToolDeclaration(message.Decode(0, tool), 0, tool));
        }
        int models = tape.Find(compound, "models"u8);
        for (int key = JsonTape.FirstChild(models); tape.Is(models, JsonKind.Object) && key < tape[models].End; key = tape.Next(key))
        {
            if (ChatModel.ReadFurther(message, ref sweep, key + 1) is var fault and not ReadFault.None)
                return fault;
        }
        sweep.TakeLabels(compound);
        sweep.TakeLabels(tape.Find(0, "search_settings"u8));
        return ReadFault.None;
    }

    /// <summary>The list of tools that a compound system may use; -1 if none is named.</summary>
    public static int EnabledTools(JsonTape tape) =>
        JsonShape.Present(tape, tape.Find(tape.Find(0, "compound_custom"u8), "tools"u8), "enabled_tools"u8);
}
