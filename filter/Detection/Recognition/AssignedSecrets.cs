using System.Buffers;
using System.Collections.Immutable;
using System.Text;

namespace EnvoyExtAuthz.Detection.Recognition;

/// <summary>
/// Secrets that only their name gives away: <c>api_key = "…"</c>, <c>"password": "…"</c>, <c>export SECRET=…</c>. A name is no evidence
/// for whatever follows it, so the value must look drawn at random (keys) or at least not like a word or a reference (passwords).
/// </summary>
internal sealed class AssignedSecrets : Recogniser
{
    // Name, closing quotes and brackets, equals sign and opening quotes together stay within the context that callers keep.
    private const int MaxGap = 12;
    private const int Most = 512;

    private enum Strength : byte
    {
        Password,
        Key,
        Token,
        AwsSecret,
    }

    private static readonly (string Name, Strength Strength)[] Names =
    [
        ("password", Strength.Password), ("passwd", Strength.Password), ("passwort", Strength.Password), ("passphrase", Strength.Password), ("pwd", Strength.Password), ("pw", Strength.Password), ("identified by", Strength.Password),
        ("contraseña", Strength.Password), ("mot de passe", Strength.Password), ("пароль", Strength.Password), ("密码", Strength.Password), ("パスワード", Strength.Password),
        ("aws_secret_access_key", Strength.AwsSecret), ("awssecretaccesskey", Strength.AwsSecret), ("secretaccesskey", Strength.AwsSecret), ("secret_access_key", Strength.AwsSecret),
        ("aws_secret_key", Strength.AwsSecret), ("aws secret access key", Strength.AwsSecret), ("secret access key", Strength.AwsSecret),
        ("api_key", Strength.Key), ("apikey", Strength.Key), ("api-key", Strength.Key), ("api key", Strength.Key), ("secret_key", Strength.Key), ("secretkey", Strength.Key),
        ("secret-key", Strength.Key), ("access_key", Strength.Key), ("accesskey", Strength.Key), ("private_key", Strength.Key), ("privatekey", Strength.Key),
        ("client_secret", Strength.Key), ("clientsecret", Strength.Key), ("app_secret", Strength.Key), ("appsecret", Strength.Key), ("signing_key", Strength.Key),
        ("encryption_key", Strength.Key), ("encryptionkey", Strength.Key), ("secret", Strength.Key), ("auth_token", Strength.Token), ("authtoken", Strength.Token),
        ("access_token", Strength.Token), ("accesstoken", Strength.Token), ("refresh_token", Strength.Token), ("refreshtoken", Strength.Token), ("token", Strength.Token),
    ];

    private static readonly FindingKind Secret = FindingKinds.Named("secret.assigned-secret");
    private static readonly FindingKind Password = FindingKinds.Named("secret.assigned-password");
    private static readonly FindingKind AwsSecret = FindingKinds.Named("secret.aws-secret-access-key");
    private static readonly SearchValues<byte> Bare = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_-.~!@#$%^&*?"u8);
    private static readonly SearchValues<byte> Quoted =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_-.~!@#$%^&*?()[]{}<>|:;,"u8);

    private static readonly byte[][] WordsForSecrets =
    [
        .. new[]
        {
            "password", "passwd", "pass", "pwd", "secret", "token", "apikey", "api_key", "key", "user", "username", "null", "none", "true", "false", "string", "required", "optional", "changeit",
            "pw", "test", "mypassword", "my_password", "userpassword", "postgres", "root", "admin", "guest",
        }.Select(Encoding.ASCII.GetBytes),
    ];

    /// <summary>Names of counters and cursors end in "token" too; what stands before the name tells.</summary>
    private static readonly byte[][] NotSecretBefore =
        [.. new[] { "page_", "page-", "page", "next_", "next", "continuation", "continuation_", "cursor_", "sync_", "resume_", "next-", "next ", "page ", "pagination_", "pagination", "skip", "delta", "sync", "resume", "cursor", "middleware", "csrf_", "csrf", "xsrf_", "progress" }.Select(Encoding.ASCII.GetBytes)];

    private readonly Strength _strength;

    private AssignedSecrets(Strength strength, IEnumerable<string> names)
    {
        _strength = strength;
        Anchors = [.. names];
        Kinds = [strength switch { Strength.Password => Password, Strength.AwsSecret => AwsSecret, _ => Secret }];
    }

    /// <summary>One recogniser a strength of name.</summary>
    public static ImmutableArray<Recogniser> All { get; } = [.. Names.GroupBy(row => row.Strength, row => row.Name).Select(group => new AssignedSecrets(group.Key, group))];

    /// <inheritdoc/>
    public override ImmutableArray<string> Anchors { get; }

    /// <inheritdoc/>
    public override ImmutableArray<FindingKind> Kinds { get; }

    /// <inheritdoc/>
    public override bool StartsInAnchor => false;

    /// <summary>Whether a value only names what belongs there.</summary>
    public static bool IsWordForSecret(ReadOnlySpan<byte> value)
    {
        foreach (byte[] word in WordsForSecrets)
        {
            if (Ascii.EqualsIgnoreCase(value, word))
                return true;
        }
        return false;
    }

