using System.Text.Json.Nodes;
using EnvoyExtAuthz.Dialects;
using static EnvoyExtAuthz.Tests.Dialects.OpenAi.ReadStream;

namespace EnvoyExtAuthz.Tests.Dialects.OpenAi;

/// <summary>
/// Calls of tools in streams, put together from what servers send: every tool that some client would call is judged, and
/// nothing of a call goes on before it is.
/// </summary>
public sealed class StreamedCallTests
{
    private const string Complete = /*lang=json,strict*/ "{\"q\":\"a\"}";

    [Fact]
    public void A_call_in_fragments_is_one_call_with_its_whole_arguments()
    {
        ReadStream read = Of([
            Calling(Call("t1", 0, "search", "")), Calling(Call(index: 0, arguments: "{\"q\":")), Calling(Call(index: 0, arguments: "\"a\"}")), Stop, Done]);
        Assert.Equal(["search"], read.Calls);
        Assert.Equal([Complete], read.Arguments);
        Assert.True(read.Ended);
    }

    [Fact]
    public void Calls_without_an_index_are_told_apart()
    {
        ReadStream read = Of([Calling(Call("t1", null, "search", Complete)), Calling(Call("t2", null, "delete_all", "{}")), Stop]);
        Assert.Equal(["search", "delete_all"], read.Calls);
    }

    [Fact]
    public void Calls_without_index_and_id_are_told_apart_by_whole_arguments()
    {
        ReadStream read = Of([
            Calling(Call(name: "search", arguments: "{\"q\":")), Calling(Call(arguments: "\"a\"}")), Calling(Call(name: "delete_all", arguments: "{}")), Stop]);
        Assert.Equal(["search", "delete_all"], read.Calls);
        Assert.Equal([Complete, "{}"], read.Arguments);
    }

    [Fact]
    public void Two_calls_in_one_delta_are_two_calls_whatever_they_lack()
    {
        Assert.Equal(["search", "delete_all"], Of([Calling(Call(name: "search", arguments: ""), Call(name: "delete_all", arguments: "")), Stop]).Calls);
        Assert.Equal(["search", "delete_all"], Of([Calling(Call("t1", 0, "search", ""), Call("t2", 1, "delete_all", "")), Stop]).Calls);
        Assert.Equal(["search", "delete_all"], Of([Calling(Call("t1", 0, "search", "{"), Call("t2", 0, "delete_all", "{")), Stop]).Calls);
    }

    [Fact]
    public void A_new_id_on_a_used_index_is_a_new_call_and_a_fragment_with_a_wrong_index_goes_to_the_open_one()
    {
        ReadStream read = Of([
            Calling(Call("t1", 0, "search", "{\"q\":")), Calling(Call(index: 0, arguments: "\"a\"}")),
            Calling(Call("t2", 0, "delete_all", "{\"sure\":")), Calling(Call(index: 1, arguments: "true}")), Stop]);
        Assert.Equal(["search", "delete_all"], read.Calls);
        Assert.Equal([Complete, "{\"sure\":true}"], read.Arguments);
    }

    [Fact]
    public void A_fragment_with_the_index_of_a_finished_call_goes_to_the_open_one()
    {
        ReadStream read = Of([
            Calling(Call("t1", 0, "search", Complete)), Calling(Call("t2", 1, "note", "{\"sure\":")), Calling(Call(index: 0, arguments: "true}")), Stop]);
        Assert.Equal([Complete, "{\"sure\":true}"], read.Arguments);
    }

    [Fact]
    public void Interleaved_calls_get_their_own_arguments()
    {
        ReadStream read = Of([
            Calling(Call("t1", 0, "search", "")), Calling(Call("t2", 1, "note", "")),
            Calling(Call(index: 1, arguments: "{\"b\":"), Call(index: 0, arguments: "{\"a\":")),
            Calling(Call(index: 0, arguments: "1}"), Call(index: 1, arguments: "2}")), Stop]);
        Assert.Equal(["search", "note"], read.Calls);
        Assert.Equal(["{\"a\":1}", "{\"b\":2}"], read.Arguments);
    }

