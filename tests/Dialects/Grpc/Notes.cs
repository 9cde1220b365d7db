using System.Globalization;
using System.IO.Compression;
using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.Grpc;
using EnvoyExtAuthz.GrpcServices;
using EnvoyExtAuthz.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using TextMessage = EnvoyExtAuthz.Dialects.Message;

namespace EnvoyExtAuthz.Tests.Dialects.Grpc;

/// <summary>Calls of the notes service as tests write them: messages of the platform's own protobuf in, what was read out.</summary>
internal static class Notes
{
    public const string Add = "/notes.v1.Notes/Add";
    public const string Watch = "/notes.v1.Notes/Watch";
    public const string Import = "/notes.v1.Notes/Import";

    public static GrpcDialect Dialect { get; } = Create();

    public static RefusalReason Reason { get; } = new("tool_not_allowed", "A tool is not allowed här.", "ev-1");

    /// <summary>A note with something in every field.</summary>
    public static Note Full() => new()
    {
        Title = "title",
        Body = "körper",
        Tags = { "tag one", "tag two", "" },
        Author = new Note.Types.Author { Name = "author", Labels = { ["key one"] = "value one" } },
        Readers = { new Note.Types.Author { Name = "reader one" }, new Note.Types.Author() },
        Kind = Note.Types.Kind.Memo,
        Number = -7,
        Weight = 1.5,
        Checksum = 7,
        Pinned = true,
        Counts = { 1, -2, 300 },
        Scores = { 1.5, 2.5 },
        Attachment = ByteString.CopyFrom(0, 1, 2, 0xFF),
        Team = new Note.Types.Author { Name = "team" },
        Comment = "comment",
        Extra = new Struct { Fields = { ["struct key"] = Value.ForString("struct text"), ["list"] = Value.ForList(Value.ForString("list text"), Value.ForNumber(2)) } },
        Detail = Any.Pack(new Query { Text = "any text" }),
        At = Timestamp.FromDateTime(DateTime.UnixEpoch),
        Reply = "reply",
        Parent = new Note { Title = "parent title", Parent = new Note { Body = "grandparent" } },
        History = { [3] = new Note.Types.Author { Name = "history" } },
        Delta = -5,
    };

    public static HttpHead Head(string path = Add, string contentType = "application/grpc", string encoding = "")
    {
        HttpHead head = new HttpHead().Add(":method", "POST").Add(":path", path).Add("content-type", contentType);
        return encoding.Length > 0 ? head.Add("grpc-encoding", encoding) : head;
    }

    public static ReadFault Request(TextMessage message, byte[] body, string path = Add, HttpHead? head = null)
    {
        message.Clear();
        message.Dialect = Dialect;
        return Dialect.ReadRequest(head ?? Head(path), Encoding.UTF8.GetBytes(path), body, JsonLimits.Default, message);
    }

    public static ReadFault Response(TextMessage message, TextMessage request, byte[] body, string encoding = "", int status = 200, string contentType = "application/grpc")
    {
        message.Clear();
        message.Dialect = Dialect;
        return Dialect.ReadResponse(request, ResponseHead(encoding, status, contentType), body, JsonLimits.Default, message);
    }

    public static HttpHead ResponseHead(string encoding = "", int status = 200, string contentType = "application/grpc")
    {
        HttpHead head = new HttpHead().Add(":status", status.ToString(CultureInfo.InvariantCulture)).Add("content-type", contentType);
        return encoding.Length > 0 ? head.Add("grpc-encoding", encoding) : head;
    }

    public static byte[] Frame(IMessage message) => GrpcFramer.Write(message.ToByteArray());

    public static byte[] Gzipped(IMessage message)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(message.ToByteArray());
        byte[] frame = GrpcFramer.Write(compressed.ToArray());
        frame[0] = 1;
        return frame;
    }

    public static List<string> Texts(TextMessage message) => [.. message.Segments.Select(s => Encoding.UTF8.GetString(message.Text(s).Span))];

    /// <summary>Every string of a message as the platform's own reflection finds them, those in an <c>Any</c> included.</summary>
    public static IEnumerable<string> Strings(IMessage message)
    {
        if (message is Any any)
            return [any.TypeUrl, .. Strings(any.Unpack<Query>())];
        return message.Descriptor.Fields.InDeclarationOrder()
            .Where(f => !f.HasPresence || f.Accessor.HasValue(message))
            .SelectMany(f => Strings(f.Accessor.GetValue(message)))
            .Where(s => s.Length > 0);
    }

    private static IEnumerable<string> Strings(object? value) => value switch
    {
        string text => [text],
        IMessage message => Strings(message),
        System.Collections.IDictionary map => map.Keys.Cast<object>().Concat(map.Values.Cast<object>()).SelectMany(Strings),
        System.Collections.IList list => list.Cast<object>().SelectMany(Strings),
        _ => [],
    };

    private static GrpcDialect Create()
    {
        Assert.True(GrpcDialect.TryCreate(NotesDescriptors.Set, [], out GrpcDialect? dialect, out string fault), fault);
        return dialect;
    }
}
