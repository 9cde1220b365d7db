namespace EnvoyExtAuthz.Detection.Training;

/// <summary>The table in signed bytes with one step for all: what is shipped, a quarter of the size.</summary>
internal static class QuantisedTable
{
    /// <summary>What a byte's one stands for.</summary>
    public const float Step = NgramLearner.RowLimit / 127;

    /// <summary>Rounds a network's table to what bytes can hold, so that what is measured is what is shipped.</summary>
    public static void Round(NgramNetwork network)
    {
        float[] table = network.Table;
        for (int i = 0; i < table.Length; i++)
            table[i] = Byte(table[i]) * Step;
    }

    /// <summary>The table as bytes.</summary>
    public static byte[] Bytes(NgramNetwork network) => Array.ConvertAll(network.Table, value => unchecked((byte)Byte(value)));

    private static sbyte Byte(float value) => (sbyte)Math.Clamp(MathF.Round(value / Step), -127, 127);
}
