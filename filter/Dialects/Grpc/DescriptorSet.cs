using System.Text;

namespace EnvoyExtAuthz.Dialects.Grpc;

/// <summary>
/// Reads a <c>FileDescriptorSet</c> (google/protobuf/descriptor.proto), as <c>protoc --include_imports --descriptor_set_out</c>
/// and <c>buf build</c> write it. Takes the parts that say what is on the wire, and nothing of options but <c>map_entry</c>'s.
/// </summary>
internal sealed class DescriptorSet
{
    private const int MaxMessages = 65_536;

    /// <summary>Most fields of one message: their places are kept on the stack while one is read.</summary>
    private const int MaxFields = 8_192;

    private const int MaxNesting = 64;
    private readonly Dictionary<string, ProtoMessage> _messages = new(StringComparer.Ordinal);
    private readonly List<(ProtoField Field, string Type, string Where)> _unresolved = [];
    private readonly List<(string Path, string Input, string Output, bool ClientStreams, bool ServerStreams)> _methods = [];

    private DescriptorSet()
    {
    }

    /// <summary>Message types by full name.</summary>
    public IReadOnlyDictionary<string, ProtoMessage> Messages => _messages;

    /// <summary>All methods of all services.</summary>
    public List<ProtoMethod> Methods { get; } = [];

    /// <summary>Reads a set.</summary>
    /// <param name="bytes">Its bytes.</param>
    /// <param name="set">The set, where it is one.</param>
    /// <returns>What is wrong, in a sentence; empty if nothing is.</returns>
    public static string TryRead(ReadOnlySpan<byte> bytes, out DescriptorSet set)
    {
        set = new DescriptorSet();
        var wire = new ProtoWire(bytes);
        while (!wire.AtEnd)
        {
            if (!wire.TryTag(out int number, out WireType type))
                return NotOne;
            if (number != 1 || type != WireType.Bytes)
                return "The file is no descriptor set: make it with `protoc --include_imports --descriptor_set_out=FILE`.";
            if (!wire.TryBytes(out int start, out int length))
                return NotOne;
            if (set.ReadFile(bytes.Slice(start, length)) is { Length: > 0 } fault)
                return fault;
        }
        return set.Resolve();
    }

    /// <summary>Makes the texts of some fields run on over the messages of a stream.</summary>
    /// <param name="fields">Their full names, such as <c>package.Message.field</c>.</param>
    /// <returns>What is wrong, in a sentence; empty if nothing is.</returns>
    public string Join(IReadOnlyList<string> fields)
    {
        for (int i = 0; i < fields.Count; i++)
        {
            int dot = fields[i].LastIndexOf('.');
            ProtoField? field = dot < 0 ? null : _messages.GetValueOrDefault(fields[i][..dot])?.Fields.FirstOrDefault(f => f.Name == fields[i][(dot + 1)..]);
            if (field is not { Type: ProtoType.String })
                return $"The descriptor set has no string field `{fields[i]}`: name it in full, as `package.Message.field`.";
            field.Channel = i;
        }
        return "";
    }

    private const string NotOne = "The file is no descriptor set.";

    private string ReadFile(ReadOnlySpan<byte> file)
    {
        string package = Text(file, 2);
        string fault = "";
        foreach (Range message in All(file, 4))
            fault = fault.Length > 0 ? fault : ReadMessage(file[message], package, 0);
        foreach (Range service in All(file, 6))
            ReadService(file[service], package);
        return fault;
    }

    private string ReadMessage(ReadOnlySpan<byte> descriptor, string scope, int depth)
    {
        string name = Joined(scope, Text(descriptor, 1));
        if (depth > MaxNesting || _messages.Count == MaxMessages)
            return "The descriptor set has too many message types, or they are nested too deep.";
        var message = new ProtoMessage(name);
        if (!_messages.TryAdd(name, message))
            return $"The descriptor set has the message `{name}` twice.";
        var fields = new List<ProtoField>();
        int oneofs = All(descriptor, 8).Count;
        foreach (Range field in All(descriptor, 2))
        {
            if (fields.Count == MaxFields)
                return $"The message `{name}` has more than {MaxFields} fields.";
            if (ReadField(descriptor[field], oneofs, fields, name) is { Length: > 0 } fault)
                return fault;
        }
        message.Define(fields, oneofs + fields.Count);
        foreach (Range nested in All(descriptor, 3))
        {
            if (ReadMessage(descriptor[nested], name, depth + 1) is { Length: > 0 } fault)
                return fault;
        }
        return "";
    }

