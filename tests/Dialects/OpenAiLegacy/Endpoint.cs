using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.OpenAiLegacy;

/// <summary>Exchanges of one endpoint as tests write them.</summary>
internal sealed class Endpoint(Dialect dialect, string path)
{
    public Dialect Dialect => dialect;

    public ReadFault Request(string body, Message message) => Request(Encoding.UTF8.GetBytes(body), message, path);

    public ReadFault Request(byte[] body, Message message, string path, string method = "POST")
    {
        message.Clear();
        message.Dialect = dialect;
        HttpHead head = new HttpHead().Add(":method", method).Add(":path", path).Add("content-type", "application/json");
        return dialect.ReadRequest(head, Encoding.UTF8.GetBytes(path), body, JsonLimits.Default, message);
    }

    public ReadFault Response(string body, Message message, int status = 200, string contentType = "application/json") =>
        Response(Encoding.UTF8.GetBytes(body), message, status, contentType);

    public ReadFault Response(byte[] body, Message message, int status = 200, string contentType = "application/json")
    {
        message.Clear();
        message.Dialect = dialect;
        using var request = new Message();
        HttpHead head = new HttpHead().Add(":status", status.ToString(System.Globalization.CultureInfo.InvariantCulture)).Add("content-type", contentType);
        return dialect.ReadResponse(request, head, body, JsonLimits.Default, message);
    }
}
