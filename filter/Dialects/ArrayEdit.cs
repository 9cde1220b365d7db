using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects;

/// <summary>Takes elements out of arrays and members out of objects so that what is left is JSON and otherwise unchanged.</summary>
internal static class ArrayEdit
{
    /// <summary>Asks for elements of an array to be removed. The array may become empty.</summary>
    /// <param name="message">The message; gets splices.</param>
    /// <param name="document">The array's document.</param>
    /// <param name="array">The array's node.</param>
    /// <param name="removed">Nodes of the elements to remove; any order, each in the array.</param>
    /// <returns>How many elements are left.</returns>
    public static int RemoveElements(Message message, int document, int array, IReadOnlySet<int> removed)
    {
        JsonTape tape = message.Documents[document].Tape;
        int left = 0;
        int lastKeptEnd = -1;
        int end = tape[array].End;
        for (int element = JsonTape.FirstChild(array); element < end; element = tape[element].End)
        {
            if (!removed.Contains(element))
            {
                left++;
                lastKeptEnd = EndOf(tape, element);
                continue;
            }
            int next = tape[element].End;
            int start = StartOf(tape, element);
            int finish = EndOf(tape, element);
            // Behind a kept element its comma goes along; before one the following comma does.
            if (lastKeptEnd >= 0)
                message.ReplaceRaw(document, lastKeptEnd, finish - lastKeptEnd, []);
            else if (next < end)
                message.ReplaceRaw(document, start, StartOf(tape, next) - start, []);
            else
                message.ReplaceRaw(document, start, finish - start, []);
            if (lastKeptEnd >= 0)
                lastKeptEnd = finish;
        }
        return left;
    }

    /// <summary>Asks for members of an object to be removed.</summary>
    /// <param name="message">The message; gets splices.</param>
    /// <param name="document">The object's document.</param>
    /// <param name="obj">The object's node.</param>
    /// <param name="keys">Nodes of the keys to remove.</param>
    public static void RemoveMembers(Message message, int document, int obj, IReadOnlySet<int> keys)
    {
        JsonTape tape = message.Documents[document].Tape;
        int lastEnd = -1;
        int end = tape[obj].End;
        for (int key = JsonTape.FirstChild(obj); key < end; key = tape.Next(key))
        {
            int value = key + 1;
            int next = tape[value].End;
            if (!keys.Contains(key))
            {
                lastEnd = EndOf(tape, value);
                continue;
            }
            int start = StartOf(tape, key);
            if (lastEnd >= 0)
            {
                message.ReplaceRaw(document, lastEnd, EndOf(tape, value) - lastEnd, []);
                lastEnd = EndOf(tape, value);
            }
            else
            {
                message.ReplaceRaw(document, start, (next < end ? StartOf(tape, next) : EndOf(tape, value)) - start, []);
            }
        }
    }

    /// <summary>
    /// Drops the body's segments that lie in what is removed so far: what goes no further is neither judged nor edited a
    /// second time. To be called once, after all removals.
    /// </summary>
    public static void DropRemovedTexts(Message message)
    {
        List<(int Start, int End)> gone = RemovedRanges(message);
        message.Segments.RemoveAll(s => s.Document == 0 && LiesIn(gone, s.Start));
    }

    /// <summary>Whether all of some nodes of document 0 lie in what is removed so far.</summary>
    public static bool AreRemoved(Message message, IEnumerable<int> nodes)
    {
        List<(int Start, int End)> gone = RemovedRanges(message);
        JsonTape tape = message.Documents[0].Tape;
        return nodes.All(n => LiesIn(gone, tape[n].Start));
    }

    private static List<(int Start, int End)> RemovedRanges(Message message)
    {
        var gone = new List<(int Start, int End)>();
        foreach (Splice splice in message.Splices)
        {
            if (splice.Replacement.IsEmpty)
                gone.Add((splice.Start, splice.End));
        }
        gone.Sort();
        return gone;
    }

    /// <summary>Whether an offset lies in one of some ranges, which ascend and do not overlap.</summary>
    private static bool LiesIn(List<(int Start, int End)> ranges, int offset)
    {
        int low = 0;
        int high = ranges.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (ranges[middle].End <= offset)
                low = middle + 1;
            else
                high = middle;
        }
        return low < ranges.Count && ranges[low].Start <= offset;
    }

    private static int StartOf(JsonTape tape, int node) => tape[node].Start - (tape[node].Kind is JsonKind.String or JsonKind.Key ? 1 : 0);

    private static int EndOf(JsonTape tape, int node) => tape[node].Start + tape[node].Length + (tape[node].Kind is JsonKind.String or JsonKind.Key ? 1 : 0);
}
