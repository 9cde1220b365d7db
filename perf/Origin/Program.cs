using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;

// The service that is measured through: reads the request, answers at once with one fixed completion, or, on /stream/...,
// with events at a steady pace. Usage: perf-origin PORT
int port = int.Parse(args[0], CultureInfo.InvariantCulture);
byte[] answer = Encoding.UTF8.GetBytes("""{"id":"c1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"t1","type":"function","function":{"name":"search","arguments":"{\"query\":\"opening hours\"}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":900,"completion_tokens":12,"total_tokens":912}}""");
byte[] done = "data: [DONE]\n\n"u8.ToArray();

WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port, listen => listen.Protocols = HttpProtocols.Http1));
WebApplication app = builder.Build();
app.Run(async context =>
{
    bool streams = false;
    byte[] buffer = new byte[16 * 1024];
    int read;
    while ((read = await context.Request.Body.ReadAsync(buffer, context.RequestAborted)) > 0)
        streams |= buffer.AsSpan(0, read).IndexOf("\"stream\":true"u8) >= 0;
    if (!streams)
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = answer.Length;
        await context.Response.Body.WriteAsync(answer, context.RequestAborted);
        return;
    }
    context.Response.ContentType = "text/event-stream";
    for (int i = 0; i < 50; i++)
    {
        // The time of sending goes along, so that a client on this machine can tell how long an event took.
        string sent = (DateTime.UtcNow - DateTime.UnixEpoch).TotalMilliseconds.ToString("F3", CultureInfo.InvariantCulture);
        string chunk = $$$"""data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"{{{sent}}} "},"finish_reason":null}]}""";
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(chunk + "\n\n"), context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        await Task.Delay(20, context.RequestAborted);
    }
    await context.Response.Body.WriteAsync(done, context.RequestAborted);
});
app.Run();
