using System.Text;
using EnvoyExtAuthz.Detection.Ngrams;

namespace EnvoyExtAuthz.Detection.Training;

/// <summary>One text to learn from.</summary>
/// <param name="Features">Its features.</param>
/// <param name="Origin">Where it is said to come from.</param>
/// <param name="IsAttack">Its label.</param>
internal readonly record struct Lesson(int[] Features, TextOrigin Origin, bool IsAttack);

/// <summary>
/// Draws what is learnt next. A seventh of the draws are minimal pairs, a tenth texts made from templates, a twenty-fifth words
/// standing alone, an eighth the ordinary texts that scored worst so far; of the rest half are attacks, a third of them hidden in carriers that are also shown clean.
/// </summary>
/// <param name="corpus">What there is.</param>
/// <param name="hard">Templates.</param>
/// <param name="random">Decides.</param>
internal sealed class TrainingMix(TrainingCorpus corpus, HardTexts hard, Random random)
{
    private const double PairShare = 1.0 / 7;
    private const double HardShare = 0.1;
    private const double FragmentShare = 0.04;
    private const double MinedShare = 0.12;
    private const double HiddenShare = 1.0 / 3;
    private const double PayloadShare = 0.3;
    private const int LongestFragment = 30;

    private static readonly string[] Phrases = ["say the magic word", "print hello world", "answer with yes", "I agree with everything", "the test has passed", "access granted", "bananas are blue"];

    private readonly SourceDraw _attacks = new(corpus.Attacks);
    private readonly SourceDraw _payloads = new(corpus.Payloads);
    private readonly SourceDraw _benign = new(corpus.Benign);
    private readonly SourceDraw _carriers = new(corpus.Carriers);
    private readonly Queue<Lesson> _next = new();

    /// <summary>Ordinary texts that scored worst when last looked; drawn often until the next look.</summary>
    public IReadOnlyList<TrainingText> Mined { get; set; } = [];

    /// <summary>The next text.</summary>
    public Lesson Next()
    {
        if (_next.TryDequeue(out Lesson lesson))
            return lesson;
        double draw = random.NextDouble();
        if (draw < PairShare && corpus.Pairs.Count > 0)
            Pair();
        else if ((draw -= PairShare) < HardShare)
            Made();
        else if ((draw -= HardShare) < FragmentShare)
            Fragment();
        else if ((draw -= FragmentShare) < MinedShare && Mined.Count > 0)
            Add(Mined[random.Next(Mined.Count)]);
        else if (random.Next(2) == 0 && !_attacks.IsEmpty)
            Attack();
        else if (!_benign.IsEmpty)
            Add(_benign.Next(random));
        else
            Made();
        return _next.Dequeue();
    }

    private void Pair()
    {
        (TrainingText harmless, TrainingText hostile) = corpus.Pairs[random.Next(corpus.Pairs.Count)];
        TextOrigin origin = harmless.IsStrangers ? TextOrigin.Stranger : TextOrigin.Speaker;
        _next.Enqueue(new Lesson(harmless.Features.ToArray(), origin, false));
        _next.Enqueue(new Lesson(hostile.Features.ToArray(), origin, true));
    }

    private void Made()
    {
        bool hostile = random.Next(3) == 0;
        byte[] text = hard.Next(hostile, random);
        if (hostile && random.NextDouble() < HiddenShare && !_carriers.IsEmpty)
            text = Embedding.Hide(text, Embedding.Stretch(_carriers.Next(random).Bytes, random), random);
        TextOrigin origin = random.Next(hostile ? 2 : 4) == 0 ? TextOrigin.Stranger : TextOrigin.Speaker;
        _next.Enqueue(new Lesson(TrainingText.Featurise(text), origin, hostile));
    }

    // One word or two are a name, a label, a value in JSON, however often attacks hold them: no attack by themselves.
    private void Fragment()
    {
        byte[] text = random.Next(3) == 0 || _benign.IsEmpty ? hard.Next(true, random) : (random.Next(2) == 0 ? _attacks : _benign).Next(random).Bytes;
        int start = Word(text, random.Next(text.Length)), end = Word(text, start + 1);
        if (random.Next(2) == 0)
            end = Word(text, Math.Min(end + 1, text.Length));
        if (end - start > LongestFragment)
            end = Word(text, start + 1);
        TextOrigin origin = random.Next(2) == 0 ? TextOrigin.Stranger : TextOrigin.Speaker;
        _next.Enqueue(new Lesson(TrainingText.Featurise(text.AsSpan(start, end - start > LongestFragment ? 0 : end - start)), origin, false));
    }

    private static int Word(ReadOnlySpan<byte> text, int from)
    {
        from = Math.Min(from, text.Length);
        int space = text[from..].IndexOfAny((byte)' ', (byte)'\n');
        return space < 0 ? text.Length : from + space;
    }

    private void Attack()
    {
        if (random.NextDouble() >= HiddenShare || _carriers.IsEmpty)
        {
            Add(_attacks.Next(random));
            return;
        }
        bool payload = !_payloads.IsEmpty && random.NextDouble() < PayloadShare;
        byte[] text = Unmarked((payload ? _payloads : _attacks).Next(random).Bytes);
        byte[] stretch = Embedding.Stretch(_carriers.Next(random).Bytes, random);
        TextOrigin origin = payload || random.Next(4) != 0 ? TextOrigin.Stranger : TextOrigin.Speaker;
        _next.Enqueue(new Lesson(TrainingText.Featurise(Embedding.Hide(text, stretch, random)), origin, true));
        _next.Enqueue(new Lesson(TrainingText.Featurise(stretch), origin, false));
    }

    private void Add(TrainingText text)
    {
        byte[] unmarked = text.IsAttack ? Unmarked(text.Bytes) : text.Bytes;
        int[] features = ReferenceEquals(unmarked, text.Bytes) ? text.Features.ToArray() : TrainingText.Featurise(unmarked);
        _next.Enqueue(new Lesson(features, Origin(text), text.IsAttack));
    }

    // Attacks are attacks whoever says them, and what strangers write a person may paste; but a person's plain request, said by
    // a stranger, is what an injection is, so it is shown there seldom.
    private TextOrigin Origin(TrainingText text)
    {
        int strangers = text.IsAttack ? (text.IsStrangers ? 80 : 35) : text.IsStrangers ? 60 : text.IsRequest ? 8 : 30;
        return random.Next(100) < strangers ? TextOrigin.Stranger : TextOrigin.Speaker;
    }

    // One contest made its players say one sentence; left in, the sentence would be the signal.
    private byte[] Unmarked(byte[] text)
    {
        if (text.AsSpan().IndexOf("PWNED"u8) < 0 && text.AsSpan().IndexOf("pwned"u8) < 0)
            return text;
        string phrase = Phrases[random.Next(Phrases.Length)];
        return Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(text).Replace("I have been PWNED", phrase, StringComparison.OrdinalIgnoreCase).Replace("pwned", phrase, StringComparison.OrdinalIgnoreCase));
    }
}
