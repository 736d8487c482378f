//! Whose logins are accepted, by which names, and which dangers: what `accept` and the helpers have in common.

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use negotiate::acceptor::AcceptorBuilder;
use negotiate::kerberos::{self, Keytab};
use negotiate::ntlm::{self, MemoryAccounts, TargetInfo};
use negotiate::spnego::message::NegotiationToken;
use negotiate::{Acceptor, Principal};

use crate::lines;

#[derive(Args)]
#[group(id = "logins", required = true, multiple = true, args = ["keytab", "accounts"])]
pub(crate) struct Options {
    /// The service's keys: Kerberos logins are taken.
    #[arg(long, value_name = "FILE")]
    pub(crate) keytab: Option<PathBuf>,
    /// Answer to this principal only (repeatable); default: to every one of the keytab.
    #[arg(long, value_name = "NAME", requires = "keytab")]
    principal: Vec<Principal>,
    /// How far clocks may be apart.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    skew: u64,
    /// Refuse tickets without a PAC.
    #[arg(long, requires = "keytab")]
    require_pac: bool,
    /// Verify the KDC's own signatures in the PAC too, with these keys of krbtgt. Only a KDC has them.
    #[arg(long, value_name = "FILE", requires = "keytab")]
    krbtgt_keytab: Option<PathBuf>,
    /// Accounts, one a line, `DOMAIN:user:password` or `DOMAIN:user:$NT$` and the NT hash: NTLM logins are taken. An
    /// empty DOMAIN is this server's own.
    #[arg(long, value_name = "FILE")]
    pub(crate) accounts: Option<PathBuf>,
    #[command(flatten)]
    names: Names,
    /// Take a user of a domain without accounts here for this server's own, as Windows does outside a domain.
    #[arg(long, requires = "accounts")]
    unknown_domains_are_own: bool,
    /// Take what is refused by default, for it is dangerous (repeatable).
    #[arg(long, value_enum, value_name = "DANGER")]
    allow: Vec<Danger>,
}

/// What this server calls itself in its challenge.
#[derive(Args)]
struct Names {
    /// The NetBIOS name of this server's domain; default: it belongs to none.
    #[arg(long, value_name = "NAME", requires = "accounts")]
    netbios_domain: Option<String>,
    /// The NetBIOS name of this server; default: the first label of its DNS name.
    #[arg(long, value_name = "NAME", requires = "accounts")]
    netbios_name: Option<String>,
    /// The DNS name of this server's domain; default: what stands behind the first label of its DNS name.
    #[arg(long, value_name = "NAME", requires = "accounts")]
    dns_domain: Option<String>,
    /// The DNS name of this server; default: its NetBIOS name, else `localhost`.
    #[arg(long, value_name = "NAME", requires = "accounts")]
    dns_name: Option<String>,
}

#[derive(Clone, Copy, Eq, PartialEq, ValueEnum)]
enum Danger {
    /// Tickets and keys of type rc4-hmac.
    Rc4,
    /// Responses by NTLMv1, with and without extended session security.
    Ntlmv1,
    /// Clients that stay anonymous.
    Anonymous,
}

impl Options {
    /// How far clocks may be apart.
    pub(crate) const fn skew(&self) -> Duration {
        Duration::from_secs(self.skew)
    }

    /// The acceptor, so far. `delegation`: whether it takes delegated credentials; `challenge`: a recorded one to answer with.
    pub(crate) fn builder(
        &self,
        delegation: bool,
        challenge: Option<&[u8]>,
    ) -> Result<AcceptorBuilder, Box<dyn Error>> {
        let mut builder = Acceptor::builder();
        if let Some(keytab) = &self.keytab {
            let kerberos = self.kerberos(Keytab::read(keytab)?)?;
            builder = builder.kerberos(if delegation { kerberos.accept_delegation() } else { kerberos });
        }
        if let Some(accounts) = &self.accounts {
            let store = MemoryAccounts::read(accounts)?;
            if store.is_empty() {
                eprintln!("negotiate: no account in {}: nobody can log in by NTLM", accounts.display());
            }
            builder = builder.ntlm(self.ntlm(store, challenge)?);
        }
        Ok(builder)
    }

    fn kerberos(&self, keytab: Keytab) -> Result<kerberos::Acceptor, Box<dyn Error>> {
        let mut kerberos = kerberos::Acceptor::new(keytab).skew(self.skew());
        for principal in &self.principal {
            kerberos = kerberos.principal(principal.clone());
        }
        if self.require_pac {
            kerberos = kerberos.require_pac();
        }
        if self.allow.contains(&Danger::Rc4) {
            kerberos = kerberos.dangerous().permit_rc4();
        }
        if self.allow.contains(&Danger::Anonymous) {
            kerberos = kerberos.dangerous().permit_anonymous();
        }
        if let Some(path) = &self.krbtgt_keytab {
            for key in Keytab::read(path)?.entries().filter_map(|entry| entry.key()) {
                kerberos = kerberos.krbtgt_key(key.encryption_key());
            }
        }
        Ok(kerberos)
    }

    fn ntlm(&self, accounts: MemoryAccounts, challenge: Option<&[u8]>) -> Result<ntlm::Acceptor, Box<dyn Error>> {
        let target = self.names.target_info()?;
        // Whoever names no domain means this server's, and so does a principal name of the domain's suffix: here is no other.
        let mut accounts = accounts.own_names(&target).empty_domain_is_own();
        if target.is_member() && !target.dns_domain().is_empty() {
            accounts = accounts.upn_suffix(target.dns_domain(), target.netbios_domain());
        }
        if self.unknown_domains_are_own {
            accounts = accounts.unknown_domains_are_own();
        }
        let mut ntlm = ntlm::Acceptor::new(target).accounts(accounts);
        if self.allow.contains(&Danger::Ntlmv1) {
            ntlm = ntlm.dangerous().allow_ntlmv1();
        }
        if self.allow.contains(&Danger::Anonymous) {
            ntlm = ntlm.dangerous().allow_anonymous();
        }
        if let Some(challenge) = challenge {
            ntlm = ntlm.dangerous().replay_challenge(challenge)?;
        }
        Ok(ntlm)
    }
}

impl Names {
    fn target_info(&self) -> Result<TargetInfo, Box<dyn Error>> {
        let name = self.dns_name.as_deref().or(self.netbios_name.as_deref()).unwrap_or("localhost");
        let mut target = TargetInfo::new(name)?;
        if let Some(name) = &self.netbios_name {
            target = target.with_netbios_name(name)?;
        }
        if let Some(name) = &self.netbios_domain {
            target = target.with_netbios_domain(name)?;
        }
        if let Some(name) = &self.dns_domain {
            target = target.with_dns_domain(name)?;
        }
        Ok(target)
    }
}

/// Reads a recorded CHALLENGE_MESSAGE: bare, or in the NegTokenResp it came in.
pub(crate) fn challenge(text: &str) -> Result<Vec<u8>, String> {
    let token = lines::credential(text.as_bytes()).map_err(|rejected| rejected.error.to_string())?.into_token();
    match NegotiationToken::parse(&token) {
        Ok(NegotiationToken::NegTokenResp(response)) => match response.response_token {
            Some(token) => Ok(token.0.to_vec()),
            None => Err("a NegTokenResp without a token in it".to_owned()),
        },
        _ => Ok(token),
    }
}
