using System.Diagnostics;
using System.Text.Json;
using Envoy.Service.Auth.V3;
using Envoy.Service.ExtProc.V3;
using EnvoyExtAuthz.Testing;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace EnvoyExtAuthz.Tests.Proto;

/// <summary>Our messages against Envoy's own definitions, which an npm package of the gRPC authors carries.</summary>
public class WireTests
{
    private static readonly string Interop = Path.Combine(SharedFolder.Repository, "tests", "Proto", "interop");

    private static readonly FileDescriptor[] Files =
    [
        ExternalProcessorReflection.Descriptor,
        ExternalAuthReflection.Descriptor,
        AttributeContextReflection.Descriptor,
        Envoy.Config.Core.V3.BaseReflection.Descriptor,
        Envoy.Config.Core.V3.AddressReflection.Descriptor,
        Envoy.Extensions.Filters.Http.ExtProc.V3.ProcessingModeReflection.Descriptor,
        Envoy.Type.V3.HttpStatusReflection.Descriptor,
        Google.Rpc.StatusReflection.Descriptor,
    ];

    /// <summary>
    /// What Envoy has (its API of 2026-08, between 1.39 and 1.40) and the package's older copy has not. A name that turns up
    /// here by a slip would be a field that Envoy does not understand.
    /// </summary>
    private static readonly string[] Newer =
    [
        "envoy.service.ext_proc.v3.ProtocolConfiguration",
        "envoy.service.ext_proc.v3.ProcessingRequest.protocol_config",
        "envoy.service.ext_proc.v3.ProcessingResponse.streamed_immediate_response",
        "envoy.service.ext_proc.v3.ProcessingResponse.request_drain",
        "envoy.service.ext_proc.v3.ProcessingResponse.typed_dynamic_metadata",
        "envoy.service.ext_proc.v3.HttpBody.end_of_stream_without_message",
        "envoy.service.ext_proc.v3.HttpBody.grpc_message_compressed",
        "envoy.service.ext_proc.v3.StreamedImmediateResponse",
        "envoy.service.ext_proc.v3.StreamedBodyResponse",
        "envoy.service.ext_proc.v3.BodyMutation.streamed_response",
        "envoy.service.auth.v3.CheckResponse.error_response",
        "envoy.config.core.v3.SocketAddress.network_namespace_filepath",
        "envoy.extensions.filters.http.ext_proc.v3.ProcessingMode.BodySendMode.FULL_DUPLEX_STREAMED",
        "envoy.extensions.filters.http.ext_proc.v3.ProcessingMode.BodySendMode.GRPC",
    ];

