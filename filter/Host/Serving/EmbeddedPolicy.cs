using EnvoyExtAuthz.Policy;

namespace EnvoyExtAuthz.Host.Serving;

/// <summary>The policy inside the binary: what <c>demo</c> shows, and what is in force where none is given.</summary>
internal static class EmbeddedPolicy
{
    private const string Name = "policy.yaml";

    /// <summary>Its text.</summary>
    public static byte[] Text()
    {
        using Stream stream = typeof(EmbeddedPolicy).Assembly.GetManifestResourceStream(Name)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>The policy, compiled.</summary>
    public static PolicySnapshot Compile(IProtocolNames protocols) => PolicyCompiler.Compile(Text(), protocols).Snapshot
        ?? throw new InvalidDataException("The embedded policy does not compile.");
}
