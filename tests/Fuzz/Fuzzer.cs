namespace EnvoyExtAuthz.Fuzz;

/// <summary>An input that broke something.</summary>
/// <param name="Input">The input.</param>
/// <param name="Error">What went wrong.</param>
public sealed record Find(byte[] Input, Exception Error);

/// <summary>Feeds a target with mutations of its seeds until told to stop or until something breaks.</summary>
public static class Fuzzer
{
    /// <summary>Runs.</summary>
    /// <param name="target">What is fuzzed.</param>
    /// <param name="seed">Makes the run the same each time, as far as it goes.</param>
    /// <param name="goOn">Asked before each input with the number of inputs so far.</param>
    /// <param name="inputs">Inputs run.</param>
    /// <param name="recordings">Inputs to begin with beside the target's own (<see cref="Recordings"/>).</param>
    /// <returns>The first find, or null.</returns>
    public static Find? Run(FuzzTarget target, int seed, Func<long, bool> goOn, out long inputs, IReadOnlyList<byte[]>? recordings = null)
    {
        var known = new List<byte[]>([.. target.Seeds, .. recordings ?? []]);
        var seen = new HashSet<int>();
        var mutator = new Mutator(seed, target.Pieces);
        var random = new Random(seed);
        inputs = 0;
        foreach (byte[] input in known.ToArray())
        {
            if (Try(target, input, seen, out _) is { } find)
                return find;
        }
        while (goOn(inputs++))
        {
            byte[] input = (inputs % 2 == 0 ? target.Make(random) : null) ?? mutator.Next(known);
            if (Try(target, input, seen, out bool isNew) is { } find)
                return find;
            if (isNew)
                known.Add(input);
        }
        return null;
    }

    private static Find? Try(FuzzTarget target, byte[] input, HashSet<int> seen, out bool isNew)
    {
        isNew = false;
        try
        {
            isNew = seen.Add(target.Run(input));
            return null;
        }
        catch (Exception error)
        {
            return new Find(input, error);
        }
    }
}
