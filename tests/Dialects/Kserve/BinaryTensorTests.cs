using System.Globalization;
using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.Kserve;
using EnvoyExtAuthz.Tests.Dialects.OpenAi;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.Kserve;

/// <summary>The binary tensor extension: lengths that must fit, and that are made to fit after an edit.</summary>
public sealed class BinaryTensorTests
{
    [Fact]
    public void Each_element_of_a_text_tensor_is_a_text()
    {
        using var message = new Message();
        byte[] body = Tensors.Binary([["hello", "you é"], [], ["", "{\"stop\":\"end here\"}"]], out int length);
        Assert.Equal(ReadFault.None, Tensors.Request(body, $"{length}", message));
        Assert.Equal(["User: hello", "User: you é", "User: end here"], Chat.Texts(message).Where(t => t.StartsWith("User", StringComparison.Ordinal)));
        Assert.Equal(body, Tensors.Written(message, length, out _));
        body = Tensors.Binary([["hello"]], out length, "outputs");
        Assert.Equal(ReadFault.None, Tensors.Response(body, $"{length}", message, "application/octet-stream"));
        Assert.Contains("Assistant: hello", Chat.Texts(message));
    }

    [Fact]
    public void An_edit_makes_lengths_and_sizes_fit_and_keeps_everything_else()
    {
        using var message = new Message();
        byte[] body = Tensors.Binary([["hello", "my key is ghp_x"], ["other"]], out int length);
        Tensors.Request(body, $"{length}", message);
        Segment secret = message.Segments.Single(s => Encoding.UTF8.GetString(message.Text(s).Span).Contains("ghp", StringComparison.Ordinal));
        message.Replace(secret, 10, 5, "[gone]"u8.ToArray());
        byte[] edited = Tensors.Written(message, length, out int newLength);
        Assert.Equal(length, newLength);
        List<string[]> read = Tensors.Read(edited, newLength);
        Assert.Equal([["hello", "my key is [gone]"], ["other"]], read);
    }

