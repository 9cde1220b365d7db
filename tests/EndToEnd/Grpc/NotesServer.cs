using System.Collections.Concurrent;
using System.IO.Compression;
using EnvoyExtAuthz.GrpcServices;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EnvoyExtAuthz.EndToEnd.Tests.Grpc;

/// <summary>A real gRPC server of the notes service. What it hears and does is kept.</summary>
internal sealed class NotesServer : IAsyncDisposable
{
    private readonly WebApplication _server;

    private NotesServer(WebApplication server, ConcurrentQueue<string> heard)
    {
        _server = server;
        Heard = heard;
    }

    /// <summary>Titles and texts that reached the service.</summary>
    public ConcurrentQueue<string> Heard { get; }

    public int Port => new Uri(_server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;

    /// <summary>Starts it.</summary>
    /// <param name="gzip">Answers are compressed.</param>
    public static async Task<NotesServer> Start(bool gzip)
    {
        var heard = new ConcurrentQueue<string>();
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(heard);
        builder.Services.AddGrpc(options =>
        {
            if (!gzip)
                return;
            options.ResponseCompressionAlgorithm = "gzip";
            options.ResponseCompressionLevel = CompressionLevel.Fastest;
        });
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        WebApplication server = builder.Build();
        server.MapGrpcService<Service>();
        await server.StartAsync();
        return new NotesServer(server, heard);
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await _server.StopAsync(now.Token);
        await _server.DisposeAsync();
    }

    private sealed class Service(ConcurrentQueue<string> heard) : Notes.NotesBase
    {
        public override Task<Note> Add(Note request, ServerCallContext context)
        {
            heard.Enqueue(request.Title);
            if (request.Title == "fail")
                throw new RpcException(new Status(StatusCode.NotFound, "no such note"));
            return Task.FromResult(new Note { Title = $"added {request.Title}", Body = request.Body, Author = new Note.Types.Author { Name = "owner@example.com wrote it" } });
        }

        public override async Task Watch(Query request, IServerStreamWriter<Note> responseStream, ServerCallContext context)
        {
            heard.Enqueue(request.Text);
            foreach (string piece in request.Text == "speak" ? (string[])["to own", "er@exam", "ple.com now"] : [])
            {
                await responseStream.WriteAsync(new Note { Comment = piece });
                await Task.Delay(20);
            }
            for (int i = 0; i < 3; i++)
            {
                await responseStream.WriteAsync(new Note { Title = $"note {i}", Body = i == 1 ? "from owner@example.com" : "" });
                await Task.Delay(20);
            }
            if (request.Text.Contains("secret", StringComparison.Ordinal))
                await responseStream.WriteAsync(new Note { Title = "ghp_16C7e42F292c6912E7710c838347Ae178B4a" });
            while (request.Text.EndsWith("for ever", StringComparison.Ordinal))
            {
                await Task.Delay(100, context.CancellationToken);
                await responseStream.WriteAsync(new Note { Title = "more" });
            }
            await responseStream.WriteAsync(new Note { Title = "last" });
        }

        public override async Task<Summary> Import(IAsyncStreamReader<Note> requestStream, ServerCallContext context)
        {
            var summary = new Summary();
            await foreach (Note note in requestStream.ReadAllAsync())
            {
                summary.Count++;
                summary.Text += note.Title;
                heard.Enqueue(note.Title);
            }
            return summary;
        }

        public override Task<Summary> Purge(Query request, ServerCallContext context)
        {
            heard.Enqueue("purged");
            return Task.FromResult(new Summary());
        }
    }
}
