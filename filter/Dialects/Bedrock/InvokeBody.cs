using EnvoyExtAuthz.Dialects.Anthropic;
using EnvoyExtAuthz.Dialects.Cohere;
using EnvoyExtAuthz.Dialects.OpenAi;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Bedrock;

/// <summary>Whose form the body of a model invocation has.</summary>
internal enum InvokeShape : byte
{
    /// <summary>A model's own: words under names, by which no tool is called.</summary>
    Native,

    /// <summary>Nova's, which is that of the Converse API.</summary>
    Converse,

    /// <summary>Anthropic's messages.</summary>
    Anthropic,

    /// <summary>Chat completions: Mistral, AI21's Jamba, gpt-oss, Qwen, DeepSeek and others.</summary>
    Chat,

    /// <summary>Cohere's, of its API's first version.</summary>
    Cohere,
}

/// <summary>Reads bodies of InvokeModel: document 0 of a message, in the form that the body shows.</summary>
internal static class InvokeBody
{
    /// <summary>Members that chat completions read tools in, or say nothing of tools in.</summary>
    private static readonly byte[][] ReadByChat = KnownKeys.Of(
        "messages", "tools", "functions", "tool_choice", "function_call", "web_search_options", "plugins", "response_format");

    /// <summary>The same of Anthropic's messages.</summary>
    private static readonly byte[][] ReadByMessages = KnownKeys.Of("messages", "system", "tools", "tool_choice", "mcp_servers", "context_management", "output_config");

    /// <summary>The same of Cohere's.</summary>
    private static readonly byte[][] ReadByCohere = KnownKeys.Of("tools", "tool_results", "tool_choice", "connectors", "chat_history", "documents");

    private static readonly CohereOperation CohereChat = CohereOperation.Find("POST"u8, "/v1/chat"u8)!;

    private static readonly CohereOperation CohereOther = CohereOperation.Find("POST"u8, "/v1/embed"u8)!;

    /// <summary>Reads a request. The form is the body's own; the model's name only decides where a body fits two.</summary>
    /// <param name="message">Gets what is in it.</param>
    /// <param name="model">The model's id from the path, decoded.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    /// <param name="shape">The form.</param>
    public static ReadFault ReadRequest(Message message, ReadOnlyMemory<byte> model, in JsonLimits limits, out InvokeShape shape)
    {
        JsonTape tape = message.Documents[0].Tape;
        shape = ShapeOf(tape, model.Span);
        if (!tape.Is(0, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, 0, BedrockKeys.Request))
            return ReadFault.Ambiguous;
        ReadFault fault = shape switch
        {
            InvokeShape.Anthropic => MessagesRequest.Read(message, 0, limits),
            InvokeShape.Chat => ChatRequest.Read(message, default, limits),
            InvokeShape.Cohere => CohereRequest.Read(message, CohereOperationOf(tape), limits),
            _ => ReadOwn(message, shape, limits),
        };
        // What names a model in the body is a second one: the path has the first.
        if (!message.Model.IsEmpty)
            message.FurtherModels.Add(message.Model);
        message.Model = model;
        byte[][]? read = shape switch
        {
            InvokeShape.Anthropic => ReadByMessages,
            InvokeShape.Chat => ReadByChat,
            InvokeShape.Cohere => ReadByCohere,
            _ => null,
        };
        return fault != ReadFault.None || read is null ? fault : FindStrayTools(tape, read);
    }

    /// <summary>What a request of Cohere's asks for; a stream's reader takes it from here too.</summary>
    public static CohereOperation CohereOperationOf(JsonTape tape) => tape.Find(0, "message"u8) >= 0 ? CohereChat : CohereOther;

