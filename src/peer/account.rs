//! Windows accounts.

use alloc::sync::Arc;
use core::fmt;

use super::escape::write_escaped;

/// An account as the store that holds it names it: a domain and a name. Copies are cheap.
///
/// Equality is by octets: a store that folds case answers with the one spelling it keeps, and so two logins of one account
/// are equal however its name was typed. The text form is `DOMAIN\name`, with a `\` before each `\` and `@` that
/// belongs to a part, so that no account reads as a Kerberos principal does, and characters that a terminal would not show as
/// `\u{N}`.
///
/// ```
/// use negotiate::peer::Account;
/// assert_eq!(Account::new("ADEX", "alice").to_string(), r"ADEX\alice");
/// ```
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct Account {
    domain: Arc<str>,
    name: Arc<str>,
}

impl Account {
    /// The account `name` of `domain`.
    #[must_use]
    pub fn new(domain: &str, name: &str) -> Self {
        Self { domain: domain.into(), name: name.into() }
    }

    /// The domain; empty if the store knows no domains.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The name without the domain.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// What separates the parts of the text form; and `@`, so that no account reads as a Kerberos principal does.
const STRUCTURE: &[char] = &['\\', '@'];

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.domain.is_empty() {
            write_escaped(f, self.domain.as_bytes(), STRUCTURE)?;
            f.write_str("\\")?;
        }
        write_escaped(f, self.name.as_bytes(), STRUCTURE)
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Account({self})")
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn d25_structure_counts_not_spelling() {
        assert_ne!(Account::new("A", "b\\c").to_string(), Account::new("A\\b", "c").to_string());
        assert_ne!(Account::new("A", "b\\c"), Account::new("A\\b", "c"));
        assert_eq!(Account::new("", "alice@EXAMPLE.COM").to_string(), r"alice\@EXAMPLE.COM", "no Kerberos principal");
        assert_eq!(Account::new("", "al\u{202e}ice\n").to_string(), "al\\u{202e}ice\\u{a}");
    }
}
