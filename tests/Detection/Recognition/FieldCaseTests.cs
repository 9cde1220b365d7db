using System.Text.Json;
using EnvoyExtAuthz.Testing;

namespace EnvoyExtAuthz.Tests.Detection.Recognition;

/// <summary>The cases of area "redact" in ../shared/vectors/field, as written.</summary>
public class FieldCaseTests
{
    private static readonly string? Cases = SharedFolder.Find("vectors", "field", "cases.jsonl");

    [Fact]
    public void Numbers_that_only_look_like_personal_data_stay()
    {
        Assert.SkipWhen(Cases is null, "needs ../shared/vectors");
        Assert.All(Inputs("redact-number-lookalikes"), text => Assert.Empty(Recognised.In(text)));
    }

    [Fact]
    public void Real_values_are_found_with_their_kinds()
    {
        Assert.SkipWhen(Cases is null, "needs ../shared/vectors");
        Assert.Equal(
            [
                "pii.payment-card=4111 1111 1111 1111", "pii.iban=DE89 3704 0044 0532 0130 00", "pii.phone=+49 30 901820", "pii.us-ssn=078-05-1120",
                "pii.email=anna@mail.example", "secret.aws-access-key-id=AKIAIOSFODNN7EXAMPLE (example)",
            ],
            Inputs("redact-real-ones").SelectMany(Recognised.In));
    }

    [Fact]
    public void A_token_in_a_shell_line_in_json_is_found_and_a_page_token_is_not()
    {
        Assert.SkipWhen(Cases is null, "needs ../shared/vectors");
        Assert.Equal(["secret.github-token=ghp_16C7e42F292c6912E7710c838347Ae178B4a"], Recognised.In(Case("redact-keeps-json").GetProperty("input").GetProperty("content").GetString()!));
    }

    [Fact]
    public void A_token_in_three_deltas_is_found_as_one()
    {
        Assert.SkipWhen(Cases is null, "needs ../shared/vectors");
        string[] deltas = [.. Inputs("redact-split-over-deltas")];
        byte[] text = System.Text.Encoding.UTF8.GetBytes(string.Concat(deltas));
        List<EnvoyExtAuthz.Detection.Finding> found = Recognised.Running(text, [deltas[0].Length, deltas[0].Length + deltas[1].Length]);
        Assert.Equal(["secret.github-token=ghp_16C7e42F292c6912E7710c838347Ae178B4a"], Recognised.Spelled(text, found));
    }

    private static IEnumerable<string> Inputs(string id) => Case(id).GetProperty("input").EnumerateArray().Select(input => input.GetString()!);

    private static JsonElement Case(string id) =>
        File.ReadLines(Cases!).Select(line => JsonDocument.Parse(line).RootElement).Single(row => row.GetProperty("id").GetString() == id);
}
