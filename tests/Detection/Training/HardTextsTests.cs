using System.Text;
using EnvoyExtAuthz.Detection.Training;

namespace EnvoyExtAuthz.Detection.Tests.Training;

public sealed class HardTextsTests
{
    [Fact]
    public void Slots_are_filled_and_line_feeds_are_read()
    {
        var texts = new HardTexts(new StringReader("# note\n=thing: cat\n- feed the {thing}\\nnow {unknown}\n+ eat the {thing}"));
        Assert.Equal("feed the cat\nnow {unknown}", Encoding.UTF8.GetString(texts.Next(false, new Random(1))));
        Assert.Equal("eat the cat", Encoding.UTF8.GetString(texts.Next(true, new Random(1))));
    }

    [Fact]
    public void A_line_of_no_kind_is_refused() => Assert.Throws<InvalidDataException>(() => new HardTexts(new StringReader("feed the cat")));

    [Fact]
    public void The_shipped_templates_use_only_slots_that_exist()
    {
        HardTexts texts = HardTexts.Shipped();
        var random = new Random(3);
        for (int i = 0; i < 5000; i++)
            Assert.DoesNotMatch(@"\{[a-z]+\}", Encoding.UTF8.GetString(texts.Next(i % 2 == 0, random)));
    }

    [Fact]
    public void A_hidden_text_stays_whole_wherever_it_is_put()
    {
        var random = new Random(5);
        byte[] carrier = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("Grüße aus Wien, 天気がいい ", 40)));
        for (int i = 0; i < 300; i++)
        {
            byte[] hidden = Embedding.Hide("the payload"u8, Embedding.Stretch(carrier, random), random);
            Assert.True(hidden.AsSpan().IndexOf("the payload"u8) >= 0);
            Assert.True(System.Text.Unicode.Utf8.IsValid(hidden));
        }
    }
}
