using System.Text;
using EnvoyExtAuthz.Detection;
using EnvoyExtAuthz.Detection.Recognition;

namespace EnvoyExtAuthz.Tests.Detection.Recognition;

/// <summary>The tables in docs/detectors.md are what the build knows; a difference fails with the tables as they should be.</summary>
public class DetectorsDocumentTests
{
    private static readonly Dictionary<string, string> Described = new()
    {
        ["secret.assigned-secret"] = "a value that looks drawn, assigned to a name such as `api_key` or `client_secret`",
        ["secret.assigned-password"] = "a value that is no word and no reference, assigned to a name such as `password`, in eight languages",
        ["secret.aws-secret-access-key"] = "40 characters assigned to a name such as `aws_secret_access_key`",
        ["secret.basic-credentials"] = "`Basic` and base64 of a user and a password",
        ["secret.bearer-token"] = "`Bearer` and a value that looks drawn",
        ["secret.connection-password"] = "the password in a URL's user information, any scheme",
        ["secret.jwt"] = "three to five parts, the first a JSON object that names an algorithm",
        ["secret.private-key"] = "PEM, any label with `PRIVATE KEY`, line breaks plain or escaped",
        ["secret.pgp-private-key"] = "armour of OpenPGP",
        ["secret.telegram-bot-token"] = "number, colon, `AA` and 33 characters",
        ["secret.putty-private-key"] = "lines after `Private-Lines:`",
        ["secret.ssh2-private-key"] = "armour of SSH.COM",
        ["secret.xml-rsa-private-key"] = "`<D>` of an `RSAKeyValue`",
        ["secret.jwk-private-key"] = "`d` of a JSON Web Key",
        ["secret.extended-private-key"] = "`xprv`, `yprv`, `zprv`, `tprv` and base58check",
        ["secret.nostr-secret-key"] = "`nsec1` and bech32",
        ["secret.nats-seed"] = "`SU`, `SA`, `SO` and CRC-16",
        ["secret.stellar-secret-seed"] = "`S` and CRC-16",
        ["pii.email"] = "local part, host of two labels or more",
        ["pii.phone"] = "plus sign and a country's own length, area in brackets, or a word such as `phone` before it",
        ["pii.payment-card"] = "issuer's prefix and length, Luhn; no word that says it is something else",
        ["pii.iban"] = "country's length, MOD 97-10",
        ["pii.ip-address"] = "public; IPv4 after a word such as `ip`, IPv6 with four groups",
        ["pii.us-ssn"] = "assigned area and group; hyphens, or a word such as `ssn` before it",
        ["pii.crypto-wallet"] = "base58check or bech32 of nine chains; `0x` and 40 digits after a word such as `wallet`",
        ["pii.bic"] = "after `BIC` or `SWIFT`, a country's code in its place",
    };

    [Fact]
    public void The_tables_list_every_kind()
    {
        string? file = Find();
        Assert.SkipWhen(file is null, "needs docs/detectors.md");
        string document = File.ReadAllText(file!).ReplaceLineEndings("\n");
        foreach ((DetectorFamily family, string name) in new[] { (DetectorFamily.Secret, "secrets"), (DetectorFamily.PersonalData, "pii") })
        {
            string table = Table(family);
            if (Environment.GetEnvironmentVariable("DETECTORS_TABLES") is { } folder)
                File.WriteAllText(Path.Combine(folder, $"{name}.md"), table);
            Assert.Contains(table, document, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void There_are_kinds_enough()
    {
        Assert.InRange(FindingKinds.All.Count(kind => kind.Family == DetectorFamily.Secret), 200, 1000);
        Assert.InRange(FindingKinds.All.Count(kind => kind.Family == DetectorFamily.PersonalData), 60, 1000);
    }

    [Fact]
    public void Every_context_word_fits_what_callers_keep() =>
        Assert.All(NationalShapes.Rows.SelectMany(row => row.Words.Split('|')), word => Assert.InRange(Encoding.UTF8.GetByteCount(word), 2, 39));

    private static string Table(DetectorFamily family) =>
        "| kind | what is evidence |\n|---|---|\n" + string.Concat(FindingKinds.All.Where(kind => kind.Family == family).OrderBy(kind => kind.Name, StringComparer.Ordinal)
            .Select(kind => $"| `{kind.Name}` | {Evidence(kind.Name, kind.Name[(kind.Name.IndexOf('.', StringComparison.Ordinal) + 1)..])} |\n"));

    private static string Evidence(string kind, string name)
    {
        var evidence = new List<string>();
        if (Described.TryGetValue(kind, out string? described))
            evidence.Add(described);
        IEnumerable<string> marks = SecretShapes.Rows.Where(row => row.Name == name).Select(row => row.Prefix).Concat(IssuerSecrets.Rows.Where(row => row.Name == name).Select(row => row.Mark)).Distinct();
        if (kind.StartsWith("secret.", StringComparison.Ordinal) && marks.Any())
            evidence.Add("mark " + Code(marks));
        foreach (NamedShape row in NamedSecrets.Rows.Where(row => kind.StartsWith("secret.", StringComparison.Ordinal) && row.Name == name))
            evidence.Add("its length, assigned to a name with " + Code(row.Issuer.Split('|')));
        NationalShape[] numbers = [.. NationalShapes.Rows.Where(row => kind.StartsWith("pii.", StringComparison.Ordinal) && row.Name == name)];
        if (numbers.Length > 0)
            evidence.Add((numbers.All(row => row.Score == 1) ? "check digits" : "structure") + ", after " + Code(numbers.SelectMany(row => row.Words.Split('|')).Distinct()));
        Assert.NotEmpty(evidence);
        return string.Join("; ", evidence);
    }

    private static string Code(IEnumerable<string> words) => string.Join(", ", words.Select(word => $"`{word}`"));

    private static string? Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string file = Path.Combine(folder.FullName, "docs", "detectors.md");
            if (File.Exists(file))
                return file;
        }
        return null;
    }
}
