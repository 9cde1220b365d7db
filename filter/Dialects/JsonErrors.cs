
namespace EnvoyExtAuthz.Dialects;

/// <summary>Error objects in protocols' own shapes, written without reflection.</summary>
internal static class JsonErrors
{
    /// <summary>Writes one JSON value.</summary>
    public static byte[] Write(Action<System.Text.Json.Utf8JsonWriter> write)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(256);
        using (var json = new System.Text.Json.Utf8JsonWriter(buffer))
            write(json);
        return buffer.WrittenSpan.ToArray();
    }
}
