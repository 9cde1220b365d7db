using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Dialects.Kserve;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.Kserve;

/// <summary>Bodies of the binary tensor extension, written and read apart from the filter.</summary>
internal static class Tensors
{
    public static ReadFault Request(string body, Message message, string path = "/v2/models/m/infer") => Request(Encoding.UTF8.GetBytes(body), null, message, path);

    /// <summary>Reads a request; with a header length, as a binary one.</summary>
    public static ReadFault Request(byte[] body, string? headerLength, Message message, string path = "/v2/models/m/infer", string method = "POST")
    {
        message.Clear();
        message.Dialect = KserveDialect.Instance;
        HttpHead head = new HttpHead().Add(":method", method).Add(":path", path);
        if (headerLength is not null)
            head.Add("inference-header-content-length", headerLength);
        return KserveDialect.Instance.ReadRequest(head, Encoding.UTF8.GetBytes(path), body, JsonLimits.Default, message);
    }

    public static ReadFault Response(byte[] body, string? headerLength, Message message, string contentType = "application/json", int status = 200, string path = "/v2/models/m/infer")
    {
        using var request = new Message();
        Request("{\"inputs\":[]}", request, path);
        message.Clear();
        message.Dialect = KserveDialect.Instance;
        HttpHead head = new HttpHead().Add(":status", status.ToString(CultureInfo.InvariantCulture)).Add("content-type", contentType);
        if (headerLength is not null)
            head.Add("inference-header-content-length", headerLength);
        return KserveDialect.Instance.ReadResponse(request, head, body, JsonLimits.Default, message);
    }

    /// <summary>A body of text tensors in binary form.</summary>
    /// <param name="tensors">The elements of each tensor.</param>
    /// <param name="headerLength">Bytes of its JSON text.</param>
    /// <param name="list"><c>inputs</c> or <c>outputs</c>.</param>
    public static byte[] Binary(string[][] tensors, out int headerLength, string list = "inputs")
    {
        var entries = new List<string>();
        var behind = new List<byte>();
        for (int i = 0; i < tensors.Length; i++)
        {
            int before = behind.Count;
            foreach (string element in tensors[i])
                behind.AddRange(Element(Encoding.UTF8.GetBytes(element)));
            entries.Add($$$"""{"name":"t{{{i}}}","shape":[{{{tensors[i].Length}}}],"datatype":"BYTES","parameters":{"binary_data_size":{{{behind.Count - before}}}}}""");
        }
        byte[] header = Encoding.UTF8.GetBytes($"{{\"id\":\"1\",\"{list}\":[{string.Join(',', entries)}]}}");
        headerLength = header.Length;
        return [.. header, .. behind];
    }

    public static byte[] Element(byte[] bytes)
    {
        var element = new byte[sizeof(uint) + bytes.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(element, (uint)bytes.Length);
        bytes.CopyTo(element, sizeof(uint));
        return element;
    }

    /// <summary>Reads a binary body plainly, as a server does.</summary>
    public static List<string[]> Read(byte[] body, int headerLength, string list = "inputs")
    {
        using JsonDocument header = JsonDocument.Parse(body.AsMemory(0, headerLength));
        var tensors = new List<string[]>();
        int at = headerLength;
        foreach (JsonElement tensor in header.RootElement.GetProperty(list).EnumerateArray())
        {
            int end = at + tensor.GetProperty("parameters").GetProperty("binary_data_size").GetInt32();
            var elements = new List<string>();
            while (at < end)
            {
                int length = (int)BinaryPrimitives.ReadUInt32LittleEndian(body.AsSpan(at));
                elements.Add(Encoding.UTF8.GetString(body, at + sizeof(uint), length));
                at += sizeof(uint) + length;
            }
            Assert.Equal(end, at);
            tensors.Add([.. elements]);
        }
        Assert.Equal(body.Length, at);
        return tensors;
    }

    /// <summary>The edited body, and the length of its JSON text as the header field says afterwards.</summary>
    public static byte[] Written(Message message, int headerLength, out int newHeaderLength)
    {
        Assert.True(KserveDialect.Instance.TryWrite(message, out byte[] edited));
        newHeaderLength = headerLength;
        foreach ((string name, string value) in message.FieldsToSet)
        {
            Assert.Equal("inference-header-content-length", name);
            newHeaderLength = int.Parse(value, CultureInfo.InvariantCulture);
        }
        return edited;
    }
}
