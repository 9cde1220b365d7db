using System.Buffers;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects;

/// <summary>
/// Finds tool calls that a model wrote as text, because its server parses none or failed to: behind the marks that models are
/// trained on (<see cref="TextCallMarks"/>), with a name in one of the forms that clients parse. A mark that no name follows, such as
/// in a sentence about it, is no call. One instance a running text; takes it in any pieces, in time linear in its length.
/// </summary>
internal sealed class TextCalls
{
    /// <summary>Bytes behind a mark that are kept at most while its call is not whole.</summary>
    private const int MaxHeld = 32 << 10;

    private readonly ArrayBufferWriter<byte> _bytes = new(64);
    private int _start;
    private JsonObjectEnd _end = new();

    /// <summary>Where in <see cref="_bytes"/> the end of the JSON text that is open is looked for next.</summary>
    private int _next;

    /// <summary>Up to where in <see cref="_bytes"/> every name in JSON was found already.</summary>
    private int _searched;

    /// <summary>A mark came and what follows it is not whole.</summary>
    public bool IsOpen { get; private set; }

    private ReadOnlySpan<byte> Held => _bytes.WrittenSpan[_start..];

    /// <summary>Takes the next piece of the text.</summary>
    /// <param name="piece">UTF-8.</param>
    /// <param name="limits">Bounds of JSON.</param>
    /// <param name="calls">Gets the calls that it completes, with Document -1.</param>
    public void Push(ReadOnlySpan<byte> piece, in JsonLimits limits, List<ToolCall> calls)
    {
        // A long piece goes in by parts, so that no more is held than has to be.
        for (; piece.Length > MaxHeld; piece = piece[MaxHeld..])
            Take(piece[..MaxHeld], limits, calls);
        Take(piece, limits, calls);
    }

    /// <summary>The text is at its end: what is not whole is read as far as it goes.</summary>
    public void Finish(in JsonLimits limits, List<ToolCall> calls)
    {
        Run(limits, calls, isLast: true);
        _start = _bytes.WrittenCount;
        IsOpen = false;
    }

    /// <summary>Finds the calls in texts of a message that is whole: those of a model, joined in their order.</summary>
    /// <param name="message">Gets the calls.</param>
    /// <param name="first">The first of its segments to look at; all that follow are.</param>
    /// <param name="limits">Bounds of JSON.</param>
    public static void Find(Message message, int first, in JsonLimits limits)
    {
        TextCalls? calls = null;
        for (int i = first; i < message.Segments.Count; i++)
        {
            if (message.Segments[i].Role != TextRole.Assistant)
                continue;
            ReadOnlySpan<byte> text = message.Text(message.Segments[i]).Span;
            // One text alone is searched as it is; a mark can be cut in two where there are more.
            if (calls is null && i == message.Segments.Count - 1 && TextCallMarks.Find(text, out _) < 0)
                return;
            (calls ??= new TextCalls()).Push(text, limits, message.ToolCalls);
        }
        calls?.Finish(limits, message.ToolCalls);
    }

    private void Take(ReadOnlySpan<byte> piece, in JsonLimits limits, List<ToolCall> calls)
    {
        DropTaken();
        _bytes.Write(piece);
        Run(limits, calls, isLast: false);
    }

    private void Run(in JsonLimits limits, List<ToolCall> calls, bool isLast)
    {
        while (true)
        {
            if (!IsOpen)
            {
                int mark = TextCallMarks.Find(Held, out int length);
                if (mark < 0)
                {
                    // The beginning of a mark may be the end of what is here.
                    _start += Math.Max(0, Held.Length - TextCallMarks.Longest);
                    return;
                }
                _start += mark + length;
                _next = _start;
                _end = new JsonObjectEnd();
                IsOpen = true;
            }
            if (!TryClose(limits, calls, isLast))
                return;
            IsOpen = false;
        }
    }

    /// <summary>Reads what follows a mark.</summary>
    /// <returns>False if more has to come.</returns>
    private bool TryClose(in JsonLimits limits, List<ToolCall> calls, bool isLast)
    {
        bool isAll = isLast || Held.Length > MaxHeld;
        int space = Held.IndexOfAnyExcept(" \t\r\n"u8);
        if (space < 0)
            return isAll;
        if (Held[space] is (byte)'{' or (byte)'[')
            return _start + space < _searched || TryCloseJson(_start + space, limits, calls, isAll, isLast);
        if (space > 0)
            return true;
        int length = TextCallNames.Read(Held, isAll, out ReadOnlySpan<byte> name);
        if (length < 0)
            return false;
        if (!name.IsEmpty)
            calls.Add(new ToolCall(name.ToArray(), default, -1, -1));
        _start += length;
        return true;
    }

    private bool TryCloseJson(int start, in JsonLimits limits, List<ToolCall> calls, bool isAll, bool isLast)
    {
        ReadOnlySpan<byte> bytes = _bytes.WrittenSpan;
        _next = Math.Max(_next, start);
        while (_next < bytes.Length && !_end.Reached)
            _end.Advance(bytes.Slice(_next++, 1));
        if (!_end.Reached && !isAll)
            return false;
        byte[] json = bytes[start.._next].ToArray();
        if (_end.Reached && TextCallNames.TryRead(json, limits, calls))
        {
            _start = _next;
            return true;
        }
        // No JSON to us, but some clients mend what models write: each name in it counts, and it is not read again. A call
        // whose name does not come for so long is one without a name.
        int before = calls.Count;
        TextCallNames.Guess(json, calls);
        if (calls.Count == before && !_end.Reached && !isLast)
            calls.Add(default);
        _searched = _next;
        return true;
    }

    private void DropTaken()
    {
        if (_start == 0)
            return;
        byte[] rest = Held.ToArray();
        _bytes.ResetWrittenCount();
        _bytes.Write(rest);
        _searched = Math.Max(0, _searched - _start);
        _next = Math.Max(0, _next - _start);
        _start = 0;
    }
}
