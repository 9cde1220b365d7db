using System.Text;
using System.Text.Json;
using EnvoyExtAuthz.Detection.Ngrams;
using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Detection.Tests.Ngrams;

/// <summary>What users of other filters complained of; none of it was trained on.</summary>
public sealed class FieldCaseTests
{
    [Theory]
    [InlineData("benign-trigger-words", TextRole.User)]
    [InlineData("benign-scaffolding", TextRole.User)]
    [InlineData("benign-scaffolding", TextRole.Developer)]
    [InlineData("technical-tool-arguments", TextRole.ToolArgument)]
    public void Words_and_scaffolding_that_only_look_like_attacks_are_not_refused(string id, TextRole role)
    {
        string? path = SharedFolder.Find("vectors", "field", "cases.jsonl");
        Assert.SkipWhen(path is null, "needs ../shared/vectors");
        JsonElement row = File.ReadLines(path!).Select(line => JsonDocument.Parse(line).RootElement).First(r => r.GetProperty("id").GetString() == id);
        JsonElement input = row.GetProperty("input");
        string[] texts = input.ValueKind == JsonValueKind.Array
            ? [.. input.EnumerateArray().Select(text => text.GetString()!)]
            : [input.GetProperty("params").GetProperty("arguments").GetProperty("text").GetString()!];
        using InjectionClassifier classifier = InjectionClassifier.LoadShipped();
        foreach (string text in texts)
        {
            Assert.Equal(ScanOutcome.Complete, classifier.Score(Encoding.UTF8.GetBytes(text), role, out float score));
            Assert.True(score < Classification.ShippedThreshold, $"{score:F3}: {text}");
        }
    }
}
