//! What the PAC says, in the words of the command's contract.

use std::fmt;

use negotiate::authorization::{Claim, ClaimSource, ClaimValues, GroupAttributes};
use negotiate::{Context, Sid, Timestamp, kerberos};
use serde_json::{Value, json};

/// The login's PAC, which is verified when there is one; else null.
pub(crate) fn facts(context: &Context) -> Value {
    let signatures = context.details::<kerberos::Details>().and_then(|details| details.kdc_signatures);
    let Some(said) = context.authorization() else { return Value::Null };
    let account = said.account();
    let seconds = |time: Option<Timestamp>| json!(time.map(Timestamp::as_seconds));
    let sid = |sid: Option<Sid>| json!(sid.map(|sid| sid.to_string()));
    json!({
        "user_sid": sid(said.user_sid()),
        "primary_group_sid": sid(said.primary_group_sid()),
        "group_sids": said.group_sids().map(|sid| sid.to_string()).collect::<Vec<_>>(),
        "group_attributes": said.groups().map(|group| group.attributes.0).collect::<Vec<_>>(),
        "logon_name": said.logon_name(),
        "full_name": said.full_name(),
        "domain": said.logon_domain(),
        "upn": said.upn(),
        "dns_domain": said.dns_domain(),
        "logon_server": said.logon_server(),
        "account_control": account.control,
        "user_flags": account.user_flags,
        "logon_time": seconds(account.logon_time),
        "logoff_time": seconds(account.logoff_time),
        "kick_off_time": seconds(account.kick_off_time),
        "password_last_set": seconds(account.password_last_set),
        "password_can_change": seconds(account.password_can_change),
        "password_must_change": seconds(account.password_must_change),
        "logon_count": account.logon_count,
        "bad_password_count": account.bad_password_count,
        "user_claims": said.user_claims().iter().map(claim).collect::<Vec<_>>(),
        "device_group_sids": said.device_groups().map(|group| group.sid.to_string()).collect::<Vec<_>>(),
        "device_claims": said.device_claims().iter().map(claim).collect::<Vec<_>>(),
        "delegation": said.delegation().map(|delegation| json!({
            "target": delegation.target,
            "transited_services": delegation.transited_services,
        })),
        "kdc_signature": signatures.map(|signatures| signatures.kdc.to_string()),
        "ticket_signature": signatures.map(|signatures| signatures.ticket.to_string()),
        "extended_kdc_signature": signatures.map(|signatures| signatures.extended.to_string()),
    })
}

fn claim(claim: &Claim) -> Value {
    let (kind, values) = match &claim.values {
        ClaimValues::Int64(values) => ("int64", json!(values)),
        ClaimValues::Uint64(values) => ("uint64", json!(values)),
        ClaimValues::String(values) => ("string", json!(values)),
        ClaimValues::Bool(values) => ("boolean", json!(values)),
        _ => ("unknown", Value::Null),
    };
    let source = match claim.source {
        ClaimSource::ActiveDirectory => "active-directory".to_owned(),
        ClaimSource::Certificate => "certificate".to_owned(),
        ClaimSource::Other(number) => number.to_string(),
        _ => "unknown".to_owned(),
    };
    json!({"id": claim.id, "source": source, "type": kind, "values": values})
}

/// Groups that the text for people lists.
const LISTED: usize = 20;

/// The same for people. Names come from the domain controller, and are spelt out as far as a terminal would obey them.
pub(crate) fn write(pac: &Value, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let text = |name: &str| pac.get(name).and_then(Value::as_str);
    let shown = |name: &str| text(name).unwrap_or("-").escape_debug().to_string();
    let Some(user) = text("user_sid") else {
        return if pac.is_object() { writeln!(f, "  PAC: no logon information, so no SIDs") } else { Ok(()) };
    };
    writeln!(f, "  user: {user} {}\\{}, {}", shown("domain"), shown("logon_name"), shown("full_name"))?;
    writeln!(f, "  UPN: {}, DNS domain {}", shown("upn"), shown("dns_domain"))?;
    let sids = pac.get("group_sids").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let (_, groups) = sids.split_at_checked(1).unwrap_or_default();
    writeln!(f, "  groups: {}, the primary one first", groups.len())?;
    let attributes = pac.get("group_attributes").and_then(Value::as_array).into_iter().flatten().skip(1);
    for (group, attributes) in groups.iter().zip(attributes).take(LISTED) {
        let bits = attributes.as_u64().and_then(|bits| u32::try_from(bits).ok()).unwrap_or_default();
        writeln!(f, "    {}{}", group.as_str().unwrap_or_default(), remark(GroupAttributes(bits)))?;
    }
    if let Some(more) = groups.len().checked_sub(LISTED).filter(|more| *more > 0) {
        writeln!(f, "    … and {more} more (--json has them all)")?;
    }
    for (name, what) in [("user_claims", "claim"), ("device_claims", "device claim")] {
        for claim in pac.get(name).and_then(Value::as_array).into_iter().flatten() {
            let id = claim.get("id").and_then(Value::as_str).unwrap_or_default().escape_debug();
            let values = claim.get("values").map(ToString::to_string).unwrap_or_default();
            writeln!(f, "  {what}: {id} = {}", values.escape_debug())?;
        }
    }
    if let Some(delegation) = pac.get("delegation").filter(|delegation| delegation.is_object()) {
        writeln!(f, "  by delegation: {}", delegation.to_string().escape_debug())?;
    }
    let signature = |name| text(name).unwrap_or("absent");
    writeln!(
        f,
        "  PAC signatures: server verified; KDC {}, ticket {}, extended {}",
        signature("kdc_signature"),
        signature("ticket_signature"),
        signature("extended_kdc_signature")
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

#[cfg(test)]
mod tests {
    use super::*;

    struct Text(Value);

    impl fmt::Display for Text {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write(&self.0, f)
        }
    }

    #[test]
    fn groups_that_grant_nothing_are_marked() {
        let pac = json!({
            "user_sid": "S-1-5-21-1-2-3-1103",
            "group_sids": ["S-1-5-21-1-2-3-1103", "S-1-5-21-1-2-3-513", "S-1-5-21-1-2-3-512", "S-1-5-21-1-2-3-1119"],
            "group_attributes": [7, 7, 16, 0],
        });
        let text = Text(pac).to_string();
        for line in ["-513\n", "-512 (for denying only)\n", "-1119 (disabled)\n"] {
            assert!(text.contains(line), "{text}");
        }
    }
}
