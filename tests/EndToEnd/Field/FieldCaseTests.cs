using System.Text;
using System.Text.Json;
using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Testing.Envoy;
using EnvoyExtAuthz.Testing.Origin;
using EnvoyExtAuthz.Testing.Wire;

namespace EnvoyExtAuthz.EndToEnd.Tests.Field;

/// <summary>Cases distilled from public bug reports, through a real Envoy: what came in, and what each side must see.</summary>
public sealed class FieldCaseTests
{
    private const string Chat = "/v1/chat/completions";
    private const string Streamed = """{"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}]}""";
    private const string Plain = """{"model":"m","messages":[{"role":"user","content":"hi"}]}""";

    private static JsonElement Case(string id)
    {
        string? file = SharedFolder.Find("vectors", "field", "cases.jsonl");
        if (file is null)
            Assert.Skip("needs ../shared/vectors/field");
        return File.ReadLines(file).Select(l => JsonDocument.Parse(l).RootElement).Single(c => c.GetProperty("id").GetString() == id);
    }

    private static IEnumerable<string> Allowed(JsonElement field) => field.GetProperty("allowed_tools").EnumerateArray().Select(t => t.GetString()!);

    [Theory]
    [InlineData("stream-tool-no-index", "delete_all")]
    [InlineData("stream-tool-wrong-index", "delete_all")]
    [InlineData("stream-tool-name-in-pieces", "dele")]
    [InlineData("stream-tool-objects-glued", "web_search")]
    public async Task Of_a_call_that_is_not_allowed_nothing_reaches_the_client_however_it_is_streamed(string id, string never)
    {
        JsonElement field = Case(id);
        await using FieldLab lab = await FieldLab.Start(Allowed(field));
        lab.Answer = OriginAnswer.EventStream(TimeSpan.FromMilliseconds(10), [.. field.GetProperty("input").EnumerateArray().Select(e => e.GetString()!), "data: [DONE]\n\n"]);

        RawResponse response = await lab.Post(Chat, Streamed);

        Assert.Equal(ResponseEnd.Complete, response.End);
        Assert.DoesNotContain(never, response.Text, StringComparison.Ordinal);
        Assert.Contains("content_filter", response.Text, StringComparison.Ordinal);
        Assert.EndsWith("data: [DONE]\n\n", response.Text, StringComparison.Ordinal);
        Assert.Contains("tool_not_allowed", string.Concat(await lab.Filter.AuditLines(2)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Arguments_that_look_like_several_objects_are_one_call_and_stay_as_they_came()
    {
        JsonElement field = Case("args-braces-in-string");
        string body = field.GetProperty("input").GetRawText();
        await using FieldLab lab = await FieldLab.Start(Allowed(field));
        lab.Answer = OriginAnswer.Json(body);

        RawResponse response = await lab.Post(Chat, Plain);

        Assert.Equal(200, response.Status);
        Assert.Equal(body, response.Text);
        Assert.Single(JsonDocument.Parse((await lab.Filter.AuditLines(2))[1]).RootElement.GetProperty("tools").EnumerateArray());
    }

    [Fact]
    public async Task A_tool_that_the_client_never_listed_is_refused_and_the_origin_hears_nothing()
    {
        JsonElement field = Case("mcp-call-unlisted");
        await using FieldLab lab = await FieldLab.Start(Allowed(field));

        RawResponse response = await lab.Post("/mcp", field.GetProperty("input").GetRawText());

        Assert.Equal(200, response.Status);
        Assert.Contains("\"isError\":true", response.Text, StringComparison.Ordinal);
        Assert.Empty(lab.Origin.Requests);
    }

    [Fact]
    public async Task No_other_spelling_of_an_allowed_name_is_allowed()
    {
        JsonElement field = Case("mcp-name-spellings");
        await using FieldLab lab = await FieldLab.Start(Allowed(field));
        foreach (string name in field.GetProperty("input").EnumerateArray().Select(n => n.GetString()!).Concat(["DELETE-ALL-OLD", "delete-all-old\u200b", " delete-all-old", "delete-all-old\0", "ｄelete-all-old"]))
        {
            string body = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"" + JsonEncodedText.Encode(name) + "\",\"arguments\":{}}}";
            RawResponse response = await lab.Post("/mcp", body);
            Assert.Contains("\"isError\":true", response.Text, StringComparison.Ordinal);
        }
        Assert.Empty(lab.Origin.Requests);
    }

    [Fact]
    public async Task An_empty_allowlist_allows_nothing()
    {
        Case("empty-allowlist");
        await using FieldLab lab = await FieldLab.Start([]);
        RawResponse response = await lab.Post("/mcp", """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"anything","arguments":{}}}""");
        Assert.Contains("\"isError\":true", response.Text, StringComparison.Ordinal);
        Assert.Empty(lab.Origin.Requests);
    }

    [Fact]
    public async Task A_turn_of_twelve_mebibytes_of_pictures_passes_byte_for_byte_in_bounded_memory()
    {
        Case("image-heavy-turn");
        byte[] picture = new byte[1_363_149];
        new Random(7).NextBytes(picture);
        string url = "data:image/png;base64," + Convert.ToBase64String(picture)[..1_363_148];
        string parts = string.Join(",", Enumerable.Repeat("{\"type\":\"image_url\",\"image_url\":{\"url\":\"" + url + "\"}}", 9));
        string body = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"what is this?\"}," + parts + "]}]}";
        await using FieldLab lab = await FieldLab.Start([], "uninspectable: {image: allow}", new EnvoyConfig { Filter = "", OriginPort = 0, BufferLimitBytes = 33_554_432 });
        lab.Answer = OriginAnswer.Json("""{"choices":[{"index":0,"message":{"role":"assistant","content":"pictures"},"finish_reason":"stop"}]}""");

        RawResponse response = await lab.Post(Chat, body);

        Assert.Equal(200, response.Status);
        Assert.Equal(Encoding.UTF8.GetBytes(body), lab.Origin.Requests[0].Body);
    }

    [Fact]
    public async Task A_picture_is_refused_where_the_policy_does_not_allow_it()
    {
        await using FieldLab lab = await FieldLab.Start([]);
        RawResponse response = await lab.Post(Chat, """{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}]}""");
        Assert.Equal(403, response.Status);
        Assert.Empty(lab.Origin.Requests);
    }

    [Fact]
    public async Task One_byte_too_much_is_a_413_that_names_the_limit_in_the_protocols_shape()
    {
        Case("too-large-is-clear");
        await using FieldLab lab = await FieldLab.Start([], config: "limits: {requestBodyBytes: 2048}\n");
        string body = Plain.Replace("hi", new string('a', 2048 - Plain.Length + 3), StringComparison.Ordinal);
        Assert.Equal(2049, body.Length);
        RawResponse response = await lab.Post(Chat, body);
        Assert.Equal(413, response.Status);
        JsonElement error = JsonDocument.Parse(response.Text).RootElement.GetProperty("error");
        Assert.Contains("2048", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal("too_large", error.GetProperty("code").GetString());
        Assert.Empty(lab.Origin.Requests);
        RawResponse atTheLimit = await lab.Post(Chat, body.Remove(body.IndexOf("aaa", StringComparison.Ordinal), 1));
        Assert.NotEqual(413, atTheLimit.Status);
    }

    [Fact]
    public async Task A_redaction_inside_json_inside_a_string_leaves_both_json_and_other_values_alone()
    {
        JsonElement field = Case("redact-keeps-json");
        string message = field.GetProperty("input").GetRawText();
        await using FieldLab lab = await FieldLab.Start([]);
        lab.Answer = OriginAnswer.Json("""{"choices":[]}""");
        await lab.Post(Chat, "{\"model\":\"m\",\"messages\":[" + message + "]}");
        string content = JsonDocument.Parse(lab.Origin.Requests[0].Text).RootElement.GetProperty("messages")[0].GetProperty("content").GetString()!;
        JsonElement inner = JsonDocument.Parse(content).RootElement;
        Assert.DoesNotContain("ghp_", content, StringComparison.Ordinal);
        Assert.StartsWith("export TOKEN=\"", inner.GetProperty("out").GetString(), StringComparison.Ordinal);
        Assert.EndsWith("\"\nnext line", inner.GetProperty("out").GetString(), StringComparison.Ordinal);
        Assert.Equal("eyJwIjoyfQ==", inner.GetProperty("next_page_token").GetString());
    }

    [Fact]
    public async Task A_key_split_over_deltas_is_redacted_as_one_and_no_part_of_it_is_released()
    {
        JsonElement field = Case("redact-split-over-deltas");
        string[] pieces = [.. field.GetProperty("input").EnumerateArray().Select(p => p.GetString()!)];
        string Chunk(string text) => "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + text + "\"},\"finish_reason\":null}]}\n\n";
        await using FieldLab lab = await FieldLab.Start([]);
        foreach (string[] events in (string[][])[[.. pieces.Select(Chunk), "data: [DONE]\n\n"], [Chunk(pieces[0]), Chunk(pieces[1]) + Chunk(pieces[2]) + "data: [DONE]\n\n"]])
        {
            lab.Answer = OriginAnswer.EventStream(TimeSpan.FromMilliseconds(30), events);
            RawResponse response = await lab.Post(Chat, Streamed);
            string text = string.Concat(response.Text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Where(e => e.StartsWith("data: {", StringComparison.Ordinal))
                .Select(e => JsonDocument.Parse(e[6..]).RootElement.GetProperty("choices")[0].GetProperty("delta").GetProperty("content").GetString()));
            Assert.StartsWith("the key is [", text, StringComparison.Ordinal);
            Assert.EndsWith("], keep it", text, StringComparison.Ordinal);
            Assert.DoesNotContain("16C7e42F2", response.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("47Ae178B4a", response.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Technical_text_in_arguments_is_allowed()
    {
        JsonElement field = Case("technical-tool-arguments");
        await using FieldLab lab = await FieldLab.Start(Allowed(field));
        lab.Answer = OriginAnswer.Json("""{"jsonrpc":"2.0","id":1,"result":{"content":[]}}""");
        RawResponse response = await lab.Post("/mcp", field.GetProperty("input").GetRawText());
        Assert.Equal(200, response.Status);
        Assert.DoesNotContain("isError", response.Text, StringComparison.Ordinal);
        Assert.Equal(field.GetProperty("input").GetRawText(), lab.Origin.Requests[0].Text);
    }

    [Fact]
    public async Task Identity_headers_that_the_client_wrote_are_ignored_and_removed()
    {
        JsonElement field = Case("identity-header-from-client");
        await using FieldLab lab = await FieldLab.Start([]);
        lab.Answer = OriginAnswer.Json("""{"choices":[]}""");
        await using RawHttpClient client = await RawHttpClient.Connect(lab.Envoy.Port);
        string[] headers = [.. field.GetProperty("input").GetProperty("headers").EnumerateObject().Select(h => $"{h.Name}: {h.Value.GetString()}")];
        await client.Exchange(RawHttpClient.Post(Chat, Plain, headers));
        OriginRequest seen = Assert.Single(lab.Origin.Requests);
        Assert.Null(seen.Header("x-spiffe-id"));
        Assert.Null(seen.Header("x-forwarded-client-cert"));
        Assert.Contains("\"caller\":\"unauthenticated\"", (await lab.Filter.AuditLines(1))[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_slow_first_token_and_a_long_stream_run_into_no_timeout_of_ours()
    {
        Case("long-first-token");
        string[] events = [.. Enumerable.Range(0, 8).Select(i => "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"word " + i + " \"},\"finish_reason\":null}]}\n\n"), "data: [DONE]\n\n"];
        // The shipped timeouts are minutes; what can be shown in seconds is that Envoy's message timeout does not apply.
        await using FieldLab lab = await FieldLab.Start([], envoy: new EnvoyConfig { Filter = "", OriginPort = 0, MessageTimeout = TimeSpan.FromSeconds(2), StreamIdleTimeout = TimeSpan.FromSeconds(60) });
        lab.Answer = OriginAnswer.EventStream(TimeSpan.FromMilliseconds(700), events) with { BeforeHead = TimeSpan.FromSeconds(4) };
        RawResponse response = await lab.Post(Chat, Streamed.Replace("hi", new string('x', 320 * 1024), StringComparison.Ordinal));
        Assert.Equal((200, ResponseEnd.Complete), (response.Status, response.End));
        Assert.Equal(string.Concat(events), response.Text);
    }
}
