//! What is accepted: these are the lines a program of your own would have.

use std::error::Error;

use negotiate::Acceptor;
use negotiate::authorization::{Claim, ClaimSource, ClaimValues};
use negotiate::http::Origin;
use negotiate::http_login::HttpAcceptor;
use negotiate::kerberos::testing::User;
use negotiate::kerberos::{self, Keytab};
use negotiate::ntlm::{self, MemoryAccounts, NtHash, TargetInfo};
use negotiate::peer::Account;
use negotiate::tower::NegotiateLayer;
use negotiate::{Principal, Sid};

use crate::options::Options;

/// The built-in account, for whoever looks at this server on their own machine.
pub(crate) const DOMAIN: &str = "WHOAMI";
pub(crate) const USER: &str = "alice";
pub(crate) const PASSWORD: &str = "wonderland";

/// The layer, by tickets for the keytab and by the accounts' passwords.
pub(crate) fn layer(
    keytab: Option<Keytab>,
    accounts: Option<MemoryAccounts>,
    options: &Options,
) -> Result<NegotiateLayer, Box<dyn Error>> {
    let mut builder = Acceptor::builder();
    if let Some(keytab) = keytab {
        builder = builder.kerberos(answering_to(&options.principal, keytab));
    }
    if let Some(accounts) = accounts {
        let domain = options.netbios_domain.as_deref().or(options.is_demo().then_some(DOMAIN));
        builder = builder.ntlm(ntlm(accounts, &options.name, domain)?);
    }
    Ok(NegotiateLayer::new(logins(builder.build()?, options)).on_refusal(|refusal| eprintln!("{refusal}")))
}

fn logins(acceptor: Acceptor, options: &Options) -> HttpAcceptor<Origin> {
    let takes_ntlm = options.accounts.is_some() || options.is_demo();
    let mut logins = HttpAcceptor::new(acceptor).bindings_policy(options.channel_bindings.into());
    if !options.behind_proxy {
        // Clients connect to this program itself: nothing lets several of them share a connection.
        logins = logins.connection_bound();
    }
    if takes_ntlm { logins.ntlm_scheme() } else { logins }
}

fn answering_to(principals: &[Principal], keytab: Keytab) -> kerberos::Acceptor {
    principals.iter().cloned().fold(kerberos::Acceptor::new(keytab), kerberos::Acceptor::principal)
}

/// Whoever names no domain means this server's.
fn ntlm(accounts: MemoryAccounts, name: &str, domain: Option<&str>) -> Result<ntlm::Acceptor, Box<dyn Error>> {
    let target = TargetInfo::new(name)?;
    let target = domain.map_or(Ok(target.clone()), |domain| target.with_netbios_domain(domain))?;
    let accounts = accounts.own_names(&target).empty_domain_is_own();
    Ok(ntlm::Acceptor::new(target).accounts(accounts))
}

pub(crate) fn alice() -> Result<MemoryAccounts, Box<dyn Error>> {
    let mut accounts = MemoryAccounts::new();
    accounts.insert(Account::new(DOMAIN, USER), NtHash::from_password(PASSWORD)?);
    Ok(accounts)
}

/// What the embedded realm's domain controller would say of alice: her groups, a claim.
pub(crate) fn alice_of_the_directory() -> User {
    let claim = Claim {
        id: "ad://ext/department".to_owned(),
        source: ClaimSource::ActiveDirectory,
        values: ClaimValues::String(vec!["Wonderland".to_owned()]),
    };
    let mut user = User::new(USER, 1103);
    user.full_name = "Alice Liddell".to_owned();
    user.upn = "alice@whoami.test".to_owned();
    user.domain = DOMAIN.to_owned();
    user.groups.extend([1119, 1120]);
    user.extra_sids = vec![Sid::AUTHENTICATION_AUTHORITY_ASSERTED_IDENTITY];
    user.claims = vec![claim];
    user
}
