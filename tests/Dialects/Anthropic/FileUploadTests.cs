using System.Text;
using EnvoyExtAuthz.Dialects;

namespace EnvoyExtAuthz.Tests.Dialects.Anthropic;

/// <summary>Uploads of files: forms with one reading, their text seen, everything else opaque.</summary>
public sealed class FileUploadTests : IDisposable
{
    private const string Good = "--b|Content-Disposition: form-data; name=\"file\"; filename=\"my notes.csv\"|Content-Type: text/csv||a,b|c,d|--b--|";
    private readonly Message _message = new();

    public void Dispose() => _message.Dispose();

    [Fact]
    public void A_text_file_is_text_and_its_name_is_one()
    {
        Assert.Equal(ReadFault.None, Read(Good));
        Assert.Equal(["Document: a,b\r\nc,d", "FileName: my notes.csv"], Claude.Words(_message).Order());
        Assert.Empty(_message.Opaque);
    }

    [Theory]
    [InlineData("Content-Type: application/pdf|", "%PDF", "File")]
    [InlineData("", "words", "File")]
    [InlineData("Content-Type: TEXT/Plain; charset=utf-8|", "words", "")]
    [InlineData("Content-Type: application/json|", "{\"a\":\"b\"}", "")]
    [InlineData("Content-Type: text/plain|", "a\0b", "File")]
    public void Anything_else_is_a_file(string type, string content, string opaque)
    {
        Assert.Equal(ReadFault.None, Read($"--b|Content-Disposition: form-data; name=\"file\"; filename=\"x\"|{type}|{content}|--b--|"));
        Assert.Equal(opaque, string.Join(' ', Claude.Opaque(_message)));
        if (!content.Contains('\0') && !content.Contains('{'))
            Assert.Contains($"Document: {content}", Claude.Words(_message));
    }

    [Fact]
    public void Fields_are_texts()
    {
        Assert.Equal(ReadFault.None, Read("--b|Content-Disposition: form-data; name=\"purpose\"||some words|" + Good));
        Assert.Contains("Document: some words", Claude.Words(_message));
        Assert.Empty(_message.Opaque);
    }

    [Fact]
    public void Text_in_a_file_can_be_masked()
    {
        Assert.Equal(ReadFault.None, Read(Good));
        _message.Replace(_message.Segments.First(s => s.Role == EnvoyExtAuthz.Text.TextRole.Document), 0, 1, "[X]"u8.ToArray());
        Assert.Equal(Good.Replace("a,b", "[X],b", StringComparison.Ordinal).Replace("|", "\r\n", StringComparison.Ordinal), Claude.Written(_message));
    }

    [Theory]
    [InlineData("before|" + Good)]
    [InlineData(Good + "after")]
    [InlineData("--b|Content-Disposition: form-data; name=\"file\"; filename=\"x\"||a|")]
    [InlineData("--b|Content-Disposition: form-data; name=\"file\"; filename=\"x\"||a|--bc|--b--|")]
    [InlineData("--b |Content-Disposition: form-data; name=\"file\"; filename=\"x\"||a|--b--|")]
    [InlineData("--b|Content-Disposition: form-data; name=\"file\"; filename=\"x\"|a|--b--|")]
    [InlineData("--b|Content-Disposition: form-data; name=\"file\"; filename=\"x\"; filename=\"y\"||a|--b--|")]
    [InlineData("--b|Content-Disposition: form-data; name=\"file\"; filename*=utf-8''x||a|--b--|")]
    [InlineData("--b|Content-Disposition: form-data; name=\"file\"; filename=\"x\\\"y\"||a|--b--|")]
    [InlineData("--b|Content-Disposition: form-data; name=\"file\"|Content-Disposition: form-data; name=\"g\"||a|--b--|")]
    [InlineData("--b|Content-Disposition: form-data; name=\"file\"|Content-Type: text/plain|Content-Type: image/png||a|--b--|")]
    [InlineData("--b|Content-Disposition: form-data; name=\"file\"|Content-Transfer-Encoding: base64||YQ==|--b--|")]
    [InlineData("--b|Content-Disposition: form-data;| name=\"file\"||a|--b--|")]
    [InlineData("--b|Content-Type: text/plain||a|--b--|")]
    [InlineData("")]
    public void Forms_with_two_readings_are_ambiguous(string form) => Assert.Equal(ReadFault.Ambiguous, Read(form));

    [Fact]
    public void A_form_without_parts_is_one() => Assert.Equal(ReadFault.None, Read("--b--|"));

    [Fact]
    public void Words_in_a_file_that_is_json_are_read_without_their_escapes()
    {
        Assert.Equal(ReadFault.None, Read("--b|Content-Disposition: form-data; name=\"file\"; filename=\"x\"|Content-Type: application/json||[{\"k\":\"\\u0068i\"}]|--b--|"));
        Assert.Equal(["Document: hi", "FileName: x"], Claude.Words(_message).Order());
    }

    [Fact]
    public void Lines_that_end_without_a_carriage_return_are_ambiguous() =>
        Assert.Equal(ReadFault.Ambiguous, Claude.Request(Good.Replace('|', '\n'), _message, "/v1/files", contentType: "multipart/form-data; boundary=b"));

    [Theory]
    [InlineData("multipart/form-data; boundary=\"b\"", ReadFault.None)]
    [InlineData("Multipart/Form-Data; boundary=b", ReadFault.None)]
    [InlineData("multipart/form-data", ReadFault.Ambiguous)]
    [InlineData("multipart/form-data; boundary=", ReadFault.Ambiguous)]
    [InlineData("multipart/form-data; boundary=b; boundary=c", ReadFault.Ambiguous)]
    [InlineData("multipart/form-data; boundary*=utf-8''b", ReadFault.Ambiguous)]
    [InlineData("multipart/mixed; boundary=b", ReadFault.UnknownContentType)]
    [InlineData("application/json", ReadFault.UnknownContentType)]
    public void The_boundary_has_one_reading(string type, ReadFault fault) =>
        Assert.Equal(fault, Claude.Request(Good.Replace("|", "\r\n", StringComparison.Ordinal), _message, "/v1/files", contentType: type));

    private ReadFault Read(string form) =>
        Claude.Request(Encoding.UTF8.GetBytes(form.Replace("|", "\r\n", StringComparison.Ordinal)), _message, "/v1/files", contentType: "multipart/form-data; boundary=b");
}
