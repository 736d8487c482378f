//! Whose account is meant: Windows' rules for names, each of them opened by name.

use negotiate::ntlm::accounts::AccountsFileError;
use negotiate::ntlm::{MemoryAccounts, NtHash, TargetInfo};
use negotiate::peer::Account;

use crate::login::{Login, attempt, ntlm};

/// Who gets in as whom, by these names on the wire.
fn who(accounts: MemoryAccounts, domain: &str, user: &str) -> Option<String> {
    let change = |login: &mut Login| (login.domain, login.user) = (domain.into(), user.into());
    attempt(ntlm().accounts(accounts), change).ok().map(|context| context.peer().to_string())
}

fn parse(text: &str) -> MemoryAccounts {
    MemoryAccounts::parse(text).unwrap()
}

const ADEX: &str = "ADEX:Alice:Alice-Pw-1\n";
const OWN: &str = ":Alice:Alice-Pw-1\n";

fn target() -> TargetInfo {
    TargetInfo::new("web.ad.example.com").unwrap().with_netbios_domain("ADEX").unwrap()
}

#[test]
fn d24_d25_domain_and_name_whatever_their_case() {
    for (domain, user) in [("ADEX", "Alice"), ("adex", "ALICE"), ("Adex", "alice")] {
        assert_eq!(who(parse(ADEX), domain, user).as_deref(), Some(r"ADEX\Alice"), "{domain} {user}");
    }
    for (domain, user) in
        [("", "alice"), ("OTHER", "alice"), ("ADEX", "alice2"), ("ADEX", "ADEX\\alice"), ("ADEXalice", "x")]
    {
        assert_eq!(who(parse(ADEX), domain, user), None, "{domain} {user}");
    }
    let mut foreign = MemoryAccounts::new();
    foreign.insert(Account::new("ADEX", "straße"), NtHash::from_password("Alice-Pw-1").unwrap());
    assert!(!foreign.insert(Account::new("ADEX", "STRASSE"), NtHash::new([1; 16])), "two accounts");
    assert!(foreign.insert(Account::new("adex", "STRAßE"), NtHash::from_password("Alice-Pw-1").unwrap()));
    assert_eq!((foreign.len(), foreign.is_empty()), (2, false));
    assert_eq!(who(foreign, "ADEX", "straße").as_deref(), Some(r"adex\STRAßE"));
}

#[test]
fn d25_further_ways_are_opened_by_name() {
    // An account without a domain is meant by a name without one, and nothing else.
    assert_eq!(who(parse(OWN), "", "alice").as_deref(), Some("Alice"));
    for domain in ["WEB", "ADEX", "web.ad.example.com", "ad.example.com", "OTHER"] {
        assert_eq!(who(parse(OWN), domain, "alice"), None, "{domain}");
        let named = who(parse(OWN).own_names(&target()), domain, "alice");
        assert_eq!(named.as_deref(), (domain != "OTHER").then_some("Alice"), "{domain}");
    }
    assert_eq!(who(parse(OWN).unknown_domains_are_own(), "OTHER", "alice").as_deref(), Some("Alice"));
    // A domain that has accounts here is known: its users are not the server's.
    assert_eq!(who(parse(":Alice:Alice-Pw-1\nOTHER:bob:x\n").unknown_domains_are_own(), "other", "alice"), None);

    assert_eq!(who(parse(ADEX).own_names(&target()), "", "alice"), None);
    let retried = parse(ADEX).own_names(&target()).empty_domain_is_own();
    assert_eq!(who(retried, "", "alice").as_deref(), Some(r"ADEX\Alice"));

    let upn = || parse(ADEX).upn_suffix("ad.example.com", "ADEX");
    assert_eq!(who(upn(), "", "alice@AD.example.com").as_deref(), Some(r"ADEX\Alice"));
    for (domain, user) in
        [("", "alice@example.com"), ("OTHER", "alice@ad.example.com"), ("", "alice"), ("", "@ad.example.com")]
    {
        assert_eq!(who(upn(), domain, user), None, "{domain} {user}");
    }
    assert_eq!(who(parse(ADEX), "", "alice@ad.example.com"), None);
}

#[test]
fn a_store_of_many_finds_each() {
    let mut accounts = MemoryAccounts::new();
    for number in 0..5_000 {
        accounts.insert(Account::new("ADEX", &format!("user{number}")), NtHash::new([1; 16]));
    }
    accounts.insert(Account::new("ADEX", "alice"), NtHash::from_password("Alice-Pw-1").unwrap());
    assert_eq!(accounts.len(), 5_001);
    assert_eq!(who(accounts, "ADEX", "alice").as_deref(), Some(r"ADEX\alice"));
}

#[test]
fn an_accounts_file_line_by_line() {
    let accounts = parse(
        "\u{feff}# comment\r\n\r\n  \nADEX:alice:Alice-Pw-1\r\nADEX:colon:a:b:c\n:bob:$NT$A4F49C406510bdcab6824ee7c30fd852\n",
    );
    assert_eq!(accounts.len(), 3);
    assert_eq!(who(accounts, "ADEX", "alice").as_deref(), Some(r"ADEX\alice"));
    let password = |text: &str, of: &str| {
        let change = |login: &mut Login| (login.user, login.password) = ("colon".into(), of.into());
        attempt(ntlm().accounts(parse(text)), change).is_ok()
    };
    assert!(password("ADEX:colon:a:b:c", "a:b:c") && password("ADEX:colon: a ", " a "));
    let line = 2;
    for (text, error) in [
        ("nonsense secret", AccountsFileError::NotThreeParts { line }),
        ("a:secret", AccountsFileError::NotThreeParts { line }),
        ("ADEX::secret", AccountsFileError::NoUser { line }),
        ("a:b\0:secret", AccountsFileError::NoUser { line }),
        ("a:b:$NT$secret", AccountsFileError::BadHash { line }),
        ("a:b:$NT$a4f49c406510bdcab6824ee7c30fd85", AccountsFileError::BadHash { line }),
        ("a:b:$NT$+4f49c406510bdcab6824ee7c30fd852", AccountsFileError::BadHash { line }),
        ("adex:ALICE:secret", AccountsFileError::Twice { line }),
    ] {
        let found = MemoryAccounts::parse(&format!("ADEX:alice:x\n{text}\n")).unwrap_err();
        assert_eq!(found, error);
        assert!(found.to_string().contains("line 2") && !found.to_string().contains("secret"));
    }
    let long = format!("a:b:{}", "x".repeat(2_000));
    assert_eq!(MemoryAccounts::parse(&long).unwrap_err(), AccountsFileError::LongPassword { line: 1 });
    let missing = MemoryAccounts::read("/there/is/no/such/file").unwrap_err();
    assert!(missing.to_string().contains("/there/is/no/such/file"));
    assert_eq!(format!("{:?}", parse(ADEX)), "MemoryAccounts { len: 1, .. }");
}
