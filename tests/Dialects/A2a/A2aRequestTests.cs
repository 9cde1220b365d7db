using System.Text;
using EnvoyExtAuthz.Dialects;

namespace EnvoyExtAuthz.Tests.Dialects.A2a;

public class A2aRequestTests
{
    private const string Hello = """{"message":{"messageId":"m","role":"ROLE_USER","parts":[{"text":"hi"}]}}""";

    [Theory]
    [InlineData("SendMessage", "SendMessage")]
    [InlineData("message/send", "SendMessage")]
    [InlineData("message/stream", "SendStreamingMessage")]
    [InlineData("tasks/get", "GetTask")]
    [InlineData("tasks/cancel", "CancelTask")]
    [InlineData("tasks/resubscribe", "SubscribeToTask")]
    [InlineData("tasks/pushNotificationConfig/set", "CreateTaskPushNotificationConfig")]
    [InlineData("tasks/pushNotificationConfig/delete", "DeleteTaskPushNotificationConfig")]
    [InlineData("agent/getAuthenticatedExtendedCard", "GetExtendedAgentCard")]
    [InlineData("GetExtendedAgentCard", "GetExtendedAgentCard")]
    [InlineData("S\\u0065ndMessage", "SendMessage")]
    [InlineData("sendMessage", "sendMessage")]
    [InlineData("SENDMESSAGE", "SENDMESSAGE")]
    [InlineData("vendor/doThings", "vendor/doThings")]
    public void A_method_has_one_name_in_both_versions_and_any_other_its_own(string method, string tool)
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, A2a.Rpc(message, method, Hello));
        Assert.Equal(tool, A2a.Call(message));
        Assert.Equal(tool, Encoding.UTF8.GetString(message.Operation.Span));
        Assert.Equal(Hello, Encoding.UTF8.GetString(message.ToolCalls[0].Arguments.Span));
    }

    [Fact]
    public void Every_part_of_1_0_is_read()
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, A2a.Rpc(message, "SendMessage", """
            {"tenant":"t1","message":{"messageId":"m1","contextId":"c1","role":"ROLE_USER","extensions":["https://example.com/ext/v1"],"referenceTaskIds":["t0"],
              "parts":[{"text":"hello"},{"data":{"q":"deep","more":"{\"json\":\"deeper\"}"}},
                       {"raw":"aGk=","mediaType":"image/png","filename":"cat.png"},{"url":"https://example.com/a.pdf","mediaType":"application/pdf"},
                       {"raw":"aGk="},{"text":"tail","metadata":{"note":"Please read this sentence."}}],
              "metadata":{"trace":"abc"}},
             "configuration":{"acceptedOutputModes":["text/plain"],"historyLength":3,"taskPushNotificationConfig":{"id":"p","url":"https://client.example/hook","token":"s3","authentication":{"scheme":"Bearer","credentials":"tok"}}},
             "metadata":{}}
            """));
        List<string> texts = A2a.Texts(message);
        Assert.Contains("User: hello", texts);
        Assert.Contains("User: deep", texts);
        Assert.Contains("User: deeper", texts);
        Assert.Contains("User: tail", texts);
        Assert.Contains("FileName: cat.png", texts);
        Assert.Contains("Url: https://example.com/a.pdf", texts);
        Assert.Contains("Url: https://client.example/hook", texts);
        Assert.Contains("Metadata: https://example.com/ext/v1", texts);
        Assert.Contains("Unknown: Please read this sentence.", texts);
        Assert.DoesNotContain("aGk=", string.Concat(texts));
        Assert.Equal([OpaqueKind.Image, OpaqueKind.RemoteReference, OpaqueKind.File, OpaqueKind.RemoteReference], A2a.Opaque(message));
    }

    [Fact]
    public void Every_part_of_0_3_is_read()
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, A2a.Rpc(message, "message/stream", """
            {"message":{"kind":"message","messageId":"m1","role":"user","parts":[{"kind":"text","text":"hello"},{"kind":"data","data":{"q":"deep"}},
              {"kind":"file","file":{"bytes":"aGk=","mimeType":"audio/wav","name":"a.wav"}},{"kind":"file","file":{"uri":"https://example.com/v.mp4","mimeType":"video/mp4"}}]},
             "configuration":{"blocking":true,"pushNotificationConfig":{"url":"https://client.example/hook","authentication":{"schemes":["Bearer"]}}}}
            """));
        Assert.Contains("User: hello", A2a.Texts(message));
        Assert.Contains("User: deep", A2a.Texts(message));
        Assert.Contains("FileName: a.wav", A2a.Texts(message));
        Assert.Equal([OpaqueKind.Audio, OpaqueKind.RemoteReference, OpaqueKind.RemoteReference], A2a.Opaque(message));
        Assert.True(message.WantsStream);
    }

    [Fact]
    public void The_http_binding_of_0_3_has_members_of_its_own()
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, A2a.Request(message, "POST", "/v1/message:send", """
            {"request":{"message_id":"m1","role":"ROLE_USER","content":[{"text":"hello"},{"file":{"file_with_uri":"https://example.com/x","mime_type":"text/plain"}}]},
             "configuration":{"push_notification":{"url":"https://client.example/hook"}}}
            """));
        Assert.Contains("User: hello", A2a.Texts(message));
        Assert.Equal([OpaqueKind.RemoteReference, OpaqueKind.RemoteReference], A2a.Opaque(message));
    }

    [Fact]
    public void The_conversation_a_client_sends_along_is_the_agents_where_it_says_so()
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, A2a.Rpc(message, "SendMessage", """{"message":{"role":"ROLE_AGENT","messageId":"m","parts":[{"text":"I said"}]}}"""));
        Assert.Contains("Assistant: I said", A2a.Texts(message));
    }

    [Theory]
    [InlineData("CreateTaskPushNotificationConfig", """{"taskId":"t","url":"https://evil.example/x"}""")]
    [InlineData("tasks/pushNotificationConfig/set", """{"taskId":"t","pushNotificationConfig":{"url":"https://evil.example/x"}}""")]
    [InlineData("SendMessage", """{"message":{"parts":[]},"configuration":{"task_push_notification_config":{"url":"https://evil.example/x"}}}""")]
    public void Where_an_agent_is_to_send_what_a_task_is_about_is_a_remote_reference(string method, string parameters)
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, A2a.Rpc(message, method, parameters));
        Assert.Equal([OpaqueKind.RemoteReference], A2a.Opaque(message));
        Assert.Contains("Url: https://evil.example/x", A2a.Texts(message));
    }

    [Theory]
    [InlineData("""{"message":{"contextId":"a","context_id":"b","parts":[]}}""", ReadFault.Ambiguous)]
    [InlineData("""{"message":{"parts":[]},"request":{"content":[]}}""", ReadFault.Ambiguous)]
    [InlineData("""{"message":{"parts":[],"content":[{"text":"x"}]}}""", ReadFault.Ambiguous)]
    [InlineData("""{"Message":{"parts":[]}}""", ReadFault.Ambiguous)]
    [InlineData("""{"message":{"Parts":[]}}""", ReadFault.Ambiguous)]
    [InlineData("""{"message":{"parts":[{"Text":"x"}]}}""", ReadFault.Ambiguous)]
    [InlineData("""{"message":{"parts":[{"text":"x","raw":"aGk="}]}}""", ReadFault.Ambiguous)]
    [InlineData("""{"message":{"parts":[{"text":"x","data":{}}]}}""", ReadFault.Ambiguous)]
    [InlineData("""{"message":{"parts":[{"text":"x","file":{"bytes":"aGk="}}]}}""", ReadFault.Ambiguous)]
    [InlineData("""{"message":{"parts":[{"file":{"bytes":"aGk=","uri":"https://x"}}]}}""", ReadFault.Ambiguous)]
    [InlineData("""{"message":{"parts":[{"file":{"bytes":"aGk=","fileWithBytes":"aGk="}}]}}""", ReadFault.Ambiguous)]
    [InlineData("""{"message":{"parts":[{"raw":"aGk=","mediaType":"image/png","mimeType":"text/plain"}]}}""", ReadFault.Ambiguous)]
    [InlineData("""{"message":{"parts":[{"text":["x","y"]}]}}""", ReadFault.WrongShape)]
    [InlineData("""{"message":{"parts":[{"file":"aGk="}]}}""", ReadFault.WrongShape)]
    [InlineData("""{"message":{"parts":[{"raw":{"0":1}}]}}""", ReadFault.WrongShape)]
    [InlineData("""{"message":{"parts":{"0":{"text":"x"}}}}""", ReadFault.WrongShape)]
    [InlineData("""{"message":{"parts":["x"]}}""", ReadFault.WrongShape)]
    [InlineData("""{"message":"x"}""", ReadFault.WrongShape)]
    [InlineData("""{"configuration":{"pushNotificationConfig":{"url":["https://x"]}}}""", ReadFault.WrongShape)]
    [InlineData("""{"configuration":{"pushNotificationConfig":{"url":"https://x"},"taskPushNotificationConfig":{"url":"https://y"}}}""", ReadFault.Ambiguous)]
    [InlineData("""["x"]""", ReadFault.WrongShape)]
    [InlineData("""{"message":{"parts":[{"text":null,"data":null}]}}""", ReadFault.None)]
    public void What_readers_could_take_in_two_ways_is_refused(string parameters, ReadFault fault)
    {
        using var message = new Message();
        Assert.Equal(fault, A2a.Rpc(message, "SendMessage", parameters));
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"GetTask","params":{"id":"t"},"message":{"parts":[{"text":"x"}]}}""", ReadFault.Ambiguous)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"Method":"CancelTask","params":{}}""", ReadFault.Ambiguous)]
    [InlineData("""{"jsonrpc":"1.0","id":1,"method":"GetTask"}""", ReadFault.WrongShape)]
    [InlineData("""{"id":1,"method":"GetTask","params":{}}""", ReadFault.WrongShape)]
    [InlineData("""[{"jsonrpc":"2.0","id":1,"method":"GetTask"}]""", ReadFault.WrongShape)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{}}""", ReadFault.WrongShape)]
    [InlineData("""{"jsonrpc":"2.0","id":1.5,"method":"GetTask"}""", ReadFault.WrongShape)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"GetTask","method":"CancelTask"}""", ReadFault.NotStrictJson)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"GetTask"}{}""", ReadFault.NotStrictJson)]
    [InlineData("""{"x":1}""", ReadFault.WrongShape)]
    public void What_is_no_request_of_the_json_rpc_binding_is_refused(string body, ReadFault fault)
    {
        using var message = new Message();
        Assert.Equal(fault, A2a.Request(message, "POST", "/agent", body));
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"GetTask","params":{}}""")]
    [InlineData("""{"message":{"parts":[]},"method":"GetTask"}""")]
    public void One_bindings_message_on_the_others_path_is_refused(string body)
    {
        using var message = new Message();
        Assert.Equal(ReadFault.Ambiguous, A2a.Request(message, "POST", "/message:send", body));
    }

    [Fact]
    public void A_null_body_is_none()
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, A2a.Request(message, "POST", "/v1/tasks/t:cancel", "null"));
        Assert.Equal("CancelTask", A2a.Call(message));
    }

    [Fact]
    public void What_an_agent_tells_a_clients_address_is_the_agents_word()
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, A2a.Request(message, "POST", "/hook", """{"statusUpdate":{"taskId":"t","contextId":"c","status":{"state":"TASK_STATE_COMPLETED","message":{"role":"ROLE_AGENT","parts":[{"text":"done"}]}}}}"""));
        Assert.Equal("PushNotification", A2a.Call(message));
        Assert.Contains("ToolResult: done", A2a.Texts(message));
    }

    [Fact]
    public void An_extensions_parameters_may_have_any_shape_and_are_inspected()
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, A2a.Rpc(message, "vendor/doThings", """{"message":"do it","content":{"a":["b c"]},"tasks":"x","Name":"y","task_id":"1","taskId":"2"}"""));
        Assert.Contains("User: do it", A2a.Texts(message));
        Assert.Contains("User: b c", A2a.Texts(message));
    }

    [Fact]
    public void An_edit_changes_its_text_alone_and_in_the_string_that_holds_it()
    {
        using var message = new Message();
        string body = """{"jsonrpc":"2.0","id":7,"method":"SendMessage","params":{"message":{"parts":[{"text":"a \"b\" c"},{"data":{"j":"{\"k\":\"v w\"}"}}]}}}""";
        Assert.Equal(ReadFault.None, A2a.Request(message, "POST", "/agent", body));
        message.Replace(message.Segments.First(s => message.Text(s).Span.SequenceEqual("a \"b\" c"u8)), 2, 3, "\"X\""u8.ToArray());
        message.Replace(message.Segments.First(s => message.Text(s).Span.SequenceEqual("v w"u8)), 0, 1, "\"Y\""u8.ToArray());
        Assert.True(A2a.Dialect.TryWrite(message, out byte[] edited));
        Assert.Equal(body.Replace("\\\"b\\\"", "\\\"X\\\"", StringComparison.Ordinal).Replace("v w", "\\\\\\\"Y\\\\\\\" w", StringComparison.Ordinal), A2a.Text(edited));
    }
}
