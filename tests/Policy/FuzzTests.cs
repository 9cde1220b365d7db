using System.Text;
using EnvoyExtAuthz.Policy.Yaml;
using EnvoyExtAuthz.Testing;

namespace EnvoyExtAuthz.Policy.Tests;

/// <summary>Whatever a policy file holds, compiling says what is wrong and never throws.</summary>
public class FuzzTests
{
    private static readonly string[] Pieces =
    [
        "[", "]", "{", "}", ",", ":", ": ", "- ", "\n", "\n  ", "? ", "| ", ">-\n", "'", "\"", "\"\\u0000\"", "\"\\U00110000\"", "&a ", "*a", "!!str ", "!<x> ",
        "%YAML 9.9\n", "%TAG ! x\n", "---", "...", "# ", "@", "`", "~", "null", "1", "true", "*", "\u0085", "\u2028", "\uFEFF", "\uD7FF", "é", "\r", "\t", "<<: ",
        "allow", "tools", "callers", "spiffe", "jwt", "1e999", "-", "0x", "\"\\x\"", "\"\\",
    ];

    [Fact]
    public void Mutations_of_a_policy_never_throw()
    {
        byte[] seed = Encoding.UTF8.GetBytes(File.ReadAllText(Path.Combine(SharedFolder.Repository, "docs", "policy.example.yaml")));
        var random = new Random(1);
        for (int i = 0; i < 1_500; i++)
            Check(Mutate(seed, random));
    }

    [Fact]
    public void Random_bytes_and_random_YAML_never_throw()
    {
        var random = new Random(2);
        for (int i = 0; i < 3_000; i++)
        {
            var bytes = new byte[random.Next(200)];
            random.NextBytes(bytes);
            Check(bytes);
            Check(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => Pieces[random.Next(Pieces.Length)]))));
        }
    }

    [Theory]
    [InlineData("[", 200_000)]
    [InlineData("{a: ", 100_000)]
    [InlineData("- ", 100_000)]
    [InlineData("? ", 100_000)]
    [InlineData("a: [b]\n", 100_000)]
    [InlineData("\"", 200_001)]
    [InlineData("&a ", 100_000)]
    [InlineData("!a ", 100_000)]
    [InlineData("#\n", 400_000)]
    [InlineData("a", 4_000_000)]
    [InlineData("- [a, b]\n", 100_000)]
    public void Repetition_ends_in_a_bounded_report(string piece, int times)
    {
        PolicyResult result = PolicyText.Compile(new StringBuilder().Insert(0, piece, times).ToString());

        Assert.Null(result.Snapshot);
        Assert.InRange(result.Diagnostics.Count, 1, 201);
    }

    [Fact]
    public void A_file_over_the_bound_is_refused()
    {
        PolicyResult result = PolicyCompiler.Compile(new byte[YamlTree.MaxBytes + 1], PolicyText.Names);

        Assert.Equal("too-large", Assert.Single(result.Diagnostics).Code);
    }

    [Fact]
    public void A_file_that_is_not_UTF8_is_refused_where_it_is_not()
    {
        PolicyDiagnostic error = Assert.Single(PolicyCompiler.Compile([.. "version: 1\nname: é"u8, 0xFF, .. "\n"u8], PolicyText.Names).Diagnostics);

        Assert.Equal(("not-utf8", 2, 8), (error.Code, error.Line, error.Column));
    }

    [Fact]
    public void A_byte_order_mark_changes_no_place()
    {
        PolicyDiagnostic error = PolicyCompiler.Compile([.. "\uFEFFversion: 2\nname: a\nroutes: []\nrules: []\n"u8], PolicyText.Names).Diagnostics[0];

        Assert.Equal(("version", 1, 10), (error.Code, error.Line, error.Column));
    }

    [Fact]
    public void Messages_show_nothing_a_terminal_would_obey()
    {
        PolicyResult result = PolicyText.Compile("version: 1\nname: t\nroutes: []\nrules: []\n\"\\e[31m\\u202Ered`\": 1\n");

        Assert.Equal("The policy has no `\\u{1B}[31m\\u{202E}red\\u{60}`.", Assert.Single(result.Errors()).Message);
    }

    private static byte[] Mutate(byte[] seed, Random random)
    {
        var bytes = new List<byte>(seed);
        for (int n = random.Next(1, 5); n > 0; n--)
        {
            int at = random.Next(bytes.Count);
            switch (random.Next(4))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, Math.Min(random.Next(20), bytes.Count - at));
                    break;
                case 2:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(Pieces[random.Next(Pieces.Length)]));
                    break;
                default:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(60), bytes.Count - at)));
                    break;
            }
        }
        return [.. bytes];
    }

    private static void Check(byte[] yaml)
    {
        PolicyResult result = PolicyCompiler.Compile(yaml, PolicyText.Names);

        Assert.Equal(result.Snapshot is null, result.Diagnostics.Any(d => d.IsError));
        Assert.All(result.Diagnostics, d => Assert.True(d is { Line: >= 1, Column: >= 1, Message.Length: > 0 } && !d.Message.Any(char.IsControl), d.Message));
    }
}
