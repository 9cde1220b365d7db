namespace EnvoyExtAuthz.Text;

/// <summary>
/// One block of a <c>text/event-stream</c>, from the byte after the last block to the blank line that ends it (WHATWG HTML
/// §9.2.5). A block of comments alone has no data.
/// </summary>
/// <param name="Bytes">The block as it came, its blank line included; at the end of input it may lack one.</param>
/// <param name="Data">The <c>data</c> lines joined by line feeds; empty if there are none.</param>
/// <param name="DataOffset">Where <see cref="Data"/> stands in <see cref="Bytes"/>; -1 if it was joined from several lines.</param>
/// <param name="Event">Value of the last <c>event</c> line; empty if there is none.</param>
/// <param name="HasData">Whether there was a <c>data</c> line, be it an empty one.</param>
/// <param name="Comments">Bytes of comment lines' text, joined by line feeds; empty if there are none.</param>
/// <param name="Unknown">A line was none of comment, <c>data</c>, <c>event</c>, <c>id</c> and <c>retry</c>.</param>
public readonly record struct SseFrame(
    ReadOnlyMemory<byte> Bytes,
    ReadOnlyMemory<byte> Data,
    int DataOffset,
    ReadOnlyMemory<byte> Event,
    bool HasData,
    ReadOnlyMemory<byte> Comments,
    bool Unknown);
