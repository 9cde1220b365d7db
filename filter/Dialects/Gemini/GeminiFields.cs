namespace EnvoyExtAuthz.Dialects.Gemini;

/// <summary>Fields of Gemini's messages (google.ai.generativelanguage, google.cloud.aiplatform), and which belong together.</summary>
internal static class GeminiFields
{
    // What a request holds.
    public static readonly ProtoField Contents = new("contents");
    public static readonly ProtoField Content = new("content");
    public static readonly ProtoField SystemInstruction = new("systemInstruction");
    public static readonly ProtoField Tools = new("tools");
    public static readonly ProtoField ToolConfig = new("toolConfig");
    public static readonly ProtoField GenerationConfig = new("generationConfig");
    public static readonly ProtoField SafetySettings = new("safetySettings");
    public static readonly ProtoField CachedContent = new("cachedContent");
    public static readonly ProtoField ContinuationToken = new("continuationToken");
    public static readonly ProtoField Labels = new("labels");
    public static readonly ProtoField Model = new("model");
    public static readonly ProtoField GenerateContentRequest = new("generateContentRequest");
    public static readonly ProtoField Requests = new("requests");
    public static readonly ProtoField Request = new("request");
    public static readonly ProtoField Batch = new("batch");
    public static readonly ProtoField InputConfig = new("inputConfig");
    public static readonly ProtoField Title = new("title");
    public static readonly ProtoField TaskType = new("taskType");
    public static readonly ProtoField ServiceTier = new("serviceTier");
    public static readonly ProtoField DisplayName = new("displayName");
    public static readonly ProtoField Instances = new("instances");
    public static readonly ProtoField Parameters = new("parameters");
    public static readonly ProtoField FileName = new("fileName");
    public static readonly ProtoField Uris = new("uris");

    // What content holds.
    public static readonly ProtoField Role = new("role");
    public static readonly ProtoField Parts = new("parts");
    public static readonly ProtoField Text = new("text");
    public static readonly ProtoField Thought = new("thought");
    public static readonly ProtoField ThoughtSignature = new("thoughtSignature");
    public static readonly ProtoField InlineData = new("inlineData");
    public static readonly ProtoField FileData = new("fileData");
    public static readonly ProtoField MimeType = new("mimeType");
    public static readonly ProtoField Data = new("data");
    public static readonly ProtoField FileUri = new("fileUri");
    public static readonly ProtoField FunctionCall = new("functionCall");
    public static readonly ProtoField FunctionResponse = new("functionResponse");
    public static readonly ProtoField ToolCall = new("toolCall");
    public static readonly ProtoField ToolResponse = new("toolResponse");
    public static readonly ProtoField ToolType = new("toolType");
    public static readonly ProtoField Id = new("id");
    public static readonly ProtoField Name = new("name");
    public static readonly ProtoField Args = new("args");
    public static readonly ProtoField PartialArgs = new("partialArgs");
    public static readonly ProtoField WillContinue = new("willContinue");
    public static readonly ProtoField JsonPath = new("jsonPath");
    public static readonly ProtoField StringValue = new("stringValue");
    public static readonly ProtoField NumberValue = new("numberValue");
    public static readonly ProtoField BoolValue = new("boolValue");
    public static readonly ProtoField NullValue = new("nullValue");
    public static readonly ProtoField Response = new("response");
    public static readonly ProtoField Scheduling = new("scheduling");
    public static readonly ProtoField ExecutableCode = new("executableCode");
    public static readonly ProtoField Code = new("code");
    public static readonly ProtoField Language = new("language");
    public static readonly ProtoField CodeExecutionResult = new("codeExecutionResult");
    public static readonly ProtoField Output = new("output");
    public static readonly ProtoField Outcome = new("outcome");
    public static readonly ProtoField VideoMetadata = new("videoMetadata");
    public static readonly ProtoField MediaResolution = new("mediaResolution");
    public static readonly ProtoField AudioTranscription = new("audioTranscription");
    public static readonly ProtoField SpeechMetadata = new("speechMetadata");

    // What a tool holds.
    public static readonly ProtoField FunctionDeclarations = new("functionDeclarations");
    public static readonly ProtoField Description = new("description");
    public static readonly ProtoField GoogleSearch = new("googleSearch");
    public static readonly ProtoField GoogleSearchRetrieval = new("googleSearchRetrieval");
    public static readonly ProtoField GoogleMaps = new("googleMaps");
    public static readonly ProtoField UrlContext = new("urlContext");
    public static readonly ProtoField CodeExecution = new("codeExecution");
    public static readonly ProtoField ComputerUse = new("computerUse");
    public static readonly ProtoField FileSearch = new("fileSearch");
    public static readonly ProtoField FileSearchStoreNames = new("fileSearchStoreNames");
    public static readonly ProtoField Retrieval = new("retrieval");
    public static readonly ProtoField EnterpriseWebSearch = new("enterpriseWebSearch");
    public static readonly ProtoField ExaAiSearch = new("exaAiSearch");
    public static readonly ProtoField ParallelAiSearch = new("parallelAiSearch");
    public static readonly ProtoField McpServers = new("mcpServers");
    public static readonly ProtoField StreamableHttpTransport = new("streamableHttpTransport");
    public static readonly ProtoField Url = new("url");
    public static readonly ProtoField FunctionCallingConfig = new("functionCallingConfig");
    public static readonly ProtoField Mode = new("mode");
    public static readonly ProtoField AllowedFunctionNames = new("allowedFunctionNames");

