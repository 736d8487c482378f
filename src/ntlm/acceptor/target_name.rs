//! The service that the client means (MsvAvTargetName, row D22).

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::claim::Claim;
use crate::ntlm::error::{Error, TargetFailure};

/// The services that this acceptor is. None: whatever the client says is not looked at.
#[derive(Default)]
pub(super) struct TargetNames {
    names: Vec<Box<str>>,
    required: bool,
}

impl TargetNames {
    pub(super) fn take<'n>(&mut self, names: impl IntoIterator<Item = &'n str>) {
        self.names.extend(names.into_iter().map(Into::into));
    }

    pub(super) const fn require(&mut self) {
        self.required = true;
    }
}

/// Refuses a login that was meant for another service.
pub(super) fn check(claim: &Claim<'_>) -> Result<(), Error> {
    let own = &claim.challenged.settings.target_names;
    if own.names.is_empty() && !own.required {
        return Ok(());
    }
    let failure = match claim.target_name() {
        None if own.required => TargetFailure::Missing,
        None => return Ok(()),
        Some(name) if !own.names.is_empty() && !own.names.iter().any(|own| same(own, &name)) => {
            TargetFailure::Other(name)
        }
        Some(_) if own.required && claim.mistrusts_target_name() => TargetFailure::Untrusted,
        Some(_) => return Ok(()),
    };
    Err(Error::WrongTarget(failure))
}

/// Whether a name of ours is meant: without regard to ASCII case and a dot at the end of the host; a name of ours that has
/// no port stands for each. Chromium's have one where it is not the customary one.
fn same(own: &str, meant: &str) -> bool {
    let (Some((service, place)), Some((meant_service, meant_place))) = (own.split_once('/'), meant.split_once('/'))
    else {
        return false;
    };
    let ((host, port), (meant_host, meant_port)) = (split_port(place), split_port(meant_place));
    service.eq_ignore_ascii_case(meant_service)
        && host.eq_ignore_ascii_case(meant_host)
        && (port.is_none() || port == meant_port)
}

/// Host and port. The colons of an address without a port are its own.
fn split_port(place: &str) -> (&str, Option<&str>) {
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (place, None),
    };
    (host.strip_suffix('.').unwrap_or(host), port)
}

#[cfg(test)]
mod tests {
    use super::same;

    #[test]
    fn d22_case_and_a_dot_are_no_difference() {
        for meant in
            ["HTTP/web.example.com", "http/WEB.Example.COM.", "HTTP/web.example.com:8080", "HTTP/web.example.com.:80"]
        {
            assert!(same("HTTP/web.example.com", meant), "{meant}");
        }
        for meant in
            ["HTTP/web.example.co", "HTTP/web.example.com/x", "cifs/web.example.com", "web.example.com", "", "HTTP/"]
        {
            assert!(!same("HTTP/web.example.com", meant), "{meant}");
        }
        assert!(
            same("HTTP/web:80", "HTTP/WEB:80")
                && !same("HTTP/web:80", "HTTP/web")
                && !same("HTTP/web:80", "HTTP/web:81")
        );
        assert!(same("HTTP/[::1]", "HTTP/[::1]:80") && !same("HTTP/[::1]", "HTTP/[::2]"));
    }
}
