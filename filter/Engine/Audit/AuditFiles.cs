using System.Globalization;

namespace EnvoyExtAuthz.Engine.Audit;

/// <summary>The files of an audit log: the one being written and the full ones beside it, named <c>FILE.first-number</c>.</summary>
public static class AuditFiles
{
    private const int LongestLine = 1 << 20;

    /// <summary>All files of a log, oldest first, the current one last.</summary>
    public static IReadOnlyList<string> Of(string file)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        string name = Path.GetFileName(file);
        var files = new List<string>();
        if (Directory.Exists(folder))
            files.AddRange(Directory.EnumerateFiles(folder, name + ".*").Where(f => long.TryParse(f.AsSpan(f.LastIndexOf('.') + 1), CultureInfo.InvariantCulture, out _)).Order(StringComparer.Ordinal));
        if (File.Exists(file))
            files.Add(Path.GetFullPath(file));
        return files;
    }

    /// <summary>Opens the current file for appending.</summary>
    public static FileStream Open(string file) => new(file, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);

    /// <summary>Where a chain goes on: number and hash of its last line. A line cut off by a crash is taken away.</summary>
    /// <exception cref="InvalidDataException">The last whole line is no line of a chain.</exception>
    public static (long Sequence, string Hash) Resume(string file)
    {
        foreach (string candidate in Of(file).Reverse())
        {
            if (LastLine(candidate) is not { } line)
                continue;
            if (!AuditChain.TryRead(line, out long sequence, out _, out string hash))
                throw new InvalidDataException($"{Path.GetFileName(candidate)}: the last line is not a line of the audit chain; move the file away or verify it.");
            return (sequence, hash);
        }
        return (0, AuditChain.Genesis);
    }

    /// <summary>Moves the current file aside and removes the oldest beyond those to keep.</summary>
    public static void Rotate(AuditOptions options)
    {
        long first = FirstSequence(options.File);
        File.Move(options.File, string.Create(CultureInfo.InvariantCulture, $"{options.File}.{first:D12}"), overwrite: false);
        IReadOnlyList<string> files = Of(options.File);
        for (int i = 0; i < files.Count - options.FilesKept; i++)
            File.Delete(files[i]);
    }

    private static long FirstSequence(string file)
    {
        using StreamReader reader = new(file);
        string line = reader.ReadLine() ?? "";
        return AuditChain.TryRead(System.Text.Encoding.UTF8.GetBytes(line), out long sequence, out _, out _) ? sequence : 0;
    }

    private static byte[]? LastLine(string file)
    {
        using FileStream stream = new(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        long tail = Math.Min(stream.Length, 2L * LongestLine);
        var bytes = new byte[tail];
        stream.Position = stream.Length - tail;
        stream.ReadExactly(bytes);
        int end = bytes.AsSpan().LastIndexOf((byte)'\n');
        if (end < bytes.Length - 1)
            stream.SetLength(stream.Length - (bytes.Length - 1 - end));
        if (end < 0)
            return null;
        int start = bytes.AsSpan(0, end).LastIndexOf((byte)'\n') + 1;
        return bytes[start..end];
    }
}
