using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.Gemini;

/// <summary>Files on their way to the provider, and what is kept there.</summary>
public sealed class GeminiUploadTests
{
    private const string Begin = "/upload/v1beta/files";

    private const string Going = "/upload/v1beta/files?upload_id=abc";

    [Fact]
    public void An_upload_begins_with_a_description()
    {
        using var message = new Message();
        HttpHead head = GeminiExchange.RequestHead(Begin).Add("x-goog-upload-protocol", "resumable").Add("x-goog-upload-command", "start").Add("x-goog-upload-file-name", "notes.txt");
        Assert.Equal(ReadFault.None, GeminiExchange.Request("""{"file":{"displayName":"my notes","mimeType":"text/plain"}}"""u8.ToArray(), message, head));
        Assert.Equal(["FileName: my notes", "Metadata: text/plain"], GeminiExchange.Texts(message));
        Assert.Equal(["notes.txt"], message.ExtraTexts.Select(t => Encoding.UTF8.GetString(t.Span)));
        Assert.Equal(ReadFault.NotStrictJson, GeminiExchange.Request("not json"u8.ToArray(), message, head));
    }

    [Theory]
    [InlineData("plain words", "upload, finalize", "0", "Document: plain words")]
    [InlineData("""{"a":"w\u006frds"}""", "upload, finalize", "0", "Document: words")]
    [InlineData("plain words", "upload", "0", null)]
    [InlineData("plain words", "upload, finalize", "11", null)]
    [InlineData("plain words", "start", "0", null)]
    [InlineData("%PDF-1.4 words", "upload, finalize", "0", null)]
    [InlineData("{\\rtf1 words}", "upload, finalize", "0", null)]
    [InlineData("words\0", "upload, finalize", "0", null)]
    [InlineData("\uFEFFwords", "upload, finalize", "0", null)]
    public void A_file_that_comes_whole_and_is_text_is_a_document(string file, string command, string offset, string? text)
    {
        using var message = new Message();
        HttpHead head = GeminiExchange.RequestHead(Going).Add("x-goog-upload-command", command).Add("x-goog-upload-offset", offset);
        Assert.Equal(ReadFault.None, GeminiExchange.Request(Encoding.UTF8.GetBytes(file), message, head));
        Assert.Equal(text is null ? [] : [text], GeminiExchange.Texts(message));
        Assert.Equal(text is null ? [OpaqueKind.File] : [], GeminiExchange.Opaque(message));
    }

    [Fact]
    public void A_file_that_is_no_UTF8_is_opaque_and_an_edit_of_text_is_in_place()
    {
        using var message = new Message();
        HttpHead head = GeminiExchange.RequestHead(Going).Add("x-goog-upload-command", "upload, finalize").Add("x-goog-upload-offset", "0");
        Assert.Equal(ReadFault.None, GeminiExchange.Request([0x89, 0x50, 0xFF], message, head));
        Assert.Equal([OpaqueKind.File], GeminiExchange.Opaque(message));
        Assert.Equal(ReadFault.None, GeminiExchange.Request("plain words"u8.ToArray(), message, head));
        message.Replace(message.Segments[0], 6, 5, "***"u8.ToArray());
        Assert.Equal("plain ***", GeminiExchange.Written(message));
    }

    [Fact]
    public void Description_and_file_can_come_in_one_body()
    {
        using var message = new Message();
        HttpHead head = GeminiExchange.RequestHead(Begin + "?uploadType=multipart", "multipart/related; boundary=bb").Add("x-goog-upload-protocol", "multipart");
        const string Body = "--bb\r\nContent-Type: application/json\r\n\r\n{\"file\":{\"display_name\":\"notes\"}}\r\n--bb\r\nContent-Type: text/plain\r\n\r\nplain words\r\n--bb--\r\n";
        Assert.Equal(ReadFault.None, GeminiExchange.Request(Encoding.UTF8.GetBytes(Body), message, head));
        Assert.Equal(["FileName: notes", "Document: plain words"], GeminiExchange.Texts(message));
        Assert.Equal(ReadFault.WrongShape, GeminiExchange.Request(Encoding.UTF8.GetBytes(Body.Replace("--bb--", "--bb\r\n\r\nmore\r\n--bb--", StringComparison.Ordinal)), message, head));
    }

    [Theory]
    [InlineData("x-goog-upload-command", "start")]
    [InlineData("x-goog-upload-offset", "0")]
    [InlineData("x-goog-upload-protocol", "raw")]
    public void Fields_that_say_what_is_sent_stand_once(string field, string value)
    {
        using var message = new Message();
        Assert.Equal(ReadFault.Ambiguous, GeminiExchange.Request("x"u8.ToArray(), message, GeminiExchange.RequestHead(Going).Add(field, value).Add(field, value)));
    }

    [Fact]
    public void What_is_kept_is_named_and_what_it_is_made_of_is_opaque()
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, GeminiExchange.Request("""{"displayName":"store one"}""", message, "/v1beta/fileSearchStores"));
        Assert.Equal(["FileName: store one"], GeminiExchange.Texts(message));
        Assert.Equal(ReadFault.None, GeminiExchange.Request("""{"fileName":"files/abc"}""", message, "/v1beta/fileSearchStores/s:importFile"));
        Assert.Equal([OpaqueKind.ServerState], GeminiExchange.Opaque(message));
        Assert.Equal(ReadFault.None, GeminiExchange.Request("""{"uris":["gs://bucket/a"]}""", message, "/v1beta/files:register"));
        Assert.Equal([OpaqueKind.RemoteReference], GeminiExchange.Opaque(message));
        Assert.Equal(ReadFault.UnknownPath, GeminiExchange.Request("{}", message, "/v1beta/fileSearchStores/s:somethingElse"));
    }

    [Fact]
    public void An_interaction_in_an_answer_to_a_request_that_was_not_read_is_refused()
    {
        using var message = new Message();
        Assert.Equal(ReadFault.WrongShape, GeminiExchange.Response("""{"id":"i","steps":[{"type":"function_call","name":"rm"}]}""", message));
        Assert.Equal(ReadFault.WrongShape, ReadGemini.Of(ReadGemini.Event("""{"event_type":"step.start","index":0,"step":{"type":"function_call","name":"rm"}}""")).Fault);
    }
}
