using System.Text;
using System.Text.Json;
using EnvoyExtAuthz.Detection;
using EnvoyExtAuthz.Testing;

namespace EnvoyExtAuthz.Tests.Detection.Recognition;

/// <summary>What the recognisers do on texts nobody wrote for them. Prints its figures; asserts only what must hold.</summary>
public class MeasurementTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("benign", "*.jsonl", 1000)]
    // Every finding in these was looked at: tokens, cards and a passport that the text itself hands over.
    [InlineData("injection", "benign_*.jsonl", 300)]
    public void Numbers_and_hashes_of_ordinary_texts_stay(string set, string files, int oneIn)
    {
        string? folder = SharedFolder.Find("data", set);
        Assert.SkipWhen(folder is null, "needs ../shared/data");
        long candidates = 0;
        long bytes = 0;
        var kinds = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var samples = new SortedDictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (byte[] text in Texts(folder!, files))
        {
            candidates += NumbersAndHashes(text);
            bytes += text.Length;
            foreach (Finding finding in Recognised.Findings(text))
            {
                string kind = $"{FindingKinds.All[finding.Kind].Name} {finding.Score}{(finding.Example ? " (example)" : "")}";
                kinds[kind] = kinds.GetValueOrDefault(kind) + 1;
                if (!samples.TryGetValue(kind, out List<string>? list))
                    samples[kind] = list = [];
                if (list.Count < 40)
                    list.Add(Encoding.UTF8.GetString(text.AsSpan(Math.Max(0, finding.Start - 30)..Math.Min(text.Length, finding.Start + finding.Length + 10))).Replace('\n', ' '));
            }
        }
        // What the text itself names (a phone, an SSN, a password) is no false alarm; the sets' made-up people and API fixtures have many.
        string[] named = ["pii.email", "pii.phone", "pii.us-ssn 0.95", "pii.ip-address 0.7", "secret.assigned"];
        int numbers = kinds.Where(k => !named.Any(n => k.Key.StartsWith(n, StringComparison.Ordinal)) && !k.Key.EndsWith("(example)", StringComparison.Ordinal)).Sum(k => k.Value);
        output.WriteLine($"{bytes / 1e6:F1} MB, {candidates} numbers and hashes, {kinds.Values.Sum()} findings, {numbers} of them not named by the text ({100.0 * numbers / candidates:F3} %)");
        foreach ((string kind, int count) in kinds)
        {
            output.WriteLine($"{kind} {count}");
            if (Environment.GetEnvironmentVariable("RECOGNITION_SAMPLES") is not null)
                output.WriteLine(string.Join('\n', samples[kind].Select(s => "    " + s)));
        }
        Assert.True(numbers <= candidates / oneIn, $"{numbers} of {candidates}");
    }

    [Fact]
    public void Ordinary_prose_waits_for_about_a_word()
    {
        string? folder = SharedFolder.Find("data", "benign");
        Assert.SkipWhen(folder is null, "needs ../shared/data");
        var held = new List<int>();
        foreach (byte[] text in Texts(folder!).Take(3000))
        {
            using var running = new RunningText(Recognised.Everything);
            for (int at = 0; at < text.Length;)
            {
                // A token as models emit them: a word with the space before it.
                int end = at + 1;
                while (end < text.Length && text[end] != (byte)' ' && end - at < 12)
                    end++;
                running.Append(text.AsSpan(at, end - at));
                held.Add(end - (int)running.SettledLength);
                at = end;
            }
        }
        held.Sort();
        output.WriteLine($"bytes held after each of {held.Count} pieces: mean {held.Average():F1}, p50 {held[held.Count / 2]}, p99 {held[held.Count * 99 / 100]}, p99.9 {held[(int)(held.Count * 0.999)]}, max {held[^1]}");
        Assert.InRange(held[held.Count / 2], 0, 12);
        Assert.InRange(held[held.Count * 99 / 100], 0, 48);
    }

    [Fact]
    public void Samples_of_another_scanner_are_found_for_the_most_part()
    {
        string? file = SharedFolder.Find("data", "secrets", "credsweeper_samples.jsonl");
        Assert.SkipWhen(file is null, "needs ../shared/data");
        var rules = new SortedDictionary<string, (int Found, int All)>(StringComparer.Ordinal);
        foreach (string line in File.ReadLines(file!))
        {
            JsonElement row = JsonDocument.Parse(line).RootElement;
            byte[] text = Encoding.UTF8.GetBytes(row.GetProperty("text").GetString()!);
            List<Finding> found = Recognised.Findings(text);
            foreach (JsonElement detection in row.GetProperty("detections").EnumerateArray())
            {
                string rule = detection.GetProperty("rule").GetString()!;
                byte[] value = Encoding.UTF8.GetBytes(detection.GetProperty("value").GetString()!);
                int at = text.AsSpan().IndexOf(value);
                bool hit = at >= 0 && found.Any(f => f.Start < at + value.Length && f.Start + f.Length > at);
                (int hits, int all) = rules.GetValueOrDefault(rule);
                rules[rule] = (hits + (hit ? 1 : 0), all + 1);
            }
        }
        int sum = rules.Values.Sum(r => r.Found);
        int total = rules.Values.Sum(r => r.All);
        output.WriteLine($"{sum} of {total} detections ({100.0 * sum / total:F1} %), {rules.Count(r => r.Value.Found > 0)} of {rules.Count} rules");
        output.WriteLine("missed: " + string.Join(", ", rules.Where(r => r.Value.Found < r.Value.All).Select(r => $"{r.Key} {r.Value.Found}/{r.Value.All}")));
        Assert.True(sum * 2 > total);
    }

    [Fact]
    public void Labelled_personal_data_is_found_by_kind_and_language()
    {
        string? folder = SharedFolder.Find("data", "pii");
        Assert.SkipWhen(folder is null, "needs ../shared/data");
        string[] recognised = ["PHONE_NUMBER", "EMAIL_ADDRESS", "NATIONAL_ID", "CREDIT_CARD", "IBAN_CODE", "CORREO_ELECTRONICO", "NUMERO_TELEFONO"];
        var labels = new SortedDictionary<string, (int Found, int All)>(StringComparer.Ordinal);
        foreach (string file in new[] { "synthetic_faker_28lang.jsonl", "phone_examples.jsonl", "meddocan_es.jsonl" })
        {
            foreach (string line in File.ReadLines(Path.Combine(folder!, file)))
            {
                JsonElement row = JsonDocument.Parse(line).RootElement;
                int[] points = [.. row.GetProperty("text").GetString()!.EnumerateRunes().Select(rune => rune.Utf8SequenceLength)];
                List<Finding> found = Recognised.Findings(Encoding.UTF8.GetBytes(row.GetProperty("text").GetString()!));
                foreach (JsonElement span in row.GetProperty("spans").EnumerateArray())
                {
                    string type = span.GetProperty("type").GetString()!;
                    if (!recognised.Contains(type))
                        continue;
                    int start = points.Take(span.GetProperty("start").GetInt32()).Sum();
                    int end = points.Take(span.GetProperty("end").GetInt32()).Sum();
                    bool hit = found.Any(f => f.Start < end && f.Start + f.Length > start);
                    string label = $"{type} {(type == "NATIONAL_ID" ? row.GetProperty("lang").GetString() : file)}";
                    (int hits, int all) = labels.GetValueOrDefault(label);
                    labels[label] = (hits + (hit ? 1 : 0), all + 1);
                }
            }
        }
        foreach ((string label, (int hits, int all)) in labels)
            output.WriteLine($"{label}: {hits} of {all} ({100.0 * hits / all:F1} %)");
        Assert.True(labels["EMAIL_ADDRESS synthetic_faker_28lang.jsonl"] is var mail && mail.Found * 100 > mail.All * 95);
        Assert.True(labels["IBAN_CODE synthetic_faker_28lang.jsonl"] is var iban && iban.Found * 100 > iban.All * 95);
    }

    private static IEnumerable<byte[]> Texts(string folder, string files = "*.jsonl") =>
        from file in Directory.EnumerateFiles(folder, files).Order(StringComparer.Ordinal)
        from line in File.ReadLines(file)
        select Encoding.UTF8.GetBytes(JsonDocument.Parse(line).RootElement.GetProperty("text").GetString()!);

    /// <summary>Runs of digits, hexadecimal digits and their separators that hold a digit and are at least five long.</summary>
    private static int NumbersAndHashes(byte[] text)
    {
        int count = 0;
        int run = 0;
        bool digit = false;
        foreach (byte b in text.Append((byte)' '))
        {
            if (b is (>= (byte)'0' and <= (byte)'9') or (>= (byte)'a' and <= (byte)'f') or (byte)'-' or (byte)'.' or (byte)':')
            {
                run++;
                digit |= b is >= (byte)'0' and <= (byte)'9';
                continue;
            }
            count += run >= 5 && digit ? 1 : 0;
            run = 0;
            digit = false;
        }
        return count;
    }
}
