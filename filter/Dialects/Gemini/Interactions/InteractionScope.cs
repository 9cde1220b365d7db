using EnvoyExtAuthz.Text;

namespace EnvoyExtAuthz.Dialects.Gemini.Interactions;

/// <summary>Whose content is read, and which running texts it goes on with.</summary>
/// <param name="Role">Whose words.</param>
/// <param name="Replayed">The calls stand in history; they are not being made now.</param>
/// <param name="Text">Channel of what is said; -1 outside streams.</param>
/// <param name="Thought">Channel of what is thought; -1 outside streams.</param>
/// <param name="Result">Channel of what a tool returned; -1 outside streams.</param>
internal readonly record struct InteractionScope(TextRole Role, bool Replayed, int Text = -1, int Thought = -1, int Result = -1);
