using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.Replicate;
using EnvoyExtAuthz.Testing.Origin;

namespace EnvoyExtAuthz.Tests.Dialects.Replicate;

public sealed class ReplicateDialectTests(ITestOutputHelper output)
{
    private static ReadExchange On(string path = "/v1/models/meta/llama/predictions", string method = "POST") => new(ReplicateDialect.Instance, method, path);

    [Theory]
    [InlineData("POST", "/v1/predictions", true)]
    [InlineData("POST", "/v1/models/meta/llama/predictions", true)]
    [InlineData("POST", "/v1/deployments/me/mine/predictions", true)]
    [InlineData("POST", "/v1/predictions/abc/cancel", true)]
    [InlineData("GET", "/v1/predictions/abc", true)]
    [InlineData("GET", "/v1/predictions", true)]
    [InlineData("POST", "/v1/models/meta/predictions", false)]
    [InlineData("POST", "/v1/models/a/b/c/predictions", false)]
    [InlineData("POST", "/v1/models//b/predictions", false)]
    [InlineData("POST", "/v1/predictions/abc", false)]
    [InlineData("POST", "/v1/trainings", false)]
    [InlineData("DELETE", "/v1/predictions/abc", false)]
    [InlineData("GET", "/v1/models/meta/llama", false)]
    public void Runs_are_recognised_by_their_paths(string method, string path, bool isIts) =>
        Assert.Equal(isIts, ReplicateDialect.Instance.Recognises(Encoding.UTF8.GetBytes(method), Encoding.UTF8.GetBytes(path)));

    [Fact]
    public void A_run_is_read_by_the_names_that_nearly_all_models_use()
    {
        using ReadExchange run = On();
        Assert.Equal(ReadFault.None, run.Send(/*lang=json,strict*/ """
            {"input":{"prompt":"a","system_prompt":"b","negative_prompt":"c","style":"d e","size":"1024x1024","image":"https://x.example/a.png","mask":"data:image/png;base64,aGk=",
              "messages":[{"role":"system","content":"f"},{"role":"user","content":"g"},{"role":"wizard","content":"h"}]},"stream":true,"webhook":"https://x.example/hook","webhook_events_filter":["completed"]}
            """));
        Assert.Equal("meta/llama", ReadExchange.Text(run.Request.Model));
        Assert.True(run.Request.WantsStream);
        Assert.Equal(["RemoteReference", "RemoteReference", "Image"], ReadExchange.Opaque(run.Request));
        List<string> texts = ReadExchange.Texts(run.Request);
        foreach (string expected in (string[])["User: a", "System: b", "User: c", "Unknown: d e", "Metadata: 1024x1024", "Url: https://x.example/a.png", "System: f", "User: g", "Unknown: h", "Url: https://x.example/hook"])
            Assert.Contains(expected, texts);
        StringCoverage.AssertEachStringOnce("run", run.Request);
        EditProperty.Assert_holds(run.Request);
    }

    [Theory]
    [InlineData("/v1/predictions", """{"version":"abc","input":{}}""", "abc")]
    [InlineData("/v1/predictions", """{"version":"meta/llama:abc","input":{}}""", "meta/llama:abc")]
    [InlineData("/v1/predictions", """{"model":"meta/llama","version":"abc","input":{}}""", "meta/llama abc")]
    [InlineData("/v1/models/meta/llama/predictions", """{"input":{}}""", "meta/llama")]
    [InlineData("/v1/models/meta/llama/predictions", """{"version":"evil","input":{}}""", "meta/llama evil")]
    [InlineData("/v1/deployments/me/mine/predictions", """{"input":{}}""", "me/mine")]
    public void Every_model_that_is_named_is_judged(string path, string body, string models)
    {
        using ReadExchange run = On(path);
        Assert.Equal(ReadFault.None, run.Send(body));
        Assert.Equal(models, string.Join(' ', run.Request.FurtherModels.Prepend(run.Request.Model).Select(ReadExchange.Text)));
    }

    [Theory]
    [InlineData("""{"version":"v"}""", ReadFault.WrongShape)]
    [InlineData("""{"version":"v","input":["a"]}""", ReadFault.WrongShape)]
    [InlineData("""{"input":{}}""", ReadFault.WrongShape)]
    [InlineData("""{"version":["v"],"input":{}}""", ReadFault.WrongShape)]
    [InlineData("""{"version":"v","input":{"prompt":"a","tools":[{"name":"x"}]}}""", ReadFault.WrongShape)]
    [InlineData("""{"version":"v","input":{"messages":["a"]}}""", ReadFault.WrongShape)]
    [InlineData("""{"Version":"v","input":{}}""", ReadFault.Ambiguous)]
    [InlineData("""{"version":"v","input":{"Prompt":"a"}}""", ReadFault.Ambiguous)]
    [InlineData("""{"version":"v","input":{"prompt":"a"}}{}""", ReadFault.NotStrictJson)]
    public void Another_shape_is_refused(string body, ReadFault expected)
    {
        using ReadExchange run = On("/v1/predictions");
        Assert.Equal(expected, run.Send(body));
    }

