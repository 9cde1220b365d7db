using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Anthropic;

/// <summary>
/// Takes offered tools out of a request, and what names them: blocks of the conversation that add or withdraw them, results
/// of a search for tools, the MCP server of a toolset that is gone. When no tool is left <c>tools</c> goes too, with the
/// choice among them.
/// </summary>
internal static class AnthropicToolRemoval
{
    /// <summary>Puts the edits on the message.</summary>
    /// <param name="message">A request, or a batch of them, in document 0.</param>
    /// <param name="removed">Indices of the declarations.</param>
    /// <returns>False if the request cannot do without one of the tools; then the message is not to be released.</returns>
    public static bool Remove(Message message, ReadOnlySpan<int> removed)
    {
        var gone = new HashSet<int>();
        foreach (int index in removed)
            gone.Add(message.ToolDeclarations[index].Node);
        // A tool judged under two names is gone under both.
        var names = new NameSet();
        foreach (ToolDeclaration tool in message.ToolDeclarations)
        {
            if (gone.Contains(tool.Node))
                names.Add(tool.Name);
        }
        bool done = true;
        foreach (int root in RootsOf(message.Documents[0].Tape))
            done = done && new OneRequest(message, root, gone, names).Remove();
        // A tool that stands where none is looked for (in a result, in the system's blocks) cannot be taken out.
        if (!done || !ArrayEdit.AreRemoved(message, gone))
            return false;
        ArrayEdit.DropRemovedTexts(message);
        return true;
    }

    /// <summary>The objects that are requests: the body, or the parameters of each in a batch.</summary>
    private static IEnumerable<int> RootsOf(JsonTape tape)
    {
        int requests = tape.Find(0, "requests"u8);
        if (!tape.Is(requests, JsonKind.Array))
        {
            yield return 0;
            yield break;
        }
        for (int item = JsonTape.FirstChild(requests); item < tape[requests].End; item = tape[item].End)
            yield return tape.Find(item, "params"u8);
    }

    private sealed class OneRequest(Message message, int root, HashSet<int> gone, NameSet names)
    {
        private readonly JsonTape _tape = message.Documents[0].Tape;
        private readonly HashSet<int> _members = [];
        private readonly HashSet<int> _elements = [];

        public bool Remove()
        {
            int tools = _tape.Find(root, "tools"u8);
            int servers = _tape.Find(root, "mcp_servers"u8);
            MarkServers(tools, servers);
            int toolsLeft = RemoveFrom(tools);
            RemoveFrom(servers);
            if (!MendChoice(toolsLeft) || !RemoveFromMessages())
                return false;
            if (_members.Count > 0)
                ArrayEdit.RemoveMembers(message, 0, root, _members);
            return true;
        }

        /// <summary>Marks the tools and servers that go. A server without its toolset is refused, and so is a toolset without its server.</summary>
        private void MarkServers(int tools, int servers)
        {
            _elements.UnionWith(Elements(tools).Where(gone.Contains));
            foreach (int server in Elements(servers))
            {
                int name = _tape.Find(server, "name"u8);
                ReadOnlyMemory<byte> named = _tape.Is(name, JsonKind.String) ? message.Decode(0, name) : default;
                List<int> toolsets = [.. Elements(tools).Where(t => McpServers.IsToolsetOf(_tape, t, named.Span))];
                if (!gone.Contains(server) && !IsWithoutAllowed(server) && (toolsets.Count == 0 || !toolsets.All(_elements.Contains)))
                    continue;
                _elements.Add(server);
                _elements.UnionWith(toolsets);
            }
            foreach (int tool in Elements(tools).Where(t => !_elements.Contains(t)))
                RemoveInToolset(tool);
            foreach (int server in Elements(servers).Where(s => !_elements.Contains(s)))
                RemoveElements(AllowedBy(server));
        }

        /// <summary>Takes single tools out of a toolset: those its own list has, and those it switches on.</summary>
        private void RemoveInToolset(int toolset)
        {
            RemoveElements(_tape.Find(toolset, "tools"u8));
            int configs = _tape.Find(toolset, "configs"u8);
            if (!_tape.Is(configs, JsonKind.Object))
                return;
            var keys = new HashSet<int>();
            for (int key = JsonTape.FirstChild(configs); key < _tape[configs].End; key = _tape.Next(key))
            {
                if (gone.Contains(key))
                    keys.Add(key);
            }
            if (keys.Count > 0)
                ArrayEdit.RemoveMembers(message, 0, configs, keys);
        }

