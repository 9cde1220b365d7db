using System.Security.Cryptography;
using EnvoyExtAuthz.Policy.Yaml;

namespace EnvoyExtAuthz.Policy;

/// <summary>A file that a policy names, as it was when the policy was compiled.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Hash">SHA-256 of its bytes, lower-case hexadecimal; empty if it could not be read.</param>
public sealed record PolicyFile(string Path, string Hash)
{
    /// <summary>The file as it is now.</summary>
    internal PolicyFile Now() => Of(Path, BoundedFile.Read(Path, "", out _));

    internal static PolicyFile Of(string path, byte[]? content) => new(path, content is null ? "" : Convert.ToHexStringLower(SHA256.HashData(content)));
}

/// <summary>
/// Reads the files that a policy names beside itself (descriptor sets, OpenAPI documents): from its folder and nowhere else, each
/// at most as large as a policy. Remembers them, so that a change of one is a change of the policy.
/// </summary>
/// <param name="folder">The policy's folder; null where the policy is no file.</param>
internal sealed class PolicyFiles(string? folder)
{
    private readonly List<PolicyFile> _named = [];

    /// <summary>What was read, or could not be.</summary>
    public IReadOnlyList<PolicyFile> Named => _named;

    /// <summary>Reads a file.</summary>
    /// <param name="name">As the policy names it.</param>
    /// <param name="fault">Why it cannot be read, in a sentence; empty if it can.</param>
    public byte[]? Read(string name, out string fault)
    {
        fault = folder is null ? "Only a policy that is a file can name files."
            : Path.IsPathRooted(name) || name.Split('/', '\\').Contains("..") ? "Files stand in the policy's folder or below: name them from there."
            : "";
        if (fault.Length > 0)
            return null;
        string path = Path.Combine(folder!, name);
        byte[]? content = BoundedFile.Read(path, $"The file `{Shown.Of(name)}`", out string? unread);
        _named.Add(PolicyFile.Of(path, content));
        fault = unread ?? (content!.Length > YamlTree.MaxBytes ? $"The file `{Shown.Of(name)}` is larger than {YamlTree.MaxBytes >> 20} MiB." : "");
        return fault.Length > 0 ? null : content;
    }
}
