//! Who it is: the login's facts, in cards.

use std::fmt::Write;

use negotiate::authorization::{Claim, ClaimSource, ClaimValues, GroupAttributes};
use negotiate::{Authorization, BindingsStatus, Context, Mechanism, Sid, kerberos, ntlm};

use super::html::{card, count, escaped, terms};

/// All that the login says.
pub(super) fn cards(context: &Context) -> String {
    let login = card("Your login", "", &terms(&facts(context)));
    let flags = card("Flags", "", &flags(context));
    let bindings = card("Channel binding", "", &bindings(context.channel_bindings()));
    let rights = match context.authorization() {
        Some(authorization) => card("Groups", "", &groups(authorization)) + &card("Claims", "", &claims(authorization)),
        None if context.mechanism() == Mechanism::Ntlm => {
            card("Groups and claims", "", "<p>NTLM says nothing of them: a ticket does.</p>")
        }
        None => {
            card("Groups and claims", "", "<p>The ticket says nothing of them: its KDC is no domain controller.</p>")
        }
    };
    format!("<div class=column>{login}{flags}</div><div class=column>{bindings}{rights}</div>")
}

fn facts(context: &Context) -> Vec<(&'static str, String)> {
    let mut rows = vec![("Name", context.peer().to_string())];
    if let Some(authorization) = context.authorization() {
        of_active_directory(authorization, &mut rows);
    }
    if let Some(acceptor) = context.acceptor() {
        rows.push(("This server is", acceptor.to_string()));
    }
    if let Some(expires) = context.expires_at() {
        rows.push(("Until", expires.to_string()));
    }
    if let Some(details) = context.details::<kerberos::Details>() {
        rows.push(("Ticket", format!("{}, key version {}", details.ticket_etype, details.kvno)));
        rows.push(("Session", details.context_etype.to_string()));
    }
    if let Some(details) = context.details::<ntlm::Details>() {
        let name = format!("{:?} of {:?}, at {:?}", details.user_name, details.domain_name, details.workstation);
        rows.push(("Your client says", name));
        rows.push(("It meant to reach", details.target_name.clone().unwrap_or_else(|| "it does not say".to_owned())));
        let mic = if details.mic { "with" } else { "without" };
        rows.push(("Proof", format!("{}, {mic} a message integrity code", proof(details.proof))));
    }
    rows
}

/// What proved the password, as people write it.
const fn proof(proof: ntlm::Proof) -> &'static str {
    match proof {
        ntlm::Proof::NtlmV2 => "NTLMv2",
        ntlm::Proof::NtlmV1Extended => "NTLMv1 with extended session security",
        ntlm::Proof::NtlmV1 => "NTLMv1",
        ntlm::Proof::Anonymous => "none: anonymous",
        ntlm::Proof::PassThrough => "somebody else checked it",
        _ => "another response",
    }
}

