using System.Text;
using EnvoyExtAuthz.Dialects;

namespace EnvoyExtAuthz.Tests.Dialects.Anthropic;

/// <summary>Which paths are Anthropic's where a route leaves the choice open.</summary>
public sealed class RecognitionTests
{
    [Theory]
    [InlineData("POST", "/v1/messages")]
    [InlineData("POST", "/gateway/anthropic/v1/messages/count_tokens")]
    [InlineData("GET", "/v1/messages/batches/b1/results")]
    [InlineData("POST", "/v1/complete")]
    [InlineData("POST", "/v1/projects/p/locations/l/publishers/anthropic/models/claude-x:streamRawPredict")]
    [InlineData("POST", "/v1/messages/new_thing")]
    public void Paths_that_no_other_protocol_has_are_its_own(string method, string path) => Assert.Equal("anthropic", Recognise(method, path));

    [Theory]
    [InlineData("POST", "/v1/chat/completions")]
    [InlineData("POST", "/v1/completions")]
    [InlineData("GET", "/v1/models")]
    [InlineData("POST", "/v1/files")]
    [InlineData("POST", "/v1/projects/p/locations/l/publishers/google/models/gemini:generateContent")]
    public void Others_are_not(string method, string path) => Assert.NotEqual("anthropic", Recognise(method, path));

    private static string? Recognise(string method, string path) => DialectRegistry.Recognise(Encoding.UTF8.GetBytes(method), Encoding.UTF8.GetBytes(path))?.Name;
}
