using System.Text;
using System.Text.Json;
using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Clients.Tests;

/// <summary>The framer of AWS event streams against AWS' own codec (<c>@smithy/eventstream-codec</c>), both ways.</summary>
public sealed class EventStreamCodecTests
{
    [Fact]
    public async Task What_one_writes_the_other_reads()
    {
        NodeProcess.Require();
        byte[] wrapped = AwsEventFramer.Write(isException: false, "chunk"u8, "{\"bytes\":\"e30=\",\"p\":\"abc\"}"u8);
        using var framer = new AwsEventFramer(1 << 20, unwrapsChunks: true);
        framer.Push(wrapped);
        Assert.Equal(FrameStep.Frame, framer.Next(out EventFrame frame));
        byte[] edited = framer.Rewrite(frame, "{\"text\":\"é\"}"u8);
        byte[] denied = AwsEventFramer.Write(isException: true, "validationException"u8, "{\"message\":\"no\"}"u8);

        JsonElement seen = await NodeProcess.Run("eventstream-codec.mjs", [.. new[] { wrapped, edited, denied }.Select(Convert.ToHexStringLower)]);

        string[] read = [.. seen.GetProperty("read").EnumerateArray().Select(m => m.GetRawText())];
        Assert.Equal("""{"headers":{":event-type":"chunk",":content-type":"application/json",":message-type":"event"},"payload":"{\"bytes\":\"e30=\",\"p\":\"abc\"}"}""", read[0]);
        Assert.Equal("{\"bytes\":\"" + Convert.ToBase64String("{\"text\":\"é\"}"u8) + "\",\"p\":\"abc\"}", seen.GetProperty("read")[1].GetProperty("payload").GetString());
        Assert.Equal("""{"headers":{":exception-type":"validationException",":content-type":"application/json",":message-type":"exception"},"payload":"{\"message\":\"no\"}"}""", read[2]);
        Dictionary<string, byte[]> written = seen.GetProperty("written").EnumerateObject().ToDictionary(p => p.Name, p => Convert.FromHexString(p.Value.GetString()!));

        // The published vectors: whole messages, but none says of what type it is, which no client of a service takes.
        Assert.Equal("000000100000000005c248eb7d98c8ff", Convert.ToHexStringLower(written["empty_message"]));
        Assert.Equal("0000001d00000000fd528c5a7b27666f6f273a27626172277dc3653936", Convert.ToHexStringLower(written["payload_no_headers"]));
        foreach (string vector in (string[])["empty_message", "payload_no_headers", "payload_one_str_header", "int32_header", "all_headers"])
            Assert.Equal((vector, FrameStep.Broken), (vector, Read(written[vector], out _)));
        Assert.Equal(FrameStep.Frame, Read(written["event"], out EventFrame all));
        Assert.Equal("chunk|{'foo':'bar'}", Encoding.UTF8.GetString(all.Event.Span) + "|" + Encoding.UTF8.GetString(all.Data.Span));
        Assert.Contains("I'm a little teapot!", Encoding.UTF8.GetString(all.Comments.Span), StringComparison.Ordinal);
        // corrupted_length, corrupted_header_len, corrupted_headers, corrupted_payload and all others.
        for (int at = 0; at < written["event"].Length; at++)
        {
            byte[] corrupted = [.. written["event"]];
            corrupted[at] ^= 0x21;
            Assert.Equal(FrameStep.Broken, Read(corrupted, out _));
        }
    }

    private static FrameStep Read(byte[] message, out EventFrame frame)
    {
        var framer = new AwsEventFramer(1 << 20, unwrapsChunks: false);
        framer.Push(message);
        return framer.Next(out frame);
    }
}
