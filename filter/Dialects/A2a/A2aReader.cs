using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.A2a;

/// <summary>Who sends a body.</summary>
internal enum A2aSide : byte
{
    /// <summary>The client: what it asks.</summary>
    Client,

    /// <summary>The agent: what it answers, or tells of a task.</summary>
    Agent,
}

/// <summary>
/// Reads the objects of a body into segments. What a member means follows from its key wherever it stands, so that one reader
/// serves both versions, both bindings, answers and events. Everything that is not named here is swept up with
/// <see cref="TextRole.Unknown"/>.
/// </summary>
internal ref partial struct A2aReader
{
    private readonly Message _message;
    private readonly A2aSide _side;
    private readonly bool _strict;
    private readonly JsonLimits _limits;
    private readonly ArtifactChannels? _channels;
    private readonly JsonTape _tape;
    private SegmentSweep _sweep;
    private ReadFault _fault;

    private A2aReader(Message message, A2aSide side, bool strict, in JsonLimits limits, ArtifactChannels? channels)
    {
        _message = message;
        _side = side;
        _strict = strict;
        _limits = limits;
        _channels = channels;
        _tape = message.Documents[0].Tape;
        _sweep = new SegmentSweep(message, 0);
        _fault = ReadFault.None;
    }

    /// <summary>
    /// Role of what an agent says to its client: to the client it is what a tool's result is, the words of a stranger. What a
    /// client says that the agent said is the conversation's.
    /// </summary>
    private readonly TextRole AgentSpeaks => _side == A2aSide.Agent ? TextRole.ToolResult : TextRole.Assistant;

    private readonly TextRole Speaker => _side == A2aSide.Agent ? TextRole.ToolResult : TextRole.User;

    /// <summary>Reads an agent's card in document 0.</summary>
    /// <param name="message">Holds the body, read as JSON.</param>
    /// <param name="card">The card; -1 for none.</param>
    /// <param name="error">An error in its place; -1 for none.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    public static ReadFault ReadCard(Message message, int card, int error, in JsonLimits limits)
    {
        var reader = new A2aReader(message, A2aSide.Agent, strict: false, limits, null);
        reader.TakeEnvelope();
        reader.ReadCard(card);
        reader.ReadError(error);
        reader._sweep.Finish(TextRole.Unknown);
        return reader._fault;
    }

    /// <summary>Reads a value of document 0: parameters, a result, an event, a body.</summary>
    /// <param name="message">Holds the body, read as JSON.</param>
    /// <param name="node">The value; -1 for none.</param>
    /// <param name="error">A JSON-RPC or REST error beside it; -1 for none.</param>
    /// <param name="side">Who sent it.</param>
    /// <param name="strict">Whether it is A2A's own: then what is not its shape is a fault. Extensions have shapes of their own.</param>
    /// <param name="limits">Bounds of JSON in strings.</param>
    /// <param name="channels">Channels of the artifacts of a stream; null for a body that is whole.</param>
    public static ReadFault Read(Message message, int node, int error, A2aSide side, bool strict, in JsonLimits limits, ArtifactChannels? channels = null)
    {
        var reader = new A2aReader(message, side, strict, limits, channels);
        reader.TakeEnvelope();
        // 0.3 answers with bare lists of configurations; nothing is asked with one.
        if (side == A2aSide.Agent && reader._tape.Is(node, JsonKind.Array))
            reader.ReadList(node);
        else
            reader.ReadObject(node, -1);
        reader.ReadError(error);
        reader._sweep.Finish(TextRole.Unknown);
        return reader._fault;
    }

    private readonly void TakeEnvelope()
    {
        _sweep.TakeLabel(_tape.Find(0, "jsonrpc"u8));
        _sweep.TakeLabel(_tape.Find(0, "id"u8));
        _sweep.TakeLabel(_tape.Find(0, "method"u8));
    }

    private readonly void ReadError(int error)
    {
        _sweep.TakeLabel(_tape.Find(error, "status"u8));
        _sweep.Take(_tape.Find(error, "message"u8), Speaker);
        _sweep.TakeAll(_tape.Find(error, "data"u8), Speaker);
        _sweep.TakeAll(_tape.Find(error, "details"u8), Speaker);
    }

    /// <summary>Reads an object's members.</summary>
    /// <param name="node">The object; anything else is a fault where it must be one.</param>
    /// <param name="channel">The running text that its parts go on; -1 where they are whole.</param>
    private void ReadObject(int node, int channel)
    {
        if (node < 0 || _tape.Is(node, JsonKind.Null))
            return;
        if (!_tape.Is(node, JsonKind.Object))
        {
            WrongShape(node);
            return;
        }
        if (_strict && KnownKeys.HasVariant(_tape, node, A2aKeys.All))
            Fault(ReadFault.Ambiguous);
        TextRole speaker = SpeakerOf(node);
        ulong seen = 0;
        for (int key = JsonTape.FirstChild(node); key < _tape[node].End && _fault == ReadFault.None; key = _tape.Next(key))
        {
            A2aMember member = A2aKeys.Of(_tape, key);
            if (member == A2aMember.Other)
                continue;
            // Two names of one member (both spellings, or both versions'): readers differ in which they take.
            if (_strict && (seen & (1UL << (int)member)) != 0)
                Fault(ReadFault.Ambiguous);
            seen |= 1UL << (int)member;
            ReadMember(member, node, key + 1, channel, speaker);
        }
    }

    private void ReadMember(A2aMember member, int holder, int value, int channel, TextRole speaker)
    {
        switch (member)
        {
            case A2aMember.Message or A2aMember.Task or A2aMember.StatusUpdate or A2aMember.ArtifactUpdate or A2aMember.Status:
            case A2aMember.Configuration or A2aMember.PushConfig or A2aMember.Authentication:
                ReadObject(value, -1);
                break;
            case A2aMember.Artifact:
                ReadObject(value, ChannelOf(holder, value));
                break;
            case A2aMember.Artifacts or A2aMember.History or A2aMember.Tasks or A2aMember.PushConfigs:
                ReadList(value);
                break;
            case A2aMember.Parts:
                ReadParts(value, speaker, channel);
                break;
            case A2aMember.Url:
                ReadAddress(value);
                break;
            case A2aMember.Name:
                _sweep.Take(value, TextRole.FileName);
                break;
            case A2aMember.Description:
                _sweep.Take(value, speaker);
                break;
            default:
                _sweep.TakeLabels(value);
                break;
        }
    }

    private void ReadList(int list)
    {
        if (_tape.Is(list, JsonKind.Null))
            return;
        if (!_tape.Is(list, JsonKind.Array))
        {
            WrongShape(list);
            return;
        }
        for (int item = JsonTape.FirstChild(list); item < _tape[list].End && _fault == ReadFault.None; item = _tape[item].End)
            ReadObject(item, -1);
    }

    /// <summary>An address the agent is to tell of a task at: it will send there what the task is about.</summary>
    private void ReadAddress(int url)
    {
        if (_tape.Is(url, JsonKind.Null))
            return;
        if (!_tape.Is(url, JsonKind.String))
            WrongShape(url);
        else if (_side == A2aSide.Client)
            Media.TakeAddress(_message, ref _sweep, url, OpaqueKind.RemoteReference);
        else
            _sweep.Take(url, TextRole.Url);
    }

    /// <summary>A stream may bring an artifact in pieces, which clients put together by task and artifact.</summary>
    private int ChannelOf(int update, int artifact)
    {
        if (_channels is null)
            return -1;
        int channel = _channels.Of(_message, Either(update, "taskId"u8, "task_id"u8), Either(artifact, "artifactId"u8, "artifact_id"u8));
        if (channel < 0)
            Fault(ReadFault.BrokenStream);
        return channel;
    }

    private readonly int Either(int obj, ReadOnlySpan<byte> one, ReadOnlySpan<byte> other)
    {
        int found = _tape.Find(obj, one);
        return found >= 0 ? found : _tape.Find(obj, other);
    }

    private readonly TextRole SpeakerOf(int node)
    {
        int role = _tape.Find(node, "role"u8);
        if (!_tape.Is(role, JsonKind.String))
            return Speaker;
        return _tape.KeyEquals(role, "ROLE_USER"u8) || _tape.KeyEquals(role, "user"u8) ? TextRole.User
            : _tape.KeyEquals(role, "ROLE_AGENT"u8) || _tape.KeyEquals(role, "agent"u8) ? AgentSpeaks
            : Speaker;
    }

    private void WrongShape(int node)
    {
        if (_strict)
            Fault(ReadFault.WrongShape);
        else
            _sweep.TakeAll(node, Speaker);
    }

    private void Fault(ReadFault fault)
    {
        if (_fault == ReadFault.None)
            _fault = fault;
    }
}
