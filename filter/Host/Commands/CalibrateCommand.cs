using System.CommandLine;
using System.Globalization;
using EnvoyExtAuthz.Detection.Networks;
using EnvoyExtAuthz.Detection.Training;
using Spectre.Console;

namespace EnvoyExtAuthz.Host.Commands;

/// <summary><c>calibrate</c>: makes one classifier of the n-grams and the network.</summary>
internal static class CalibrateCommand
{
    public static Command Make()
    {
        var data = new Option<DirectoryInfo>("--data") { Description = "The training data's folder.", Required = true };
        var ngrams = new Option<DirectoryInfo>("--ngrams") { Description = "Folder of the n-gram model.", Required = true };
        var network = new Option<DirectoryInfo>("--network") { Description = "Folder of the network's model.onnx and pieces.bin; gets card.json.", Required = true };
        var share = new Option<float?>("--network-share") { Description = "The network's share of the sum, 0 to 1; without it the best on what is left out." };
        var flagged = new Option<double?>("--false-positives") { Description = "Highest share of ordinary held-back text that the threshold may flag, 0 to 1." };
        var steps = new Option<int>("--steps") { Description = "Batches the network learnt from, for the card." };
        var leaveOut = new Option<string[]>("--leave-out") { Description = "Sources that neither model learnt from." };
        var command = new Command("calibrate", "Choose weights and threshold of the n-grams and the network together, on text that neither learnt from.") { data, ngrams, network, share, flagged, steps, leaveOut };
        command.SetAction((parsed, cancelled) =>
        {
            var options = new CalibrationOptions
            {
                Corpus = new TrainingOptions { Data = parsed.GetValue(data)!.FullName, FalsePositives = parsed.GetValue(flagged) ?? 0.005, LeaveOutSources = (parsed.GetValue(leaveOut) ?? []).ToHashSet() },
                Ngrams = parsed.GetValue(ngrams)!.FullName,
                Network = parsed.GetValue(network)!.FullName,
                NetworkShare = parsed.GetValue(share),
                Steps = parsed.GetValue(steps),
            };
            return Task.FromResult(Run(options, cancelled));
        });
        return command;
    }

    private static int Run(CalibrationOptions options, CancellationToken cancelled)
    {
        try
        {
            (CascadeCard card, IReadOnlyList<HeldBackSource> sources) = CascadeCalibration.Run(options, cancelled);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{card.Version}: network's share {card.NetworkWeight:0.00}, asked about {card.OrdinaryAsked:P1} of ordinary text, flags {card.OrdinaryFlagged:P2} of it; trigger words pass {card.TriggerWordsPass:P1}, their hostile twins caught {card.PairsCaught:P1}"));
            Table table = Terminal.Table("source held back", "label", "rows", "flagged", "flagged at 1 %");
            foreach (HeldBackSource source in sources)
                table.AddRow(Markup.Escape(source.Name), source.IsAttack ? "attack" : "benign", source.Rows.ToString(CultureInfo.InvariantCulture), Percent(source.Flagged), Percent(source.FlaggedAtOnePercent));
            Terminal.Out.Write(table);
            HeldBackSource[] attacks = [.. sources.Where(s => s.IsAttack && s.Rows > 10)];
            if (attacks.Length > 0)
                Console.WriteLine($"mean recall {Percent(attacks.Average(s => s.Flagged))}, at 1 % {Percent(attacks.Average(s => s.FlaggedAtOnePercent))}");
            return ExitCodes.Ok;
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"cannot calibrate: {e.Message}");
            return ExitCodes.Usage;
        }
    }

    private static string Percent(double share) => share.ToString("P1", CultureInfo.InvariantCulture);
}
