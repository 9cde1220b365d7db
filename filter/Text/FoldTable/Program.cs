using EnvoyExtAuthz.Text.FoldTable;

// Usage: [--check] PATH-OF-FOLD.BIN
// Exit codes: 0 written, or the same; 1 differs; 2 usage; 3 there is no ICU, so nothing can be said.
if ("\uFF21".Normalize(System.Text.NormalizationForm.FormKC) != "A")
{
    Console.Error.WriteLine("No ICU on this machine: NFKC is not known.");
    return 3;
}
if (args is not ([_] or ["--check", _]))
{
    Console.Error.WriteLine("usage: [--check] PATH");
    return 2;
}
byte[] table = TableWriter.Write(new FoldRules());
if (args.Length == 1)
{
    File.WriteAllBytes(args[0], table);
    Console.WriteLine($"{table.Length} bytes");
    return 0;
}
bool same = table.AsSpan().SequenceEqual(File.ReadAllBytes(args[1]));
Console.WriteLine(same ? "same" : "differs");
return same ? 0 : 1;
