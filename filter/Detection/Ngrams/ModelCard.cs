using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;

namespace EnvoyExtAuthz.Detection.Ngrams;

/// <summary>A file of the data folder that a model learnt from.</summary>
/// <param name="Name">Its path below the data folder, without ending.</param>
/// <param name="Rows">Rows in it.</param>
public readonly record struct ModelSource(string Name, int Rows);

/// <summary>What stands beside a model file: what it is, what it was made from and how it did on text held back.</summary>
/// <param name="Version">Name and version, as metrics show it.</param>
/// <param name="Sha256">The model file's hash, lower-case hexadecimal.</param>
/// <param name="Threshold">Score from which on a text counts as an injection, 0 to 1.</param>
/// <param name="Seed">Seed of the training.</param>
/// <param name="Steps">Texts learnt from.</param>
/// <param name="OrdinaryFlagged">Share of ordinary held-back text flagged at the threshold.</param>
/// <param name="TriggerWordsPass">Share of harmless held-back trigger-word texts that pass at it.</param>
/// <param name="PairsCaught">Share of their hostile twins flagged at it.</param>
/// <param name="Sources">What was read.</param>
public sealed record ModelCard(
    string Version, string Sha256, float Threshold, int Seed, int Steps, double OrdinaryFlagged, double TriggerWordsPass, double PairsCaught, ImmutableArray<ModelSource> Sources)
{
    /// <summary>A file's hash as cards write it.</summary>
    public static string Hash(ReadOnlySpan<byte> model) => Convert.ToHexStringLower(SHA256.HashData(model));

    /// <summary>Reads a card.</summary>
    /// <exception cref="InvalidDataException">It is not a card.</exception>
    public static ModelCard Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement card = document.RootElement, data = card.GetProperty("sources");
            return new ModelCard(
                card.GetProperty("version").GetString()!, card.GetProperty("sha256").GetString()!, card.GetProperty("threshold").GetSingle(),
                card.GetProperty("seed").GetInt32(), card.GetProperty("steps").GetInt32(),
                Share(card, "ordinaryFlagged"), Share(card, "triggerWordsPass"), Share(card, "pairsCaught"),
                [.. data.EnumerateArray().Select(source => new ModelSource(source.GetProperty("name").GetString()!, source.GetProperty("rows").GetInt32()))]);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            throw new InvalidDataException("The model's card is not valid: " + error.Message, error);
        }
    }

    /// <summary>The card as JSON, indented, with a final line feed.</summary>
    public byte[] ToJson()
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartObject();
            writer.WriteString("version", Version);
            writer.WriteString("sha256", Sha256);
            writer.WriteNumber("threshold", Threshold);
            writer.WriteNumber("seed", Seed);
            writer.WriteNumber("steps", Steps);
            Write(writer, "ordinaryFlagged", OrdinaryFlagged);
            Write(writer, "triggerWordsPass", TriggerWordsPass);
            Write(writer, "pairsCaught", PairsCaught);
            writer.WriteStartArray("sources");
            foreach (ModelSource source in Sources)
            {
                writer.WriteStartObject();
                writer.WriteString("name", source.Name);
                writer.WriteNumber("rows", source.Rows);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        stream.WriteByte((byte)'\n');
        return stream.ToArray();
    }

    private static double Share(JsonElement card, string name) => card.GetProperty(name) is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : double.NaN;

    private static void Write(Utf8JsonWriter writer, string name, double share)
    {
        if (double.IsNaN(share))
            writer.WriteNull(name);
        else
            writer.WriteNumber(name, Math.Round(share, 4));
    }
}
