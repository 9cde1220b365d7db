using System.Text.Unicode;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects;

/// <summary>Bodies of no protocol: errors come from anywhere on the way (proxies, load balancers) and in any form.</summary>
public static class PlainBody
{
    /// <summary>Takes a whole body as one text of <see cref="TextRole.Unknown"/>, document -1.</summary>
    /// <param name="message">Emptied of what was read into it before.</param>
    /// <param name="body">The body; empty gives no text.</param>
    /// <returns><see cref="ReadFault.UnknownContentType"/> if it is not UTF-8.</returns>
    public static ReadFault Read(Message message, ReadOnlyMemory<byte> body)
    {
        Dialect? dialect = message.Dialect;
        message.Clear();
        message.Dialect = dialect;
        message.Take(body);
        if (!Utf8.IsValid(body.Span))
            return ReadFault.UnknownContentType;
        if (!body.IsEmpty)
            message.Segments.Add(new Segment(TextRole.Unknown, -1, 0, body.Length, false));
        return ReadFault.None;
    }
}
