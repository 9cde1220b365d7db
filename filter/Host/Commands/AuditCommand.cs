using System.CommandLine;
using System.Globalization;
using EnvoyExtAuthz.Engine.Audit;

namespace EnvoyExtAuthz.Host.Commands;

/// <summary><c>audit verify</c>: proves that an audit log is whole.</summary>
internal static class AuditCommand
{
    public static Command Make()
    {
        var file = new Argument<FileInfo>("file") { Description = "The audit file; full files beside it (FILE.NUMBER) are read first." };
        var head = new Option<string?>("--head") { Description = "Hash that the newest line must have, as /version shows it: shows lines cut off at the end." };
        var verify = new Command("verify", "Verify the hash chain of an audit log: nothing changed, removed, added or moved. Exit code 1 if it is broken.") { file, head };
        verify.SetAction(parsed => Verify(parsed.GetValue(file)!, parsed.GetValue(head)));
        return new Command("audit", "Work with audit logs.") { verify };
    }

    private static int Verify(FileInfo file, string? head)
    {
        IReadOnlyList<string> files = AuditFiles.Of(file.FullName);
        if (files.Count == 0)
        {
            Console.Error.WriteLine($"{file.Name}: no such audit log");
            return ExitCodes.Usage;
        }
        AuditReport report = Terminal.Watch("verifying", progress => AuditVerifier.Verify(files, progress));
        if (report.Fault is null && head is not null && head != report.Head)
            report = report with { Fault = $"the newest line is {report.Last} with another hash than the one given: lines are missing at the end" };
        string lines = string.Create(CultureInfo.InvariantCulture, $"{report.Lines} lines, {report.First} to {report.Last}, in {files.Count} files, head {report.Head}");
        Console.WriteLine(report.Fault is null ? $"ok: {lines}" : $"BROKEN: {report.Fault}\nwhole up to there: {lines}");
        return report.Fault is null ? ExitCodes.Ok : ExitCodes.Failed;
    }
}
