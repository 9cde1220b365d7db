using System.Text.Json;
using System.Text.Json.Nodes;

namespace EnvoyExtAuthz.Tests.Dialects.Mcp;

/// <summary>
/// Makes messages of one version's schema: every property that a type has, each text another word, and of alternatives one
/// after the other. Counts the tools and calls it writes.
/// </summary>
/// <param name="definitions">The schema's types by name.</param>
/// <param name="alternative">Which of several alternatives is taken, modulo how many there are.</param>
internal sealed class SchemaSample(JsonElement definitions, int alternative)
{
    /// <summary>How texts begin that a schema leaves to anyone's own keys.</summary>
    public const string Open = "open";

    private const int MaxDepth = 24;
    private int _words;
    private int _answers;

    /// <summary>Names of the tools declared so far.</summary>
    public List<string> Tools { get; } = [];

    /// <summary>Names of the tools that a model uses now (<c>ToolUseContent</c> in a <c>CreateMessageResult</c>).</summary>
    public List<string> Uses { get; } = [];

    /// <summary>Names of the tools that a model used before, in what it is asked to go on from.</summary>
    public List<string> FormerUses { get; } = [];

    /// <summary>Types that the schema's union of this name is made of.</summary>
    public static IEnumerable<string> Members(JsonElement definitions, string union)
    {
        if (!definitions.TryGetProperty(union, out JsonElement type))
            return [];
        if (type.TryGetProperty("anyOf", out JsonElement any))
            return any.EnumerateArray().Where(m => m.TryGetProperty("$ref", out _)).Select(NameOf);
        return [type.TryGetProperty("$ref", out _) ? NameOf(type) : union];
    }

    /// <summary>A value of a type, or null where it would be too deep.</summary>
    public JsonNode? Make(string type) => Make(definitions.GetProperty(type), type, 0);

    private static string NameOf(JsonElement reference) => reference.GetProperty("$ref").GetString()!.Split('/')[^1];

    private JsonNode? Make(JsonElement schema, string type, int depth)
    {
        if (depth > MaxDepth)
            return null;
        if (schema.ValueKind != JsonValueKind.Object)
            return Word();
        if (schema.TryGetProperty("$ref", out _))
            return Make(definitions.GetProperty(NameOf(schema)), NameOf(schema), depth + 1);
        if (schema.TryGetProperty("const", out JsonElement constant))
            return JsonNode.Parse(constant.GetRawText());
        if (schema.TryGetProperty("enum", out JsonElement choices))
            return JsonNode.Parse(Choose(choices).GetRawText());
        if (schema.TryGetProperty("anyOf", out JsonElement any) || schema.TryGetProperty("oneOf", out any))
            return Make(Choose(any), type, depth + 1);
        if (schema.TryGetProperty("allOf", out JsonElement all))
            return Merged(all.EnumerateArray().Select(part => Make(part, type, depth + 1)));
        string kind = schema.TryGetProperty("type", out JsonElement named)
            ? (named.ValueKind == JsonValueKind.Array ? Choose(named) : named).GetString()! : schema.TryGetProperty("properties", out _) ? "object" : "string";
        return kind switch
        {
            "object" => MakeObject(schema, type, depth),
            "array" => schema.TryGetProperty("items", out JsonElement items) && Make(items, type, depth + 1) is { } item ? new JsonArray(item) : [],
            "integer" or "number" => 7,
            "boolean" => true,
            "null" => null,
            _ => schema.TryGetProperty("format", out JsonElement format) && format.GetString() == "byte" ? "QUJD" : Word(),
        };
    }

    private JsonObject MakeObject(JsonElement schema, string type, int depth)
    {
        var made = new JsonObject();
        _answers += type == "CreateMessageResult" ? 1 : 0;
        if (schema.TryGetProperty("properties", out JsonElement properties))
        {
            foreach (JsonProperty property in properties.EnumerateObject())
            {
                if (Make(property.Value, "", depth + 1) is { } value)
                    made[property.Name] = value;
            }
        }
        if (schema.TryGetProperty("additionalProperties", out JsonElement more) && more.ValueKind == JsonValueKind.Object && Make(more, "", depth + 1) is { } extra)
            made["extra"] = more.EnumerateObject().Any() ? extra : $"{Open}{++_words}";
        if (type == "Tool")
            Tools.Add(made["name"]!.GetValue<string>());
        if (type == "ToolUseContent")
            (_answers > 0 ? Uses : FormerUses).Add(made["name"]!.GetValue<string>());
        _answers -= type == "CreateMessageResult" ? 1 : 0;
        return made;
    }

    private static JsonObject Merged(IEnumerable<JsonNode?> parts)
    {
        var merged = new JsonObject();
        foreach (JsonNode? part in parts)
        {
            foreach ((string key, JsonNode? value) in part as JsonObject ?? [])
                merged[key] = value?.DeepClone();
        }
        return merged;
    }

    private JsonElement Choose(JsonElement choices) => choices[alternative % choices.GetArrayLength()];

    private string Word() => $"w{++_words}";
}
