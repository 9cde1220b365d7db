using System.Security.Cryptography;
using EnvoyExtAuthz.Policy.Compiled;
using EnvoyExtAuthz.Policy.Language;
using EnvoyExtAuthz.Policy.Yaml;

namespace EnvoyExtAuthz.Policy;

/// <summary>What compiling gave.</summary>
/// <param name="Snapshot">The policy; null if there was an error.</param>
/// <param name="Diagnostics">Errors and warnings, in the file's order; at most some hundreds.</param>
public sealed record PolicyResult(PolicySnapshot? Snapshot, IReadOnlyList<PolicyDiagnostic> Diagnostics)
{
    /// <summary>The files the policy names beside itself.</summary>
    public IReadOnlyList<PolicyFile> Files { get; init; } = [];
}

/// <summary>Turns a policy file into a <see cref="PolicySnapshot"/>. Never throws on what the file holds.</summary>
public static class PolicyCompiler
{
    /// <summary>Compiles a policy.</summary>
    /// <param name="yaml">The file's bytes: UTF-8, one YAML document, at most 8 MiB.</param>
    /// <param name="protocols">The protocols that routes can name.</param>
    /// <param name="file">The file's name: relative files in it are from its folder. Null leaves them as written, and allows none that are read here.</param>
    public static PolicyResult Compile(ReadOnlySpan<byte> yaml, IProtocolNames protocols, string? file = null)
    {
        var diagnostics = new List<PolicyDiagnostic>();
        string? folder = file is null ? null : Path.GetDirectoryName(Path.GetFullPath(file));
        var files = new PolicyFiles(folder);
        PolicySnapshot? snapshot = null;
        if (YamlTree.Read(yaml, diagnostics) is { } root)
        {
            PolicyModel model = new PolicyReader(protocols, folder, files, diagnostics).Read(root);
            if (!diagnostics.HasErrors())
            {
                PolicyLint.Check(model, diagnostics);
                snapshot = new CompiledPolicy(model, HashOf(yaml, files.Named));
            }
        }
        return new PolicyResult(snapshot, [.. diagnostics.OrderBy(d => d.Line).ThenBy(d => d.Column)]) { Files = files.Named };
    }

    /// <summary>SHA-256 of a policy and the files it names, lower-case hexadecimal; of the policy alone where it names none.</summary>
    internal static string HashOf(ReadOnlySpan<byte> yaml, IEnumerable<PolicyFile> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(yaml);
        foreach (PolicyFile file in files)
            hash.AppendData(System.Text.Encoding.ASCII.GetBytes(file.Hash));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
