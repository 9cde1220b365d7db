using System.Net;
using System.Net.Http.Headers;
using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Testing.Origin;

namespace EnvoyExtAuthz.EndToEnd.Tests.Field;

/// <summary>Every text of JSONTestSuite as a body, through a real Envoy.</summary>
public sealed class JsonSuiteTests
{
    [Fact]
    public async Task What_must_not_parse_never_reaches_the_origin_and_what_must_parse_is_read()
    {
        string? folder = SharedFolder.Find("vectors", "json");
        Assert.SkipWhen(folder is null, "needs ../shared/vectors/json");
        await using FieldLab lab = await FieldLab.Start([]);
        lab.Answer = OriginAnswer.Json("""{"choices":[]}""");
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        int counted = 0;
        foreach (string file in Directory.EnumerateFiles(folder!, "*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileName(file);
            if (name[0] is not ('y' or 'n'))
                continue;
            using var content = new ByteArrayContent(await File.ReadAllBytesAsync(file));
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using HttpResponseMessage response = await client.PostAsync(new Uri($"http://127.0.0.1:{lab.Envoy.Port}/v1/chat/completions"), content);
            string text = await response.Content.ReadAsStringAsync();
            // None of the suite's texts is a chat request, so none may pass; those that are JSON fail on their shape alone.
            Assert.True(response.StatusCode == HttpStatusCode.Forbidden, $"{name}: {response.StatusCode}");
            bool strict = !text.Contains("not_strict_json", StringComparison.Ordinal);
            // Duplicate keys are JSON by the grammar, and have two readings.
            bool twice = name.StartsWith("y_object_duplicated_key", StringComparison.Ordinal);
            Assert.True(strict == (name[0] == 'y' && !twice), $"{name}: {text}");
            counted++;
        }
        Assert.InRange(counted, 280, 400);
        Assert.Empty(lab.Origin.Requests);
    }
}
