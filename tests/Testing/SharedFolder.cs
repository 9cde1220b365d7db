namespace EnvoyExtAuthz.Testing;

/// <summary>Finds this repository and the folder of vectors, data and tools beside it.</summary>
public static class SharedFolder
{
    /// <summary>The repository's root: the nearest folder above the test that holds the solution.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>The <c>shared</c> folder beside the repository, or null where there is none.</summary>
    public static string? Root { get; } = Path.GetFullPath(Path.Combine(Repository, "..", "shared")) is var folder && Directory.Exists(folder) ? folder : null;

    /// <summary>A file or folder in <c>shared</c>, or null where it is missing.</summary>
    public static string? Find(params string[] parts)
    {
        if (Root is null)
            return null;
        string path = Path.Combine([Root, .. parts]);
        return Path.Exists(path) ? path : null;
    }

    private static string FindRepository()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "EnvoyExtAuthz.sln")))
                return folder.FullName;
        }
        throw new DirectoryNotFoundException("EnvoyExtAuthz.sln is in no folder above the tests.");
    }
}
