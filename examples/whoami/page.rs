//! What the browser shows.

use negotiate::authorization::{Claim, ClaimValues, GroupAttributes};
use negotiate::{Authorization, Context, Mechanism, kerberos, ntlm};

/// The page for someone who is logged in. `has_keytab`: this server takes Kerberos tickets.
pub(crate) fn known(context: &Context, has_keytab: bool) -> String {
    let mut rows = vec![
        ("You are", context.peer().to_string()),
        ("by", format!("{} ({})", context.mechanism(), context.wrapping())),
        ("services", context.flags().names().collect::<Vec<_>>().join(", ")),
        ("channel bindings", context.channel_bindings().to_string()),
    ];
    if let Some(acceptor) = context.acceptor() {
        rows.push(("this server is", acceptor.to_string()));
    }
    if let Some(expires) = context.expires_at() {
        rows.push(("until", expires.to_string()));
    }
    if let Some(details) = context.details::<kerberos::Details>() {
        rows.push(("ticket", format!("{}, key version {}", details.ticket_etype, details.kvno)));
    }
    if let Some(details) = context.details::<ntlm::Details>() {
        let name = format!("{:?} of {:?}, at {:?}", details.user_name, details.domain_name, details.workstation);
        rows.push(("your client says", name));
        rows.push(("it meant to reach", details.target_name.clone().unwrap_or_else(|| "it does not say".to_owned())));
        let mic = if details.mic { "with" } else { "without" };
        rows.push(("proof", format!("{:?}, {mic} a message integrity code", details.proof)));
    }
    if context.mechanism() == Mechanism::Ntlm {
        rows.push(("why not Kerberos", why_not_kerberos(has_keytab).to_owned()));
        rows.push(("groups", "NTLM says nothing of them: a ticket does".to_owned()));
    }
    if let Some(authorization) = context.authorization() {
        of_active_directory(authorization, &mut rows);
    }
    let rows: String = rows.iter().map(|(name, value)| format!("<tr><th>{name}<td>{}", escaped(value))).collect();
    let groups = context.authorization().map(groups).unwrap_or_default();
    page("Logged in", &format!("<table>{rows}</table>{groups}"))
}

/// Who it is to a Windows domain. Rights go by the SIDs; the names are for people.
fn of_active_directory(authorization: &Authorization, rows: &mut Vec<(&str, String)>) {
    let said = |text: Option<&str>| text.unwrap_or("it does not say").to_owned();
    if let Some(sid) = authorization.user_sid() {
        rows.push(("your SID", sid.to_string()));
        rows.push(("account", format!("{}\\{}", said(authorization.logon_domain()), said(authorization.logon_name()))));
        rows.push(("your name", said(authorization.full_name())));
        rows.push(("principal name", said(authorization.upn())));
    }
    for claim in authorization.user_claims() {
        rows.push(("claim", values(claim)));
    }
    for claim in authorization.device_claims() {
        rows.push(("claim of your device", values(claim)));
    }
    if let Some(delegation) = authorization.delegation() {
        rows.push(("on your behalf", delegation.transited_services.join(", then ")));
    }
}

fn values(claim: &Claim) -> String {
    let values = match &claim.values {
        ClaimValues::Int64(values) => values.iter().map(ToString::to_string).collect(),
        ClaimValues::Uint64(values) => values.iter().map(ToString::to_string).collect(),
        ClaimValues::String(values) => values.clone(),
        ClaimValues::Bool(values) => values.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    };
    format!("{} = {}", claim.id, values.join(", "))
}

/// Every group, those within groups as well: the domain controller has looked them up.
fn groups(authorization: &Authorization) -> String {
    let user = authorization.user_sid();
    let others = authorization.groups().filter(|group| Some(group.sid) != user);
    let sids: Vec<_> =
        others.map(|group| format!("<li><code>{}</code>{}", group.sid, remark(group.attributes))).collect();
    if sids.is_empty() {
        return "<p>The ticket does not say which groups you are in.</p>".to_owned();
    }
    format!(
        "<details open><summary>The ticket says {} SIDs of you</summary><ul>{}</ul></details>",
        sids.len(),
        sids.concat()
    )
}

/// What keeps a membership from granting anything.
const fn remark(attributes: GroupAttributes) -> &'static str {
    if attributes.contains(GroupAttributes::USE_FOR_DENY_ONLY) {
        " (for denying only)"
    } else if attributes.contains(GroupAttributes::ENABLED) {
        ""
    } else {
        " (disabled)"
    }
}

/// The page for someone who is not.
pub(crate) fn unknown() -> String {
    page("Who are you?", "<p>This page wants a login. The server's log says why, if you brought one.</p>")
}

/// In words, as far as a server can tell.
const fn why_not_kerberos(has_keytab: bool) -> &'static str {
    if has_keytab {
        "Your client had no ticket for this host's name. Most often: the address bar has an IP address, or a name that the \
         domain has no service principal (HTTP/name) for; you are not logged in to the domain; or the browser was not told \
         to trust this site with tickets."
    } else {
        "This server has no keytab, so it cannot take tickets: start it with --keytab."
    }
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>\
         <title>{title}</title><style>:root{{color-scheme:light dark}}body{{font:1rem/1.5 system-ui;margin:3rem auto;\
         max-width:40rem;padding:0 1rem}}th{{text-align:left;padding-right:1rem;vertical-align:top}}</style>\
         <h1>{title}</h1>{body}\n"
    )
}

/// Names come from the network: they are text, never markup.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}
