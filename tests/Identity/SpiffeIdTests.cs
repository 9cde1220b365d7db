namespace EnvoyExtAuthz.Identity.Tests;

/// <summary>SPIFFE-ID §2, each rule by every byte that it is about.</summary>
public sealed class SpiffeIdTests
{
    [Fact]
    public void Every_byte_in_a_trust_domain_is_judged_by_the_grammar()
    {
        for (int c = 0; c < 256; c++)
        {
            bool allowed = c is >= 'a' and <= 'z' or >= '0' and <= '9' or '.' or '-' or '_';
            // A slash ends the trust domain: what follows it here is a path.
            if (c == '/')
                continue;
            Assert.Equal(allowed, SpiffeId.TryParse($"spiffe://a{(char)c}b/x", out _));
            Assert.Equal(allowed, SpiffeId.TryParse($"spiffe://{(char)c}/x", out _));
            Assert.Equal(allowed, SpiffeId.IsTrustDomain([(char)c]));
        }
    }

    [Fact]
    public void Every_byte_in_a_path_is_judged_by_the_grammar()
    {
        for (int c = 0; c < 256; c++)
        {
            bool allowed = c is >= 'a' and <= 'z' or >= 'A' and <= 'Z' or >= '0' and <= '9' or '.' or '-' or '_' or '/';
            Assert.Equal(allowed, SpiffeId.TryParse($"spiffe://td/a{(char)c}b", out _));
            Assert.Equal(allowed && c is not ('/' or '.'), SpiffeId.TryParse($"spiffe://td/{(char)c}", out _));
        }
    }

    [Theory]
    [InlineData("spiffe://td")]
    [InlineData("spiffe://td/...")]
    [InlineData("spiffe://td/.hidden/a..b/-/_")]
    [InlineData("spiffe://1.2.3.4/x")]
    [InlineData("spiffe://cluster.local/ns/a/sa/b")]
    public void What_the_grammar_allows_is_an_id_and_reads_back_as_written(string text)
    {
        Assert.True(SpiffeId.TryParse(text, out SpiffeId id));
        Assert.Equal(text, id.ToString());
        Assert.Equal(text, "spiffe://" + id.TrustDomain + id.Path);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("spiffe:")]
    [InlineData("spiffe:/td/x")]
    [InlineData("spiffe://")]
    [InlineData("spiffe:///x")]
    [InlineData("Spiffe://td/x")]
    [InlineData("SPIFFE://td/x")]
    [InlineData("http://td/x")]
    [InlineData("spiffe://TD/x")]
    [InlineData("spiffe://td/")]
    [InlineData("spiffe://td/x/")]
    [InlineData("spiffe://td//x")]
    [InlineData("spiffe://td/./x")]
    [InlineData("spiffe://td/x/..")]
    [InlineData("spiffe://td/%41")]
    [InlineData("spiffe://t%64/x")]
    [InlineData("spiffe://td/x?y=z")]
    [InlineData("spiffe://td/x#y")]
    [InlineData("spiffe://td:8443/x")]
    [InlineData("spiffe://user@td/x")]
    [InlineData("spiffe://td/x,spiffe://td/y")]
    [InlineData("spiffe://td/\u00e9")]
    [InlineData(" spiffe://td/x")]
    [InlineData("spiffe://td/x\n")]
    public void What_breaks_the_grammar_is_no_id(string? text) => Assert.False(SpiffeId.TryParse(text, out _));

    [Fact]
    public void Lengths_are_bounded_at_2048_and_255()
    {
        string longest = "spiffe://td/" + new string('a', SpiffeId.MaxLength - 12);
        Assert.True(SpiffeId.TryParse(longest, out _));
        Assert.False(SpiffeId.TryParse(longest + "a", out _));
        Assert.True(SpiffeId.TryParse($"spiffe://{new string('d', 255)}/x", out _));
        Assert.False(SpiffeId.TryParse($"spiffe://{new string('d', 256)}/x", out _));
    }

    [Fact]
    public void Ids_are_equal_by_their_text()
    {
        Assert.Equal(Ids.Parse(Ids.Research), Ids.Parse(new string(Ids.Research.AsSpan())));
        Assert.NotEqual(Ids.Parse("spiffe://td/a"), Ids.Parse("spiffe://td/A"));
        Assert.Equal("spiffe://other/ns/agents/sa/research", Ids.Parse(Ids.Research).InTrustDomain("other").ToString());
        Assert.Equal("", default(SpiffeId).ToString());
    }

    [Theory]
    [InlineData("spiffe://td/ns/agents/sa/research", "agents", "research")]
    [InlineData("spiffe://td/ns/agents/sa", null, null)]
    [InlineData("spiffe://td/ns/agents/sa/research/more", null, null)]
    [InlineData("spiffe://td/NS/agents/SA/research", null, null)]
    [InlineData("spiffe://td/x/ns/agents/sa/research", null, null)]
    [InlineData("spiffe://td", null, null)]
    public void Only_Istios_exact_form_has_a_namespace_and_account(string text, string? ns, string? account)
    {
        bool found = Ids.Parse(text).TryGetServiceAccount(out string foundNamespace, out string foundAccount);
        Assert.Equal(ns is not null, found);
        Assert.Equal((ns ?? "", account ?? ""), (foundNamespace, foundAccount));
    }
}
