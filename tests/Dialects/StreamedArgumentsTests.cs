using System.Text;
using EnvoyExtAuthz.Dialects;

namespace EnvoyExtAuthz.Tests.Dialects;

/// <summary>Words hidden in the escapes of arguments that came in pieces.</summary>
public sealed class StreamedArgumentsTests
{
    [Theory]
    [InlineData("""{"q":"plain"}""", null)]
    [InlineData("""{"q":"line\nend \"quoted\" back\\slash \\u0041"}""", null)]
    [InlineData("""{"q":"\u0041KIA"}""", """{"q":"AKIA"}""")]
    [InlineData("""{"q":"https:\/\/e.org\n"}""", "{\"q\":\"https://e.org\n\"}")]
    [InlineData("""{"q":"\ud83d\ude42 \u00fc"}""", """{"q":"🙂 ü"}""")]
    [InlineData("""{"q":"\ud83d"}""", "{\"q\":\"\uFFFD\"}")]
    [InlineData("""{"q":"\u004""", """{"q":"u004""")]
    [InlineData("""{"q":"\u0041\""", """{"q":"A\""")]
    [InlineData("\\u", "u")]
    [InlineData("\\", null)]
    [InlineData("", null)]
    public void They_are_added_as_they_are_read(string arguments, string? text)
    {
        using var message = new Message();
        StreamedArguments.TakeEscaped(message, Encoding.UTF8.GetBytes(arguments));
        Assert.Equal(text is null ? [] : [text], message.ExtraTexts.Select(t => Encoding.UTF8.GetString(t.Span)));
    }
}