    [Theory]
    [InlineData("t1", 0)]
    [InlineData("t1", null)]
    [InlineData(null, 0)]
    [InlineData(null, null)]
    public void A_name_in_pieces_is_joined_before_it_is_judged_and_no_piece_goes_on_before(string? id, int? index)
    {
        string[] blocks = [
            Calling(Call("t1", index, "dele", "")), Calling(Call(id, index, "te_", "")), Calling(Call(id, index, "all", "")),
            Calling(Call(id, index, arguments: "{}")), Stop];
        ReadStream read = Of(blocks);
        Assert.Equal(["delete_all"], read.Calls);
        Assert.Equal("", Of(blocks[..4].Append("data: x\n\n")).Released);
    }

    [Fact]
    public void A_piece_of_a_name_that_an_offered_tool_bears_is_judged_too()
    {
        // openai npm takes the last piece for the name, others the first; the Python SDK joins them.
        string[] blocks = [Calling(Call("t1", 0, "safe_", "")), Calling(Call(index: 0, name: "delete_all", arguments: "{}")), Stop];
        Assert.Equal(["safe_delete_all", "delete_all"], Of(blocks, ["safe_delete_all", "delete_all", "search"]).Calls);
        Assert.Equal(["safe_delete_all"], Of(blocks, ["safe_delete_all", "search"]).Calls);
        Assert.Equal(["searchx", "search"], Of([Calling(Call("t1", 0, "search", "")), Calling(Call(index: 0, name: "x", arguments: "{}")), Stop], ["search"]).Calls);
    }

    [Fact]
    public void A_name_made_of_pieces_that_went_to_two_calls_is_judged_too()
    {
        // A client that goes by the index alone joins what two ids sent.
        ReadStream read = Of([Calling(Call("t1", 0, "delete", "")), Calling(Call("t2", 0, "_all", "{}")), Stop], ["delete", "_all", "delete_all"]);
        Assert.Equal(["delete", "_all", "delete_all"], read.Calls);
    }

    [Fact]
    public void A_name_that_goes_on_after_its_choice_ended_is_judged_whole_too()
    {
        ReadStream read = Of([
            Calling(Call("t1", 0, "delete", "{}")), Stop, Calling(Call("t1", 0, "_all", "{}")), Stop], ["delete", "_all", "delete_all"]);
        Assert.Contains("delete_all", read.Calls);
    }

    [Fact]
    public void A_name_repeated_with_every_fragment_is_one_name()
    {
        ReadStream read = Of([
            Calling(Call("t1", 0, "search", "{\"q\":")), Calling(Call("t1", 0, "search", "\"a\"}")), Calling(Call("t1", 0, "search", "")), Stop], ["search"]);
        Assert.Equal(["search"], read.Calls);
        Assert.Equal([Complete], read.Arguments);
        // The Python SDK joins them: where a tool has that name, it is judged.
        Assert.Equal(["search", "searchsearch"], Of([
            Calling(Call("t1", 0, "search", "")), Calling(Call("t1", 0, "search", "{}")), Stop], ["search", "searchsearch"]).Calls);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("t1")]
    public void A_name_after_whole_arguments_is_another_call(string? id)
    {
        ReadStream read = Of([Calling(Call("t1", 0, "web_fetch", Complete)), Calling(Call(id, 0, "web_search", "{\"q\":")), Calling(Call(id, 0, arguments: "1}")), Stop]);
        Assert.Equal(["web_fetch", "web_search"], read.Calls);
        Assert.Equal([Complete, "{\"q\":1}"], read.Arguments);
    }

    [Fact]
    public void The_same_tool_called_twice_on_one_index_is_two_calls()
    {
        Assert.Equal(["search", "search"], Of([Calling(Call("t1", 0, "search", Complete)), Calling(Call(index: 0, name: "search", arguments: Complete)), Stop]).Calls);
    }

    [Fact]
    public void Braces_in_strings_end_no_call()
    {
        const string Tricky = "{\"text\":\"}{ and {\\\"a\\\":1}{\"";
        ReadStream read = Of([Calling(Call("t1", 0, "note", Tricky)), Calling(Call(index: 0, arguments: "}")), Stop]);
        Assert.Equal(["note"], read.Calls);
        Assert.Equal([Tricky + "}"], read.Arguments);
    }

