namespace EnvoyExtAuthz.Policy.Matching;

/// <summary>
/// Many patterns asked at once. Each stands in a tree at its beginning, or at its end read backwards where that says more, so
/// a name meets only the patterns whose fixed end it has; those without a fixed end are tried one by one. Built once, then
/// read by any thread.
/// </summary>
internal sealed class GlobIndex
{
    private readonly ByteTree _beginnings = new();
    private readonly ByteTree _ends = new();

    /// <summary>No pattern was added.</summary>
    public bool IsEmpty => _beginnings.IsEmpty && _ends.IsEmpty;

    /// <summary>Adds a pattern.</summary>
    /// <param name="pattern">With a star.</param>
    /// <param name="tag">What it stands for, 0 or more.</param>
    public void Add(Glob pattern, int tag)
    {
        if (pattern.Suffix.Length > pattern.Prefix.Length)
            _ends.Add(pattern.Suffix, backwards: true, pattern, tag);
        else
            _beginnings.Add(pattern.Prefix, backwards: false, pattern, tag);
    }

    /// <summary>The smallest tag of the patterns that a name is of, or -1. Allocates nothing.</summary>
    public int FindLeast(ReadOnlySpan<byte> name)
    {
        int least = int.MaxValue;
        _beginnings.Find(name, backwards: false, ref least, null);
        _ends.Find(name, backwards: true, ref least, null);
        return least == int.MaxValue ? -1 : least;
    }

    /// <summary>Adds the tags of all patterns that a name is of.</summary>
    public void FindAll(ReadOnlySpan<byte> name, List<int> tags)
    {
        int least = int.MaxValue;
        _beginnings.Find(name, backwards: false, ref least, tags);
        _ends.Find(name, backwards: true, ref least, tags);
    }

    private sealed class ByteTree
    {
        private readonly List<TreeNode> _nodes = [new(0, -1)];

        private record struct TreeNode(byte Label, int Sibling)
        {
            public int Child = -1;
            public List<(Glob Pattern, int Tag)>? Patterns;
        }

        public bool IsEmpty => _nodes.Count == 1 && _nodes[0].Patterns is null;

        public void Add(ReadOnlySpan<byte> path, bool backwards, Glob pattern, int tag)
        {
            int node = 0;
            for (int i = 0; i < path.Length; i++)
            {
                byte label = path[backwards ? path.Length - 1 - i : i];
                int child = Child(node, label);
                if (child < 0)
                {
                    child = _nodes.Count;
                    _nodes.Add(new TreeNode(label, _nodes[node].Child));
                    _nodes[node] = _nodes[node] with { Child = child };
                }
                node = child;
            }
            if (_nodes[node].Patterns is null)
                _nodes[node] = _nodes[node] with { Patterns = [] };
            _nodes[node].Patterns!.Add((pattern, tag));
        }

        public void Find(ReadOnlySpan<byte> name, bool backwards, ref int least, List<int>? tags)
        {
            int node = 0;
            for (int i = 0; node >= 0; i++)
            {
                foreach ((Glob pattern, int tag) in _nodes[node].Patterns ?? Nothing)
                {
                    if (tags is null && tag >= least || !pattern.Matches(name))
                        continue;
                    least = Math.Min(least, tag);
                    tags?.Add(tag);
                }
                node = i < name.Length ? Child(node, name[backwards ? name.Length - 1 - i : i]) : -1;
            }
        }

        private static readonly List<(Glob, int)> Nothing = [];

        private int Child(int node, byte label)
        {
            int child = _nodes[node].Child;
            while (child >= 0 && _nodes[child].Label != label)
                child = _nodes[child].Sibling;
            return child;
        }
    }
}
