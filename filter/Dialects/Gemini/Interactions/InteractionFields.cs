namespace EnvoyExtAuthz.Dialects.Gemini.Interactions;

/// <summary>Fields of the Interactions API's messages. Its own spelling is snake_case; the other is read as well, as in all of Google's JSON.</summary>
internal static class InteractionFields
{
    public static readonly ProtoField Model = new("model");
    public static readonly ProtoField Agent = new("agent");
    public static readonly ProtoField AgentConfig = new("agentConfig");
    public static readonly ProtoField Input = new("input");
    public static readonly ProtoField SystemInstruction = new("systemInstruction");
    public static readonly ProtoField Tools = new("tools");
    public static readonly ProtoField GenerationConfig = new("generationConfig");
    public static readonly ProtoField ToolChoice = new("toolChoice");
    public static readonly ProtoField AllowedTools = new("allowedTools");
    public static readonly ProtoField Mode = new("mode");
    public static readonly ProtoField StopSequences = new("stopSequences");
    public static readonly ProtoField PreviousInteractionId = new("previousInteractionId");
    public static readonly ProtoField CachedContent = new("cachedContent");
    public static readonly ProtoField ContinuationToken = new("continuationToken");
    public static readonly ProtoField Environment = new("environment");
    public static readonly ProtoField WebhookConfig = new("webhookConfig");
    public static readonly ProtoField Uris = new("uris");
    public static readonly ProtoField ResponseFormat = new("responseFormat");
    public static readonly ProtoField Stream = new("stream");
    public static readonly ProtoField Type = new("type");
    public static readonly ProtoField Text = new("text");
    public static readonly ProtoField Data = new("data");
    public static readonly ProtoField Uri = new("uri");
    public static readonly ProtoField Url = new("url");
    public static readonly ProtoField MimeType = new("mimeType");
    public static readonly ProtoField Annotations = new("annotations");
    public static readonly ProtoField Content = new("content");
    public static readonly ProtoField Role = new("role");
    public static readonly ProtoField Summary = new("summary");
    public static readonly ProtoField Signature = new("signature");
    public static readonly ProtoField Id = new("id");
    public static readonly ProtoField CallId = new("callId");
    public static readonly ProtoField Name = new("name");
    public static readonly ProtoField ServerName = new("serverName");
    public static readonly ProtoField Description = new("description");
    public static readonly ProtoField Arguments = new("arguments");
    public static readonly ProtoField Result = new("result");
    public static readonly ProtoField Steps = new("steps");
    public static readonly ProtoField Outputs = new("outputs");
    public static readonly ProtoField OutputText = new("outputText");
    public static readonly ProtoField Interaction = new("interaction");
    public static readonly ProtoField EventType = new("eventType");
    public static readonly ProtoField Index = new("index");
    public static readonly ProtoField Step = new("step");
    public static readonly ProtoField Delta = new("delta");
    public static readonly ProtoField Error = new("error");

    public static readonly ProtoShape RootShape = new(
        Model, Agent, AgentConfig, Input, SystemInstruction, Tools, GenerationConfig, PreviousInteractionId, CachedContent, ContinuationToken, Environment,
        WebhookConfig, ResponseFormat, Stream, Steps, Outputs, OutputText, Error);

    public static readonly ProtoShape ItemShape = new(
        Type, Text, Data, Uri, MimeType, Content, Role, Summary, Signature, Id, CallId, Name, ServerName, Arguments, Result);

    public static readonly ProtoShape ToolShape = new(Type, Name, Description, Url);

    public static readonly ProtoShape ChoiceShape = new(ToolChoice, AllowedTools, Mode, Tools, StopSequences);

    public static readonly ProtoShape EventShape = new(EventType, Index, Step, Delta, Interaction, Error);
}
