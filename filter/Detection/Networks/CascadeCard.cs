using System.Collections.Immutable;
using System.Text.Json;
using EnvoyExtAuthz.Detection.Ngrams;

namespace EnvoyExtAuthz.Detection.Networks;

/// <summary>What stands beside the network's files: what they are, and how its scores and the n-grams' become one.</summary>
/// <param name="Version">Name and version of the cascade, as metrics show it.</param>
/// <param name="NetworkSha256">Hash of <c>model.onnx</c>.</param>
/// <param name="PiecesSha256">Hash of <c>pieces.bin</c>.</param>
/// <param name="NgramsSha256">Hash of the n-gram model it was calibrated with.</param>
/// <param name="AskFrom">N-gram logit from which on the network is asked.</param>
/// <param name="NgramWeight">What the n-grams' logit is multiplied by.</param>
/// <param name="NetworkWeight">What the network's logit is multiplied by.</param>
/// <param name="Bias">Added to the sum, so that the chosen threshold is <see cref="Classification.ShippedThreshold"/>.</param>
/// <param name="Seed">Seed of the training.</param>
/// <param name="Steps">Batches learnt from.</param>
/// <param name="OrdinaryFlagged">Share of ordinary held-back text flagged at the threshold.</param>
/// <param name="OrdinaryAsked">Share of ordinary held-back text that the network is asked about.</param>
/// <param name="TriggerWordsPass">Share of harmless held-back trigger-word texts that pass.</param>
/// <param name="PairsCaught">Share of their hostile twins that do not.</param>
/// <param name="Sources">What was read.</param>
public sealed record CascadeCard(
    string Version, string NetworkSha256, string PiecesSha256, string NgramsSha256, float AskFrom, float NgramWeight, float NetworkWeight, float Bias,
    int Seed, int Steps, double OrdinaryFlagged, double OrdinaryAsked, double TriggerWordsPass, double PairsCaught, ImmutableArray<ModelSource> Sources)
{
    /// <summary>Reads a card.</summary>
    /// <exception cref="InvalidDataException">It is not a card.</exception>
    public static CascadeCard Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement card = document.RootElement;
            string Text(string name) => card.GetProperty(name).GetString()!;
            float Number(string name) => card.GetProperty(name).GetSingle();
            return new CascadeCard(
                Text("version"), Text("networkSha256"), Text("piecesSha256"), Text("ngramsSha256"), Number("askFrom"), Number("ngramWeight"), Number("networkWeight"), Number("bias"),
                card.GetProperty("seed").GetInt32(), card.GetProperty("steps").GetInt32(), Number("ordinaryFlagged"), Number("ordinaryAsked"), Number("triggerWordsPass"), Number("pairsCaught"),
                [.. card.GetProperty("sources").EnumerateArray().Select(s => new ModelSource(s.GetProperty("name").GetString()!, s.GetProperty("rows").GetInt32()))]);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            throw new InvalidDataException("The network's card is not valid: " + error.Message, error);
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
            writer.WriteString("networkSha256", NetworkSha256);
            writer.WriteString("piecesSha256", PiecesSha256);
            writer.WriteString("ngramsSha256", NgramsSha256);
            writer.WriteNumber("askFrom", AskFrom);
            writer.WriteNumber("ngramWeight", NgramWeight);
            writer.WriteNumber("networkWeight", NetworkWeight);
            writer.WriteNumber("bias", Bias);
            writer.WriteNumber("seed", Seed);
            writer.WriteNumber("steps", Steps);
            writer.WriteNumber("ordinaryFlagged", Math.Round(OrdinaryFlagged, 4));
            writer.WriteNumber("ordinaryAsked", Math.Round(OrdinaryAsked, 4));
            writer.WriteNumber("triggerWordsPass", Math.Round(TriggerWordsPass, 4));
            writer.WriteNumber("pairsCaught", Math.Round(PairsCaught, 4));
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
}
