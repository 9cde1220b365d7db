using System.Text;
using EnvoyExtAuthz.Detection;

namespace EnvoyExtAuthz.Tests.Detection.Recognition;

public class CostTests
{
    private const int Total = 1 << 20;

    /// <summary>Texts made to be read again and again.</summary>
    public static TheoryData<string> Repeated => new(
        "ghp_", "ghp_16C7e42F292c6912E7710c838347Ae178B4a ", "sk-", "1", "1 ", "4111 ", "4", "4 ", "12-", "1.", "@", "a@", "a@b.cd", "a@b.cd@", "+", "+4 ", "(", "-----BEGIN ", "-----BEGIN PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----\nMIIE",
        "-----BEGIN PRIVATE KEY-----\nMIIE-", "eyJ", "eyJ.", "eyJhbGciOiJIUzI1NiJ9.", "://", "a://b:", "a://b:c@", "password", "password:", "password=\"", "bearer ", "2001:", "DE89", "DE89 ", "phone 0", "card 4111", "\\n", "é",
        "datadog ", "datadog_", "okta=00", "discord:a.", "tax id 1 ", "tax id 1", "nif A1", "passport AB-1", "driver license 1", "bic ", "swift code:", "bic:AAAAAA", "\"d\":\"", "Private-Lines:", "SA", "xprv", "1//0", "-us1", "a8Q~", "eth 0x", "bc1q", "T1", "AB ");

    [Theory]
    [MemberData(nameof(Repeated))]
    public void A_hostile_text_is_read_a_bounded_number_of_times(string unit)
    {
        byte[] text = Repeat(unit, Total);
        long whole = Recognisers.Reads(text, Recognised.Everything);
        long half = Recognisers.Reads(text.AsSpan(0, Total / 2), Recognised.Everything);
        Assert.InRange(whole, Total, 250L * Total);
        Assert.InRange((double)whole / half, 1.8, 2.2);
    }

    [Theory]
    [MemberData(nameof(Repeated))]
    public void A_hostile_stream_holds_no_more_than_its_bound(string unit)
    {
        byte[] text = Repeat(unit, 1 << 17);
        using var running = new RunningText(Recognised.Everything);
        var found = new List<Finding>();
        for (int at = 0; at < text.Length; at += 997)
        {
            running.Append(text.AsSpan(at, Math.Min(997, text.Length - at)));
            Assert.InRange(Math.Min(text.Length, at + 997) - running.SettledLength, 0, (2 * Recognisers.MaxFindingBytes) + 997);
        }
        running.Finish();
        running.Drain(found);
        Assert.Equal(Recognised.Findings(text), found);
    }

    [Fact]
    public void An_ordinary_text_is_read_without_allocating()
    {
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("On 2024-05-17 order 4123456789012 left (by 12:30) for müller.example; see https://example.org/a?b=1, version 1.2.3.4 & password rules. ", 40)))[..4096];
        var found = new List<Finding>();
        using var running = new RunningText(Recognised.Everything);
        long allocated = long.MaxValue;
        // The first rounds make tables, rent buffers and compile.
        for (int round = 0; round < 50 && allocated > 0; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            found.Clear();
            Recognisers.Find(text, Recognised.Everything, found);
            Recognisers.Settled(text, Recognised.Everything);
            for (int at = 0; at < text.Length; at += 16)
            {
                running.Append(text.AsSpan(at, 16));
                running.Drain(found);
            }
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }
        Assert.Empty(found);
        Assert.Equal(0, allocated);
    }

    private static byte[] Repeat(string unit, int total)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(unit);
        var text = new byte[total];
        for (int i = 0; i < total; i++)
            text[i] = bytes[i % bytes.Length];
        return text;
    }
}
