using System.Text.Json.Nodes;

namespace EnvoyExtAuthz.Tests.Dialects.OpenAi;

/// <summary>How clients put streamed calls together, written down apart from the filter: each gives the names it would call.</summary>
internal static class ClientReadings
{
    /// <summary>Names by every way of reading.</summary>
    /// <param name="deltas">The fragments of each delta of one choice, in order.</param>
    public static HashSet<string> NamesOf(List<JsonObject[]> deltas)
    {
        var names = new HashSet<string>();
        foreach (Func<JsonObject, int, int, string> key in (Func<JsonObject, int, int, string>[])[ByIndex, ByIndexOrPosition, ById, ByIndexOrLast])
        {
            foreach (Func<string, string, string> join in (Func<string, string, string>[])[Replace, Concatenate, KeepFirst])
                names.UnionWith(Read(deltas, key, join));
        }
        return names;
    }

    private static IEnumerable<string> Read(List<JsonObject[]> deltas, Func<JsonObject, int, int, string> key, Func<string, string, string> join)
    {
        var calls = new Dictionary<string, string>();
        int seen = 0;
        foreach (JsonObject[] delta in deltas)
        {
            for (int position = 0; position < delta.Length; position++)
            {
                if (delta[position]["id"] is not null)
                    seen++;
                string call = key(delta[position], position, seen);
                string name = delta[position]["function"]!["name"]?.GetValue<string>() ?? "";
                string before = calls.GetValueOrDefault(call, "");
                calls[call] = name.Length == 0 ? before : before.Length == 0 ? name : join(before, name);
            }
        }
        return calls.Values.Where(name => name.Length > 0);
    }

    /// <summary>openai npm and the Python SDK; a missing index is all one.</summary>
    private static string ByIndex(JsonObject call, int position, int seen) => $"{call["index"]}";

    private static string ByIndexOrPosition(JsonObject call, int position, int seen) => $"{call["index"]?.GetValue<int>() ?? position}";

    /// <summary>Each id begins a call; what has none belongs to the last.</summary>
    private static string ById(JsonObject call, int position, int seen) => $"{seen}";

    private static string ByIndexOrLast(JsonObject call, int position, int seen) => call["index"] is null ? $"last {seen}" : $"{call["index"]}";

    private static string Replace(string before, string name) => name;

    private static string Concatenate(string before, string name) => before + name;

    private static string KeepFirst(string before, string name) => before;
}
