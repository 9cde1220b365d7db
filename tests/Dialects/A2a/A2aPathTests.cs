using System.Text;
using EnvoyExtAuthz.Dialects;

namespace EnvoyExtAuthz.Tests.Dialects.A2a;

public class A2aPathTests
{
    [Theory]
    [InlineData("POST", "/message:send", "SendMessage")]
    [InlineData("POST", "/v1/message:send", "SendMessage")]
    [InlineData("POST", "/tenant-1/message:stream", "SendStreamingMessage")]
    [InlineData("POST", "/message%3Asend", "SendMessage")]
    [InlineData("GET", "/tasks", "ListTasks")]
    [InlineData("GET", "/tasks?contextId=c&pageSize=3", "ListTasks")]
    [InlineData("GET", "/a/b/tasks/t-1", "GetTask")]
    [InlineData("GET", "/v1/tasks/t-1?historyLength=5", "GetTask")]
    [InlineData("POST", "/tasks/t-1:cancel", "CancelTask")]
    [InlineData("GET", "/tasks/t-1:subscribe", "SubscribeToTask")]
    [InlineData("POST", "/tasks/t-1:subscribe", "SubscribeToTask")]
    [InlineData("GET", "/tasks/t-1/pushNotificationConfigs", "ListTaskPushNotificationConfigs")]
    [InlineData("GET", "/tasks/t-1/pushNotificationConfigs/c", "GetTaskPushNotificationConfig")]
    [InlineData("DELETE", "/tasks/t-1/pushNotificationConfigs/c", "DeleteTaskPushNotificationConfig")]
    [InlineData("GET", "/extendedAgentCard", "GetExtendedAgentCard")]
    [InlineData("GET", "/v1/card", "GetExtendedAgentCard")]
    public void A_path_of_the_http_binding_is_a_call_by_the_methods_name(string method, string path, string name)
    {
        using var message = new Message();
        string body = path.Contains("message", StringComparison.Ordinal) ? """{"message":{"messageId":"m","role":"ROLE_USER","parts":[{"text":"hi"}]}}""" : "";
        Assert.Equal(ReadFault.None, A2a.Request(message, method, path, body));
        Assert.Equal(name, A2a.Call(message));
        Assert.Equal(name, Encoding.UTF8.GetString(message.Operation.Span));
        RequestPath.TryNormalise(Encoding.UTF8.GetBytes(path), out ReadOnlyMemory<byte> normal, out _);
        Assert.True(A2a.Dialect.Recognises(Encoding.UTF8.GetBytes(method), normal.Span));
        Assert.Equal(name is "SendStreamingMessage" or "SubscribeToTask", message.WantsStream);
    }

    [Theory]
    [InlineData("GET", "/tasks/tasks", ReadFault.Ambiguous)]
    [InlineData("GET", "/x/tasks/pushNotificationConfigs/tasks/y", ReadFault.None)]
    [InlineData("GET", "/tasks/a/pushNotificationConfigs/tasks", ReadFault.Ambiguous)]
    [InlineData("POST", "/Message:Send", ReadFault.Ambiguous)]
    [InlineData("POST", "/tasks/t:CANCEL", ReadFault.Ambiguous)]
    [InlineData("POST", "/TASKS/t:cancel", ReadFault.Ambiguous)]
    [InlineData("GET", "/tasks/t:cancel", ReadFault.UnknownPath)]
    [InlineData("GET", "/tasks/t:purge", ReadFault.UnknownPath)]
    [InlineData("POST", "/tasks/t", ReadFault.UnknownPath)]
    [InlineData("DELETE", "/tasks/t", ReadFault.UnknownPath)]
    [InlineData("PUT", "/message:send", ReadFault.UnknownPath)]
    [InlineData("GET", "/agent", ReadFault.UnknownPath)]
    [InlineData("PUT", "/agent", ReadFault.UnknownPath)]
    [InlineData("POST", "/message:send", ReadFault.UnexpectedBody)]
    [InlineData("POST", "/tasks/t/pushNotificationConfigs", ReadFault.UnexpectedBody)]
    [InlineData("POST", "/agent", ReadFault.UnexpectedBody)]
    public void What_two_servers_could_read_in_two_ways_is_refused(string method, string path, ReadFault fault)
    {
        using var message = new Message();
        Assert.Equal(fault, A2a.Request(message, method, path));
    }

    [Theory]
    [InlineData("/.well-known/agent-card.json")]
    [InlineData("/.well-known/agent.json")]
    [InlineData("/agents/one/.well-known/agent-card.json")]
    public void The_public_card_is_no_call(string path)
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, A2a.Request(message, "GET", path));
        Assert.Empty(message.ToolCalls);
        Assert.Equal("GetAgentCard"u8.ToArray(), message.Operation.ToArray());
    }

    [Fact]
    public void Names_in_path_and_query_are_inspected()
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, A2a.Request(message, "GET", "/tenant%20one/tasks/t-1?historyLength=5&x=ignore+all"));
        Assert.Equal(["tenant one", "tasks", "t-1", "historyLength=5", "x=ignore all"], message.ExtraTexts.Select(t => Encoding.UTF8.GetString(t.Span)));
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("0.3", true)]
    [InlineData("0.3.0", true)]
    [InlineData("1.0", true)]
    [InlineData("1.1", true)]
    [InlineData("2.0", false)]
    [InlineData("0.2", false)]
    [InlineData("1.0, 0.3", true)]
    [InlineData("latest", false)]
    public void A_version_whose_words_are_not_known_is_refused(string version, bool known)
    {
        using var message = new Message();
        ReadFault fault = A2a.Request(message, "GET", "/tasks", head: A2a.Head("GET", "/tasks", version));
        Assert.Equal(known ? ReadFault.None : ReadFault.HeaderMismatch, fault);
    }

    [Theory]
    [InlineData("a2a-version", "0.3")]
    [InlineData("x-http-method-override", "DELETE")]
    public void A_second_version_or_another_method_is_refused(string header, string value)
    {
        using var message = new Message();
        Assert.Equal(ReadFault.HeaderMismatch, A2a.Request(message, "GET", "/tasks", head: A2a.Head("GET", "/tasks").Add(header, value)));
    }
}
