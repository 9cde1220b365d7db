using System.ClientModel;
using System.Text;
using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Testing.Envoy;
using EnvoyExtAuthz.Testing.Origin;
using OpenAI;
using OpenAI.Chat;

namespace EnvoyExtAuthz.Clients.Tests;

/// <summary>The official OpenAI SDK for .NET through a real Envoy and the filter: what its user's code sees.</summary>
public sealed class OpenAiNetSdkTests
{
    [Fact]
    public async Task Calls_streams_tool_rounds_and_refusals_reach_user_code_as_they_should()
    {
        ToolLocator.Require("envoy");
        await using ScriptedOrigin origin = await ScriptedOrigin.Start(OpenAiSdkTests.Answer);
        await using FilterProcess filter = await FilterProcess.Start(new FilterOptions { Policy = OpenAiSdkTests.Policy });
        await using EnvoyProcess envoy = await EnvoyProcess.Start(EnvoyProcess.Versions[0], new EnvoyConfig { Filter = filter.Address, OriginPort = origin.Port });
        var client = new ChatClient("m", new ApiKeyCredential("none"), new OpenAIClientOptions { Endpoint = new Uri($"http://127.0.0.1:{envoy.Port}/v1") });
        CancellationToken stop = TestContext.Current.CancellationToken;

        ChatCompletion plain = await client.CompleteChatAsync([new UserChatMessage("plain")], cancellationToken: stop);
        Assert.Equal("hello", plain.Content[0].Text);

        Streamed stream = await Read(client, "stream");
        Assert.Equal(("hello there", ChatFinishReason.Stop), (stream.Text, stream.Finish));

        var options = new ChatCompletionOptions { Tools = { Tool("search"), Tool("delete_files") } };
        ChatCompletion first = await client.CompleteChatAsync([new UserChatMessage("call search")], options, stop);
        ChatToolCall call = Assert.Single(first.ToolCalls);
        Assert.Equal("search", call.FunctionName);
        ChatCompletion second = await client.CompleteChatAsync([new UserChatMessage("call search"), new AssistantChatMessage(first), new ToolChatMessage(call.Id, "{\"hits\":3}")], cancellationToken: stop);
        Assert.Equal("hello", second.Content[0].Text);
        Assert.DoesNotContain(origin.Requests, r => r.Text.Contains("The tool delete_files", StringComparison.Ordinal));

        var forced = new ChatCompletionOptions { Tools = { Tool("delete_files") }, ToolChoice = ChatToolChoice.CreateFunctionChoice("delete_files") };
        AssertRefused(await Assert.ThrowsAsync<ClientResultException>(() => client.CompleteChatAsync([new UserChatMessage("x")], forced, stop)));
        AssertRefused(await Assert.ThrowsAsync<ClientResultException>(() => client.CompleteChatAsync([new UserChatMessage("call delete_files")], cancellationToken: stop)));

        Streamed cut = await Read(client, "stream delete_files");
        Assert.Equal(("Sure. ", ChatFinishReason.ContentFilter, 0), (cut.Text, cut.Finish, cut.Calls));
        Assert.Contains("event ", cut.Refusal, StringComparison.Ordinal);
        // None of the refusals was tried again by the SDK: six questions, one of them in two turns, one refused before the origin.
        Assert.Equal(6, origin.Requests.Count);
    }

    private sealed record Streamed(string Text, string Refusal, int Calls, ChatFinishReason? Finish);

    private static async Task<Streamed> Read(ChatClient client, string question)
    {
        var text = new StringBuilder();
        var refusal = new StringBuilder();
        int calls = 0;
        ChatFinishReason? finish = null;
        await foreach (StreamingChatCompletionUpdate update in client.CompleteChatStreamingAsync([new UserChatMessage(question)], cancellationToken: TestContext.Current.CancellationToken))
        {
            text.Append(string.Concat(update.ContentUpdate.Select(p => p.Text)));
            refusal.Append(update.RefusalUpdate);
            calls += update.ToolCallUpdates.Count;
            finish = update.FinishReason ?? finish;
        }
        return new Streamed(text.ToString(), refusal.ToString(), calls, finish);
    }

    private static ChatTool Tool(string name) => ChatTool.CreateFunctionTool(name, $"The tool {name}.", BinaryData.FromString("""{"type":"object","properties":{}}"""));

    private static void AssertRefused(ClientResultException error)
    {
        Assert.Equal(403, error.Status);
        Assert.Contains("tool_not_allowed", error.Message, StringComparison.Ordinal);
        Assert.Contains("event ", error.Message, StringComparison.Ordinal);
    }
}
