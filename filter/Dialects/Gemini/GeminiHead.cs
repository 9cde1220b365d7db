using System.Text;

namespace EnvoyExtAuthz.Dialects.Gemini;

/// <summary>What a request's head says beside its path: how the body is written, and options in the query.</summary>
internal static class GeminiHead
{
    /// <summary>Query parameters that Google's front end takes for the request itself: its method, its headers, its body.</summary>
    private static readonly byte[][] Rewriting = KnownKeys.Of("$httpmethod", "$httpheaders", "$ct", "$req", "httpmethod", "callback", "$callback", "alt.override");

    /// <summary>Parameters with nothing in them for a model or tool: credentials, and the form of the answer.</summary>
    private static readonly byte[][] Known = KnownKeys.Of(
        "key", "$key", "access_token", "oauth_token", "alt", "$alt", "fields", "$fields", "prettyprint", "$prettyprint", "quotauser", "$.xgafv",
        "uploadtype", "upload_protocol", "upload_id", "pagesize", "pagetoken", "force", "updatemask");

    /// <summary>Reads the head; further values of the query become texts beside the body.</summary>
    /// <param name="head">The request's head.</param>
    /// <param name="message">Gets the texts.</param>
    /// <param name="events">Whether a stream is asked for as events (<c>alt=sse</c>).</param>
    /// <returns>A fault where a field or parameter makes another request of it than its method, path and body say.</returns>
    public static ReadFault Read(HttpHead head, Message message, out bool events)
    {
        events = false;
        if (head.CountOf("x-http-method-override") > 0)
            return ReadFault.HeaderMismatch;
        ReadOnlyMemory<byte> path = head.Path;
        int mark = path.Span.IndexOf((byte)'?');
        ReadOnlyMemory<byte> query = mark < 0 ? default : path[(mark + 1)..];
        while (!query.IsEmpty)
        {
            int end = query.Span.IndexOf((byte)'&');
            ReadOnlyMemory<byte> pair = end < 0 ? query : query[..end];
            query = end < 0 ? default : query[(end + 1)..];
            int equals = pair.Span.IndexOf((byte)'=');
            ReadOnlySpan<byte> name = equals < 0 ? pair.Span : pair.Span[..equals];
            events |= pair.Span.SequenceEqual("alt=sse"u8) || pair.Span.SequenceEqual("$alt=sse"u8);
            // An escaped name would have to be read twice to be known.
            if (name.IndexOfAny((byte)'%', (byte)'+') >= 0 || IsAny(name, Rewriting))
                return ReadFault.Ambiguous;
            if (!IsAny(name, Known) && !FormText.TryTake(message, pair, (byte)'&'))
                return ReadFault.Ambiguous;
        }
        return ReadFault.None;
    }

    /// <summary>
    /// Whether the body is JSON by what its head says. Google's front end reads protobuf and forms as well, so another type
    /// is another reading; without one it is JSON.
    /// </summary>
    public static bool IsJson(HttpHead head)
    {
        ReadOnlySpan<byte> type = ContentTypes.Of(head, out bool plainCharset);
        return plainCharset && (type.IsEmpty || ContentTypes.IsJson(type));
    }

    private static bool IsAny(ReadOnlySpan<byte> name, byte[][] names)
    {
        foreach (byte[] candidate in names)
        {
            if (Ascii.EqualsIgnoreCase(name, candidate))
                return true;
        }
        return false;
    }
}
