namespace EnvoyExtAuthz.Detection.Recognition;

/// <summary>Whether characters check; digits are given as 0 to 9, letters of either case as 10 to 35.</summary>
internal delegate bool NumberCheck(ReadOnlySpan<byte> characters);

/// <summary>
/// A number of a person that is found after a word that names it: one row is all it takes to add one. A tenth of all numbers pass a check
/// digit, so the word is what makes it evidence.
/// </summary>
/// <param name="Name">Name of the kind after <c>pii.</c>; rows may share one.</param>
/// <param name="Forms">Forms with bars between, the longest first, a character each: D a digit, L a letter, A either, others themselves.</param>
/// <param name="Words">Words that name it, in the languages of its country, with bars between; at most 40 bytes each.</param>
/// <param name="Check">Its check digits and what else its structure says.</param>
/// <param name="Score">Score, 0 to 1: 1 where a checksum decided.</param>
internal sealed record NationalShape(string Name, string Forms, string Words, NumberCheck Check, float Score = 1);
