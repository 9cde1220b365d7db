using EnvoyExtAuthz.Policy;

namespace EnvoyExtAuthz.Engine.Tests;

public sealed class RequestTests
{
    [Fact]
    public void A_buffered_request_is_told_on_only_after_its_verdict()
    {
        using var bench = new Bench();
        Assert.Equal([StepKind.RequestHead], bench.Head().Take().Select(s => s.Kind));
        Step body = Assert.Single(bench.Body(Chat.Plain).Take());
        Assert.Equal(StepKind.RequestBody, body.Kind);
        Assert.False(body.ReplacesBody);
        Assert.Equal((Direction.Request, Outcome.Allowed, "", "searchers"), Assert.Single(bench.Log.Kept));
    }

    [Fact]
    public void In_full_duplex_the_head_waits_for_the_bodys_verdict()
    {
        using var bench = new Bench();
        Assert.Empty(bench.Head(request: BodyDelivery.Duplex).Take());
        Assert.Empty(bench.Body(Chat.Plain[..10], end: false).Take());
        List<Step> steps = bench.Body(Chat.Plain[10..]).Take();
        Assert.Equal([StepKind.RequestHead, StepKind.RequestBody], steps.Select(s => s.Kind));
        Assert.Equal(Chat.Plain, System.Text.Encoding.UTF8.GetString(steps[1].Body.Span));
        Assert.True(steps[1].EndOfStream);
    }

    [Fact]
    public void A_stranger_is_refused_at_the_head()
    {
        using var bench = new Bench();
        Step refused = Assert.Single(bench.Head(caller: "spiffe://cluster.local/ns/web/sa/x").Take());
        Assert.Equal(StepKind.Refuse, refused.Kind);
        Assert.Equal(403, refused.Refusal!.Status);
        Assert.Equal("caller_not_admitted", Assert.Single(bench.Log.Kept).Reason);
    }

    [Fact]
    public void Without_an_identity_nothing_goes_on()
    {
        using var bench = new Bench();
        Assert.Equal(StepKind.Refuse, Assert.Single(bench.Head(caller: null).Take()).Kind);
    }

    [Theory]
    [InlineData("/v1/chat%2fcompletions")]
    [InlineData("/v1//chat/completions")]
    [InlineData("/v1/./chat/completions")]
    [InlineData("/v1/x/../chat/completions")]
    [InlineData("/v2/chat/completions")]
    [InlineData("/v1/chat/completions/")]
    public void A_path_that_is_not_the_routes_is_refused(string path)
    {
        using var bench = new Bench();
        Assert.Equal(StepKind.Refuse, Assert.Single(bench.Head(path: path).Take()).Kind);
    }

    [Fact]
    public void An_upgrade_is_refused_in_the_heads_answer()
    {
        using var bench = new Bench();
        Assert.Equal("extauthz_upgrade", Assert.Single(bench.Head(fields: [("upgrade", "websocket")]).Take()).Details);
    }

    [Fact]
    public void A_compressed_body_that_is_not_decoded_is_415()
    {
        using var bench = new Bench();
        Assert.Equal(415, Assert.Single(bench.Head(fields: [("content-encoding", "snappy")]).Take()).Refusal!.Status);
    }

    [Fact]
    public void A_tool_that_is_not_allowed_is_taken_out_and_the_length_mended()
    {
        using var bench = new Bench();
        bench.Head().Take();
        Step body = Assert.Single(bench.Body("""{"model":"m","messages":[],"tools":[{"type":"function","function":{"name":"search"}},{"type":"function","function":{"name":"rm"}}]}""").Take());
        Assert.True(body.ReplacesBody);
        Assert.Equal("""{"model":"m","messages":[],"tools":[{"type":"function","function":{"name":"search"}}]}""", System.Text.Encoding.UTF8.GetString(body.Body.Span));
        Assert.Equal(Outcome.Edited, Assert.Single(bench.Log.Kept).Outcome);
    }

    [Fact]
    public void An_injection_is_refused_and_its_text_is_in_no_answer()
    {
        using var bench = new Bench();
        bench.Head().Take();
        Step refused = Assert.Single(bench.Body(Chat.Says("INJECT canary-7391")).Take());
        Assert.Equal(StepKind.Refuse, refused.Kind);
        Assert.DoesNotContain("canary-7391", System.Text.Encoding.UTF8.GetString(refused.Refusal!.Body), StringComparison.Ordinal);
        Assert.Equal("injection_detected", Assert.Single(bench.Log.Kept).Reason);
    }

