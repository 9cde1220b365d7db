using System.Text.Json;
using Anthropic;
using Anthropic.Models.Messages;
using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Testing.Envoy;
using EnvoyExtAuthz.Testing.Origin;

namespace EnvoyExtAuthz.Clients.Tests;

/// <summary>The official Anthropic SDKs (npm and NuGet) through a real Envoy and the filter: what their users' code sees.</summary>
public sealed class AnthropicSdkTests
{
    private const string Policy = """
        version: 1
        name: clients
        callers:
          anyone: {unauthenticated: true}
        routes:
          - {name: claude, match: {paths: ["/v1/**"]}, protocol: anthropic}
        rules:
          - name: anyone-may-search
            callers: [anyone]
            routes: [claude]
            tools: {allow: [search]}
            detectors: {injection: {action: ignore}}
        """;

    private const string Told = "(event ";

    [Fact]
    public async Task The_npm_sdk_sees_calls_streams_tool_rounds_and_refusals_as_it_should()
    {
        NodeProcess.Require();
        await using Laboratory laboratory = await Laboratory.Start();
        JsonElement seen = await NodeProcess.Run("anthropic-client.mjs", laboratory.Address);

        Assert.Equal("hello", Text(Value(seen, "plain")));
        foreach (string streamed in (string[])["stream", "betaStream"])
            Assert.Equal("hello there", Text(Value(seen, streamed)));
        Assert.Equal(
            ["message_start", "content_block_start", "content_block_delta", "content_block_delta", "content_block_stop", "message_delta", "message_stop"],
            Value(seen, "events").EnumerateArray().Select(e => e.GetString()));
        Assert.Equal(("search", "Oslo", "hello"), (Value(seen, "toolRound").GetProperty("called").GetString(), Value(seen, "toolRound").GetProperty("input").GetProperty("q").GetString(), Value(seen, "toolRound").GetProperty("then").GetString()));
        JsonElement call = Assert.Single(Value(seen, "toolStream").GetProperty("calls").EnumerateArray());
        Assert.Equal(("search", "Oslo"), (call.GetProperty("name").GetString(), call.GetProperty("input").GetProperty("q").GetString()));
        Assert.Equal(7, Value(seen, "count").GetInt32());
        Assert.Equal(["a succeeded"], Value(seen, "batch").EnumerateArray().Select(l => l.GetString()));
        Assert.Equal("data.csv", Value(seen, "upload").GetString());
        Assert.Equal(["claude-x"], Value(seen, "models").EnumerateArray().Select(m => m.GetString()));
        foreach (string refused in (string[])["refusedBefore", "refusedImage", "refusedAnswer"])
        {
            JsonElement error = seen.GetProperty(refused);
            Assert.Equal(("PermissionDeniedError", "permission_error"), (error.GetProperty("error").GetString(), error.GetProperty("type").GetString()));
            Assert.Contains(Told, error.GetProperty("message").GetString(), StringComparison.Ordinal);
        }
        JsonElement cut = Value(seen, "refusedStream");
        Assert.Equal("refusal", cut.GetProperty("stop").GetString());
        Assert.Contains(Told, cut.GetProperty("why").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, cut.GetProperty("calls").GetArrayLength());
        Assert.Equal("Sure. ", cut.GetProperty("texts")[0].GetString());
        Assert.Contains(Told, cut.GetProperty("texts")[1].GetString(), StringComparison.Ordinal);
        Assert.Equal("message_stop", Value(seen, "refusedEvents").EnumerateArray().Last().GetString());
        Assert.DoesNotContain(laboratory.Origin.Requests, r => r.Text.Contains("The tool delete_files.", StringComparison.Ordinal));
        // No refusal was tried again: what was asked once came once.
        Assert.Equal(3, laboratory.Origin.Requests.Count(r => r.Text.Contains("delete_files", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_nuget_sdk_sees_calls_streams_tool_rounds_and_refusals_as_it_should()
    {
        await using Laboratory laboratory = await Laboratory.Start();
        using var client = new AnthropicClient { ApiKey = "none", BaseUrl = laboratory.Address, MaxRetries = 2 };

        Message plain = await client.Messages.Create(Ask("plain"), TestContext.Current.CancellationToken);
        Assert.Equal("hello", Text(plain));
        Assert.Equal(("hello there", "EndTurn"), await Read(client.Messages.CreateStreaming(Ask("stream"), TestContext.Current.CancellationToken)));

        Message first = await client.Messages.Create(Ask("call search", "search", "delete_files"), TestContext.Current.CancellationToken);
        ToolUseBlock call = Assert.Single(first.Content.Select(b => b.Value).OfType<ToolUseBlock>());
        Assert.Equal(("search", "Oslo"), (call.Name, call.Input["q"].GetString()));
        Message second = await client.Messages.Create(
            Ask("call search") with
            {
                Messages =
                [
                    new UserMessageParam("call search"),
                    new AssistantMessageParam(new List<ContentBlockParam> { new ToolUseBlockParam { ID = call.ID, Name = call.Name, Input = call.Input } }),
                    new UserMessageParam(new List<ContentBlockParam> { new ToolResultBlockParam(call.ID) { Content = "{\"hits\":3}" } }),
                ],
            },
            TestContext.Current.CancellationToken);
        Assert.Equal("hello", Text(second));

        foreach (MessageCreateParams refused in (MessageCreateParams[])[Ask("call delete_files"), Ask("x", "delete_files") with { ToolChoice = new ToolChoiceTool("delete_files") }])
        {
            var error = await Assert.ThrowsAnyAsync<Anthropic.Exceptions.AnthropicApiException>(() => client.Messages.Create(refused, TestContext.Current.CancellationToken));
            Assert.Equal(System.Net.HttpStatusCode.Forbidden, error.StatusCode);
            Assert.Contains(Told, error.ResponseBody, StringComparison.Ordinal);
        }
        (string cut, string reason) = await Read(client.Messages.CreateStreaming(Ask("stream delete_files"), TestContext.Current.CancellationToken));
        Assert.Equal("Refusal", reason);
        Assert.StartsWith("Sure. ", cut, StringComparison.Ordinal);
        Assert.Contains(Told, cut, StringComparison.Ordinal);
        Assert.DoesNotContain(laboratory.Origin.Requests, r => r.Text.Contains("The tool delete_files.", StringComparison.Ordinal));
    }

    private static MessageCreateParams Ask(string words, params string[] tools) => new()
    {
        Model = "m",
        MaxTokens = 100,
        Messages = [new UserMessageParam(words)],
        Tools = [.. tools.Select(t => (ToolUnion)new Tool { Name = t, Description = $"The tool {t}.", InputSchema = new InputSchema() })],
    };

    private static string Text(Message message) => string.Concat(message.Content.Select(b => b.Value).OfType<TextBlock>().Select(t => t.Text));

    /// <summary>What user code gathers of a stream: its texts, why it ended; a call in it fails the test.</summary>
    private static async Task<(string Text, string Stop)> Read(IAsyncEnumerable<RawMessageStreamEvent> stream)
    {
        string text = "", stop = "";
        await foreach (RawMessageStreamEvent streamed in stream)
        {
            streamed.Validate();
            if (streamed.TryPickContentBlockStart(out RawContentBlockStartEvent? begun))
                Assert.False(begun.ContentBlock.TryPickToolUse(out _));
            if (streamed.TryPickContentBlockDelta(out RawContentBlockDeltaEvent? grown) && grown.Delta.TryPickText(out TextDelta? words))
                text += words.Text;
            if (streamed.TryPickDelta(out RawMessageDeltaEvent? ended))
                stop = ended.Delta.StopReason!.Value().ToString();
        }
        return (text, stop);
    }

    private static JsonElement Value(JsonElement seen, string name) => seen.GetProperty(name).TryGetProperty("value", out JsonElement value) ? value : throw new InvalidOperationException($"{name}: {seen.GetProperty(name).GetRawText()}");

    private static string Text(JsonElement said) => Assert.Single(said.GetProperty("texts").EnumerateArray()).GetString()!;

    /// <summary>An origin that answers as Anthropic's API, a filter and an Envoy before it.</summary>
    private sealed class Laboratory(ScriptedOrigin origin, FilterProcess filter, EnvoyProcess envoy) : IAsyncDisposable
    {
        public ScriptedOrigin Origin => origin;

        public string Address => $"http://127.0.0.1:{envoy.Port}";

        public static async Task<Laboratory> Start()
        {
            Assert.NotEmpty(ToolLocator.Require("envoy"));
            ScriptedOrigin origin = await ScriptedOrigin.Start(AnthropicOrigin.Answer);
            FilterProcess filter = await FilterProcess.Start(new FilterOptions { Policy = Policy });
            return new Laboratory(origin, filter, await EnvoyProcess.Start(EnvoyProcess.Versions[0], new EnvoyConfig { Filter = filter.Address, OriginPort = origin.Port }));
        }

        public async ValueTask DisposeAsync()
        {
            await envoy.DisposeAsync();
            await filter.DisposeAsync();
            await origin.DisposeAsync();
        }
    }
}
