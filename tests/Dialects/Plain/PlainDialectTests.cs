using System.Text;
using EnvoyExtAuthz.Dialects.Plain;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Tests.Plain;

public sealed class PlainDialectTests
{
    private static (ReadFault Fault, List<string> Texts, int Opaque) Read(string type, byte[] body, string path = "/anything?q=a%20b")
    {
        using var message = new Message();
        HttpHead head = new HttpHead().Add(":method", "POST").Add(":path", path).Add("content-type", type);
        ReadFault fault = PlainDialect.Instance.ReadRequest(head, Encoding.UTF8.GetBytes("/anything"), body, JsonLimits.Default, message);
        List<string> texts = [.. message.Segments.Select(s => Encoding.UTF8.GetString(message.Text(s).Span)), .. message.ExtraTexts.Select(t => Encoding.UTF8.GetString(t.Span))];
        return (fault, texts, message.Opaque.Count);
    }

    private static (ReadFault Fault, List<string> Texts, int Opaque) Read(string type, string body) => Read(type, Encoding.UTF8.GetBytes(body));

    private static string Multipart(string fields, string content, string before = "", string after = "\r\n--b--\r\n") => $"{before}--b\r\n{fields}\r\n\r\n{content}{after}";

    [Fact]
    public void Every_string_of_any_body_is_a_text()
    {
        Assert.Contains("deep text", Read("application/json", """{"a":[{"b":"deep text"}]}""").Texts);
        Assert.Contains("inner text", Read("application/json", """{"a":"{\"b\":\"inner text\"}"}""").Texts);
        Assert.Contains("two", Read("application/x-ndjson", "{\"a\":\"one\"}\n{\"a\":\"two\"}\n").Texts);
        Assert.Contains("q=a b", Read("application/x-www-form-urlencoded", "x=1").Texts);
        Assert.Contains("x=1 2", Read("application/x-www-form-urlencoded", "x=1+2").Texts);
        Assert.Contains("plain words", Read("text/plain", "plain words").Texts);
        Assert.Contains("/anything", Read("text/plain", "plain words").Texts);
    }

    [Fact]
    public void What_is_no_text_is_an_opaque_file()
    {
        Assert.Equal((ReadFault.None, 1), (Read("application/octet-stream", [0, 1, 2, 0xFF]).Fault, Read("application/octet-stream", [0, 1, 2, 0xFF]).Opaque));
        Assert.Equal(ReadFault.UnknownContentType, Read("text/plain; charset=utf-16", "x").Fault);
        Assert.Equal(ReadFault.UnknownContentType, Read("text/plain", [0xFF, 0xFE]).Fault);
        Assert.Equal(ReadFault.NotStrictJson, Read("application/json", "{\"a\":1,\"a\":2}").Fault);
    }

    [Fact]
    public void Parts_of_a_form_are_read_each_as_what_it_is()
    {
        string body = Multipart("Content-Disposition: form-data; name=\"purpose\"", "user words", after: "\r\n")
            + Multipart("Content-Disposition: form-data; name=\"file\"; filename=\"notes about x.txt\"\r\nContent-Type: application/json", """{"k":"json words"}""");
        (ReadFault fault, List<string> texts, int opaque) = Read("multipart/form-data; boundary=b", body);
        Assert.Equal((ReadFault.None, 0), (fault, opaque));
        Assert.Contains("user words", texts);
        Assert.Contains("json words", texts);
        Assert.Contains("notes about x.txt", texts);
        byte[] binary = [.. Encoding.UTF8.GetBytes("--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n\r\n"), 0xFF, 0xD8, 0, .. "\r\n--b--"u8];
        Assert.Equal((ReadFault.None, 1), (Read("multipart/form-data; boundary=\"b\"", binary).Fault, Read("multipart/form-data; boundary=b", binary).Opaque));
    }

    [Theory]
    [InlineData("multipart/form-data", "no boundary")]
    [InlineData("multipart/form-data; boundary=b; boundary=c", "two boundaries")]
    [InlineData("multipart/form-data; boundary=\"b c\"", "a space")]
    public void A_boundary_that_servers_read_in_different_ways_is_refused(string type, string why) =>
        Assert.True(Read(type, Multipart("Content-Disposition: form-data; name=\"a\"", "x")).Fault == ReadFault.Ambiguous, why);

