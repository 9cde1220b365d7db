// The SDK calls its Responses client an evaluation version.
#pragma warning disable OPENAI001
using System.ClientModel;
using System.Text.Json;
using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Testing.Envoy;
using EnvoyExtAuthz.Testing.Origin;
using OpenAI.Responses;

namespace EnvoyExtAuthz.Clients.Tests;

/// <summary>The Responses API in the official OpenAI SDKs (npm and .NET) through a real Envoy and the filter: what their users' code sees.</summary>
public sealed class ResponsesSdkTests
{
    private const string Mask = "[REDACTED:email]";

    [Fact]
    public async Task Calls_streams_tool_rounds_and_refusals_reach_npm_users()
    {
        NodeProcess.Require();
        ToolLocator.Require("envoy");
        await using ScriptedOrigin origin = await ScriptedOrigin.Start(ResponsesOrigin.Answer);
        await using FilterProcess filter = await FilterProcess.Start(new FilterOptions { Policy = ResponsesOrigin.Policy });
        await using EnvoyProcess envoy = await EnvoyProcess.Start(EnvoyProcess.Versions[0], new EnvoyConfig { Filter = filter.Address, OriginPort = origin.Port });

        JsonElement seen = await NodeProcess.Run("openai-responses-client.mjs", $"http://127.0.0.1:{envoy.Port}/v1");

        Assert.Equal("hello", Value(seen, "plain").GetString());
        JsonElement stream = Value(seen, "stream");
        Assert.Equal("hello there", stream.GetProperty("text").GetString());
        Assert.Equal("completed", stream.GetProperty("status").GetString());
        Assert.Equal("hello there", Value(seen, "accumulated").GetProperty("text").GetString());
        Assert.Equal("hello", Value(seen, "azure").GetString());
        Assert.Equal("conv_1", Value(seen, "conversation").GetString());
        // In all copies of the text the same is masked.
        string masked = $"Write to {Mask} today.";
        JsonElement copies = Value(seen, "masked");
        Assert.Equal(masked, copies.GetProperty("text").GetString());
        Assert.Equal([masked, masked], copies.GetProperty("done").EnumerateArray().Select(t => t.GetString()));
        Assert.Equal(masked, copies.GetProperty("output").GetString());
        Assert.Equal("search", Value(seen, "toolRound").GetProperty("called").GetString());
        Assert.Equal("hello", Value(seen, "toolRound").GetProperty("then").GetString());
        Assert.DoesNotContain(origin.Requests, r => r.Text.Contains("The tool delete_files", StringComparison.Ordinal) || r.Text.Contains("web_search", StringComparison.Ordinal));
        Assert.Equal("search", Assert.Single(Value(seen, "toolStream").GetProperty("calls").EnumerateArray()).GetString());
        foreach (string refused in (string[])["refusedBefore", "refusedAnswer", "refusedState", "refusedAzure"])
        {
            JsonElement error = seen.GetProperty(refused);
            Assert.Equal("PermissionDeniedError", error.GetProperty("error").GetString());
            Assert.Contains("event ", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        }
        JsonElement cut = Value(seen, "refusedStream");
        Assert.Equal("hello there", cut.GetProperty("text").GetString());
        Assert.Equal(0, cut.GetProperty("calls").GetArrayLength());
        Assert.Single(cut.GetProperty("types").EnumerateArray(), t => t.GetString() == "response.created");
        AssertFiltered(cut);
        AssertFiltered(Value(seen, "refusedAccumulated"));
        AssertFiltered(Value(seen, "refusedAtOnce"));
        // None of the refusals was tried again by the SDK: twelve questions reached the origin, one of them in two turns, and two of a conversation.
        Assert.Equal(15, origin.Requests.Count);
    }

    [Fact]
    public async Task Calls_streams_tool_rounds_and_refusals_reach_dotnet_users()
    {
        ToolLocator.Require("envoy");
        CancellationToken cancel = TestContext.Current.CancellationToken;
        await using ScriptedOrigin origin = await ScriptedOrigin.Start(ResponsesOrigin.Answer);
        await using FilterProcess filter = await FilterProcess.Start(new FilterOptions { Policy = ResponsesOrigin.Policy });
        await using EnvoyProcess envoy = await EnvoyProcess.Start(EnvoyProcess.Versions[0], new EnvoyConfig { Filter = filter.Address, OriginPort = origin.Port });
        var client = new ResponsesClient(new ApiKeyCredential("none"), new ResponsesClientOptions { Endpoint = new Uri($"http://127.0.0.1:{envoy.Port}/v1") });

        Assert.Equal("hello", (await client.CreateResponseAsync("m", "plain", cancellationToken: cancel)).Value.GetOutputText());
        NetStream stream = await NetStream.Read(client, "stream");
        Assert.Equal("hello there", stream.Text);
        Assert.Equal(ResponseStatus.Completed, stream.Last!.Status);
        NetStream masked = await NetStream.Read(client, "stream address");
        Assert.Equal($"Write to {Mask} today.", masked.Text);
        Assert.Equal(masked.Text, masked.Last!.GetOutputText());

        var options = new CreateResponseOptions("m", [ResponseItem.CreateUserMessageItem("call search")]);
        foreach (string name in (string[])["search", "delete_files"])
            options.Tools.Add(ResponseTool.CreateFunctionTool(name, BinaryData.FromString("""{"type":"object","properties":{}}"""), false, $"The tool {name}."));
        ResponseResult called = (await client.CreateResponseAsync(options, cancel)).Value;
        FunctionCallResponseItem call = Assert.Single(called.OutputItems.OfType<FunctionCallResponseItem>());
        Assert.Equal("search", call.FunctionName);
        Assert.DoesNotContain(origin.Requests, r => r.Text.Contains("The tool delete_files", StringComparison.Ordinal));
        ResponseResult then = (await client.CreateResponseAsync(
            "m", [ResponseItem.CreateUserMessageItem("plain"), call, ResponseItem.CreateFunctionCallOutputItem(call.CallId, """{"hits":3}""")], cancellationToken: cancel)).Value;
        Assert.Equal("hello", then.GetOutputText());

        int before = origin.Requests.Count;
        ClientResultException refused = await Assert.ThrowsAsync<ClientResultException>(() => client.CreateResponseAsync("m", "call delete_files", cancellationToken: cancel));
        Assert.Equal(403, refused.Status);
        Assert.Contains("event ", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before + 1, origin.Requests.Count);
        options.ToolChoice = ResponseToolChoice.CreateFunctionChoice("delete_files");
        refused = await Assert.ThrowsAsync<ClientResultException>(() => client.CreateResponseAsync(options, cancel));
        Assert.Equal(403, refused.Status);
        Assert.Equal(before + 1, origin.Requests.Count);

        NetStream cut = await NetStream.Read(client, "stream delete_files");
        Assert.Equal("hello there", cut.Text);
        Assert.Empty(cut.Calls);
        Assert.Contains("event ", cut.Refusal, StringComparison.Ordinal);
        Assert.Equal(ResponseStatus.Incomplete, cut.Last!.Status);
        Assert.Equal(ResponseIncompleteStatusReason.ContentFilter, cut.Last.IncompleteStatusDetails.Reason);
    }

    private static void AssertFiltered(JsonElement seen)
    {
        Assert.Equal("incomplete", seen.GetProperty("status").GetString());
        Assert.Equal("content_filter", seen.GetProperty("reason").GetString());
        Assert.Contains("event ", seen.GetProperty("refusal").GetString(), StringComparison.Ordinal);
    }

    private static JsonElement Value(JsonElement seen, string name) => seen.GetProperty(name).TryGetProperty("value", out JsonElement value) ? value : throw new InvalidOperationException(seen.GetProperty(name).GetRawText());

    /// <summary>What a loop over .NET's stream of updates sees.</summary>
    private sealed class NetStream
    {
        public string Text { get; private set; } = "";

        public string Refusal { get; private set; } = "";

        public List<string> Calls { get; } = [];

        public ResponseResult? Last { get; private set; }

        public static async Task<NetStream> Read(ResponsesClient client, string input)
        {
            var seen = new NetStream();
            await foreach (StreamingResponseUpdate update in await client.CreateResponseStreamingAsync("m", input, cancellationToken: TestContext.Current.CancellationToken))
                seen.Take(update);
            return seen;
        }

        private void Take(StreamingResponseUpdate update)
        {
            switch (update)
            {
                case StreamingResponseOutputTextDeltaUpdate delta:
                    Text += delta.Delta;
                    break;
                case StreamingResponseRefusalDeltaUpdate refusal:
                    Refusal += refusal.Delta;
                    break;
                case StreamingResponseOutputItemAddedUpdate { Item: FunctionCallResponseItem call }:
                    Calls.Add(call.FunctionName);
                    break;
                case StreamingResponseCompletedUpdate completed:
                    Last = completed.Response;
                    break;
                case StreamingResponseIncompleteUpdate incomplete:
                    Last = incomplete.Response;
                    break;
                default:
                    break;
            }
        }
    }
}
