using System.Text;
using CsCheck;
using EnvoyExtAuthz.Detection;

namespace EnvoyExtAuthz.Tests.Detection.Recognition;

public class RunningTextTests
{
    private static readonly string Key = "-----BEGIN RSA PRIVATE KEY-----\n" + Convert.ToBase64String(Enumerable.Range(0, 90).Select(i => (byte)(i * 37)).ToArray()) + "\n-----END RSA PRIVATE KEY-----";

    private static readonly string[] Pieces =
    [
        "ghp_16C7e42F292c6912E7710c838347Ae178B4a", "ghp_", "AKIAIOSFODNN7EXAMPLE", "AKIA", "sk-proj-qa25MV9c7Qu0EjDIEWdcT3BlbkFJ83uCF0K4yw7RzpY39bio", "4111 1111 1111 1111", "4111", "1111",
        "DE89 3704 0044 0532 0130 00", "DE89 3704", "+49 30 901820", "+4", "9 30", "(415) 555-2671", "219-09-9999", "anna@mail.example", "anna.", "@", "b@c.de", "postgres://u:pa55w0rd@h:1",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI0MiJ9.q3pD0rJ8xk2Vt1sWzL6nYb5mQe7uHc9a", "eyJ", "password = \"S3cr3t!x\"", "password: ", "api_key=9f8Kd72LmQpX0vBn4RtY6wZa",
        "Bearer 7f3KdP0qLxV2mTz9RwYb4NcJ8sHg", "508627689:AAEuLPKs-EhrjrYGnz60bnYNZqakf6HJxc0", "client ip 81.2.69.142", "2a02:2e0:3fe:1001:302::1", "phone ", "order ", "card ", "ssn ", "-----BEGIN ", "-----",
        " ", " ", "\n", ".", ",", ":", "-", "_", "a", "the", "1", "é", "密", "😀", "\\n", "\"", "%3D", "Steuer-ID 86 095 742 719",
        "NINO AB 12 34 56 C", "NINO ", "AB ", "12 34 56 C", "X1234567L", "codice fiscale ", "RSSMRA85T10A562S", "Kennzeichen B-AB 1234", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
        "BIC: DEUTDEFF500", "swift ", "Aadhaar id ", "2341 2341 2346", "datadog_api_key=", "a25a4ac62a074cd52c668c6b9937cf40", "-us12", "8Q~", "aio_", "ABCDEF-GH", "passport ", "C4XX12345", "ИНН ", "500100732259",
    ];

    public static TheoryData<string> Texts => new(
        "the key is ghp_16C7e42F292c6912E7710c838347Ae178B4a, keep it",
        "card 4111 1111 1111 1111 exp 12/29 and IBAN DE89 3704 0044 0532 0130 00 of anna@mail.example, phone 030 901820, ssn 219099999",
        "密码：Qw3rty!9z postgres://app:s3cr3tPW@db.internal:5432/x api_key = \"9f8Kd72LmQpX0vBn4RtY6wZa\"",
        "client ip: 81.2.69.142 or 2a02:2e0:3fe:1001:302::1; +1 (415) 555-2671 or (415) 555-2671",
        "Authorization: Bearer 7f3KdP0qLxV2mTz9RwYb4NcJ8sHg bot 508627689:AAEuLPKs-EhrjrYGnz60bnYNZqakf6HJxc0",
        $"see {Key} ok");

    [Theory]
    [MemberData(nameof(Texts))]
    public void Every_cut_in_two_or_three_finds_the_same(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        List<Finding> whole = Recognised.Findings(bytes);
        Assert.NotEmpty(whole);
        for (int one = 0; one <= bytes.Length; one++)
        {
            for (int two = one; two <= bytes.Length; two += 3)
                Assert.Equal(whole, Recognised.Running(bytes, [one, two]));
        }
        Assert.Equal(whole, Recognised.Running(bytes, Enumerable.Range(1, bytes.Length - 1)));
    }

