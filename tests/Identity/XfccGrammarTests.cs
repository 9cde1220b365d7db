using System.Text;
using CsCheck;

namespace EnvoyExtAuthz.Identity.Tests;

/// <summary>XFCC's grammar: what a proxy writes is read as it was meant, and what bends it is refused whole.</summary>
public sealed class XfccGrammarTests
{
    private static readonly Gen<string> Id = Gen.String[Gen.Char["abcXYZ019._-"], 1, 12].Select(s => "spiffe://td/w" + s);
    private static readonly Gen<string> Quoted = Gen.String[Gen.Char["ab=,;\"\\ .CN"], 0, 20].Select(s => "\"" + s.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"");

    private static readonly Gen<(string Text, string By, string Uri)> Element = Gen.Select(Id, Id, Quoted, Gen.Bool, Gen.Bool, Gen.Int[0, 2]).Select((by, uri, subject, lower, order, dns) =>
    {
        string[] pairs = [$"By={by}", "Hash=0a", $"Subject={subject}", $"URI={uri}", .. Enumerable.Repeat("DNS=lab.test", dns)];
        if (order)
            Array.Reverse(pairs);
        if (lower)
            pairs = [.. pairs.Select(p => p[..p.IndexOf('=')].ToLowerInvariant() + p[p.IndexOf('=')..])];
        return (string.Join(';', pairs), by, uri);
    });

    [Fact]
    public void Whatever_well_formed_elements_are_joined_they_are_read_back() =>
        Element.Array[1, 8].Sample(elements =>
        {
            Assert.True(ForwardedClientCert.TryParse(Bytes(string.Join(',', elements.Select(e => e.Text))), out List<ForwardedElement> read));
            Assert.Equal(elements.Select(e => (e.By, e.Uri)), read.Select(r => (r.By.ToString()!, r.Uri.ToString()!)));
        });

    [Fact]
    public void Whatever_a_subject_holds_adds_no_element_and_no_name() =>
        Gen.Select(Id, Quoted).Sample((uri, subject) =>
        {
            Assert.True(ForwardedClientCert.TryParse(Bytes($"By={uri};Subject={subject};URI={uri}"), out List<ForwardedElement> read));
            Assert.Equal(uri, Assert.Single(read).Uri.ToString());
        });

    [Fact]
    public void Whatever_an_unquoted_name_holds_beyond_a_spiffe_id_spoils_the_header() =>
        Gen.Select(Id, Gen.Char.Where(c => c < 256 && !char.IsAsciiLetterOrDigit(c) && c is not ('.' or '-' or '_' or '/' or ';' or ',' or ' ')), Id).Sample((uri, bad, rest) =>
            Assert.False(ForwardedClientCert.TryParse(Bytes($"By={uri};URI={uri}{bad}{rest}"), out _)));

    [Fact]
    public void Whatever_bytes_come_reading_ends_and_what_is_read_is_bounded() =>
        Gen.Byte.Array[0, 300].Sample(bytes =>
        {
            if (ForwardedClientCert.TryParse(bytes, out List<ForwardedElement> read))
                Assert.InRange(read.Count, 1, 32);
        });

    [Theory]
    [InlineData("")]
    [InlineData(",")]
    [InlineData(";")]
    [InlineData("=")]
    [InlineData("By")]
    [InlineData("By=spiffe://td/a,")]
    [InlineData(",By=spiffe://td/a")]
    [InlineData("By=spiffe://td/a;")]
    [InlineData("By=spiffe://td/a;;URI=spiffe://td/b")]
    [InlineData("By=spiffe://td/a;URI=spiffe://td/b;URI=spiffe://td/c")]
    [InlineData("By=spiffe://td/a;URI=spiffe://td/b;uri=")]
    [InlineData("URI=;URI=spiffe://td/a")]
    [InlineData("By=spiffe://td/a;By=spiffe://td/b")]
    [InlineData("Hash=0;Hash=1")]
    [InlineData("Subject=\"\";Subject=\"\"")]
    [InlineData("Cert=\"a\";cert=\"b\"")]
    [InlineData("Chain=\"a\";Chain=\"a\"")]
    [InlineData("Subject=\"a")]
    [InlineData("Subject=\"a\"b")]
    [InlineData("Subject=\"a\\\"")]
    [InlineData("Subject=a\"b\"")]
    [InlineData("Issuer=x")]
    [InlineData("URI=Spiffe://td/a")]
    [InlineData("URI=spiffe://td/a%2Cb")]
    [InlineData("URI=spiffe://td/a/../b")]
    [InlineData("URI=https://td/a")]
    [InlineData("By=spiffe://td/a;URI=spiffe://td/b\n")]
    [InlineData("By=spiffe://td/a;URI=spiffe://td/b\u00e9")]
    public void What_bends_the_grammar_is_refused_whole(string header) => Assert.False(ForwardedClientCert.TryParse(Bytes(header), out _));

    [Theory]
    [InlineData("URI=", null)]
    [InlineData("BY=;uRi=\"spiffe://td/b\"", "spiffe://td/b")]
    [InlineData("DNS=a;DNS=b;URI=spiffe://td/b", "spiffe://td/b")]
    [InlineData("Hash=00, URI=spiffe://td/b", "spiffe://td/b")]
    [InlineData("URI=spiffe://td/b ,URI=spiffe://td/c", "spiffe://td/c")]
    public void What_proxies_write_is_read(string header, string? last)
    {
        Assert.True(ForwardedClientCert.TryParse(Bytes(header), out List<ForwardedElement> elements));
        Assert.Equal(last, elements[^1].Uri?.ToString());
    }

    [Fact]
    public void Sizes_are_bounded()
    {
        string element = "URI=spiffe://td/a";
        Assert.True(ForwardedClientCert.TryParse(Bytes(string.Join(',', Enumerable.Repeat(element, 32))), out _));
        Assert.False(ForwardedClientCert.TryParse(Bytes(string.Join(',', Enumerable.Repeat(element, 33))), out _));
        Assert.True(ForwardedClientCert.TryParse(Bytes("Cert=" + new string('a', 60_000)), out _));
        Assert.False(ForwardedClientCert.TryParse(Bytes("Cert=" + new string('a', 65_536)), out _));
    }

    private static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);
}
