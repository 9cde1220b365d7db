using BenchmarkDotNet.Attributes;
using EnvoyExtAuthz.Detection;
using EnvoyExtAuthz.Detection.Ngrams;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Perf.Micro;

/// <summary>Detectors: recognisers of secrets and personal data, the injection classifier cold and remembered.</summary>
[MemoryDiagnoser]
public class DetectionBenchmarks : IDisposable
{
    private readonly InjectionClassifier _classifier = InjectionClassifier.LoadShipped();
    private readonly List<Finding> _findings = new(64);
    private readonly ScanPlan _plan = new(FindingKinds.All.Where(kind => kind.Family != DetectorFamily.Injection).Select(kind => KeyValuePair.Create(kind, 0.5f)));
    private RememberingClassifier _remembering = null!;
    private byte[] _text = [];

    /// <summary>Size of the text, bytes.</summary>
    [Params(2048, 8192)]
    public int Bytes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _text = Samples.Text(Bytes);
        _remembering = new RememberingClassifier(_classifier, new VerdictCache());
    }

    [Benchmark]
    public int Recognise()
    {
        _findings.Clear();
        Recognisers.Find(_text, _plan, _findings);
        return _findings.Count;
    }

    [Benchmark]
    public float ClassifyCold()
    {
        _classifier.Score(_text, TextRole.User, out float score);
        return score;
    }

    [Benchmark]
    public float ClassifySeenBefore()
    {
        _remembering.Score(_text, TextRole.User, out float score);
        return score;
    }

    public void Dispose()
    {
        _classifier.Dispose();
        GC.SuppressFinalize(this);
    }
}
