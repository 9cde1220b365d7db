
namespace EnvoyExtAuthz.Host.Serving;

/// <summary>Every log message of the process. None takes content: names of files and rules, numbers, words of our own.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "envoy-extauthz {Version} serves {Listen}, policy {Policy} {Hash}")]
    public static partial void Serving(ILogger logger, string version, string listen, string policy, string hash);

    [LoggerMessage(2, LogLevel.Information, "policy {Policy} {Hash} is in force")]
    public static partial void PolicyInForce(ILogger logger, string policy, string hash);

    [LoggerMessage(3, LogLevel.Error, "the changed policy file is refused, the last good policy stays: {Diagnostics}")]
    public static partial void PolicyRefused(ILogger logger, string diagnostics);

    [LoggerMessage(4, LogLevel.Information, "stopping: waiting for {Open} exchanges, at most {Seconds} s")]
    public static partial void Draining(ILogger logger, int open, double seconds);

    [LoggerMessage(5, LogLevel.Warning, "{Open} exchanges did not end in time and are refused")]
    public static partial void DrainExpired(ILogger logger, int open);

    [LoggerMessage(6, LogLevel.Error, "the audit file cannot be written; decisions wait, and policies may refuse exchanges")]
    public static partial void AuditFailing(ILogger logger);

    [LoggerMessage(7, LogLevel.Error, "a certificate file cannot be read, the last good one stays: {Fault}")]
    public static partial void CertificateRefused(ILogger logger, string fault);

    [LoggerMessage(8, LogLevel.Information, "token keys of {Place} are in force")]
    public static partial void KeysInForce(ILogger logger, string place);

    [LoggerMessage(9, LogLevel.Error, "token keys of {Place} cannot be read, the last good ones stay: {Fault}")]
    public static partial void KeysRefused(ILogger logger, string place, string fault);

    /// <summary>What one reading of a key set gave.</summary>
    public static void Keys(ILogger logger, Identity.Tokens.JwksReading reading)
    {
        if (reading.Fault is { } fault)
            KeysRefused(logger, reading.Place, fault);
        else
            KeysInForce(logger, reading.Place);
    }
}
