using Envoy.Extensions.Filters.Http.ExtProc.V3;
using Envoy.Service.ExtProc.V3;
using EnvoyExtAuthz.Engine;
using EnvoyExtAuthz.Host.Grpc;
using Mode = Envoy.Extensions.Filters.Http.ExtProc.V3.ProcessingMode.Types.BodySendMode;

namespace EnvoyExtAuthz.Host.Tests;

public sealed class EnvoyModesTests
{
    private static EnvoyModes Of(Mode request, Mode response) => EnvoyModes.Of(new ProcessingRequest
    {
        RequestHeaders = new HttpHeaders(),
        ProtocolConfig = new ProtocolConfiguration { RequestBodyMode = request, ResponseBodyMode = response },
    });

    [Theory]
    [InlineData(Mode.Buffered, Mode.FullDuplexStreamed)]
    [InlineData(Mode.Buffered, Mode.Buffered)]
    [InlineData(Mode.Buffered, Mode.Streamed)]
    [InlineData(Mode.Buffered, Mode.None)]
    [InlineData(Mode.FullDuplexStreamed, Mode.FullDuplexStreamed)]
    public void A_configuration_in_which_everything_is_seen_in_time_is_taken(Mode request, Mode response) =>
        Assert.Null(Of(request, response).UnsafeField);

    [Theory]
    [InlineData(Mode.None, Mode.FullDuplexStreamed, "request_body_mode")]
    [InlineData(Mode.Streamed, Mode.FullDuplexStreamed, "request_body_mode")]
    [InlineData(Mode.BufferedPartial, Mode.FullDuplexStreamed, "request_body_mode")]
    [InlineData(Mode.Grpc, Mode.FullDuplexStreamed, "request_body_mode")]
    [InlineData(Mode.Buffered, Mode.BufferedPartial, "response_body_mode")]
    [InlineData(Mode.Buffered, Mode.Grpc, "response_body_mode")]
    [InlineData((Mode)17, Mode.Buffered, "request_body_mode")]
    public void One_that_leaves_something_unseen_is_refused_with_the_field_to_change(Mode request, Mode response, string field) =>
        Assert.Contains(field, Of(request, response).UnsafeField, StringComparison.Ordinal);

    [Fact]
    public void Skipped_request_headers_and_observability_are_refused()
    {
        var config = new ProtocolConfiguration { RequestBodyMode = Mode.Buffered };
        Assert.Contains("request_header_mode", EnvoyModes.Of(new ProcessingRequest { RequestBody = new HttpBody(), ProtocolConfig = config }).UnsafeField, StringComparison.Ordinal);
        Assert.Contains("observability_mode", EnvoyModes.Of(new ProcessingRequest { RequestHeaders = new HttpHeaders(), ObservabilityMode = true }).UnsafeField, StringComparison.Ordinal);
        Assert.NotNull(EnvoyModes.Of(new ProcessingRequest { RequestHeaders = new HttpHeaders() }).UnsafeField);
    }
}

public sealed class StepWriterTests
{
    private static readonly StepWriter Writer = new(BodyDelivery.Whole, BodyDelivery.Duplex);

    [Fact]
    public void Header_fields_are_written_in_raw_value_alone()
    {
        ProcessingResponse answer = Writer.Write(new Step(StepKind.RequestHead) { SetFields = [("x-a", "1")], RemoveFields = ["x-b"] }).Single();
        var field = answer.RequestHeaders.Response.HeaderMutation.SetHeaders.Single();
        Assert.Equal(("", "1"), (field.Header.Value, field.Header.RawValue.ToStringUtf8()));
        Assert.Equal(["x-b"], answer.RequestHeaders.Response.HeaderMutation.RemoveHeaders);
    }

    [Fact]
    public void A_replaced_buffered_body_brings_its_own_length()
    {
        ProcessingResponse answer = Writer.Write(new Step(StepKind.RequestBody) { ReplacesBody = true, Body = "abc"u8.ToArray() }).Single();
        var field = answer.RequestBody.Response.HeaderMutation.SetHeaders.Single(h => h.Header.Key == "content-length");
        Assert.Equal("3", field.Header.RawValue.ToStringUtf8());
        Assert.Equal("abc", answer.RequestBody.Response.BodyMutation.Body.ToStringUtf8());
    }

    [Fact]
    public void A_body_that_stays_is_not_sent_back()
    {
        ProcessingResponse answer = Writer.Write(new Step(StepKind.RequestBody) { EndOfStream = true }).Single();
        Assert.Null(answer.RequestBody.Response);
    }

    [Fact]
    public void A_long_duplex_body_goes_in_pieces_and_only_the_last_ends_the_stream()
    {
        byte[] body = new byte[(2 << 20) + 5];
        Random.Shared.NextBytes(body);
        List<StreamedBodyResponse> pieces = [.. Writer.Write(new Step(StepKind.ResponseBody) { ReplacesBody = true, Body = body, EndOfStream = true }).Select(a => a.ResponseBody.Response.BodyMutation.StreamedResponse)];
        Assert.Equal(body, pieces.SelectMany(p => p.Body));
        Assert.Equal([false, false, true], pieces.Select(p => p.EndOfStream));
    }

    [Theory]
    [InlineData(403, 403)]
    [InlineData(200, 200)]
    [InlineData(413, 413)]
    [InlineData(0, 403)]
    [InlineData(100, 403)]
    [InlineData(302, 403)]
    [InlineData(503, 403)]
    [InlineData(999, 403)]
    public void A_refusal_has_a_status_that_envoy_sends_as_it_is_and_no_sdk_retries(int asked, int sent)
    {
        ProcessingResponse answer = Writer.Write(new Step(StepKind.Refuse) { Refusal = new Dialects.Refusal(asked, "application/json", "{}"u8.ToArray()) }).Single();
        Assert.Equal(sent, (int)answer.ImmediateResponse.Status.Code);
        Assert.Equal("application/json", answer.ImmediateResponse.Headers.SetHeaders.Single(h => h.Header.Key == "content-type").Header.RawValue.ToStringUtf8());
    }

    [Fact]
    public void An_abort_is_no_answer() => Assert.Empty(Writer.Write(new Step(StepKind.Abort)));
}
