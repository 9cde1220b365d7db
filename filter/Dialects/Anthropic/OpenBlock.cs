using System.Buffers;

namespace EnvoyExtAuthz.Dialects.Anthropic;

/// <summary>A content block that is being streamed.</summary>
/// <param name="kind">What it is.</param>
/// <param name="channel">The running text it is.</param>
internal sealed class OpenBlock(BlockKind kind, int channel)
{
    private ArrayBufferWriter<byte>? _input;

    /// <summary>What it is.</summary>
    public BlockKind Kind => kind;

    /// <summary>The running text it is.</summary>
    public int Channel => channel;

    /// <summary>It calls a tool.</summary>
    public bool IsCall { get; init; }

    /// <summary>The tool's name.</summary>
    public byte[] Name { get; init; } = [];

    /// <summary>The name of the set the tool belongs to; empty without one.</summary>
    public byte[] Toolset { get; init; } = [];

    /// <summary>The input that stood in the block when it began; empty where it comes in pieces.</summary>
    public byte[] InputAtStart { get; init; } = [];

    /// <summary>The input so far.</summary>
    public ReadOnlyMemory<byte> Input => _input is null ? InputAtStart : _input.WrittenMemory;

    /// <summary>Adds a piece of the input.</summary>
    public void Append(ReadOnlySpan<byte> piece) => (_input ??= new ArrayBufferWriter<byte>(Math.Max(64, piece.Length))).Write(piece);
}
