using System.Xml.Linq;
using EnvoyExtAuthz.Testing;

namespace EnvoyExtAuthz.Architecture.Tests;

/// <summary>The rooms' one-way references, as ARCHITECTURE.md draws them, read from the projects themselves.</summary>
public sealed class RoomTests
{
    /// <summary>From the lowest room to the highest: a room may refer only to those before it.</summary>
    private static readonly string[] Order = ["Text", "Identity", "Dialects", "Detection", "Policy", "Engine", "Host"];

    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Text"] = [],
        ["Identity"] = ["Text"],
        ["Dialects"] = ["Text"],
        ["Detection"] = ["Text"],
        ["Policy"] = ["Text", "Identity", "Dialects", "Detection"],
        ["Engine"] = ["Policy"],
        ["Host"] = ["Engine", "Envoy.Api.Proto"],
    };

    public static TheoryData<string> Rooms { get; } = [.. Order];

    [Theory, MemberData(nameof(Rooms))]
    public void A_room_refers_only_to_rooms_below_it(string room)
    {
        string project = Path.Combine(SharedFolder.Repository, "filter", room, $"EnvoyExtAuthz.{room}.csproj");
        IEnumerable<string> references = XDocument.Load(project).Descendants("ProjectReference")
            .Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/')).Replace("EnvoyExtAuthz.", "", StringComparison.Ordinal));
        Assert.Subset(Allowed[room].ToHashSet(), references.ToHashSet());
    }

    [Fact]
    public void Only_the_host_knows_grpc_and_only_policy_knows_yaml()
    {
        foreach (string room in Order)
        {
            HashSet<string> packages = [.. XDocument.Load(Path.Combine(SharedFolder.Repository, "filter", room, $"EnvoyExtAuthz.{room}.csproj"))
                .Descendants("PackageReference").Select(r => r.Attribute("Include")!.Value)];
            Assert.True(room == "Host" || !packages.Any(p => p.StartsWith("Grpc", StringComparison.Ordinal)), room);
            Assert.True(room == "Policy" || !packages.Contains("YamlDotNet"), room);
        }
    }

    [Fact]
    public void No_file_of_the_filter_is_named_for_nothing()
    {
        string[] words = ["Helper", "Helpers", "Util", "Utils", "Utilities", "Manager", "Misc", "Common"];
        IEnumerable<string> named = Sources().Select(f => Path.GetFileNameWithoutExtension(f)!).Where(f => words.Any(w => f.EndsWith(w, StringComparison.Ordinal)));
        Assert.Empty(named);
    }

    [Fact]
    public void No_source_of_the_filter_is_longer_than_500_lines()
    {
        Assert.DoesNotContain(Sources(), f => !f.EndsWith(".g.cs", StringComparison.Ordinal) && File.ReadLines(f).Count() > 500);
    }

    private static IEnumerable<string> Sources() => Directory.EnumerateFiles(Path.Combine(SharedFolder.Repository, "filter"), "*.cs", SearchOption.AllDirectories)
        .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal));
}
