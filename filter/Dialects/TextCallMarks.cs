using System.Buffers;

namespace EnvoyExtAuthz.Dialects;

/// <summary>The marks behind which models that are trained on them write a tool call.</summary>
internal static class TextCallMarks
{
    private static readonly byte[][] Marks =
    [
        // Hermes, Qwen, GLM; Granite, Phi; Llama's own tools; Llama, Qwen Coder.
        .. KnownKeys.Of("<tool_call>", "<|tool_call|>", "<|python_tag|>", "<function="),
        // Mistral; Kimi; gpt-oss, behind "to"; XML of several; DeepSeek, old and new.
        .. KnownKeys.Of("[TOOL_CALLS]", "<|tool_call_begin|>", "=functions.", "<invoke name=\"", "\uFF5Ctool\u2581call\u2581begin\uFF5C>", "\uFF5Cinvoke name=\""),
    ];

    private static readonly SearchValues<byte> FirstBytes = SearchValues.Create([.. Marks.Select(m => m[0]).Distinct()]);

    /// <summary>Bytes of the longest, and some that stand before.</summary>
    public static int Longest { get; } = Marks.Max(m => m.Length) + 2;

    /// <summary>Finds the first mark in a text.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="length">Its bytes.</param>
    /// <returns>Where it begins, or -1.</returns>
    public static int Find(ReadOnlySpan<byte> text, out int length)
    {
        length = 0;
        for (int at = 0; ; at++)
        {
            int next = text[at..].IndexOfAny(FirstBytes);
            if (next < 0)
                return -1;
            at += next;
            foreach (byte[] mark in Marks)
            {
                if (!text[at..].StartsWith(mark) || (mark[0] == (byte)'=' && !text[..at].EndsWith("to"u8)))
                    continue;
                length = mark.Length;
                return at;
            }
        }
    }
}
