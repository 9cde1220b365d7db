using System.Globalization;
using System.Text;
using EnvoyExtAuthz.Dialects.Plain;
using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Testing.Origin;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Tests;

/// <summary>
/// Everything that was recorded from live APIs, each read by the dialect that claims its path: how much of the text has a known
/// role, and what no dialect reads.
/// </summary>
public sealed class RecordedCoverageTests(ITestOutputHelper output)
{
    private const double KnownShare = 0.97;

    private sealed record Tally
    {
        public int Exchanges { get; set; }

        public int Unclaimed { get; set; }

        public long Known { get; set; }

        public long Unknown { get; set; }

        public List<string> Faults { get; } = [];
    }

    [Fact]
    public void Nearly_all_text_of_recorded_exchanges_has_a_known_role()
    {
        string? folder = SharedFolder.Find("vectors", "llm");
        Assert.SkipWhen(folder is null, "needs ../shared/vectors/llm");
        var tallies = new SortedDictionary<string, Tally>(StringComparer.Ordinal);
        foreach (string file in Directory.GetFiles(folder!, "*.jsonl"))
        {
            Tally tally = tallies[Path.GetFileNameWithoutExtension(file)] = new Tally();
            foreach (RecordedExchange recorded in RecordedExchange.Load(Path.GetFileNameWithoutExtension(file)))
                Read(recorded, tally);
        }
        output.WriteLine("provider        exchanges  unclaimed  known text bytes  unknown    share  faults");
        foreach ((string provider, Tally tally) in tallies)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{provider,-15} {tally.Exchanges,9} {tally.Unclaimed,10} {tally.Known,17} {tally.Unknown,8} {Share(tally),8:P1}  {string.Join("; ", tally.Faults)}"));
        long known = tallies.Values.Sum(t => t.Known), all = known + tallies.Values.Sum(t => t.Unknown);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"all: {tallies.Values.Sum(t => t.Exchanges)} exchanges, {tallies.Values.Sum(t => t.Unclaimed)} on paths that no dialect claims, {(double)known / all:P2} of {all} text bytes in a known role"));
        Assert.Equal(905, tallies.Values.Sum(t => t.Exchanges));
        Assert.True((double)known / all >= KnownShare, $"{(double)known / all:P2}");
        // What is not read is not readable: broken recordings, each of them no JSON at all.
        Assert.All(tallies.Values.SelectMany(t => t.Faults), f => Assert.Contains("NotStrictJson", f, StringComparison.Ordinal));
    }

    private static double Share(Tally tally) => tally.Known + tally.Unknown == 0 ? 1 : (double)tally.Known / (tally.Known + tally.Unknown);

    private static void Read(RecordedExchange recorded, Tally tally)
    {
        tally.Exchanges++;
        var head = new HttpHead();
        head.Add(":method", recorded.Method).Add(":path", recorded.Path);
        foreach (KeyValuePair<string, string> field in recorded.RequestHeaders)
            head.Add(field.Key.ToLowerInvariant(), field.Value);
        head.EndOfStream = recorded.RequestBody.Length == 0;
        Assert.True(RequestPath.TryNormalise(Encoding.UTF8.GetBytes(recorded.Path), out ReadOnlyMemory<byte> path, out _), recorded.Path);
        Dialect dialect = DialectRegistry.Recognise(head.Method.Span, path.Span) ?? PlainDialect.Instance;
        if (dialect == PlainDialect.Instance)
        {
            tally.Unclaimed++;
            return;
        }
        using var request = new Message();
        request.Dialect = dialect;
        ReadFault fault = dialect.ReadRequest(head, path, recorded.RequestBody, JsonLimits.Default, request);
        if (fault != ReadFault.None)
        {
            tally.Faults.Add($"{recorded.Name}: request {fault}");
            return;
        }
        Count(request, tally);
        ReadAnswer(recorded, dialect, request, tally);
    }

    private static void ReadAnswer(RecordedExchange recorded, Dialect dialect, Message request, Tally tally)
    {
        var head = new HttpHead();
        head.Add(":status", recorded.Status.ToString(CultureInfo.InvariantCulture));
        foreach (KeyValuePair<string, string> field in recorded.ResponseHeaders)
            head.Add(field.Key.ToLowerInvariant(), field.Value);
        byte[] body = Encoding.ASCII.GetString(head.First("content-encoding").Span) == "gzip" ? Gunzip(recorded.ResponseBody) : recorded.ResponseBody;
        using var message = new Message();
        message.Dialect = dialect;
        ReadFault fault = ReadFault.None;
        if (body.Length > 0 && dialect.OpenStream(request, head) is { } stream)
        {
            using (stream)
            using (EventFramer framer = stream.CreateFramer(8 << 20))
            {
                framer.Push(body);
                FrameStep step;
                while (fault == ReadFault.None && (step = framer.Next(out EventFrame frame)) != FrameStep.NeedMore)
                    fault = step == FrameStep.Frame ? ReadEvent(stream, frame, message, tally) : ReadFault.BrokenStream;
                if (fault == ReadFault.None && framer.Flush(out EventFrame last) == FrameStep.Frame)
                    fault = ReadEvent(stream, last, message, tally);
            }
        }
        else
        {
            fault = dialect.ReadResponse(request, head, body, JsonLimits.Default, message);
            if (fault == ReadFault.None)
                Count(message, tally);
        }
        if (fault != ReadFault.None)
            tally.Faults.Add($"{recorded.Name}: response {fault}");
    }

    private static ReadFault ReadEvent(EventStream stream, in EventFrame frame, Message message, Tally tally)
    {
        message.Clear();
        ReadFault fault = stream.Read(frame, JsonLimits.Default, message);
        Count(message, tally);
        return fault;
    }

    private static void Count(Message message, Tally tally)
    {
        foreach (Segment segment in message.Segments)
        {
            if (segment.Role == TextRole.Unknown)
                tally.Unknown += segment.Length;
            else
                tally.Known += segment.Length;
        }
    }

    private static byte[] Gunzip(byte[] body)
    {
        using var plain = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(new MemoryStream(body), System.IO.Compression.CompressionMode.Decompress))
            gzip.CopyTo(plain);
        return plain.ToArray();
    }
}
