using EnvoyExtAuthz.Testing.Envoy;
using EnvoyExtAuthz.Testing.Origin;
using EnvoyExtAuthz.Testing.Wire;

namespace EnvoyExtAuthz.EndToEnd.Tests;

/// <summary>Answers that Envoy gives itself; 1.40 shows them to the filter, 1.36 does not: laboratory section 10.</summary>
public sealed class OwnReplyTests(SharedFilters filters)
{
    public static TheoryData<string> Envoys { get; } = [.. EnvoyProcess.Versions];

    [Theory, MemberData(nameof(Envoys))]
    public async Task A_body_that_Envoy_finds_too_large_is_said_by_Envoy(string envoyVersion)
    {
        await using Lab lab = await Start(envoyVersion, config => config);

        RawResponse response = await lab.Ask(Chat.WithImage(2 << 20));

        Assert.Equal(413, response.Status);
        lab.OriginIsUntouched();
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task A_missing_route_is_said_by_Envoy(string envoyVersion)
    {
        await using Lab lab = await Start(envoyVersion, config => config with { NoCatchAll = true });

        Assert.Equal(404, (await lab.Ask(Chat.Allowed)).Status);
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task A_missing_origin_is_said_by_Envoy(string envoyVersion)
    {
        await using Lab lab = await Start(envoyVersion, config => config with { OriginPort = 1 });

        RawResponse response = await lab.Ask(Chat.Allowed);

        Assert.Equal((503, ResponseEnd.Complete), (response.Status, response.End));
        Assert.Contains("upstream connect error", response.Text, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task A_direct_response_passes_for_a_request_that_is_allowed_and_not_for_another(string envoyVersion)
    {
        await using Lab lab = await Start(envoyVersion, config => config with { Routes = [new EnvoyRoute(Chat.Path, DirectStatus: 421)] });

        RawResponse allowed = await lab.Ask(Chat.Allowed);
        RawResponse refused = await lab.Ask(Chat.Refused);

        Assert.Equal((421, "said by Envoy"), (allowed.Status, allowed.Text));
        Assert.Equal(403, refused.Status);
    }

    [Theory, MemberData(nameof(Envoys))]
    public async Task An_origin_that_never_answers_is_given_up_by_Envoy(string envoyVersion)
    {
        await using var origin = await ScriptedOrigin.Start(OriginAnswer.Json(Chat.Answer) with { BeforeHead = TimeSpan.FromSeconds(8) });
        await using Lab lab = await Lab.Start(envoyVersion, await filters.For(LabPolicy.Open), origin, config => config with { RouteTimeout = TimeSpan.FromSeconds(1) });

        Assert.Equal(504, (await lab.Ask(Chat.Allowed)).Status);
    }

    private async Task<Lab> Start(string envoyVersion, Func<EnvoyConfig, EnvoyConfig> change) =>
        await Lab.Start(envoyVersion, await filters.For(LabPolicy.Open), OriginAnswer.Json(Chat.Answer), change);
}
