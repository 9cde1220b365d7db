using System.Text;
using System.Text.Json;
using EnvoyExtAuthz.Dialects;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Tests.Dialects.Gemini;

/// <summary>Streams in both framings: running texts, calls in pieces, what breaks them, how they are refused.</summary>
public sealed class GeminiStreamTests
{
    private const string Said = """{"text":"Hel"}""";

    [Fact]
    public void Texts_run_on_by_candidate_and_kind()
    {
        ReadGemini read = ReadGemini.Of(
            ReadGemini.Part("""{"text":"mus","thought":true}""")
            + ReadGemini.Part(Said)
            + ReadGemini.Event("""{"candidates":[{"content":{"parts":[{"text":"lo"},{"text":"!"},{"text":"ing","thought":true}]}},{"index":3,"content":{"parts":[{"text":"other"}]}}]}""")
            + ReadGemini.Part("""{"novel":{"words":"un"}}""") + ReadGemini.Part("""{"novel":{"words":"known"}}""")
            + ": keep-alive\r\n\r\n"
            + ReadGemini.Part("""{"text":""}""", "\"finishReason\":\"STOP\""));
        Assert.Equal(ReadFault.None, read.Fault);
        Assert.Equal(["Hello!", "musing", "other", "unknown"], read.Texts.Values);
        Assert.False(read.Ended);
    }

    [Fact]
    public void A_call_in_one_piece_is_judged_at_once()
    {
        ReadGemini read = ReadGemini.Of(
            ReadGemini.Part("""{"functionCall":{"name":"search","args":{"q":"x"}},"thoughtSignature":"AbCd"}""") + ReadGemini.Part("""{"toolCall":{"toolType":"URL_CONTEXT"}}""", "\"finishReason\":\"STOP\""));
        Assert.Equal(ReadFault.None, read.Fault);
        Assert.Equal(["search({\"q\":\"x\"})", "urlContext()"], read.Calls);
        Assert.Equal([OpaqueKind.Encrypted], read.Opaque);
        Assert.True(read.Ended);
    }

    [Fact]
    public void Arguments_in_pieces_are_put_together_and_held()
    {
        ReadGemini read = ReadGemini.Of(
            ReadGemini.Part(Said)
            + ReadGemini.Part("""{"functionCall":{"id":"f1","name":"book","willContinue":true}}""")
            + ReadGemini.Part("""{"functionCall":{"partialArgs":[{"jsonPath":"$.city","stringValue":"Os","willContinue":true}],"willContinue":true}}""")
            + ReadGemini.Part("""{"functionCall":{"partial_args":[{"json_path":"$.city","string_value":"lo"},{"jsonPath":"$.stops[0]['na me']","stringValue":"a"},{"jsonPath":"$.stops[1].n","numberValue":2}],"will_continue":true}}""")
            + ReadGemini.Part("""{"functionCall":{"partialArgs":[{"jsonPath":"$.ok","boolValue":false},{"jsonPath":"$.none","nullValue":"NULL_VALUE"}],"willContinue":true}}""")
            + ReadGemini.Part("""{"functionCall":{}}""")
            + ReadGemini.Part("""{"functionCall":{"name":"next","args":{}}}"""));
        Assert.Equal(ReadFault.None, read.Fault);
        Assert.Equal(["book({\"city\":\"Oslo\",\"stops\":[{\"na me\":\"a\"},{\"n\":2}],\"ok\":false,\"none\":null})", "next({})"], read.Calls);
        Assert.Contains("Oslo", read.Texts.Values);
        Assert.Contains("ToolArgument: a", read.Whole);
        Assert.True(read.MostHeld > 500);
    }

    [Theory]
    [InlineData("""{"functionCall":{"name":"a","willContinue":true}}""", """{"functionCall":{"name":"b","args":{}}}""", "a() b({})")]
    [InlineData("""{"functionCall":{"name":"a","willContinue":true}}""", """{"text":"on"}""", "a()")]
    [InlineData("""{"functionCall":{"name":"a","args":{"x":1},"willContinue":true}}""", """{"functionCall":{}}""", "a({\"x\":1})")]
    [InlineData("""{"functionCall":{"name":"a"}}""", """{"functionCall":{"name":"a"}}""", "a() a()")]
    public void Every_name_is_a_call(string first, string second, string calls)
    {
        ReadGemini read = ReadGemini.Of(ReadGemini.Part(first) + ReadGemini.Part(second));
        Assert.Equal(ReadFault.None, read.Fault);
        Assert.Equal(calls, string.Join(' ', read.Calls));
    }

