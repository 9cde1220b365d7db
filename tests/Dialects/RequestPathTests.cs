using System.Text;
using EnvoyExtAuthz.Dialects;

namespace EnvoyExtAuthz.Tests.Dialects;

/// <summary>A path has one reading, or none.</summary>
public sealed class RequestPathTests
{
    [Theory]
    [InlineData("/v1/chat/completions", "/v1/chat/completions", "")]
    [InlineData("/v1/chat/completions?api-version=1&x=%2F", "/v1/chat/completions", "api-version=1&x=%2F")]
    [InlineData("/a?b?c", "/a", "b?c")]
    [InlineData("/a?", "/a", "")]
    [InlineData("/", "/", "")]
    [InlineData("/models/gemini%3AgenerateContent", "/models/gemini:generateContent", "")]
    [InlineData("/%63hat", "/chat", "")]
    [InlineData("/users/John%20Doe", "/users/John Doe", "")]
    [InlineData("/caf%C3%A9", "/café", "")]
    [InlineData("/a/..b/.c/d.", "/a/..b/.c/d.", "")]
    [InlineData("/model/arn%3Aaws%3Abedrock%3A%3A1%3Ainference-profile%2fa.b%2Fc/converse", "/model/arn:aws:bedrock::1:inference-profile%2Fa.b%2Fc/converse", "")]
    [InlineData("/guardrail/arn:aws:bedrock::1:guardrail%2Fg/version/1/apply", "/guardrail/arn:aws:bedrock::1:guardrail%2Fg/version/1/apply", "")]
    public void A_plain_path_is_decoded_once(string raw, string path, string query)
    {
        Assert.True(RequestPath.TryNormalise(Encoding.UTF8.GetBytes(raw), out ReadOnlyMemory<byte> normal, out ReadOnlyMemory<byte> rest));
        Assert.Equal(path, Encoding.UTF8.GetString(normal.Span));
        Assert.Equal(query, Encoding.UTF8.GetString(rest.Span));
    }

    [Theory]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("v1/chat")]
    [InlineData("http://host/v1/chat")]
    [InlineData("//v1/chat")]
    [InlineData("/v1//chat")]
    [InlineData("/v1/./chat")]
    [InlineData("/v1/../chat")]
    [InlineData("/v1/..")]
    [InlineData("/v1/.")]
    [InlineData("/v1/%2e%2e/chat")]
    [InlineData("/v1/.%2E/chat")]
    [InlineData("/v1%2fchat")]
    [InlineData("/model/a%2Fb/converse")]
    [InlineData("/models/arn:a%2Fb/converse")]
    [InlineData("/model/xarn:a%2Fb/converse")]
    [InlineData("/model/arn:a/b%2Fc")]
    [InlineData("/model/arn:a%2F%2Fb/converse")]
    [InlineData("/model/arn:a%2F..%2Fb/converse")]
    [InlineData("/model/arn:a%2F.")]
    [InlineData("/model/arn:a%2F/converse")]
    [InlineData("/model/arn:a%252Fb/converse")]
    [InlineData("/v1%5Cchat")]
    [InlineData("/v1\\chat")]
    [InlineData("/v1/chat;x=1")]
    [InlineData("/v1/chat%3Bx=1")]
    [InlineData("/v1/%2563hat")]
    [InlineData("/v1/chat%00")]
    [InlineData("/v1/chat%0a")]
    [InlineData("/v1/chat%3f")]
    [InlineData("/v1/chat%23")]
    [InlineData("/v1/chat#x")]
    [InlineData("/v1/chat%")]
    [InlineData("/v1/chat%4")]
    [InlineData("/v1/chat%zz")]
    [InlineData("/v1/chat%C0%AE")]
    [InlineData("/v1/chat%FF")]
    [InlineData("/v1/ch at")]
    [InlineData("/v1/chat\t")]
    public void A_path_with_two_readings_is_none(string raw) =>
        Assert.False(RequestPath.TryNormalise(Encoding.UTF8.GetBytes(raw), out _, out _));

    [Fact]
    public void Bytes_that_are_no_utf8_are_no_path() =>
        Assert.False(RequestPath.TryNormalise((byte[])[(byte)'/', 0xC3], out _, out _));
}
