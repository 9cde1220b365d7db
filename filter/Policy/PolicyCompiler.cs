using System.Security.Cryptography;
using EnvoyExtAuthz.Policy.Language;
using EnvoyExtAuthz.Policy.Yaml;

namespace EnvoyExtAuthz.Policy;

/// <summary>What compiling gave.</summary>
/// <param name="Snapshot">The policy; null if there was an error.</param>
/// <param name="Diagnostics">Errors and warnings, in the file's order.</param>
public sealed record PolicyResult(PolicySnapshot? Snapshot, IReadOnlyList<PolicyDiagnostic> Diagnostics);

/// <summary>Turns a policy file into a <see cref="PolicySnapshot"/>. Never throws on what the file holds.</summary>
public static class PolicyCompiler
{
    /// <summary>Compiles a policy.</summary>
    /// <param name="yaml">The file's bytes: UTF-8, one YAML document.</param>
    /// <param name="protocols">The protocols that routes can name.</param>
    public static PolicyResult Compile(ReadOnlySpan<byte> yaml, IProtocolNames protocols)
    {
        var diagnostics = new List<PolicyDiagnostic>();
        YamlNode? root = YamlTree.Read(yaml, diagnostics);
        PolicyModel? model = root is null ? null : new PolicyReader(protocols, diagnostics).Read(root);
        bool failed = diagnostics.Exists(d => d.Severity == DiagnosticSeverity.Error);
        if (model is not null && !failed)
            PolicyLint.Check(model, diagnostics);
        diagnostics.Sort((a, b) => a.Line != b.Line ? a.Line.CompareTo(b.Line) : a.Column.CompareTo(b.Column));
        return new PolicyResult(failed || model is null ? null : new CompiledPolicy(model, Convert.ToHexStringLower(SHA256.HashData(yaml))), diagnostics);
    }
}
