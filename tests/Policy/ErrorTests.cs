using EnvoyExtAuthz.Policy.Yaml;

namespace EnvoyExtAuthz.Policy.Tests;

/// <summary>What a policy's author reads after a mistake: the place, the kind, what was probably meant.</summary>
public class ErrorTests
{
    private const string Head = "version: 1\nname: t\n";
    private const string Empty = "routes: []\nrules: []\n";

    /// <summary>Name, text, line, column, code, suggestion.</summary>
    public static TheoryData<string, string, int, int, string, string?> Mistakes { get; } = new()
    {
        // The file
        { "an empty file", "", 1, 1, "empty", null },
        { "only a comment", "# nothing\n", 1, 1, "empty", null },
        { "no mapping", "- a\n", 1, 1, "type", null },
        { "broken YAML", "version: 1\nname: [a\n", 3, 1, "syntax", null },
        { "a tab as indentation", "version: 1\ncallers:\n \tx: 1\n", 3, 2, "tab", null },
        { "a control character", "version: 1\nname: a\u0001b\n", 2, 8, "control-character", null },
        { "an anchor", "version: 1\nname: &n x\n", 2, 7, "alias", null },
        { "an alias", "version: 1\nname: *n\n", 2, 7, "alias", null },
        { "a tag", "version: 1\nname: !!str x\n", 2, 7, "tag", null },
        { "a directive", "%YAML 1.2\n---\nversion: 1\n", 1, 1, "directive", null },
        { "two documents", Head + Empty + "---\na: b\n", 5, 1, "several-documents", null },
        { "a list as key", "? [a]\n: b\n", 1, 3, "key", null },
        { "a key twice", Head + "name: u\n" + Empty, 3, 1, "duplicate-key", null },
        { "nesting without end", "a: " + new string('[', 40) + new string(']', 40) + "\n", 1, 20, "too-complex", null },

        // The policy
        { "no version", "name: t\n" + Empty, 1, 1, "missing-key", null },
        { "another version", "version: 2\nname: t\n" + Empty, 1, 10, "version", "1" },
        { "a version in quotes", "version: \"1\"\nname: t\n" + Empty, 1, 10, "version", "1" },
        { "no name", "version: 1\n" + Empty, 1, 1, "missing-key", null },
        { "a name that is no name", "version: 1\nname: a b\n" + Empty, 2, 7, "name", null },
        { "a name that YAML could take for a truth value", "version: 1\nname: no\n" + Empty, 2, 7, "type", "\"no\"" },
        { "a name that is a number", "version: 1\nname: 1.5\n" + Empty, 2, 7, "type", "\"1.5\"" },
        { "an empty name", "version: 1\nname: \"\"\n" + Empty, 2, 7, "empty", null },
        { "nothing for a name", "version: 1\nname:\n" + Empty, 2, 6, "type", null },
        { "no rules", Head + "routes: []\n", 1, 1, "missing-key", null },
        { "an unknown key", Head + Empty + "ruels: []\n", 5, 1, "unknown-key", "rules" },
        { "an unknown key near nothing", Head + Empty + "xylophone: []\n", 5, 1, "unknown-key", null },

        // Identity
        { "a trust domain that is none", Head + "identity: {trustDomains: [{name: Cluster.Local}]}\n" + Empty, 3, 34, "trust-domain", null },
        { "a trust domain twice", Head + "identity: {trustDomains: [{name: a, aliases: [a]}]}\n" + Empty, 3, 47, "duplicate-name", null },
        { "no trust domain at all", Head + "identity: {trustDomains: []}\n" + Empty, 3, 26, "empty", null },
        { "aliases of a federated domain", Head + "identity: {trustDomains: [{name: a, aliases: [b], federated: true}]}\n" + Empty, 3, 47, "alias", null },
        { "a misspelt key of a domain", Head + "identity: {trustDomains: [{name: a, alias: [b]}]}\n" + Empty, 3, 37, "unknown-key", "aliases" },
        { "a hop that is no SPIFFE ID", Head + "identity: {hops: [waypoint]}\n" + Empty, 3, 19, "spiffe-id", null },
        { "a switch that is a word", Head + "identity: {waypointPrincipal: yes}\n" + Empty, 3, 31, "type", null },
        { "a switch in quotes", Head + "identity: {waypointPrincipal: \"true\"}\n" + Empty, 3, 31, "type", null },
        { "an algorithm of secrets", Head + "identity: {jwt: [{issuer: i, audiences: [a], algorithms: [HS256], jwksFile: f}]}\n" + Empty, 3, 59, "value", "RS256" },
        { "no audience", Head + "identity: {jwt: [{issuer: i, audiences: [], algorithms: [RS256], jwksFile: f}]}\n" + Empty, 3, 41, "empty", null },
        { "no algorithms", Head + "identity: {jwt: [{issuer: i, audiences: [a], jwksFile: f}]}\n" + Empty, 3, 18, "missing-key", null },
        { "no keys", Head + "identity: {jwt: [{issuer: i, audiences: [a], algorithms: [RS256]}]}\n" + Empty, 3, 18, "keys", null },
        { "keys from two places", Head + "identity: {jwt: [{issuer: i, audiences: [a], algorithms: [RS256], jwksFile: f, jwksUri: \"https://k\"}]}\n" + Empty, 3, 18, "keys", null },
        { "an address that is none", Head + "identity: {jwt: [{issuer: i, audiences: [a], algorithms: [RS256], jwksUri: \"ftp://k\"}]}\n" + Empty, 3, 76, "address", null },

        // Callers
        { "a caller set of nobody", Head + "callers: {a: {}}\n" + Empty, 3, 14, "empty", null },
        { "a caller set that is a text", Head + "callers: {a: b}\n" + Empty, 3, 14, "type", null },
        { "a caller set in two ways", Head + "callers: {a: {spiffe: [\"spiffe://d/x\"], namespace: n}}\n" + Empty, 3, 41, "mixed", null },
        { "a SPIFFE ID without scheme", Head + "callers: {a: {spiffe: [cluster.local/ns/a/sa/b]}}\n" + Empty, 3, 24, "spiffe-id", "spiffe://cluster.local/ns/a/sa/b" },
        { "a pattern for trust domains", Head + "callers: {a: {spiffe: [\"spiffe://*/ns/a/sa/b\"]}}\n" + Empty, 3, 24, "spiffe-id", null },
        { "an empty list of IDs", Head + "callers: {a: {spiffe: []}}\n" + Empty, 3, 23, "empty", null },
        { "one ID without a list", Head + "callers: {a: {spiffe: \"spiffe://d/x\"}}\n" + Empty, 3, 23, "type", "[spiffe://d/x]" },
        { "a misspelt way", Head + "callers: {a: {namespace: n, serviceAcount: s}}\n" + Empty, 3, 29, "unknown-key", "serviceAccount" },
        { "a token of an unknown issuer", Head + "callers: {a: {jwt: {issuer: \"https://idp\"}}}\n" + Empty, 3, 29, "unknown-reference", null },
        { "a claim that is a number", Head + "callers: {a: {jwt: {issuer: i, claims: {n: 4}}}}\nidentity: {jwt: [{issuer: i, audiences: [a], algorithms: [RS256], jwksFile: f}]}\n" + Empty, 3, 44, "type", "\"4\"" },
        { "not unauthenticated", Head + "callers: {a: {unauthenticated: false}}\n" + Empty, 3, 32, "value", null },
        { "a trust domain alone", Head + "callers: {a: {trustDomain: d}}\n" + Empty, 3, 28, "missing-key", null },
        { "a set with a star for a name", Head + "callers: {\"*\": {namespace: n}}\n" + Empty, 3, 11, "name", null },

        // Routes
        { "a route without match", Head + "routes: [{name: r}]\nrules: []\n", 3, 10, "missing-key", null },
        { "a route without name", Head + "routes: [{match: {}}]\nrules: []\n", 3, 10, "missing-key", null },
        { "a route twice", Head + "routes: [{name: r, match: {ports: [1]}}, {name: r, match: {}}]\nrules: []\n", 3, 49, "duplicate-name", null },
        { "an unknown protocol", Head + "routes: [{name: r, match: {}, protocol: openai-chatt}]\nrules: []\n", 3, 41, "unknown-reference", "openai-chat" },
        { "a misspelt part of a match", Head + "routes: [{name: r, match: {path: [\"/a\"]}}]\nrules: []\n", 3, 28, "unknown-key", "paths" },
        { "a path without slash", Head + "routes: [{name: r, match: {paths: [v1]}}]\nrules: []\n", 3, 36, "path", "/v1" },
        { "two stars in the middle of a path", Head + "routes: [{name: r, match: {paths: [\"/a/**/b\"]}}]\nrules: []\n", 3, 36, "path", null },
        { "a path with a query", Head + "routes: [{name: r, match: {paths: [\"/a?b\"]}}]\nrules: []\n", 3, 36, "path", null },
        { "an empty list of paths", Head + "routes: [{name: r, match: {paths: []}}]\nrules: []\n", 3, 35, "empty", null },
        { "a port that is none", Head + "routes: [{name: r, match: {ports: [70000]}}]\nrules: []\n", 3, 36, "range", null },
        { "a port in quotes", Head + "routes: [{name: r, match: {ports: [\"80\"]}}]\nrules: []\n", 3, 36, "range", null },
        { "a host with a port", Head + "routes: [{name: r, match: {hosts: [\"a:80\"]}}]\nrules: []\n", 3, 36, "host", "a" },
        { "a method in lower case", Head + "routes: [{name: r, match: {methods: [post]}}]\nrules: []\n", 3, 38, "value", "POST" },
        { "tools of a route that has its own", Head + "routes: [{name: r, match: {}, protocol: mcp, tools: []}]\nrules: []\n", 3, 53, "tools", null },
        { "REST without tools", Head + "routes: [{name: r, match: {}, protocol: rest}]\nrules: []\n", 3, 10, "missing-key", null },
        { "REST tools that are the same", Head + "routes: [{name: r, match: {}, protocol: rest, tools: [{name: a, method: GET, path: \"/{x}\"}, {name: b, method: GET, path: \"/{y}\"}]}]\nrules: []\n", 3, 54, "tools", null },
        { "a REST tool without path", Head + "routes: [{name: r, match: {}, protocol: rest, tools: [{name: a, method: GET}]}]\nrules: []\n", 3, 55, "missing-key", null },

        // Rules
        { "a rule without callers", PolicyText.Frame + "rules: [{name: a, routes: [llm]}]\n", 9, 9, "missing-key", null },
        { "a rule without routes", PolicyText.Frame + "rules: [{name: a, callers: [agents]}]\n", 9, 9, "missing-key", null },
        { "a rule for nobody", PolicyText.Frame + "rules: [{name: a, callers: [], routes: [llm]}]\n", 9, 28, "empty", null },
        { "a rule for everybody", PolicyText.Frame + "rules: [{name: a, callers: [\"*\"], routes: [llm]}]\n", 9, 29, "unknown-reference", null },
        { "a star beside a route", PolicyText.Frame + "rules: [{name: a, callers: [agents], routes: [llm, \"*\"]}]\n", 9, 52, "unknown-reference", null },
        { "unknown callers", PolicyText.Frame + "rules: [{name: a, callers: [agent], routes: [llm]}]\n", 9, 29, "unknown-reference", "agents" },
        { "an unknown route", PolicyText.Frame + "rules: [{name: a, callers: [agents], routes: [tool]}]\n", 9, 47, "unknown-reference", "tools" },
        { "a rule twice", PolicyText.Frame + "rules: [{name: a, callers: [agents], routes: [llm]}, {name: a, callers: [agents], routes: [llm]}]\n", 9, 61, "duplicate-name", null },
        { "a rule named default", PolicyText.Frame + "rules: [{name: default, callers: [agents], routes: [llm]}]\n", 9, 16, "name", null },
        { "a condition", PolicyText.Frame + "rules: [{name: a, callers: [agents], routes: [llm], when: \"true\"}]\n", 9, 53, "unknown-key", null },
        { "a misspelt key of a rule", PolicyText.Frame + "rules: [{name: a, callers: [agents], routes: [llm], tool: {allow: []}}]\n", 9, 53, "unknown-key", "tools" },
        { "tools without allow", PolicyText.Frame + "rules: [{name: a, callers: [agents], routes: [llm], tools: {deny: [x]}}]\n", 9, 60, "missing-key", null },
        { "models without allow", PolicyText.Frame + "rules: [{name: a, callers: [agents], routes: [llm], models: {}}]\n", 9, 61, "missing-key", null },
        { "nothing for allow", PolicyText.Frame + "rules: [{name: a, callers: [agents], routes: [llm], tools: {allow: }}]\n", 9, 68, "type", null },
        { "one tool without a list", PolicyText.Frame + "rules: [{name: a, callers: [agents], routes: [llm], tools: {allow: search}}]\n", 9, 68, "type", "[search]" },
        { "a pattern beyond ASCII that allows", PolicyText.Frame + "rules: [{name: a, callers: [agents], routes: [llm], tools: {allow: [\"suché*\"]}}]\n", 9, 69, "pattern", null },
        { "a pattern of stars", PolicyText.Frame + "rules: [{name: a, callers: [agents], routes: [llm], tools: {allow: [\"a*b*c*d*e*f*g*h*i*\"]}}]\n", 9, 69, "pattern", null },
        { "an unknown way with declared tools", PolicyText.Frame + "rules: [{name: a, callers: [agents], routes: [llm], tools: {allow: [], onDeclared: removed}}]\n", 9, 84, "value", "remove" },
        { "onDeclared of models", PolicyText.Frame + "rules: [{name: a, callers: [agents], routes: [llm], models: {allow: [], onDeclared: remove}}]\n", 9, 73, "unknown-key", null },

        // Detectors and cases
        { "an unknown detector", Head + Empty + "defaults: {detectors: {injektion: {action: refuse}}}\n", 5, 24, "unknown-detector", "injection" },
        { "a detector without action", Head + Empty + "defaults: {detectors: {injection: {}}}\n", 5, 35, "missing-key", null },
        { "a detector with only an action", Head + Empty + "defaults: {detectors: {injection: refuse}}\n", 5, 35, "type", null },
        { "another policy language's action", Head + Empty + "defaults: {detectors: {injection: {action: block}}}\n", 5, 44, "value", "refuse" },
        { "a threshold over one", Head + Empty + "defaults: {detectors: {injection: {action: refuse, threshold: 90}}}\n", 5, 63, "range", null },
        { "a threshold that is a word", Head + Empty + "defaults: {detectors: {injection: {action: refuse, threshold: high}}}\n", 5, 63, "type", null },
        { "a threshold in quotes", Head + Empty + "defaults: {detectors: {injection: {action: refuse, threshold: \"0.9\"}}}\n", 5, 63, "type", null },
        { "an unknown role", Head + Empty + "defaults: {detectors: {injection: {action: refuse, roles: [tool-result]}}}\n", 5, 60, "value", "tool_result" },
        { "an unknown direction", Head + Empty + "defaults: {detectors: {injection: {action: refuse, directions: [inbound]}}}\n", 5, 65, "value", "request" },
        { "an unknown case", Head + Empty + "defaults: {uninspectable: {images: allow}}\n", 5, 28, "unknown-case", "image" },
        { "an unknown way with a case", Head + Empty + "defaults: {uninspectable: {image: alow}}\n", 5, 35, "value", "allow" },
        { "a case that cannot be allowed", Head + Empty + "defaults: {uninspectable: {too-large: allow}}\n", 5, 39, "case", null },
        { "an unknown default", Head + Empty + "defaults: {detector: {}}\n", 5, 12, "unknown-key", "detectors" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_is_reported_at_its_place_with_what_was_meant(string mistake, string yaml, int line, int column, string code, string? suggestion)
    {
        PolicyResult result = PolicyText.Compile(yaml);

        Assert.Null(result.Snapshot);
        PolicyDiagnostic error = result.Errors().First();
        Assert.Equal((mistake, line, column, code, suggestion), (mistake, error.Line, error.Column, error.Code, error.Suggestion));
    }
}