    private string ReadField(ReadOnlySpan<byte> descriptor, int oneofs, List<ProtoField> fields, string holder)
    {
        int number = (int)Number(descriptor, 3, 0);
        ulong type = Number(descriptor, 5, 0);
        if (number <= 0 || fields.Exists(f => f.Number == number) || type is < 1 or > 18)
            return $"The message `{holder}` has a field without a number or type of its own.";
        ulong oneof = Number(descriptor, 9, ulong.MaxValue);
        int place = oneof < (ulong)oneofs ? (int)oneof : oneofs + fields.Count;
        var field = new ProtoField(Text(descriptor, 1), number, (ProtoType)type, Number(descriptor, 4, 1) == 3) { Place = place };
        fields.Add(field);
        if (field.Type == ProtoType.Message)
            _unresolved.Add((field, Text(descriptor, 6), holder));
        return "";
    }

    private void ReadService(ReadOnlySpan<byte> descriptor, string package)
    {
        string service = Joined(package, Text(descriptor, 1));
        foreach (Range range in All(descriptor, 2))
        {
            ReadOnlySpan<byte> method = descriptor[range];
            _methods.Add(($"/{service}/{Text(method, 1)}", Text(method, 2), Text(method, 3), Number(method, 5, 0) != 0, Number(method, 6, 0) != 0));
        }
    }

    private string Resolve()
    {
        foreach ((ProtoField field, string type, string where) in _unresolved)
        {
            if (Find(type) is not { } message)
                return $"The descriptor set lacks `{type}`, which `{where}` holds: make it with `--include_imports`.";
            field.Message = message;
        }
        foreach ((string path, string input, string output, bool clientStreams, bool serverStreams) in _methods)
        {
            if (Find(input) is not { } sent || Find(output) is not { } answered)
                return $"The descriptor set lacks a message of `{path}`: make it with `--include_imports`.";
            Methods.Add(new ProtoMethod(Encoding.UTF8.GetBytes(path), sent, answered, clientStreams, serverStreams));
        }
        return Methods.Count == 0 ? "The descriptor set has no service." : "";
    }

    private ProtoMessage? Find(string type) => type.StartsWith('.') ? _messages.GetValueOrDefault(type[1..]) : null;

    private static string Joined(string scope, string name) => scope.Length == 0 ? name : $"{scope}.{name}";

    /// <summary>The last value of a text field; empty without one. What is no field ends the reading: what follows is missed, and so refused later.</summary>
    private static string Text(ReadOnlySpan<byte> descriptor, int number)
    {
        List<Range> all = All(descriptor, number);
        return all.Count == 0 ? "" : Encoding.UTF8.GetString(descriptor[all[^1]]);
    }

    private static List<Range> All(ReadOnlySpan<byte> descriptor, int number)
    {
        var found = new List<Range>();
        var wire = new ProtoWire(descriptor);
        while (!wire.AtEnd && wire.TryTag(out int at, out WireType type))
        {
            if (at == number && type == WireType.Bytes)
            {
                if (!wire.TryBytes(out int start, out int length))
                    break;
                found.Add(start..(start + length));
            }
            else if (!wire.TrySkip(type))
            {
                break;
            }
        }
        return found;
    }

    private static ulong Number(ReadOnlySpan<byte> descriptor, int number, ulong otherwise)
    {
        var wire = new ProtoWire(descriptor);
        while (!wire.AtEnd && wire.TryTag(out int at, out WireType type))
        {
            if (at == number && type == WireType.Varint)
            {
                if (!wire.TryVarint(out otherwise))
                    break;
            }
            else if (!wire.TrySkip(type))
            {
                break;
            }
        }
        return otherwise;
    }
}
