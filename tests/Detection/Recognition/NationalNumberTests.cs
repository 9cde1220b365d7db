using EnvoyExtAuthz.Detection;

namespace EnvoyExtAuthz.Tests.Detection.Recognition;

/// <summary>
/// One row a number: a word of its country, a value that its issuer or the literature prints as an example, and what is nearly one. Where
/// no near miss is written, it is the value with its last digit or letter changed.
/// </summary>
public class NationalNumberTests
{
    public static TheoryData<string, string, string, string?> Rows => new()
    {
        { "de-tax-id", "Steuer-ID", "86 095 742 719", null },
        { "de-pension", "Rentenversicherungsnummer", "15070649C103", null },
        { "de-health", "Versichertennummer", "A123456780", null },
        { "de-id-card", "Personalausweis", "T220001293", null },
        { "at-svnr", "SVNR", "1237 010180", "1238 010180" },
        { "ch-ahv", "AHV-Nr.", "756.9217.0769.85", null },
        { "fr-nir", "numéro de sécurité sociale", "2 95 10 99 126 111 93", null },
        { "fr-tax-id", "numéro fiscal", "30 23 217 600 053", null },
        { "be-national", "Rijksregisternummer", "85.07.30-033 28", null },
        { "nl-bsn", "BSN", "111222333", null },
        { "lu-national", "matricule", "1893120105732", null },
        { "it-codice-fiscale", "codice fiscale", "RSSMRA85T10A562S", null },
        { "es-dni", "DNI", "12345678Z", null },
        { "es-dni", "NIE", "X1234567L", null },
        { "es-social-security", "Seguridad Social", "281234567840", null },
        { "pt-nif", "contribuinte", "501964843", null },
        { "pt-citizen-card", "Cartão de Cidadão", "00000000 0 ZZ4", null },
        { "pl-pesel", "PESEL", "44051401359", null },
        { "pl-nip", "NIP", "856-734-62-15", null },
        { "pl-id-card", "dowód osobisty", "ABA300000", null },
        { "cz-birth-number", "rodné číslo", "710319/2745", null },
        { "hu-tax-id", "adóazonosító jel", "8071592153", null },
        { "hu-taj", "TAJ-szám", "111 111 110", null },
        { "hu-personal-number", "személyi szám", "1-850101-1026", null },
        { "ro-cnp", "CNP", "1630615123457", null },
        { "bg-egn", "ЕГН", "7523169263", null },
        { "gr-amka", "ΑΜΚΑ", "01013099997", null },
        { "gr-afm", "ΑΦΜ", "094259216", null },
        { "hr-oib", "OIB", "33392005961", null },
        { "si-tax-id", "davčna številka", "50223054", null },
        { "jmbg", "JMBG", "0101006500006", null },
        { "ee-personal-code", "isikukood", "36805280109", null },
        { "lt-personal-code", "asmens kodas", "33309240064", null },
        { "lv-personal-code", "personas kods", "161175-19997", null },
        { "fi-hetu", "henkilötunnus", "131052-308T", null },
        { "fi-hetu", "hetu", "131052A308T", null },
        { "se-personnummer", "personnummer", "811218-9876", null },
        { "se-personnummer", "personnummer", "19811218-9876", null },
        { "no-fodselsnummer", "fødselsnummer", "151086 95088", null },
        { "dk-cpr", "CPR", "211062-5629", "211362-5629" },
        { "is-kennitala", "kennitala", "120174-3399", "120174-3499" },
        { "ie-pps", "PPS", "6433435F", null },
        { "ie-pps", "PPSN", "6433435OA", "6433435PA" },
        { "uk-nhs", "NHS number", "943 476 5919", null },
        { "uk-nino", "National Insurance", "AB 12 34 56 C", "BG 12 34 56 C" },
        { "uk-nino", "NINO", "AB123456C", "AB123456E" },
        { "uk-utr", "UTR", "1955839661", "2955839661" },
        { "uk-driving-licence", "DVLA", "MORGA657054SM9IJ", "MORGA693054SM9IJ" },
        { "tr-kimlik", "TC Kimlik", "17291716060", null },
        { "ru-inn", "ИНН", "500100732259", null },
        { "ru-snils", "СНИЛС", "112-233-445 95", null },
        { "ru-passport", "паспорт", "45 04 123456", "45 54 123456" },
        { "ua-tax-id", "РНОКПП", "1759013776", null },
        { "eu-vat", "VAT", "ATU13585627", null },
        { "eu-vat", "BTW", "BE0428759497", null },
        { "eu-vat", "USt-IdNr", "DE136695976", null },
        { "eu-vat", "moms", "DK13585628", null },
        { "eu-vat", "ΑΦΜ", "EL094259216", null },
        { "eu-vat", "ALV", "FI20774740", null },
        { "eu-vat", "TVA", "FR40303265045", null },
        { "eu-vat", "PDV", "HR33392005961", null },
        { "eu-vat", "ÁFA", "HU12892312", null },
        { "eu-vat", "partita IVA", "IT00743110157", null },
        { "eu-vat", "TVA", "LU15027442", null },
        { "eu-vat", "NIP", "PL8567346215", null },
        { "eu-vat", "IVA", "PT501964843", null },
        { "eu-vat", "moms", "SE123456789701", "SE123456788701" },
        { "eu-vat", "VAT", "SI50223054", null },
        { "us-itin", "ITIN", "912-90-3456", "912-93-3456" },
        { "us-routing-number", "routing number", "111000025", null },
        { "us-npi", "NPI", "1234567893", null },
        { "us-dea", "DEA", "BB1388568", null },
        { "us-mbi", "Medicare", "1EG4-TE5-MK73", "1SG4-TE5-MK73" },
        { "ca-sin", "SIN", "130 692 544", null },
        { "mx-curp", "CURP", "BOXW310820HNERXN09", null },
        { "mx-rfc", "RFC", "GODE561231GR8", null },
        { "mx-clabe", "CLABE", "032180000118359719", null },
        { "br-cpf", "CPF", "111.444.777-35", null },
        { "br-cnpj", "CNPJ", "16.727.230/0001-97", null },
        { "br-pis", "PIS", "120.56874.10-7", null },
        { "ar-cuit", "CUIT", "20-05536168-2", null },
        { "cl-rut", "RUT", "12.531.909-2", null },
        { "co-nit", "NIT", "213.123.432-1", null },
        { "pe-ruc", "RUC", "20512333797", null },
        { "ec-cedula", "cédula", "171430710-3", null },
        { "uy-cedula", "cédula", "1.234.567-2", null },
        { "in-aadhaar", "Aadhaar id", "2341 2341 2346", null },
        { "in-pan", "PAN number", "ACUPA7085R", "ACUXA7085R" },
        { "in-gstin", "GSTIN", "27AAPFU0939F1ZV", null },
        { "cn-resident-id", "身份证号", "11010519491231002X", null },
        { "jp-my-number", "マイナンバー", "1234 5678 9018", null },
        { "kr-rrn", "주민등록번호", "971013-9019902", "971313-9019902" },
        { "tw-national-id", "身分證字號", "A123456789", null },
        { "hk-id", "HKID", "A123456(3)", "A123456(4)" },
        { "sg-nric", "NRIC", "S1234567D", null },
        { "my-nric", "MyKad", "770305-02-1234", "771305-02-1234" },
        { "th-national-id", "บัตรประชาชน", "1-2345-45678-78-1", null },
        { "id-nik", "NIK", "3171011708450001", "3171011713450001" },
        { "vn-cccd", "căn cước", "001089012345", "901089012345" },
        { "pk-cnic", "CNIC", "35202-1234567-1", "05202-1234567-1" },
        { "il-id", "תעודת זהות", "039337423", null },
        { "ae-emirates-id", "Emirates ID", "784-1980-1234567-8", null },
        { "sa-national-id", "iqama", "1089229270", null },
        { "ir-melli", "کد ملی", "0499370899", null },
        { "kz-iin", "ИИН", "850101300124", null },
        { "eg-national-id", "الرقم القومي", "29501023201952", "29513023201952" },
        { "za-id", "ID number", "7503305044089", null },
        { "au-tfn", "TFN", "123 456 782", null },
        { "au-medicare", "Medicare", "2123 45670 1", "2123 45680 1" },
        { "au-abn", "ABN", "83 914 571 673", null },
        { "nz-ird", "IRD", "49-091-850", null },
        { "imei", "IMEI", "35-209900-176148-1", null },
        { "vin", "VIN", "1M8GDM9AXKP042788", null },
        { "vin", "Fahrgestellnummer", "1HGCM82633A004352", null },
        { "passport", "passport", "C4XX12345", "CXXX12345" },
        { "passport", "Reisepass / passeport", "12AB34567", "12ABC4567" },
        { "driving-licence", "driver's license", "D1234567", "DE12345" },
        { "licence-plate", "Kennzeichen", "B-AB 1234", "B-AB 12345678" },
        { "licence-plate", "number plate", "AB12 CDE", "AB12 CDEF" },
        { "licence-plate", "车牌", "ABC1234", "ABC12345" },
        { "crypto-wallet", "send to", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb" },
        { "crypto-wallet", "send to", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5" },
        { "crypto-wallet", "send to", "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy", "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLx" },
        { "crypto-wallet", "ETH", "0x52908400098527886E0F7030069857D2E4169EE7", "0x52908400098527886E0F7030069857D2E4169EE" },
        { "bic", "BIC", "DEUTDEFF500", "DEUTQQFF500" },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_number_after_its_word_is_found_and_a_near_miss_is_not(string kind, string word, string value, string? miss)
    {
        foreach (string text in new[] { $"{word}: {value}", $"{word}: {value}.", $"({word}: {value}) and more", $"\"{word}\": \"{value}\", \"x\": 1", $"his {word} : {value}\n" })
            Assert.Contains($"pii.{kind}={value}", Recognised.In(text));
        Assert.DoesNotContain(Recognised.In($"{word}: {miss ?? Changed(value)}"), found => found.StartsWith($"pii.{kind}=", StringComparison.Ordinal));
        if (kind != "crypto-wallet" || value.StartsWith("0x", StringComparison.Ordinal))
            Assert.DoesNotContain(Recognised.In($"part {value} of"), found => found.StartsWith($"pii.{kind}=", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void It_is_found_however_the_text_is_cut(string kind, string word, string value, string? miss)
    {
        byte[] text = System.Text.Encoding.UTF8.GetBytes($"his {word}: {value}, {miss} KEY {value}");
        List<Finding> whole = Recognised.Findings(text);
        Assert.NotEmpty(kind);
        for (int cut = 1; cut < text.Length; cut++)
            Assert.Equal(whole, Recognised.Running(text, [cut]));
        Assert.Equal(whole, Recognised.Running(text, Enumerable.Range(1, text.Length - 1)));
    }

    [Fact]
    public void Every_kind_of_personal_data_has_a_row()
    {
        string[] elsewhere = ["email", "phone", "payment-card", "iban", "ip-address", "us-ssn"];
        Assert.Equal(
            FindingKinds.All.Where(kind => kind.Family == DetectorFamily.PersonalData).Select(kind => kind.Name).Order(StringComparer.Ordinal),
            Rows.Select(row => row.Data.Item1).Concat(elsewhere).Distinct().Select(name => $"pii.{name}").Order(StringComparer.Ordinal));
    }

    private static string Changed(string value)
    {
        char last = value[^1];
        char other = last switch { '9' => '0', 'Z' => 'Y', _ => (char)(last + 1) };
        return value[..^1] + other;
    }
}
