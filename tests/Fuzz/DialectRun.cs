using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Fuzz;

/// <summary>What must hold of a protocol's reader whatever it is given.</summary>
internal static class DialectRun
{
    /// <summary>Reads a request or a whole answer and checks what was read against its bytes.</summary>
    /// <returns>A number for what was read.</returns>
    public static int Whole(Message message, ReadFault fault)
    {
        if (fault != ReadFault.None)
            return (int)fault;
        var places = new HashSet<(int, int)>();
        foreach (Segment segment in message.Segments)
        {
            int length = segment.Document < 0 ? message.Body.Length : message.Documents[segment.Document].Bytes.Length;
            Hold(segment.Start >= 0 && segment.Length >= 0 && segment.Start + segment.Length <= length, "a text lies outside its document");
            Hold(segment.Document < 0 || places.Add((segment.Document, segment.Start)), "a text is read twice");
            message.Text(segment);
        }
        foreach (OpaquePart part in message.Opaque)
            Hold(part.Start + part.Length <= (part.Document < 0 ? message.Body.Length : message.Documents[part.Document].Bytes.Length), "a part lies outside its document");
        return HashCode.Combine(
            Math.Min(message.Segments.Count, 20), Math.Min(message.ToolCalls.Count, 3), Math.Min(message.ToolDeclarations.Count, 3),
            Math.Min(message.Opaque.Count, 4), message.FurtherModels.Count, message.Segments.Aggregate(0, (roles, s) => roles | (1 << (int)s.Role)));
    }

    /// <summary>Checks that taking some tools out leaves JSON.</summary>
    public static void Removal(Dialect dialect, Message message)
    {
        if (message.ToolDeclarations.Count == 0 || !dialect.RemoveTools(message, [message.ToolDeclarations.Count / 2]))
            return;
        Hold(dialect.TryWrite(message, out byte[] edited), "edits contradict each other");
        using var left = new JsonTape();
        Hold(left.Parse(edited, JsonLimits.Default) == JsonFault.None, "what is left is no JSON");
    }

    /// <summary>Checks that an edit of each text leaves JSON.</summary>
    public static void Edit(Dialect dialect, Message message)
    {
        foreach (Segment segment in message.Segments.ToArray())
        {
            if (segment.Channel < 0 && segment.Length > 0 && Rune.DecodeFromUtf8(message.Text(segment).Span, out _, out int bytes) == System.Buffers.OperationStatus.Done)
                message.Replace(segment, 0, bytes, "\"mask\\\n"u8.ToArray());
        }
        Hold(dialect.TryWrite(message, out byte[] edited), "edits contradict each other");
        using var left = new JsonTape();
        JsonFault fault = left.Parse(edited, JsonLimits.Default);
        // Masked keys can become one key twice.
        Hold(fault is JsonFault.None or JsonFault.DuplicateKey or JsonFault.CaseVariantKey, $"an edited text is no JSON: {fault}");
    }

    /// <summary>Reads a stream in pieces; what was read does not depend on the cuts, and a refusal is whole.</summary>
    public static int Stream(Func<EventStream> open, byte[] bytes)
    {
        string whole = Read(open, bytes, bytes.Length + 1);
        foreach (int chunk in (ReadOnlySpan<int>)[1, 3, 1 + (bytes.Length / 2)])
        {
            string cut = Read(open, bytes, chunk);
            Hold(cut == whole, $"chunks of {chunk} read otherwise:\n{whole}\n{cut}");
        }
        return string.GetHashCode(whole.Length > 40 ? whole[..40] : whole, StringComparison.Ordinal);
    }

    private static string Read(Func<EventStream> open, byte[] bytes, int chunk)
    {
        using EventStream stream = open();
        using EventFramer framer = stream.CreateFramer(4096);
        using var message = new Message();
        var seen = new StringBuilder();
        var texts = new SortedDictionary<int, string>();
        var fault = ReadFault.None;
        FrameStep step = FrameStep.NeedMore;
        for (int at = 0; at < bytes.Length && fault == ReadFault.None && step != FrameStep.TooLarge; at += chunk)
        {
            framer.Push(bytes.AsSpan(at, Math.Min(chunk, bytes.Length - at)));
            while (fault == ReadFault.None && (step = framer.Next(out EventFrame frame)) == FrameStep.Frame)
                fault = Take(stream, frame, message, seen, texts);
        }
        if (fault == ReadFault.None && framer.Flush(out EventFrame last) == FrameStep.Frame)
            fault = Take(stream, last, message, seen, texts);
        message.Clear();
        if (fault == ReadFault.None)
            fault = stream.Finish(message);
        Note(message, seen, texts);
        Hold(stream.Refuse(new RefusalReason("code", "Why.", "e")).Length > 0, "no refusal");
        return $"{fault} {step} {stream.Ended} {seen} {string.Join('|', texts)}";
    }

    private static ReadFault Take(EventStream stream, in EventFrame frame, Message message, StringBuilder seen, SortedDictionary<int, string> texts)
    {
        message.Clear();
        ReadFault fault = stream.Read(frame, JsonLimits.Default, message);
        if (fault == ReadFault.None)
        {
            Whole(message, fault);
            Note(message, seen, texts);
        }
        return fault;
    }

    private static void Note(Message message, StringBuilder seen, SortedDictionary<int, string> texts)
    {
        foreach (ToolCall call in message.ToolCalls)
            seen.Append(Encoding.UTF8.GetString(call.Name.Span)).Append('(').Append(Encoding.UTF8.GetString(call.Arguments.Span)).Append(')');
        foreach (Segment segment in message.Segments)
        {
            string text = Encoding.UTF8.GetString(message.Text(segment).Span);
            if (segment.Channel < 0)
                seen.Append(segment.Role).Append(':').Append(text).Append('|');
            else
                texts[segment.Channel] = texts.GetValueOrDefault(segment.Channel, "") + text;
        }
    }

    private static void Hold(bool holds, string what)
    {
        if (!holds)
            throw new BrokenInvariantException(what);
    }
}
