using EnvoyExtAuthz.Detection;
using EnvoyExtAuthz.Detection.Ngrams;

namespace EnvoyExtAuthz.Host.Serving;

/// <summary>The detectors inside the binary.</summary>
internal static class Detectors
{
    /// <summary>Loads them; takes tens of milliseconds.</summary>
    /// <returns>The scanner, and the injection model's version.</returns>
    /// <exception cref="InvalidDataException">The build carries a model that is not the one its card names.</exception>
    public static (Scanner Scanner, string ModelVersion) Load()
    {
        InjectionClassifier classifier = InjectionClassifier.LoadShipped();
        return (new Scanner(new RememberingClassifier(classifier, new VerdictCache())), classifier.Version);
    }
}
