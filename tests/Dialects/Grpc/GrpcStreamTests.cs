using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.Grpc;
using EnvoyExtAuthz.GrpcServices;
using EnvoyExtAuthz.Text;
using EnvoyExtAuthz.Text.Coding;
using TextMessage = EnvoyExtAuthz.Dialects.Message;

namespace EnvoyExtAuthz.Tests.Dialects.Grpc;

public class GrpcStreamTests
{
    private static readonly byte[] Stream = [.. Notes.Frame(new Note { Title = "one" }), .. Notes.Gzipped(new Note { Title = "two" }), .. Notes.Frame(new Note()), .. Notes.Frame(new Note { Author = new Note.Types.Author { Name = "three" } })];

    [Fact]
    public void Messages_are_read_one_by_one_in_any_cut()
    {
        for (int piece = 1; piece <= Stream.Length; piece++)
        {
            (List<string> texts, ReadFault fault, byte[] written) = Read(Stream, piece);
            Assert.Equal(ReadFault.None, fault);
            Assert.Equal(["one", "two", "three"], texts);
            Assert.Equal(Stream, written);
        }
    }

    [Fact]
    public void An_edited_message_has_its_lengths_mended()
    {
        (_, _, byte[] written) = Read(Stream, 7, "a replacement that is rather longer than it was, so that its length takes more bytes than before: "u8.ToArray());
        (List<string> texts, ReadFault fault, _) = Read(written, 5);
        Assert.Equal(ReadFault.None, fault);
        Assert.All(texts, t => Assert.StartsWith("a replacement", t));
        Assert.Equal(3, texts.Count);
    }

    [Fact]
    public void Fields_that_are_joined_run_on_over_the_messages_of_a_stream_and_nowhere_else()
    {
        Assert.True(GrpcDialect.TryCreate(NotesDescriptors.Set, ["notes.v1.Note.body", "notes.v1.Note.Author.name"], out GrpcDialect? dialect, out string fault), fault);
        using var request = new TextMessage();
        using var message = new TextMessage();
        Assert.Equal(ReadFault.None, dialect.ReadRequest(Notes.Head(Notes.Watch), "/notes.v1.Notes/Watch"u8.ToArray(), Notes.Frame(new Query()), JsonLimits.Default, request));
        using EventStream stream = dialect.OpenStream(request, Notes.ResponseHead())!;
        using EventFramer framer = stream.CreateFramer(1 << 16);
        framer.Push(Notes.Frame(new Note { Title = "t", Body = "{}", Author = new Note.Types.Author { Name = "n" } }));
        Assert.Equal(FrameStep.Frame, framer.Next(out EventFrame frame));
        Assert.Equal(ReadFault.None, stream.Read(frame, JsonLimits.Default, message));
        Assert.Equal(["t -1", "{} 0", "n 1"], message.Segments.Select(s => $"{Encoding.UTF8.GetString(message.Text(s).Span)} {s.Channel}"));
        message.Clear();
        Assert.Equal(ReadFault.None, dialect.ReadRequest(Notes.Head(Notes.Import), "/notes.v1.Notes/Import"u8.ToArray(), Notes.Frame(new Note { Body = "b" }), JsonLimits.Default, message));
        Assert.All(message.Segments, s => Assert.Equal(-1, s.Channel));
    }

    [Theory]
    [InlineData("02-00-00-00-00")]
    [InlineData("80-00-00-00-00")]
    [InlineData("01-00-00-00-03-61-62-63")]
    public void What_is_no_message_breaks_the_stream(string bytes)
    {
        using var framer = new GrpcFramer(1 << 16, ContentCoding.Gzip);
        framer.Push(Convert.FromHexString(bytes.Replace("-", "", StringComparison.Ordinal)));
        Assert.Equal(FrameStep.Broken, framer.Next(out _));
    }

    [Fact]
    public void A_message_longer_than_allowed_ends_the_reading()
    {
        using var framer = new GrpcFramer(100, ContentCoding.Gzip);
        framer.Push([0, 0, 0, 0, 96]);
        Assert.Equal(FrameStep.TooLarge, framer.Next(out _));
        using var bomb = new GrpcFramer(1000, ContentCoding.Gzip);
        bomb.Push(Notes.Gzipped(new Note { Body = new string('a', 100_000) }));
        Assert.Equal(FrameStep.TooLarge, bomb.Next(out _));
    }

