namespace EnvoyExtAuthz.Host.Commands;

/// <summary>What the process's exit code means.</summary>
internal static class ExitCodes
{
    /// <summary>All is well.</summary>
    public const int Ok = 0;

    /// <summary>What was checked is not as it should be: a policy with errors, a broken audit chain.</summary>
    public const int Failed = 1;

    /// <summary>The command line or configuration is wrong.</summary>
    public const int Usage = 2;
}
