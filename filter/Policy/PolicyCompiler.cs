using System.Security.Cryptography;
using EnvoyExtAuthz.Policy.Compiled;
using EnvoyExtAuthz.Policy.Language;
using EnvoyExtAuthz.Policy.Yaml;

namespace EnvoyExtAuthz.Policy;

/// <summary>What compiling gave.</summary>
/// <param name="Snapshot">The policy; null if there was an error.</param>
/// <param name="Diagnostics">Errors and warnings, in the file's order; at most some hundreds.</param>
public sealed record PolicyResult(PolicySnapshot? Snapshot, IReadOnlyList<PolicyDiagnostic> Diagnostics);

/// <summary>Turns a policy file into a <see cref="PolicySnapshot"/>. Never throws on what the file holds.</summary>
public static class PolicyCompiler
{
    /// <summary>Compiles a policy.</summary>
    /// <param name="yaml">The file's bytes: UTF-8, one YAML document, at most 8 MiB.</param>
    /// <param name="protocols">The protocols that routes can name.</param>
    /// <param name="file">The file's name: relative files in it are from its folder. Null leaves them as written.</param>
    public static PolicyResult Compile(ReadOnlySpan<byte> yaml, IProtocolNames protocols, string? file = null)
    {
        var diagnostics = new List<PolicyDiagnostic>();
        PolicySnapshot? snapshot = null;
        if (YamlTree.Read(yaml, diagnostics) is { } root)
        {
            PolicyModel model = new PolicyReader(protocols, file is null ? null : Path.GetDirectoryName(Path.GetFullPath(file)), diagnostics).Read(root);
            if (!diagnostics.HasErrors())
            {
                PolicyLint.Check(model, diagnostics);
                snapshot = new CompiledPolicy(model, Convert.ToHexStringLower(SHA256.HashData(yaml)));
            }
        }
        return new PolicyResult(snapshot, [.. diagnostics.OrderBy(d => d.Line).ThenBy(d => d.Column)]);
    }
}