    [Fact]
    public void A_message_that_is_not_whole_at_the_end_is_none()
    {
        using var framer = new GrpcFramer(100, null);
        framer.Push([0, 0, 0, 0, 3, 1]);
        Assert.Equal(FrameStep.NeedMore, framer.Next(out _));
        Assert.Equal(FrameStep.Broken, framer.Flush(out _));
    }

    [Fact]
    public void Only_answers_of_methods_that_stream_are_streams()
    {
        using var request = new TextMessage();
        Assert.Equal(ReadFault.None, Notes.Request(request, Notes.Frame(new Note())));
        Assert.Null(Notes.Dialect.OpenStream(request, Notes.ResponseHead()));
        Assert.Equal(ReadFault.None, Notes.Request(request, Notes.Frame(new Query()), Notes.Watch));
        Assert.Null(Notes.Dialect.OpenStream(request, Notes.ResponseHead(contentType: "text/html", status: 502)));
        Assert.NotNull(Notes.Dialect.OpenStream(request, Notes.ResponseHead()));
    }

    [Fact]
    public void An_answer_that_does_not_stream_is_one_message()
    {
        using var request = new TextMessage();
        using var message = new TextMessage();
        Assert.Equal(ReadFault.None, Notes.Request(request, Notes.Frame(new Note())));
        Assert.Equal(ReadFault.None, Notes.Response(message, request, Notes.Frame(new Note { Title = "answer" })));
        Assert.Equal(["answer"], Notes.Texts(message));
        Assert.Equal(TextRole.ToolResult, message.Segments[0].Role);
        Assert.Equal(ReadFault.None, Notes.Response(message, request, Notes.Gzipped(new Note { Title = "answer" }), "gzip"));
        Assert.Equal(ReadFault.WrongShape, Notes.Response(message, request, Stream, "gzip"));
        Assert.Equal(ReadFault.None, Notes.Response(message, request, []));
        Assert.Equal(ReadFault.None, Notes.Response(message, request, "no healthy upstream"u8.ToArray(), status: 503, contentType: "text/plain"));
        Assert.Equal(ReadFault.UnknownContentType, Notes.Response(message, request, "{}"u8.ToArray(), contentType: "application/json"));
        using var unread = new TextMessage();
        Assert.Equal(ReadFault.UnknownPath, Notes.Response(message, unread, Notes.Frame(new Note())));
    }

    private static (List<string> Texts, ReadFault Fault, byte[] Written) Read(byte[] bytes, int piece, byte[]? replacement = null)
    {
        using var request = new TextMessage();
        Assert.Equal(ReadFault.None, Notes.Request(request, Notes.Frame(new Query { Text = "q" }), Notes.Watch));
        using EventStream stream = Notes.Dialect.OpenStream(request, Notes.ResponseHead("gzip"))!;
        using EventFramer framer = stream.CreateFramer(1 << 16);
        using var message = new TextMessage();
        var texts = new List<string>();
        using var written = new MemoryStream();
        for (int at = 0; at < bytes.Length; at += piece)
        {
            framer.Push(bytes.AsSpan(at, Math.Min(piece, bytes.Length - at)));
            while (framer.Next(out EventFrame frame) == FrameStep.Frame)
            {
                message.Clear();
                message.Dialect = Notes.Dialect;
                ReadFault fault = stream.Read(frame, JsonLimits.Default, message);
                if (fault != ReadFault.None)
                    return (texts, fault, written.ToArray());
                texts.AddRange(Notes.Texts(message));
                Write(framer, frame, message, replacement, written);
            }
        }
        Assert.Equal(FrameStep.NeedMore, framer.Flush(out _));
        return (texts, ReadFault.None, written.ToArray());
    }

    /// <summary>As the engine writes an event.</summary>
    private static void Write(EventFramer framer, in EventFrame frame, TextMessage message, byte[]? replacement, MemoryStream written)
    {
        foreach (Segment segment in message.Segments)
        {
            if (replacement is not null)
                message.Replace(segment, 0, message.Text(segment).Length, replacement);
        }
        if (message.Splices.Count == 0)
        {
            written.Write(frame.Bytes.Span);
            return;
        }
        Notes.Dialect.CompleteEdits(message);
        Notes.Dialect.CompleteEdits(message);
        Assert.True(Splice.TryApply(frame.Data.Span, message.Splices, out byte[] data));
        written.Write(framer.Rewrite(frame, data));
    }
}
