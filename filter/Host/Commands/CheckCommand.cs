using System.CommandLine;
using EnvoyExtAuthz.Host.Serving;
using EnvoyExtAuthz.Policy;
using EnvoyExtAuthz.Policy.Yaml;
using Spectre.Console;

namespace EnvoyExtAuthz.Host.Commands;

/// <summary><c>check</c>: lints policies.</summary>
internal static class CheckCommand
{
    public static Command Make()
    {
        var files = new Argument<FileInfo[]>("policy") { Description = "Policy files.", Arity = ArgumentArity.OneOrMore };
        var strict = new Option<bool>("--strict") { Description = "Warnings fail too." };
        var command = new Command("check", "Check policy files: errors and warnings with line, column and what was probably meant. Exit code 1 if one is refused.") { files, strict };
        command.SetAction(parsed =>
        {
            bool failed = false;
            foreach (FileInfo file in parsed.GetValue(files)!)
                failed |= !Check(file, parsed.GetValue(strict));
            return failed ? ExitCodes.Failed : ExitCodes.Ok;
        });
        return command;
    }

    private static bool Check(FileInfo file, bool strict)
    {
        if (!file.Exists)
        {
            Terminal.Out.MarkupLineInterpolated($"[red]{file.Name}: no such file[/]");
            return false;
        }
        PolicyResult result = PolicyCompiler.Compile(File.ReadAllBytes(file.FullName), new Protocols(), file.FullName);
        foreach (PolicyDiagnostic diagnostic in result.Diagnostics)
        {
            string colour = diagnostic.Severity == DiagnosticSeverity.Error ? "red" : "yellow";
            Terminal.Out.MarkupLine($"[{colour}]{Markup.Escape(diagnostic.Format(file.Name))}[/]");
        }
        bool good = result.Snapshot is not null && !(strict && result.Diagnostics.Count > 0);
        if (good)
            Terminal.Out.MarkupLineInterpolated($"[green]{file.Name}: ok[/], policy {result.Snapshot!.Name} {result.Snapshot.Hash[..12]}");
        return good;
    }
}
