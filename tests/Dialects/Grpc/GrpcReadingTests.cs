using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.Grpc;
using EnvoyExtAuthz.GrpcServices;
using EnvoyExtAuthz.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using TextMessage = EnvoyExtAuthz.Dialects.Message;

namespace EnvoyExtAuthz.Tests.Dialects.Grpc;

public class GrpcReadingTests
{
    [Fact]
    public void Every_string_is_a_text_and_the_path_a_tool()
    {
        using var message = new TextMessage();
        Assert.Equal(ReadFault.None, Notes.Request(message, Notes.Frame(Notes.Full())));
        Assert.Equal(Notes.Strings(Notes.Full()).Order(StringComparer.Ordinal), Notes.Texts(message).Order(StringComparer.Ordinal));
        Assert.All(message.Segments, s => Assert.Equal(TextRole.ToolArgument, s.Role));
        Assert.Equal([OpaqueKind.File], message.Opaque.Select(o => o.Kind));
        Assert.Equal(Notes.Add, Encoding.UTF8.GetString(Assert.Single(message.ToolCalls).Name.Span));
        Assert.Equal(Notes.Add, Encoding.UTF8.GetString(message.Operation.Span));
        Assert.Empty(message.Splices);
        Assert.True(Notes.Dialect.TryWrite(message, out byte[] same));
        Assert.Equal(Notes.Frame(Notes.Full()), same);
    }

    [Fact]
    public void Every_edit_mends_the_lengths_it_lies_in()
    {
        using var message = new TextMessage();
        using var again = new TextMessage();
        string[] replacements = ["", "x", new string('y', 127), new string('z', 128), new string('w', 20_000)];
        int count = Notes.Strings(Notes.Full()).Count();
        for (int i = 0; i < count; i++)
        {
            foreach (string replacement in replacements)
            {
                Assert.Equal(ReadFault.None, Notes.Request(message, Notes.Frame(Notes.Full())));
                Segment segment = message.Segments[i];
                string before = Encoding.UTF8.GetString(message.Text(segment).Span);
                if (before.StartsWith("type.googleapis.com", StringComparison.Ordinal))
                    continue;
                message.Replace(segment, 0, message.Text(segment).Length, Encoding.UTF8.GetBytes(replacement));
                Assert.True(Notes.Dialect.TryWrite(message, out byte[] edited));
                Assert.Equal(ReadFault.None, Notes.Request(again, edited));
                List<string> expected = [.. Notes.Strings(Notes.Full())];
                expected.Remove(before);
                IEnumerable<string> wanted = replacement.Length > 0 ? expected.Append(replacement) : expected;
                Assert.Equal(wanted.Order(StringComparer.Ordinal), Notes.Strings(Parsed(edited)).Order(StringComparer.Ordinal));
            }
        }
    }

    [Fact]
    public void Many_edits_at_once_mend_every_length()
    {
        using var message = new TextMessage();
        Assert.Equal(ReadFault.None, Notes.Request(message, Notes.Frame(Notes.Full())));
        foreach (Segment segment in message.Segments.Where(s => !message.Text(s).Span.StartsWith("type."u8)))
            message.Replace(segment, 0, 1, Encoding.UTF8.GetBytes(new string('#', 90)));
        Assert.True(Notes.Dialect.TryWrite(message, out byte[] edited));
        Assert.All(Notes.Strings(Parsed(edited)).Where(s => !s.StartsWith("type.", StringComparison.Ordinal)), s => Assert.StartsWith("####", s));
    }

    [Fact]
    public void Strings_that_hold_json_are_read_into_and_edited_in_place()
    {
        using var message = new TextMessage();
        Assert.Equal(ReadFault.None, Notes.Request(message, Notes.Frame(new Note { Author = new Note.Types.Author { Name = """{"q":"deep","more":["{\"k\":\"deeper\"}"]}""" } })));
        Assert.Equal(["deep", "deeper"], Notes.Texts(message).Order(StringComparer.Ordinal));
        foreach (Segment segment in message.Segments.ToArray())
            message.Replace(segment, 0, 4, "\"X\""u8.ToArray());
        Assert.True(Notes.Dialect.TryWrite(message, out byte[] edited));
        Assert.Equal("""{"q":"\"X\"","more":["{\"k\":\"\\\"X\\\"er\"}"]}""", Parsed(edited).Author.Name);
    }

    [Fact]
    public void Bytes_that_read_as_text_are_text()
    {
        using var message = new TextMessage();
        Assert.Equal(ReadFault.None, Notes.Request(message, Notes.Frame(new Note { Attachment = ByteString.CopyFromUtf8("a note, in bytes\n") })));
        Assert.Equal(["a note, in bytes\n"], Notes.Texts(message));
        Assert.Empty(message.Opaque);
    }

