using EnvoyExtAuthz.GrpcServices;
using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Testing.Envoy;
using Grpc.Core;
using Grpc.Net.Client;

namespace EnvoyExtAuthz.EndToEnd.Tests.Grpc;

/// <summary>gRPC calls of the platform's own client to its own server, through Envoy and the filter with a descriptor set.</summary>
public sealed class GrpcTests
{
    private const string Policy = """
        version: 1
        name: grpc
        callers:
          anyone: {unauthenticated: true}
        routes:
          - {name: notes, match: {}, protocol: grpc, descriptors: notes.bin, join: [notes.v1.Note.comment]}
        rules:
          - name: all-but-purge
            callers: [anyone]
            routes: [notes]
            tools: {allow: [/notes.v1.Notes/*], deny: [/notes.v1.Notes/Purge]}
            detectors:
              injection: {action: ignore}
              secrets: {action: refuse}
              pii.email: {action: redact}
        """;

    public static TheoryData<string, bool> Labs { get; } = [.. EnvoyProcess.Versions.SelectMany(v => new[] { new TheoryDataRow<string, bool>(v, false), new TheoryDataRow<string, bool>(v, true) })];

    [Theory]
    [MemberData(nameof(Labs))]
    public async Task Calls_are_judged_read_and_edited_by_their_types(string version, bool gzip)
    {
        ToolLocator.Require("envoy");
        await using NotesServer server = await NotesServer.Start(gzip);
        await using FilterProcess filter = await FilterProcess.Start(new FilterOptions { Policy = Policy, Files = new Dictionary<string, byte[]> { ["notes.bin"] = NotesDescriptors.Set } });
        await using EnvoyProcess envoy = await EnvoyProcess.Start(version, new EnvoyConfig { Filter = filter.Address, OriginPort = server.Port, Http2Origin = true });
        using GrpcChannel channel = GrpcChannel.ForAddress($"http://127.0.0.1:{envoy.Port}");
        var client = new Notes.NotesClient(channel);
        CallOptions options = new CallOptions(deadline: DateTime.UtcNow.AddSeconds(60), headers: gzip ? new Metadata { { "grpc-internal-encoding-request", "gzip" } } : []);

        Note added = await client.AddAsync(new Note { Title = "plain", Body = "write to me@example.com" }, options);
        Assert.Equal("added plain", added.Title);
        Assert.DoesNotContain("@example.com", added.Body + added.Author.Name, StringComparison.Ordinal);
        Assert.StartsWith("write to ", added.Body, StringComparison.Ordinal);
        Assert.EndsWith(" wrote it", added.Author.Name, StringComparison.Ordinal);

        Assert.Equal(["note 0", "note 1", "note 2", "last"], await Watched(client, "all", options));
        Assert.Equal("ab", (await Import(client, options, "a", "b")).Text);

        Assert.Equal(("to ", " now"), Ends(await Spoken(client, options)));

        RpcException refused = await Assert.ThrowsAsync<RpcException>(async () => await client.PurgeAsync(new Query(), options));
        AssertRefused(refused);
        AssertRefused(await Assert.ThrowsAsync<RpcException>(async () => await client.AddAsync(new Note { Title = "ghp_16C7e42F292c6912E7710c838347Ae178B4a" }, options)));
        AssertRefused(await Assert.ThrowsAsync<RpcException>(async () => await client.AddAsync(new Note { Title = "x", Attachment = Google.Protobuf.ByteString.CopyFrom(0, 1) }, options)));
        RpcException failed = await Assert.ThrowsAsync<RpcException>(async () => await client.AddAsync(new Note { Title = "fail" }, options));
        Assert.Equal((StatusCode.NotFound, "no such note"), (failed.StatusCode, failed.Status.Detail));

        // In mid-stream the status is told in the trailers: what was released before stays.
        var seen = new List<string>();
        RpcException cut = await Assert.ThrowsAsync<RpcException>(async () => await Watched(client, "with a secret", options, seen));
        Assert.Equal(["note 0", "note 1", "note 2"], seen);
        AssertRefused(cut);
        // A stream that goes on and on ends without a status, which no client takes for its end.
        var clock = System.Diagnostics.Stopwatch.StartNew();
        cut = await Assert.ThrowsAsync<RpcException>(async () => await Watched(client, "with a secret, for ever", options));
        Assert.NotEqual(StatusCode.OK, cut.StatusCode);
        Assert.InRange(clock.Elapsed, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(15));

        Assert.Equal(["plain", "all", "a", "b", "speak", "fail", "with a secret", "with a secret, for ever"], server.Heard);
    }

    private static async Task<List<string>> Watched(Notes.NotesClient client, string text, CallOptions options, List<string>? seen = null)
    {
        seen ??= [];
        using AsyncServerStreamingCall<Note> call = client.Watch(new Query { Text = text }, options);
        await foreach (Note note in call.ResponseStream.ReadAllAsync())
        {
            Assert.DoesNotContain("owner@example.com", note.Body, StringComparison.Ordinal);
            seen.Add(note.Title);
        }
        return seen;
    }

    /// <summary>What a text that comes in pieces, an address cut over two of them, says to the client.</summary>
    private static async Task<string> Spoken(Notes.NotesClient client, CallOptions options)
    {
        using AsyncServerStreamingCall<Note> call = client.Watch(new Query { Text = "speak" }, options);
        string said = "";
        await foreach (Note note in call.ResponseStream.ReadAllAsync())
            said += note.Comment;
        Assert.DoesNotContain("owner", said, StringComparison.Ordinal);
        Assert.DoesNotContain("example.com", said, StringComparison.Ordinal);
        return said;
    }

    private static (string First, string Last) Ends(string text) => (text[..3], text[^4..]);

    private static async Task<Summary> Import(Notes.NotesClient client, CallOptions options, params string[] titles)
    {
        using AsyncClientStreamingCall<Note, Summary> call = client.Import(options);
        foreach (string title in titles)
            await call.RequestStream.WriteAsync(new Note { Title = title });
        await call.RequestStream.CompleteAsync();
        return await call.ResponseAsync;
    }

    private static void AssertRefused(RpcException refused)
    {
        Assert.Equal(StatusCode.PermissionDenied, refused.StatusCode);
        Assert.Contains("(event ", refused.Status.Detail, StringComparison.Ordinal);
    }
}