    public static TheoryData<string> Odd { get; } =
    [
        Multipart("Content-Disposition: form-data; name=\"a\"", "x", before: "preamble\r\n"),
        Multipart("Content-Disposition: form-data; name=\"a\"", "x", after: "\r\n--b--\r\nepilogue"),
        Multipart("Content-Disposition: form-data; name=\"a\"", "x", after: "\r\n"),
        Multipart("Content-Disposition: form-data; name=\"a\"; name=\"b\"", "x"),
        Multipart("Content-Disposition: form-data; name=\"a\"; filename*=utf-8''x", "x"),
        Multipart("Content-Disposition: form-data; name=\"a\\\"b\"", "x"),
        Multipart("Content-Disposition: form-data; name=\"a\"\r\nContent-Disposition: form-data; name=\"b\"", "x"),
        Multipart("Content-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: base64", "eA=="),
        Multipart("Content-Disposition: form-data;\r\n name=\"a\"", "x"),
        Multipart("Content-Disposition : form-data; name=\"a\"", "x"),
        Multipart("Content-Disposition: form-data; name=\"a\"\nX: 1", "x"),
        "--b\r\n--b--",
        "--bx\r\n\r\n\r\n--bx--",
    ];

    [Theory]
    [MemberData(nameof(Odd))]
    public void A_form_that_servers_read_in_different_ways_is_refused(string body) =>
        Assert.Equal(ReadFault.Ambiguous, Read("multipart/form-data; boundary=b", body).Fault);

    [Theory]
    [InlineData("Content-Disposition: form-data; name=\"a\"\r\nContent-Type: text/plain; charset=utf-7")]
    [InlineData("Content-Disposition: form-data; name=\"a\"; filename=\"f\"\r\nContent-Type: text/plain; charset=utf-16")]
    [InlineData("Content-Disposition: form-data; name=\"_charset_\"")]
    public void A_part_in_another_character_set_is_refused(string fields) =>
        Assert.Equal(ReadFault.Ambiguous, Read("multipart/form-data; boundary=b", Multipart(fields, "x")).Fault);

    [Fact]
    public void An_edit_in_a_part_changes_only_that_part()
    {
        byte[] body = Encoding.UTF8.GetBytes(Multipart("Content-Disposition: form-data; name=\"a\"", "first", after: "\r\n") + Multipart("Content-Disposition: form-data; name=\"b\"", """{"k":"a \"quoted\" word"}"""));
        using var message = new Message();
        HttpHead head = new HttpHead().Add(":method", "POST").Add(":path", "/x").Add("content-type", "multipart/form-data; boundary=b");
        Assert.Equal(ReadFault.None, PlainDialect.Instance.ReadRequest(head, "/x"u8.ToArray(), body, JsonLimits.Default, message));
        foreach (Segment segment in message.Segments)
        {
            int at = message.Text(segment).Span.IndexOf("word"u8);
            message.Replace(segment, at < 0 ? 0 : at, at < 0 ? 5 : 4, "\"[x]\""u8.ToArray());
        }
        Assert.True(PlainDialect.Instance.TryWrite(message, out byte[] edited));
        string expected = Encoding.UTF8.GetString(body).Replace("first", "\"[x]\"", StringComparison.Ordinal).Replace("\\\"quoted\\\" word", "\\\"quoted\\\" \\\"[x]\\\"", StringComparison.Ordinal);
        Assert.Equal(expected, Encoding.UTF8.GetString(edited));
    }

    [Fact]
    public void Texts_of_a_stream_run_on_under_their_keys()
    {
        using var response = new Message();
        using EventStream stream = PlainDialect.Instance.OpenStream(response, new HttpHead().Add("content-type", "text/event-stream"))!;
        using EventFramer framer = stream.CreateFramer(1 << 16);
        framer.Push("data: {\"t\":\"one\",\"u\":\"x\"}\n\ndata: {\"t\":\"two\"}\n\ndata: bare\n\n"u8);
        var seen = new List<(string, int)>();
        using var message = new Message();
        while (framer.Next(out EventFrame frame) == FrameStep.Frame)
        {
            message.Clear();
            Assert.Equal(ReadFault.None, stream.Read(frame, JsonLimits.Default, message));
            seen.AddRange(message.Segments.Select(s => (Encoding.UTF8.GetString(message.Text(s).Span), s.Channel)));
        }
        Assert.Equal(["one", "x", "two", "bare"], seen.Select(s => s.Item1));
        Assert.Equal(seen[0].Item2, seen[2].Item2);
        Assert.Equal(3, seen.Select(s => s.Item2).Distinct().Count());
    }
}