    [Fact]
    public void A_look_has_no_body()
    {
        using ReadExchange look = On("/v1/predictions/abc", "GET");
        Assert.Equal(ReadFault.None, look.Send(""));
        Assert.Equal(ReadFault.UnexpectedBody, look.Send("{}"));
        using ReadExchange model = On("/v1/models/meta/llama/versions/abc", "GET");
        Assert.Equal(ReadFault.None, model.Send(""));
        Assert.Equal("meta/llama", ReadExchange.Text(model.Request.Model));
    }

    [Theory]
    [InlineData("\"all of it\"", "Assistant: all of it")]
    [InlineData("""["Sure"," thing","."]""", "Assistant: Sure thing.")]
    [InlineData("""["https://x.example/1.png","https://x.example/2.png"]""", "Url: https://x.example/1.png|Url: https://x.example/2.png")]
    [InlineData("""{"text":"a b","audio":"https://x.example/1.mp3"}""", "Url: https://x.example/1.mp3|Assistant: a b")]
    [InlineData("null", "")]
    public void Output_is_text_pieces_of_text_or_addresses(string made, string expected)
    {
        using ReadExchange run = On();
        run.Send("""{"input":{}}""");
        Assert.Equal(ReadFault.None, run.Answer("{\"id\":\"i\",\"status\":\"succeeded\",\"output\":" + made + "}", status: 201));
        Assert.Equal(expected, string.Join('|', ReadExchange.Texts(run.Response).Where(t => !t.StartsWith("Metadata", StringComparison.Ordinal))));
        Assert.Empty(run.Response.Opaque);
    }

    [Fact]
    public void Streamed_output_is_one_running_text()
    {
        using ReadExchange stream = On("/v1/streams/abc", "GET");
        Assert.Equal(ReadFault.None, stream.Send(""));
        const string Events = "event: output\nid: 1:0\ndata: Sure\n\nevent: output\ndata:  thing\ndata: .\n\n: hi\n\nevent: logs\ndata: loading\n\nevent: done\ndata: {}\n\n";
        foreach (int pieceBytes in (int[])[1, 5, int.MaxValue])
        {
            ReadEvents read = stream.Stream(Events, "text/event-stream", pieceBytes);
            Assert.Equal(ReadFault.None, read.Fault);
            Assert.True(read.Ended);
            Assert.Equal(["Assistant: Sure thing\n.", "Document: loading"], read.Texts.Values);
            Assert.Equal(Events, read.Released);
        }
        Assert.Equal(ReadFault.BrokenStream, stream.Stream(Events + "event: output\ndata: more\n\n", "text/event-stream").Fault);
        Assert.Equal("event: error\ndata: {\"detail\":\"A tool is not allowed here. (event ev-1)\"}\n\nevent: done\ndata: {\"reason\":\"error\"}\n\n", stream.Stream("", "text/event-stream").Refusal);
    }

    [Fact]
    public void A_refusal_is_a_problem_with_its_detail()
    {
        using ReadExchange run = On();
        run.Send("""{"input":{}}""");
        Assert.Equal("""{"title":"Blocked by policy","detail":"A tool is not allowed here. (event ev-1)","status":403,"code":"tool_not_allowed"}""", ReadExchange.Text(run.Refuse().Body));
    }

    [Fact]
    public void Every_recorded_exchange_is_read()
    {
        IReadOnlyList<RecordedExchange> all = RecordedExchange.Load("replicate");
        Assert.SkipWhen(all.Count == 0, "needs ../shared/vectors");
        var coverage = new StringCoverage();
        foreach (RecordedExchange exchange in all)
        {
            using ReadExchange read = On(exchange.Path, exchange.Method);
            Assert.Equal((exchange.Name, ReadFault.None), (exchange.Name, read.Send(exchange.RequestBody)));
            byte[] answer = ReadExchange.Decoded(exchange.ResponseBody);
            Assert.Equal((exchange.Name, ReadFault.None), (exchange.Name, read.Answer(answer, ReadExchange.ContentTypeOf(exchange), exchange.Status)));
            Assert.Empty(read.Response.Opaque);
            foreach (Message message in (Message[])[read.Request, read.Response])
            {
                StringCoverage.AssertEachStringOnce(exchange.Name, message);
                Assert.True(ReplicateDialect.Instance.TryWrite(message, out byte[] written));
                Assert.Equal(message.Body.ToArray(), written);
                coverage.Add(message);
            }
        }
        output.WriteLine($"known: {coverage.Known:P2}; unknown: {string.Join(" | ", coverage.Unknown.Distinct())}");
        Assert.True(coverage.Known >= 0.97, $"{coverage.Known}: {string.Join(" | ", coverage.Unknown.Distinct())}");
    }
}
