using EnvoyExtAuthz.Policy.Yaml;

namespace EnvoyExtAuthz.Policy;

/// <summary>Reads files that an operator names.</summary>
internal static class BoundedFile
{
    /// <summary>Reads a file to its end, but at most one byte more than a policy can hold.</summary>
    /// <param name="file">Its path.</param>
    /// <param name="what">What it is, to begin a sentence with.</param>
    /// <param name="fault">Why it cannot be read, in a sentence; null if it can.</param>
    public static byte[]? Read(string file, string what, out string? fault)
    {
        fault = null;
        try
        {
            using FileStream stream = File.OpenRead(file);
            using var content = new MemoryStream();
            var piece = new byte[64 << 10];
            while (content.Length <= YamlTree.MaxBytes && stream.Read(piece) is > 0 and int read)
                content.Write(piece, 0, Math.Min(read, YamlTree.MaxBytes + 1 - (int)content.Length));
            return content.ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            fault = e switch
            {
                FileNotFoundException or DirectoryNotFoundException => $"{what} is not there.",
                UnauthorizedAccessException => $"{what} may not be read.",
                _ => $"{what} cannot be read ({e.GetType().Name}).",
            };
            return null;
        }
    }
}
