using System.Globalization;
using System.Text;

namespace EnvoyExtAuthz.Tests.Detection.Recognition;

/// <summary>Values made up when a test runs, from a form such as <c>a14 . h64</c>.</summary>
internal static class Made
{
    private const string Upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    private const string Digits = "0123456789";

    /// <summary>A value of a form, the same for the same name; parts that may be of several lengths get their shortest.</summary>
    public static string Value(string name, string form)
    {
        var random = new Random(name.Sum(c => c) + form.Length);
        var value = new StringBuilder();
        foreach (string part in form.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!IsDrawn(part))
            {
                value.Append(part);
                continue;
            }
            string letters = Letters(part[0]);
            int length = int.Parse(part[1..].Split('-')[0], CultureInfo.InvariantCulture);
            int start = value.Length;
            for (int i = 0; i < length; i++)
                value.Append(letters[random.Next(letters.Length)]);
            // Always a digit and a letter among the first; and no sign at an end.
            if (length > 4 && part[0] != 'd')
                (value[start + 1], value[start + 2], value[start], value[start + length - 1]) = ('7', letters.Contains('a') ? 'a' : 'A', letters.Contains('c') ? 'c' : 'C', '4');
        }
        return value.ToString();
    }

    /// <summary>One character less in the last part that is drawn.</summary>
    public static string Shorter(string value, string form)
    {
        string[] parts = form.Split(' ');
        int kept = 0;
        for (int i = parts.Length - 1; !IsDrawn(parts[i]); i--)
            kept += parts[i].Length;
        return value.Remove(value.Length - kept - 1, 1);
    }

    /// <summary>The same shape without anything drawn.</summary>
    public static string Blank(string value) => string.Concat(value.Select(c => char.IsAsciiLetterOrDigit(c) ? 'x' : c));

    private static bool IsDrawn(string part) => part.Length > 1 && char.IsAsciiLetter(part[0]) && char.IsAsciiDigit(part[1]);

    private static string Letters(char name) => name switch
    {
        'a' => Upper + Upper.ToLowerInvariant() + Digits,
        'l' => Upper.ToLowerInvariant() + Digits,
        'u' => Upper + Digits,
        'd' => Digits,
        'h' => Digits + "abcdef",
        'H' => Digits + "abcdefABCDEF",
        _ => Upper + Upper.ToLowerInvariant() + Digits,
    };
}
