using System.Collections.Immutable;

namespace EnvoyExtAuthz.Detection.Recognition;

/// <summary>Numbers of persons, country by country. Words are those of the country, and English ones that name the number.</summary>
internal static partial class NationalShapes
{
    /// <summary>All rows.</summary>
    public static ImmutableArray<NationalShape> Rows { get; } = [.. Europe(), .. World()];

    private static NationalShape[] Europe() =>
    [
        new("de-tax-id", "DDDDDDDDDDD", "steuer|steuernummer|steuer-id|steuerid|steueridentifikationsnummer|idnr|tin|tax id|tax_id|taxid", NationalChecks.GermanTax),
        new("de-pension", "DDDDDDDDLDDD", "rentenversicherungsnummer|sozialversicherungsnummer|versicherungsnummer|rvnr|sv-nummer", NationalChecks.GermanPension),
        new("de-health", "LDDDDDDDDD", "krankenversichertennummer|versichertennummer|kvnr|krankenkasse", NationalChecks.GermanHealth),
        new("de-id-card", "AAAAAAAAAD", "personalausweis|personalausweisnummer|ausweisnummer|reisepass|id card", v => v[0] > 9 && NationalChecks.Icao(v)),
        new("at-svnr", "DDDDDDDDDD", "svnr|sozialversicherungsnummer|versicherungsnummer|sv-nummer", d => d[0] > 0 && NationalChecks.IsDate(NationalChecks.Two(d, 4), NationalChecks.Two(d, 6)) && Checksums.Weighted(d, [3, 7, 9, 0, 5, 8, 4, 2, 1, 6], 11) == d[3]),
        new("ch-ahv", "756DDDDDDDDDD", "ahv|ahv-nr|ahv-nummer|avs|no avs|oasi|sozialversicherungsnummer", d => NationalChecks.Tens(d, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3])),
        new("fr-nir", "DDDDDAADDDDDDDD", "sécurité sociale|securite sociale|sécu|insee|nir", NationalChecks.French),
        new("fr-tax-id", "DDDDDDDDDDDDD", "numéro fiscal|numero fiscal|spi|identifiant fiscal", d => d[0] < 4 && NationalChecks.Whole(d[..10]) % 511 == NationalChecks.Whole(d[10..])),
        new("be-national", "DDDDDDDDDDD", "rijksregisternummer|rijksregister|numéro national|registre national|insz|niss", d => 97 - (NationalChecks.Whole(d[..9]) % 97) == NationalChecks.Two(d, 9) || 97 - ((2_000_000_000 + NationalChecks.Whole(d[..9])) % 97) == NationalChecks.Two(d, 9)),
        new("nl-bsn", "DDDDDDDDD", "bsn|burgerservicenummer", d => Checksums.Weighted(d, [9, 8, 7, 6, 5, 4, 3, 2, -1], 11) == 0),
        new("lu-national", "DDDDDDDDDDDDD", "matricule|matricule national|sozialversécherung", d => Checksums.Luhn(d[..12]) && Luxembourg(d)),
        new("it-codice-fiscale", "LLLLLLAALAALAAAL", "codice fiscale|cod. fiscale|cod fiscale|c.f.|cf|fiscal code", NationalChecks.Italian),
        new("es-dni", "LDDDDDDDL|DDDDDDDDL", "dni|nie|nif", NationalChecks.Spanish),
        new("es-social-security", "DDDDDDDDDDDD", "seguridad social|nº afiliación|naf|nuss", d => (NationalChecks.Whole(d[2..10]) < 10_000_000 ? (NationalChecks.Two(d, 0) * 10_000_000L) + NationalChecks.Whole(d[2..10]) : NationalChecks.Whole(d[..10])) % 97 == NationalChecks.Two(d, 10)),
        new("pt-nif", "DDDDDDDDD", "nif|contribuinte|número fiscal", d => d[0] is 1 or 2 or 3 or 5 or 6 or 8 or 9 && NationalChecks.Elevens(d, [9, 8, 7, 6, 5, 4, 3, 2], 0)),
        new("pt-citizen-card", "DDDDDDDDDAAD", "cartão de cidadão|cartao de cidadao|cartão do cidadão|bilhete de identidade", NationalChecks.LuhnOfValues),
        new("pl-pesel", "DDDDDDDDDDD", "pesel", d => Checksums.Weighted(d, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1], 10) == 0),
        new("pl-nip", "DDDDDDDDDD", "nip|identyfikacji podatkowej", d => NationalChecks.Rest11(d, [6, 5, 7, 2, 3, 4, 5, 6, 7], 99)),
        new("pl-id-card", "LLLDDDDDD", "dowód osobisty|dowodu osobistego|dowód|nr dowodu", v => Checksums.Weighted(v, [7, 3, 1, 9, 7, 3, 1, 7, 3], 10) == 0),
        new("cz-birth-number", "DDDDDDDDDD", "rodné číslo|rodne cislo|rodného čísla|r.č.|rč", d => NationalChecks.IsDate(NationalChecks.Two(d, 4), NationalChecks.Two(d, 2) % 50 % 20) && (NationalChecks.Whole(d) % 11 == 0 || (NationalChecks.Whole(d[..9]) % 11 == 10 && d[9] == 0))),
        new("hu-tax-id", "8DDDDDDDDD", "adóazonosító|adóazonosító jel|adójel", d => NationalChecks.Rest11(d, [1, 2, 3, 4, 5, 6, 7, 8, 9], 99)),
        new("hu-taj", "DDDDDDDDD", "taj|taj-szám|taj szám|tajszám", d => Checksums.Weighted(d, [3, 7, 3, 7, 3, 7, 3, 7], 10) == d[8]),
        new("hu-personal-number", "DDDDDDDDDDD", "személyi szám|személyi azonosító", d => d[0] is >= 1 and <= 8 && NationalChecks.IsDate(NationalChecks.Two(d, 5), NationalChecks.Two(d, 3)) && Checksums.Weighted(d, d[0] < 3 && NationalChecks.Two(d, 1) < 97 ? [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] : [10, 9, 8, 7, 6, 5, 4, 3, 2, 1], 11) == d[10]),
        new("ro-cnp", "DDDDDDDDDDDDD", "cnp|cod numeric personal|codul numeric", d => d[0] > 0 && NationalChecks.IsDate(NationalChecks.Two(d, 5), NationalChecks.Two(d, 3)) && NationalChecks.Rest11(d, [2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9], 1)),
        new("bg-egn", "DDDDDDDDDD", "егн|egn|единен граждански", d => NationalChecks.IsDate(NationalChecks.Two(d, 4), NationalChecks.Two(d, 2) % 20) && NationalChecks.Rest11(d, [2, 4, 8, 5, 10, 9, 7, 3, 6], 0)),
        new("gr-amka", "DDDDDDDDDDD", "αμκα|amka", d => NationalChecks.IsDate(NationalChecks.Two(d, 0), NationalChecks.Two(d, 2)) && Checksums.Luhn(d)),
        new("gr-afm", "DDDDDDDDD", "αφμ|α.φ.μ.|afm", d => Checksums.Weighted(d, [3, 7, 9, 10, 5, 8, 4, 2], 11) % 10 == d[8] && d[..8].IndexOfAnyExcept((byte)0) >= 0),
        new("hr-oib", "DDDDDDDDDDD", "oib|osobni identifikacijski", Checksums.Mod11_10),
        new("si-tax-id", "DDDDDDDD", "davčna številka|davčna|davčno", d => d[0] > 0 && NationalChecks.Elevens(d, [8, 7, 6, 5, 4, 3, 2], 0, 99)),
        new("jmbg", "DDDDDDDDDDDDD", "jmbg|јмбг|emšo|emso|матични број|matični broj", d => NationalChecks.IsDate(NationalChecks.Two(d, 0), NationalChecks.Two(d, 2)) && NationalChecks.Elevens(d, [7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2], 99)),
        new("ee-personal-code", "DDDDDDDDDDD", "isikukood|isikukoodi", NationalChecks.Baltic),
        new("lt-personal-code", "DDDDDDDDDDD", "asmens kodas|asmens kodo", NationalChecks.Baltic),
        new("lv-personal-code", "DDDDDDDDDDD", "personas kods|personas kodu|personas koda", d => NationalChecks.IsDate(NationalChecks.Two(d, 0), NationalChecks.Two(d, 2)) && (1 + Checksums.Weighted(d, [10, 5, 8, 4, 2, 1, 6, 3, 7, 9], 11)) % 11 % 10 == d[10]),
        new("fi-hetu", "DDDDDDLDDDA|DDDDDDDDDA", "henkilötunnus|hetu|henkilötunnuksen|personbeteckning|sotu", NationalChecks.Finnish),
        new("se-personnummer", "DDDDDDDDDDDD|DDDDDDDDDD", "personnummer|samordningsnummer|personnr", d => NationalChecks.IsDate(NationalChecks.Two(d, d.Length - 6) % 60, NationalChecks.Two(d, d.Length - 8)) && Checksums.Luhn(d[^10..])),
        new("no-fodselsnummer", "DDDDDDDDDDD", "fødselsnummer|fodselsnummer|personnummer|fødselsnr|d-nummer", NationalChecks.Norwegian),
        // Since 2007 without a check digit.
        new("dk-cpr", "DDDDDDDDDD", "cpr|cpr-nr|cpr-nummer|personnummer", d => NationalChecks.IsDate(NationalChecks.Two(d, 0), NationalChecks.Two(d, 2)), 0.8f),
        new("is-kennitala", "DDDDDDDDDD", "kennitala|kennitölu|kt.", d => NationalChecks.IsDate(NationalChecks.Two(d, 0) % 40, NationalChecks.Two(d, 2)) && NationalChecks.Elevens(d, [3, 2, 7, 6, 5, 4, 3, 2], 99)),
        new("ie-pps", "DDDDDDDLL|DDDDDDDL", "pps|ppsn|personal public service|uimhir psp", NationalChecks.Irish),
        new("uk-nhs", "DDDDDDDDDD", "nhs", d => Checksums.Weighted(d, [10, 9, 8, 7, 6, 5, 4, 3, 2, 1], 11) == 0),
        new("uk-nino", "LLDDDDDDL", "nino|national insurance|ni number|insurance number", NationalChecks.Nino, 0.8f),
        new("uk-utr", "DDDDDDDDDD", "utr|unique taxpayer|taxpayer reference", d => "21987654321"[Checksums.Weighted(d[1..], [6, 7, 8, 9, 10, 5, 4, 3, 2], 11)] - '0' == d[0]),
        new("uk-driving-licence", "AAAAADDDDDDAAAAA", "driving licence|driver licence|licence number|dvla", v => v[0] > 9 && v[1] > 9 && NationalChecks.IsDate(NationalChecks.Two(v, 8), NationalChecks.Two(v, 6) % 50) && v[15] > 9, 0.8f),
        new("tr-kimlik", "DDDDDDDDDDD", "tckn|tc kimlik|t.c. kimlik|kimlik no|kimlik numarası", NationalChecks.Turkish),
        new("ru-inn", "DDDDDDDDDDDD", "инн|inn", d => Checksums.Weighted(d, [7, 2, 4, 10, 3, 5, 9, 4, 6, 8], 11) % 10 == d[10] && Checksums.Weighted(d, [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8], 11) % 10 == d[11]),
        new("ru-snils", "DDDDDDDDDDD", "снилс|snils", NationalChecks.Snils),
        new("ru-passport", "DDDDDDDDDD", "паспорт|паспорта|паспорт серия", d => NationalChecks.Two(d, 0) is >= 1 and <= 99 && NationalChecks.Two(d, 2) is <= 30 or >= 97, 0.7f),
        new("ua-tax-id", "DDDDDDDDDD", "рнокпп|іпн|ідентифікаційний", d => Checksums.Weighted(d, [-1, 5, 7, 9, 4, 6, 10, 5, 7], 11) % 10 == d[9]),
        new("eu-vat", "atuDDDDDDDD", VatWords, v => (10 - ((Austria(v[3..10]) + 4) % 10)) % 10 == v[10]),
        new("eu-vat", "beDDDDDDDDDD", VatWords, v => v[2] < 2 && 97 - (NationalChecks.Whole(v[2..10]) % 97) == NationalChecks.Two(v, 10)),
        new("eu-vat", "deDDDDDDDDD", VatWords, v => v[2] > 0 && Checksums.Mod11_10(v[2..])),
        new("eu-vat", "dkDDDDDDDD", VatWords, v => v[2] > 0 && Checksums.Weighted(v[2..], [2, 7, 6, 5, 4, 3, 2, 1], 11) == 0),
        new("eu-vat", "elDDDDDDDDD", VatWords, v => Checksums.Weighted(v[2..], [3, 7, 9, 10, 5, 8, 4, 2], 11) % 10 == v[10]),
        new("eu-vat", "fiDDDDDDDD", VatWords, v => NationalChecks.Elevens(v[2..], [7, 9, 10, 5, 8, 4, 2], 99)),
        new("eu-vat", "frDDDDDDDDDDD", VatWords, v => Checksums.Luhn(v[4..]) && (12 + (3 * (NationalChecks.Whole(v[4..]) % 97))) % 97 == NationalChecks.Two(v, 2)),
        new("eu-vat", "hrDDDDDDDDDDD", VatWords, v => Checksums.Mod11_10(v[2..])),
        new("eu-vat", "huDDDDDDDD", VatWords, v => NationalChecks.Tens(v[2..], [9, 7, 3, 1, 9, 7, 3])),
        new("eu-vat", "itDDDDDDDDDDD", VatWords, v => Checksums.Luhn(v[2..])),
        new("eu-vat", "luDDDDDDDD", VatWords, v => NationalChecks.Whole(v[2..8]) % 89 == NationalChecks.Two(v, 8)),
        new("eu-vat", "plDDDDDDDDDD", VatWords, v => NationalChecks.Rest11(v[2..], [6, 5, 7, 2, 3, 4, 5, 6, 7], 99)),
        new("eu-vat", "ptDDDDDDDDD", VatWords, v => NationalChecks.Elevens(v[2..], [9, 8, 7, 6, 5, 4, 3, 2], 0)),
        new("eu-vat", "seDDDDDDDDDD01", VatWords, v => Checksums.Luhn(v[2..12])),
        new("eu-vat", "siDDDDDDDD", VatWords, v => v[2] > 0 && NationalChecks.Elevens(v[2..], [8, 7, 6, 5, 4, 3, 2], 0, 99)),
    ];

    private const string VatWords = "vat|vat id|vat no|ust-idnr|ust-id|ustid|uid-nummer|tva|btw|iva|partita iva|p.iva|moms|alv|áfa|pdv|nip|nif|αφμ|afm|tax id|tax_id";

    private static bool Luxembourg(ReadOnlySpan<byte> d)
    {
        Span<byte> checkedDigits = stackalloc byte[12];
        d[..11].CopyTo(checkedDigits);
        checkedDigits[11] = d[12];
        return Checksums.Verhoeff(checkedDigits);
    }

    /// <summary>Digits at even places doubled, the digits of the products added.</summary>
    private static int Austria(ReadOnlySpan<byte> d)
    {
        int sum = 0;
        for (int i = 0; i < d.Length; i++)
            sum += i % 2 == 0 ? d[i] : (d[i] * 2 / 10) + (d[i] * 2 % 10);
        return sum;
    }
}
