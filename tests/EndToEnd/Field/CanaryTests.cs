using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Testing.Origin;

namespace EnvoyExtAuthz.EndToEnd.Tests.Field;

/// <summary>Text that came in a body, header, path or answer is in nothing the filter writes: log, metrics, audit, refusals.</summary>
public sealed class CanaryTests
{
    [Fact]
    public async Task No_canary_leaves_in_log_metrics_audit_or_refusal()
    {
        await using FieldLab lab = await FieldLab.Start(["search"], "uninspectable: {image: allow}");
        string[] bodies =
        [
            Chat("CANARY-1 plain"),
            Chat("CANARY-2 with a key ghp_16C7e42F292c6912E7710c838347Ae178B4a"),
            """{"model":"CANARY-3","messages":[{"role":"CANARY-4","content":"x","CANARY-5":"y"}]}""",
            """{"model":"m","messages":[{"role":"user","content":"CANARY-6"}],"messages":[]}""",
            """{"model":"m","messages":"CANARY-7"}""",
            """{"model":"m","messages":[],"tools":[{"type":"function","function":{"name":"CANARY 8 has spaces","description":"CANARY-9"}}]}""",
            "CANARY-10 is no JSON",
            "\"\\ud800 CANARY-11\"",
            """{"jsonrpc":"2.0","id":"CANARY-12","method":"tools/call","params":{"name":"CANARY 13 is a sentence","arguments":{"CANARY-14":"CANARY-15"}}}""",
        ];
        foreach (string body in bodies)
        {
            foreach (string path in (string[])["/v1/chat/completions?CANARY-16", "/mcp", "/CANARY-17", "/v1/%2e%2e/CANARY-18"])
            {
                lab.Answer = OriginAnswer.Json("""{"choices":[{"index":0,"message":{"role":"assistant","content":"CANARY-19","tool_calls":[{"id":"CANARY-20","type":"function","function":{"name":"CANARY 21 again","arguments":"CANARY-22"}}]}}]}""");
                var response = await lab.Post(path, body);
                if (response.Status >= 400)
                    Assert.DoesNotContain("CANARY", response.Text.Replace("CANARY-12", "", StringComparison.Ordinal), StringComparison.Ordinal);
            }
        }
        lab.Answer = OriginAnswer.Of("text/html", "<h1>CANARY-23</h1>"u8.ToArray()) with { Status = 502 };
        await lab.Post("/v1/chat/completions", Chat("x"));
        lab.Answer = OriginAnswer.EventStream(TimeSpan.FromMilliseconds(5), "data: CANARY-24\n\n");
        await lab.Post("/v1/chat/completions", """{"model":"m","stream":true,"messages":[{"role":"user","content":"x"}]}""");
        await lab.Filter.AuditLines(30);
        Assert.DoesNotContain("CANARY", await lab.Filter.Everything(), StringComparison.OrdinalIgnoreCase);
    }

    private static string Chat(string text) => "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"" + text + "\"}]}";
}