    [Theory]
    [InlineData("unknown field", "A2-1F-01-61", ReadFault.WrongShape)]
    [InlineData("string as number", "08-01", ReadFault.WrongShape)]
    [InlineData("number as string", "3A-01-61", ReadFault.WrongShape)]
    [InlineData("text twice", "0A-01-61-0A-01-62", ReadFault.Ambiguous)]
    [InlineData("message twice", "22-03-0A-01-61-22-03-0A-01-62", ReadFault.Ambiguous)]
    [InlineData("two of a oneof", "72-01-61-7A-03-0A-01-62", ReadFault.Ambiguous)]
    [InlineData("a number twice", "38-01-38-02", ReadFault.Ambiguous)]
    [InlineData("no UTF-8", "0A-02-C3-28", ReadFault.WrongShape)]
    [InlineData("length past the end", "0A-05-61", ReadFault.WrongShape)]
    [InlineData("length beyond 32 bits", "0A-81-80-80-80-10-61", ReadFault.WrongShape)]
    [InlineData("a tag alone", "0A", ReadFault.WrongShape)]
    [InlineData("field number 0", "02-01-61", ReadFault.WrongShape)]
    [InlineData("a group", "0B-0C", ReadFault.WrongShape)]
    [InlineData("a tag too long", "8A-80-80-80-80-00-01-61", ReadFault.WrongShape)]
    [InlineData("an endless number", "38-FF-FF-FF-FF-FF-FF-FF-FF-FF-FF-01", ReadFault.WrongShape)]
    [InlineData("packed halves", "5A-01-80", ReadFault.WrongShape)]
    [InlineData("an endless number, packed", "5A-0C-FF-FF-FF-FF-FF-FF-FF-FF-FF-FF-01-01", ReadFault.WrongShape)]
    [InlineData("packed eighths", "62-03-00-00-00", ReadFault.WrongShape)]
    [InlineData("an Any of what nobody knows", "9A-01-07-0A-03-61-2F-62-12-00", ReadFault.WrongShape)]
    [InlineData("an Any without a type", "9A-01-03-12-01-61", ReadFault.WrongShape)]
    [InlineData("text packed", "5A-02-01-02", ReadFault.None)]
    [InlineData("unpacked", "58-01-58-02", ReadFault.None)]
    [InlineData("a padded length", "0A-81-00-61", ReadFault.None)]
    [InlineData("nothing", "", ReadFault.None)]
    public void What_receivers_could_take_in_two_ways_is_refused(string what, string bytes, ReadFault fault)
    {
        using var message = new TextMessage();
        byte[] body = GrpcFramer.Write(Convert.FromHexString(bytes.Replace("-", "", StringComparison.Ordinal)));
        Assert.True(fault == Notes.Request(message, body), what);
    }

    [Fact]
    public void What_an_Any_holds_is_read_though_its_type_stands_behind_it()
    {
        byte[] query = new Query { Text = "inside" }.ToByteArray();
        byte[] any = [0x12, (byte)query.Length, .. query, 0x0A, 0x10, .. "x/notes.v1.Query"u8];
        using var message = new TextMessage();
        Assert.Equal(ReadFault.None, Notes.Request(message, GrpcFramer.Write([0x9A, 0x01, (byte)any.Length, .. any])));
        Assert.Contains("inside", Notes.Texts(message));
    }

    [Fact]
    public void Messages_nested_deeper_than_the_limit_are_refused()
    {
        var note = new Note { Title = "deep" };
        for (int i = 0; i < 70; i++)
            note = new Note { Parent = note };
        using var message = new TextMessage();
        Assert.Equal(ReadFault.WrongShape, Notes.Request(message, Notes.Frame(note)));
    }

    [Fact]
    public void One_message_is_sent_where_the_method_takes_one_and_any_number_where_it_streams()
    {
        using var message = new TextMessage();
        byte[] one = Notes.Frame(new Note { Title = "one" });
        byte[] two = [.. one, .. Notes.Frame(new Note { Title = "two" })];
        Assert.Equal(ReadFault.WrongShape, Notes.Request(message, two));
        Assert.Equal(ReadFault.WrongShape, Notes.Request(message, []));
        Assert.Equal(ReadFault.WrongShape, Notes.Request(message, one[..^1]));
        Assert.Equal(ReadFault.WrongShape, Notes.Request(message, [.. one, 0]));
        Assert.Equal(ReadFault.None, Notes.Request(message, two, Notes.Import));
        Assert.Equal(["one", "two"], Notes.Texts(message));
        Assert.Equal(ReadFault.None, Notes.Request(message, [], Notes.Import));
        message.Clear();
        Assert.Equal(ReadFault.None, Notes.Request(message, two, Notes.Import));
        message.Replace(message.Segments[0], 0, 3, "a longer title"u8.ToArray());
        Assert.True(Notes.Dialect.TryWrite(message, out byte[] edited));
        Assert.Equal([.. Notes.Frame(new Note { Title = "a longer title" }), .. Notes.Frame(new Note { Title = "two" })], edited);
    }

