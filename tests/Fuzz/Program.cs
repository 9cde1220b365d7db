using EnvoyExtAuthz.Fuzz;

// EnvoyExtAuthz.Fuzz TARGET SECONDS [SEED]: exit code 1 and the input in base64 where something broke.
if (args.Length is < 2 or > 3 || !FuzzTarget.All.TryGetValue(args[0], out Func<FuzzTarget>? make)
    || !double.TryParse(args[1], out double seconds) || !int.TryParse(args.ElementAtOrDefault(2) ?? "1", out int seed))
{
    Console.Error.WriteLine($"usage: EnvoyExtAuthz.Fuzz {string.Join('|', FuzzTarget.All.Keys)} SECONDS [SEED]");
    return 2;
}
long end = Environment.TickCount64 + (long)(seconds * 1000);
using FuzzTarget target = make();
Find? find = Fuzzer.Run(target, seed, _ => Environment.TickCount64 < end, out long inputs, Recordings.For(args[0]));
Console.WriteLine($"{args[0]}: {inputs} inputs, seed {seed}, {(find is null ? "nothing broke" : "BROKEN")}");
if (find is null)
    return 0;
Console.WriteLine(Convert.ToBase64String(find.Input));
Console.WriteLine(find.Error);
return 1;
