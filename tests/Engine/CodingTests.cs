using System.IO.Compression;
using System.Text;
using EnvoyExtAuthz.Policy;

namespace EnvoyExtAuthz.Engine.Tests;

/// <summary>Bodies with content codings: read without them, passed on as they came, edited without.</summary>
public sealed class CodingTests
{
    private const string Key = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";

    public static TheoryData<string> Codings { get; } = ["gzip", "x-gzip", "deflate", "raw", "br", "zstd", "gzip, br"];

    [Theory]
    [MemberData(nameof(Codings))]
    public void A_coded_request_is_read_and_goes_on_as_it_came(string coding)
    {
        using var bench = new Bench();
        byte[] body = Encode(coding, Chat.Plain);
        bench.Head(request: BodyDelivery.Duplex, fields: Field(coding)).Exchange.OnRequestBody(body, true);
        List<Step> steps = bench.Take();
        Assert.Equal([StepKind.RequestHead, StepKind.RequestBody], steps.Select(s => s.Kind));
        Assert.Equal(body, steps[1].Body.ToArray());
        Assert.DoesNotContain("content-encoding", steps[0].RemoveFields ?? []);
    }

    [Theory]
    [MemberData(nameof(Codings))]
    public void What_a_coding_hides_is_found(string coding)
    {
        using var bench = new Bench();
        bench.Head(fields: Field(coding)).Exchange.OnRequestBody(Encode(coding, Chat.Says("INJECT")), true);
        Assert.Equal("injection_detected", Reason(bench));
    }

    [Theory]
    [InlineData(BodyDelivery.Whole)]
    [InlineData(BodyDelivery.Duplex)]
    public void An_edited_request_goes_on_without_its_coding(BodyDelivery delivery)
    {
        using var bench = new Bench();
        bench.Head(request: delivery, fields: Field("gzip")).Exchange.OnRequestBody(Encode("gzip", Chat.Says(Key)), true);
        List<Step> steps = bench.Take();
        string sent = Encoding.UTF8.GetString(steps[^1].Body.Span);
        Assert.DoesNotContain(Key, sent, StringComparison.Ordinal);
        Assert.StartsWith("{\"model\"", sent, StringComparison.Ordinal);
        // Where the head went on before, Envoy holds it: the body's answer changes it.
        Assert.Contains("content-encoding", steps[delivery == BodyDelivery.Duplex ? 0 : ^1].RemoveFields!);
    }

    [Fact]
    public void A_coding_that_is_not_known_is_a_415()
    {
        foreach (string coding in (string[])["compress", "gzip, aws-chunked", "gzip, gzip, gzip, gzip", "identity, dcb"])
        {
            using var bench = new Bench();
            Assert.Equal(415, Assert.Single(bench.Head(fields: ("content-encoding", coding)).Take()).Refusal!.Status);
        }
    }

    [Fact]
    public void Bytes_that_are_not_their_coding_or_go_on_after_it_are_refused()
    {
        byte[] whole = Encode("gzip", Chat.Plain);
        foreach ((byte[] body, string reason) in new[]
        {
            (Encoding.UTF8.GetBytes(Chat.Plain), "unknown_encoding"), (whole[..^3], "unknown_encoding"), ([.. whole, 0, 0, 0], "ambiguous"),
            ([.. whole, .. Encode("gzip", Chat.Plain)], "not_strict_json"), (Encode("deflate", Chat.Plain), "unknown_encoding"),
        })
        {
            using var bench = new Bench();
            bench.Head(fields: Field("gzip")).Exchange.OnRequestBody(body, true);
            Assert.Equal(reason, Reason(bench));
        }
    }

    [Fact]
    public void A_bomb_is_too_large_long_before_it_is_decoded()
    {
        using var bench = new Bench();
        byte[] bomb = Encode("gzip", new string(' ', 300 << 20));
        long before = bench.Services.Memory.Used;
        bench.Head(fields: Field("gzip")).Exchange.OnRequestBody(bomb, true);
        Assert.Equal("too_large", Reason(bench));
        bench.Exchange.Close();
        Assert.Equal(before, bench.Services.Memory.Used);
    }

