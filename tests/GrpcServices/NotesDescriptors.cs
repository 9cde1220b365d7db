using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace EnvoyExtAuthz.GrpcServices;

/// <summary>The descriptor set of <c>notes.proto</c>, as <c>protoc --include_imports --descriptor_set_out</c> writes it.</summary>
public static class NotesDescriptors
{
    /// <summary>The set's bytes.</summary>
    public static byte[] Set { get; } = Write();

    private static byte[] Write()
    {
        using var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes, leaveOpen: true))
        {
            foreach (FileDescriptor file in WithImports(NotesReflection.Descriptor).Distinct())
            {
                output.WriteTag(1, WireFormat.WireType.LengthDelimited);
                output.WriteBytes(file.SerializedData);
            }
        }
        return bytes.ToArray();
    }

    private static IEnumerable<FileDescriptor> WithImports(FileDescriptor file) => [.. file.Dependencies.SelectMany(WithImports), file];
}
