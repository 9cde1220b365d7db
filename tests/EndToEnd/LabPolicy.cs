namespace EnvoyExtAuthz.EndToEnd.Tests;

/// <summary>The policies that the laboratory's filters run under. Detectors are off: here it is Envoy that is examined.</summary>
internal static class LabPolicy
{
    /// <summary>Anyone may use model <c>m</c> and every tool but <c>drop_tables</c>; images pass.</summary>
    public const string Open = """
        version: 1
        name: lab-open
        identity:
          trustDomains: [{name: lab.test}]
        callers:
          anyone: {unauthenticated: true}
        routes:
          - name: llm
            match: {paths: ["/v1/chat/completions"]}
            protocol: openai-chat
          - name: tools
            match: {paths: ["/mcp"]}
            protocol: mcp
          - name: orders
            match: {paths: ["/orders/**"]}
            protocol: rest
            tools:
              - {name: orders.read, method: GET, path: "/orders/{id}"}
              - {name: orders.delete, method: DELETE, path: "/orders/{id}"}
        rules:
          - name: anyone-most
            callers: [anyone]
            routes: ["*"]
            models: {allow: [m]}
            tools: {allow: ["*"], deny: [drop_tables, orders.delete]}
            uninspectable: {image: allow}
            detectors: {injection: {action: ignore}, secrets: {action: ignore}, pii: {action: ignore}}
        """;

    /// <summary>Only <c>agents/research</c> of trust domain <c>lab.test</c> may come; its certificate must say so.</summary>
    public const string Identity = """
        version: 1
        name: lab-identity
        identity:
          trustDomains: [{name: lab.test}]
        callers:
          research: {spiffe: ["spiffe://lab.test/ns/agents/sa/research"]}
        routes:
          - name: llm
            match: {paths: ["/v1/chat/completions"]}
            protocol: openai-chat
        rules:
          - name: research
            callers: [research]
            routes: ["*"]
            tools: {allow: ["*"]}
            detectors: {injection: {action: ignore}, secrets: {action: ignore}, pii: {action: ignore}}
        """;
}
