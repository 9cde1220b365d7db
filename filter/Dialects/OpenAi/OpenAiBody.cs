using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.OpenAi;

/// <summary>What all endpoints of OpenAI's API and of those like it have in common: JSON in, JSON out, one shape of errors.</summary>
internal static class OpenAiBody
{
    /// <summary>Reads a request's body as JSON.</summary>
    /// <returns><see cref="ReadFault.UnknownContentType"/> for multipart and other character sets; else what reading gave.</returns>
    public static ReadFault ReadRequest(HttpHead head, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message)
    {
        message.Take(body);
        // Servers read JSON whatever the content type says (FastAPI, Go); what is strict JSON is no other form.
        ReadOnlySpan<byte> type = ContentTypes.Of(head, out bool plainCharset);
        return !plainCharset || type.StartsWith("multipart/"u8) ? ReadFault.UnknownContentType : message.ReadJson(body, limits);
    }

    /// <summary>Reads a response's body as JSON; an error's, where it is none, as text.</summary>
    /// <param name="head">The response's head.</param>
    /// <param name="body">The body; empty is no fault.</param>
    /// <param name="limits">Bounds of JSON.</param>
    /// <param name="message">Gets document 0, or the text.</param>
    /// <param name="isJson">Whether there is a document to read on.</param>
    public static ReadFault ReadResponse(HttpHead head, ReadOnlyMemory<byte> body, in JsonLimits limits, Message message, out bool isJson)
    {
        isJson = false;
        message.Take(body);
        if (body.IsEmpty)
            return ReadFault.None;
        bool isError = head.Status >= 400;
        ReadOnlySpan<byte> type = ContentTypes.Of(head, out bool plainCharset);
        if (!plainCharset)
            return ReadFault.UnknownContentType;
        // Clients raise an error whatever its form, and look for nothing in it.
        if (!ContentTypes.IsJson(type))
            return isError ? PlainBody.Read(message, body) : ReadFault.UnknownContentType;
        ReadFault fault = message.ReadJson(body, limits);
        isJson = fault == ReadFault.None;
        return isError && !isJson ? PlainBody.Read(message, body) : fault;
    }

    /// <summary>A refusal as every SDK for this API shows it.</summary>
    public static Refusal Refuse(in RefusalReason reason)
    {
        RefusalReason copy = reason;
        byte[] body = JsonErrors.Write(json =>
        {
            json.WriteStartObject();
            WriteError(json, copy);
            json.WriteEndObject();
        });
        return new Refusal(reason.Status, "application/json", body) { Headers = [("x-should-retry", "false")] };
    }

    /// <summary>Writes the member <c>error</c>.</summary>
    public static void WriteError(System.Text.Json.Utf8JsonWriter json, in RefusalReason reason)
    {
        json.WriteStartObject("error");
        json.WriteString("message", $"{reason.Message} (event {reason.EventId})");
        json.WriteString("type", reason.Status == 403 ? "permission_error" : "invalid_request_error");
        json.WriteNull("param");
        json.WriteString("code", reason.Code);
        json.WriteEndObject();
    }
}
