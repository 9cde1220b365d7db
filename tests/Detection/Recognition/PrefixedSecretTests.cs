using System.Reflection;
using EnvoyExtAuthz.Detection;

namespace EnvoyExtAuthz.Tests.Detection.Recognition;

/// <summary>One row a prefix, with the shortest body. Values are drawn when the test runs, so that no scanner takes this file for a leak.</summary>
public class PrefixedSecretTests
{
    [Theory]
    [InlineData("github-token", "ghp_", "a36")]
    [InlineData("github-token", "gho_", "a36")]
    [InlineData("github-token", "ghu_", "a36")]
    [InlineData("github-token", "ghs_", "a36")]
    [InlineData("github-token", "ghs_", "a100")]
    [InlineData("github-token", "ghr_", "a36")]
    [InlineData("github-token", "github_pat_", "a82")]
    [InlineData("gitlab-token", "glpat-", "a20")]
    [InlineData("gitlab-token", "gldt-", "a20")]
    [InlineData("gitlab-token", "glrt-", "a20")]
    [InlineData("gitlab-token", "glptt-", "h40")]
    [InlineData("gitlab-token", "gloas-", "h64")]
    [InlineData("gitlab-token", "glcbt-", "a20")]
    [InlineData("gitlab-token", "glft-", "a20")]
    [InlineData("gitlab-token", "glimt-", "l25")]
    [InlineData("gitlab-token", "glagent-", "a50")]
    [InlineData("gitlab-token", "glsoat-", "a20")]
    [InlineData("gitlab-token", "glffct-", "a20")]
    [InlineData("gitlab-token", "glrtr-", "a20")]
    [InlineData("gitlab-token", "glwt-", "a20")]
    [InlineData("atlassian-token", "ATATT3xFfGF0", "a100")]
    [InlineData("bitbucket-token", "ATCTT3xFfGN0", "a100")]
    [InlineData("bitbucket-token", "ATBB", "a32")]
    [InlineData("npm-token", "npm_", "a36")]
    [InlineData("pypi-token", "pypi-AgEIcHlwaS5vcmc", "a50")]
    [InlineData("rubygems-token", "rubygems_", "h48")]
    [InlineData("clojars-token", "CLOJARS_", "h60")]
    [InlineData("docker-token", "dckr_pat_", "a27")]
    [InlineData("terraform-token", "atlasv1.", "a60")]
    [InlineData("vault-token", "hvs.", "a24")]
    [InlineData("aws-access-key-id", "AKIA", "u16")]
    [InlineData("aws-access-key-id", "ASIA", "u16")]
    [InlineData("aws-access-key-id", "ABIA", "u16")]
    [InlineData("aws-access-key-id", "ACCA", "u16")]
    [InlineData("google-api-key", "AIza", "a35")]
    [InlineData("google-oauth-secret", "GOCSPX-", "a28")]
    [InlineData("google-oauth-token", "ya29.", "a40")]
    [InlineData("azure-storage-key", "AccountKey=", "a86", true)]
    [InlineData("azure-shared-access-key", "SharedAccessKey=", "a43", true)]
    [InlineData("alibaba-access-key-id", "LTAI", "a16")]
    [InlineData("digitalocean-token", "dop_v1_", "h64")]
    [InlineData("digitalocean-token", "doo_v1_", "h64")]
    [InlineData("digitalocean-token", "dor_v1_", "h64")]
    [InlineData("heroku-token", "HRKU-", "a36")]
    [InlineData("databricks-token", "dapi", "h32")]
    [InlineData("planetscale-token", "pscale_tkn_", "a32")]
    [InlineData("planetscale-token", "pscale_pw_", "a32")]
    [InlineData("planetscale-token", "pscale_oauth_", "a32")]
    [InlineData("supabase-token", "sbp_", "h40")]
    [InlineData("supabase-token", "sbp_v0_", "h40")]
    [InlineData("bedrock-key", "ABSK", "a100")]
    [InlineData("docker-swarm-token", "SWMTKN-1-", "a70")]
    [InlineData("vercel-token", "vcp_", "a56")]
    [InlineData("doppler-token", "dp.pt.", "a40")]
    [InlineData("onepassword-token", "ops_eyJ", "a200")]
    [InlineData("age-secret-key", "AGE-SECRET-KEY-1", "u58")]
    [InlineData("openai-key", "sk-proj-", "a40")]
    [InlineData("openai-key", "sk-svcacct-", "a40")]
    [InlineData("openai-key", "sk-admin-", "a40")]
    [InlineData("openai-key", "sk-", "a32")]
    [InlineData("openrouter-key", "sk-or-v1-", "h64")]
    [InlineData("anthropic-key", "sk-ant-", "a40")]
    [InlineData("huggingface-token", "hf_", "a34")]
    [InlineData("groq-key", "gsk_", "a52")]
    [InlineData("perplexity-key", "pplx-", "a48")]
    [InlineData("xai-key", "xai-", "a70")]
    [InlineData("replicate-token", "r8_", "a37")]
    [InlineData("llamacloud-key", "llx-", "a40")]
    [InlineData("together-key", "tgp_v1_", "a43")]
    [InlineData("tavily-key", "tvly-", "a32")]
    [InlineData("slack-token", "xoxb-", "a24")]
    [InlineData("slack-token", "xoxp-", "a24")]
    [InlineData("slack-token", "xoxa-", "a24")]
    [InlineData("slack-token", "xoxr-", "a24")]
    [InlineData("slack-token", "xoxs-", "a24")]
    [InlineData("slack-token", "xoxe-", "a24")]
    [InlineData("slack-token", "xapp-", "a40")]
    [InlineData("slack-webhook", "hooks.slack.com/services/", "a40", true)]
    [InlineData("discord-webhook", "discord.com/api/webhooks/", "a70", true)]
    [InlineData("discord-webhook", "discordapp.com/api/webhooks/", "a70", true)]
    [InlineData("sendgrid-key", "SG.", "a66")]
    [InlineData("mailgun-key", "key-", "h32")]
    [InlineData("brevo-key", "xkeysib-", "a81")]
    [InlineData("twilio-key", "SK", "H32")]
    [InlineData("stripe-key", "sk_live_", "a24")]
    [InlineData("stripe-key", "rk_live_", "a24")]
    [InlineData("stripe-key", "sk_test_", "a24")]
    [InlineData("stripe-key", "rk_test_", "a24")]
    [InlineData("stripe-webhook-secret", "whsec_", "a32")]
    [InlineData("square-token", "sq0csp-", "a43")]
    [InlineData("square-token", "EAAAE", "a59")]
    [InlineData("shopify-token", "shpat_", "H32")]
    [InlineData("shopify-token", "shpca_", "H32")]
    [InlineData("shopify-token", "shppa_", "H32")]
    [InlineData("shopify-token", "shpss_", "H32")]
    [InlineData("grafana-token", "glsa_", "a41")]
    [InlineData("grafana-token", "glc_eyJ", "a60")]
    [InlineData("newrelic-key", "NRAK-", "u27")]
    [InlineData("sentry-token", "sntryu_", "h64")]
    [InlineData("sentry-token", "sntrys_eyJ", "a100")]
    [InlineData("linear-key", "lin_api_", "a40")]
    [InlineData("notion-token", "ntn_", "a44")]
    [InlineData("figma-token", "figd_", "a38")]
    [InlineData("postman-key", "PMAK-", "a59")]
    [InlineData("posthog-key", "phx_", "a40")]
    [InlineData("sonarqube-token", "squ_", "h40")]
    [InlineData("sonarqube-token", "sqp_", "h40")]
    [InlineData("dynatrace-token", "dt0c01.", "a89")]
    [InlineData("netlify-token", "nfp_", "a36")]
    [InlineData("cloudflare-token", "cfat_", "a44")]
    [InlineData("cloudflare-token", "cfut_", "a44")]
    public void A_secret_with_its_prefix_is_found_and_a_near_miss_is_not(string kind, string prefix, string form, bool bodyOnly = false)
    {
        string body = Made.Value(kind, form);
        string found = $"secret.{kind}={(bodyOnly ? body : prefix + body)}";
        foreach ((string left, string right) in new[] { ("", ""), ("the key is ", ", keep it"), ("K=", "\n"), ("\"", "\""), ("(", ")"), ("see ", "."), ("键是", "。") })
            Assert.Equal([found], Recognised.In(left + prefix + body + right));
        Assert.DoesNotContain(Recognised.In($"see {prefix}{Made.Shorter(body, form)} there"), f => f.StartsWith($"secret.{kind}=", StringComparison.Ordinal));
        Assert.DoesNotContain(Recognised.In($"see {prefix}{Made.Blank(body)} there"), f => f.StartsWith("secret.", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_kind_of_secret_has_a_row()
    {
        string[] elsewhere =
        [
            // SecretTests and KeyTests.
            "assigned-secret", "assigned-password", "aws-secret-access-key", "basic-credentials", "bearer-token", "connection-password", "jwt", "private-key", "pgp-private-key", "telegram-bot-token",
            "putty-private-key", "ssh2-private-key", "xml-rsa-private-key", "jwk-private-key", "extended-private-key", "nostr-secret-key", "nats-seed", "stellar-secret-seed",
        ];
        IEnumerable<string> rows = new[] { typeof(PrefixedSecretTests), typeof(IssuerSecretTests) }.SelectMany(type => type.GetMethods())
            .SelectMany(method => method.GetCustomAttributes<InlineDataAttribute>()).Select(row => (string)row.Data[0]!);
        Assert.Equal(
            FindingKinds.All.Where(kind => kind.Family == DetectorFamily.Secret).Select(kind => kind.Name).Order(StringComparer.Ordinal),
            rows.Concat(elsewhere).Distinct().Select(name => $"secret.{name}").Order(StringComparer.Ordinal));
    }
}
