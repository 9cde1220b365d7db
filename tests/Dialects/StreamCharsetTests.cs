using EnvoyExtAuthz.Dialects;

namespace EnvoyExtAuthz.Tests.Dialects;

public class StreamCharsetTests
{
    /// <summary>httpx decodes an event stream by its charset: in UTF-7 or UTF-16 it says something else than is read here.</summary>
    [Theory]
    [InlineData("text/event-stream; charset=utf-7")]
    [InlineData("text/event-stream;charset=UTF-16")]
    [InlineData("text/event-stream; charset=utf-8; charset=utf-7")]
    [InlineData("application/x-ndjson; charset=utf-7")]
    public void A_stream_in_another_charset_is_not_read_as_one(string type)
    {
        HttpHead head = new HttpHead().Add(":status", "200").Add("content-type", type);
        Assert.All(DialectRegistry.BuiltIn, dialect => AssertNotRead(dialect, head));
        HttpHead twice = new HttpHead().Add(":status", "200").Add("content-type", "text/event-stream").Add("content-type", "text/html");
        Assert.All(DialectRegistry.BuiltIn, dialect => AssertNotRead(dialect, twice));
    }

    private static void AssertNotRead(Dialect dialect, HttpHead head)
    {
        using var request = new Message();
        using var response = new Message();
        Assert.Null(dialect.OpenStream(request, head));
        Assert.Equal(ReadFault.UnknownContentType, dialect.ReadResponse(request, head, "data: {}\n\n"u8.ToArray(), EnvoyExtAuthz.Text.JsonLimits.Default, response));
    }
}
