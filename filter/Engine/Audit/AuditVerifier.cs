using System.Globalization;

namespace EnvoyExtAuthz.Engine.Audit;

/// <summary>What verifying a chain gave.</summary>
/// <param name="Lines">Lines read.</param>
/// <param name="First">Number of the first line.</param>
/// <param name="Last">Number of the last line.</param>
/// <param name="Head">Hash of the last line.</param>
/// <param name="Fault">What is wrong, with file and line; null if nothing is.</param>
public readonly record struct AuditReport(long Lines, long First, long Last, string Head, string? Fault);

/// <summary>Verifies audit files: every line's own hash, and that each follows the one before.</summary>
public static class AuditVerifier
{
    /// <summary>Verifies files that follow each other.</summary>
    /// <param name="files">Oldest first.</param>
    /// <param name="progress">Told the share done, 0 to 1; may be null.</param>
    /// <param name="cancelled">Stops between lines.</param>
    public static AuditReport Verify(IReadOnlyList<string> files, IProgress<double>? progress = null, CancellationToken cancelled = default)
    {
        long lines = 0, first = 0, last = 0;
        string head = "";
        long bytesDone = 0;
        long bytesAll = Math.Max(1, files.Sum(f => new FileInfo(f).Length));
        foreach (string file in files)
        {
            long number = 0;
            foreach (byte[] line in Lines(file))
            {
                cancelled.ThrowIfCancellationRequested();
                number++;
                string place = string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(file)}:{number}");
                if (!AuditChain.TryRead(line, out long sequence, out string previous, out string hash))
                    return new AuditReport(lines, first, last, head, $"{place}: the line was changed or is no audit line");
                if (lines > 0 && (previous != head || sequence != last + 1))
                    return new AuditReport(lines, first, last, head, $"{place}: line {sequence} does not follow line {last}: lines were removed, added or moved");
                if (lines == 0)
                    first = sequence;
                last = sequence;
                head = hash;
                lines++;
                bytesDone += line.Length + 1;
                if ((lines & 1023) == 0)
                    progress?.Report((double)bytesDone / bytesAll);
            }
        }
        progress?.Report(1);
        return new AuditReport(lines, first, last, head, null);
    }

    private static IEnumerable<byte[]> Lines(string file)
    {
        using StreamReader reader = new(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite), new System.Text.UTF8Encoding(false, true));
        while (reader.ReadLine() is { } line)
            yield return System.Text.Encoding.UTF8.GetBytes(line);
    }
}
