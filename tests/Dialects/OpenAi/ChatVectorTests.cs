using System.Text;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.OpenAi;

/// <summary>Recorded chats of all providers: nearly every byte has a role, cuts change nothing, and reading alone edits nothing.</summary>
public sealed class ChatVectorTests
{
    [Fact]
    public void Nearly_every_byte_of_a_recorded_text_has_a_role()
    {
        using var message = new Message();
        var requests = new Coverage();
        var answers = new Coverage();
        foreach (RecordedChat chat in RecordedChat.All())
        {
            Assert.Equal(ReadFault.None, Chat.Request(chat.Request, message, chat.Path));
            requests.Count(chat.Provider, message);
            AssertUnchanged(message, chat.Request);
            if (chat.IsStream)
            {
                CountStream(chat, answers);
            }
            else if (chat.Status < 400)
            {
                Assert.Equal(ReadFault.None, Chat.Response(Encoding.UTF8.GetString(chat.Response), message, chat.ContentType, chat.Status));
                answers.Count(chat.Provider, message);
                AssertUnchanged(message, chat.Response);
            }
        }
        requests.AssertAtLeast(0.99);
        answers.AssertAtLeast(0.99);
    }

    [Fact]
    public void No_cut_of_a_recorded_stream_changes_what_is_read()
    {
        var random = new Random(5);
        foreach (RecordedChat chat in RecordedChat.All().Where(c => c.IsStream))
        {
            ReadStream whole = ReadStream.Of(chat.Response);
            Assert.Equal((chat.Name, ReadFault.None), (chat.Name, whole.Fault));
            AssertSame(chat.Name, whole, ReadStream.Of(chat.Response, EventEnds(chat.Response)));
            for (int round = 0; round < 3; round++)
            {
                int[] cuts = [.. Enumerable.Range(0, 200).Select(_ => random.Next(chat.Response.Length)).Distinct().Order()];
                AssertSame(chat.Name, whole, ReadStream.Of(chat.Response, cuts));
            }
        }
    }

    [Fact]
    public void Requests_that_are_not_strict_JSON_are_refused_though_their_provider_accepts_them()
    {
        using var message = new Message();
        Assert.Equal(ReadFault.NotStrictJson, Chat.Request("""{"messages":[{"role":"user","content":"hi"},],}""", message));
        Assert.Single(RecordedChat.NotStrict);
    }

    /// <summary>Offsets behind each event.</summary>
    internal static int[] EventEnds(byte[] stream)
    {
        var ends = new List<int>();
        for (int i = 1; i < stream.Length; i++)
        {
            if (stream[i] == '\n' && (stream[i - 1] == '\n' || (i > 2 && stream[i - 1] == '\r' && stream[i - 2] == '\n')) && i + 1 < stream.Length)
                ends.Add(i + 1);
        }
        return [.. ends];
    }

    internal static void AssertSame(string name, ReadStream expected, ReadStream actual)
    {
        Assert.Equal((name, expected.Fault), (name, actual.Fault));
        Assert.Equal(expected.Calls, actual.Calls);
        Assert.Equal(expected.Arguments, actual.Arguments);
        Assert.Equal(expected.Texts, actual.Texts);
        Assert.Equal(expected.Whole, actual.Whole);
        Assert.Equal(expected.Released, actual.Released);
        Assert.Equal(expected.Ended, actual.Ended);
    }

    internal static void AssertUnchanged(Message message, byte[] body)
    {
        Assert.Empty(message.Splices);
        Assert.True(message.Dialect!.TryWrite(message, out byte[] written));
        Assert.Equal(body, written);
    }

    private static void CountStream(RecordedChat chat, Coverage coverage)
    {
        using var request = new Message();
        using EventStream stream = Chat.Dialect.OpenStream(request, Chat.ResponseHead("text/event-stream"))!;
        using var framer = new SseFramer(1 << 20);
        using var message = new Message();
        framer.Push(chat.Response);
        while (framer.Next(out EventFrame frame) == FrameStep.Frame)
        {
            message.Clear();
            Assert.Equal(ReadFault.None, stream.Read(frame, JsonLimits.Default, message));
            coverage.Count(chat.Provider, message);
        }
    }
}
