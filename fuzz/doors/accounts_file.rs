//! The operator's file of accounts.

use negotiate::ntlm::accounts::AccountsFileError;
use negotiate::ntlm::{self, Credential, MemoryAccounts, NtHash, TargetInfo, UserName};
use negotiate::{Accept, Acceptor, Account, Initiate, Initiator, Peer};

use super::logins::{Fixed, NOW};

/// So many accounts of a file are logged in to.
const TRIED: usize = 4;

/// `MemoryAccounts::parse`: what it refuses it names by the line and says nothing of; each account that it reads is found, by the
/// password of its line and by no other, whatever the case of its name.
pub fn accounts_file(octets: &[u8]) {
    let Ok(text) = core::str::from_utf8(octets) else { return };
    match MemoryAccounts::parse(text) {
        Err(error) => refused(text, &error),
        Ok(accounts) => {
            let lines = read(text);
            assert_eq!(accounts.len(), lines.len(), "another number of accounts");
            let shown = format!("{accounts:?}");
            assert_eq!(shown, format!("MemoryAccounts {{ len: {}, .. }}", lines.len()), "it shows more");
            let server = Server::new(accounts);
            for (domain, user, hash) in lines.into_iter().take(TRIED) {
                server.has(domain, user, hash);
            }
        }
    }
}

/// The same line by line, in another way.
fn read(text: &str) -> Vec<(&str, &str, NtHash)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // A carriage return is part of an end of line, else of a password.
    let lines = text.split_inclusive('\n').map(|line| match line.strip_suffix('\n') {
        Some(line) => line.strip_suffix('\r').unwrap_or(line),
        None => line,
    });
    let lines = lines.filter(|line| !line.starts_with('#') && !line.chars().all(char::is_whitespace));
    lines
        .map(|line| {
            let (domain, rest) = line.split_once(':').unwrap();
            let (user, secret) = rest.split_once(':').unwrap();
            let hash = match secret.strip_prefix("$NT$") {
                Some(digits) => {
                    NtHash::new(std::array::from_fn(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap()))
                }
                None => NtHash::from_password(secret).unwrap(),
            };
            (domain, user, hash)
        })
        .collect()
}

fn refused(text: &str, error: &AccountsFileError) {
    use AccountsFileError::{BadHash, LongPassword, NoUser, NotThreeParts, Twice};
    // A number is all that a refusal has of the file.
    let mut lines = 1..=text.lines().count();
    let is_one =
        |line| [NotThreeParts { line }, NoUser { line }, BadHash { line }, LongPassword { line }, Twice { line }];
    let line = lines.find(|line| is_one(*line).contains(error));
    let line = line.unwrap_or_else(|| unreachable!("no line of the file: {error}"));
    let shown = error.to_string();
    assert!(shown.starts_with(&format!("line {line} of the accounts: ")) && !shown.contains('\n'), "{shown}");
}

struct Server(Acceptor, MemoryAccounts);

impl Server {
    fn new(accounts: MemoryAccounts) -> Self {
        let target = TargetInfo::new("web.ad.example.test").unwrap();
        let ntlm = ntlm::Acceptor::new(target).randomness(Fixed);
        Self(Acceptor::builder().ntlm(ntlm).build().unwrap(), accounts)
    }

    fn has(&self, domain: &str, user: &str, hash: NtHash) {
        let account = Account::new(domain, user);
        let other = NtHash::new(hash.expose().map(|octet| !octet));
        let (upper, lower) = (user.to_ascii_uppercase(), domain.to_ascii_lowercase());
        assert_ne!(self.log_in(domain, user, other), Ok(Peer::Ntlm(account.clone())), "by another password");
        for (domain, user) in [(domain, user), (&lower, &upper)] {
            // Some names are none for a client.
            let Ok(credential) = Credential::with_nt_hash(UserName::new(domain, user), hash.duplicate()) else {
                continue;
            };
            drop(credential);
            let peer = self.log_in(domain, user, hash.duplicate());
            if hash.expose() == NtHash::from_password("").unwrap().expose() {
                assert!(peer.is_err(), "in without a password");
                continue;
            }
            assert_eq!(peer, Ok(Peer::Ntlm(account.clone())), "{domain}:{user} is not found");
        }
    }

    fn log_in(&self, domain: &str, user: &str, hash: NtHash) -> Result<Peer, String> {
        let credential =
            Credential::with_nt_hash(UserName::new(domain, user), hash).map_err(|error| error.to_string())?;
        let ntlm = ntlm::Initiator::new(credential).randomness(Fixed);
        let initiator =
            Initiator::builder("HTTP@web.ad.example.test".parse().unwrap()).ntlm(ntlm).bare().build().unwrap();
        let Ok(Initiate::NeedsToken { token, next }) = initiator.initiate(NOW) else { unreachable!() };
        let Ok(Accept::NeedsToken { token, next: server }) = self.0.accept(&token, NOW) else { unreachable!() };
        let Ok(Initiate::Established { token, .. }) = next.step(&token, NOW) else { unreachable!() };
        let Ok(Accept::NeedsAccount(query)) = server.accept(&token.unwrap(), NOW) else { unreachable!() };
        match query.use_store(&self.1, NOW) {
            Ok(Accept::Established { context, .. }) => Ok(context.peer().clone()),
            step => Err(format!("{step:?}")),
        }
    }
}
