using EnvoyExtAuthz.Dialects.Grpc;
using EnvoyExtAuthz.GrpcServices;
using Google.Protobuf;

namespace EnvoyExtAuthz.Tests.Dialects.Grpc;

public class DescriptorSetTests
{
    [Theory]
    [InlineData("no descriptor set", "68-65-6C-6C-6F")]
    [InlineData("no service", "")]
    [InlineData("no service", "0A-00")]
    [InlineData("no descriptor set", "0A-05-01")]
    public void What_is_no_set_is_said_so(string said, string bytes)
    {
        Assert.False(GrpcDialect.TryCreate(Convert.FromHexString(bytes.Replace("-", "", StringComparison.Ordinal)), [], out _, out string fault));
        Assert.Contains(said, fault);
    }

    [Fact]
    public void A_set_without_its_imports_is_said_so()
    {
        ByteString own = NotesReflection.Descriptor.SerializedData;
        using var set = new MemoryStream();
        using (var output = new CodedOutputStream(set, leaveOpen: true))
        {
            output.WriteTag(1, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(own);
        }
        Assert.False(GrpcDialect.TryCreate(set.ToArray(), [], out _, out string fault));
        Assert.Contains("--include_imports", fault);
    }

    [Fact]
    public void A_file_twice_is_said_so()
    {
        Assert.False(GrpcDialect.TryCreate((byte[])[.. NotesDescriptors.Set, .. NotesDescriptors.Set], [], out _, out string fault));
        Assert.Contains("twice", fault);
    }

    [Fact]
    public void Any_cut_of_a_set_is_read_or_refused_and_never_fails()
    {
        for (int length = 0; length < NotesDescriptors.Set.Length; length += 7)
        {
            bool read = GrpcDialect.TryCreate(NotesDescriptors.Set.AsSpan(0, length), [], out _, out string fault);
            Assert.Equal(read, fault.Length == 0);
        }
    }
}
