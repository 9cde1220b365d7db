using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.A2a;

/// <summary>Parts: text, data, and files inline or elsewhere, as 1.0 tells them apart (by member) and as 0.3 does (by kind).</summary>
internal ref partial struct A2aReader
{
    private void ReadParts(int parts, TextRole speaker, int channel)
    {
        if (_tape.Is(parts, JsonKind.Null))
            return;
        if (!_tape.Is(parts, JsonKind.Array))
        {
            WrongShape(parts);
            return;
        }
        for (int part = JsonTape.FirstChild(parts); part < _tape[parts].End && _fault == ReadFault.None; part = _tape[part].End)
            ReadPart(part, speaker, channel);
    }

    private void ReadPart(int part, TextRole speaker, int channel)
    {
        if (!_tape.Is(part, JsonKind.Object))
        {
            WrongShape(part);
            return;
        }
        if (KnownKeys.HasVariant(_tape, part, A2aKeys.Part) || HasBothSpellings(part))
        {
            Fault(ReadFault.Ambiguous);
            return;
        }
        int text = Content(part, "text"u8, JsonKind.String);
        int raw = Content(part, "raw"u8, JsonKind.String);
        int url = Content(part, "url"u8, JsonKind.String);
        int file = Content(part, "file"u8, JsonKind.Object);
        int data = JsonShape.Present(_tape, part, "data"u8);
        // A part is one thing: which of two a reader takes is its own affair.
        if ((text >= 0 ? 1 : 0) + (raw >= 0 ? 1 : 0) + (url >= 0 ? 1 : 0) + (file >= 0 ? 1 : 0) + (data >= 0 ? 1 : 0) > 1)
            Fault(ReadFault.Ambiguous);
        if (_fault != ReadFault.None)
            return;
        TakeMargins(part);
        TakeText(text, speaker, channel);
        if (data >= 0)
            NestedJson.Take(_message, ref _sweep, data, speaker, _limits);
        TakeFile(part, raw, url);
        if (file >= 0)
            ReadFile(file);
    }

    private readonly void TakeMargins(int part)
    {
        _sweep.TakeLabel(_tape.Find(part, "kind"u8));
        _sweep.TakeLabel(_tape.Find(part, "type"u8));
        _sweep.TakeLabel(MediaType(part));
        _sweep.Take(_tape.Find(part, "filename"u8), TextRole.FileName);
        _sweep.Take(_tape.Find(part, "name"u8), TextRole.FileName);
        _sweep.TakeLabels(_tape.Find(part, "metadata"u8));
    }

    private void TakeText(int text, TextRole speaker, int channel)
    {
        if (text < 0)
            return;
        // Of a text in pieces no piece is JSON by itself.
        if (channel < 0)
            NestedJson.Take(_message, ref _sweep, text, speaker, _limits);
        else
            _sweep.Take(text, speaker, channel);
    }

    private void ReadFile(int file)
    {
        if (KnownKeys.HasVariant(_tape, file, A2aKeys.Part) || HasBothSpellings(file))
        {
            Fault(ReadFault.Ambiguous);
            return;
        }
        TakeMargins(file);
        int bytes = OneOf(file, "bytes"u8, "fileWithBytes"u8, "file_with_bytes"u8);
        int uri = OneOf(file, "uri"u8, "fileWithUri"u8, "file_with_uri"u8);
        if (bytes >= 0 && uri >= 0)
            Fault(ReadFault.Ambiguous);
        if (_fault == ReadFault.None)
            TakeFile(file, bytes, uri);
    }

    private void TakeFile(int holder, int bytes, int address)
    {
        OpaqueKind kind = KindOf(MediaType(holder));
        Media.TakePayload(_message, ref _sweep, bytes, kind);
        Media.TakeAddress(_message, ref _sweep, address, kind);
    }

    /// <summary>The one member of three names that is there and not null; -1 for none, a fault for two or for no string.</summary>
    private int OneOf(int holder, ReadOnlySpan<byte> one, ReadOnlySpan<byte> two, ReadOnlySpan<byte> three)
    {
        int first = Content(holder, one, JsonKind.String);
        int second = Content(holder, two, JsonKind.String);
        int third = Content(holder, three, JsonKind.String);
        if ((first >= 0 ? 1 : 0) + (second >= 0 ? 1 : 0) + (third >= 0 ? 1 : 0) > 1)
            Fault(ReadFault.Ambiguous);
        return Math.Max(first, Math.Max(second, third));
    }

    /// <summary>What a part holds under a key; what is of another type is turned into one by some readers, each in its own way.</summary>
    private int Content(int part, ReadOnlySpan<byte> key, JsonKind kind)
    {
        int node = JsonShape.Present(_tape, part, key);
        if (node < 0 || _tape.Is(node, kind))
            return node;
        Fault(ReadFault.WrongShape);
        return -1;
    }

    private readonly bool HasBothSpellings(int part) =>
        (_tape.Find(part, "mediaType"u8) >= 0 ? 1 : 0) + (_tape.Find(part, "media_type"u8) >= 0 ? 1 : 0)
        + (_tape.Find(part, "mimeType"u8) >= 0 ? 1 : 0) + (_tape.Find(part, "mime_type"u8) >= 0 ? 1 : 0) > 1;

    private readonly int MediaType(int holder)
    {
        int type = Either(holder, "mediaType"u8, "media_type"u8);
        return type >= 0 ? type : Either(holder, "mimeType"u8, "mime_type"u8);
    }

    private readonly OpaqueKind KindOf(int mediaType)
    {
        if (!_tape.Is(mediaType, JsonKind.String))
            return OpaqueKind.File;
        ReadOnlySpan<byte> type = _tape.Raw(mediaType);
        return type.StartsWith("image/"u8) ? OpaqueKind.Image
            : type.StartsWith("audio/"u8) ? OpaqueKind.Audio
            : type.StartsWith("video/"u8) ? OpaqueKind.Video
            : OpaqueKind.File;
    }
}
