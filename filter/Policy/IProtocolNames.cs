using EnvoyExtAuthz.Dialects;

namespace EnvoyExtAuthz.Policy;

/// <summary>Finds protocols by the names policies use.</summary>
public interface IProtocolNames
{
    /// <summary>Their names; <c>rest</c> is one where REST tools can be declared.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>The protocol of a name, or null.</summary>
    Dialect? ByName(string name);
}
