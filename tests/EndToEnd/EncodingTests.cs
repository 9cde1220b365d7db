using System.IO.Compression;
using System.Text;
using System.Text.Json;
using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Testing.Envoy;
using EnvoyExtAuthz.Testing.Origin;
using EnvoyExtAuthz.Testing.Wire;

namespace EnvoyExtAuthz.EndToEnd.Tests;

/// <summary>Bodies with content codings through a real Envoy (field case <c>gzip-response-json</c> and its kind).</summary>
public sealed class EncodingTests(EncodingLabs labs) : IClassFixture<EncodingLabs>
{
    private const string Key = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";
    private static readonly string WithKey = Chat.Allowed.Replace("Good morning", "use " + Key, StringComparison.Ordinal);
    private static readonly string AnswerWithKey = Chat.Answer.Replace("Hello there", "use " + Key, StringComparison.Ordinal);

    public static TheoryData<string, string> Codings { get; } = new(from envoy in EnvoyProcess.Versions from coding in (string[])["gzip", "deflate", "raw", "br", "zstd", "gzip, br"] select (envoy, coding));

    public static TheoryData<string> Envoys { get; } = [.. EnvoyProcess.Versions];

    [Theory, MemberData(nameof(Codings))]
    public async Task A_request_is_read_through_its_coding_and_reaches_the_origin_as_it_was(string envoyVersion, string coding)
    {
        await using Lab lab = await Start(envoyVersion, OriginAnswer.Json(Chat.Answer));
        byte[] body = Encode(coding, Chat.Allowed);

        Assert.Equal(200, (await Post(lab, body, Field(coding))).Status);
        Assert.Equal(403, (await Post(lab, Encode(coding, Chat.Refused), Field(coding))).Status);

        OriginRequest seen = Assert.Single(lab.Origin.Requests);
        Assert.Equal(body, seen.Body);
        Assert.Equal(Field(coding), seen.Header("content-encoding"));
    }

    [Theory, MemberData(nameof(Codings))]
    public async Task An_edited_request_reaches_the_origin_without_its_coding(string envoyVersion, string coding)
    {
        await using Lab lab = await Start(envoyVersion, OriginAnswer.Json(Chat.Answer));

        Assert.Equal(200, (await Post(lab, Encode(coding, WithKey), Field(coding))).Status);

        OriginRequest seen = Assert.Single(lab.Origin.Requests);
        Assert.Null(seen.Header("content-encoding"));
        Assert.DoesNotContain(Key, seen.Text, StringComparison.Ordinal);
        Assert.Equal("m", JsonDocument.Parse(seen.Text).RootElement.GetProperty("model").GetString());
    }

    [Theory, MemberData(nameof(Codings))]
    public async Task A_client_that_decodes_once_reads_the_answer_edited_or_not(string envoyVersion, string coding)
    {
        await using var origin = await ScriptedOrigin.Start(r => Coded(coding, r.Text.Contains("key", StringComparison.Ordinal) ? AnswerWithKey : Chat.Answer, "application/json"));
        await using Lab lab = await Lab.Start(envoyVersion, await labs.Filter(), origin);

        RawResponse plain = await Post(lab, Encoding.UTF8.GetBytes(Chat.Allowed), null);
        Assert.Equal((200, Field(coding)), (plain.Status, plain.Header("content-encoding")));
        Assert.Equal(Encode(coding, Chat.Answer), plain.Body);

        RawResponse edited = await Post(lab, Encoding.UTF8.GetBytes(Chat.Allowed.Replace("Good morning", "key", StringComparison.Ordinal)), null);
        Assert.Equal((200, ResponseEnd.Complete), (edited.Status, edited.End));
        Assert.Null(edited.Header("content-encoding"));
        Assert.DoesNotContain(Key, edited.Text, StringComparison.Ordinal);
        Assert.Equal("m", JsonDocument.Parse(edited.Text).RootElement.GetProperty("model").GetString());
    }

