using EnvoyExtAuthz.Engine.Audit;
using EnvoyExtAuthz.Identity;
using EnvoyExtAuthz.Policy;

namespace EnvoyExtAuthz.Engine.Tests;

public sealed class AuditTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("audit-").FullName;

    private string File => Path.Combine(_folder, "audit.jsonl");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_was_written_verifies_also_over_a_restart()
    {
        await Write(50);
        await Write(30);
        AuditReport report = AuditVerifier.Verify(AuditFiles.Of(File));
        Assert.Null(report.Fault);
        Assert.Equal((80, 1, 80), (report.Lines, report.First, report.Last));
    }

    [Theory]
    [InlineData("changed")]
    [InlineData("removed")]
    [InlineData("moved")]
    [InlineData("added")]
    public async Task A_line_that_was_tampered_with_is_found(string how)
    {
        await Write(10);
        List<string> lines = [.. await System.IO.File.ReadAllLinesAsync(File, TestContext.Current.CancellationToken)];
        switch (how)
        {
            case "changed":
                lines[4] = lines[4].Replace("\"allowed\"", "\"refused\"", StringComparison.Ordinal);
                break;
            case "removed":
                lines.RemoveAt(4);
                break;
            case "moved":
                (lines[4], lines[5]) = (lines[5], lines[4]);
                break;
            default:
                lines.Insert(4, lines[4]);
                break;
        }
        await System.IO.File.WriteAllLinesAsync(File, lines, TestContext.Current.CancellationToken);
        AuditReport report = AuditVerifier.Verify(AuditFiles.Of(File));
        Assert.Contains("audit.jsonl:", report.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Full_files_are_moved_aside_and_the_chain_goes_through_them()
    {
        await Write(100, new AuditOptions(File) { FileBytes = 8192, FilesKept = 100 });
        Assert.True(AuditFiles.Of(File).Count > 2);
        AuditReport report = AuditVerifier.Verify(AuditFiles.Of(File));
        Assert.Null(report.Fault);
        Assert.Equal(100, report.Lines);
    }

    [Fact]
    public async Task Only_as_many_full_files_are_kept_as_asked_for()
    {
        await Write(100, new AuditOptions(File) { FileBytes = 8192, FilesKept = 2 });
        Assert.InRange(AuditFiles.Of(File).Count, 2, 3);
        Assert.Null(AuditVerifier.Verify(AuditFiles.Of(File)).Fault);
    }

    [Fact]
    public async Task Half_a_line_left_by_a_crash_is_taken_away()
    {
        await Write(3);
        await System.IO.File.AppendAllTextAsync(File, "{\"seq\":4,\"v\":1", TestContext.Current.CancellationToken);
        await Write(1);
        AuditReport report = AuditVerifier.Verify(AuditFiles.Of(File));
        Assert.Null(report.Fault);
        Assert.Equal(4, report.Lines);
    }

    [Fact]
    public async Task On_a_full_disk_the_log_says_so()
    {
        Assert.SkipUnless(System.IO.File.Exists("/dev/full"), "needs /dev/full");
        await using var log = new AuditLog(new AuditOptions("/dev/full"), TimeProvider.System);
        log.Record(ADecision());
        for (int i = 0; i < 200 && log.Available; i++)
            await Task.Delay(10, TestContext.Current.CancellationToken);
        Assert.False(log.Available);
    }

    [Theory]
    [InlineData("search", "search")]
    [InlineData("crm.read_customer", "crm.read_customer")]
    [InlineData("my card is 4111 1111 1111 1111", "sha256:")]
    [InlineData("", "sha256:")]
    public void A_tools_name_that_is_no_identifier_is_hashed(string name, string shown) =>
        Assert.StartsWith(shown, AuditLine.ShownName(name), StringComparison.Ordinal);

    private static Decision ADecision() => new()
    {
        EventId = Guid.NewGuid(),
        Outcome = Outcome.Allowed,
        Direction = Direction.Request,
        Caller = Caller.Unauthenticated,
        Route = "llm",
        Dialect = "openai-chat",
    };

    private async Task Write(int lines, AuditOptions? options = null)
    {
        await using var log = new AuditLog(options ?? new AuditOptions(File), TimeProvider.System);
        for (int i = 0; i < lines; i++)
            Assert.True(log.Record(ADecision()));
    }
}
