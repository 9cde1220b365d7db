using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Engine;
using EnvoyExtAuthz.Policy;

namespace EnvoyExtAuthz.Host.Serving;

/// <summary>The protocols this build speaks, as policies name them and as requests show them.</summary>
internal sealed class Protocols : IProtocolNames, IDialectChoice
{
    private static readonly Dialect[] All = [.. DialectRegistry.BuiltIn];

    /// <inheritdoc/>
    public IReadOnlyList<string> Names { get; } = [.. All.Select(d => d.Name)];

    /// <inheritdoc/>
    public Dialect? ByName(string name) => Array.Find(All, d => d.Name == name);

    /// <inheritdoc/>
    public Dialect? Recognise(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path)
    {
        foreach (Dialect dialect in All)
        {
            if (dialect.Recognises(method, path))
                return dialect;
        }
        return null;
    }
}
