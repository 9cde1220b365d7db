using System.CommandLine;
using System.Globalization;
using EnvoyExtAuthz.Detection.Training;
using Spectre.Console;

namespace EnvoyExtAuthz.Host.Commands;

/// <summary><c>train</c>: makes the injection model.</summary>
internal static class TrainCommand
{
    public static Command Make()
    {
        var data = new Option<DirectoryInfo>("--data") { Description = "The training data's folder (injection/, benign/, authored/).", Required = true };
        var output = new Option<DirectoryInfo?>("--output", "-o") { Description = "Folder that gets model.onnx and card.json; without one nothing is written." };
        var steps = new Option<int?>("--steps") { Description = "Texts learnt from, one after the other." };
        var seed = new Option<int?>("--seed") { Description = "Every draw follows from it: the same seed and data give the same file." };
        var leaveOut = new Option<string[]>("--leave-out") { Description = "Sources that are neither learnt from nor used for the threshold, to see how the model does on strangers' text." };
        var languages = new Option<string[]>("--leave-out-language") { Description = "Languages that are not learnt from." };
        var command = new Command("train", "Train the injection model, as the shipped one was made. Reproducible; takes minutes.") { data, output, steps, seed, leaveOut, languages };
        command.SetAction((parsed, cancelled) =>
        {
            var defaults = new TrainingOptions { Data = parsed.GetValue(data)!.FullName };
            TrainingOptions options = defaults with
            {
                Output = parsed.GetValue(output)?.FullName,
                Steps = parsed.GetValue(steps) ?? defaults.Steps,
                Seed = parsed.GetValue(seed) ?? defaults.Seed,
                LeaveOutSources = (parsed.GetValue(leaveOut) ?? []).ToHashSet(),
                LeaveOutLanguages = (parsed.GetValue(languages) ?? []).ToHashSet(),
            };
            return Task.FromResult(Run(options, cancelled));
        });
        return command;
    }

    private static int Run(TrainingOptions options, CancellationToken cancelled)
    {
        try
        {
            TrainingResult result = Terminal.Watch("training", progress => InjectionTrainer.Train(options, new Share(progress), cancelled));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{result.Version} {result.Sha256}: ordinary text flagged {result.OrdinaryFlagged:P2}, trigger words pass {result.TriggerWordsPass:P1}, their hostile twins caught {result.PairsCaught:P1}"));
            Table table = Terminal.Table("source left out", "label", "rows", "flagged", "flagged at 1 %");
            foreach (HeldBackSource source in result.Sources)
                table.AddRow(Markup.Escape(source.Name), source.IsAttack ? "attack" : "benign", Text(source.Rows), Percent(source.Flagged), Percent(source.FlaggedAtOnePercent));
            if (result.Sources.Count > 0)
                Terminal.Out.Write(table);
            return ExitCodes.Ok;
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"cannot train: {e.Message}");
            return ExitCodes.Usage;
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Percent(double share) => share.ToString("P1", CultureInfo.InvariantCulture);

    private sealed class Share(IProgress<double> progress) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => progress.Report((double)value.Step / Math.Max(1, value.Steps));
    }
}
