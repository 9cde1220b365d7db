using System.Text;
using System.Text.Json;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Testing;

namespace EnvoyExtAuthz.Tests.Dialects.OpenAi;

/// <summary>Cases from public bug reports, as ../shared/vectors/field tells them.</summary>
public sealed class FieldCaseTests
{
    [Theory]
    [InlineData("stream-tool-no-index", "search delete_all")]
    [InlineData("stream-tool-wrong-index", "search delete_all")]
    [InlineData("stream-tool-name-in-pieces", "delete_all")]
    [InlineData("stream-tool-objects-glued", "web_fetch web_search")]
    public void A_reported_stream_yields_the_calls_its_clients_would_make(string id, string calls)
    {
        JsonElement found = Case(id);
        string[] blocks = [.. found.GetProperty("input").EnumerateArray().Select(b => b.GetString()!)];
        ReadStream read = ReadStream.Of(blocks);
        Assert.Equal(ReadFault.None, read.Fault);
        Assert.Equal(calls, string.Join(' ', read.Calls));
        // What is refused at the call's end was not released before.
        Assert.Equal("", ReadStream.Of([.. blocks[..^2], "data: x\n\n"]).Released);
    }

    [Fact]
    public void Braces_in_a_string_are_no_second_call()
    {
        JsonElement input = Case("args-braces-in-string").GetProperty("input");
        using var message = new Message();
        Assert.Equal(ReadFault.None, Chat.Response(input.GetRawText(), message));
        Assert.Equal(["note"], Chat.Calls(message));
        Assert.Equal(input.GetRawText(), Chat.Written(message));
    }

    [Fact]
    public void A_token_inside_json_inside_a_string_is_masked_and_all_of_it_stays_json()
    {
        string item = Case("redact-keeps-json").GetProperty("input").GetRawText();
        string body = /*lang=json,strict*/ $$"""{"model":"m","messages":[{{item}}]}""";
        using var message = new Message();
        Assert.Equal(ReadFault.None, Chat.Request(body, message));
        Segment segment = message.Segments.Single(s => Encoding.UTF8.GetString(message.Text(s).Span).Contains("ghp_", StringComparison.Ordinal));
        string text = Encoding.UTF8.GetString(message.Text(segment).Span);
        int start = text.IndexOf("ghp_", StringComparison.Ordinal);
        message.Replace(segment, start, 40, "[\"masked\"]"u8.ToArray());
        using JsonDocument written = JsonDocument.Parse(Chat.Written(message));
        using JsonDocument inner = JsonDocument.Parse(written.RootElement.GetProperty("messages")[0].GetProperty("content").GetString()!);
        Assert.Equal("export TOKEN=\"[\"masked\"]\"\nnext line", inner.RootElement.GetProperty("out").GetString());
        Assert.Equal("eyJwIjoyfQ==", inner.RootElement.GetProperty("next_page_token").GetString());
    }

    private static JsonElement Case(string id)
    {
        string? file = SharedFolder.Find("vectors", "field", "cases.jsonl");
        Assert.SkipWhen(file is null, "needs ../shared/vectors");
        return File.ReadLines(file).Select(line => JsonDocument.Parse(line).RootElement).Single(c => c.GetProperty("id").GetString() == id);
    }
}
