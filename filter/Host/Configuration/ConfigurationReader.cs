using System.Collections;
using System.Globalization;
using EnvoyExtAuthz.Engine;
using EnvoyExtAuthz.Policy.Yaml;

namespace EnvoyExtAuthz.Host.Configuration;

/// <summary>
/// Reads the configuration: a YAML file, over it environment variables (<c>ENVOY_EXTAUTHZ_</c> and the key's path in upper
/// case, dots as underscores), over them flags. A key nobody knows is an error with its place, in the environment too.
/// </summary>
internal static class ConfigurationReader
{
    private const string Prefix = "ENVOY_EXTAUTHZ_";

    private static readonly string[] Sections = ["tls", "audit", "limits", "envoy"];

    /// <summary>Reads everything.</summary>
    /// <param name="file">The file; null for none.</param>
    /// <param name="environment">The environment's variables.</param>
    /// <param name="flags">Key paths and values from the command line.</param>
    /// <param name="errors">Gets one line for each error; then the result must not be used.</param>
    public static FilterConfiguration Read(string? file, IDictionary environment, IReadOnlyDictionary<string, string> flags, List<string> errors)
    {
        var diagnostics = new List<PolicyDiagnostic>();
        YamlNode root = new(YamlKind.Mapping, 1, 1);
        if (file is not null)
        {
            try
            {
                root = YamlTree.Read(File.ReadAllBytes(file), diagnostics) ?? root;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                errors.Add($"{file}: cannot be read: {e.Message}");
            }
        }
        foreach (DictionaryEntry variable in environment)
        {
            if (variable.Key is string name && name.StartsWith(Prefix, StringComparison.Ordinal) && variable.Value is string value)
                Override(root, KeyOf(name[Prefix.Length..]), value, name);
        }
        foreach ((string key, string value) in flags)
            Override(root, key, value, "--" + key);
        FilterConfiguration configuration = Map(root, diagnostics);
        errors.AddRange(diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).Select(d => Place(d, root, file)));
        return configuration;
    }

    private static FilterConfiguration Map(YamlNode root, List<PolicyDiagnostic> diagnostics)
    {
        var defaults = new FilterConfiguration();
        var fields = new YamlFields(root, "the configuration", diagnostics);
        var configuration = defaults with
        {
            Policy = fields.Text("policy"),
            PolicyInterval = Seconds(fields, "policyInterval", defaults.PolicyInterval, 0.1, 3600),
            Listen = Address(fields, "listen") ?? defaults.Listen,
            SocketMode = Mode(fields, defaults.SocketMode),
            Admin = fields.Take("admin") is { Text: "off" } ? null : Address(fields, "admin") ?? defaults.Admin,
            Workload = fields.Text("workload"),
            Drain = Seconds(fields, "drain", defaults.Drain, 0, 3600),
            Tls = fields.Take("tls") is { } tls ? Tls(tls, diagnostics) : null,
        };
        if (fields.Take("audit") is { } audit)
            configuration = Audit(configuration, audit, diagnostics);
        if (fields.Take("envoy") is { } envoy)
        {
            var inner = new YamlFields(envoy, "envoy", diagnostics);
            configuration = configuration with { AllowModeOverride = inner.Flag("allowModeOverride", false) };
            inner.Done();
        }
        if (fields.Take("limits") is { } limits)
            configuration = configuration with { Limits = Limits(limits, diagnostics) };
        fields.Done();
        if (configuration is { Listen: { UnixSocket: null, Host: not ("127.0.0.1" or "::1" or "localhost") }, Tls: null })
            fields.Error(fields.Take("listen") ?? root, "plain-text", "A listener that others can reach needs `tls`: whoever can open it can claim any identity.");
        return configuration;
    }

    private static FilterConfiguration Audit(FilterConfiguration configuration, YamlNode node, List<PolicyDiagnostic> diagnostics)
    {
        var fields = new YamlFields(node, "audit", diagnostics);
        FilterConfiguration read = configuration with
        {
            AuditFile = fields.Text("file", required: true),
            AuditFileBytes = (long)(fields.Number("fileBytes", 4096, long.MaxValue) ?? configuration.AuditFileBytes),
            AuditFilesKept = (int)(fields.Number("filesKept", 1, 100_000) ?? configuration.AuditFilesKept),
        };
        fields.Done();
        return read;
    }

    private static TlsConfiguration? Tls(YamlNode node, List<PolicyDiagnostic> diagnostics)
    {
        var fields = new YamlFields(node, "tls", diagnostics);
        string? certificate = fields.Text("certificate", required: true);
        string? key = fields.Text("key", required: true);
        string? authorities = fields.Text("clientAuthorities", required: true);
        IReadOnlyList<string> ids = [.. (fields.Texts("clientIds") ?? []).Select(t => t.Text)];
        fields.Done();
        return certificate is null || key is null || authorities is null ? null : new TlsConfiguration(certificate, key, authorities, ids);
    }

    private static ExchangeLimits Limits(YamlNode node, List<PolicyDiagnostic> diagnostics)
    {
        var fields = new YamlFields(node, "limits", diagnostics);
        var defaults = new ExchangeLimits();
        int Bytes(string key, int otherwise) => (int)(fields.Number(key, 1024, int.MaxValue - 1024) ?? otherwise);
        ExchangeLimits limits = defaults with
        {
            RequestBodyBytes = Bytes("requestBodyBytes", defaults.RequestBodyBytes),
            ResponseBodyBytes = Bytes("responseBodyBytes", defaults.ResponseBodyBytes),
            CompressionRatio = (int)(fields.Number("compressionRatio", 1, 100_000) ?? defaults.CompressionRatio),
            EventBytes = Bytes("eventBytes", defaults.EventBytes),
            HeldBytes = Bytes("heldBytes", defaults.HeldBytes),
            TextBytes = Bytes("textBytes", defaults.TextBytes),
            OpenExchanges = (int)(fields.Number("openExchanges", 1, 1_000_000) ?? defaults.OpenExchanges),
            TotalBodyBytes = (long)(fields.Number("totalBodyBytes", 1 << 20, long.MaxValue) ?? defaults.TotalBodyBytes),
            RequestBodyTime = Seconds(fields, "requestBodyTime", defaults.RequestBodyTime, 0.1, 86_400),
            FirstByteTime = Seconds(fields, "firstByteTime", defaults.FirstByteTime, 0.1, 86_400),
            WholeResponseTime = Seconds(fields, "wholeResponseTime", defaults.WholeResponseTime, 0.1, 86_400),
            StreamIdleTime = Seconds(fields, "streamIdleTime", defaults.StreamIdleTime, 0.1, 86_400),
        };
        fields.Done();
        return limits;
    }

    private static TimeSpan Seconds(YamlFields fields, string key, TimeSpan otherwise, double least, double most) =>
        fields.Number(key, least, most) is { } seconds ? TimeSpan.FromSeconds(seconds) : otherwise;

    private static ListenAddress? Address(YamlFields fields, string key)
    {
        if (fields.Text(key) is not { } text)
            return null;
        if (ListenAddress.TryParse(text, out ListenAddress address))
            return address;
        fields.Error(fields.Take(key)!, "address", $"`{key}` must be unix:PATH or tcp:HOST:PORT.");
        return null;
    }

    private static int Mode(YamlFields fields, int otherwise)
    {
        if (fields.Text("socketMode") is not { } text)
            return otherwise;
        if (text.Length is 3 or 4 && text.All(c => c is >= '0' and <= '7'))
            return Convert.ToInt32(text, 8);
        fields.Error(fields.Take("socketMode")!, "mode", "`socketMode` must be octal permission bits such as \"660\".");
        return otherwise;
    }

    /// <summary>Puts a value at a key's path; it stands at line 0, which marks it as no part of the file.</summary>
    private static void Override(YamlNode root, string path, string value, string source)
    {
        string[] parts = path.Split('.');
        YamlNode node = root;
        foreach (string part in parts[..^1])
        {
            YamlNode? child = node.Entries.Find(e => e.Key.Text == part).Value;
            if (child is null)
            {
                child = new YamlNode(YamlKind.Mapping, 0, 0) { Text = source };
                node.Entries.Add((new YamlNode(YamlKind.Scalar, 0, 0) { Text = part }, child));
            }
            node = child;
        }
        node.Entries.RemoveAll(e => e.Key.Text == parts[^1]);
        node.Entries.Add((new YamlNode(YamlKind.Scalar, 0, 0) { Text = parts[^1] }, new YamlNode(YamlKind.Scalar, 0, 0) { Text = value }));
    }

    /// <summary><c>LIMITS_REQUEST_BODY_BYTES</c> becomes <c>limits.requestBodyBytes</c>.</summary>
    private static string KeyOf(string name)
    {
        string[] words = name.ToLowerInvariant().Split('_');
        bool section = words.Length > 1 && Sections.Contains(words[0]);
        string[] rest = section ? words[1..] : words;
        string key = rest[0] + string.Concat(rest.Skip(1).Select(w => w.Length == 0 ? "" : char.ToUpperInvariant(w[0]) + w[1..]));
        return section ? $"{words[0]}.{key}" : key;
    }

    private static string Place(PolicyDiagnostic diagnostic, YamlNode root, string? file) => diagnostic.Line <= 1 && diagnostic.Column <= 1 && file is null || diagnostic.Line == 0
        ? $"environment or flags: {diagnostic.Message}{(diagnostic.Suggestion is null ? "" : string.Create(CultureInfo.InvariantCulture, $" Did you mean `{diagnostic.Suggestion}`?"))}"
        : diagnostic.Format(file ?? "configuration");
}
