using EnvoyExtAuthz.Testing;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Text;

/// <summary>JSONTestSuite (seriot.ch): y_ must be read, n_ must be refused, i_ is up to the reader and decided here.</summary>
public class JsonSuiteTests
{
    /// <summary>Where we refuse what RFC 8259 lets pass, because readers differ in what they make of it.</summary>
    private static readonly Dictionary<string, JsonFault> Stricter = new(StringComparer.Ordinal)
    {
        ["y_object_duplicated_key.json"] = JsonFault.DuplicateKey,
        ["y_object_duplicated_key_and_value.json"] = JsonFault.DuplicateKey,
    };

    /// <summary>What is up to the reader: numbers are kept as written; text that is no Unicode is refused.</summary>
    private static readonly Dictionary<string, JsonFault> Decided = new(StringComparer.Ordinal)
    {
        ["i_number_double_huge_neg_exp.json"] = JsonFault.None,
        ["i_number_huge_exp.json"] = JsonFault.None,
        ["i_number_neg_int_huge_exp.json"] = JsonFault.None,
        ["i_number_pos_double_huge_exp.json"] = JsonFault.None,
        ["i_number_real_neg_overflow.json"] = JsonFault.None,
        ["i_number_real_pos_overflow.json"] = JsonFault.None,
        ["i_number_real_underflow.json"] = JsonFault.None,
        ["i_number_too_big_neg_int.json"] = JsonFault.None,
        ["i_number_too_big_pos_int.json"] = JsonFault.None,
        ["i_number_very_big_negative_int.json"] = JsonFault.None,
        ["i_object_key_lone_2nd_surrogate.json"] = JsonFault.LoneSurrogate,
        ["i_string_1st_surrogate_but_2nd_missing.json"] = JsonFault.LoneSurrogate,
        ["i_string_1st_valid_surrogate_2nd_invalid.json"] = JsonFault.LoneSurrogate,
        ["i_string_UTF-16LE_with_BOM.json"] = JsonFault.ByteOrderMark,
        ["i_string_UTF-8_invalid_sequence.json"] = JsonFault.NotUtf8,
        ["i_string_UTF8_surrogate_U+D800.json"] = JsonFault.NotUtf8,
        ["i_string_incomplete_surrogate_and_escape_valid.json"] = JsonFault.LoneSurrogate,
        ["i_string_incomplete_surrogate_pair.json"] = JsonFault.LoneSurrogate,
        ["i_string_incomplete_surrogates_escape_valid.json"] = JsonFault.LoneSurrogate,
        ["i_string_invalid_lonely_surrogate.json"] = JsonFault.LoneSurrogate,
        ["i_string_invalid_surrogate.json"] = JsonFault.LoneSurrogate,
        ["i_string_invalid_utf-8.json"] = JsonFault.NotUtf8,
        ["i_string_inverted_surrogates_U+1D11E.json"] = JsonFault.LoneSurrogate,
        ["i_string_iso_latin_1.json"] = JsonFault.NotUtf8,
        ["i_string_lone_second_surrogate.json"] = JsonFault.LoneSurrogate,
        ["i_string_lone_utf8_continuation_byte.json"] = JsonFault.NotUtf8,
        ["i_string_not_in_unicode_range.json"] = JsonFault.NotUtf8,
        ["i_string_overlong_sequence_2_bytes.json"] = JsonFault.NotUtf8,
        ["i_string_overlong_sequence_6_bytes.json"] = JsonFault.NotUtf8,
        ["i_string_overlong_sequence_6_bytes_null.json"] = JsonFault.NotUtf8,
        ["i_string_truncated-utf-8.json"] = JsonFault.NotUtf8,
        // Half of its bytes are NUL: to a reader of UTF-8 that is no JSON.
        ["i_string_utf16BE_no_BOM.json"] = JsonFault.NotUtf8,
        ["i_string_utf16LE_no_BOM.json"] = JsonFault.NotUtf8,
        ["i_structure_500_nested_arrays.json"] = JsonFault.TooDeep,
        ["i_structure_UTF-8_BOM_empty_object.json"] = JsonFault.ByteOrderMark,
    };

    [Fact]
    public void Every_text_of_the_suite_is_read_or_refused_as_decided()
    {
        string? folder = SharedFolder.Find("vectors", "json");
        Assert.SkipWhen(folder is null, "needs ../shared/vectors/json");
        using var tape = new JsonTape();
        var wrong = new List<string>();
        int seen = 0;
        foreach (string file in Directory.EnumerateFiles(folder!, "*.json").Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileName(file);
            JsonFault fault = tape.Parse(File.ReadAllBytes(file), JsonLimits.Default);
            bool right = name[0] switch
            {
                'y' => fault == Stricter.GetValueOrDefault(name),
                'n' => fault != JsonFault.None,
                _ => Decided.TryGetValue(name, out JsonFault decided) && fault == decided,
            };
            if (!right)
                wrong.Add($"{name}: {fault}");
            seen++;
        }
        Assert.Empty(wrong);
        Assert.True(seen > 300, $"only {seen} texts");
    }
}
