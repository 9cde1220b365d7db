using System.Text;
using EnvoyExtAuthz.Policy.Language;
using EnvoyExtAuthz.Policy.Matching;

namespace EnvoyExtAuthz.Policy.Compiled;

/// <summary>A policy's routes; the first that matches is a request's. Allocates nothing.</summary>
internal sealed class RouteTable
{
    /// <summary>Longest host, bytes (RFC 1035 §2.3.4).</summary>
    private const int LongestHost = 255;

    private readonly Entry[] _entries;

    /// <summary>Compiles routes.</summary>
    public RouteTable(IReadOnlyList<RouteModel> routes) => _entries = [.. routes.Select((r, i) => new Entry(r, i))];

    /// <summary>The first route that matches, or null.</summary>
    public Route? Find(in RouteFacts facts)
    {
        Span<byte> lower = stackalloc byte[LongestHost];
        ReadOnlySpan<byte> host = HostOf(facts.Authority.Span, lower);
        foreach (Entry entry in _entries)
        {
            if (entry.Matches(facts, host))
                return entry.Route;
        }
        return null;
    }

    /// <summary>
    /// Without port, in lower case, as RFC 3986 §3.2.2 reads hosts; empty for what is too long to be one or not ASCII, which
    /// then matches only routes that name no host.
    /// </summary>
    private static ReadOnlySpan<byte> HostOf(ReadOnlySpan<byte> authority, Span<byte> lower)
    {
        int colon = authority.LastIndexOf((byte)':');
        ReadOnlySpan<byte> host = colon >= 0 && !authority[(colon + 1)..].Contains((byte)']') ? authority[..colon] : authority;
        return host.Length <= LongestHost && Ascii.ToLower(host, lower, out int length) == System.Buffers.OperationStatus.Done ? lower[..length] : default;
    }

    private sealed class Entry(RouteModel model, int index)
    {
        private readonly Glob[] _hosts = [.. model.Hosts];
        private readonly PathGlob[] _paths = [.. model.Paths];
        private readonly byte[][] _methods = [.. model.Methods.Select(Encoding.ASCII.GetBytes)];
        private readonly int[] _ports = [.. model.Ports];
        private readonly Glob[] _workloads = [.. model.Workloads];
        private readonly Glob[] _envoyRoutes = [.. model.EnvoyRoutes];

        public Route Route { get; } = new(model.Name, model.Dialect, index);

        public bool Matches(in RouteFacts facts, ReadOnlySpan<byte> host) =>
            AnyPath(facts.Path.Span)
            && AnyHost(host)
            && AnyMethod(facts.Method.Span)
            && (_ports.Length == 0 || Array.IndexOf(_ports, facts.Port) >= 0)
            && Any(_workloads, facts.Workload)
            && Any(_envoyRoutes, facts.EnvoyRoute);

        private bool AnyPath(ReadOnlySpan<byte> path)
        {
            foreach (PathGlob pattern in _paths)
            {
                if (pattern.Matches(path))
                    return true;
            }
            return _paths.Length == 0;
        }

        private bool AnyHost(ReadOnlySpan<byte> host)
        {
            foreach (Glob pattern in _hosts)
            {
                if (!host.IsEmpty && pattern.Matches(host))
                    return true;
            }
            return _hosts.Length == 0;
        }

        private bool AnyMethod(ReadOnlySpan<byte> method)
        {
            foreach (byte[] known in _methods)
            {
                if (method.SequenceEqual(known))
                    return true;
            }
            return _methods.Length == 0;
        }

        private static bool Any(Glob[] patterns, string? text)
        {
            foreach (Glob pattern in patterns)
            {
                if (text is not null && pattern.Matches(text))
                    return true;
            }
            return patterns.Length == 0;
        }
    }
}