    [Fact]
    public void Every_field_has_the_number_type_and_name_that_envoy_gives_it()
    {
        Answer answer = Compare([]);
        // The one name that C# cannot spell; the wire has numbers only.
        Assert.Equal(["envoy.service.ext_proc.v3.BodyMutation.clears_body: Envoy's 2 is clear_body"], answer.Differences);
        Assert.Equal(Newer.Order(StringComparer.Ordinal), answer.Newer.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_we_write_envoys_definitions_read_and_what_they_write_we_read()
    {
        List<IMessage> messages = [.. Files.SelectMany(f => f.MessageTypes).SelectMany(WithNested).Where(m => !IsNewer(m.FullName)).SelectMany(Samples)];
        Assert.True(messages.Count > 100);
        Answer answer = Compare(messages);
        Assert.Equal(messages.Count, answer.Samples.Length);
        for (int i = 0; i < messages.Count; i++)
            Assert.Equal(messages[i], messages[i].Descriptor.Parser.ParseFrom(Convert.FromBase64String(answer.Samples[i])));
    }

    [Fact]
    public void The_grpc_paths_are_envoys()
    {
        Assert.Equal("envoy.service.ext_proc.v3.ExternalProcessor", ExternalProcessor.Descriptor.FullName);
        MethodDescriptor process = ExternalProcessor.Descriptor.FindMethodByName("Process");
        Assert.True(process.IsClientStreaming && process.IsServerStreaming);
        Assert.Equal("envoy.service.auth.v3.Authorization", Authorization.Descriptor.FullName);
        MethodDescriptor check = Authorization.Descriptor.FindMethodByName("Check");
        Assert.False(check.IsClientStreaming || check.IsServerStreaming);
    }

    [Fact]
    public void A_request_with_fields_of_a_later_envoy_is_still_read()
    {
        // flow_control_init (12) and client_window_update (13), a field nobody has, and a body mode nobody has.
        byte[] bytes = [.. new ProcessingRequest { ObservabilityMode = true }.ToByteArray(), 0x62, 0x02, 0x08, 0x05, 0x6A, 0x00, 0xFA, 0x3E, 0x01, 0x78, 0x5A, 0x02, 0x08, 0x63];
        ProcessingRequest request = ProcessingRequest.Parser.ParseFrom(bytes);
        Assert.Equal(ProcessingRequest.RequestOneofCase.None, request.RequestCase);
        Assert.True(request.ObservabilityMode);
        Assert.Equal(99, (int)request.ProtocolConfig.RequestBodyMode);
    }

    [Fact]
    public void A_status_without_a_name_goes_out_as_its_number()
    {
        var status = new Envoy.Type.V3.HttpStatus { Code = (Envoy.Type.V3.StatusCode)451 };
        Assert.Equal([0x08, 0xC3, 0x03], status.ToByteArray());
    }

    private static bool IsNewer(string name) => Newer.Contains(name);

    private static IEnumerable<MessageDescriptor> WithNested(MessageDescriptor message) =>
        message.NestedTypes.Where(n => !n.IsMapEntry).SelectMany(WithNested).Prepend(message);

    /// <summary>A message for each of its fields, that field filled to some depth, and one with nothing.</summary>
    private static IEnumerable<IMessage> Samples(MessageDescriptor type)
    {
        yield return type.Parser.ParseFrom([]);
        foreach (FieldDescriptor field in type.Fields.InDeclarationOrder().Where(f => !IsNewer(f.FullName)))
        {
            IMessage message = type.Parser.ParseFrom([]);
            Set(message, field, 5);
            yield return message;
        }
    }

    private static void Set(IMessage message, FieldDescriptor field, int depth)
    {
        if (field.IsMap)
        {
            var map = (System.Collections.IDictionary)field.Accessor.GetValue(message);
            map["key é"] = Value(field.MessageType.FindFieldByNumber(2), depth);
        }
        else if (field.IsRepeated)
        {
            var list = (System.Collections.IList)field.Accessor.GetValue(message);
            list.Add(Value(field, depth));
            list.Add(Value(field, depth));
        }
        else
        {
            field.Accessor.SetValue(message, Value(field, depth));
        }
    }

    private static object Value(FieldDescriptor field, int depth)
    {
        switch (field.FieldType)
        {
            case FieldType.String:
                return "text é";
            case FieldType.Bytes:
                return ByteString.CopyFrom(0, 1, 0xFF);
            case FieldType.Bool:
                return true;
            case FieldType.Double:
                return 1.5;
            case FieldType.UInt32:
                return 70_000u;
            case FieldType.Int32:
                return -7;
            case FieldType.Int64:
                return -1L;
            case FieldType.Enum:
                return field.EnumType.Values[^1].Number;
        }
        Assert.Equal(FieldType.Message, field.FieldType);
        if (field.MessageType.FullName == "google.protobuf.BoolValue")
            return true;
        IMessage message = field.MessageType.Parser.ParseFrom([]);
        if (depth == 0)
            return message;
        var oneofs = new HashSet<OneofDescriptor>();
        foreach (FieldDescriptor inner in field.MessageType.Fields.InDeclarationOrder())
        {
            if (!IsNewer(inner.FullName) && (inner.ContainingOneof is null || oneofs.Add(inner.ContainingOneof)))
                Set(message, inner, depth - 1);
        }
        return message;
    }

    private static Answer Compare(List<IMessage> samples)
    {
        Assert.SkipUnless(Directory.Exists(Path.Combine(Interop, "node_modules")), "needs Envoy's definitions: npm ci in tests/Proto/interop");
        MessageDescriptor[] messages = [.. Files.SelectMany(f => f.MessageTypes).SelectMany(WithNested)];
        EnumDescriptor[] enums = [.. Files.SelectMany(f => f.EnumTypes), .. messages.SelectMany(m => m.EnumTypes)];
        string question = JsonSerializer.Serialize(new
        {
            messages = messages.Select(m => new
            {
                name = m.FullName,
                fields = m.Fields.InDeclarationOrder().Select(f => new { name = f.Name, number = f.FieldNumber, type = TypeOf(f), oneof = f.ContainingOneof?.Name ?? "" }),
            }),
            enums = enums.Select(e => new { name = e.FullName, values = e.Values.ToDictionary(v => v.Name, v => v.Number) }),
            samples = samples.Select(s => new { type = s.Descriptor.FullName, bytes = s.ToByteString().ToBase64() }),
        });
        var start = new ProcessStartInfo("node", [Path.Combine(Interop, "compare.mjs")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(question);
        process.StandardInput.Close();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error.GetAwaiter().GetResult());
        return JsonSerializer.Deserialize<Answer>(output.GetAwaiter().GetResult(), JsonSerializerOptions.Web)!;
    }

    private static string TypeOf(FieldDescriptor field)
    {
        if (field.IsMap)
            return $"map<{TypeOf(field.MessageType.FindFieldByNumber(1))}, {TypeOf(field.MessageType.FindFieldByNumber(2))}>";
        string name = field.FieldType switch
        {
            FieldType.Message => field.MessageType.FullName,
            FieldType.Enum => field.EnumType.FullName,
            _ => field.FieldType.ToString().ToLowerInvariant(),
        };
        return field.IsRepeated ? "repeated " + name : name;
    }

    private sealed record Answer(string[] Differences, string[] Newer, string[] Samples);
}
