using System.Diagnostics;
using EnvoyExtAuthz.Testing;

namespace EnvoyExtAuthz.Tests.Text;

public class FoldTableTests
{
    [Fact]
    public async Task The_committed_table_is_what_icu_and_the_list_of_look_alikes_say()
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory);
        string generator = Path.Combine(output.Parent!.Parent!.FullName, "EnvoyExtAuthz.FoldTable", output.Name, "EnvoyExtAuthz.FoldTable.dll");
        var start = new ProcessStartInfo("dotnet", ["exec", generator, "--check", Path.Combine(SharedFolder.Repository, "filter", "Text", "fold.bin")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT");
        using Process process = Process.Start(start)!;
        Task<string> said = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        string error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.SkipWhen(process.ExitCode == 3 || error.Contains("libicu", StringComparison.Ordinal), "needs ICU");
        Assert.True(process.ExitCode == 0, await said + error);
    }

    [Fact]
    public void These_tests_run_as_the_filter_does_without_icu() => Assert.Equal("Ａ", "Ａ".Normalize(System.Text.NormalizationForm.FormKC));
}
