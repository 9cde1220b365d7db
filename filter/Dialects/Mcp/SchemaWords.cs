namespace EnvoyExtAuthz.Dialects.Mcp;

/// <summary>
/// Keywords of JSON Schema 2020-12 and draft-07. As keys they say nothing to a model, wherever they stand; every other key
/// of a schema is a property's name.
/// </summary>
internal static class SchemaWords
{
    private static readonly byte[][] All = KnownKeys.Of(
        "type", "properties", "required", "description", "title", "default", "enum", "const", "items", "format", "examples", "minimum", "maximum",
        "minLength", "maxLength", "pattern", "additionalProperties", "anyOf", "oneOf", "allOf", "not", "$ref", "$defs", "definitions", "$schema",
        "$id", "$comment", "if", "then", "else", "minItems", "maxItems", "uniqueItems", "contains", "minContains", "maxContains", "prefixItems",
        "additionalItems", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minProperties", "maxProperties", "patternProperties",
        "propertyNames", "dependentRequired", "dependentSchemas", "dependencies", "unevaluatedItems", "unevaluatedProperties", "contentEncoding",
        "contentMediaType", "contentSchema", "readOnly", "writeOnly", "deprecated", "$anchor", "$dynamicRef", "$dynamicAnchor", "$vocabulary",
        "enumNames");

    private static readonly byte[][][] ByLength = Sorted();

    /// <summary>Whether a key, as written, is a keyword.</summary>
    public static bool Contains(ReadOnlySpan<byte> key)
    {
        if (key.Length >= ByLength.Length)
            return false;
        foreach (byte[] word in ByLength[key.Length])
        {
            if (key.SequenceEqual(word))
                return true;
        }
        return false;
    }

    private static byte[][][] Sorted()
    {
        var sorted = new byte[All.Max(w => w.Length) + 1][][];
        for (int length = 0; length < sorted.Length; length++)
            sorted[length] = [.. All.Where(w => w.Length == length)];
        return sorted;
    }
}