    [Theory]
    [MemberData(nameof(Codings))]
    public void A_coded_answer_goes_on_as_it_came_and_edited_without(string coding)
    {
        foreach (BodyDelivery delivery in (BodyDelivery[])[BodyDelivery.Duplex, BodyDelivery.Whole])
        {
            byte[] plain = Encode(coding, Chat.Answer("hello"));
            List<Step> steps = Answer(plain, coding, delivery);
            Assert.DoesNotContain(steps, s => s.RemoveFields?.Contains("content-encoding") == true);
            Assert.Equal(delivery == BodyDelivery.Duplex ? plain : [], steps[^1].Body.ToArray());

            steps = Answer(Encode(coding, Chat.Answer(Key)), coding, delivery);
            Assert.Contains(steps, s => s.RemoveFields?.Contains("content-encoding") == true);
            Assert.DoesNotContain(Key, Encoding.UTF8.GetString(steps[^1].Body.Span), StringComparison.Ordinal);
            Assert.StartsWith("{\"choices\"", Encoding.UTF8.GetString(steps[^1].Body.Span), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Where_the_head_has_gone_on_a_coded_answer_follows_without_its_coding()
    {
        List<Step> steps = Answer(Encode("gzip", Chat.Answer("hello")), "gzip", BodyDelivery.Pieces);
        Assert.Contains("content-encoding", steps[0].RemoveFields!);
        Assert.Equal(Chat.Answer("hello"), Encoding.UTF8.GetString(steps[^1].Body.Span));
    }

    [Theory]
    [MemberData(nameof(Codings))]
    public void A_coded_stream_goes_on_event_by_event_without_its_coding(string coding)
    {
        string[] events = [Chat.Chunk("""{"content":"Hello. "}"""), Chat.Chunk("""{"content":"More. "}"""), Chat.Chunk("{}", "\"stop\"") + "data: [DONE]\n\n"];
        foreach (int cut in (int[])[1, 3, 1 << 20])
        {
            using var bench = new Bench();
            bench.Head().Body(Chat.Streamed).Take();
            bench.ResponseHead(type: "text/event-stream", fields: Field(coding));
            Assert.Contains("content-encoding", Assert.Single(bench.Take()).RemoveFields!);
            byte[] body = Encode(coding, string.Concat(events));
            for (int at = 0; at < body.Length; at += cut)
                bench.Exchange.OnResponseBody(body.AsMemory(at, Math.Min(cut, body.Length - at)), at + cut >= body.Length);
            Assert.Equal(string.Concat(events), bench.Released());
        }
    }

    [Fact]
    public void An_event_that_was_flushed_does_not_wait_for_the_next()
    {
        using var bench = new Bench();
        bench.Head().Body(Chat.Streamed).Take();
        bench.ResponseHead(type: "text/event-stream", fields: Field("gzip")).Take();
        using var sent = new MemoryStream();
        using var gzip = new GZipStream(sent, CompressionLevel.Fastest, true);
        foreach (string text in (string[])["One. ", "Two. ", "Three. "])
        {
            string chunk = Chat.Chunk($$"""{"content":"{{text}}"}""");
            sent.SetLength(0);
            gzip.Write(Encoding.UTF8.GetBytes(chunk));
            gzip.Flush();
            bench.Exchange.OnResponseBody(sent.ToArray(), false);
            Assert.Equal(chunk, bench.Released());
        }
    }

    [Fact]
    public void A_stream_that_is_not_its_coding_ends_with_a_refusal()
    {
        using var bench = new Bench();
        bench.Head().Body(Chat.Streamed).Take();
        bench.ResponseHead(type: "text/event-stream", fields: Field("gzip")).Take();
        bench.ResponseBody(Chat.Chunk("""{"content":"Hello. "}"""));
        Assert.EndsWith("data: [DONE]\n\n", bench.Released(), StringComparison.Ordinal);
    }

    private static List<Step> Answer(byte[] body, string coding, BodyDelivery delivery)
    {
        using var bench = new Bench();
        bench.Head(response: delivery).Body(Chat.Plain).Take();
        bench.ResponseHead(fields: Field(coding)).Exchange.OnResponseBody(body, true);
        return [.. bench.Take().Select(s => s with { Body = s.Body.ToArray() })];
    }

    private static string Reason(Bench bench)
    {
        Assert.Contains(bench.Take(), s => s.Kind == StepKind.Refuse);
        return bench.Log.Kept[^1].Reason;
    }

    private static (string, string) Field(string coding) => ("content-encoding", coding == "raw" ? "deflate" : coding);

    private static byte[] Encode(string codings, string text)
    {
        byte[] body = Encoding.UTF8.GetBytes(text);
        foreach (string coding in codings.Split(", "))
        {
            using var into = new MemoryStream();
            using (Stream stream = coding switch
            {
                "gzip" or "x-gzip" => new GZipStream(into, CompressionLevel.Optimal, true),
                "deflate" => new ZLibStream(into, CompressionLevel.Optimal, true),
                "raw" => new DeflateStream(into, CompressionLevel.Optimal, true),
                "br" => new BrotliStream(into, CompressionLevel.Fastest, true),
                _ => new ZstdSharp.CompressionStream(into, 3, 0, true),
            })
                stream.Write(body);
            body = into.ToArray();
        }
        return body;
    }
}