    [Fact]
    public void Any_text_cut_anywhere_finds_the_same()
    {
        Gen.Select(Gen.Int[0, Pieces.Length - 1].Array[0, 14], Gen.Int[0, 10_000].Array[0, 8], Gen.Bool, Gen.ULong).Sample((parts, cuts, everywhere, kinds) =>
        {
            // A third of the times everything is looked for, else some kinds.
            ScanPlan plan = kinds % 3 == 0 ? Recognised.Everything : new ScanPlan(FindingKinds.All.Where(k => k.Family != DetectorFamily.Injection && (kinds >> (k.Id % 60) & 1) == 1).Select(k => KeyValuePair.Create(k, 0f)));
            byte[] bytes = Encoding.UTF8.GetBytes(string.Concat(parts.Select(p => Pieces[p])));
            IEnumerable<int> at = everywhere ? Enumerable.Range(1, Math.Max(0, bytes.Length - 1)) : cuts.Select(c => c % (bytes.Length + 1)).Order();
            Assert.Equal(Recognised.Findings(bytes, plan), Recognised.Running(bytes, at, plan));
        }, iter: 10_000);
    }

    [Fact]
    public void Findings_come_in_order_and_never_overlap()
    {
        Gen.Int[0, Pieces.Length - 1].Array[0, 30].Sample(parts =>
        {
            byte[] bytes = Encoding.UTF8.GetBytes(string.Concat(parts.Select(p => Pieces[p])));
            int end = 0;
            foreach (Finding finding in Recognised.Findings(bytes))
            {
                Assert.True(finding.Start >= end && finding.Length > 0);
                end = finding.Start + finding.Length;
                Assert.True(end <= bytes.Length);
                // At characters' boundaries.
                Assert.NotEqual(0x80, bytes[finding.Start] & 0xC0);
                Assert.True(end == bytes.Length || (bytes[end] & 0xC0) != 0x80);
            }
        }, iter: 20_000);
    }

    [Theory]
    [InlineData("The quick brown fox jumps over ", 0)]
    [InlineData("The quick brown fox", 3)]
    [InlineData("In 2024 we saw", 3)]
    [InlineData("In 2024", 4)]
    [InlineData("Please enter your password ", 0)]
    [InlineData("the key is ghp_16C7e42F2", 13)]
    [InlineData("write to anna", 4)]
    [InlineData("write to anna@mail.example", 17)]
    [InlineData("call me at +49 30 9018", 11)]
    [InlineData("see https://example.org/path/", 0)]
    [InlineData("今天天气很好", 0)]
    public void Only_what_could_still_become_a_finding_is_held(string text, int held)
    {
        using var running = new RunningText(Recognised.Everything);
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        running.Append(bytes);
        Assert.Equal(held, bytes.Length - running.SettledLength);
    }

    [Fact]
    public void A_private_key_without_end_is_found_as_far_as_it_was_seen_and_held_no_longer()
    {
        byte[] bytes = Encoding.UTF8.GetBytes("-----BEGIN PRIVATE KEY-----\n" + string.Concat(Enumerable.Repeat("MC4CAQAwBQYDK2VwBCIEIFhqzJ8eXy7wKQ0tR5vUbN3mLpOdGsAc1ZiEkTjHfWxY\n", 400)));
        using var running = new RunningText(Recognised.Everything);
        long held = 0;
        for (int at = 0; at < bytes.Length; at += 61)
        {
            running.Append(bytes.AsSpan(at, Math.Min(61, bytes.Length - at)));
            held = Math.Max(held, Math.Min(bytes.Length, at + 61) - running.SettledLength);
        }
        running.Finish();
        var found = new List<Finding>();
        running.Drain(found);
        Assert.Equal(Recognisers.MaxFindingBytes, found[0].Length);
        Assert.InRange(held, Recognisers.MaxFindingBytes / 2, Recognisers.MaxFindingBytes + 61);
    }
}
