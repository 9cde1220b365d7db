using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.Grpc;
using EnvoyExtAuthz.GrpcServices;
using EnvoyExtAuthz.Text;
using Google.Protobuf;
using TextMessage = EnvoyExtAuthz.Dialects.Message;

namespace EnvoyExtAuthz.Fuzz;

/// <summary>
/// gRPC's readers: what they read the platform's protobuf reads to the same texts, edits leave lengths that it takes, and a stream
/// is read alike in any cut.
/// </summary>
public sealed class GrpcTarget : FuzzTarget
{
    private const string Add = "/notes.v1.Notes/Add";
    private const string Watch = "/notes.v1.Notes/Watch";
    private static readonly HttpHead Stream = new HttpHead().Add(":status", "200").Add("content-type", "application/grpc").Add("grpc-encoding", "gzip");
    private readonly GrpcDialect _dialect;
    private readonly TextMessage _request = new();
    private readonly TextMessage _message = new();

    public GrpcTarget()
    {
        Hold(GrpcDialect.TryCreate(NotesDescriptors.Set, [], out GrpcDialect? dialect, out string fault), fault);
        _dialect = dialect!;
        Hold(Read(_request, Watch, GrpcFramer.Write([])) == ReadFault.None, "an empty query is one");
    }

    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        new Note { Title = "title", Body = "{\"a\":\"b\"}", Tags = { "x", "y" }, Author = new Note.Types.Author { Name = "n", Labels = { ["k"] = "v" } } }.ToByteArray(),
        new Note { Counts = { 1, 2 }, Scores = { 1.5 }, Checksum = 1, Weight = 2, Delta = 3, Parent = new Note { Parent = new Note { Title = "deep" } } }.ToByteArray(),
        new Note { Detail = Google.Protobuf.WellKnownTypes.Any.Pack(new Query { Text = "t" }), Reply = "r", Person = "p", Comment = "c", Attachment = ByteString.CopyFrom(0, 1) }.ToByteArray(),
        [.. GrpcFramer.Write([0x0A, 1, 97]), .. GrpcFramer.Write([0x12, 1, 98])],
    ];

    public override IReadOnlyList<byte[]> Pieces { get; } =
        [[0x0A, 1, 97], [0x12, 1, 98], [0x22, 0], [0xB2, 1], [0x9A, 1], [0x80, 0x80], [0xFF], [0, 0, 0, 0, 3], [1, 0, 0, 0, 0], [0x72, 1, 99], [0x7A, 0], .. new[] { "type.googleapis.com/notes.v1.Query", "{\"a\":1}", "é" }.Select(Encoding.UTF8.GetBytes)];

    public override int Run(byte[] input)
    {
        ReadFault fault = Read(_message, Add, GrpcFramer.Write(input));
        int texts = _message.Segments.Count;
        if (fault == ReadFault.None)
            AgreesWithPlatform(input);
        string whole = ReadStream(input, input.Length + 1);
        foreach (int piece in (ReadOnlySpan<int>)[1, 3, 1 + (input.Length / 2)])
            Hold(ReadStream(input, piece) == whole, $"chunks of {piece} read otherwise");
        return HashCode.Combine(fault, Math.Min(texts, 12), Math.Min(whole.Length, 20), _message.Opaque.Count);
    }

    public override void Dispose()
    {
        _request.Dispose();
        _message.Dispose();
        base.Dispose();
    }

    private ReadFault Read(TextMessage message, string path, byte[] body)
    {
        message.Clear();
        message.Dialect = _dialect;
        HttpHead head = new HttpHead().Add(":method", "POST").Add(":path", path).Add("content-type", "application/grpc");
        return _dialect.ReadRequest(head, Encoding.UTF8.GetBytes(path), body, JsonLimits.Default, message);
    }

    private void AgreesWithPlatform(byte[] input)
    {
        // Deeper than the platform's own limit nothing is compared.
        Note note = Note.Parser.ParseFrom(input);
        Hold(_message.Documents.Count > 0 || note.Title.Length == 0 || _message.Segments.Exists(s => Encoding.UTF8.GetString(_message.Text(s).Span) == note.Title), "a title is missed");
        foreach (Segment segment in _message.Segments)
        {
            if (!_message.Text(segment).Span.StartsWith("type.googleapis.com"u8))
                _message.Replace(segment, 0, 0, "\"#"u8.ToArray());
        }
        Hold(_dialect.TryWrite(_message, out byte[] edited), "edits contradict each other");
        Hold(edited.Length >= GrpcFramer.PrefixBytes, "the prefix is gone");
        _ = Note.Parser.ParseFrom(edited, GrpcFramer.PrefixBytes, edited.Length - GrpcFramer.PrefixBytes);
    }

    private string ReadStream(byte[] input, int piece)
    {
        using EventStream stream = _dialect.OpenStream(_request, Stream)!;
        using EventFramer framer = stream.CreateFramer(1 << 16);
        var said = new StringBuilder();
        FrameStep step = FrameStep.NeedMore;
        for (int at = 0; at < input.Length; at += piece)
        {
            framer.Push(input.AsSpan(at, Math.Min(piece, input.Length - at)));
            while ((step = framer.Next(out EventFrame frame)) == FrameStep.Frame)
            {
                _message.Clear();
                said.Append(stream.Read(frame, JsonLimits.Default, _message)).Append(';');
                foreach (Segment segment in _message.Segments)
                    said.Append(Convert.ToHexString(_message.Text(segment).Span)).Append(',');
            }
        }
        return said.Append(step).Append(framer.Flush(out _)).ToString();
    }
}
