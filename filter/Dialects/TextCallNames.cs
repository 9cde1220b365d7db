using System.Buffers;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects;

/// <summary>The forms in which a call that is written as text names its tool.</summary>
internal static class TextCallNames
{
    private const int LongestName = 256;

    private static readonly SearchValues<byte> NameBytes = SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-.:/$@"u8);

    /// <summary>What a call goes on with behind its bare name: arguments, the end of a line or tag, another mark.</summary>
    private static readonly SearchValues<byte> Continuations = SearchValues.Create([.. "{([<>\"\r\n"u8, 0xEF]);

    private static readonly SearchValues<byte> Ends = SearchValues.Create("\\\"',}\n"u8);

    /// <summary>What DeepSeek's older models write before a name.</summary>
    private static ReadOnlySpan<byte> Kind => "function<\uFF5Ctool\u2581sep\uFF5C>"u8;

    /// <summary>Reads a bare name right behind a mark, which is one only where a call goes on behind it: else it is a word of a sentence.</summary>
    /// <param name="text">What follows the mark.</param>
    /// <param name="isAll">Nothing more comes.</param>
    /// <param name="name">The name without what some models put around it; empty if there is none.</param>
    /// <returns>Bytes read; -1 if more has to come to tell.</returns>
    public static int Read(ReadOnlySpan<byte> text, bool isAll, out ReadOnlySpan<byte> name)
    {
        name = default;
        if (!isAll && Kind.StartsWith(text))
            return -1;
        int start = text.StartsWith(Kind) ? Kind.Length : 0;
        ReadOnlySpan<byte> rest = text[start..];
        int length = rest[..Math.Min(rest.Length, LongestName + 1)].IndexOfAnyExcept(NameBytes);
        if (length < 0 && rest.Length > LongestName)
            return start;
        if (length < 0 || (rest[length..] is [(byte)' '] && !isAll))
        {
            if (!isAll)
                return -1;
            length = length < 0 ? rest.Length : length;
        }
        ReadOnlySpan<byte> behind = rest[length..];
        bool goesOn = behind.IsEmpty || Continuations.Contains(behind[0]) || behind.StartsWith(" <"u8);
        if (goesOn && rest[..length].ContainsAnyInRange((byte)'A', (byte)'z'))
            name = Plain(rest[..length]);
        return start + length;
    }

    /// <summary>Reads the calls of one JSON text: an object with a name, or a list of such.</summary>
    /// <returns>False if it is no strict JSON, or names nothing.</returns>
    public static bool TryRead(ReadOnlyMemory<byte> json, in JsonLimits limits, List<ToolCall> calls)
    {
        using var tape = new JsonTape();
        if (tape.Parse(json, limits) != JsonFault.None)
            return false;
        int before = calls.Count;
        if (tape.Is(0, JsonKind.Object))
            ReadCall(tape, 0, calls);
        for (int entry = JsonTape.FirstChild(0); tape.Is(0, JsonKind.Array) && entry < tape[0].End; entry = tape[entry].End)
            ReadCall(tape, entry, calls);
        return calls.Count > before;
    }

    /// <summary>Takes every string behind a key <c>name</c>, with quotes of either kind, escaped or not.</summary>
    public static void Guess(ReadOnlySpan<byte> text, List<ToolCall> calls)
    {
        while (true)
        {
            int at = text.IndexOf("name"u8);
            if (at < 0)
                return;
            bool isKey = at > 0 && text[at - 1] is (byte)'"' or (byte)'\'';
            text = text[(at + "name".Length)..];
            ReadOnlySpan<byte> value = text.TrimStart("\\\"' \t\r\n"u8);
            if (!isKey || value is not [(byte)':', ..])
                continue;
            value = value[1..].TrimStart("\\\"' \t\r\n"u8);
            int length = value[..Math.Min(value.Length, LongestName)].IndexOfAny(Ends);
            if (length > 0)
                calls.Add(new ToolCall(value[..length].ToArray(), default, -1, -1));
        }
    }

    /// <summary>Of <c>functions.search:0</c> and <c>search.call</c> the name.</summary>
    private static ReadOnlySpan<byte> Plain(ReadOnlySpan<byte> name)
    {
        if (name.StartsWith("functions."u8))
            name = name["functions.".Length..];
        if (name.EndsWith(".call"u8))
            name = name[..^".call".Length];
        int colon = name.LastIndexOf((byte)':');
        return colon > 0 && name[(colon + 1)..].IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0 ? name[..colon] : name;
    }

    private static void ReadCall(JsonTape tape, int call, List<ToolCall> calls)
    {
        int function = tape.Find(call, "function"u8);
        int holder = tape.Is(function, JsonKind.Object) ? function : call;
        int name = tape.Find(holder, "name"u8);
        if (name < 0)
            name = tape.Is(function, JsonKind.String) ? function : tape.Find(call, "tool"u8);
        if (!tape.Is(name, JsonKind.String))
            return;
        int arguments = tape.Find(holder, "arguments"u8);
        if (arguments < 0)
            arguments = tape.Find(holder, "parameters"u8);
        calls.Add(new ToolCall(Decoded(tape, name), arguments < 0 ? default : Decoded(tape, arguments), -1, -1));
    }

    private static byte[] Decoded(JsonTape tape, int node)
    {
        ReadOnlySpan<byte> raw = tape.Raw(node);
        if (!tape[node].Escaped)
            return raw.ToArray();
        var text = new byte[raw.Length];
        return text[..JsonText.Decode(raw, text)];
    }
}
