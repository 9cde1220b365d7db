using System.Text;
using CsCheck;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Text;

public class AhoCorasickTests
{
    [Fact]
    public void Every_occurrence_is_found_as_a_plain_search_finds_it()
    {
        Gen<string> word = Gen.Char["abAB-"].Array[1, 5].Select(c => new string(c));
        Gen.Select(word.Array[1, 8], Gen.Char["abAB-é"].Array[0, 60].Select(c => new string(c))).Sample((words, text) =>
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            var automaton = new AhoCorasick([.. words.Select(w => new AhoCorasickWord(Encoding.UTF8.GetBytes(w), false))]);
            var expected = new List<(int, int)>();
            for (int end = 1; end <= bytes.Length; end++)
            {
                for (int i = 0; i < words.Length; i++)
                {
                    if (end >= words[i].Length && Ascii.EqualsIgnoreCase(bytes.AsSpan(end - words[i].Length, words[i].Length), Encoding.UTF8.GetBytes(words[i])))
                        expected.Add((end, i));
                }
            }
            var found = new List<(int, int)>();
            int state = AhoCorasick.Start;
            for (int at = automaton.FindNext(bytes, 0, ref state); at >= 0; at = automaton.FindNext(bytes, at, ref state))
            {
                int longest = int.MaxValue;
                foreach (ushort match in automaton.Matches(state))
                {
                    Assert.True(words[match].Length <= longest);
                    longest = words[match].Length;
                    found.Add((at, match));
                }
            }
            Assert.Equal(expected.Order(), found.Order());
        }, iter: 3000);
    }

    [Theory]
    [InlineData("xx gh", 2)]
    [InlineData("xx ghp_", 0)]
    [InlineData("xx ghp", 3)]
    [InlineData("-----BEG", 8)]
    [InlineData("pass", 1)]
    [InlineData("passwo", 0)]
    [InlineData("sk-", 3)]
    [InlineData("sk-an", 5)]
    [InlineData("sk-an-", 1)]
    [InlineData("ask", 2)]
    public void The_beginning_of_an_awaited_word_at_the_end_is_told(string text, int length)
    {
        AhoCorasickWord[] words = [Word("ghp_"), Word("-----BEGIN "), Word("sk-"), Word("sk-ant-"), new("password"u8.ToArray(), false)];
        var automaton = new AhoCorasick(words);
        int state = AhoCorasick.Start;
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        for (int at = 0; at >= 0;)
            at = automaton.FindNext(bytes, at, ref state);
        Assert.Equal(length, automaton.Awaited(state));
    }

    [Fact]
    public void Words_that_cannot_be_told_apart_in_its_tables_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new AhoCorasick([]));
        Assert.Throws<ArgumentException>(() => new AhoCorasick([new AhoCorasickWord(ReadOnlyMemory<byte>.Empty, false)]));
        Assert.Throws<ArgumentException>(() => new AhoCorasick([new AhoCorasickWord(new byte[256], false)]));
    }

    private static AhoCorasickWord Word(string word) => new(Encoding.UTF8.GetBytes(word), true);
}
