using System.Buffers;
using System.Text;
using System.Text.Json;

namespace EnvoyExtAuthz.Dialects.Gemini;

/// <summary>
/// Arguments of a call that come value by value, each with the path it belongs at (<c>$.city</c>, <c>$.stops[0]['name']</c>):
/// of RFC 9535 the normalised paths and their dotted form.
/// </summary>
internal sealed class PartialArguments
{
    private const int MaxPlaces = 4096;
    private const int MaxDepth = 32;
    private readonly Place _root = new();
    private byte[] _whole = [];
    private int _places = 1;

    /// <summary>A place in the arguments: an object, an array or a value, as what comes for it says.</summary>
    public sealed class Place
    {
        private ArrayBufferWriter<byte>? _text;
        private byte[]? _value;
        private bool _open;

        /// <summary>The running text whose pieces it is put together from; -1 if it came whole.</summary>
        public int Channel { get; set; } = -1;

        /// <summary>Members by name, in the order they came; null if it is no object.</summary>
        internal OrderedDictionary<string, Place>? Members { get; set; }

        /// <summary>Elements by index; null if it is no array.</summary>
        internal List<Place>? Elements { get; set; }

        /// <summary>Nothing has come for it yet.</summary>
        internal bool IsEmpty => _text is null && _value is null && Members is null && Elements is null;

        /// <summary>Takes the next piece of a text.</summary>
        /// <returns>False if the place holds something else, or a text that was at its end.</returns>
        public bool TryAppend(ReadOnlySpan<byte> piece, bool goesOn)
        {
            if (!_open && !IsEmpty)
                return false;
            _text ??= new ArrayBufferWriter<byte>();
            _text.Write(piece);
            _open = goesOn;
            return true;
        }

        /// <summary>Takes a number, a truth value or null, as JSON.</summary>
        /// <returns>False if there is none, or the place holds something.</returns>
        public bool TryTakeValue(ReadOnlySpan<byte> json)
        {
            if (json.IsEmpty || !IsEmpty)
                return false;
            _value = json.ToArray();
            return true;
        }

        internal void Write(Utf8JsonWriter json)
        {
            if (Members is not null)
            {
                json.WriteStartObject();
                foreach ((string name, Place place) in Members)
                {
                    json.WritePropertyName(name);
                    place.Write(json);
                }
                json.WriteEndObject();
            }
            else if (Elements is not null)
            {
                json.WriteStartArray();
                foreach (Place place in Elements)
                    place.Write(json);
                json.WriteEndArray();
            }
            else if (_text is not null)
            {
                json.WriteStringValue(_text.WrittenSpan);
            }
            else
            {
                json.WriteRawValue(_value ?? "null"u8.ToArray(), skipInputValidation: true);
            }
        }
    }

    /// <summary>Takes arguments that come at once.</summary>
    /// <returns>False if there are others.</returns>
    public bool TryTakeWhole(ReadOnlySpan<byte> json)
    {
        if (_whole.Length > 0 || !_root.IsEmpty)
            return false;
        _whole = json.ToArray();
        return true;
    }

    /// <summary>Finds the place a path leads to, or makes it.</summary>
    /// <param name="path">Decoded.</param>
    /// <returns>The place, or null if the path is none, contradicts an earlier one or leads too far.</returns>
    public Place? At(ReadOnlySpan<byte> path)
    {
        if (_whole.Length > 0 || path.IsEmpty || path[0] != (byte)'$')
            return null;
        path = path[1..];
        Place? place = _root;
        for (int depth = 0; !path.IsEmpty; depth++)
        {
            if (depth == MaxDepth)
                return null;
            place = Step(place, ref path);
            if (place is null)
                return null;
        }
        return place;
    }

    /// <summary>All that came, as one JSON value.</summary>
    public byte[] Write()
    {
        if (_whole.Length > 0)
            return _whole;
        return _root.IsEmpty ? [] : JsonErrors.Write(_root.Write);
    }

    private Place? Step(Place place, ref ReadOnlySpan<byte> path)
    {
        if (path[0] == (byte)'.')
        {
            int end = path[1..].IndexOfAny((byte)'.', (byte)'[');
            ReadOnlySpan<byte> name = end < 0 ? path[1..] : path.Slice(1, end);
            path = path[(name.Length + 1)..];
            return name.IsEmpty ? null : Member(place, name);
        }
        if (path.Length < 3 || path[0] != (byte)'[')
            return null;
        if (path[1] is not ((byte)'\'' or (byte)'"'))
        {
            int end = path.IndexOf((byte)']');
            if (end < 0 || !int.TryParse(path[1..end], out int index))
                return null;
            path = path[(end + 1)..];
            return Element(place, index);
        }
        // A quoted name ends at its quote; one with escapes in it is not put together here.
        int quote = path[2..].IndexOf(path[1]);
        if (quote < 0 || path.Length <= quote + 3 || path[quote + 3] != (byte)']' || path.Slice(2, quote).Contains((byte)'\\'))
            return null;
        ReadOnlySpan<byte> quoted = path.Slice(2, quote);
        path = path[(quote + 4)..];
        return Member(place, quoted);
    }

    private Place? Member(Place place, ReadOnlySpan<byte> utf8)
    {
        if (place.Members is null && !place.IsEmpty)
            return null;
        string name = Encoding.UTF8.GetString(utf8);
        place.Members ??= [];
        if (place.Members.TryGetValue(name, out Place? found))
            return found;
        if (_places++ == MaxPlaces)
            return null;
        return place.Members[name] = new Place();
    }

    private Place? Element(Place place, int index)
    {
        if ((place.Elements is null && !place.IsEmpty) || index < 0 || index > (place.Elements?.Count ?? 0))
            return null;
        place.Elements ??= [];
        if (index < place.Elements.Count)
            return place.Elements[index];
        if (_places++ == MaxPlaces)
            return null;
        place.Elements.Add(new Place());
        return place.Elements[^1];
    }
}
