namespace EnvoyExtAuthz.Dialects.Grpc;

/// <summary>Types of fields, numbered as in <c>descriptor.proto</c>.</summary>
internal enum ProtoType : byte
{
    Double = 1,
    Float = 2,
    Int64 = 3,
    UInt64 = 4,
    Int32 = 5,
    Fixed64 = 6,
    Fixed32 = 7,
    Bool = 8,
    String = 9,
    Group = 10,
    Message = 11,
    Bytes = 12,
    UInt32 = 13,
    Enum = 14,
    SFixed32 = 15,
    SFixed64 = 16,
    SInt32 = 17,
    SInt64 = 18,
}

/// <summary>A field of a message.</summary>
/// <param name="name">Its name.</param>
/// <param name="number">Its number.</param>
/// <param name="type">Its type.</param>
/// <param name="repeated">Whether it may come more than once.</param>
internal sealed class ProtoField(string name, int number, ProtoType type, bool repeated)
{
    public string Name { get; } = name;

    public int Number { get; } = number;

    public ProtoType Type { get; } = type;

    public bool Repeated { get; } = repeated;

    /// <summary>Which of the message's places it fills; the fields of a oneof share theirs.</summary>
    public int Place { get; init; }

    /// <summary>In a stream: the running text that its values go on; -1 where each is whole.</summary>
    public int Channel { get; set; } = -1;

    /// <summary>The message it holds; null for any other type.</summary>
    public ProtoMessage? Message { get; set; }

    /// <summary>How its values are laid out.</summary>
    public WireType Wire => Type switch
    {
        ProtoType.String or ProtoType.Message or ProtoType.Bytes => WireType.Bytes,
        ProtoType.Double or ProtoType.Fixed64 or ProtoType.SFixed64 => WireType.Fixed64,
        ProtoType.Float or ProtoType.Fixed32 or ProtoType.SFixed32 => WireType.Fixed32,
        _ => WireType.Varint,
    };
}

/// <summary>A message's type.</summary>
/// <param name="name">Its full name, without a dot before it.</param>
internal sealed class ProtoMessage(string name)
{
    private ProtoField[] _fields = [];

    public string Name { get; } = name;

    /// <summary><c>google.protobuf.Any</c>: bytes of another type, which stands beside them.</summary>
    public bool IsAny { get; } = name == "google.protobuf.Any";

    /// <summary>Places that fields can fill.</summary>
    public int Places { get; private set; }

    /// <summary>Sets the fields, once.</summary>
    public void Define(List<ProtoField> fields, int places)
    {
        Places = places;
        _fields = [.. fields.OrderBy(f => f.Number)];
    }

    /// <summary>All fields, by number.</summary>
    public IReadOnlyList<ProtoField> Fields => _fields;

    /// <summary>The field of a number, or null.</summary>
    public ProtoField? Find(int number)
    {
        int low = 0;
        int high = _fields.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (_fields[middle].Number == number)
                return _fields[middle];
            if (_fields[middle].Number < number)
                low = middle + 1;
            else
                high = middle - 1;
        }
        return null;
    }
}

/// <summary>A method: a tool.</summary>
/// <param name="Path">Its path, <c>/package.Service/Method</c>, which is its name to policies too.</param>
/// <param name="Input">What is sent.</param>
/// <param name="Output">What is answered.</param>
/// <param name="ClientStreams">Any number of messages is sent, not one.</param>
/// <param name="ServerStreams">Any number of messages is answered, not one.</param>
internal sealed record ProtoMethod(byte[] Path, ProtoMessage Input, ProtoMessage Output, bool ClientStreams, bool ServerStreams);