    /// <inheritdoc/>
    public override void Attempt(ref Sweep sweep, int start, int end)
    {
        sweep.MayStartAt(sweep.Text.Length);
        if (_strength == Strength.Token && NamesCursor(sweep.Text[..start]))
            return;
        // Two or three letters are a name only where they are a word.
        if (end - start <= 3 && sweep.Before(start) is var before and >= 0 && Alphabets.Alphabetic.Contains((byte)before))
            return;
        bool option = sweep.Before(start) == '-';
        int from = ValueStart(ref sweep, end, option, _strength == Strength.Password, out bool quoted);
        if (from < 0)
            return;
        sweep.MayStartAt(from);
        int to = sweep.Run(from, quoted ? Quoted : Bare, Most);
        ReadOnlySpan<byte> value = sweep.Text[from..to];
        if (quoted)
        {
            // A quoted value is one only up to its closing quote, plain or escaped.
            if (sweep.At(to) is not ('"' or '\'' or '`' or '\\'))
                return;
        }
        else
        {
            value = value.TrimEnd(".,!?"u8);
        }
        bool call = !quoted && sweep.At(to) is '(' or '[' or '{';
        bool example = DocumentedExamples.Contains(value);
        if (call || value.IsEmpty || (!example && (Randomness.IsPlaceholder(value) || IsWordForSecret(value))))
            return;
        if (example || IsValue(value))
            sweep.Report(Kinds[0], from, from + value.Length, _strength == Strength.AwsSecret ? 0.9f : _strength == Strength.Password ? 0.7f : 0.75f, example);
    }

    private bool IsValue(ReadOnlySpan<byte> value) => _strength switch
    {
        Strength.AwsSecret => value.Length == 40 && value.IndexOfAnyExcept(Alphabets.Base64) < 0 && Randomness.Classes(value) >= 3 && Randomness.BitsPerByte(value) >= 4,
        Strength.Password => value.Length is >= 6 and <= 128 && IsPassword(value),
        _ => value.Length >= 16 && Randomness.Classes(value) >= 2 && value.ContainsAny(Alphabets.Digits) && value.ContainsAny(Alphabets.Alphabetic)
            && !IsIdentifier(value) && Randomness.BitsPerByte(value) >= (value.IndexOfAnyExcept(Alphabets.Hex) < 0 ? 3.0 : 3.5)
            && (value.Length >= 20 || Randomness.Classes(value) >= 3),
    };

    /// <summary>A digit among letters, or three classes of characters; no path, no member access, no date.</summary>
    private static bool IsPassword(ReadOnlySpan<byte> value)
    {
        if (!value.ContainsAny(Alphabets.Alphabetic) || IsIdentifier(value) || value.IndexOf("://"u8) >= 0 || value.Contains((byte)'/'))
            return false;
        int classes = Randomness.Classes(value);
        return value.ContainsAny(Alphabets.Digits) ? classes >= 2 && Randomness.BitsPerByte(value) >= 2.2 : classes >= 3 && Randomness.BitsPerByte(value) >= 2.5;
    }

    /// <summary>Words joined by dots, hyphens or underscores, UUIDs among them: names of things, not values.</summary>
    private static bool IsIdentifier(ReadOnlySpan<byte> value)
    {
        if (value.Length == 36 && value[8] == (byte)'-' && value[13] == (byte)'-' && value[18] == (byte)'-' && value[23] == (byte)'-')
            return true;
        bool separated = false;
        int digits = 0;
        int uppers = 0;
        foreach (byte b in value)
        {
            separated |= b is (byte)'-' or (byte)'_' or (byte)'.' or (byte)'/' or (byte)':';
            digits += b is >= (byte)'0' and <= (byte)'9' ? 1 : 0;
            uppers += b is >= (byte)'A' and <= (byte)'Z' ? 1 : 0;
            if (b is not ((byte)'-' or (byte)'_' or (byte)'.' or (byte)'/' or (byte)':') && !Alphabets.Alphanumeric.Contains(b))
                return false;
        }
        return separated && digits * 5 <= value.Length && (uppers * 5 <= value.Length || uppers + digits >= value.Length - 6);
    }

    private static bool NamesCursor(ReadOnlySpan<byte> before)
    {
        foreach (byte[] word in NotSecretBefore)
        {
            if (before.Length >= word.Length && Ascii.EqualsIgnoreCase(before[^word.Length..], word))
                return true;
        }
        return false;
    }

    /// <summary>
    /// Where the value begins after a name: past quotes and brackets that close, spaces, one sign of assignment, and a quote that opens. An
    /// option of a command (<c>--password x</c>) and a quoted password need no sign.
    /// </summary>
    private static int ValueStart(ref Sweep sweep, int end, bool option, bool quotedAlone, out bool quoted)
    {
        quoted = false;
        int at = end;
        int limit = end + MaxGap;
        while (at < limit && sweep.At(at) is '"' or '\'' or '`' or ']' or ')' or '\\' or '*')
            at++;
        while (at < limit && sweep.At(at) is ' ' or '\t')
            at++;
        int sign = at;
        while (at < limit && sweep.At(at) is ':' or '=' or '>')
            at++;
        // The full-width colon of Chinese and Japanese.
        if (at == sign && sweep.Follows(at, "："u8))
            at += 3;
        if (at == sign && sweep.At(at - 1) is ' ' && sweep.Follows(at, "is "u8))
            at += 3;
        bool alone = sign > end && sweep.At(sign - 1) == ' ' && (option || (quotedAlone && sweep.At(at) is '"' or '\''));
        if (at == sign && !alone)
            return -1;
        while (at < limit && sweep.At(at) is ' ' or '\t' or '*')
            at++;
        while (at < limit && sweep.At(at) is '"' or '\'' or '`' or '\\')
        {
            quoted = true;
            at++;
        }
        return at < limit ? at : -1;
    }
}
