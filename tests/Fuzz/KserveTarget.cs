using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.Kserve;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Fuzz;

/// <summary>KServe's tensors: an input is the header field up to a line feed, then a body; an edited body reads as an edited body.</summary>
public sealed class KserveTarget : FuzzTarget
{
    private static readonly byte[] Path = "/v2/models/m/infer"u8.ToArray();
    private readonly Message _message = new();

    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        "\n{\"id\":\"a\",\"inputs\":[{\"name\":\"t\",\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[\"hello\"]},{\"name\":\"i\",\"shape\":[2],\"datatype\":\"INT32\",\"data\":[1,2]}],\"parameters\":{\"sequence_id\":3}}"u8.ToArray(),
        Binary("hello", "{\"a\":\"b\"}"),
        Binary(""),
        Binary(new string('x', 96), "y"),
        "0\nraw words"u8.ToArray(),
        "s\ndata: {\"text_output\":\"a\",\"model_name\":\"m\"}\n\ndata: {\"text_output\":\"b\"}\n\n"u8.ToArray(),
    ];

    public override IReadOnlyList<byte[]> Pieces { get; } =
    [
        .. new[] { "\"binary_data_size\":9", "\"shape\":[1]", "\"datatype\":\"BYTES\"", "\"data\":[\"x\"]", "\"shared_memory_region\":\"r\"", "\"content_type\":\"base64\"", "INT64", "FP16", "\0\0\0\0", "\u0005\0\0\0hello", "null", "[]", "data: ", "\n\n" }
            .Select(Encoding.UTF8.GetBytes),
    ];

    public override byte[] Make(Random random) =>
        Binary([.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => random.Next(3) == 0 ? "{\"k\":\"" + new string('v', random.Next(90)) + "\"}" : new string('w', random.Next(120)))]);

    public override int Run(byte[] input)
    {
        int line = Array.IndexOf(input, (byte)'\n');
        if (line < 0)
            return 0;
        string field = Encoding.Latin1.GetString(input.AsSpan(0, line));
        byte[] body = input[(line + 1)..];
        if (field == "s")
            return DialectRun.Stream(() => KserveDialect.Instance.OpenStream(_message, new HttpHead().Add("content-type", "text/event-stream"))!, body);
        ReadFault fault = Read(body, field);
        int read = DialectRun.Whole(_message, fault);
        if (fault != ReadFault.None)
            return read;
        int texts = _message.Segments.Count;
        int opaque = _message.Opaque.Count;
        foreach (Segment segment in _message.Segments.ToArray())
        {
            if (segment.Role == TextRole.User && segment.Length > 0 && !segment.Escaped)
                _message.Replace(segment, 0, CharacterBytes(_message.Text(segment).Span), "[a mask]"u8.ToArray());
        }
        bool edited = _message.Splices.Count > 0;
        Hold(KserveDialect.Instance.TryWrite(_message, out byte[] written), "edits contradict each other");
        Hold(edited || written.AsSpan().SequenceEqual(body), "bytes changed without an edit");
        string after = _message.FieldsToSet.Count == 0 ? field : _message.FieldsToSet[0].Value;
        // A raw body can come to look like one behind its length by what was edited.
        ReadFault again = Read(written, after);
        Hold(field == "0" || (again == ReadFault.None && _message.Segments.Count == texts && _message.Opaque.Count == opaque), $"an edited body reads otherwise: {again}");
        return HashCode.Combine(read, edited, after == field);
    }

    public override void Dispose()
    {
        _message.Dispose();
        base.Dispose();
    }

    private ReadFault Read(byte[] body, string field)
    {
        _message.Clear();
        _message.Dialect = KserveDialect.Instance;
        HttpHead head = new HttpHead().Add(":method", "POST");
        if (field.Length > 0)
            head.Fields.Add(new HeaderField("inference-header-content-length", Encoding.Latin1.GetBytes(field)));
        return KserveDialect.Instance.ReadRequest(head, Path, body, JsonLimits.Default, _message);
    }

    private static int CharacterBytes(ReadOnlySpan<byte> text)
    {
        Rune.DecodeFromUtf8(text, out _, out int bytes);
        return bytes;
    }

    private static byte[] Binary(params string[] elements)
    {
        var behind = new List<byte>();
        foreach (string element in elements)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(element);
            var length = new byte[sizeof(uint)];
            BinaryPrimitives.WriteUInt32LittleEndian(length, (uint)bytes.Length);
            behind.AddRange([.. length, .. bytes]);
        }
        byte[] header = Encoding.UTF8.GetBytes(
            $"{{\"inputs\":[{{\"name\":\"t\",\"shape\":[{elements.Length}],\"datatype\":\"BYTES\",\"parameters\":{{\"binary_data_size\":{behind.Count}}}}}]}}");
        return [.. Encoding.ASCII.GetBytes(header.Length.ToString(CultureInfo.InvariantCulture)), (byte)'\n', .. header, .. behind];
    }
}
