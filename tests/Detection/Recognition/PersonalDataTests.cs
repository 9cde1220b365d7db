namespace EnvoyExtAuthz.Tests.Detection.Recognition;

public class PersonalDataTests
{
    [Theory]
    [InlineData("card 4111 1111 1111 1111 exp 12/29", "payment-card=4111 1111 1111 1111")]
    [InlineData("4111111111111111", "payment-card=4111111111111111")]
    [InlineData("pay with 5500-0000-0000-0004 now", "payment-card=5500-0000-0000-0004")]
    [InlineData("amex 3782 822463 10005", "payment-card=3782 822463 10005")]
    [InlineData("{\"card\":\"378282246310005\"}", "payment-card=378282246310005")]
    [InlineData("6011111111111117, 12/29", "payment-card=6011111111111117")]
    [InlineData("2223003122003222", "payment-card=2223003122003222")]
    [InlineData("card: 30569309025904", "payment-card=30569309025904")]
    [InlineData("no 12 4111 1111 1111 1111 12/29 123", "payment-card=4111 1111 1111 1111")]
    [InlineData("IBAN DE89 3704 0044 0532 0130 00", "iban=DE89 3704 0044 0532 0130 00")]
    [InlineData("iban: de89370400440532013000.", "iban=de89370400440532013000")]
    [InlineData("GB29 NWBK 6016 1331 9268 19", "iban=GB29 NWBK 6016 1331 9268 19")]
    [InlineData("NO9386011117947", "iban=NO9386011117947")]
    [InlineData("FR14 2004 1010 0505 0001 3M02 606", "iban=FR14 2004 1010 0505 0001 3M02 606")]
    [InlineData("mail anna@mail.example", "email=anna@mail.example")]
    [InlineData("<Anna.Meier+x@sub.firma-gmbh.co.uk>.", "email=Anna.Meier+x@sub.firma-gmbh.co.uk")]
    [InlineData("mailto:o_neil%x@a.io?subject=1", "email=o_neil%x@a.io")]
    [InlineData("联系anna@firma.cn。", "email=anna@firma.cn")]
    [InlineData("line\\nanna@firma.de", "email=anna@firma.de")]
    [InlineData("call me at +49 30 901820", "phone=+49 30 901820")]
    [InlineData("+1 (415) 555-2671", "phone=+1 (415) 555-2671")]
    [InlineData("+14155552671", "phone=+14155552671")]
    [InlineData("+33 1 23 45 67 89, +44 20 7946 0958", "phone=+33 1 23 45 67 89|phone=+44 20 7946 0958")]
    [InlineData("+49 (0)30 901820", "phone=+49 (0)30 901820")]
    [InlineData("(415) 555-2671", "phone=(415) 555-2671")]
    [InlineData("phone: 415-555-2671", "phone=415-555-2671")]
    [InlineData("Telefon 030 901820", "phone=030 901820")]
    [InlineData("{\"mobile\": \"07911123456\"}", "phone=07911123456")]
    [InlineData("手机：138 0013 8000", "phone=138 0013 8000")]
    [InlineData("ssn 078-05-1120", "us-ssn=078-05-1120")]
    [InlineData("SSN: 219099999", "us-ssn=219099999")]
    [InlineData("{\"social_security\":\"219 09 9999\"}", "us-ssn=219 09 9999")]
    [InlineData("her number, 219-09-9999, was", "us-ssn=219-09-9999")]
    [InlineData("client ip: 81.2.69.142 connected", "ip-address=81.2.69.142")]
    [InlineData("client_ip=81.2.69.142:443", "ip-address=81.2.69.142")]
    [InlineData("from 2a02:2e0:3fe:1001:302::1 he", "ip-address=2a02:2e0:3fe:1001:302::1")]
    [InlineData("{\"clientIp\":\"81.2.69.142\",\"phoneNumber\":\"030 901820\"}", "ip-address=81.2.69.142|phone=030 901820")]
    [InlineData("client 203.0.113.9, ip 2001:db8::2", "ip-address=203.0.113.9 (example)|ip-address=2001:db8::2 (example)")]
    [InlineData("Steuer-ID 86 095 742 719", "de-tax-id=86 095 742 719")]
    [InlineData("CPF: 111.444.777-35", "br-cpf=111.444.777-35")]
    [InlineData("DNI 12345678Z", "es-dni=12345678Z")]
    [InlineData("SIN 130 692 544", "ca-sin=130 692 544")]
    [InlineData("NHS number 943 476 5919", "uk-nhs=943 476 5919")]
    [InlineData("Aadhaar 2341 2341 2346", "in-aadhaar=2341 2341 2346")]
    [InlineData("PESEL 44051401359", "pl-pesel=44051401359")]
    [InlineData("BSN 111222333", "nl-bsn=111222333")]
    public void A_value_with_evidence_is_found(string text, string expected) =>
        Assert.Equal(expected.Split('|').Select(e => $"pii.{e}"), Recognised.In(text));

    [Fact]
    public void A_word_far_away_or_on_another_line_is_no_evidence()
    {
        Assert.Empty(Recognised.In("Our phone desk is open from nine to five; case 0309018200"));
        Assert.Empty(Recognised.In("phone\n0309018200"));
        Assert.Empty(Recognised.In("phone (see order 0309018200)"));
    }
}