    /// <summary>Reads a whole answer, in the form that it shows.</summary>
    /// <param name="message">Gets what is in it.</param>
    /// <param name="asked">The form of the request; <see cref="InvokeShape.Native"/> if it was not read.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    public static ReadFault ReadResponse(Message message, InvokeShape asked, in JsonLimits limits)
    {
        JsonTape tape = message.Documents[0].Tape;
        bool isChat = tape.Is(tape.Find(0, "choices"u8), JsonKind.Array);
        bool isMessage = tape.Is(tape.Find(0, "content"u8), JsonKind.Array);
        bool isConverse = tape.Is(tape.Find(0, "output"u8), JsonKind.Object);
        if ((isChat && isMessage) || (isChat && isConverse) || (isMessage && isConverse))
            return ReadFault.Ambiguous;
        if (isChat)
            return ChatResponse.Read(message, isError: false, limits);
        if (isMessage)
            return MessagesResponse.Read(message, 0, isError: false, limits);
        if (!isConverse && (asked == InvokeShape.Cohere || tape.Find(0, "tool_calls"u8) >= 0 || tape.Find(0, "generations"u8) >= 0))
            return CohereAnswer.Read(message, isError: false, limits);
        var sweep = new SegmentSweep(message, 0);
        ReadFault fault = ReadAnswer(message, ref sweep, limits);
        sweep.Finish(TextRole.Unknown);
        return fault;
    }

    private static ReadFault ReadAnswer(Message message, ref SegmentSweep sweep, in JsonLimits limits)
    {
        JsonTape tape = sweep.Tape;
        if (!tape.Is(0, JsonKind.Object))
            return ReadFault.WrongShape;
        if (KnownKeys.HasVariant(tape, 0, BedrockKeys.Response))
            return ReadFault.Ambiguous;
        if (tape.Is(tape.Find(0, "output"u8), JsonKind.Object))
            return ConverseResponse.Read(message, ref sweep, 0, limits);
        ConverseResponse.TakeRest(message, ref sweep, 0, limits);
        NativeTexts.TakeAnswered(message, ref sweep, 0, null);
        TextCalls.Find(message, 0, limits);
        return FindCalls(tape, 0);
    }

    /// <summary>An answer in no known form that seems to call a tool: what it calls cannot be said.</summary>
    public static ReadFault FindCalls(JsonTape tape, int root)
    {
        for (int key = JsonTape.FirstChild(root); key < tape[root].End; key = tape.Next(key))
        {
            if (NativeFields.LooksLikeTools(tape, key, isAnswer: true))
                return ReadFault.WrongShape;
        }
        return ReadFault.None;
    }

    private static ReadFault ReadOwn(Message message, InvokeShape shape, in JsonLimits limits)
    {
        var sweep = new SegmentSweep(message, 0);
        ReadFault fault;
        if (shape == InvokeShape.Converse)
        {
            fault = ConverseRequest.Read(message, ref sweep, 0, limits);
        }
        else
        {
            fault = NativeFields.Read(message, ref sweep, 0);
            NativeTexts.TakeAsked(message, ref sweep, 0);
        }
        sweep.Finish(TextRole.Unknown);
        return fault;
    }

    private static InvokeShape ShapeOf(JsonTape tape, ReadOnlySpan<byte> model)
    {
        if (tape.Find(0, "anthropic_version"u8) >= 0)
            return InvokeShape.Anthropic;
        if (tape.Is(tape.Find(0, "message"u8), JsonKind.String) || model.IndexOf("cohere."u8) >= 0)
            return InvokeShape.Cohere;
        if (!tape.Is(tape.Find(0, "messages"u8), JsonKind.Array))
            return InvokeShape.Native;
        if (model.IndexOf("anthropic."u8) >= 0)
            return InvokeShape.Anthropic;
        bool isConverse = model.IndexOf("amazon.nova"u8) >= 0 || tape.Find(0, "schemaVersion"u8) >= 0 || tape.Find(0, "inferenceConfig"u8) >= 0
            || tape.Find(0, "toolConfig"u8) >= 0;
        return isConverse ? InvokeShape.Converse : InvokeShape.Chat;
    }

    /// <summary>Tools that the form read does not have, but some other model's might.</summary>
    private static ReadFault FindStrayTools(JsonTape tape, byte[][] read)
    {
        for (int key = JsonTape.FirstChild(0); key < tape[0].End; key = tape.Next(key))
        {
            bool isRead = false;
            foreach (byte[] name in read)
                isRead |= tape.KeyEquals(key, name);
            if (!isRead && NativeFields.LooksLikeTools(tape, key))
                return ReadFault.WrongShape;
        }
        return ReadFault.None;
    }
}
