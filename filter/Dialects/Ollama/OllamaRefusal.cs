namespace EnvoyExtAuthz.Dialects.Ollama;

/// <summary>Ollama's error: a sentence. Clients show an object in its place as <c>[object Object]</c>.</summary>
internal static class OllamaRefusal
{
    /// <summary>Writes it, with the code beside it.</summary>
    public static byte[] WriteError(RefusalReason reason) => JsonErrors.Write(json =>
    {
        json.WriteStartObject();
        json.WriteString("error", $"{reason.Message} (event {reason.EventId})");
        json.WriteString("code", reason.Code);
        json.WriteEndObject();
    });
}
