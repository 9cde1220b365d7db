using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.Kserve;
using EnvoyExtAuthz.Tests.Dialects.OpenAi;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.Kserve;

/// <summary>Inference requests and responses in JSON, generate, and what servers say of themselves.</summary>
public sealed class KserveTests
{
    [Theory]
    [InlineData("GET", "/v2", "describe", "")]
    [InlineData("GET", "/v2/health/ready", "describe", "")]
    [InlineData("GET", "/v2/models/m", "describe", "m")]
    [InlineData("GET", "/v2/models/m/versions/2/ready", "describe", "m")]
    [InlineData("POST", "/v2/models/m/infer", "infer", "m")]
    [InlineData("POST", "/v2/models/m/versions/2/infer", "infer", "m")]
    [InlineData("POST", "/v2/models/m/generate", "generate", "m")]
    [InlineData("POST", "/v2/models/m/generate_stream", "generate_stream", "m")]
    public void A_path_says_what_is_asked_of_which_model(string method, string path, string operation, string model)
    {
        Assert.Equal("kserve", DialectRegistry.Recognise(Encoding.UTF8.GetBytes(method), Encoding.UTF8.GetBytes(path))?.Name);
        using var message = new Message();
        Assert.Equal(ReadFault.None, Tensors.Request(method == "GET" ? [] : "{\"inputs\":[]}"u8.ToArray(), null, message, path, method));
        Assert.Equal((operation, model), (Encoding.UTF8.GetString(message.Operation.Span), Encoding.UTF8.GetString(message.Model.Span)));
        Assert.Equal(operation == "generate_stream", message.WantsStream);
    }

    [Theory]
    [InlineData("POST", "/v2/models/m")]
    [InlineData("GET", "/v2/models/m/infer")]
    [InlineData("POST", "/v2/models//infer")]
    [InlineData("POST", "/v2/models/m/versions//infer")]
    [InlineData("POST", "/v2/models/m/versions/1/infer/more")]
    [InlineData("POST", "/v2/models/a/b/infer")]
    [InlineData("POST", "/v2/repository/models/m/load")]
    [InlineData("POST", "/v2/systemsharedmemory/region/r/register")]
    [InlineData("POST", "/v2/chat")]
    public void Other_paths_are_not_this_protocol_s(string method, string path)
    {
        Assert.False(KserveDialect.Instance.Recognises(Encoding.UTF8.GetBytes(method), Encoding.UTF8.GetBytes(path)));
        using var message = new Message();
        Assert.Equal(ReadFault.UnknownPath, Tensors.Request([], null, message, path, method));
    }