    [Fact]
    public void Choices_keep_their_calls_apart()
    {
        static string Fragment(int choice, JsonObject call) => Delta(new JsonObject { ["tool_calls"] = new JsonArray(call) }, null, choice);
        ReadStream read = Of([
            Fragment(0, Call("a", 0, "search", "{\"q\":")), Fragment(1, Call("b", 0, "delete_all", "{")), Fragment(0, Call(index: 0, arguments: "1}")),
            Fragment(1, Call(index: 0, arguments: "}")), Delta([], "tool_calls", 1), Delta([], "tool_calls", 0)]);
        Assert.Equal(["delete_all", "search"], read.Calls);
        Assert.Equal(["{}", "{\"q\":1}"], read.Arguments);
    }

    [Fact]
    public void The_deprecated_function_call_is_a_call()
    {
        static string Fragment(string? name, string? arguments) => Delta(new JsonObject { ["function_call"] = Call(name: name, arguments: arguments)["function"]!.DeepClone() });
        ReadStream read = Of([Fragment("delete_all", ""), Fragment(null, "{"), Fragment(null, "}"), Stop]);
        Assert.Equal(["delete_all"], read.Calls);
        Assert.Equal(["{}"], read.Arguments);
    }

    [Fact]
    public void Arguments_may_come_as_an_object_and_a_custom_tool_has_an_input()
    {
        JsonObject whole = Call("t1", 0, "search");
        whole["function"]!["arguments"] = new JsonObject { ["q"] = "a" };
        var custom = new JsonObject { ["index"] = 1, ["id"] = "t2", ["type"] = "custom", ["custom"] = new JsonObject { ["name"] = "shell", ["input"] = "ls" } };
        ReadStream read = Of([Calling(whole), Calling(custom), Stop]);
        Assert.Equal(["search", "shell"], read.Calls);
        Assert.Equal([Complete, "ls"], read.Arguments);
    }

    [Fact]
    public void A_whole_message_in_a_chunk_is_read_like_an_answer()
    {
        var message = new JsonObject { ["role"] = "assistant", ["content"] = "hi", ["tool_calls"] = new JsonArray(Call("t1", null, "delete_all", "{}")) };
        ReadStream read = Of([Chunk([new JsonObject { ["index"] = 0, ["message"] = message }])]);
        Assert.Equal(["delete_all"], read.Calls);
        Assert.Contains("hi", read.Texts.Values);
    }

    [Theory]
    [InlineData("data: [DONE]\n\n")]
    [InlineData("")]
    [InlineData(Stop)]
    public void A_call_is_judged_at_the_latest_at_the_end(string end) =>
        Assert.Equal(["delete_all"], Of([Calling(Call("t1", 0, "delete_all", "{")), end]).Calls);

    [Fact]
    public void An_empty_finish_reason_ends_nothing()
    {
        string[] blocks = [
            Delta(new JsonObject { ["tool_calls"] = new JsonArray(Call("t1", 0, "dele", "")) }, ""),
            Delta(new JsonObject { ["tool_calls"] = new JsonArray(Call(index: 0, name: "te_all", arguments: "{}")) }, "")];
        Assert.Equal(["delete_all"], Of([.. blocks, Stop]).Calls);
        Assert.Equal("", Of([.. blocks, "data: x\n\n"]).Released);
    }

    [Fact]
    public void Nothing_is_released_while_a_call_is_open_and_all_of_it_after()
    {
        string[] blocks = [
            Delta(new JsonObject { ["content"] = "Let me see. " }), Calling(Call("t1", 0, "search", "{")), Delta(new JsonObject { ["content"] = "One moment." }),
            Calling(Call(index: 0, arguments: "}")), Stop, "data: {\"choices\":[],\"usage\":{\"total_tokens\":3}}\n\n", Done];
        Assert.Equal(blocks[0], Of(blocks[..4].Append("data: x\n\n")).Released);
        Assert.Equal(string.Concat(blocks), Of(blocks).Released);
    }

