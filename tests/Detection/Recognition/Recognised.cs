using System.Text;
using EnvoyExtAuthz.Detection;

namespace EnvoyExtAuthz.Tests.Detection.Recognition;

/// <summary>Runs the recognisers on strings and spells findings as <c>kind=value</c>.</summary>
internal static class Recognised
{
    /// <summary>Everything but injection, at any score.</summary>
    public static ScanPlan Everything { get; } = new(FindingKinds.All.Where(k => k.Family != DetectorFamily.Injection).Select(k => KeyValuePair.Create(k, 0f)));

    public static List<Finding> Findings(byte[] text, ScanPlan? plan = null)
    {
        var found = new List<Finding>();
        Recognisers.Find(text, plan ?? Everything, found);
        return found;
    }

    public static string[] In(string text) => Spelled(Encoding.UTF8.GetBytes(text), Findings(Encoding.UTF8.GetBytes(text)));

    public static string[] Spelled(byte[] text, IEnumerable<Finding> findings) =>
        [.. findings.Select(f => $"{FindingKinds.All[f.Kind].Name}={Encoding.UTF8.GetString(text, f.Start, f.Length)}{(f.Example ? " (example)" : "")}")];

    /// <summary>The findings of a text fed in pieces.</summary>
    public static List<Finding> Running(byte[] text, IEnumerable<int> cuts, ScanPlan? plan = null)
    {
        using var running = new RunningText(plan ?? Everything);
        var found = new List<Finding>();
        int from = 0;
        long settled = 0;
        foreach (int cut in cuts.Append(text.Length))
        {
            running.Append(text.AsSpan(from, cut - from));
            from = cut;
            int before = found.Count;
            running.Drain(found);
            // What is given out lies in what was open and is settled now.
            for (int i = before; i < found.Count; i++)
                Assert.True(found[i].Start >= settled && found[i].Start + found[i].Length <= running.SettledLength);
            Assert.InRange(running.SettledLength, settled, from);
            settled = running.SettledLength;
        }
        running.Finish();
        running.Drain(found);
        Assert.Equal(text.Length, running.SettledLength);
        return found;
    }
}