    [Fact]
    public void Texts_of_tensors_are_the_user_s_and_JSON_in_them_is_read()
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Tensors.Request(/*lang=json,strict*/ """
            {"id":"r1","inputs":[
              {"name":"text_input","shape":[2],"datatype":"BYTES","data":["hello",["you"]]},
              {"name":"sampling_parameters","shape":[1],"datatype":"BYTES","data":["{\"stop\":\"end here\"}"]},
              {"name":"max_tokens","shape":[1],"datatype":"INT32","data":[16]},
              {"name":"stream","shape":[1],"datatype":"BOOL","data":[true]}],
             "outputs":[{"name":"text_output"}],"parameters":{"note":"be quick"}}
            """, message));
        Assert.Superset(new HashSet<string> { "User: hello", "User: you", "User: end here", "Unknown: be quick", "Metadata: text_output" }, Chat.Texts(message).ToHashSet());
        Assert.Empty(message.Opaque);
    }

    [Theory]
    [InlineData("{\"name\":\"input_ids\",\"shape\":[1,3],\"datatype\":\"INT64\",\"data\":[[1,2,3]]}", OpaqueKind.TokenIds)]
    [InlineData("{\"name\":\"x\",\"shape\":[2],\"datatype\":\"FP32\",\"data\":[0.5,0.25]}", OpaqueKind.File)]
    [InlineData("{\"name\":\"x\",\"shape\":[1],\"datatype\":\"BYTES\",\"parameters\":{\"content_type\":\"base64\"},\"data\":[\"aGk=\"]}", OpaqueKind.File)]
    [InlineData("{\"name\":\"x\",\"shape\":[1],\"datatype\":\"BYTES\",\"parameters\":{\"shared_memory_region\":\"r\",\"shared_memory_byte_size\":4}}", OpaqueKind.ServerState)]
    public void What_is_no_text_is_said(string tensor, OpaqueKind kind)
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Tensors.Request($"{{\"inputs\":[{tensor}]}}", message));
        Assert.Equal(kind, Assert.Single(message.Opaque).Kind);
    }

    [Theory]
    [InlineData("{\"inputs\":[],\"parameters\":{\"sequence_id\":7}}", 1)]
    [InlineData("{\"inputs\":[],\"parameters\":{\"sequence_id\":\"a\",\"sequence_start\":false}}", 1)]
    [InlineData("{\"inputs\":[],\"parameters\":{\"sequence_id\":7,\"sequence_start\":true}}", 0)]
    [InlineData("{\"inputs\":[],\"parameters\":{\"sequence_id\":0}}", 0)]
    public void A_sequence_that_goes_on_is_held_by_the_server(string body, int opaque)
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Tensors.Request(body, message));
        Assert.Equal(opaque, message.Opaque.Count(o => o.Kind == OpaqueKind.ServerState));
    }

    [Theory]
    [InlineData("{}", ReadFault.WrongShape)]
    [InlineData("[]", ReadFault.WrongShape)]
    [InlineData("{\"inputs\":{}}", ReadFault.WrongShape)]
    [InlineData("{\"inputs\":[1]}", ReadFault.WrongShape)]
    [InlineData("{\"Inputs\":[],\"inputs\":[]}", ReadFault.NotStrictJson)]
    [InlineData("{\"Inputs\":[]}", ReadFault.Ambiguous)]
    [InlineData("{\"inputs\":[{\"name\":\"x\",\"shape\":[1],\"datatype\":\"BYTES\",\"Data\":[\"a\"]}]}", ReadFault.Ambiguous)]
    [InlineData("{\"inputs\":[{\"name\":\"x\",\"shape\":[1],\"datatype\":\"BYTES\"}]}", ReadFault.WrongShape)]
    [InlineData("{\"inputs\":[{\"name\":\"x\",\"shape\":[1],\"datatype\":\"bytes\",\"data\":[\"a\"]}]}", ReadFault.WrongShape)]
    [InlineData("{\"inputs\":[{\"name\":\"x\",\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[\"a\"],\"parameters\":{\"binary_data_size\":5}}]}", ReadFault.Ambiguous)]
    [InlineData("{\"inputs\":[{\"name\":\"x\",\"shape\":[1],\"datatype\":\"BYTES\",\"parameters\":{\"binary_data_size\":5}}]}", ReadFault.WrongShape)]
    public void A_request_with_two_readings_is_refused(string body, ReadFault fault)
    {
        using var message = new Message();
        Assert.Equal(fault, Tensors.Request(body, message));
    }

    [Fact]
    public void Answers_are_the_model_s()
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Tensors.Response(/*lang=json,strict*/ """
            {"model_name":"m","model_version":"1","outputs":[{"name":"text_output","shape":[1],"datatype":"BYTES","data":["hi there"]},
             {"name":"scores","shape":[2],"datatype":"FP32","data":[0.5,0.5]},{"name":"output_ids","shape":[2],"datatype":"INT32","data":[1,2]}]}
            """u8.ToArray(), null, message));
        Assert.Contains("Assistant: hi there", Chat.Texts(message));
        Assert.Equal(OpaqueKind.TokenIds, Assert.Single(message.Opaque).Kind);
        Assert.Equal(ReadFault.None, Tensors.Response("{\"error\":\"no such model\"}"u8.ToArray(), null, message, status: 404));
        Assert.Equal(["Unknown: no such model"], Chat.Texts(message));
        Assert.Equal(ReadFault.None, Tensors.Response([], null, message));
    }

    [Fact]
    public void Generate_has_inputs_and_outputs_by_any_name()
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Tensors.Request(
            /*lang=json,strict*/ """{"text_input":"hello","system":"be kind","parameters":{"stream":false,"stop":"the end"},"image":["AAAA"],"input_ids":[1,2]}""",
            message, "/v2/models/m/generate"));
        Assert.Equal(["User: be kind", "User: hello", "User: the end"], Chat.Texts(message).Order());
        Assert.Equal([OpaqueKind.TokenIds, OpaqueKind.Image], message.Opaque.Select(o => o.Kind));
        Assert.Equal(ReadFault.WrongShape, Tensors.Request("[\"hello\"]", message, "/v2/models/m/generate"));
        Assert.Equal(ReadFault.HeaderMismatch, Tensors.Request("{}"u8.ToArray(), "2", message, "/v2/models/m/generate"));
        Assert.Equal(ReadFault.None, Tensors.Response("{\"model_name\":\"m\",\"text_output\":\"hi there\"}"u8.ToArray(), null, message, path: "/v2/models/m/generate"));
        Assert.Equal(["Metadata: m", "Assistant: hi there"], Chat.Texts(message));
    }

    [Fact]
    public void A_stream_s_outputs_run_on_and_its_refusal_is_an_error()
    {
        byte[] stream = "data: {\"model_name\":\"m\",\"text_output\":\"gh\",\"other\":\"x\"}\n\ndata: {\"model_name\":\"m\",\"text_output\":\"p_\",\"other\":\"y\"}\n\n"u8.ToArray();
        ReadStream read = ReadStream.Of(stream, [], dialect: KserveDialect.Instance);
        Assert.Equal(["ghp_", "xy"], read.Texts.Values);
        Assert.Equal("data: {\"error\":\"A tool is not allowed here. (event ev-1)\"}\n\n", read.Refusal);
        foreach (int cut in Enumerable.Range(1, stream.Length - 1))
            ChatVectorTests.AssertSame($"{cut}", read, ReadStream.Of(stream, [cut], dialect: KserveDialect.Instance));
    }

    [Fact]
    public void A_refusal_is_the_protocol_s_error()
    {
        Refusal refusal = KserveDialect.Instance.Refuse(Chat.Reason, null, new HttpHead());
        Assert.Equal((403, "{\"error\":\"A tool is not allowed here. (event ev-1)\"}"), (refusal.Status, Encoding.UTF8.GetString(refusal.Body)));
    }
}