    [Fact]
    public void A_header_that_shrinks_is_filled_and_one_that_grows_says_so()
    {
        using var message = new Message();
        byte[] body = Tensors.Binary([[new string('a', 92)], ["b"]], out int length);
        Tensors.Request(body, $"{length}", message);
        Segment text = message.Segments.Single(s => s.Document < 0 && s.Length == 92);
        message.Replace(text, 0, 1, "[longer]"u8.ToArray());
        byte[] edited = Tensors.Written(message, length, out int newLength);
        Assert.Equal(length + 1, newLength);
        Assert.Equal("[longer]" + new string('a', 91), Tensors.Read(edited, newLength)[0][0]);
        body = Tensors.Binary([[new string('a', 100)], ["b"]], out length);
        Tensors.Request(body, $"{length}", message);
        message.Replace(message.Segments.Single(s => s.Document < 0 && s.Length == 100), 0, 90, ""u8.ToArray());
        edited = Tensors.Written(message, length, out newLength);
        Assert.Equal(length, newLength);
        Assert.Empty(message.FieldsToSet);
        Assert.Equal((byte)' ', edited[length - 1]);
        Assert.Equal(10, Tensors.Read(edited, newLength)[0][0].Length);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Whatever_is_edited_a_server_reads_the_edited_texts(int seed)
    {
        var random = new Random(seed);
        using var message = new Message();
        for (int round = 0; round < 500; round++)
        {
            string[][] tensors = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Enumerable.Range(0, random.Next(0, 4)).Select(_ => Text(random)).ToArray())];
            byte[] body = Tensors.Binary(tensors, out int length);
            Assert.Equal(ReadFault.None, Tensors.Request(body, length.ToString(CultureInfo.InvariantCulture), message));
            string[][] expected = [.. tensors.Select(t => t.ToArray())];
            List<(int Tensor, int Element)> places = [.. tensors.SelectMany((t, i) => t.Select((e, j) => (e, i, j))).Where(p => p.e.Length > 0).Select(p => (p.i, p.j))];
            Segment[] texts = [.. message.Segments.Where(s => s.Document < 0)];
            Assert.Equal(places.Count, texts.Length);
            for (int i = 0; i < texts.Length; i++)
            {
                if (random.Next(2) == 0)
                    continue;
                string before = expected[places[i].Tensor][places[i].Element];
                int start = random.Next(before.Length);
                int count = random.Next(1, before.Length - start + 1);
                string mask = Text(random);
                message.Replace(texts[i], start, count, Encoding.UTF8.GetBytes(mask));
                expected[places[i].Tensor][places[i].Element] = before[..start] + mask + before[(start + count)..];
            }
            byte[] edited = Tensors.Written(message, length, out int newLength);
            Assert.Equal(expected, Tensors.Read(edited, newLength));
        }
    }

    [Theory]
    [InlineData("0 ", ReadFault.HeaderMismatch)]
    [InlineData("-1", ReadFault.HeaderMismatch)]
    [InlineData("+1", ReadFault.HeaderMismatch)]
    [InlineData("", ReadFault.HeaderMismatch)]
    [InlineData("99999", ReadFault.HeaderMismatch)]
    [InlineData("99999999999999", ReadFault.HeaderMismatch)]
    [InlineData("10", ReadFault.NotStrictJson)]
    public void A_header_length_that_does_not_fit_is_refused(string field, ReadFault fault)
    {
        using var message = new Message();
        Assert.Equal(fault, Tensors.Request(Tensors.Binary([["hello"]], out _), field, message));
    }

    [Fact]
    public void Two_header_lengths_are_refused()
    {
        using var message = new Message();
        byte[] body = Tensors.Binary([["hello"]], out int length);
        HttpHead head = new HttpHead().Add(":method", "POST").Add("inference-header-content-length", $"{length}").Add("inference-header-content-length", $"{length}");
        Assert.Equal(ReadFault.HeaderMismatch, KserveDialect.Instance.ReadRequest(head, "/v2/models/m/infer"u8.ToArray(), body, JsonLimits.Default, message));
    }

    [Theory]
    [InlineData("\"shape\":[1]", 9, 0, ReadFault.None)]
    [InlineData("\"shape\":[1]", 9, 1, ReadFault.HeaderMismatch)]
    [InlineData("\"shape\":[1]", 10, 0, ReadFault.HeaderMismatch)]
    [InlineData("\"shape\":[1]", 8, 0, ReadFault.HeaderMismatch)]
    [InlineData("\"shape\":[2]", 9, 0, ReadFault.HeaderMismatch)]
    [InlineData("\"shape\":[0]", 9, 0, ReadFault.HeaderMismatch)]
    [InlineData("\"shape\":[-1]", 9, 0, ReadFault.WrongShape)]
    [InlineData("\"shape\":[1.0]", 9, 0, ReadFault.WrongShape)]
    [InlineData("\"shape\":[65536,65536]", 9, 0, ReadFault.WrongShape)]
    [InlineData("\"note\":0", 9, 0, ReadFault.WrongShape)]
    public void Sizes_that_do_not_fit_are_refused(string shape, int size, int more, ReadFault fault)
    {
        byte[] header = Encoding.UTF8.GetBytes($"{{\"inputs\":[{{\"name\":\"x\",\"datatype\":\"BYTES\",{shape},\"parameters\":{{\"binary_data_size\":{size}}}}}]}}");
        using var message = new Message();
        Assert.Equal(fault, Tensors.Request([.. header, .. Tensors.Element("hello"u8.ToArray()), .. new byte[more]], $"{header.Length}", message));
    }

    [Theory]
    [InlineData("INT32", 2, 8, OpaqueKind.TokenIds, ReadFault.None)]
    [InlineData("INT32", 1, 4, null, ReadFault.None)]
    [InlineData("FP16", 4, 8, OpaqueKind.File, ReadFault.None)]
    [InlineData("BOOL", 2, 2, null, ReadFault.None)]
    [InlineData("INT32", 2, 7, null, ReadFault.HeaderMismatch)]
    [InlineData("STRING", 1, 5, null, ReadFault.WrongShape)]
    public void Other_tensors_are_not_text(string type, int count, int size, OpaqueKind? kind, ReadFault fault)
    {
        byte[] header = Encoding.UTF8.GetBytes($"{{\"inputs\":[{{\"name\":\"x\",\"datatype\":\"{type}\",\"shape\":[{count}],\"parameters\":{{\"binary_data_size\":{size}}}}}]}}");
        using var message = new Message();
        Assert.Equal(fault, Tensors.Request([.. header, .. new byte[size]], $"{header.Length}", message));
        if (fault == ReadFault.None)
            Assert.Equal(kind is null ? [] : [kind.Value], message.Opaque.Select(o => o.Kind));
    }

    [Fact]
    public void Elements_that_are_no_text_are_files()
    {
        byte[] header = "{\"inputs\":[{\"name\":\"x\",\"datatype\":\"BYTES\",\"shape\":[2],\"parameters\":{\"binary_data_size\":14}}]}"u8.ToArray();
        using var message = new Message();
        Assert.Equal(ReadFault.None, Tensors.Request([.. header, .. Tensors.Element([0xFF, 0xD8, 0xFF]), .. Tensors.Element([(byte)'a', 0, (byte)'b'])], $"{header.Length}", message));
        Assert.Equal([OpaqueKind.File, OpaqueKind.File], message.Opaque.Select(o => o.Kind));
    }

    [Fact]
    public void A_raw_body_is_one_text_unless_it_could_be_one_behind_its_length()
    {
        using var message = new Message();
        Assert.Equal(ReadFault.None, Tensors.Request("just words"u8.ToArray(), "0", message));
        Assert.Equal(["User: just words"], Chat.Texts(message));
        Assert.Equal(ReadFault.Ambiguous, Tensors.Request(Tensors.Element("hello"u8.ToArray()), "0", message));
        Assert.Equal(ReadFault.None, Tensors.Request([0xFF, 0xD8], "0", message));
        Assert.Equal(OpaqueKind.File, Assert.Single(message.Opaque).Kind);
        Assert.Equal(ReadFault.UnexpectedBody, Tensors.Request([], "0", message));
    }

    private static string Text(Random random) => new([.. Enumerable.Range(0, random.Next(0, 120)).Select(_ => (char)('a' + random.Next(26)))]);
}
