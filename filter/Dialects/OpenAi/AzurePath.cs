namespace EnvoyExtAuthz.Dialects.OpenAi;

/// <summary>Azure OpenAI's paths name the deployment, and so the model that answers, whatever the body says.</summary>
internal static class AzurePath
{
    /// <summary>The deployment in <c>/openai/deployments/{deployment}/…</c>, or empty on any other path.</summary>
    /// <param name="path">Normalised, without query.</param>
    public static ReadOnlyMemory<byte> DeploymentOf(ReadOnlyMemory<byte> path)
    {
        int at = path.Span.IndexOf("/openai/deployments/"u8);
        if (at < 0)
            return default;
        ReadOnlyMemory<byte> rest = path[(at + "/openai/deployments/".Length)..];
        int slash = rest.Span.IndexOf((byte)'/');
        return slash < 0 ? default : rest[..slash];
    }
}
