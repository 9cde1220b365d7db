using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.GrpcServices;
using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Text;
using Google.Protobuf;

namespace EnvoyExtAuthz.Engine.Tests;

/// <summary>Streams of a protocol whose end stands in trailers (gRPC): a refusal is told there, or the stream ends without.</summary>
public sealed class TrailerTests : IDisposable
{
    private const string Policy = """
        version: 1
        name: bench
        callers:
          research: {spiffe: ["spiffe://cluster.local/ns/agents/sa/research"]}
        routes:
          - {name: notes, match: {}, protocol: grpc, descriptors: notes.bin}
        rules:
          - name: all
            callers: [research]
            routes: [notes]
            tools: {allow: [/notes.v1.Notes/*]}
            detectors:
              injection: {action: ignore}
              secrets: {action: refuse}
        """;

    private static readonly string Secret = Frame("ghp_16C7e42F292c6912E7710c838347Ae178B4a");
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_refusal_in_mid_stream_waits_for_the_trailers_and_drops_what_comes_before()
    {
        using Bench bench = Watching();
        Assert.Equal(Frame("one"), bench.ResponseBody(Frame("one")).Released());
        Assert.Empty(bench.ResponseBody(Secret).Take());
        Assert.Empty(bench.ResponseBody(Frame("more")).Take());
        AssertTold(bench);
    }

    [Fact]
    public void What_was_settled_in_the_same_piece_goes_on()
    {
        using Bench bench = Watching();
        Step released = Assert.Single(bench.ResponseBody(Frame("one") + Secret).Take());
        Assert.False(released.EndOfStream);
        Assert.Equal("", Encoding.UTF8.GetString(released.Body.Span).Replace(Frame("one"), "", StringComparison.Ordinal));
        AssertTold(bench);
    }

    [Fact]
    public void A_stream_that_goes_on_after_its_refusal_ends_without_trailers()
    {
        using Bench bench = Watching();
        Assert.Empty(bench.ResponseBody(Secret).Take());
        bench.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(TimeSpan.Zero, bench.Exchange.TimeLeft);
        bench.Exchange.OnDeadline();
        Assert.True(Assert.Single(bench.Take()).EndOfStream);
        Assert.Equal(Timeout.InfiniteTimeSpan, bench.Exchange.TimeLeft);
        Assert.Equal("secret_detected", Assert.Single(bench.Log.Kept).Reason);
    }

    [Fact]
    public void A_stream_without_trailers_ends_with_its_body()
    {
        using Bench bench = Watching();
        Assert.True(Assert.Single(bench.ResponseBody(Secret, end: true).Take()).EndOfStream);
        using Bench later = Watching();
        Assert.Empty(later.ResponseBody(Secret).Take());
        Assert.True(Assert.Single(later.ResponseBody("", end: true).Take()).EndOfStream);
    }

    [Fact]
    public void What_is_left_at_the_trailers_and_no_message_is_told_there()
    {
        using Bench bench = Watching();
        Assert.Empty(bench.ResponseBody(Frame("one")[..4]).Take());
        AssertTold(bench);
    }

    [Fact]
    public void Trailers_of_a_stream_that_was_not_refused_stay()
    {
        using Bench bench = Watching();
        bench.ResponseBody(Frame("one")).Take();
        bench.Exchange.OnResponseTrailers(new HttpHead());
        Assert.Null(Assert.Single(bench.Take()).SetFields);
    }

    private static void AssertTold(Bench bench)
    {
        bench.Exchange.OnResponseTrailers(new HttpHead());
        Step trailers = Assert.Single(bench.Take());
        Assert.Equal(StepKind.ResponseTrailers, trailers.Kind);
        Assert.Contains(("grpc-status", "7"), trailers.SetFields!);
        Assert.Equal(Timeout.InfiniteTimeSpan, bench.Exchange.TimeLeft);
        Assert.Equal(Outcome.Refused, Assert.Single(bench.Log.Kept).Outcome);
    }

    private Bench Watching()
    {
        File.WriteAllBytes(_folder.Path("notes.bin"), NotesDescriptors.Set);
        var bench = new Bench(Policy, file: _folder.Path("policy.yaml"));
        bench.Head(path: "/notes.v1.Notes/Watch", type: "application/grpc").Body("\0\0\0\0\0").Take();
        bench.ResponseHead(type: "application/grpc").Take();
        bench.Log.Kept.Clear();
        return bench;
    }

    private static string Frame(string title) => Encoding.UTF8.GetString(GrpcFramer.Write(new Note { Title = title }.ToByteArray()));

    [Fact]
    public void A_trailer_that_holds_what_may_not_be_seen_is_taken_out()
    {
        using var bench = new Bench();
        bench.Head().Body(Chat.Streamed).Take();
        bench.ResponseHead(type: "text/event-stream").Take();
        bench.ResponseBody(Chat.Chunk("""{"content":"Hello. "}""") + "data: [DONE]\n\n").Released();
        bench.Exchange.OnResponseTrailers(new HttpHead().Add("x-note", "the key is ghp_16C7e42F292c6912E7710c838347Ae178B4a").Add("x-took", "12"));
        Step trailers = bench.Take().Single(s => s.Kind == StepKind.ResponseTrailers);
        Assert.Equal(["x-note"], trailers.RemoveFields!);
    }

    [Fact]
    public void After_a_refusal_in_pieces_the_trailers_say_no_more_than_the_body_may()
    {
        using var bench = new Bench();
        bench.Head(response: BodyDelivery.Pieces).Body(Chat.Streamed).Take();
        bench.ResponseHead(type: "text/event-stream").Take();
        bench.ResponseBody(Chat.Chunk("""{"tool_calls":[{"index":0,"id":"t1","function":{"name":"delete_all","arguments":"{}"}}]}""") + Chat.Chunk("{}", "\"tool_calls\"")).Take();
        bench.Exchange.OnResponseTrailers(new HttpHead().Add("x-note", "the key is ghp_16C7e42F292c6912E7710c838347Ae178B4a"));
        Assert.Equal(["x-note"], bench.Take().Single(s => s.Kind == StepKind.ResponseTrailers).RemoveFields!);
    }
}
