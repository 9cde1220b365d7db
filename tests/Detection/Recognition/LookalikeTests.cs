using System.Globalization;
using CsCheck;

namespace EnvoyExtAuthz.Tests.Detection.Recognition;

/// <summary>Shape alone is no evidence.</summary>
public class LookalikeTests
{
    [Theory]
    [InlineData("{\"product_id\": 3074185296}")]
    [InlineData("created_at 1755302400")]
    [InlineData("{\"created\":1755302400,\"updated_ms\":1755302400123}")]
    [InlineData("Item 4123456789012 is out of stock")]
    [InlineData("git revert a94a8fe5ccb19ba61c4c0873d391e987982fbbd3")]
    [InlineData("Order PO1234567 for part X12345")]
    [InlineData("Bump to version 1.2.3.4 and rebuild")]
    [InlineData("upgrade Newtonsoft.Json 13.0.3.27908 now")]
    [InlineData("apiKey: YOUR_API_KEY_HERE_PLACEHOLDER")]
    [InlineData("api_key = \"<your-api-key>\"")]
    [InlineData("API_KEY=${API_KEY_FROM_VAULT_2}")]
    [InlineData("token: {{ .Values.token1234567890 }}")]
    [InlineData("password: changeme123")]
    [InlineData("password = \"xxxxxxxx1\"")]
    [InlineData("password: ********")]
    [InlineData("password = os.environ['DB_PASSWORD1']")]
    [InlineData("password = get_password(user1)")]
    [InlineData("const token = await getToken2(scope, client);")]
    [InlineData("The password must contain 8 characters")]
    [InlineData("secret = \"projects/my-project-1/secrets/db-password/versions/2\"")]
    [InlineData("\"max_tokens\": 4096, \"completion_tokens\": 1234567890123456")]
    [InlineData("\"next_page_token\":\"eyJwIjoyfQ==\"")]
    [InlineData("\"pageToken\":\"CAEQAhoKCgYI4Ouq1gUQAA9xZ\"")]
    [InlineData("nextPageToken=eyJsYXN0SWQiOjEyMzQ1Njc4OTB9abc")]
    [InlineData("trace 4bf92f3577b34da6a3ce929d0e0e4736 span 00f067aa0ba902b7")]
    [InlineData("traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]
    [InlineData("sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    [InlineData("id 550e8400-e29b-41d4-a716-446655440000")]
    [InlineData("\"token\": \"550e8400-e29b-41d4-a716-446655440000\"")]
    [InlineData("call_3074185296 and chatcmpl-4111111111111111abc")]
    [InlineData("ISBN 978-3-16-148410-0, ISBN-10 0-306-40615-2")]
    [InlineData("order 4111111111111111")]
    [InlineData("pi = 3.14159265358979323846, x = 0.4111111111111111")]
    [InlineData("4111111111111111.5 metres")]
    [InlineData("part number 123-45-6789")]
    [InlineData("ref: 415-555-2671")]
    [InlineData("the diff adds +1755302400 and removes -1755302400")]
    [InlineData("a = b +4912345 + 12")]
    [InlineData("2001:db8 is a prefix and std::vector<int>::iterator a type; at 12:34:56:78")]
    [InlineData("MAC 00:1a:2b:3c:4d:5e, 3a:1a:2b:3c:4d:5e")]
    [InlineData("localhost 127.0.0.1, host 192.168.1.10, ip 10.0.0.1")]
    [InlineData("import x from '@scope/package@1.2.3'; icon@2x.png; @decorator; user@localhost")]
    [InlineData("git clone git@github.com:org/repo.git && ssh://git@gitlab.com/x")]
    [InlineData("http://localhost:8080/path?mail=a and https://example.com:443/@user")]
    [InlineData("postgres://user:password@localhost/db, redis://:${REDIS_PASSWORD}@cache, mysql://root:<password>@db")]
    [InlineData("-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----")]
    [InlineData("-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3chynL4wXgUg2R9q9UU8I5mEovUf86QZ7kOBIjJwqnzD1omageEHWwHdBO6B+dFabmdT9POxg==\n-----END PUBLIC KEY-----")]
    [InlineData("data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")]
    [InlineData("\"sessionToken\": \"eyJhbGciOiJIUzI1NiJ9...\"")]
    [InlineData("Authorization: Bearer eyJhbGciOiJSUzI1NiIs...")]
    [InlineData("{\"productId\": 4111111111111111, \"orderNumber\": 4539578763621486}")]
    [InlineData("IMEI 378282246310005, EAN 4006381333931, UPC 036000291452")]
    [InlineData("cache-key-d41d8cd98f00b204e9800998ecf8427e uploads/key-d41d8cd98f00b204e9800998ecf8427e")]
    [InlineData("mobile: 2024-05-17, tel 192.168.10.100, phone 20.05.2024")]
    [InlineData("\"NextToken\": \"AAEAAa7h3kq9Zt0VbX2cLmNp\", \"csrfmiddlewaretoken\": \"4kR9sLq2Wz7Xc1Vb5Nm8Aa3S\", $skiptoken=X2cLmNp9Zt0VbAAEAAa7h3kq")]
    [InlineData("ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx AKIAXXXXXXXXXXXXXXXX")]
    [InlineData("use sk-learn-extra-package-for-clustering, task-force-for-the-integration-of-things")]
    [InlineData("Authorization: Bearer <token>; Authorization: Bearer YOUR_TOKEN_HERE_1234567; the bearer of this letter")]
    [InlineData("basic authentication and basic understanding of the basic-principles")]
    [InlineData("IBAN DE89 3704 0044 0532 0130 01 has a wrong check digit")]
    [InlineData("card 4111 1111 1111 1112")]
    [InlineData("DE89 is a postcode, GB29 a road")]
    [InlineData("ssn 000-12-3456, 666-12-3456, 900-12-3456, 123-00-4567, 123-45-0000")]
    [InlineData("Steuer-ID 86095742718")]
    [InlineData("2024-05-17T12:34:56.789Z, 17/05/2024, 12:34:56, 2024-05-17 12:00:00 +0200")]
    [InlineData("arr2d_4539578763621486")]
    [InlineData("version 4.1.1.1 of host software")]
    [InlineData("phone screen 1080 2400 pixels; mobile 5G 3.5GHz")]
    public void A_value_without_evidence_stays(string text) => Assert.Empty(Recognised.In(text));

    [Fact]
    public void Random_identifiers_are_hardly_ever_taken_for_anything()
    {
        var random = new Random(20260807);
        int found = 0;
        const int Rounds = 20_000;
        for (int i = 0; i < Rounds; i++)
        {
            var bytes = new byte[32];
            random.NextBytes(bytes);
            string hex = Convert.ToHexStringLower(bytes);
            string text = (i % 8) switch
            {
                0 => $"commit {hex[..40]}",
                1 => $"id {new Guid(bytes.AsSpan(0, 16))}",
                2 => $"sha256:{hex}",
                3 => $"etag \"{Convert.ToBase64String(bytes)}\"",
                4 => $"n = {random.NextInt64(1_000_000_000L, 9_999_999_999L).ToString(CultureInfo.InvariantCulture)}",
                5 => $"ts {1_700_000_000_000L + random.NextInt64(200_000_000_000L)}",
                6 => $"trace_id={hex[..32]} span_id={hex[..16]}",
                _ => $"order no. {random.NextInt64(1_000_000_000_000L, 9_999_999_999_999_999L).ToString(CultureInfo.InvariantCulture)}",
            };
            found += Recognised.In(text).Length;
        }
        Assert.InRange(found, 0, Rounds / 2000);
    }

    [Fact]
    public void Numbers_of_any_length_alone_are_no_finding_but_for_cards()
    {
        // Letters that begin no country's account numbers: digits behind those can be one by chance.
        Gen.Select(Gen.Char["0123456789"].Array[1, 40], Gen.Char[" -.,;:/jqwJQW\n\""].Array[0, 6]).Sample((digits, around) =>
        {
            string text = string.Concat(around) + new string(digits) + string.Concat(around);
            Assert.DoesNotContain(Recognised.In(text), f => !f.StartsWith("pii.payment-card", StringComparison.Ordinal) && !f.StartsWith("pii.us-ssn", StringComparison.Ordinal));
        }, iter: 20_000);
    }
}
