using System.Text;
using EnvoyExtAuthz.Identity;
using EnvoyExtAuthz.Policy.Language;
using EnvoyExtAuthz.Policy.Matching;

namespace EnvoyExtAuthz.Policy.Compiled;

/// <summary>
/// Finds the caller sets a caller is in: exact IDs, namespaces and claims by look-up, patterns through a tree; only what has
/// no fixed part is tried one by one. Built once, then read by any thread.
/// </summary>
internal sealed class CallerIndex
{
    private readonly Dictionary<string, List<int>> _ids = new(StringComparer.Ordinal);
    private readonly GlobIndex _idPatterns = new();
    private readonly Dictionary<(string Namespace, string ServiceAccount), List<(AccountMatch Match, int Set)>> _accounts = [];
    private readonly Dictionary<string, List<(AccountMatch Match, int Set)>> _namespaces = new(StringComparer.Ordinal);
    private readonly List<(AccountMatch Match, int Set)> _otherAccounts = [];
    private readonly Dictionary<(string Issuer, string Claim, string Value), List<(TokenMatch Match, int Set)>> _claims = [];
    private readonly Dictionary<string, List<(TokenMatch Match, int Set)>> _issuers = new(StringComparer.Ordinal);
    private readonly List<int> _unauthenticated = [];
    private readonly HashSet<string> _federated;

    /// <summary>Indexes a policy's caller sets.</summary>
    public CallerIndex(PolicyModel policy)
    {
        _federated = [.. policy.Identity.TrustDomains.Where(d => d.Federated).Select(d => d.Name)];
        for (int i = 0; i < policy.Callers.Count; i++)
            Add(policy.Callers[i], i);
    }

    /// <summary>The sets a caller is in, in no order, some perhaps twice.</summary>
    public List<int> SetsOf(Caller caller)
    {
        var sets = new List<int>();
        if (caller.Proof == IdentityProof.None)
            sets.AddRange(_unauthenticated);
        if (caller.Id is { } id)
            FindById(id, sets);
        if (caller.Claims.Count > 0 || caller.Proof == IdentityProof.JsonWebToken)
            FindByToken(caller, sets);
        return sets;
    }

    private void Add(CallerSet set, int index)
    {
        foreach (Listed id in set.Ids)
            ListOf(_ids, id.Pattern.Text).Add(index);
        foreach (Glob pattern in set.IdPatterns)
            _idPatterns.Add(pattern, index);
        if (set.Account is { } account)
            AccountsOf(account).Add((account, index));
        if (set.Token is { } token)
        {
            ClaimMatch? literal = token.Claims.FirstOrDefault(c => c.Value.IsLiteral);
            (literal is null ? ListOf(_issuers, token.Issuer) : ListOf(_claims, (token.Issuer, literal.Claim, literal.Value.Text))).Add((token, index));
        }
        if (set.Unauthenticated)
            _unauthenticated.Add(index);
    }

    private List<(AccountMatch, int)> AccountsOf(AccountMatch account)
    {
        if (!account.Namespace.IsLiteral)
            return _otherAccounts;
        return account.ServiceAccount.IsLiteral
            ? ListOf(_accounts, (account.Namespace.Text, account.ServiceAccount.Text))
            : ListOf(_namespaces, account.Namespace.Text);
    }

    private void FindById(SpiffeId id, List<int> sets)
    {
        string text = id.ToString();
        if (_ids.TryGetValue(text, out List<int>? exact))
            sets.AddRange(exact);
        if (!_idPatterns.IsEmpty)
            _idPatterns.FindAll(Encoding.UTF8.GetBytes(text), sets);
        if (!id.TryGetServiceAccount(out string ns, out string account))
            return;
        if (_accounts.TryGetValue((ns, account), out List<(AccountMatch, int)>? both))
            AddMatching(both, id, ns, account, sets);
        if (_namespaces.TryGetValue(ns, out List<(AccountMatch, int)>? named))
            AddMatching(named, id, ns, account, sets);
        AddMatching(_otherAccounts, id, ns, account, sets);
    }

    /// <summary>
    /// Another organisation's cluster has namespaces of the same names; so a set that names no trust domain is of our own.
    /// </summary>
    private void AddMatching(List<(AccountMatch Match, int Set)> candidates, SpiffeId id, string ns, string account, List<int> sets)
    {
        foreach ((AccountMatch match, int set) in candidates)
        {
            bool domain = match.TrustDomain?.Matches(id.TrustDomain) ?? !_federated.Contains(id.TrustDomain);
            if (domain && match.Namespace.Matches(ns) && match.ServiceAccount.Matches(account))
                sets.Add(set);
        }
    }

    private void FindByToken(Caller caller, List<int> sets)
    {
        string? issuer = caller.Claims.TryGetValue("iss", out string? claimed) ? claimed : caller.Proof == IdentityProof.JsonWebToken ? caller.Via : null;
        if (issuer is null)
            return;
        if (_issuers.TryGetValue(issuer, out List<(TokenMatch, int)>? ofIssuer))
            AddMatching(ofIssuer, caller, sets);
        if (_claims.Count == 0)
            return;
        foreach ((string claim, string value) in caller.Claims)
        {
            if (_claims.TryGetValue((issuer, claim, value), out List<(TokenMatch, int)>? ofClaim))
                AddMatching(ofClaim, caller, sets);
        }
    }

    private static void AddMatching(List<(TokenMatch Match, int Set)> candidates, Caller caller, List<int> sets)
    {
        foreach ((TokenMatch match, int set) in candidates)
        {
            if (match.Claims.All(c => caller.Claims.TryGetValue(c.Claim, out string? value) && c.Value.Matches(value)))
                sets.Add(set);
        }
    }

    private static List<TItem> ListOf<TKey, TItem>(Dictionary<TKey, List<TItem>> lists, TKey key) where TKey : notnull
    {
        if (!lists.TryGetValue(key, out List<TItem>? list))
            lists[key] = list = [];
        return list;
    }
}
