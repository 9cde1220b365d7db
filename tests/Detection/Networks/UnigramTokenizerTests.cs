using System.Text;
using System.Text.Json;
using EnvoyExtAuthz.Detection.Networks;
using EnvoyExtAuthz.Testing;

namespace EnvoyExtAuthz.Detection.Tests.Networks;

public sealed class UnigramTokenizerTests
{
    private static readonly PieceTable Table = PieceTable.Read(NetworkFiles.Pieces());

    private struct Kept(List<int> pieces) : UnigramTokenizer.ISink
    {
        public readonly void Add(int piece) => pieces.Add(piece);
    }

    private static List<int> Pieces(ReadOnlySpan<byte> text)
    {
        var pieces = new List<int>();
        var kept = new Kept(pieces);
        new UnigramTokenizer(Table).Segment(text, ref kept);
        return pieces;
    }

    [Fact]
    public void Segments_as_the_reference_does()
    {
        string? golden = SharedFolder.Find("data", "models", "multilingual-e5-small", "golden.jsonl.xz");
        Assert.SkipWhen(golden is null, "needs ../shared/data/models");
        using var xz = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("xz", ["-dc", golden!]) { RedirectStandardOutput = true })!;
        int texts = 0;
        while (xz.StandardOutput.ReadLine() is { } line)
        {
            using var row = JsonDocument.Parse(line);
            Assert.Equal(row.RootElement.GetProperty("ids").EnumerateArray().Select(i => i.GetInt32()), Pieces(Encoding.UTF8.GetBytes(row.RootElement.GetProperty("text").GetString()!)));
            texts++;
        }
        Assert.Equal(50, texts);
    }

    [Fact]
    public void Any_bytes_are_segmented_in_linear_time_without_allocating()
    {
        var random = new Random(1);
        byte[] bytes = new byte[1 << 16];
        random.NextBytes(bytes);
        Assert.NotEmpty(Pieces(bytes));
        Assert.NotEmpty(Pieces(Encoding.UTF8.GetBytes(new string('漢', 20_000))));
        Assert.Empty(Pieces([]));
        Assert.Empty(Pieces([0x01, 0x02]));
        Assert.Single(Pieces("   "u8));
    }

    [Fact]
    public void A_damaged_table_is_refused()
    {
        byte[] file = NetworkFiles.Pieces();
        Assert.Throws<InvalidDataException>(() => PieceTable.Read(file.AsSpan(0, 20)));
        Assert.Throws<InvalidDataException>(() => PieceTable.Read(file.AsSpan(0, file.Length - 1)));
        Assert.Throws<InvalidDataException>(() => PieceTable.Read("EXAPIEC1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"u8));
    }
}

internal static class NetworkFiles
{
    public static string Folder { get; } = Path.Combine(SharedFolder.Repository, "models", "injection-network");

    public static byte[] Pieces() => File.ReadAllBytes(Path.Combine(Folder, "pieces.bin"));
}
