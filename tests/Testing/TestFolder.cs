namespace EnvoyExtAuthz.Testing;

/// <summary>
/// A folder of a test's own, deleted with it. Its path is short on purpose: a Unix socket's path may have only 107 bytes
/// (<c>sun_path</c>, unix(7)).
/// </summary>
public sealed class TestFolder : IDisposable
{
    /// <summary>Makes the folder.</summary>
    public TestFolder()
    {
        Root = System.IO.Path.Combine("/tmp", "xa" + Guid.NewGuid().ToString("N")[..10]);
        Directory.CreateDirectory(Root);
    }

    /// <summary>The folder's absolute path.</summary>
    public string Root { get; }

    /// <summary>The path of a file in the folder.</summary>
    /// <param name="name">The file's name.</param>
    public string Path(string name) => System.IO.Path.Combine(Root, name);

    /// <summary>Writes a text file into the folder.</summary>
    /// <param name="name">The file's name.</param>
    /// <param name="text">What it holds.</param>
    /// <returns>Its absolute path.</returns>
    public string Write(string name, string text)
    {
        File.WriteAllText(Path(name), text);
        return Path(name);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Directory.Exists(Root))
            Directory.Delete(Root, recursive: true);
    }
}
