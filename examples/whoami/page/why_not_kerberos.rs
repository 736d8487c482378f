//! Why a login came by NTLM, as far as a server can tell.

use std::net::IpAddr;

use negotiate::inspect::{Options, explain};

use super::Visit;
use super::html::escaped;
use crate::exchange::Field;

/// What is known of the login, and of this server.
struct Circumstances<'a> {
    is_demo: bool,
    /// What tickets are taken for, `HTTP/web.example.com@EXAMPLE.COM`; nothing if they are not.
    services: &'a [String],
    /// The host that was asked for, and maybe its port.
    host: Option<&'a str>,
    /// The credential that the login began with.
    first: Option<&'a Field>,
}

/// The page's paragraphs.
pub(super) fn paragraphs(visit: &Visit<'_>) -> String {
    let site = &visit.seen.site;
    let first = visit.history.exchanges().find_map(|exchange| exchange.credential());
    let circumstances =
        Circumstances { is_demo: site.demo.is_some(), services: &site.services, host: visit.host(), first };
    circumstances.reasons().iter().map(|reason| format!("<p>{}</p>", escaped(reason))).collect()
}

impl Circumstances<'_> {
    fn reasons(&self) -> Vec<String> {
        let mut reasons: Vec<_> = self.first.map(way).into_iter().collect();
        if self.services.is_empty() {
            reasons.push("This server has no keytab, so it cannot take tickets: start it with --keytab.".to_owned());
            return reasons;
        }
        let name = self.host.map(host_name);
        if self.is_demo && name.is_none_or(|name| self.has_tickets_for(name)) {
            let nobody = "The realm of this server is built in, and has no KDC that a client could ask for a ticket. With \
                          --keytab it takes those of yours.";
            reasons.push(nobody.to_owned());
        } else {
            reasons.extend(name.map(|name| self.name(name)));
        }
        reasons
    }

    fn has_tickets_for(&self, host: &str) -> bool {
        self.services.iter().any(|service| is_for(service, host))
    }

    /// Tickets are for names.
    fn name(&self, host: &str) -> String {
        let services = self.services.join(", ");
        if host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() {
            return format!(
                "Your client asked for {host}, an IP address, and for those there are no tickets. This server's are for {services}: \
                 open it by that name."
            );
        }
        if !self.has_tickets_for(host) {
            return format!(
                "Your client asked for {host}, so it looked for a ticket for HTTP/{host}. This server's are for {services}: open \
                 it by that name, or give its account the service principal HTTP/{host} and export the keytab anew."
            );
        }
        format!(
            "The name was right: tickets for HTTP/{host} would be taken. So your client had none. Either it is not logged in to \
             the domain (klist shows its tickets), or it reaches no domain controller, or no account or two have this service \
             principal (setspn -Q HTTP/{host}), or the browser was not told to trust this site with tickets (the zone Local \
             intranet, AuthServerAllowlist, network.negotiate-auth.trusted-uris)."
        )
    }
}

/// How the client went about it.
fn way(first: &Field) -> String {
    if first.value.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("ntlm ")) {
        return "Your client chose the scheme NTLM, which has nothing but NTLM, over Negotiate: it was told to, or it does not \
                do Negotiate."
            .to_owned();
    }
    let explanation = explain(first.value.as_bytes(), &Options::new());
    let list = explanation.root().find("mechTypes").map(|list| &list.children[..]).unwrap_or_default();
    let offered: Vec<_> = list.iter().filter_map(|mechanism| mechanism.value.as_deref()).collect();
    let names = offered.iter().map(|value| name_of(value)).collect::<Vec<_>>().join(", ");
    match offered.iter().position(|value| value.contains("Kerberos")) {
        _ if offered.is_empty() => {
            "Your client answered Negotiate with bare NTLM, without offering anything else: it had no \
                                    ticket for this host's name."
                .to_owned()
        }
        Some(0) => format!(
            "Your client offered {names}: Kerberos was its first choice, and it may have a ticket. This server could not take it."
        ),
        Some(_) => format!("Your client offered {names}, in this order: it would rather use NTLM."),
        None => format!("Your client offered {names}, and no Kerberos: it had no ticket for this host's name."),
    }
}

/// The name in `1.3.6.1.4.1.311.2.2.10 (NTLM)`.
fn name_of(value: &str) -> &str {
    value.split_once('(').map_or(value, |(_, name)| name.trim_end_matches(')'))
}

/// The host without its port.
fn host_name(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') && !name.ends_with(':') => name,
        _ => host,
    }
}

fn is_for(service: &str, host: &str) -> bool {
    let name = service.split('@').next().unwrap_or_default();
    name.split_once('/')
        .is_some_and(|(class, name)| class.eq_ignore_ascii_case("HTTP") && name.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_circumstance_has_its_reason() {
        let services = ["HTTP/web.example.com@EXAMPLE.COM".to_owned()];
        let ntlm = "TlRMTVNTUAABAAAAl4II4gAAAAAAAAAAAAAAAAAAAAAKAGFKAAAADw==";
        let of_ntlm = "Negotiate YGcGBisGAQUFAqBdMFugGjAYBgorBgEEAYI3AgIKBgorBgEEAYI3AgIeoj0EO05UTE1TU1AAAQAAALeCCOI=";
        for (services, host, first, expected) in [
            (&[][..], "web.example.com", format!("NTLM {ntlm}"), ["chose the scheme NTLM", "no keytab"]),
            (&services[..], "10.0.0.1:8080", format!("Negotiate {ntlm}"), ["bare NTLM", "10.0.0.1, an IP address"]),
            (&services, "[::1]:8080", format!("Negotiate {ntlm}"), ["bare NTLM", "[::1], an IP address"]),
            (&services, "alias:80", of_ntlm.to_owned(), ["offered NTLM, NegoEx, and no Kerberos", "HTTP/alias. This"]),
            (&services, "WEB.example.com", of_ntlm.to_owned(), ["no Kerberos", "The name was right"]),
        ] {
            let first = Field { name: "authorization".to_owned(), value: first, is_login: true };
            let circumstances = Circumstances { is_demo: false, services, host: Some(host), first: Some(&first) };
            let reasons = circumstances.reasons();
            assert_eq!(reasons.len(), 2, "{reasons:?}");
            for (reason, expected) in reasons.iter().zip(expected) {
                assert!(reason.contains(expected), "{reason:?} does not say {expected:?}");
            }
        }
    }

    #[test]
    fn a_port_is_no_part_of_a_name() {
        let names = ["a", "a:80", "[::1]", "[::1]:80"].map(host_name);
        assert_eq!(names, ["a", "a", "[::1]", "[::1]"]);
    }
}
