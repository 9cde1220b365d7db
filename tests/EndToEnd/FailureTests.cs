using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Testing.Envoy;
using EnvoyExtAuthz.Testing.Origin;
using EnvoyExtAuthz.Testing.Wire;

namespace EnvoyExtAuthz.EndToEnd.Tests;

/// <summary>The filter missing, hanging, killed and told to stop: laboratory section 3.</summary>
public sealed class FailureTests
{
    private const int SigStop = 19;
    private const int SigCont = 18;

    public static TheoryData<string> Envoys { get; } = [.. EnvoyProcess.Versions];

    [Theory, MemberData(nameof(Envoys))]
    public async Task Without_a_filter_nothing_reaches_the_origin(string envoyVersion)
    {
        await using FilterProcess filter = await Filter();
        await using Lab lab = await Lab.Start(envoyVersion, filter, OriginAnswer.Json(Chat.Answer));
        await filter.Process.Kill();

        RawResponse one = await lab.Ask(Chat.Allowed);
        RawResponse two = await lab.AskHttp2(Chat.Allowed);

        Assert.Equal((500, 500), (one.Status, two.Status));
        lab.OriginIsUntouched();
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task A_filter_that_hangs_lets_nothing_reach_the_origin(string envoyVersion)
    {
        await using FilterProcess filter = await Filter();
        await using Lab lab = await Lab.Start(envoyVersion, filter, OriginAnswer.Json(Chat.Answer), config => config with { MessageTimeout = TimeSpan.FromSeconds(1) });
        filter.Process.Signal(SigStop);

        RawResponse response = await lab.Ask(Chat.Allowed);
        filter.Process.Signal(SigCont);

        Assert.Equal(504, response.Status);
        lab.OriginIsUntouched();
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task A_filter_killed_while_a_request_comes_in_lets_none_of_it_through(string envoyVersion)
    {
        await using FilterProcess filter = await Filter();
        await using Lab lab = await Lab.Start(envoyVersion, filter, OriginAnswer.Json(Chat.Answer));
        await using RawHttpClient client = await lab.Connect();
        byte[] request = RawHttpClient.Post(Chat.Path, Chat.Allowed);
        await client.Send(request.AsMemory(..^5));
        await HasOpen(filter, 1);

        await filter.Process.Kill();
        await client.Send(request.AsMemory(^5..));
        RawResponse response = await client.Receive("POST");

        Assert.Equal(500, response.Status);
        lab.OriginIsUntouched();
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task A_filter_killed_in_a_stream_cuts_it_and_lets_nothing_more_out(string envoyVersion)
    {
        await using FilterProcess filter = await Filter();
        await using Lab lab = await Lab.Start(envoyVersion, filter, LongStream());
        await using RawHttpClient client = await lab.Connect();
        await client.Send(RawHttpClient.Post(Chat.Path, Chat.Allowed));
        await client.Peek("word 3 ", TimeSpan.FromSeconds(10));

        await filter.Process.Kill();
        RawResponse response = await client.Receive("POST");

        Assert.Equal(ResponseEnd.Cut, response.End);
        Assert.DoesNotContain("word 39 ", response.Text, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task Told_to_stop_the_filter_finishes_what_is_open(string envoyVersion)
    {
        await using FilterProcess filter = await Filter(drainSeconds: 15);
        await using Lab lab = await Lab.Start(envoyVersion, filter, LongStream());
        await using RawHttpClient client = await lab.Connect();
        await client.Send(RawHttpClient.Post(Chat.Path, Chat.Allowed));
        await client.Peek("word 3 ", TimeSpan.FromSeconds(10));

        filter.Process.Terminate();
        await filter.Process.WaitFor(async () => await filter.Status("/readyz") != 200, TimeSpan.FromSeconds(5));
        RawResponse response = await client.Receive("POST");

        Assert.Equal((200, ResponseEnd.Complete), (response.Status, response.End));
        Assert.EndsWith(Chat.Done, response.Text, StringComparison.Ordinal);
        Assert.True(await filter.Process.WaitForExit(TimeSpan.FromSeconds(20)));
        Assert.Equal(0, filter.Process.ExitCode);
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task When_the_time_to_stop_runs_out_a_stream_ends_in_its_own_words(string envoyVersion)
    {
        await using FilterProcess filter = await Filter(drainSeconds: 0.3);
        await using Lab lab = await Lab.Start(envoyVersion, filter, LongStream());
        await using RawHttpClient client = await lab.Connect();
        await client.Send(RawHttpClient.Post(Chat.Path, Chat.Allowed));
        await client.Peek("word 3 ", TimeSpan.FromSeconds(10));

        filter.Process.Terminate();
        RawResponse response = await client.Receive("POST");

        Assert.Equal((200, ResponseEnd.Complete), (response.Status, response.End));
        Assert.Contains("content_filter", response.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("word 39 ", response.Text, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task Stopping_never_lets_a_request_through_that_was_not_judged(string envoyVersion)
    {
        await using FilterProcess filter = await Filter(drainSeconds: 0.3);
        await using Lab lab = await Lab.Start(envoyVersion, filter, OriginAnswer.Json(Chat.Answer));
        await using RawHttpClient client = await lab.Connect();
        byte[] request = RawHttpClient.Post(Chat.Path, Chat.Refused);
        await client.Send(request.AsMemory(..^5));
        await HasOpen(filter, 1);

        filter.Process.Terminate();
        Assert.True(await filter.Process.WaitForExit(TimeSpan.FromSeconds(20)));
        await client.Send(request.AsMemory(^5..));
        RawResponse inFlight = await client.Receive("POST");
        RawResponse after = await lab.Ask(Chat.Refused);

        Assert.NotEqual(200, inFlight.Status);
        Assert.Equal(500, after.Status);
        lab.OriginIsUntouched();
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task Stopping_never_lets_an_answer_out_that_was_not_judged(string envoyVersion)
    {
        await using FilterProcess filter = await Filter(drainSeconds: 0.3);
        OriginAnswer slow = OriginAnswer.Json(Chat.ForbiddenAnswer) with { ContentLength = false };
        slow = slow with { Body = [new(slow.Bytes.AsMemory(..50)), new(slow.Bytes.AsMemory(50..), TimeSpan.FromSeconds(4))] };
        await using Lab lab = await Lab.Start(envoyVersion, filter, slow);
        await using RawHttpClient client = await lab.Connect();
        await client.Send(RawHttpClient.Post(Chat.Path, Chat.Allowed));
        await lab.Origin.WaitForRequests(1);

        filter.Process.Terminate();
        RawResponse response = await client.Receive("POST");

        Assert.NotEqual(200, response.Status);
        Assert.DoesNotContain("customers", response.Text, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task An_origin_that_falls_silent_is_given_up_by_the_filters_own_clock(string envoyVersion)
    {
        var options = SharedFilters.Options(LabPolicy.Open) with { Config = "limits: {wholeResponseTime: 1}\n" };
        await using FilterProcess filter = await FilterProcess.Start(options);
        OriginAnswer silent = OriginAnswer.Json("") with { ContentLength = false, Body = [new("{\"id\""u8.ToArray()), new("}"u8.ToArray(), TimeSpan.FromSeconds(8))] };
        // As under Istio: no idle timeout, and in full duplex no message timeout either.
        await using Lab lab = await Lab.Start(envoyVersion, filter, silent, config => config with { StreamIdleTimeout = TimeSpan.Zero, RouteTimeout = TimeSpan.Zero });

        RawResponse response = await lab.Ask(Chat.Allowed);

        Assert.Equal((403, ResponseEnd.Complete), (response.Status, response.End));
        Assert.Contains("deadline_passed", response.Text, StringComparison.Ordinal);
    }

    private static OriginAnswer LongStream() => OriginAnswer.EventStream(TimeSpan.FromMilliseconds(50),
        [.. Enumerable.Range(0, 40).Select(i => Chat.Text($"word {i} ")), Chat.Stop, Chat.Done]);

    private static Task HasOpen(FilterProcess filter, int count) => filter.Process.WaitFor(
        async () => (await filter.Page("/metrics")).Contains($"extauthz_exchanges_open {count}\n", StringComparison.Ordinal), TimeSpan.FromSeconds(10));

    private static Task<FilterProcess> Filter(double drainSeconds = 5)
    {
        FilterOptions options = SharedFilters.Options(LabPolicy.Open);
        return FilterProcess.Start(options with { Config = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"drain: {drainSeconds}\n") });
    }
}