    [Theory]
    [InlineData(/*lang=json,strict*/ """{"index":-1,"id":"t","function":{"name":"a"}}""")]
    [InlineData(/*lang=json,strict*/ """{"index":1.5,"id":"t","function":{"name":"a"}}""")]
    [InlineData(/*lang=json,strict*/ """{"index":"0","id":"t","function":{"name":"a"}}""")]
    [InlineData(/*lang=json,strict*/ """{"index":4294967296,"id":"t","function":{"name":"a"}}""")]
    [InlineData(/*lang=json,strict*/ """{"index":0,"id":7,"function":{"name":"a"}}""")]
    [InlineData(/*lang=json,strict*/ """{"index":0,"id":"t","function":{"name":7}}""")]
    [InlineData(/*lang=json,strict*/ """{"index":0,"id":"t","function":{"name":["a"]}}""")]
    [InlineData(/*lang=json,strict*/ """{"index":0,"id":"t","function":"a"}""")]
    [InlineData(/*lang=json,strict*/ """{"index":0,"id":"t","Function":{"name":"a"}}""")]
    [InlineData(/*lang=json,strict*/ """{"index":0,"id":"t","function":{"NAME":"a"}}""")]
    [InlineData(/*lang=json,strict*/ """{"index":0,"id":"t","function":{"name":"a"},"custom":{"name":"b"}}""")]
    [InlineData(/*lang=json,strict*/ """{"index":0,"function":{"arguments":"{}"}}""")]
    [InlineData("\"a\"")]
    public void A_fragment_that_clients_would_not_read_alike_breaks_the_stream(string fragment) =>
        Assert.NotEqual(ReadFault.None, Of(["data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[" + fragment + "]}}]}\n\n"]).Fault);

    [Fact]
    public void Arguments_after_the_end_of_their_choice_break_the_stream() =>
        Assert.Equal(ReadFault.BrokenStream, Of([Calling(Call("t1", 0, "search", "{")), Stop, Calling(Call(index: 0, arguments: "}"))]).Fault);

    [Fact]
    public void A_name_that_goes_on_within_its_arguments_breaks_the_stream() =>
        Assert.Equal(ReadFault.BrokenStream, Of([Calling(Call("t1", 0, "search", "{")), Calling(Call(index: 0, name: "_x", arguments: "}"))]).Fault);

    [Fact]
    public void Calls_without_end_break_the_stream_before_they_fill_the_memory()
    {
        Assert.Equal(ReadFault.BrokenStream, Of(Enumerable.Range(0, 200).Select(i => Calling(Call($"t{i}", i, "search", "{")))).Fault);
        string long64K = Calling(Call(index: 0, arguments: new string('x', 1 << 16)));
        Assert.Equal(ReadFault.BrokenStream, Of(Enumerable.Repeat(long64K, 200).Prepend(Calling(Call("t", 0, "search", "{")))).Fault);
        Assert.Equal(ReadFault.BrokenStream, Of(Enumerable.Range(0, 300).Select(i => Calling(Call(index: 0, name: $"{i % 7}", arguments: "")))).Fault);
    }

    [Fact]
    public void Many_pieces_of_names_and_many_tools_break_the_stream_before_they_cost_much()
    {
        string[] tools = [.. Enumerable.Range(0, 20_000).Select(i => new string('a', 50) + i)];
        IEnumerable<string> blocks = Enumerable.Range(0, 250).Select(i => Calling(Call(index: 0, name: new string('a', 1 + (i % 3)), arguments: "")));
        Assert.Equal(ReadFault.BrokenStream, Of([.. blocks, Stop], tools).Fault);
        Assert.Equal(ReadFault.None, Of([Calling(Call("t", 0, "search", "{}")), Stop], tools).Fault);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(64)]
    public void How_the_bytes_are_cut_changes_nothing(int pieceBytes)
    {
        string[] blocks = [
            Delta(new JsonObject { ["content"] = "ÄÖÜ漢字🙂 " }), Calling(Call("t1", 0, "sea", "")), Calling(Call(index: 0, name: "rch", arguments: "{\"q\":\"🙂\"")),
            Calling(Call(index: 0, arguments: "}")), Calling(Call("t2", 0, "note", "{}")), Stop, Done];
        ReadStream whole = Of(blocks);
        ReadStream cut = Of(blocks, pieceBytes: pieceBytes);
        Assert.Equal(["search", "note"], cut.Calls);
        Assert.Equal(whole.Arguments, cut.Arguments);
        Assert.Equal(whole.Texts, cut.Texts);
        Assert.Equal(string.Concat(blocks), cut.Released);
    }
}
