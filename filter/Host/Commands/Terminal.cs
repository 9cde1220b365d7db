using Spectre.Console;

namespace EnvoyExtAuthz.Host.Commands;

/// <summary>The terminal: colours and progress only where a person looks, plain text where a program reads.</summary>
internal static class Terminal
{
    /// <summary>Standard output. Colours only on a terminal, and not where NO_COLOR is set.</summary>
    public static IAnsiConsole Out { get; } = AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = IsPlain(Console.IsOutputRedirected) ? AnsiSupport.No : AnsiSupport.Detect,
        ColorSystem = IsPlain(Console.IsOutputRedirected) ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
        Out = new AnsiConsoleOutput(Console.Out),
    });

    /// <summary>Runs long work with a progress bar on a terminal and without one elsewhere.</summary>
    /// <param name="what">What is done, for people.</param>
    /// <param name="work">The work; told where to report its share done, 0 to 1.</param>
    public static T Watch<T>(string what, Func<IProgress<double>, T> work)
    {
        if (IsPlain(Console.IsErrorRedirected))
            return work(new Progress<double>());
        IAnsiConsole error = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return error.Progress().AutoClear(true).Start(context =>
        {
            ProgressTask task = context.AddTask(Markup.Escape(what), maxValue: 1);
            return work(new Report(task));
        });
    }

    /// <summary>A table without lines where output is read by programs.</summary>
    public static Table Table(params string[] columns)
    {
        Table table = new Table().Border(Console.IsOutputRedirected ? TableBorder.None : TableBorder.Rounded);
        foreach (string column in columns)
            table.AddColumn(new TableColumn(Markup.Escape(column)).NoWrap());
        if (Console.IsOutputRedirected)
            Out.Profile.Width = 400;
        return table;
    }

    private static bool IsPlain(bool redirected) => redirected || Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 };

    private sealed class Report(ProgressTask task) : IProgress<double>
    {
        void IProgress<double>.Report(double value) => task.Value = value;
    }
}
