namespace EnvoyExtAuthz.Text;

/// <summary>
/// One event of a stream with the bytes that carry it: a block of <c>text/event-stream</c> (WHATWG HTML §9.2.5; a block of
/// comments alone has no data), a line of NDJSON, a message of a binary framing.
/// </summary>
/// <param name="Bytes">The event as it came, what ends it included; at the end of input it may lack that.</param>
/// <param name="Data">What the event says; of several <c>data</c> lines, joined by line feeds. Empty if there is nothing.</param>
/// <param name="DataOffset">Where <see cref="Data"/> stands in <see cref="Bytes"/>; -1 if it does not stand there as it is.</param>
/// <param name="Event">The event's name (value of the last <c>event</c> line, an event type); empty if there is none.</param>
/// <param name="HasData">Whether there was data, be it empty.</param>
/// <param name="Comments">Text beside the data that no client reads as such, joined by line feeds; empty if there is none.</param>
/// <param name="Unknown">A part of the frame is none that the framing knows; then all of <see cref="Bytes"/> is to be inspected.</param>
public readonly record struct EventFrame(
    ReadOnlyMemory<byte> Bytes,
    ReadOnlyMemory<byte> Data,
    int DataOffset,
    ReadOnlyMemory<byte> Event,
    bool HasData,
    ReadOnlyMemory<byte> Comments,
    bool Unknown);
