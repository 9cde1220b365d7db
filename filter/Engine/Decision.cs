using EnvoyExtAuthz.Detection;
using EnvoyExtAuthz.Identity;
using EnvoyExtAuthz.Policy;
using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Engine;

/// <summary>What became of one message.</summary>
public enum Outcome : byte
{
    /// <summary>It went on as it came.</summary>
    Allowed,

    /// <summary>It went on with edits.</summary>
    Edited,

    /// <summary>It was refused.</summary>
    Refused,

    /// <summary>It ended before a verdict: the client left, a deadline passed, the process stopped.</summary>
    Abandoned,
}

/// <summary>One finding as it is recorded: no text.</summary>
/// <param name="Kind">Index in <see cref="FindingKinds.All"/>.</param>
/// <param name="Role">Role of the text it was found in.</param>
/// <param name="Start">Offset in that text, bytes.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Score">0 to 1.</param>
/// <param name="Action">What was done.</param>
/// <param name="Rule">The rule that said so.</param>
public readonly record struct RecordedFinding(int Kind, TextRole Role, int Start, int Length, float Score, FindingAction Action, string Rule);

/// <summary>One tool that was judged.</summary>
/// <param name="Name">Its name, cut to 128 bytes; a name is an identifier, not content, but it is the caller's: escape it where it is written.</param>
/// <param name="Place"><c>declared</c> or <c>called</c>.</param>
/// <param name="Allowed">The verdict.</param>
/// <param name="Rule">The rule that said so.</param>
public readonly record struct RecordedTool(string Name, string Place, bool Allowed, string Rule);

/// <summary>
/// Everything worth recording of the judgement of one message: filled by the engine, read by audit, metrics and
/// <c>explain</c>. Reused; copy what must outlive the call it is passed to.
/// </summary>
public sealed class Decision
{
    /// <summary>Id that a refusal shows and the audit log holds.</summary>
    public Guid EventId { get; set; }

    /// <summary>Which way the message went.</summary>
    public Direction Direction { get; set; }

    /// <summary>What became of it.</summary>
    public Outcome Outcome { get; set; }

    /// <summary>Why it was refused, as a stable word; empty if it was not.</summary>
    public string Reason { get; set; } = "";

    /// <summary>The rule that decided; empty before one did.</summary>
    public string Rule { get; set; } = "";

    /// <summary>Who called.</summary>
    public Caller Caller { get; set; } = Caller.Unauthenticated;

    /// <summary>What was wrong with what the caller presented.</summary>
    public IdentityFault IdentityFault { get; set; }

    /// <summary>The route's name; empty if none matched.</summary>
    public string Route { get; set; } = "";

    /// <summary>The protocol's name; empty if none was settled.</summary>
    public string Dialect { get; set; } = "";

    /// <summary>The policy's name and hash.</summary>
    public PolicySnapshot? Policy { get; set; }

    /// <summary>HTTP status of a response, 0 on a request.</summary>
    public int Status { get; set; }

    /// <summary>Body bytes that came in.</summary>
    public long Bytes { get; set; }

    /// <summary>The engine's own time on this message, microseconds.</summary>
    public long Microseconds { get; set; }

    /// <summary>Findings.</summary>
    public List<RecordedFinding> Findings { get; } = [];

    /// <summary>Tools refused or removed, and tools called.</summary>
    public List<RecordedTool> Tools { get; } = [];

    /// <summary>Cases that kept something from being inspected, with what was done.</summary>
    public List<(UninspectableCase Case, CaseAction Action)> Cases { get; } = [];

    /// <summary>Empties it for the next message.</summary>
    public void Clear()
    {
        Outcome = Outcome.Allowed;
        Reason = "";
        Rule = "";
        Status = 0;
        Bytes = 0;
        Microseconds = 0;
        Findings.Clear();
        Tools.Clear();
        Cases.Clear();
    }
}

/// <summary>Takes decisions down.</summary>
public interface IDecisionLog
{
    /// <summary>Whether decisions can be recorded now. While false, a policy may refuse new exchanges.</summary>
    bool Available { get; }

    /// <summary>Records a decision; must not keep the instance.</summary>
    /// <returns>False if it could not be recorded.</returns>
    bool Record(Decision decision);
}
