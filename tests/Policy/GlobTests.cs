using System.Text;
using EnvoyExtAuthz.Policy.Matching;

namespace EnvoyExtAuthz.Policy.Tests;

/// <summary>Patterns match what a plain reading of them matches, alone and together.</summary>
public class GlobTests
{
    [Fact]
    public void A_pattern_matches_what_a_naive_matcher_matches()
    {
        var random = new Random(20261125);
        for (int i = 0; i < 60_000; i++)
        {
            string pattern = Word(random, "ab*", 9), text = Word(random, "ab", 10);
            if (!Glob.IsValid(pattern))
                continue;
            Assert.True(Naive(pattern, text) == new Glob(pattern).Matches(Encoding.UTF8.GetBytes(text)), $"{pattern} {text}");
            Assert.Equal(Naive(pattern, text), new Glob(pattern).Matches(text));
        }
    }

    [Fact]
    public void Many_patterns_together_find_what_each_finds()
    {
        var random = new Random(42);
        for (int round = 0; round < 300; round++)
        {
            var index = new GlobIndex();
            string[] patterns = [.. Enumerable.Range(0, random.Next(12)).Select(_ => Word(random, "abc*", 6)).Where(p => p.Contains('*', StringComparison.Ordinal))];
            for (int i = 0; i < patterns.Length; i++)
                index.Add(new Glob(patterns[i]), i);
            for (int i = 0; i < 60; i++)
            {
                string text = Word(random, "abc", 7);
                int[] expected = [.. Enumerable.Range(0, patterns.Length).Where(p => Naive(patterns[p], text))];
                var found = new List<int>();
                index.FindAll(Encoding.UTF8.GetBytes(text), found);
                Assert.Equal(expected, found.Order());
                Assert.Equal(expected.Length == 0 ? -1 : expected[0], index.FindLeast(Encoding.UTF8.GetBytes(text)));
            }
        }
    }

    [Fact]
    public void A_pattern_that_covers_another_matches_all_it_matches()
    {
        var random = new Random(7);
        for (int i = 0; i < 20_000; i++)
        {
            string one = Word(random, "ab*", 5), other = Word(random, "ab*", 5), text = Word(random, "ab", 7);
            if (Glob.IsValid(one) && Glob.IsValid(other) && new Glob(one).Covers(new Glob(other)) && Naive(other, text))
                Assert.True(Naive(one, text), $"{one} {other} {text}");
        }
    }

    [Fact]
    public void A_name_table_answers_like_its_lists_read_one_by_one()
    {
        var random = new Random(99);
        for (int round = 0; round < 300; round++)
        {
            var table = new NameTable();
            (string Pattern, int Rule)[] allow = Patterns(random), deny = Patterns(random);
            foreach ((string pattern, int rule) in allow)
                table.Allow(new Glob(pattern), rule);
            foreach ((string pattern, int rule) in deny)
                table.Deny(new Glob(pattern), rule);
            for (int i = 0; i < 40; i++)
            {
                string name = Word(random, "abc", 5);
                if (name.Length > 0)
                    Assert.Equal(new NameRules(Least(allow, name), Least(deny, name)), table.Find(Encoding.UTF8.GetBytes(name)));
            }
        }
    }

    [Fact]
    public void A_pattern_made_to_be_slow_is_not()
    {
        // A matcher that goes back would need more steps than there is time in the world.
        var glob = new Glob("*a*a*a*a*a*a*ab*");
        byte[] text = Encoding.UTF8.GetBytes(new string('a', 1_000_000));

        Assert.False(glob.Matches(text));
    }

    private static (string, int)[] Patterns(Random random) =>
        [.. Enumerable.Range(0, random.Next(8)).Select(_ => (Word(random, "abc*", 4), random.Next(5))).Where(p => p.Item1.Length > 0)];

    private static int Least((string Pattern, int Rule)[] patterns, string name) =>
        patterns.Where(p => Naive(p.Pattern, name)).Select(p => p.Rule).DefaultIfEmpty(-1).Min();

    private static string Word(Random random, string letters, int longest) =>
        string.Concat(Enumerable.Range(0, random.Next(longest + 1)).Select(_ => letters[random.Next(letters.Length)]));

    private static bool Naive(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
    {
        if (pattern.IsEmpty)
            return text.IsEmpty;
        if (pattern[0] == '*')
            return Naive(pattern[1..], text) || (!text.IsEmpty && Naive(pattern, text[1..]));
        return !text.IsEmpty && pattern[0] == text[0] && Naive(pattern[1..], text[1..]);
    }
}
