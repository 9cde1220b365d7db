using System.CommandLine;
using System.Globalization;
using EnvoyExtAuthz.Detection;
using EnvoyExtAuthz.Detection.Evaluation;
using EnvoyExtAuthz.Detection.Networks;
using EnvoyExtAuthz.Detection.Ngrams;
using Spectre.Console;

namespace EnvoyExtAuthz.Host.Commands;

/// <summary><c>evaluate</c>: says how well the injection model does on labelled texts.</summary>
internal static class EvaluateCommand
{
    public static Command Make()
    {
        var data = new Option<DirectoryInfo>("--data") { Description = "Folder of *.jsonl files: text, label, optional kind and lang.", Required = true };
        var model = new Option<DirectoryInfo?>("--model") { Description = "Folder of an n-gram model; without one the shipped model." };
        var network = new Option<DirectoryInfo?>("--network") { Description = "Folder of a network that was calibrated with --model; without one --model is judged alone." };
        var format = new Option<string>("--format") { Description = "table or json.", DefaultValueFactory = _ => "table" };
        format.AcceptOnlyFromAmong("table", "json");
        var command = new Command("evaluate", "Evaluate the injection model: recall and false alarms at the shipped threshold and at 1 % of the folder's benign rows, per file and language.") { data, model, network, format };
        command.SetAction((parsed, cancelled) => Task.FromResult(Run(parsed.GetValue(data)!, parsed.GetValue(model), parsed.GetValue(network), parsed.GetValue(format) == "json", cancelled)));
        return command;
    }

    private static int Run(DirectoryInfo data, DirectoryInfo? modelFolder, DirectoryInfo? networkFolder, bool asJson, CancellationToken cancelled)
    {
        try
        {
            (ITextClassifier model, string version) = Load(modelFolder, networkFolder);
            EvaluationReport report = Terminal.Watch("evaluating",
                progress => Evaluator.Run(data.FullName, model, version, Classification.ShippedThreshold, new Share(progress), cancelled));
            if (asJson)
            {
                using Stream output = Console.OpenStandardOutput();
                report.WriteJson(output);
                return ExitCodes.Ok;
            }
            Print(report);
            return ExitCodes.Ok;
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"cannot evaluate: {e.Message}");
            return ExitCodes.Usage;
        }
    }

    private static (ITextClassifier Model, string Version) Load(DirectoryInfo? ngrams, DirectoryInfo? network)
    {
        if (network is not null)
        {
            if (ngrams is null)
                throw new InvalidDataException("--network needs --model, the n-gram model it was calibrated with.");
            CascadeClassifier both = CascadeClassifier.Load(ngrams.FullName, network.FullName);
            return (both, both.Version);
        }
        InjectionClassifier alone = ngrams is null ? InjectionClassifier.LoadShipped() : InjectionClassifier.Load(ngrams.FullName);
        return (alone, alone.Version);
    }

    private static void Print(EvaluationReport report)
    {
        Table table = Terminal.Table("set", "label", "n", "flagged (shipped)", "flagged at 1 %", "AUC", "us a text");
        foreach (EvaluationSet set in report.Sets.Concat(report.Languages))
        {
            table.AddRow(Markup.Escape(set.Name), set.Label, set.Count.ToString(CultureInfo.InvariantCulture), Percent(set.FlaggedShipped), Percent(set.FlaggedAtOnePercent),
                double.IsFinite(set.Auc) ? set.Auc.ToString("0.000", CultureInfo.InvariantCulture) : "", set.Microseconds.ToString("0", CultureInfo.InvariantCulture));
        }
        Terminal.Out.Write(table);
    }

    private static string Percent(double share) => double.IsFinite(share) ? share.ToString("P1", CultureInfo.InvariantCulture) : "";

    private sealed class Share(IProgress<double> progress) : IProgress<(int Done, int Files)>
    {
        public void Report((int Done, int Files) value) => progress.Report((double)value.Done / Math.Max(1, value.Files));
    }
}
