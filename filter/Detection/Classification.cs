namespace EnvoyExtAuthz.Detection;

/// <summary>Facts of the shipped injection classifier that other rooms need.</summary>
public static class Classification
{
    /// <summary>The score from which on a text counts as an injection unless a policy says otherwise, 0 to 1.</summary>
    public const float ShippedThreshold = 0.9f;
}
