using System.Text;
using System.Text.Json;

namespace EnvoyExtAuthz.Tests.Dialects.OpenAiResponses;

/// <summary>Reads exchanges the simplest way, as the API's documentation has them, to compare with.</summary>
internal static class PlainReader
{
    private static readonly string[] Hosted = ["web_search", "file_search", "code_interpreter", "computer", "image_generation", "tool_search"];

    /// <summary>Names of all tools a request offers, sorted.</summary>
    public static List<string> ToolsOf(JsonElement body)
    {
        var names = new List<string>();
        AddTools(body, names);
        if (body.TryGetProperty("input", out JsonElement input) && input.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement item in input.EnumerateArray())
                AddTools(item, names);
        }
        return [.. names.Order(StringComparer.Ordinal)];
    }

    /// <summary>Names of tools that items of a list offer.</summary>
    public static List<string> ListedIn(JsonElement body, string list)
    {
        var names = new List<string>();
        if (body.ValueKind == JsonValueKind.Object && body.TryGetProperty(list, out JsonElement items) && items.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement item in items.EnumerateArray())
                AddTools(item, names);
        }
        return names;
    }

    /// <summary>Names of the calls in a list of items; of a remote tool, the server's after its own.</summary>
    public static List<string> CallsOf(JsonElement body, string list)
    {
        var names = new List<string>();
        if (body.ValueKind != JsonValueKind.Object || !body.TryGetProperty(list, out JsonElement items) || items.ValueKind != JsonValueKind.Array)
            return names;
        foreach (JsonElement item in items.EnumerateArray())
            names.AddRange(CallsIn(item, body));
        return names;
    }

    /// <summary>Names of the calls of a stream: of those the provider makes when they begin, of others when they are done.</summary>
    public static List<string> CallsInStream(byte[] stream)
    {
        var names = new List<string>();
        JsonElement response = default;
        foreach (JsonElement data in EventsOf(stream))
        {
            string type = data.GetProperty("type").GetString()!;
            if (data.TryGetProperty("response", out JsonElement found))
                response = found;
            if (!data.TryGetProperty("item", out JsonElement item))
                continue;
            bool isClients = item.GetProperty("type").GetString() is "function_call" or "custom_tool_call" or "tool_search_call";
            if (type.EndsWith(isClients ? ".done" : ".added", StringComparison.Ordinal))
                names.AddRange(CallsIn(item, response));
        }
        return names;
    }

    /// <summary>All running texts, joined from their pieces, sorted; also those of tokens.</summary>
    public static List<string> TextsInStream(byte[] stream)
    {
        var texts = new Dictionary<string, StringBuilder>();
        foreach (JsonElement data in EventsOf(stream))
        {
            string type = data.GetProperty("type").GetString()!;
            string place = string.Join(' ', new[] { "output_index", "content_index", "summary_index" }.Select(k => data.TryGetProperty(k, out JsonElement i) ? i.ToString() : "-"));
            if (data.TryGetProperty("delta", out JsonElement delta))
                TextOf(texts, $"{type} {place}").Append(delta.GetString());
            if (!type.EndsWith(".delta", StringComparison.Ordinal) || !data.TryGetProperty("logprobs", out JsonElement tokens))
                continue;
            foreach (JsonElement token in tokens.EnumerateArray())
                TextOf(texts, $"tokens {type} {place}").Append(token.GetProperty("token").GetString());
        }
        return [.. texts.Values.Select(t => t.ToString()).Order(StringComparer.Ordinal)];
    }

    private static StringBuilder TextOf(Dictionary<string, StringBuilder> texts, string key)
    {
        if (!texts.TryGetValue(key, out StringBuilder? text))
            texts[key] = text = new StringBuilder();
        return text;
    }

    private static IEnumerable<string> CallsIn(JsonElement item, JsonElement response)
    {
        string type = item.TryGetProperty("type", out JsonElement t) ? t.GetString()! : "";
        if (type is "function_call" or "custom_tool_call")
            yield return item.GetProperty("name").GetString()!;
        if (type is "mcp_call" or "mcp_approval_request")
        {
            yield return item.GetProperty("name").GetString()!;
            yield return item.GetProperty("server_label").GetString()!;
        }
        if (Hosted.FirstOrDefault(h => type == h + "_call") is not { } name)
            yield break;
        string declared = name;
        if (response.ValueKind == JsonValueKind.Object && response.TryGetProperty("tools", out JsonElement tools) && tools.ValueKind == JsonValueKind.Array && response.TryGetProperty("output", out _))
            declared = tools.EnumerateArray().Select(x => x.GetProperty("type").GetString()!).FirstOrDefault(x => x.StartsWith(name, StringComparison.Ordinal)) ?? name;
        yield return declared;
    }

    private static void AddTools(JsonElement holder, List<string> names)
    {
        if (!holder.TryGetProperty("tools", out JsonElement tools) || tools.ValueKind != JsonValueKind.Array)
            return;
        foreach (JsonElement tool in tools.EnumerateArray())
        {
            string type = tool.TryGetProperty("type", out JsonElement t) ? t.GetString()! : "";
            if (type is "function" or "custom" or "")
                names.Add(tool.GetProperty("name").GetString()!);
            else if (type == "namespace")
                AddTools(tool, names);
            else if (type == "mcp")
                AddServer(tool, names);
            else
                names.Add(type);
        }
    }

    private static void AddServer(JsonElement tool, List<string> names)
    {
        names.Add(tool.GetProperty("server_label").GetString()!);
        if (tool.TryGetProperty("allowed_tools", out JsonElement allowed) && allowed.ValueKind == JsonValueKind.Array)
            names.AddRange(allowed.EnumerateArray().Select(a => a.GetString()!));
        else
            names.Add("mcp");
    }

    private static IEnumerable<JsonElement> EventsOf(byte[] stream)
    {
        foreach (string line in Encoding.UTF8.GetString(stream).Split('\n'))
        {
            if (line.StartsWith("data: {", StringComparison.Ordinal))
                yield return JsonDocument.Parse(line[6..]).RootElement;
        }
    }
}