    [Fact]
    public void Compressed_messages_are_read_and_edited_ones_go_on_plain()
    {
        using var message = new TextMessage();
        byte[] body = Notes.Gzipped(Notes.Full());
        Assert.Equal(ReadFault.None, Notes.Request(message, body, head: Notes.Head(encoding: "gzip")));
        Assert.Equal(Notes.Strings(Notes.Full()).Order(StringComparer.Ordinal), Notes.Texts(message).Order(StringComparer.Ordinal));
        message.Replace(message.Segments.First(s => message.Text(s).Span.SequenceEqual("title"u8)), 0, 5, "heading"u8.ToArray());
        Assert.True(Notes.Dialect.TryWrite(message, out byte[] edited));
        Assert.Equal(0, edited[0]);
        Assert.Equal("heading", Parsed(edited).Title);
        Assert.Equal(ReadFault.UnknownEncoding, Notes.Request(message, body));
        Assert.Equal(ReadFault.UnknownEncoding, Notes.Request(message, body, head: Notes.Head(encoding: "snappy")));
        Assert.Equal(ReadFault.WrongShape, Notes.Request(message, body[..^1], head: Notes.Head(encoding: "gzip")));
        Assert.Equal(ReadFault.HeaderMismatch, Notes.Request(message, body, head: Notes.Head(encoding: "gzip").Add("grpc-encoding", "identity")));
        body[0] = 2;
        Assert.Equal(ReadFault.WrongShape, Notes.Request(message, body, head: Notes.Head(encoding: "gzip")));
    }

    [Fact]
    public void A_message_that_stands_for_more_than_is_kept_is_refused()
    {
        using var message = new TextMessage();
        byte[] body = Notes.Gzipped(new Note { Body = new string('a', 40 << 20) });
        Assert.Equal(ReadFault.TooLarge, Notes.Request(message, body, head: Notes.Head(encoding: "gzip")));
    }

    [Theory]
    [InlineData("/notes.v1.Notes/Nothing", "application/grpc", ReadFault.UnknownPath)]
    [InlineData("/notes.v1.notes/Add", "application/grpc", ReadFault.UnknownPath)]
    [InlineData("/notes.v1.Notes/Add/", "application/grpc", ReadFault.UnknownPath)]
    [InlineData("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", "application/grpc", ReadFault.UnknownPath)]
    [InlineData("/notes.v1.Notes/Add", "application/grpc+json", ReadFault.UnknownContentType)]
    [InlineData("/notes.v1.Notes/Add", "application/grpc-web", ReadFault.UnknownContentType)]
    [InlineData("/notes.v1.Notes/Add", "application/json", ReadFault.UnknownContentType)]
    [InlineData("/notes.v1.Notes/Add", "application/grpc+proto", ReadFault.None)]
    public void What_is_no_method_of_the_set_is_refused(string path, string contentType, ReadFault fault)
    {
        using var message = new TextMessage();
        Assert.Equal(fault, Notes.Request(message, Notes.Frame(new Note()), path, Notes.Head(path, contentType)));
        Assert.Equal(fault == ReadFault.None || path == Notes.Add, Notes.Dialect.Recognises("POST"u8, Encoding.UTF8.GetBytes(path)));
    }

    [Fact]
    public void Another_http_method_or_a_query_is_refused()
    {
        using var message = new TextMessage();
        HttpHead get = new HttpHead().Add(":method", "GET").Add(":path", Notes.Add).Add("content-type", "application/grpc");
        Assert.Equal(ReadFault.UnknownPath, Notes.Request(message, Notes.Frame(new Note()), head: get));
        Assert.Equal(ReadFault.UnknownPath, Notes.Request(message, Notes.Frame(new Note()), head: Notes.Head(Notes.Add + "?x=1")));
    }

    [Fact]
    public void A_refusal_is_a_status()
    {
        Refusal refusal = Notes.Dialect.Refuse(Notes.Reason, null, Notes.Head());
        Assert.Equal("application/grpc", refusal.ContentType);
        Assert.Contains(("grpc-status", "7"), refusal.Headers);
        Assert.Contains(("grpc-message", "A tool is not allowed h%C3%A4r. %28event ev-1%29"), refusal.Headers);
        refusal = Notes.Dialect.Refuse(Notes.Reason, null, Notes.Head(contentType: "application/json"));
        Assert.Equal((403, "text/plain; charset=utf-8"), (refusal.Status, refusal.ContentType));
    }

    private static Note Parsed(byte[] frame) => Note.Parser.ParseFrom(frame, GrpcFramer.PrefixBytes, frame.Length - GrpcFramer.PrefixBytes);
}
