using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EnvoyExtAuthz.Detection;
using EnvoyExtAuthz.Identity;
using EnvoyExtAuthz.Policy;

namespace EnvoyExtAuthz.Engine.Audit;

/// <summary>
/// How a decision is written down: one JSON object a line, free of content. Names of tools are shown where they look like
/// identifiers and hashed otherwise: a name is chosen by whoever calls, and free text in it is content.
/// </summary>
public static class AuditLine
{
    /// <summary>Version of the format, in every line.</summary>
    public const int FormatVersion = 1;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? s_buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? s_writer;

    /// <summary>
    /// Writes a decision as the members of a JSON object, without the braces: the chain's own members come before and
    /// after. Valid until the next call on this thread.
    /// </summary>
    public static ReadOnlySpan<byte> Members(Decision decision, DateTimeOffset time)
    {
        ArrayBufferWriter<byte> buffer = s_buffer ??= new ArrayBufferWriter<byte>(1024);
        buffer.ResetWrittenCount();
        Utf8JsonWriter json = s_writer ??= new Utf8JsonWriter(buffer);
        json.Reset(buffer);
        json.WriteStartObject();
        json.WriteNumber("v"u8, FormatVersion);
        json.WriteString("time"u8, time.UtcDateTime);
        WriteEvent(json, decision.EventId);
        json.WriteString("direction"u8, decision.Direction == Direction.Request ? "request"u8 : "response"u8);
        json.WriteString("outcome"u8, OutcomeWords[(int)decision.Outcome]);
        if (decision.Reason.Length > 0)
            json.WriteString("reason"u8, decision.Reason);
        json.WriteString("rule"u8, decision.Rule);
        WriteCaller(json, decision);
        json.WriteString("route"u8, decision.Route);
        json.WriteString("dialect"u8, decision.Dialect);
        if (decision.Policy is { } policy)
        {
            json.WriteString("policy"u8, policy.Name);
            json.WriteString("policyHash"u8, policy.Hash);
        }
        if (decision.Status > 0)
            json.WriteNumber("status"u8, decision.Status);
        json.WriteNumber("bytes"u8, decision.Bytes);
        json.WriteNumber("microseconds"u8, decision.Microseconds);
        WriteFindings(json, decision);
        WriteTools(json, decision);
        WriteCases(json, decision);
        if (OwaspEntries.Of(decision.Reason) is { } entry)
            json.WriteString("owasp"u8, entry);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan[1..^1];
    }

    private static void WriteEvent(Utf8JsonWriter json, Guid id)
    {
        Span<char> text = stackalloc char[32];
        id.TryFormat(text, out int length, "N");
        json.WriteString("event"u8, text[..length]);
    }

    private static void WriteCaller(Utf8JsonWriter json, Decision decision)
    {
        json.WriteString("caller"u8, decision.Caller.Name);
        json.WriteString("proof"u8, ProofWords[(int)decision.Caller.Proof]);
        if (decision.Caller.Via is { } via)
            json.WriteString("via"u8, via);
        if (decision.IdentityFault != IdentityFault.None)
            json.WriteString("identityFault"u8, FaultWords[(int)decision.IdentityFault]);
    }

    private static void WriteFindings(Utf8JsonWriter json, Decision decision)
    {
        if (decision.Findings.Count == 0)
            return;
        json.WriteStartArray("findings"u8);
        foreach (RecordedFinding finding in decision.Findings)
        {
            FindingKind kind = FindingKinds.All[finding.Kind];
            json.WriteStartObject();
            json.WriteString("kind"u8, kind.Name);
            json.WriteString("role"u8, RoleWords[(int)finding.Role]);
            json.WriteNumber("start"u8, finding.Start);
            json.WriteNumber("length"u8, finding.Length);
            json.WriteNumber("score"u8, MathF.Round(finding.Score, 3));
            json.WriteString("action"u8, ActionWords[(int)finding.Action]);
            json.WriteString("rule"u8, finding.Rule);
            json.WriteString("owasp"u8, kind.Owasp);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteTools(Utf8JsonWriter json, Decision decision)
    {
        if (decision.Tools.Count == 0)
            return;
        json.WriteStartArray("tools"u8);
        foreach (RecordedTool tool in decision.Tools)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, ShownName(tool.Name));
            json.WriteString("place"u8, tool.Place);
            json.WriteBoolean("allowed"u8, tool.Allowed);
            json.WriteString("rule"u8, tool.Rule);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteCases(Utf8JsonWriter json, Decision decision)
    {
        if (decision.Cases.Count == 0)
            return;
        json.WriteStartArray("cases"u8);
        foreach ((UninspectableCase what, CaseAction action) in decision.Cases)
        {
            json.WriteStartObject();
            json.WriteString("case"u8, Judgement.Of(what).Code);
            json.WriteString("action"u8, action == CaseAction.Allow ? "allow"u8 : "refuse"u8);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>A tool's name as it may be shown: itself if it is an identifier of 64 characters or less, else a hash.</summary>
    public static string ShownName(string name)
    {
        bool identifier = name.Length is > 0 and <= 64;
        foreach (char c in name)
            identifier &= char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '/' or ':';
        if (identifier)
            return name;
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        return string.Create(CultureInfo.InvariantCulture, $"sha256:{Convert.ToHexStringLower(SHA256.HashData(bytes))[..16]}({bytes.Length})");
    }

    private static readonly string[] OutcomeWords = ["allowed", "edited", "refused", "abandoned"];
    private static readonly string[] ActionWords = Words<FindingAction>();
    private static readonly string[] RoleWords = Words<Text.TextRole>();
    private static readonly string[] ProofWords = Words<IdentityProof>();
    private static readonly string[] FaultWords = Words<IdentityFault>();

    private static string[] Words<T>() where T : struct, Enum =>
        [.. Enum.GetNames<T>().Select(name => string.Concat(name.Select((c, i) => char.IsUpper(c) ? (i > 0 ? "_" : "") + char.ToLowerInvariant(c) : c.ToString())))];
}