/// Who it is to a Windows domain. Rights go by the SIDs; the names are for people.
fn of_active_directory(authorization: &Authorization, rows: &mut Vec<(&'static str, String)>) {
    let said = |text: Option<&str>| text.unwrap_or("it does not say").to_owned();
    if let Some(sid) = authorization.user_sid() {
        rows.push(("Full name", said(authorization.full_name())));
        rows.push(("Account", format!("{}\\{}", said(authorization.logon_domain()), said(authorization.logon_name()))));
        rows.push(("Principal name", said(authorization.upn())));
        rows.push(("SID", sid.to_string()));
    }
    if let Some(delegation) = authorization.delegation() {
        rows.push(("On your behalf", delegation.transited_services.join(", then ")));
    }
}

/// What the comparison means.
fn bindings(status: BindingsStatus) -> String {
    let (class, word, meaning) = match status {
        BindingsStatus::Matched => (
            "good",
            "Matched",
            "Your client bound the login to this very TLS channel: nobody in between passed it on from another one.",
        ),
        BindingsStatus::Absent => (
            "warm",
            "Absent",
            "This server knows its TLS channel, and your client bound the login to none: it could have been relayed. With \
             --channel-bindings required it would be refused.",
        ),
        BindingsStatus::NotChecked => (
            "plain",
            "Not checked",
            "There is no TLS here to bind a login to, or bindings are switched off. Try --tls.",
        ),
    };
    format!("<p><span class='badge {class}'>{word}</span></p><p>{meaning}</p>")
}

/// What client and server agreed on (RFC 2743 section 1.2).
fn flags(context: &Context) -> String {
    let mut rows = Vec::new();
    for name in context.flags().names() {
        let meaning = match name {
            "delegate" => "the server may act as you",
            "mutual" => "the server proved itself as well",
            "replay" => "messages sent twice are noticed",
            "sequence" => "messages out of order are noticed",
            "confidentiality" => "messages can be sealed",
            "integrity" => "messages can be signed",
            "dce-style" => "three legs, as DCE RPC has them",
            "identify" => "the server may know who you are, and not act as you",
            _ => "",
        };
        rows.push((name, meaning.to_owned()));
    }
    if rows.is_empty() { "<p>None.</p>".to_owned() } else { terms(&rows) }
}

/// Every group, those within groups as well: the domain controller has looked them up.
fn groups(authorization: &Authorization) -> String {
    let user = authorization.user_sid();
    let others: Vec<_> = authorization.groups().filter(|group| Some(group.sid) != user).collect();
    if others.is_empty() {
        return "<p>The ticket does not say which groups you are in.</p>".to_owned();
    }
    let mut list = String::new();
    for group in &others {
        let name = well_known(&group.sid, user).map(|name| format!(" <b>{name}</b>")).unwrap_or_default();
        let _ = write!(list, "<li><code>{}</code>{name}{}</li>", group.sid, remark(group.attributes));
    }
    let (sids, open) = (count(others.len(), "SID"), if others.len() > 20 { "" } else { " open" });
    format!("<details{open}><summary>{sids} beside your own</summary><ul class=sids>{list}</ul></details>")
}

/// What a SID is everywhere, or in the user's domain. `negotiate` knows them by constants; the words are this page's.
fn well_known(sid: &Sid, user: Option<Sid>) -> Option<&'static str> {
    let whole = [
        (Sid::THIS_ORGANIZATION, "This organization"),
        (Sid::OTHER_ORGANIZATION, "Another organization"),
        (Sid::COMPOUNDED_AUTHENTICATION, "Device known as well"),
        (Sid::CLAIMS_VALID, "Claims valid"),
        (Sid::BUILTIN_ADMINISTRATORS, "Administrators"),
        (Sid::BUILTIN_USERS, "Users"),
        (Sid::BUILTIN_GUESTS, "Guests"),
        (Sid::AUTHENTICATION_AUTHORITY_ASSERTED_IDENTITY, "Identity proved to the KDC"),
        (Sid::SERVICE_ASSERTED_IDENTITY, "Identity said by a service"),
    ];
    let of_domain = [
        (Sid::DOMAIN_ADMINS, "Domain Admins"),
        (Sid::DOMAIN_USERS, "Domain Users"),
        (Sid::DOMAIN_GUESTS, "Domain Guests"),
        (Sid::DOMAIN_COMPUTERS, "Domain Computers"),
        (Sid::DOMAIN_CONTROLLERS, "Domain Controllers"),
        (Sid::SCHEMA_ADMINS, "Schema Admins"),
        (Sid::ENTERPRISE_ADMINS, "Enterprise Admins"),
        (Sid::PROTECTED_USERS, "Protected Users"),
    ];
    let domain = user.and_then(|user| user.domain());
    let in_domain = domain.is_some_and(|domain| sid.domain() == Some(domain));
    let by_number = of_domain.into_iter().filter(|_| in_domain).find(|(rid, _)| sid.rid() == Some(*rid));
    whole.into_iter().find(|(known, _)| known == sid).map(|(_, name)| name).or(by_number.map(|(_, name)| name))
}

/// What keeps a membership from granting anything.
const fn remark(attributes: GroupAttributes) -> &'static str {
    if attributes.contains(GroupAttributes::USE_FOR_DENY_ONLY) {
        " (for denying only)"
    } else if !attributes.contains(GroupAttributes::ENABLED) {
        " (disabled)"
    } else if attributes.contains(GroupAttributes::RESOURCE) {
        " (of this server's domain)"
    } else {
        ""
    }
}

fn claims(authorization: &Authorization) -> String {
    let mut list = String::new();
    let claims = authorization.user_claims().iter().map(|claim| ("", claim));
    for (whose, claim) in claims.chain(authorization.device_claims().iter().map(|claim| ("your device's ", claim))) {
        let source = match claim.source {
            ClaimSource::ActiveDirectory => "from the directory",
            ClaimSource::Certificate => "from a certificate",
            _ => "from elsewhere",
        };
        let _ = write!(
            list,
            "<dt>{whose}<code>{}</code></dt><dd><b>{}</b> <span class=note>{source}</span></dd>",
            escaped(&claim.id),
            escaped(&values(claim))
        );
    }
    if list.is_empty() { "<p>The ticket holds none.</p>".to_owned() } else { format!("<dl>{list}</dl>") }
}

fn values(claim: &Claim) -> String {
    let values: Vec<String> = match &claim.values {
        ClaimValues::Int64(values) => values.iter().map(ToString::to_string).collect(),
        ClaimValues::Uint64(values) => values.iter().map(ToString::to_string).collect(),
        ClaimValues::String(values) => values.clone(),
        ClaimValues::Bool(values) => values.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    };
    values.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_its_name_in_the_users_domain_only() {
        let sid = |text: &str| text.parse::<Sid>().unwrap();
        let user = Some(sid("S-1-5-21-1-2-3-1103"));
        assert_eq!(well_known(&sid("S-1-5-21-1-2-3-513"), user), Some("Domain Users"));
        assert_eq!(well_known(&sid("S-1-5-21-9-2-3-513"), user), None);
        assert_eq!(well_known(&sid("S-1-18-1"), user), Some("Identity proved to the KDC"));
    }
}