    [Theory, MemberData(nameof(Codings))]
    public async Task A_coded_stream_is_readable_and_redacted(string envoyVersion, string coding)
    {
        string stream = Chat.Text("use " + Key[..15]) + Chat.Text(Key[15..] + ", please") + Chat.Stop + Chat.Done;
        await using Lab lab = await Start(envoyVersion, Coded(coding, stream, "text/event-stream"));

        RawResponse seen = await Post(lab, Encoding.UTF8.GetBytes(Chat.Allowed), null);

        Assert.Equal((200, ResponseEnd.Complete), (seen.Status, seen.End));
        Assert.Null(seen.Header("content-encoding"));
        Assert.StartsWith("data: {", seen.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(Key[..15], seen.Text, StringComparison.Ordinal);
        Assert.Contains(", please", seen.Text, StringComparison.Ordinal);
        Assert.EndsWith(Chat.Done, seen.Text, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task What_cannot_be_decoded_to_one_meaning_reaches_no_origin(string envoyVersion)
    {
        await using Lab lab = await Start(envoyVersion, OriginAnswer.Json(Chat.Answer));
        byte[] gzip = Encode("gzip", Chat.Allowed);
        foreach ((byte[] body, string coding, int status) in new (byte[], string, int)[]
        {
            (gzip, "compress", 415), (gzip, "gzip, aws-chunked", 415), (gzip, "gzip,gzip,gzip,gzip", 415), (gzip[..^2], "gzip", 415), ([.. gzip, 7], "gzip", 403),
            ([.. gzip, .. gzip], "gzip", 403), (gzip, "br", 415), (gzip, "gzip, br", 415), (Encoding.UTF8.GetBytes(Chat.Allowed), "gzip", 415), (Encode("gzip", new string(' ', 400 << 20)), "gzip", 413),
        })
            Assert.Equal(status, (await Post(lab, body, coding)).Status);
        lab.OriginIsUntouched();
    }

    private async Task<Lab> Start(string envoyVersion, OriginAnswer answer) => await Lab.Start(envoyVersion, await labs.Filter(), answer);

    private static async Task<RawResponse> Post(Lab lab, byte[] body, string? coding)
    {
        await using RawHttpClient client = await lab.Connect();
        return await client.Exchange(RawHttpClient.Request("POST", Chat.Path, body, ["content-type: application/json", .. coding is null ? Array.Empty<string>() : [$"content-encoding: {coding}"]]));
    }

    private static OriginAnswer Coded(string coding, string text, string type) => new()
    {
        Headers = [new("content-type", type), new("content-encoding", Field(coding))],
        Body = [new(Encode(coding, text))],
        ContentLength = type == "application/json",
    };

    private static string Field(string coding) => coding == "raw" ? "deflate" : coding;

    private static byte[] Encode(string codings, string text)
    {
        byte[] body = Encoding.UTF8.GetBytes(text);
        foreach (string coding in codings.Split(", "))
        {
            using var into = new MemoryStream();
            using (Stream stream = coding switch
            {
                "gzip" => new GZipStream(into, CompressionLevel.Fastest, true),
                "deflate" => new ZLibStream(into, CompressionLevel.Optimal, true),
                "raw" => new DeflateStream(into, CompressionLevel.Optimal, true),
                "br" => new BrotliStream(into, CompressionLevel.Fastest, true),
                _ => new ZstdSharp.CompressionStream(into, 3, 0, true),
            })
                stream.Write(body);
            body = into.ToArray();
        }
        return body;
    }
}

/// <summary>One filter that redacts secrets.</summary>
public sealed class EncodingLabs : IAsyncLifetime
{
    private FilterProcess? _filter;

    public async Task<FilterProcess> Filter() => _filter ??= await FilterProcess.Start(new FilterOptions { Policy = LabPolicy.Open.Replace("secrets: {action: ignore}", "secrets: {action: redact}", StringComparison.Ordinal) });

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_filter is not null)
            await _filter.DisposeAsync();
    }
}
