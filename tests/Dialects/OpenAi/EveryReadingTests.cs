using System.Text.Json.Nodes;
using EnvoyExtAuthz.Dialects;

namespace EnvoyExtAuthz.Tests.Dialects.OpenAi;

/// <summary>Whatever fragments a server sends: a tool that some client would call is judged, or the stream is refused.</summary>
public sealed class EveryReadingTests
{
    private static readonly string[] Pieces = ["a", "b", "ab", "ba", "c", "", "abc"];
    private static readonly string[] Tools = ["a", "b", "c", "ab", "ba", "abc", "aa", "bb", "cab", "abab", "bc"];
    private static readonly string[] Arguments = ["", "{", "}", "{}", "{\"x\":\"", "\"}", "{\"x\":1}"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void No_offered_tool_is_called_without_being_judged(int seed)
    {
        var random = new Random(seed);
        int read = 0;
        for (int round = 0; round < 2500; round++)
        {
            List<JsonObject[]> deltas = [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => Delta(random))];
            string[] finishes = [null!, null!, null!, "", "tool_calls"];
            IEnumerable<string> blocks = deltas.Select(delta =>
                ReadStream.Delta(new JsonObject { ["tool_calls"] = new JsonArray([.. delta.Select(c => c.DeepClone())]) }, finishes[random.Next(finishes.Length)]));
            ReadStream stream = ReadStream.Of([.. blocks, ReadStream.Done], Tools);
            if (stream.Fault != ReadFault.None)
                continue;
            read++;
            IEnumerable<string> missed = ClientReadings.NamesOf(deltas).Where(Tools.Contains).Except(stream.Calls);
            Assert.True(!missed.Any(), $"seed {seed}, round {round}: {string.Join(' ', missed)} in {string.Join(" | ", deltas.Select(d => string.Join(',', d.Select(c => c.ToJsonString(System.Text.Json.JsonSerializerOptions.Default)))))}");
        }
        Assert.True(read > 500, $"only {read} streams were read");
    }

    private static JsonObject[] Delta(Random random) =>
        [.. Enumerable.Range(0, random.Next(1, 3)).Select(_ => ReadStream.Call(
            random.Next(3) == 0 ? $"t{random.Next(3)}" : null,
            random.Next(3) == 0 ? null : random.Next(3),
            random.Next(3) == 0 ? null : Pieces[random.Next(Pieces.Length)],
            random.Next(3) == 0 ? null : Arguments[random.Next(Arguments.Length)]))];
}
