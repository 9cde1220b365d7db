namespace EnvoyExtAuthz.Engine;

/// <summary>The <c>traceparent</c> field (W3C Trace Context, level 1 §3.2).</summary>
internal static class TraceParent
{
    private const int Length = 55;
    private static readonly System.Buffers.SearchValues<byte> LowerHex = System.Buffers.SearchValues.Create("0123456789abcdef"u8);

    /// <summary>The trace id: 32 lower-case hexadecimal digits, not all zero.</summary>
    /// <param name="value">The field's value.</param>
    /// <param name="traceId">A slice of it.</param>
    /// <returns>False if the field is not of version 00's form.</returns>
    public static bool TryTraceId(ReadOnlySpan<byte> value, out ReadOnlySpan<byte> traceId)
    {
        traceId = default;
        if (value.Length != Length || !value.StartsWith("00-"u8) || value[35] != (byte)'-' || value[52] != (byte)'-')
            return false;
        ReadOnlySpan<byte> trace = value.Slice(3, 32);
        if (trace.ContainsAnyExcept(LowerHex) || !trace.ContainsAnyExcept((byte)'0'))
            return false;
        traceId = trace;
        return true;
    }
}