    [Theory]
    [InlineData("""{"functionCall":{"partialArgs":[{"jsonPath":"$.a","stringValue":"x"}]}}""")]
    [InlineData("""{"functionCall":{"args":{"a":1}}}""")]
    [InlineData("""{"functionCall":{"name":"a","willContinue":"true"}}""")]
    [InlineData("""{"functionCall":{"name":"a","willContinue":true,"partialArgs":[{"stringValue":"x"}]}}""")]
    [InlineData("""{"functionCall":{"name":"a","willContinue":true,"partialArgs":[{"jsonPath":"a","stringValue":"x"}]}}""")]
    [InlineData("""{"functionCall":{"name":"a","willContinue":true,"partialArgs":[{"jsonPath":"$.a[*]","stringValue":"x"}]}}""")]
    [InlineData("""{"functionCall":{"name":"a","willContinue":true,"partialArgs":[{"jsonPath":"$..a","stringValue":"x"}]}}""")]
    [InlineData("""{"functionCall":{"name":"a","willContinue":true,"partialArgs":[{"jsonPath":"$.a[9]","stringValue":"x"}]}}""")]
    [InlineData("""{"functionCall":{"name":"a","willContinue":true,"partialArgs":[{"jsonPath":"$.a","stringValue":"x"},{"jsonPath":"$.a","stringValue":"y"}]}}""")]
    [InlineData("""{"functionCall":{"name":"a","willContinue":true,"partialArgs":[{"jsonPath":"$.a","stringValue":"x"},{"jsonPath":"$.a.b","stringValue":"y"}]}}""")]
    [InlineData("""{"functionCall":{"name":"a","willContinue":true,"args":{"a":1},"partialArgs":[{"jsonPath":"$.a","stringValue":"x"}]}}""")]
    [InlineData("""{"functionCall":{"name":"a","willContinue":true,"partialArgs":[{"jsonPath":"$.a","jsonpath":"$.b","stringValue":"x"}]}}""")]
    public void What_no_two_readers_would_put_together_alike_breaks_the_stream(string part)
    {
        ReadGemini read = ReadGemini.Of(ReadGemini.Part(part));
        Assert.True(read.Fault is ReadFault.BrokenStream or ReadFault.NotStrictJson, read.Fault.ToString());
        Assert.Equal("", read.Released);
    }

    [Theory]
    [InlineData("""{"candidates":[{"index":0},{"index":0}]}""", ReadFault.BrokenStream)]
    [InlineData("""{"candidates":[{"index":1},{}]}""", ReadFault.BrokenStream)]
    [InlineData("""{"candidates":[{"index":200}]}""", ReadFault.BrokenStream)]
    [InlineData("""{"candidates":[{"index":1.0}]}""", ReadFault.BrokenStream)]
    [InlineData("""[{"candidates":[]}]""", ReadFault.WrongShape)]
    [InlineData("""{"Candidates":[]}""", ReadFault.Ambiguous)]
    [InlineData("[DONE]", ReadFault.NotStrictJson)]
    public void Events_of_two_readings_are_refused(string data, ReadFault expected) =>
        Assert.Equal(expected, ReadGemini.Of(ReadGemini.Event(data)).Fault);

    [Fact]
    public void Tokens_of_a_stream_are_a_running_text()
    {
        ReadGemini read = ReadGemini.Of(
            ReadGemini.Part(Said, """ "logprobsResult":{"chosenCandidates":[{"token":"AK"}]}""") + ReadGemini.Part(Said, """ "logprobsResult":{"chosenCandidates":[{"token":"IA"}]}"""));
        Assert.Equal(["HelHel", "AKIA"], read.Texts.Values);
    }

