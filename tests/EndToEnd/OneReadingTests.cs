using System.Text;
using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Testing.Envoy;
using EnvoyExtAuthz.Testing.Origin;
using EnvoyExtAuthz.Testing.Wire;

namespace EnvoyExtAuthz.EndToEnd.Tests;

/// <summary>
/// Requests that two readers read in two ways, each with its verdict, through a real Envoy: what is refused never reaches the
/// origin, what passes reaches it byte for byte. Rows of MCP, streams, codings and framings stand with their own tests.
/// </summary>
public sealed class OneReadingTests(SharedFilters filters)
{
    private const string Chat = "/v1/chat/completions";
    private const string Hi = "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]";
    private const string Plain = "{\"model\":\"m\"," + Hi + "}";

    /// <summary>One request; the reason is the refusal's code, or empty where it passes.</summary>
    private sealed record Row(string What, byte[] Body, string Reason, string Path = Chat, string Type = "application/json", string Header = "", string Method = "POST");

    private static Row Json(string what, string body, string reason) => new(what, Encoding.UTF8.GetBytes(body), reason);

    private static Row Bytes(string what, byte[] body, string reason, string type = "application/json") => new(what, body, reason, Type: type);

    private static Row At(string what, string path, string reason) => new(what, Encoding.UTF8.GetBytes(Plain), reason, path);

    private static Row Typed(string what, string type, string reason, string header = "") => new(what, Encoding.UTF8.GetBytes(Plain), reason, Type: type, Header: header);

    private static string Deep(int depth) => "{\"model\":\"m\",\"x\":" + new string('[', depth) + new string(']', depth) + "," + Hi + "}";

    private static string Content(string raw) => "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"" + raw + "\"}]}";

    private static readonly Row[] Keys =
    [
        Json("a key twice", "{\"model\":\"forbidden\",\"model\":\"m\"," + Hi + "}", "not_strict_json"),
        Json("a key twice, once escaped", "{\"model\":\"forbidden\",\"\\u006dodel\":\"m\"," + Hi + "}", "not_strict_json"),
        Json("a nested key twice", "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a\",\"content\":\"b\"}]}", "not_strict_json"),
        Json("messages twice", "{\"model\":\"m\"," + Hi + "," + Hi + "}", "not_strict_json"),
        Json("an unknown key twice", "{\"model\":\"m\",\"x\":1,\"x\":2," + Hi + "}", "not_strict_json"),
        Json("another case beside", "{\"model\":\"m\",\"Model\":\"forbidden\"," + Hi + "}", "not_strict_json"),
        Json("another case alone", "{\"MODEL\":\"m\"," + Hi + "}", "ambiguous"),
        Json("a long s for an s", "{\"model\":\"m\",\"me\u017Fsages\":[]," + Hi + "}", "not_strict_json"),
        Json("a Kelvin sign", "{\"model\":\"m\",\"to\u212Aens\":1," + Hi + "}", ""),
        Json("a tool's name in another case", "{\"model\":\"m\",\"tools\":[{\"type\":\"function\",\"function\":{\"Name\":\"drop_tables\",\"name\":\"ok\"}}]," + Hi + "}", "not_strict_json"),
        Json("an escaped tool name", "{\"model\":\"m\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"drop\\u005ftables\"}}],\"tool_choice\":\"required\"," + Hi + "}", "tool_not_allowed"),
        Json("arguments with a key twice", "{\"model\":\"m\",\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"1\",\"type\":\"function\",\"function\":{\"name\":\"ok\",\"arguments\":\"{\\\"a\\\":1,\\\"a\\\":2}\"}}]}]}", ""),
    ];

