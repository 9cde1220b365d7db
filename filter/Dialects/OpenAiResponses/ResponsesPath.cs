namespace EnvoyExtAuthz.Dialects.OpenAiResponses;

/// <summary>What a request on one of the API's paths asks for.</summary>
internal enum ResponsesOperation : byte
{
    /// <summary>Nothing of this API.</summary>
    None,
    Create,
    Compact,
    CountTokens,
    Retrieve,
    Delete,
    Cancel,
    ListInput,
    CreateConversation,
    RetrieveConversation,
    UpdateConversation,
    DeleteConversation,
    AddItems,
    ListItems,
    RetrieveItem,
    DeleteItem,
}

/// <summary>The API's methods and paths, below any prefix (<c>/v1</c>, <c>/openai/v1</c>, <c>/api/v1</c>, none).</summary>
internal static class ResponsesPath
{
    private static readonly byte[][] Names =
    [
        [], .. KnownKeys.Of(
            "responses.create", "responses.compact", "responses.input_tokens", "responses.retrieve", "responses.delete", "responses.cancel",
            "responses.input_items", "conversations.create", "conversations.retrieve", "conversations.update", "conversations.delete",
            "conversations.items.create", "conversations.items.list", "conversations.items.retrieve", "conversations.items.delete"),
    ];

    /// <summary>The operation of a method and path.</summary>
    /// <param name="method">As sent.</param>
    /// <param name="path">Normalised, without query.</param>
    public static ResponsesOperation Of(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path)
    {
        ReadOnlySpan<byte> last = TakeLast(ref path);
        ReadOnlySpan<byte> second = TakeLast(ref path);
        ReadOnlySpan<byte> third = TakeLast(ref path);
        if (last.IsEmpty)
            return ResponsesOperation.None;
        if (method.SequenceEqual("POST"u8))
            return OfPost(last, second, third);
        bool delete = method.SequenceEqual("DELETE"u8);
        if (!delete && !method.SequenceEqual("GET"u8))
            return ResponsesOperation.None;
        if (second.SequenceEqual("responses"u8))
            return delete ? ResponsesOperation.Delete : ResponsesOperation.Retrieve;
        if (second.SequenceEqual("conversations"u8))
            return delete ? ResponsesOperation.DeleteConversation : ResponsesOperation.RetrieveConversation;
        if (third.SequenceEqual("responses"u8) && last.SequenceEqual("input_items"u8) && !delete)
            return ResponsesOperation.ListInput;
        if (third.SequenceEqual("conversations"u8) && last.SequenceEqual("items"u8) && !delete)
            return ResponsesOperation.ListItems;
        if (second.SequenceEqual("items"u8) && TakeLast(ref path).SequenceEqual("conversations"u8))
            return delete ? ResponsesOperation.DeleteItem : ResponsesOperation.RetrieveItem;
        return ResponsesOperation.None;
    }

    /// <summary>The operation's name, such as <c>responses.create</c>.</summary>
    public static ReadOnlyMemory<byte> NameOf(ResponsesOperation operation) => Names[(int)operation];

    private static ResponsesOperation OfPost(ReadOnlySpan<byte> last, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third)
    {
        if (last.SequenceEqual("responses"u8))
            return ResponsesOperation.Create;
        if (last.SequenceEqual("conversations"u8))
            return ResponsesOperation.CreateConversation;
        if (second.SequenceEqual("responses"u8))
        {
            return last.SequenceEqual("compact"u8) ? ResponsesOperation.Compact
                : last.SequenceEqual("input_tokens"u8) ? ResponsesOperation.CountTokens : ResponsesOperation.None;
        }
        if (second.SequenceEqual("conversations"u8))
            return ResponsesOperation.UpdateConversation;
        if (third.SequenceEqual("responses"u8) && last.SequenceEqual("cancel"u8))
            return ResponsesOperation.Cancel;
        return third.SequenceEqual("conversations"u8) && last.SequenceEqual("items"u8) ? ResponsesOperation.AddItems : ResponsesOperation.None;
    }

    /// <summary>Cuts the last segment off a path; empty when none is left.</summary>
    private static ReadOnlySpan<byte> TakeLast(ref ReadOnlySpan<byte> path)
    {
        int slash = path.LastIndexOf((byte)'/');
        if (slash < 0)
            return default;
        ReadOnlySpan<byte> segment = path[(slash + 1)..];
        path = path[..slash];
        return segment;
    }
}
