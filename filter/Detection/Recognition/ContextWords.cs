using System.Collections.Immutable;

namespace EnvoyExtAuthz.Detection.Recognition;

/// <summary>What a word says about the number after it.</summary>
internal enum ContextKind : byte
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A name of something that is not personal: an order, a version, a hash.</summary>
    Other,

    /// <summary>A payment card.</summary>
    Card,

    /// <summary>A telephone.</summary>
    Phone,

    /// <summary>A United States social security number.</summary>
    SocialSecurity,

    /// <summary>A network address.</summary>
    Network,

    /// <summary>A wallet of a chain.</summary>
    Wallet,

    /// <summary>A word such as "id" that leaves standing what a word right before it says: a tax id, an Aadhaar id.</summary>
    Identifier,

    /// <summary>The first of <see cref="NationalContexts.Groups"/>; the others follow.</summary>
    FirstNational,
}

/// <summary>
/// Remembers the last word that says what a number is. The nearest word decides, so that <c>card for order 4111…</c> is an order.
/// A word counts where no letter of the same word touches it, so <c>client_ip</c>, <c>clientIp</c> and <c>手机号</c> do and <c>ship</c> does not.
/// </summary>
internal sealed class ContextWords : Recogniser
{
    /// <summary>Bytes that may lie between a word and its number.</summary>
    public const int Reach = 24;

    private static readonly (ContextKind Kind, string[] Words)[] Table =
    [
        (ContextKind.Other,
        [
            "order", "item", "ref", "reference", "invoice", "ticket", "version", "release", "ver", "build", "product", "sku", "isbn", "issn", "doi", "part",
            "serial", "model", "tracking", "shipment", "timestamp", "created", "updated", "created_at", "updated_at", "time", "date", "hash", "commit", "revision", "trace",
            "span", "request", "session", "page", "chapter", "section", "lot", "batch", "case", "bug", "issue", "pr", "bestellung", "bestellnummer", "rechnung",
            "commande", "pedido", "factura", "ordine", "ean", "upc", "gtin", "asin", "uuid", "guid", "upgrade", "downgrade", "bump", "package", "oid",
        ]),
        (ContextKind.Card,
        [
            "card", "cards", "credit", "debit", "visa", "mastercard", "amex", "american express", "cc", "ccnum", "cardnumber", "cardnum", "pan", "kreditkarte",
            "karte", "carte", "tarjeta", "carta", "cartão", "карта", "карты", "карту", "信用卡", "カード", "카드", "بطاقة",
        ]),
        (ContextKind.Phone,
        [
            "phone", "phones", "phonenumber", "telephone", "tel", "mobile", "cell", "cellphone", "fax", "whatsapp", "sms", "call me", "call us", "call him", "call her", "call at", "reach me",
            "ring me", "text me", "telefon", "telefonnummer", "rufnummer", "handy", "handynummer", "mobil", "téléphone", "portable", "teléfono", "móvil", "celular", "telefono", "cellulare",
            "telefone", "puhelin", "телефон", "тел", "电话", "手机", "電話", "携帯", "전화", "휴대폰", "هاتف", "फोन", "โทร",
        ]),
        (ContextKind.SocialSecurity, ["ssn", "ssns", "social security", "social", "socialsecuritynumber", "itin", "taxpayer"]),
        (ContextKind.Network, ["ip", "ips", "ipaddress", "ipv4", "ipv6", "host", "addr", "ssh", "ping", "client", "remote", "visitor"]),
        (ContextKind.Wallet, ["wallet", "wallet address", "eth", "ethereum", "erc20", "erc-20", "metamask", "usdt", "usdc", "evm"]),
        (ContextKind.Identifier, ["id", "ids"]),
        .. NationalContexts.Groups.Select((group, index) => ((ContextKind)((int)ContextKind.FirstNational + index), group.Words)),
    ];

    private ContextWords(ContextKind kind, string[] words) => (Kind, Anchors) = (kind, [.. words]);

    /// <summary>One recogniser a kind of context.</summary>
    public static ImmutableArray<Recogniser> All { get; } = [.. Table.Select(row => new ContextWords(row.Kind, row.Words))];

    /// <summary>What its words say.</summary>
    public ContextKind Kind { get; }

    /// <inheritdoc/>
    public override ImmutableArray<string> Anchors { get; }

    /// <inheritdoc/>
    public override ImmutableArray<FindingKind> Kinds { get; } = FindingKinds.Numbers;

    /// <inheritdoc/>
    public override bool StartsInAnchor => false;

    /// <inheritdoc/>
    public override void Attempt(ref Sweep sweep, int start, int end)
    {
        // Nothing is found here, so nothing waits: a word cut at the text's end is judged again when its number is there.
        ReadOnlySpan<byte> text = sweep.Text;
        if (start > 0 && Alphabets.Alphabetic.Contains(text[start - 1]) && !Humps(text[start - 1], text[start]))
            return;
        if (end < text.Length && Alphabets.Alphabetic.Contains(text[end]) && !Humps(text[end - 1], text[end]))
            return;
        // Letters that touch a digit belong to the number: ABA300000 is no routing number's name.
        if (Kind >= ContextKind.FirstNational && end < text.Length && Alphabets.Digits.Contains(text[end]))
            return;
        sweep.Note(Kind, start, end);
    }

    /// <summary>Where a new word begins in <c>productId</c>.</summary>
    private static bool Humps(byte before, byte after) => before is >= (byte)'a' and <= (byte)'z' && after is >= (byte)'A' and <= (byte)'Z';
}
