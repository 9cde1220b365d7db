using System.Globalization;
using System.Text;

namespace EnvoyExtAuthz.Policy.Yaml;

/// <summary>How a word of a policy is shown in a message: short, and nothing invisible or that a terminal would obey.</summary>
public static class Shown
{
    private const int Longest = 80;

    /// <summary>The word, cut after 80 characters, with everything that does not print as <c>\u{…}</c>.</summary>
    public static string Of(string word)
    {
        var shown = new StringBuilder();
        foreach (Rune rune in word.EnumerateRunes())
        {
            if (shown.Length >= Longest)
                return shown.Append('…').ToString();
            if (Rune.IsControl(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse || rune.Value == '`')
                shown.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:X}}}");
            else
                shown.Append(rune);
        }
        return shown.ToString();
    }
}
