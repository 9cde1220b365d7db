using System.Text;
using EnvoyExtAuthz.Testing.Envoy;
using EnvoyExtAuthz.Testing.Origin;
using EnvoyExtAuthz.Testing.Wire;

namespace EnvoyExtAuthz.EndToEnd.Tests;

/// <summary>Requests with two readings, byte by byte on the wire: laboratory section 12.</summary>
public sealed class SmugglingTests(SharedFilters filters)
{
    private const string Head = $"POST {Chat.Path} HTTP/1.1\r\n";
    private const string Host = "host: lab.test\r\ncontent-type: application/json\r\n";

    /// <summary>Framings that nothing good comes of; each hides a second, refused request behind the first.</summary>
    private static readonly (string Name, string Bytes)[] Refused =
    [
        ("content-length and chunked", $"{Head}{Host}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n{Hidden}"),
        ("chunked and content-length", $"{Head}{Host}transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n{Hidden}"),
        ("two lengths", $"{Head}{Host}content-length: 5\r\ncontent-length: 0\r\n\r\n{Hidden}"),
        ("a list of lengths", $"{Head}{Host}content-length: 5, 5\r\n\r\nhello{Hidden}"),
        ("a signed length", $"{Head}{Host}content-length: +5\r\n\r\nhello{Hidden}"),
        ("an unknown coding", $"{Head}{Host}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n{Hidden}"),
        ("two codings", $"{Head}{Host}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n{Hidden}"),
        ("a space before the colon", $"{Head}{Host}transfer-encoding : chunked\r\n\r\n0\r\n\r\n{Hidden}"),
        ("a NUL in a value", $"{Head}{Host}x-a: a\0b\r\ncontent-length: 0\r\n\r\n{Hidden}"),
        ("a bad chunk size", $"{Head}{Host}transfer-encoding: chunked\r\n\r\nzz\r\n\r\n{Hidden}"),
        ("no host", $"{Head}content-length: 0\r\n\r\n{Hidden}"),
        ("two hosts", $"{Head}host: lab.test\r\nhost: other.test\r\ncontent-type: application/json\r\ncontent-length: {Chat.Refused.Length}\r\n\r\n{Chat.Refused}"),
        ("dots in the path", $"POST /elsewhere/..{Chat.Path} HTTP/1.1\r\n{Host}content-length: {Chat.Refused.Length}\r\n\r\n{Chat.Refused}"),
        ("encoded dots in the path", $"POST /elsewhere/%2e%2e{Chat.Path} HTTP/1.1\r\n{Host}content-length: {Chat.Refused.Length}\r\n\r\n{Chat.Refused}"),
        ("an encoded slash", $"POST /v1%2fchat/completions HTTP/1.1\r\n{Host}content-length: {Chat.Allowed.Length}\r\n\r\n{Chat.Allowed}"),
        ("two slashes", $"POST //v1//chat/completions HTTP/1.1\r\n{Host}content-length: {Chat.Allowed.Length}\r\n\r\n{Chat.Allowed}"),
        ("a fragment", $"POST {Chat.Path}#x HTTP/1.1\r\n{Host}content-length: {Chat.Allowed.Length}\r\n\r\n{Chat.Allowed}"),
        ("HTTP/1.0", $"POST {Chat.Path} HTTP/1.0\r\n{Host}content-length: {Chat.Refused.Length}\r\n\r\n{Chat.Refused}"),
        ("a coded body", $"{Head}{Host}content-encoding: gzip\r\ncontent-length: {Chat.Allowed.Length}\r\n\r\n{Chat.Allowed}"),
        ("another charset", $"{Head}host: lab.test\r\ncontent-type: application/json; charset=utf-16\r\ncontent-length: {Chat.Allowed.Length}\r\n\r\n{Chat.Allowed}"),
    ];

    public static TheoryData<string, string> Framings { get; } = new(EnvoyProcess.Versions.SelectMany(version => Refused.Select(row => (version, row.Name))));

    public static TheoryData<string> Envoys { get; } = [.. EnvoyProcess.Versions];

    private static string Hidden => Encoding.Latin1.GetString(RawHttpClient.Post(Chat.Path, Chat.Refused));

    [Theory, MemberData(nameof(Framings))]
    public async Task A_request_with_two_readings_reaches_no_origin(string envoyVersion, string name)
    {
        await using Lab lab = await Start(envoyVersion);
        await using RawHttpClient client = await lab.Connect();

        await client.Send(Encoding.Latin1.GetBytes(Refused.First(row => row.Name == name).Bytes));
        RawResponse response = await client.Receive("POST", TimeSpan.FromSeconds(5));

        Assert.NotEqual(200, response.Status);
        Assert.NotEqual(ResponseEnd.TimedOut, response.End);
        await client.Receive("POST", TimeSpan.FromMilliseconds(200));
        lab.OriginIsUntouched();
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task What_follows_a_body_is_a_request_of_its_own_with_its_own_verdict(string envoyVersion)
    {
        await using Lab lab = await Start(envoyVersion);
        await using RawHttpClient client = await lab.Connect();

        await client.Send(Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(RawHttpClient.Post(Chat.Path, Chat.Allowed)) + Hidden));
        RawResponse first = await client.Receive("POST");
        RawResponse second = await client.Receive("POST");

        Assert.Equal((200, 403), (first.Status, second.Status));
        Assert.Equal(Chat.Allowed, Assert.Single(lab.Origin.Requests).Text);
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task Odd_but_lawful_framing_reaches_the_origin_normalised(string envoyVersion)
    {
        await using Lab lab = await Start(envoyVersion);
        await using RawHttpClient client = await lab.Connect();

        string odd = $"{Head}{Host}transfer-encoding: Chunked\r\n\r\n{Chat.Allowed.Length:x};ext=1\r\n{Chat.Allowed}\r\n0\r\n\r\n";
        RawResponse response = await client.Exchange(Encoding.Latin1.GetBytes(odd));

        Assert.Equal(200, response.Status);
        Assert.Equal(Chat.Allowed, Assert.Single(lab.Origin.Requests).Text);
    }

    private async Task<Lab> Start(string envoyVersion) =>
        await Lab.Start(envoyVersion, await filters.For(LabPolicy.Open), OriginAnswer.Json(Chat.Answer));
}