    [Fact]
    public void A_detector_that_fails_refuses()
    {
        using var bench = new Bench();
        bench.Classifier.Fails = true;
        bench.Head().Take();
        Assert.Equal("extauthz_detector_failed", Assert.Single(bench.Body(Chat.Plain).Take()).Details);
    }

    [Fact]
    public void One_byte_over_the_limit_is_413_with_the_limit_in_it()
    {
        using var bench = new Bench(limits: new ExchangeLimits { RequestBodyBytes = Chat.Plain.Length - 1 });
        bench.Head().Take();
        Step refused = Assert.Single(bench.Body(Chat.Plain).Take());
        Assert.Equal(413, refused.Refusal!.Status);
        Assert.Contains($"{Chat.Plain.Length - 1}", System.Text.Encoding.UTF8.GetString(refused.Refusal.Body), StringComparison.Ordinal);
    }

    [Fact]
    public void At_the_bound_of_all_bodies_new_work_is_refused_and_the_bound_is_given_back()
    {
        using var bench = new Bench(limits: new ExchangeLimits { TotalBodyBytes = 20 });
        bench.Head().Take();
        Assert.Equal("extauthz_overloaded", Assert.Single(bench.Body(Chat.Plain).Take()).Details);
        bench.Exchange.Close();
        Assert.Equal(0, bench.Services.Memory.Used);
    }

    [Fact]
    public void Where_decisions_cannot_be_recorded_nothing_new_begins()
    {
        using var bench = new Bench();
        bench.Log.Available = false;
        Assert.Equal("extauthz_audit_unavailable", Assert.Single(bench.Head().Take()).Details);
    }

    [Fact]
    public void An_identity_that_the_caller_wrote_itself_is_removed_before_the_origin()
    {
        using var bench = new Bench();
        Step head = Assert.Single(bench.Head(fields: [("x-spiffe-id", "spiffe://cluster.local/ns/admin/sa/root"), ("x-forwarded-client-cert", "URI=spiffe://cluster.local/ns/admin/sa/root")]).Take());
        Assert.Contains("x-spiffe-id", head.RemoveFields!);
        Assert.Contains("x-forwarded-client-cert", head.RemoveFields!);
    }

    [Fact]
    public void A_body_that_never_ends_is_ended_by_us()
    {
        using var bench = new Bench(limits: new ExchangeLimits { RequestBodyTime = TimeSpan.FromSeconds(5) });
        bench.Head().Take();
        Assert.Equal(TimeSpan.FromSeconds(5), bench.Exchange.TimeLeft);
        bench.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(TimeSpan.Zero, bench.Exchange.TimeLeft);
        bench.Exchange.OnDeadline();
        Assert.Equal(StepKind.Abort, Assert.Single(bench.Take()).Kind);
    }

    [Fact]
    public void A_client_that_leaves_before_its_body_is_whole_is_recorded_as_abandoned()
    {
        using var bench = new Bench();
        bench.Head().Take();
        bench.Exchange.Close();
        Assert.Equal(Outcome.Abandoned, Assert.Single(bench.Log.Kept).Outcome);
    }

    [Fact]
    public void Bytes_after_the_verdict_end_the_exchange()
    {
        using var bench = new Bench();
        bench.Head().Take();
        bench.Body(Chat.Plain).Take();
        Assert.Equal(StepKind.Abort, Assert.Single(bench.Body("more").Take()).Kind);
    }

    [Fact]
    public void Trailers_go_on_without_their_fields()
    {
        using var bench = new Bench();
        bench.Head().Take();
        bench.Body(Chat.Plain, end: false).Take();
        bench.Exchange.OnRequestTrailers(new Dialects.HttpHead().Add("x-smuggled", "text"));
        Assert.Equal(["x-smuggled"], Assert.Single(bench.Take()).RemoveFields!);
    }

    [Fact]
    public void An_unknown_path_that_the_policy_lets_through_is_read_all_the_same()
    {
        string policy = Bench.Policy.Replace("paths: [\"/v1/chat/completions\"]", "paths: [\"/**\"]", StringComparison.Ordinal) + "\n    uninspectable: {unknown-path: allow}";
        foreach (string route in (string[])[policy, policy.Replace(", protocol: openai-chat", "", StringComparison.Ordinal)])
        {
            using var bench = new Bench(route);
            Assert.DoesNotContain(bench.Head(path: "/v1/threads").Body("""{"a":"hello"}""").Take(), s => s.Kind == StepKind.Refuse);
            using var second = new Bench(route);
            Assert.Contains(second.Head(path: "/v1/threads").Body("""{"a":"INJECT"}""").Take(), s => s.Kind == StepKind.Refuse);
        }
    }
}
