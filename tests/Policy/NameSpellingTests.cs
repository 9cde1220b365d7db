using System.Text;
using System.Text.Json;
using EnvoyExtAuthz.Testing;

namespace EnvoyExtAuthz.Policy.Tests;

/// <summary>A name is judged as the other side reads it, byte for byte.</summary>
public class NameSpellingTests
{
    private static Ruleset Allowing(params string[] names) => PolicyText.Rules(
        $"rules: [{{name: a, callers: [research], routes: [tools], tools: {{allow: {JsonSerializer.Serialize(names)}}}}}]\n");

    [Theory]
    [InlineData("Delete-All-Old")]
    [InlineData("delete_all_old")]
    [InlineData("delete-all-old ")]
    [InlineData(" delete-all-old")]
    [InlineData("delete-all-old\0")]
    [InlineData("delete-all-old\n")]
    [InlineData("delete-all")]
    [InlineData("delete-all-older")]
    [InlineData("mcp-delete-all-old")]
    [InlineData("delete\u2010all-old")]
    [InlineData("d\u0435lete-all-old")]
    [InlineData("delete-all-old\u200B")]
    [InlineData("ｄelete-all-old")]
    [InlineData("")]
    public void An_allowed_name_allows_no_other_spelling(string name)
    {
        Assert.False(Allowing("delete-all-old").Tool(name).Allowed);
        Assert.True(Allowing("delete-all-old").Tool("delete-all-old").Allowed);
    }

    [Theory]
    [InlineData("get_\u0435mail")]
    [InlineData("get_mail ")]
    [InlineData("get_mail\n")]
    [InlineData("get_\u0007")]
    [InlineData("get_\u202E")]
    [InlineData("get_é")]
    [InlineData("Get_mail")]
    public void A_pattern_allows_plain_names_only(string name)
    {
        Assert.False(Allowing("get_*").Tool(name).Allowed);
        Assert.False(Allowing("*").Tool(name).Allowed && name != "Get_mail");
        Assert.True(Allowing("get_*").Tool("get_mail").Allowed);
    }

    [Fact]
    public void A_pattern_allows_no_name_longer_than_256_bytes_nor_what_is_not_UTF8()
    {
        Assert.True(Allowing("get_*").Tool("get_" + new string('x', 252)).Allowed);
        Assert.False(Allowing("get_*").Tool("get_" + new string('x', 253)).Allowed);
        Assert.False(Allowing("get_*").JudgeTool([.. "get_"u8, 0xFF]).Allowed);
    }

    [Fact]
    public void A_name_beyond_ASCII_is_allowed_where_it_is_written_out()
    {
        Assert.True(Allowing("wyślij_pocztę").Tool("wyślij_pocztę").Allowed);
        Assert.False(Allowing("wyślij_pocztę").Tool("wyślij_poczte\u0328").Allowed);
    }

    [Theory]
    [InlineData("deny: [delete_all]")]
    [InlineData("deny: [\"delete_*\"]")]
    public void A_name_that_looks_like_a_denied_one_is_refused_even_where_it_is_written_out(string deny)
    {
        string rules = $"rules: [{{name: a, callers: [research], routes: [tools], tools: {{allow: [\"d\u0435lete_all\"], {deny}}}}}]\n";

        Assert.False(PolicyText.Rules(rules).Tool("d\u0435lete_all").Allowed);
        Assert.Contains(PolicyText.Compile(PolicyText.Frame + rules).Diagnostics, d => d.Code == "look-alike");
    }

    [Fact]
    public void A_name_that_looks_like_an_allowed_one_is_refused_even_where_it_is_written_out()
    {
        Ruleset rules = Allowing("delete_all", "d\u0435lete_all");

        Assert.True(rules.Tool("delete_all").Allowed);
        Assert.False(rules.Tool("d\u0435lete_all").Allowed);
    }

    [Fact]
    public void A_deny_pattern_also_denies_names_that_are_not_plain()
    {
        Ruleset rules = PolicyText.Rules("rules: [{name: a, callers: [research], routes: [tools], tools: {allow: [\"delete_ł\"], deny: [\"delete_*\"]}}]\n");

        Assert.Equal(new ToolVerdict(false, "a"), rules.Tool("delete_ł"));
    }

    [Fact]
    public void The_spellings_seen_in_the_field_are_other_names()
    {
        string? file = SharedFolder.Find("vectors", "field", "cases.jsonl");
        Assert.SkipWhen(file is null, "needs ../shared/vectors");
        using JsonDocument line = JsonDocument.Parse(File.ReadLines(file).First(l => l.Contains("\"mcp-name-spellings\"", StringComparison.Ordinal)));
        Ruleset rules = Allowing([.. line.RootElement.GetProperty("allowed_tools").EnumerateArray().Select(e => e.GetString()!)]);

        foreach (JsonElement name in line.RootElement.GetProperty("input").EnumerateArray())
            Assert.False(rules.JudgeTool(Encoding.UTF8.GetBytes(name.GetString()!)).Allowed, name.GetString());
    }
}