    private static readonly Row[] Characters =
    [
        Bytes("UTF-16 with its mark", Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes(Plain)).ToArray(), "not_strict_json"),
        Bytes("UTF-16 without a mark", Encoding.Unicode.GetBytes(Plain), "not_strict_json"),
        Bytes("UTF-32", Encoding.UTF32.GetBytes(Plain), "not_strict_json"),
        Bytes("a byte order mark", [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(Plain)], "not_strict_json"),
        Typed("charset utf-16", "application/json; charset=utf-16", "unknown_content_type"),
        Typed("charset latin-1", "application/json; charset=iso-8859-1", "unknown_content_type"),
        Typed("charset utf-7", "application/json;charset=UTF-7", "unknown_content_type"),
        Typed("charset twice", "application/json; charset=utf-8; charset=utf-16", "unknown_content_type"),
        Typed("charset utf-8", "application/json; charset=\"UTF-8\"", ""),
        Bytes("an overlong slash", [.. Encoding.UTF8.GetBytes("{\"model\":\"m\",\"x\":\""), 0xC0, 0xAF, .. Encoding.UTF8.GetBytes("\"," + Hi + "}")], "not_strict_json"),
        Bytes("a surrogate in UTF-8", [.. Encoding.UTF8.GetBytes("{\"model\":\"m\",\"x\":\""), 0xED, 0xA0, 0x80, .. Encoding.UTF8.GetBytes("\"," + Hi + "}")], "not_strict_json"),
        Bytes("a byte beyond Unicode", [.. Encoding.UTF8.GetBytes("{\"model\":\"m\",\"x\":\""), 0xF5, 0x80, 0x80, 0x80, .. Encoding.UTF8.GetBytes("\"," + Hi + "}")], "not_strict_json"),
        Json("a lone surrogate escaped", Content("\\ud800"), "not_strict_json"),
        Json("a pair of surrogates escaped", Content("\\ud83d\\ude42"), ""),
        Json("a NUL escaped", Content("a\\u0000b"), ""),
        Bytes("a NUL", Encoding.UTF8.GetBytes(Content("a\0b")), "not_strict_json"),
    ];

    private static readonly Row[] Grammar =
    [
        Json("NaN", "{\"model\":\"m\",\"x\":NaN," + Hi + "}", "not_strict_json"),
        Json("Infinity", "{\"model\":\"m\",\"x\":-Infinity," + Hi + "}", "not_strict_json"),
        Json("a comment", "{\"model\":\"m\",/* x */" + Hi + "}", "not_strict_json"),
        Json("a trailing comma", "{\"model\":\"m\"," + Hi + ",}", "not_strict_json"),
        Json("single quotes", "{'model':'m'," + Hi + "}", "not_strict_json"),
        Json("a leading zero", "{\"model\":\"m\",\"n\":01," + Hi + "}", "not_strict_json"),
        Json("two objects", Plain + Plain, "not_strict_json"),
        Json("two lines", Plain + "\n" + Plain, "not_strict_json"),
        Json("a NUL behind", Plain + "\0", "not_strict_json"),
        Json("white space around", " \r\n\t" + Plain + "\r\n", ""),
        Json("a form feed before", "\f" + Plain, "not_strict_json"),
        Json("a huge exponent", "{\"model\":\"m\",\"x\":1e999," + Hi + "}", ""),
        Json("minus nought", "{\"model\":\"m\",\"x\":-0," + Hi + "}", ""),
        Json("more than 53 bits", "{\"model\":\"m\",\"seed\":9007199254740993," + Hi + "}", ""),
        Json("a number of 700 kB", "{\"model\":\"m\",\"x\":" + new string('7', 700_000) + "," + Hi + "}", ""),
        Json("arrays within arrays, few", Deep(40), ""),
        Json("arrays within arrays, a hundred thousand", Deep(100_000), "not_strict_json"),
        Json("unclosed arrays, 700,000", new string('[', 700_000), "not_strict_json"),
        Json("seventy thousand keys", "{\"model\":\"m\"," + string.Concat(Enumerable.Range(0, 70_000).Select(i => $"\"k{i}\":0,")) + Hi + "}", ""),
        Json("a key of 700 kB", "{\"model\":\"m\",\"" + new string('k', 700_000) + "\":0," + Hi + "}", "not_strict_json"),
        Json("an empty body", "", "not_strict_json"),
        Json("no object", "[]", "wrong_shape"),
    ];

    private static readonly Row[] Heads =
    [
        Typed("another type that servers take for JSON", "text/plain", ""),
        Typed("a suffix", "application/vnd.acme+json", ""),
        Typed("multipart", "multipart/form-data; boundary=x", "unknown_content_type"),
        Typed("the type twice", "application/json", "", "content-type: text/plain"),
        At("two slashes", "//v1/chat/completions", "unknown_route"),
        At("a dot segment", "/v1/./chat/completions", "unknown_route"),
        At("two dots", "/v1/x/../chat/completions", "unknown_route"),
        At("an escaped slash", "/v1/chat%2fcompletions", "unknown_route"),
        At("an escaped letter", "/v1/ch%61t/completions", ""),
        At("escaped twice", "/v1/ch%2561t/completions", "unknown_route"),
        At("another case", "/v1/Chat/Completions", "unknown_route"),
        At("a trailing slash", "/v1/chat/completions/", "unknown_route"),
        At("a trailing dot", "/v1/chat/completions.", "unknown_route"),
        At("a parameter", "/v1/chat/completions;x=1", "unknown_route"),
        At("a backslash", "/v1\\chat\\completions", "unknown_route"),
        At("a query", "/v1/chat/completions?model=forbidden", ""),
        new("another method", Encoding.UTF8.GetBytes(Plain), "unknown_path", Method: "PUT"),
        new("a method to override", [], "header_mismatch", "/orders/7", Method: "GET", Header: "x-http-method-override: DELETE"),
        new("a method in the query", [], "ambiguous", "/orders/7?_method=DELETE", Method: "GET"),
    ];

    private static readonly Row[] Opaque =
    [
        Json("an image", "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,AAAA\"}}]}]}", ""),
        Json("an image elsewhere", "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://x.example/a.png\"}}]}]}", "remote_reference"),
        Json("sound", "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"AAAA\",\"format\":\"wav\"}}]}]}", "audio"),
        Json("a file", "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"file\",\"file\":{\"file_data\":\"data:application/pdf;base64,AAAA\",\"filename\":\"a.pdf\"}}]}]}", "file"),
        Json("a file the server holds", "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"file\",\"file\":{\"file_id\":\"file-1\"}}]}]}", "server_state"),
    ];

    public static TheoryData<string> Envoys { get; } = [.. EnvoyProcess.Versions];

    [Theory, MemberData(nameof(Envoys))]
    public Task Keys_with_two_readings(string envoyVersion) => Judge(envoyVersion, Keys);

    [Theory, MemberData(nameof(Envoys))]
    public Task Characters_with_two_readings(string envoyVersion) => Judge(envoyVersion, Characters);

    [Theory, MemberData(nameof(Envoys))]
    public Task Grammar_that_some_take_and_some_do_not(string envoyVersion) => Judge(envoyVersion, Grammar);

    [Theory, MemberData(nameof(Envoys))]
    public Task Heads_with_two_readings(string envoyVersion) => Judge(envoyVersion, Heads);

    [Theory, MemberData(nameof(Envoys))]
    public Task What_cannot_be_read_at_all(string envoyVersion) => Judge(envoyVersion, Opaque);

    private async Task Judge(string envoyVersion, Row[] rows)
    {
        await using Lab lab = await Lab.Start(envoyVersion, await filters.For(LabPolicy.Open), OriginAnswer.Json(EndToEnd.Tests.Chat.Answer));
        var wrong = new List<string>();
        int passed = 0;
        foreach (Row row in rows)
        {
            await using RawHttpClient client = await lab.Connect();
            string[] headers = [$"content-type: {row.Type}", .. row.Header.Length == 0 ? Array.Empty<string>() : [row.Header]];
            RawResponse response = await client.Exchange(RawHttpClient.Request(row.Method, row.Path, row.Method == "GET" ? null : row.Body, headers));
            string seen = response.Status == 200 ? "" : response.Text;
            bool asExpected = row.Reason.Length == 0 ? response.Status == 200 : response.Status is >= 400 and < 500 && seen.Contains(row.Reason, StringComparison.Ordinal);
            if (!asExpected)
                wrong.Add($"{row.What}: {response.Status} {seen[..Math.Min(seen.Length, 160)]}, not {(row.Reason.Length == 0 ? "200" : row.Reason)}");
            if (response.Status != 200)
                continue;
            if (lab.Origin.Requests.Count != ++passed || !lab.Origin.Requests[^1].Body.AsSpan().SequenceEqual(row.Body))
                wrong.Add($"{row.What}: other bytes at the origin");
        }
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
        Assert.Equal(passed, lab.Origin.Requests.Count);
    }
}
