using System.Buffers.Binary;
using System.Text;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Text;

/// <summary>AWS event streams are cut into whole, checked messages however they come, and are written again so that clients take them.</summary>
public sealed class AwsEventFramerTests
{
    /// <summary>Deny frame that the JavaScript SDK raised as an exception, byte for byte.</summary>
    private const string Denied =
        "000000900000006" + "18e91a9b70f3a657863657074696f6e2d7479706507001376616c69646174696f6e457863657074696f6e"
        + "0d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d74797065070009657863657074696f6e"
        + "7b226d657373616765223a22426c6f636b656420627920706f6c696379227d1f717108";

    [Fact]
    public void Exceptions_are_written_as_the_sdk_was_seen_to_read_them()
    {
        byte[] written = AwsEventFramer.Write(isException: true, "validationException"u8, "{\"message\":\"Blocked by policy\"}"u8);
        Assert.Equal(Denied, Convert.ToHexStringLower(written));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void Messages_are_found_however_they_come(int piece)
    {
        byte[] stream = [.. Event("messageStart", "{\"role\":\"assistant\"}"), .. Event("ping", ""), .. Convert.FromHexString(Denied)];
        (List<string> seen, FrameStep end) = Read(stream, piece);
        Assert.Equal(["messageStart={\"role\":\"assistant\"}", "ping=", "exception:validationException={\"message\":\"Blocked by policy\"}"], seen);
        Assert.Equal(FrameStep.NeedMore, end);
    }

    [Fact]
    public void A_changed_bit_anywhere_is_found()
    {
        byte[] stream = Event("messageStart", "{\"role\":\"assistant\"}");
        for (int bit = 0; bit < stream.Length * 8; bit++)
        {
            byte[] broken = [.. stream];
            broken[bit / 8] ^= (byte)(1 << (bit % 8));
            (List<string> seen, FrameStep end) = Read(broken, 1000);
            Assert.Empty(seen);
            Assert.Equal(FrameStep.Broken, end);
        }
    }

    [Fact]
    public void The_empty_message_is_whole_but_says_nothing_a_client_could_read()
    {
        (_, FrameStep end) = Read(Convert.FromHexString("000000100000000005c248eb7d98c8ff"), 1000);
        Assert.Equal(FrameStep.Broken, end);
        Assert.Equal(16, AwsEventMessage.LengthOf(Convert.FromHexString("000000100000000005c248eb")));
    }

    [Fact]
    public void Lengths_that_do_not_fit_are_refused_before_anything_is_gathered()
    {
        Assert.Equal(FrameStep.Broken, Read(Prelude(15, 0), 1000).End);
        Assert.Equal(FrameStep.Broken, Read(Prelude(100, 85), 1000).End);
        Assert.Equal(FrameStep.Broken, Read(Prelude(uint.MaxValue, uint.MaxValue), 1000).End);
        Assert.Equal(FrameStep.Broken, Read(Prelude(1 << 20, (128 << 10) + 1), 1000).End);
        Assert.Equal(FrameStep.TooLarge, Read(Prelude(uint.MaxValue, 10), 1000).End);
        Assert.Equal(FrameStep.TooLarge, Read(Prelude((1 << 20) + 1, 10), 1000).End);
        // What is not whole at the end is no message.
        Assert.Equal(FrameStep.Broken, Read(Event("a", "{}")[..^1], 1000).End);
        Assert.Equal(FrameStep.Broken, Read([0], 1000).End);
    }

    [Fact]
    public void Headers_of_all_types_are_stepped_over_and_their_texts_given()
    {
        byte[] headers =
        [
            .. Header("event-type", 0), .. Header("f", 1), .. Header("b", 2, 1), .. Header("s", 3, 0, 2), .. Header("i", 4, 0, 0, 0, 3),
            .. Header("l", 5, 0, 0, 0, 0, 0, 0, 0, 4), .. Header("bytes", 6, 0, 2, (byte)'h', (byte)'i'), .. Text("note", "said"),
            .. Header("t", 8, 0, 0, 0, 0, 0, 0, 0, 5), .. Header("u", 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
            .. Text(":message-type", "event"), .. Text(":event-type", "e"), .. Text(":content-type", "application/json"),
        ];
        EventFrame frame = One(Message(headers, "{}"));
        Assert.Equal("e", Encoding.UTF8.GetString(frame.Event.Span));
        Assert.Equal("event-type\n\nf\n\nb\n\ns\n\ni\n\nl\n\nbytes\nhi\nnote\nsaid\nt\n\nu\n", Encoding.UTF8.GetString(frame.Comments.Span));
    }

    [Fact]
    public void Headers_that_clients_read_in_two_ways_break_the_stream()
    {
        byte[] kind = Text(":message-type", "event");
        byte[] name = Text(":event-type", "e");
        foreach (byte[] headers in (byte[][])
        [
            [], kind, name,
            [.. kind, .. name, .. name], [.. kind, .. kind, .. name], [.. kind, .. name, .. Text("x", "1"), .. Text("x", "2")],
            [.. Text(":message-type", "Event"), .. name], [.. Text(":message-type", "exception"), .. name], [.. Text(":message-type", "error"), .. name],
            [.. kind, .. Header(":event-type", 6, 0, 1, (byte)'e')], [.. kind, .. Header(":event-type", 0)], [.. Header(":message-type", 1), .. name],
            [.. kind, .. Text(":event-type", "exception:e")], [.. kind, .. Text(":event-type", "")], [.. kind, .. name, .. Header("x", 10)],
            [.. kind, .. name, .. Header("x", 7, 0, 1, 0xFF)], [.. kind, .. name, .. Header("x", 6, 0, 1, 0xFF)], [.. kind, .. name, .. Header("\0", 7, 0)],
            [.. kind, .. name, .. Header("x", 7, 0, 2, 0x41)], [.. kind, .. name, .. Header("x", 5, 0)], [.. kind, .. name, 0, 0], [.. kind, .. name, 5, 1],
            [.. kind, .. name, .. Enumerable.Range(0, 70).SelectMany(i => Header($"h{i}", 0))],
        ])
            Assert.Equal(FrameStep.Broken, Read(Message(headers, "{}"), 1000).End);
    }

    [Fact]
    public void Edits_keep_headers_and_make_lengths_and_checksums_fit()
    {
        EventFrame frame = One(Event("contentBlockDelta", "{\"delta\":1}"));
        using var framer = new AwsEventFramer(1 << 20, unwrapsChunks: false);
        EventFrame again = One(framer.Rewrite(frame, "{\"delta\":\"longer\"}"u8));
        Assert.Equal("{\"delta\":\"longer\"}", Encoding.UTF8.GetString(again.Data.Span));
        Assert.Equal(frame.Bytes.Span[12..again.DataOffset], again.Bytes.Span[12..again.DataOffset]);
    }

    [Fact]
    public void Chunks_are_unwrapped_and_an_edit_is_wrapped_again()
    {
        string payload = "{\"p\":\"abc\",\"bytes\":\"" + Convert.ToBase64String("{\"text\":\"hé\"}"u8) + "\"}";
        EventFrame frame = One(Event("chunk", payload), unwrap: true);
        Assert.Equal("{\"text\":\"hé\"}", Encoding.UTF8.GetString(frame.Data.Span));
        Assert.Equal(-1, frame.DataOffset);
        Assert.True(frame.Comments.IsEmpty);
        using var framer = new AwsEventFramer(1 << 20, unwrapsChunks: true);
        EventFrame again = One(framer.Rewrite(frame, "{}"u8), unwrap: false);
        Assert.Equal("{\"p\":\"abc\",\"bytes\":\"e30=\"}", Encoding.UTF8.GetString(again.Data.Span));
    }

    [Fact]
    public void What_stands_beside_a_wrapped_chunk_is_shown()
    {
        EventFrame frame = One(Event("chunk", "{\"bytes\":\"e30=\",\"note\":{\"b\":[\"\\u0069gnore\"]},\"p\":\"not padding\"}"), unwrap: true);
        Assert.Equal("note\nb\nignore\np\nnot padding", Encoding.UTF8.GetString(frame.Comments.Span));
    }

    [Theory]
    [InlineData("e30")]
    [InlineData("e30 ")]
    [InlineData("e3\\n0=")]
    [InlineData("e3_=")]
    [InlineData("e30=e30=")]
    [InlineData("====")]
    public void Base64_that_decoders_read_differently_breaks_the_stream(string base64)
    {
        using var framer = new AwsEventFramer(1 << 20, unwrapsChunks: true);
        framer.Push(Event("chunk", "{\"bytes\":\"" + base64 + "\"}"));
        Assert.Equal(FrameStep.Broken, framer.Next(out _));
        Assert.Equal(FrameStep.Broken, framer.Next(out _));
    }

    [Fact]
    public void A_chunk_of_another_form_is_given_as_it_is()
    {
        foreach (string payload in (string[])["{\"Bytes\":\"e30=\"}", "{\"bytes\":1}", "[]", "no JSON", "{\"bytes\":\"e30=\",\"BYTES\":\"e30=\"}"])
            Assert.Equal(payload, Encoding.UTF8.GetString(One(Event("chunk", payload), unwrap: true).Data.Span));
        Assert.Equal("{\"bytes\":\"e30=\"}", Encoding.UTF8.GetString(One(Event("other", "{\"bytes\":\"e30=\"}"), unwrap: true).Data.Span));
    }

    private static (List<string> Seen, FrameStep End) Read(byte[] stream, int piece)
    {
        using var framer = new AwsEventFramer(1 << 20, unwrapsChunks: false);
        var seen = new List<string>();
        FrameStep step = FrameStep.NeedMore;
        for (int at = 0; at < stream.Length && step == FrameStep.NeedMore; at += piece)
        {
            framer.Push(stream.AsSpan(at, Math.Min(piece, stream.Length - at)));
            while ((step = framer.Next(out EventFrame frame)) == FrameStep.Frame)
                seen.Add($"{Encoding.UTF8.GetString(frame.Event.Span)}={Encoding.UTF8.GetString(frame.Data.Span)}");
        }
        return (seen, step == FrameStep.NeedMore ? framer.Flush(out _) : step);
    }

    private static EventFrame One(byte[] message, bool unwrap = false)
    {
        var framer = new AwsEventFramer(1 << 20, unwrap);
        framer.Push(message);
        Assert.Equal(FrameStep.Frame, framer.Next(out EventFrame frame));
        Assert.Equal(message, frame.Bytes.ToArray());
        return frame;
    }

    private static byte[] Event(string name, string payload) => AwsEventFramer.Write(isException: false, Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(payload));

    private static byte[] Header(string name, byte type, params byte[] value) => [(byte)name.Length, .. Encoding.Latin1.GetBytes(name), type, .. value];

    private static byte[] Text(string name, string value) => Header(name, 7, [0, (byte)value.Length, .. Encoding.Latin1.GetBytes(value)]);

    private static byte[] Prelude(uint total, uint headers)
    {
        var prelude = new byte[12];
        BinaryPrimitives.WriteUInt32BigEndian(prelude, total);
        BinaryPrimitives.WriteUInt32BigEndian(prelude.AsSpan(4), headers);
        BinaryPrimitives.WriteUInt32BigEndian(prelude.AsSpan(8), Crc32.Of(prelude.AsSpan(0, 8)));
        return prelude;
    }

    private static byte[] Message(byte[] headers, string payload)
    {
        byte[] message = [.. Prelude((uint)(16 + headers.Length + payload.Length), (uint)headers.Length), .. headers, .. Encoding.UTF8.GetBytes(payload), 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(message.Length - 4), Crc32.Of(message.AsSpan(0, message.Length - 4)));
        return message;
    }
}
