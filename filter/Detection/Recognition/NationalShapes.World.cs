namespace EnvoyExtAuthz.Detection.Recognition;

internal static partial class NationalShapes
{
    private const string PassportWords =
        "passport|passport no|passport number|passnummer|passeport|pasaporte|passaporto|passaporte|paspoort|paszport|pasaport|pas č.|护照|護照|护照号|パスポート|여권|여권번호|جواز السفر|पासपोर्ट|hộ chiếu|พาสปอร์ต|דרכון|διαβατήριο";

    private const string LicenceWords =
        "driver's license|drivers license|driver license|driving license|driving licence|führerschein|führerscheinnummer|permis de conduire|carnet de conducir|permiso de conducir|patente di guida|patente n.|rijbewijs|prawo jazdy|körkort|ajokortti|ehliyet|driver_license|cnh|驾驶证|運転免許|운전면허";

    private static NationalShape[] World() =>
    [
        // The Americas
        new("us-itin", "9DDDDDDDD", "itin|taxpayer identification|taxpayer id", d => NationalChecks.Two(d, 3) is (>= 50 and <= 65) or (>= 70 and <= 88) or (>= 90 and <= 92) or >= 94, 0.9f),
        new("us-routing-number", "DDDDDDDDD", "routing|routing number|aba|rtn|aba number", d => NationalChecks.Two(d, 0) is <= 12 or (>= 21 and <= 32) or (>= 61 and <= 72) or 80 && Checksums.Weighted(d, [3, 7, 1, 3, 7, 1, 3, 7, 1], 10) == 0),
        new("us-npi", "DDDDDDDDDD", "npi|national provider", d => d[0] is 1 or 2 && Npi(d)),
        new("us-dea", "LLDDDDDDD|LDDDDDDDD", "dea|dea number|dea no", v => v.Length == 9 && (v[2] + v[4] + v[6] + (2 * (v[3] + v[5] + v[7]))) % 10 == v[8]),
        new("us-mbi", "DLADLADLLDD", "mbi|medicare|medicare beneficiary", v => v[0] > 0 && v.IndexOfAny([(byte)('S' - 55), (byte)('L' - 55), (byte)('O' - 55), (byte)('I' - 55), (byte)('B' - 55), (byte)('Z' - 55)]) < 0, 0.9f),
        new("ca-sin", "DDDDDDDDD", "sin|social insurance|nas|numéro d'assurance sociale", d => d[0] is not (0 or 8) && Checksums.Luhn(d)),
        new("mx-curp", "LLLLDDDDDDLLLLLLAD", "curp", NationalChecks.Curp),
        new("mx-rfc", "LLLLDDDDDDAAA", "rfc|registro federal", NationalChecks.Rfc),
        new("mx-clabe", "DDDDDDDDDDDDDDDDDD", "clabe|clabe interbancaria", Clabe),
        new("br-cpf", "DDDDDDDDDDD", "cpf", NationalChecks.Cpf),
        new("br-cnpj", "DDDDDDDDDDDDDD", "cnpj", d => NationalChecks.Elevens(d, [5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2], 0) && NationalChecks.Elevens(d, [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2], 0)),
        new("br-pis", "DDDDDDDDDDD", "pis|pasep|pis/pasep|nit", d => NationalChecks.Elevens(d, [3, 2, 9, 8, 7, 6, 5, 4, 3, 2], 0)),
        new("ar-cuit", "DDDDDDDDDDD", "cuit|cuil", d => NationalChecks.Two(d, 0) is 20 or 23 or 24 or 27 or 30 or 33 or 34 && NationalChecks.Elevens(d, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2], 9)),
        new("cl-rut", "DDDDDDDDA|DDDDDDDA", "rut|rol único", NationalChecks.Chilean),
        new("co-nit", "DDDDDDDDDD", "nit", d => Checksums.Weighted(d, [41, 37, 29, 23, 19, 17, 13, 7, 3], 11) is var rest && d[9] == (rest > 1 ? 11 - rest : rest)),
        new("pe-ruc", "DDDDDDDDDDD", "ruc", d => NationalChecks.Two(d, 0) is 10 or 15 or 16 or 17 or 20 && NationalChecks.Elevens(d, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2], 0, 1)),
        new("ec-cedula", "DDDDDDDDDD", "cédula|cedula|cédula de identidad", d => NationalChecks.Two(d, 0) is (>= 1 and <= 24) or 30 && d[2] < 6 && Checksums.Luhn(d)),
        new("uy-cedula", "DDDDDDDD", "cédula|cedula|cédula de identidad|c.i.", d => NationalChecks.Tens(d, [2, 9, 8, 7, 6, 3, 4])),

        // Asia
        new("in-aadhaar", "DDDDDDDDDDDD", "aadhaar|aadhar|आधार", d => d[0] > 1 && Checksums.Verhoeff(d)),
        new("in-pan", "LLLLLDDDDL", "pan card|pan no|pan number|permanent account|पैन", v => v[3] is 'A' - 55 or 'B' - 55 or 'C' - 55 or 'F' - 55 or 'G' - 55 or 'H' - 55 or 'J' - 55 or 'L' - 55 or 'P' - 55 or 'T' - 55, 0.9f),
        new("in-gstin", "DDLLLLLDDDDLAzA", "gstin|gst|gst no", Gstin),
        new("cn-resident-id", "DDDDDDDDDDDDDDDDDA", "身份证|身份证号|身份证号码|公民身份号码|身分證|resident id|id card", NationalChecks.Chinese),
        new("jp-my-number", "DDDDDDDDDDDD", "マイナンバー|個人番号|my number", d => NationalChecks.Elevens(d, [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2], 0)),
        // Since October 2020 without a check digit.
        new("kr-rrn", "DDDDDDDDDDDDD", "주민등록번호|주민번호|외국인등록번호|resident registration", d => NationalChecks.IsDate(NationalChecks.Two(d, 4), NationalChecks.Two(d, 2)), 0.8f),
        new("tw-national-id", "LDDDDDDDDD", "身分證|身分證字號|統一編號|national id", NationalChecks.Taiwanese),
        new("hk-id", "LLDDDDDDA|LDDDDDDA", "hkid|身份證|身份證號碼|hong kong id", NationalChecks.HongKong),
        new("sg-nric", "LDDDDDDDL", "nric|fin|nric/fin", NationalChecks.Singaporean),
        new("my-nric", "DDDDDDDDDDDD", "mykad|kad pengenalan|no. kp|nric", d => NationalChecks.IsDate(NationalChecks.Two(d, 4), NationalChecks.Two(d, 2)) && NationalChecks.Two(d, 6) is (>= 1 and <= 16) or (>= 21 and <= 68) or (>= 71 and <= 93), 0.8f),
        new("th-national-id", "DDDDDDDDDDDDD", "บัตรประชาชน|ตัวประชาชน|thai id|national id", d => d[0] > 0 && (11 - Checksums.Weighted(d, [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2], 11)) % 10 == d[12]),
        new("id-nik", "DDDDDDDDDDDDDDDD", "nik|ktp|no. ktp|nomor induk", d => NationalChecks.Two(d, 0) is >= 11 and <= 97 && NationalChecks.IsDate(NationalChecks.Two(d, 6) % 40, NationalChecks.Two(d, 8)), 0.8f),
        new("vn-cccd", "DDDDDDDDDDDD", "cccd|căn cước|căn cước công dân|cmnd", d => NationalChecks.Whole(d[..3]) is >= 1 and <= 96 && d[3] < 4, 0.8f),
        new("pk-cnic", "DDDDDDDDDDDDD", "cnic|شناختی کارڈ", d => d[0] is >= 1 and <= 8 && d[5..].IndexOfAnyExcept((byte)0) >= 0, 0.8f),
        new("il-id", "DDDDDDDDD", "תעודת זהות|ת.ז.|ת״ז|מספר זהות|teudat zehut", Checksums.Luhn),
        new("ae-emirates-id", "784DDDDDDDDDDDD", "emirates id|eid|الهوية|رقم الهوية", d => NationalChecks.Two(d, 3) is 19 or 20 && Checksums.Luhn(d)),
        new("sa-national-id", "DDDDDDDDDD", "الهوية|رقم الهوية|iqama|إقامة|national id", d => d[0] is 1 or 2 && Checksums.Luhn(d)),
        new("ir-melli", "DDDDDDDDDD", "کد ملی|کدملی|شماره ملی|melli", d => Checksums.Weighted(d, [10, 9, 8, 7, 6, 5, 4, 3, 2], 11) is var rest && d[9] == (rest < 2 ? rest : 11 - rest)),
        new("kz-iin", "DDDDDDDDDDDD", "иин|жсн|iin", d => NationalChecks.IsDate(NationalChecks.Two(d, 4), NationalChecks.Two(d, 2)) && Kazakh(d)),

        // Africa and Oceania
        new("eg-national-id", "DDDDDDDDDDDDDD", "الرقم القومي|رقم قومي|national id", d => d[0] is 2 or 3 && NationalChecks.IsDate(NationalChecks.Two(d, 5), NationalChecks.Two(d, 3)), 0.8f),
        new("za-id", "DDDDDDDDDDDDD", "id number|sa id|rsa id|identity number|id-nommer", d => NationalChecks.IsDate(NationalChecks.Two(d, 4), NationalChecks.Two(d, 2)) && d[10] < 3 && Checksums.Luhn(d)),
        new("au-tfn", "DDDDDDDDD", "tfn|tax file number|tax file", d => Checksums.Weighted(d, [1, 4, 3, 7, 5, 8, 6, 9, 10], 11) == 0),
        new("au-medicare", "DDDDDDDDDDD|DDDDDDDDDD", "medicare|medicare card|medicare no|medicare number", d => d[0] is >= 2 and <= 6 && Checksums.Weighted(d, [1, 3, 7, 9, 1, 3, 7, 9], 10) == d[8]),
        new("au-abn", "DDDDDDDDDDD", "abn|australian business", d => d[0] > 0 && (Checksums.Weighted(d, [10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19], 89) + 79) % 89 == 0),
        new("nz-ird", "DDDDDDDDD|DDDDDDDD", "ird|ird number|ird no|inland revenue", NationalChecks.NewZealand),

        // Anywhere
        new("imei", "DDDDDDDDDDDDDDD", "imei", d => NationalChecks.Two(d, 0) is 1 or 35 or 86 or 99 && Checksums.Luhn(d)),
        new("vin", "AAAAAAAAADAAADDDD|AAAAAAAALAAAADDDD", "vin|chassis|vehicle identification|fahrgestellnummer|fin|fahrzeug-ident|bastidor|telaio|numéro de châssis|车架号", Vin),
        new("passport", "LLDDDDDDD|LDDDDDDDD|LDDDDDDD|LDLLDDDDD|DDLLDDDDD|DDDDDDDDD", PassportWords, _ => true, 0.7f),
        new("driving-licence", "LDDDDDDDDDDDD|LLDDDDDDDL|LDDDDDDDD|LDDDDDDD|DDDDDDDDDDDD|DDDDDDDDDDD|DDDDDDDDD|ADDAAAAAADA", LicenceWords, _ => true, 0.7f),
        new("licence-plate", "LLLLLDDDD|LLLLDDDD|LLLLDDD|LLLDDDD|LLLDDD|LLDDDD|LLDDDLL|LLDDLLL|DDDDLLL|LDDDLLDDD|LDDDLLDD|LLLDDLL|LDDDLLL",
            "kennzeichen|kfz-kennzeichen|license plate|licence plate|number plate|plate number|registration plate|immatriculation|matrícula|targa|kenteken|tablica rejestracyjna|rejestracja|plaka|госномер|номерной знак|车牌|車牌|車牌號", _ => true, 0.7f),
    ];

    /// <summary>National provider identifier: Luhn with 80840 before it (45 CFR 162.406).</summary>
    private static bool Npi(ReadOnlySpan<byte> d)
    {
        Span<byte> whole = stackalloc byte[15];
        ((ReadOnlySpan<byte>)[8, 0, 8, 4, 0]).CopyTo(whole);
        d.CopyTo(whole[5..]);
        return Checksums.Luhn(whole);
    }

    /// <summary>CLABE: products with 3, 7, 1, each modulo 10.</summary>
    private static bool Clabe(ReadOnlySpan<byte> d)
    {
        int sum = 0;
        for (int i = 0; i < 17; i++)
            sum += d[i] * (i % 3 == 0 ? 3 : i % 3 == 1 ? 7 : 1) % 10;
        return (10 - (sum % 10)) % 10 == d[17];
    }

    /// <summary>ЖСН: weights 1 to 11 modulo 11; if 10, again with 3 to 11, 1, 2.</summary>
    private static bool Kazakh(ReadOnlySpan<byte> d)
    {
        int check = Checksums.Weighted(d, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], 11);
        if (check == 10)
            check = Checksums.Weighted(d, [3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2], 11);
        return check == d[11];
    }

    /// <summary>Vehicle identification number, ISO 3779 with the check digit of 49 CFR 565.15: no I, O, Q.</summary>
    private static bool Vin(ReadOnlySpan<byte> v)
    {
        ReadOnlySpan<byte> letters = [1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 0, 7, 0, 9, 2, 3, 4, 5, 6, 7, 8, 9];
        ReadOnlySpan<byte> weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
        int sum = 0;
        for (int i = 0; i < 17; i++)
        {
            if (v[i] is 'I' - 55 or 'O' - 55 or 'Q' - 55)
                return false;
            sum += (v[i] > 9 ? letters[v[i] - 10] : v[i]) * weights[i];
        }
        return v[8] == (sum % 11 == 10 ? 'X' - 55 : sum % 11);
    }

    /// <summary>GSTIN: ISO-7064-like Luhn over base 36.</summary>
    private static bool Gstin(ReadOnlySpan<byte> v)
    {
        int sum = 0;
        for (int i = 0; i < 14; i++)
        {
            int product = v[i] * ((i % 2) + 1);
            sum += (product / 36) + (product % 36);
        }
        return NationalChecks.Two(v, 0) is >= 1 and <= 38 && (36 - (sum % 36)) % 36 == v[14];
    }
}
