using System.Text;
using System.Text.Json;
using EnvoyExtAuthz.Detection.Evaluation;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Detection.Tests.Evaluation;

public sealed class EvaluatorTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("evaluate").FullName;

    /// <summary>The score stands in the text.</summary>
    private sealed class Spoken : ITextClassifier
    {
        public List<TextRole> Roles { get; } = [];

        public ScanOutcome Score(ReadOnlySpan<byte> text, TextRole role, out float score)
        {
            Roles.Add(role);
            score = text.SequenceEqual("?"u8) ? 0 : float.Parse(Encoding.UTF8.GetString(text));
            return text.SequenceEqual("?"u8) ? ScanOutcome.Failed : ScanOutcome.Complete;
        }
    }

    public void Dispose() => Directory.Delete(_folder, true);

    [Fact]
    public void A_folder_is_reported_by_file_label_and_language()
    {
        Write("mixed", ("0.95", "1", "user", "en"), ("0.2", "\"attack\"", "document", "de"), ("0.1", "0", "", "en"), ("0.3", "\"benign\"", "tool_result", ""));
        Write("sub/attacks", ("0.99", "1", "user", "de"), ("?", "1", "user", "de"));
        var classifier = new Spoken();

        EvaluationReport report = Evaluator.Run(_folder, classifier, "spoken-1", 0.9f, null, TestContext.Current.CancellationToken);

        Assert.Equal(["mixed attack 2", "mixed benign 2", "sub/attacks attack 2"], report.Sets.Select(s => $"{s.Name} {s.Label} {s.Count}"));
        Assert.Equal([0.5, 0, 1], report.Sets.Select(s => s.FlaggedShipped));
        Assert.Equal([0.75, 0.875, 1], report.Sets.Select(s => s.Auc));
        Assert.Equal(1, report.Sets[2].NotInspected);
        Assert.Equal(["de attack 3", "en attack 1", "en benign 1"], report.Languages.Select(s => $"{s.Name} {s.Label} {s.Count}"));
        Assert.Equal([TextRole.User, TextRole.Document, TextRole.User, TextRole.ToolResult, TextRole.User, TextRole.User], classifier.Roles);
    }

    [Fact]
    public void The_JSON_has_the_agreed_shape()
    {
        Write("set", ("0.95", "1", "user", ""));
        using var stream = new MemoryStream();
        Evaluator.Run(_folder, new Spoken(), "spoken-1", 0.9f, null, TestContext.Current.CancellationToken).WriteJson(stream);
        JsonElement set = JsonDocument.Parse(stream.ToArray()).RootElement.GetProperty("sets")[0];
        Assert.Equal(("set", "attack", 1, 1.0), (set.GetProperty("name").GetString(), set.GetProperty("label").GetString(), set.GetProperty("n").GetInt32(), set.GetProperty("flaggedShipped").GetDouble()));
        Assert.Equal(JsonValueKind.Null, set.GetProperty("auc").ValueKind);
        Assert.Equal(JsonValueKind.Null, set.GetProperty("recallAtOnePercent").ValueKind);
    }

    [Fact]
    public void A_bad_row_is_named_by_file_and_line_and_not_by_its_text()
    {
        File.WriteAllText(Path.Combine(_folder, "bad.jsonl"), "{\"text\":\"a\",\"label\":1}\n{\"text\":\"canary\",\"label\":\"maybe\"}\n");
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => LabelledText.ReadFile(Path.Combine(_folder, "bad.jsonl")));
        Assert.Contains("bad.jsonl:2", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_rows_is_an_error() =>
        Assert.Throws<DirectoryNotFoundException>(() => Evaluator.Run(_folder, new Spoken(), "spoken-1", 0.9f, null, TestContext.Current.CancellationToken));

    private void Write(string name, params (string Text, string Label, string Kind, string Language)[] rows)
    {
        string path = Path.Combine(_folder, name + ".jsonl");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllLines(path, rows.Select(r => $"{{\"text\":\"{r.Text}\",\"label\":{r.Label},\"kind\":\"{r.Kind}\",\"lang\":\"{r.Language}\"}}"));
    }
}