    [Theory]
    [InlineData("{\n  \"error\": {\"code\": 503, \"message\": \"too busy\"}\n}\n\n", ReadFault.None)]
    [InlineData("{\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":{\"name\":\"rm\"}}]}}]}\n\n", ReadFault.BrokenStream)]
    [InlineData("{\"error\":{},\"candidates\":[]}\n\n", ReadFault.BrokenStream)]
    [InlineData("data: {}\n{\"candidates\":[]}\n\n", ReadFault.BrokenStream)]
    [InlineData("retry: 5\n\n", ReadFault.None)]
    public void A_line_that_is_no_field_is_an_error_or_breaks_the_stream(string block, ReadFault expected) =>
        Assert.Equal(expected, ReadGemini.Of(ReadGemini.Part(Said) + block).Fault);

    [Fact]
    public void A_prompt_that_was_blocked_ends_the_stream()
    {
        ReadGemini read = ReadGemini.Of(ReadGemini.Event("""{"promptFeedback":{"blockReason":"MODEL_ARMOR","blockReasonMessage":"not that"}}"""));
        Assert.True(read.Ended);
        Assert.Contains("Assistant: not that", read.Whole);
    }

    [Fact]
    public void A_refusal_ends_every_candidate_and_is_shown_as_text()
    {
        ReadGemini read = ReadGemini.Of(ReadGemini.Event("""{"candidates":[{"content":{"parts":[{"text":"a"}]}},{"index":2}]}"""));
        Assert.StartsWith("data: ", read.Refusal, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", read.Refusal, StringComparison.Ordinal);
        AssertRefusal(JsonDocument.Parse(read.Refusal[6..]).RootElement, 0, 2);
        AssertRefusal(JsonDocument.Parse(ReadGemini.Of("").Refusal[6..]).RootElement, 0);
    }

    [Fact]
    public void An_array_reads_as_its_events_would()
    {
        string[] answers = [ReadGemini.Answer(Said), ReadGemini.Answer("""{"functionCall":{"name":"a","willContinue":true}}"""), ReadGemini.Answer("""{"functionCall":{}}"""), ReadGemini.Answer("""{"text":"lo"}""")];
        string array = "[" + string.Join("\n,\r\n", answers) + "\n]\n";
        ReadGemini whole = ReadGemini.Of(array, ReadGemini.Array);
        Assert.Equal(ReadFault.None, whole.Fault);
        Assert.Equal(array, whole.Released);
        Assert.Equal(["a()"], whole.Calls);
        Assert.Equal(["Hello"], whole.Texts.Values);
        for (int piece = 1; piece < 40; piece++)
            Assert.Equal(whole.Verdict, ReadGemini.Of(array, ReadGemini.Array, piece).Verdict);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[")]
    [InlineData("[ELEMENT")]
    [InlineData("[ELEMENT,")]
    [InlineData("[ELEMENT,ELEMENT")]
    [InlineData("[ELEMENT,OPEN")]
    [InlineData("[OPEN")]
    [InlineData("[OPEN,{")]
    [InlineData("[ELEMENT,BROKEN]")]
    [InlineData("[BROKEN]")]
    public void A_refusal_closes_the_array_wherever_it_stands(string stream)
    {
        stream = stream.Replace("ELEMENT", ReadGemini.Answer(Said), StringComparison.Ordinal)
            .Replace("OPEN", ReadGemini.Answer("""{"functionCall":{"name":"a","willContinue":true}}"""), StringComparison.Ordinal)
            .Replace("BROKEN", """{"Candidates":[]}""", StringComparison.Ordinal);
        using EventStream open = Open(out Message message);
        using EventFramer framer = open.CreateFramer(10_000);
        framer.Push(Encoding.UTF8.GetBytes(stream));
        string released = "";
        string held = "";
        int count = 0;
        while (framer.Next(out EventFrame frame) == FrameStep.Frame)
        {
            message.Clear();
            if (open.Read(frame, JsonLimits.Default, message) != ReadFault.None)
                break;
            held += Encoding.UTF8.GetString(frame.Bytes.Span);
            count++;
            for (; !open.HasOpenCall && count > 0; count--)
                open.OnReleased(edited: false);
            released += open.HasOpenCall ? "" : held;
            held = open.HasOpenCall ? held : "";
        }
        message.Dispose();
        JsonElement array = JsonDocument.Parse(released + Encoding.UTF8.GetString(open.Refuse(GeminiExchange.Reason))).RootElement;
        AssertRefusal(array[array.GetArrayLength() - 1], 0);
    }

    [Fact]
    public void After_the_arrays_end_nothing_is_added()
    {
        Assert.Equal("", ReadGemini.Of("[" + ReadGemini.Answer(Said) + "]", ReadGemini.Array).Refusal);
        Assert.Equal("", ReadGemini.Of("[]", ReadGemini.Array).Refusal);
    }

    [Fact]
    public void Only_a_stream_asked_for_as_an_array_is_read_as_one()
    {
        using var request = new Message();
        HttpHead json = GeminiExchange.ResponseHead();
        Assert.Equal(ReadFault.None, GeminiExchange.Request(GeminiExchange.Asking("x"), request, GeminiExchange.StreamPath + "?alt=sse"));
        Assert.Null(GeminiExchange.Dialect.OpenStream(request, json));
        Assert.Equal(ReadFault.None, GeminiExchange.Request(GeminiExchange.Asking("x"), request));
        Assert.Null(GeminiExchange.Dialect.OpenStream(request, json));
        Assert.Equal(ReadFault.None, GeminiExchange.Request(GeminiExchange.Asking("x"), request, GeminiExchange.StreamPath));
        Assert.NotNull(GeminiExchange.Dialect.OpenStream(request, json));
        Assert.Null(GeminiExchange.Dialect.OpenStream(request, GeminiExchange.ResponseHead(status: 400)));
    }

    private static EventStream Open(out Message message)
    {
        message = new Message();
        using var request = new Message();
        Assert.Equal(ReadFault.None, GeminiExchange.Request(GeminiExchange.Asking("x"), request, GeminiExchange.StreamPath));
        return GeminiExchange.Dialect.OpenStream(request, GeminiExchange.ResponseHead())!;
    }

    private static void AssertRefusal(JsonElement answer, params int[] candidates)
    {
        JsonElement list = answer.GetProperty("candidates");
        Assert.Equal(candidates, list.EnumerateArray().Select(c => c.GetProperty("index").GetInt32()));
        Assert.All(list.EnumerateArray(), c => Assert.Equal("PROHIBITED_CONTENT", c.GetProperty("finishReason").GetString()));
        Assert.Equal("A tool is not allowed here. (event ev-1)", list[0].GetProperty("content").GetProperty("parts")[0].GetProperty("text").GetString());
    }
}
