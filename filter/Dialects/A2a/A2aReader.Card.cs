using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.A2a;

/// <summary>
/// An agent's card: what it says of itself and its skills reaches the models that choose among agents. Nothing in a request names
/// a skill, so skills are no tools that a policy could allow or not.
/// </summary>
internal ref partial struct A2aReader
{
    private static readonly byte[][] Settings = KnownKeys.Of(
        "version", "protocolVersion", "protocol_version", "preferredTransport", "preferred_transport", "supportedInterfaces", "supported_interfaces",
        "additionalInterfaces", "additional_interfaces", "capabilities", "securitySchemes", "security_schemes", "security", "securityRequirements",
        "security_requirements", "defaultInputModes", "default_input_modes", "defaultOutputModes", "default_output_modes");

    private static readonly byte[][] SkillSettings = KnownKeys.Of("id", "inputModes", "input_modes", "outputModes", "output_modes", "security");

    private readonly void ReadCard(int card)
    {
        if (card < 0)
            return;
        // The signature is over the card's bytes in canonical form: an edit breaks it, and who verifies it will say so.
        _sweep.TakeAll(_tape.Find(card, "signatures"u8), TextRole.Metadata);
        for (int i = card; i < _tape[card].End; i++)
        {
            if (_tape.Is(i, JsonKind.String) && IsAddress(_tape.Raw(i)))
                _sweep.Take(i, TextRole.Url);
            else if (_tape.Is(i, JsonKind.Key) && _tape.KeyEquals(i, "description"u8))
                _sweep.Take(i + 1, TextRole.ToolDescription);
        }
        foreach (byte[] key in Settings)
            _sweep.TakeLabels(_tape.Find(card, key));
        int skills = _tape.Find(card, "skills"u8);
        if (_tape.Is(skills, JsonKind.Array))
        {
            for (int skill = JsonTape.FirstChild(skills); skill < _tape[skills].End; skill = _tape[skill].End)
            {
                foreach (byte[] key in SkillSettings)
                    _sweep.TakeLabels(_tape.Find(skill, key));
            }
        }
        _sweep.TakeAll(card, TextRole.ToolDescription);
    }

    private static bool IsAddress(ReadOnlySpan<byte> text) =>
        text.IndexOf("://"u8) is > 0 and < 12 && text.IndexOfAny(" \t\\"u8) < 0;
}