        /// <summary>A server that is asked for certain tools is not to be asked when all of them are gone.</summary>
        private bool IsWithoutAllowed(int server) => Elements(AllowedBy(server)).Any() && Elements(AllowedBy(server)).All(gone.Contains);

        private int AllowedBy(int server) => _tape.Find(_tape.Find(server, "tool_configuration"u8), "allowed_tools"u8);

        /// <summary>Removes the marked elements of an array, or its member if none would be left.</summary>
        /// <returns>How many are left; -1 if none was removed.</returns>
        private int RemoveFrom(int array)
        {
            List<int> all = [.. Elements(array)];
            int left = all.Count(e => !_elements.Contains(e));
            if (left == all.Count)
                return -1;
            if (left == 0)
                _members.Add(array - 1);
            else
                ArrayEdit.RemoveElements(message, 0, array, _elements);
            return left;
        }

        private bool MendChoice(int toolsLeft)
        {
            int choice = _tape.Find(root, "tool_choice"u8);
            int name = _tape.Find(choice, "name"u8);
            if (_tape.Is(name, JsonKind.String) && names.Has(message.Decode(0, name)))
                return false;
            if (toolsLeft != 0 || choice < 0)
                return true;
            int type = _tape.Find(choice, "type"u8);
            // "any" without tools cannot be met.
            if (_tape.Is(type, JsonKind.String) && !_tape.KeyEquals(type, "auto"u8) && !_tape.KeyEquals(type, "none"u8))
                return false;
            _members.Add(choice - 1);
            return true;
        }

        private bool RemoveFromMessages()
        {
            int messages = _tape.Find(root, "messages"u8);
            var empty = new HashSet<int>();
            foreach (int item in Elements(messages))
            {
                int content = _tape.Find(item, "content"u8);
                var blocks = new HashSet<int>();
                int count = 0;
                foreach (int block in Elements(content))
                {
                    count++;
                    if (Goes(block))
                        blocks.Add(block);
                    else
                        RemoveInBlock(block);
                }
                if (count > 0 && blocks.Count == count)
                    empty.Add(item);
                else if (blocks.Count > 0)
                    ArrayEdit.RemoveElements(message, 0, content, blocks);
            }
            return empty.Count == 0 || ArrayEdit.RemoveElements(message, 0, messages, empty) > 0;
        }

        private void RemoveInBlock(int block)
        {
            RemoveElements(_tape.Find(block, "tools"u8));
            RemoveInAddition(block);
            RemoveChanges(_tape.Find(block, "tool_changes"u8));
            int content = _tape.Find(block, "content"u8);
            RemoveReferences(content);
            RemoveReferences(_tape.Find(content, "tool_references"u8));
        }

        /// <summary>Takes single tools out of a toolset that a block defines.</summary>
        private void RemoveInAddition(int block) => RemoveInToolset(_tape.Find(_tape.Find(block, "tool"u8), "definition"u8));

        private void RemoveChanges(int changes)
        {
            RemoveWhere(changes, Goes);
            foreach (int change in Elements(changes).Where(c => !Goes(c)))
                RemoveInAddition(change);
        }

        private bool Goes(int block) => gone.Contains(block) || IsRemovalOfGone(block);

        private void RemoveElements(int array) => RemoveWhere(array, gone.Contains);

        private void RemoveReferences(int array) => RemoveWhere(array, e => IsType(e, "tool_reference"u8) && Names(_tape.Find(e, "tool_name"u8)));

        private void RemoveWhere(int array, Func<int, bool> goes)
        {
            HashSet<int> here = [.. Elements(array).Where(goes)];
            if (here.Count > 0)
                ArrayEdit.RemoveElements(message, 0, array, here);
        }

        private bool IsRemovalOfGone(int block) => IsType(block, "tool_removal"u8) && Names(_tape.Find(_tape.Find(block, "tool"u8), "name"u8));

        private bool IsType(int holder, ReadOnlySpan<byte> expected)
        {
            int type = _tape.Find(holder, "type"u8);
            return _tape.Is(type, JsonKind.String) && _tape.KeyEquals(type, expected);
        }

        private bool Names(int node) => _tape.Is(node, JsonKind.String) && names.Has(message.Decode(0, node));

        private IEnumerable<int> Elements(int array)
        {
            if (!_tape.Is(array, JsonKind.Array))
                yield break;
            for (int element = JsonTape.FirstChild(array); element < _tape[array].End; element = _tape[element].End)
                yield return element;
        }
    }
}
