using System.Buffers.Binary;
using System.Text;

namespace EnvoyExtAuthz.Engine.Tests;

/// <summary>Bodies whose header says where their parts begin: an edit that moves a part changes the header with it.</summary>
public sealed class TensorTests
{
    private const string Field = "inference-header-content-length";

    private const string Policy = """
        version: 1
        name: bench
        callers:
          research: {spiffe: ["spiffe://cluster.local/ns/agents/sa/research"]}
        routes:
          - {name: models, match: {paths: ["/v2/**"]}, protocol: kserve}
        rules:
          - name: readers
            callers: [research]
            routes: [models]
            detectors: {pii: {action: redact}}
        """;

    [Theory]
    [InlineData(BodyDelivery.Whole)]
    [InlineData(BodyDelivery.Duplex)]
    public void An_edited_request_says_where_its_tensors_begin_now(BodyDelivery delivery)
    {
        using var bench = new Bench(Policy);
        byte[] body = Body("inputs", out int length);
        bench.Head(request: delivery, path: "/v2/models/m/infer", fields: (Field, $"{length}")).Exchange.OnRequestBody(body, true);
        List<Step> steps = bench.Take();
        // Where the head went on before, Envoy holds it: the body's answer changes it.
        AssertFits(steps[^1].Body, steps[delivery == BodyDelivery.Duplex ? 0 : ^1], length);
    }

    [Theory]
    [InlineData(BodyDelivery.Whole)]
    [InlineData(BodyDelivery.Duplex)]
    public void An_edited_answer_says_where_its_tensors_begin_now(BodyDelivery delivery)
    {
        using var bench = new Bench(Policy);
        byte[] body = Body("outputs", out int length);
        bench.Head(response: delivery, path: "/v2/models/m/infer").Body("{\"inputs\":[]}").Take();
        bench.ResponseHead(type: "application/octet-stream", fields: (Field, $"{length}")).Exchange.OnResponseBody(body, true);
        List<Step> steps = bench.Take();
        AssertFits(steps[^1].Body, steps[delivery == BodyDelivery.Duplex ? 0 : ^1], length);
    }

    [Fact]
    public void An_answer_whose_head_is_out_is_refused_rather_than_broken()
    {
        using var bench = new Bench(Policy);
        byte[] body = Body("outputs", out int length);
        bench.Head(response: BodyDelivery.Pieces, path: "/v2/models/m/infer").Body("{\"inputs\":[]}").Take();
        bench.ResponseHead(type: "application/octet-stream", fields: (Field, $"{length}")).Exchange.OnResponseBody(body, true);
        Assert.DoesNotContain(bench.Take(), s => s.Body.Span.IndexOf("binary_data_size"u8) >= 0);
    }

    /// <summary>One tensor of 99 bytes, whose size has a digit more when it grows.</summary>
    private static byte[] Body(string list, out int headerLength)
    {
        byte[] text = Encoding.UTF8.GetBytes("write to a@b.co today " + new string('x', 73));
        byte[] header = Encoding.UTF8.GetBytes($$$"""{"{{{list}}}":[{"name":"t","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":{{{text.Length + 4}}}}}]}""");
        headerLength = header.Length;
        var length = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(length, (uint)text.Length);
        return [.. header, .. length, .. text];
    }

    private static void AssertFits(ReadOnlyMemory<byte> body, in Step head, int before)
    {
        Assert.Contains(head.SetFields!, f => f == (Field, $"{before + 1}"));
        string header = Encoding.UTF8.GetString(body.Span[..(before + 1)]);
        Assert.EndsWith("}", header, StringComparison.Ordinal);
        int length = (int)BinaryPrimitives.ReadUInt32LittleEndian(body.Span[(before + 1)..]);
        Assert.Contains($"\"binary_data_size\":{length + 4}", header, StringComparison.Ordinal);
        Assert.Equal(body.Length, before + 1 + 4 + length);
        Assert.True(body.Span.IndexOf("a@b.co"u8) < 0);
    }
}