    // How an answer is made.
    public static readonly ProtoField ResponseSchema = new("responseSchema");
    public static readonly ProtoField ResponseJsonSchema = new("responseJsonSchema");
    public static readonly ProtoField ResponseFormat = new("responseFormat");
    public static readonly ProtoField StopSequences = new("stopSequences");
    public static readonly ProtoField RoutingConfig = new("routingConfig");
    public static readonly ProtoField ManualMode = new("manualMode");
    public static readonly ProtoField ModelName = new("modelName");

    // What an answer holds.
    public static readonly ProtoField Candidates = new("candidates");
    public static readonly ProtoField PromptFeedback = new("promptFeedback");
    public static readonly ProtoField BlockReason = new("blockReason");
    public static readonly ProtoField BlockReasonMessage = new("blockReasonMessage");
    public static readonly ProtoField UsageMetadata = new("usageMetadata");
    public static readonly ProtoField ModelVersion = new("modelVersion");
    public static readonly ProtoField ResponseId = new("responseId");
    public static readonly ProtoField CreateTime = new("createTime");
    public static readonly ProtoField UpdateTime = new("updateTime");
    public static readonly ProtoField Index = new("index");
    public static readonly ProtoField FinishReason = new("finishReason");
    public static readonly ProtoField FinishMessage = new("finishMessage");
    public static readonly ProtoField SafetyRatings = new("safetyRatings");
    public static readonly ProtoField CitationMetadata = new("citationMetadata");
    public static readonly ProtoField GroundingMetadata = new("groundingMetadata");
    public static readonly ProtoField GroundingSupports = new("groundingSupports");
    public static readonly ProtoField UrlContextMetadata = new("urlContextMetadata");
    public static readonly ProtoField LogprobsResult = new("logprobsResult");
    public static readonly ProtoField ChosenCandidates = new("chosenCandidates");
    public static readonly ProtoField Error = new("error");

    public static readonly ProtoShape RequestShape = new(
        Contents, Content, SystemInstruction, Tools, ToolConfig, GenerationConfig, SafetySettings, CachedContent, ContinuationToken,
        Labels, Model, GenerateContentRequest, Requests, Title, TaskType, ServiceTier, DisplayName, Instances, Parameters, Batch);

    public static readonly ProtoShape BatchShape = new(InputConfig, Requests, Request, FileName, DisplayName, Model);

    public static readonly ProtoShape ContentShape = new(Role, Parts);

    public static readonly ProtoShape PartShape = new(
        Text, Thought, ThoughtSignature, InlineData, FileData, FunctionCall, FunctionResponse, ToolCall, ToolResponse,
        ExecutableCode, CodeExecutionResult, VideoMetadata, MediaResolution, AudioTranscription, SpeechMetadata);

    public static readonly ProtoShape MediaShape = new(MimeType, Data, FileUri, DisplayName);

    public static readonly ProtoShape CallShape = new(
        Id, Name, Args, PartialArgs, WillContinue, Response, Parts, Scheduling, ToolType, Code, Language, Output, Outcome);

    public static readonly ProtoShape PartialArgShape = new(JsonPath, StringValue, NumberValue, BoolValue, NullValue, WillContinue);

    /// <summary>Members of a tool, each a tool of its own. Others are tools too, under their own names.</summary>
    public static readonly ProtoField[] ToolKinds =
    [
        FunctionDeclarations, GoogleSearch, GoogleSearchRetrieval, GoogleMaps, UrlContext, CodeExecution, ComputerUse, FileSearch,
        Retrieval, EnterpriseWebSearch, ExaAiSearch, ParallelAiSearch, McpServers,
    ];

    public static readonly ProtoShape ToolShape = new(ToolKinds);

    public static readonly ProtoShape DeclarationShape = new(Name, Description, Parameters, Response);

    public static readonly ProtoShape McpServerShape = new(Name, StreamableHttpTransport, Url);

    public static readonly ProtoShape ToolConfigShape = new(FunctionCallingConfig, Mode, AllowedFunctionNames);

    public static readonly ProtoShape GenerationShape = new(
        ResponseSchema, ResponseJsonSchema, ResponseFormat, StopSequences, RoutingConfig, ManualMode, ModelName);

    public static readonly ProtoShape ResponseShape = new(Candidates, PromptFeedback, UsageMetadata, ModelVersion, ResponseId, Error);

    public static readonly ProtoShape CandidateShape = new(
        Content, Index, FinishReason, FinishMessage, SafetyRatings, CitationMetadata, GroundingMetadata, UrlContextMetadata, LogprobsResult);
}
