using EnvoyExtAuthz.Detection;
using EnvoyExtAuthz.Policy.Yaml;

namespace EnvoyExtAuthz.Policy.Language;

/// <summary>Reads <c>detectors</c> and <c>uninspectable</c>, of a rule or of the defaults.</summary>
internal sealed class InspectionReader(List<PolicyDiagnostic> diagnostics)
{
    /// <summary>Reads both keys of a mapping.</summary>
    public InspectionModel Read(YamlFields fields)
    {
        YamlNode? detectors = fields.Take("detectors");
        YamlNode? cases = fields.Take("uninspectable");
        return detectors is null && cases is null ? InspectionModel.Silent : new InspectionModel(ReadDetectors(detectors), ReadCases(cases), detectors?.Place);
    }

    private List<DetectorSetting> ReadDetectors(YamlNode? node)
    {
        var settings = new List<DetectorSetting>();
        if (node is null)
            return settings;
        var all = new YamlFields(node, "detectors", diagnostics);
        foreach ((YamlNode key, YamlNode value) in node.Entries)
        {
            FindingKind? kind = null;
            if (!PolicyWords.Families.TryGetValue(key.Text, out DetectorFamily family))
            {
                kind = FindingKinds.ByName(key.Text);
                if (kind is null)
                {
                    all.Error(key, "unknown-detector", $"There is no detector `{Shown.Of(key.Text)}`.", all.Nearest(key.Text, PolicyWords.Families.Keys.Concat(FindingKinds.All.Select(k => k.Name))));
                    continue;
                }
                family = kind.Family;
            }
            // Several settings of one detector, for different roles, stand in a list; the first that fits wins.
            foreach (YamlNode one in value.Kind == YamlKind.Sequence ? value.Items : [value])
                settings.Add(ReadSetting(family, kind, one));
            if (value is { Kind: YamlKind.Sequence, Items.Count: 0 })
                all.Error(value, "empty", $"`{key.Text}` is an empty list: write `action: ignore` to switch a detector off.");
        }
        return settings;
    }

    private DetectorSetting ReadSetting(DetectorFamily family, FindingKind? kind, YamlNode node)
    {
        var fields = new YamlFields(node, "a detector's setting", diagnostics);
        FindingAction? action = fields.Word("action", PolicyWords.Actions, required: true);
        double? threshold = fields.Number("threshold", 0, 1);
        var setting = new DetectorSetting(family, kind, action ?? FindingAction.Refuse, (float?)threshold,
            ReadSet(fields, "roles", PolicyWords.Roles), ReadSet(fields, "directions", PolicyWords.Directions));
        fields.Done();
        return setting;
    }

    private List<CaseSetting> ReadCases(YamlNode? node)
    {
        var cases = new List<CaseSetting>();
        if (node is null)
            return cases;
        var fields = new YamlFields(node, "uninspectable", diagnostics);
        foreach ((YamlNode key, YamlNode value) in node.Entries)
        {
            CaseAction? action = fields.WordOf(value, key.Text, PolicyWords.CaseActions);
            if (!PolicyWords.Cases.TryGetValue(key.Text, out UninspectableCase what))
                fields.Error(key, "unknown-case", $"There is no case `{Shown.Of(key.Text)}`.", fields.Nearest(key.Text, PolicyWords.Cases.Keys));
            else if (action == CaseAction.Allow && what == UninspectableCase.TooLarge)
                fields.Error(value, "case", "`too-large` cannot be allowed: what is over its limit is not held in memory. Raise the limit in the filter's configuration.");
            else if (action is { } known)
                cases.Add(new CaseSetting(what, known, key));
        }
        return cases;
    }

    private static HashSet<T>? ReadSet<T>(YamlFields fields, string key, IReadOnlyDictionary<string, T> words) where T : struct
    {
        if (fields.SomeTexts(key) is not { } texts)
            return null;
        var set = new HashSet<T>();
        foreach (YamlNode node in texts)
        {
            if (fields.WordOf(node, key, words) is { } word)
                set.Add(word);
        }
        return set;
    }
}
