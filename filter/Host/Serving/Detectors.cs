using EnvoyExtAuthz.Detection;
using EnvoyExtAuthz.Detection.Ngrams;

namespace EnvoyExtAuthz.Host.Serving;

/// <summary>The detectors inside the binary.</summary>
internal static class Detectors
{
    /// <summary>
    /// Loads them; takes tens of milliseconds. One text is scored before this returns, so that the first request does not
    /// pay for what the runtime does only once.
    /// </summary>
    /// <returns>The scanner, and the injection model's version.</returns>
    /// <exception cref="InvalidDataException">The binary carries a model that is not the one its card names.</exception>
    public static (Scanner Scanner, string ModelVersion) Load()
    {
        InjectionClassifier model = InjectionClassifier.LoadShipped();
        model.Score("A text to warm up with."u8, Text.TextRole.User, out _);
        return (new Scanner(new RememberingClassifier(model, new VerdictCache())), model.Version);
    }
}
