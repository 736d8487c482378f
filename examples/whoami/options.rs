//! The options.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use negotiate::Principal;
use negotiate::http_login::BindingsPolicy;

/// An HTTP server protected by Negotiate and NTLM that says who you are, and shows the handshake.
#[derive(Parser)]
pub(crate) struct Options {
    /// The service's keys: Kerberos logins are taken. With neither keytab nor accounts, an embedded realm and an account
    /// `alice` are used, for a look.
    #[arg(long)]
    pub(crate) keytab: Option<PathBuf>,
    /// Answer to this principal only (repeatable); default: to every one of the keytab.
    #[arg(long, requires = "keytab")]
    pub(crate) principal: Vec<Principal>,
    /// Accounts, `DOMAIN:user:password` a line: NTLM logins are taken.
    #[arg(long)]
    pub(crate) accounts: Option<PathBuf>,
    /// The NetBIOS name of the accounts' domain; without it users must write it, `-u 'ADEX\alice:…'`.
    #[arg(long, requires = "accounts")]
    pub(crate) netbios_domain: Option<String>,
    /// The DNS name of this server, by which its clients ask for it: what NTLM says to them, and a self-made certificate.
    #[arg(long, default_value = "localhost")]
    pub(crate) name: String,
    /// Where to listen; port 0 means any free one. With neither keytab nor accounts it must be an address of this machine
    /// alone.
    #[arg(long, default_value_t = SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))]
    pub(crate) listen: SocketAddr,
    /// Speak TLS, by a certificate made for this run unless one is given: logins can be bound to the channel.
    #[arg(long)]
    pub(crate) tls: bool,
    /// Write the certificate that is served to this file, for `curl --cacert`.
    #[arg(long, value_name = "FILE", requires = "tls")]
    pub(crate) tls_certificate_out: Option<PathBuf>,
    /// Serve this certificate (PEM, with its chain).
    #[arg(long, value_name = "FILE", requires_all = ["tls", "tls_key"])]
    pub(crate) tls_certificate: Option<PathBuf>,
    /// Its private key (PEM).
    #[arg(long, value_name = "FILE", requires_all = ["tls", "tls_certificate"])]
    pub(crate) tls_key: Option<PathBuf>,
    /// Offer HTTP/2 over TLS even where NTLM is taken, which needs HTTP/1.1: curl goes back to that, Chromium fails now and then.
    #[arg(long, requires = "tls")]
    pub(crate) http2: bool,
    /// What channel bindings decide. Without TLS there are none.
    #[arg(long, value_enum, default_value_t = Bindings::WhenOffered)]
    pub(crate) channel_bindings: Bindings,
    /// A proxy stands before this server: connections are not one client's each, so there is no NTLM.
    #[arg(long)]
    pub(crate) behind_proxy: bool,
    /// End after the dance instead of waiting for clients.
    #[arg(long)]
    pub(crate) demo_only: bool,
}

/// What channel bindings decide.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Bindings {
    /// Nothing: they are not looked at.
    Off,
    /// A login that was bound to another channel is refused.
    WhenOffered,
    /// A login that was not bound to this channel is refused.
    Required,
}

impl From<Bindings> for BindingsPolicy {
    fn from(bindings: Bindings) -> Self {
        match bindings {
            Bindings::Off => Self::Off,
            Bindings::WhenOffered => Self::WhenOffered,
            Bindings::Required => Self::Required,
        }
    }
}

impl Options {
    /// With its own realm and account.
    pub(crate) const fn is_demo(&self) -> bool {
        self.keytab.is_none() && self.accounts.is_none()
    }

    /// Whether logins by NTLM are taken.
    pub(crate) fn takes_ntlm(&self) -> bool {
        (self.is_demo() || self.accounts.is_some()) && !self.behind_proxy
    }

    /// What makes no sense together, beyond what clap can say.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        // Everybody knows its password.
        if self.is_demo() && !self.listen.ip().is_loopback() {
            return Err(
                "the built-in account is for this machine alone: give --keytab or --accounts, or listen on 127.0.0.1",
            );
        }
        if self.channel_bindings == Bindings::Required && !self.tls {
            return Err("channel bindings are TLS's: --channel-bindings required needs --tls, or nobody could log in");
        }
        if self.behind_proxy && self.keytab.is_none() && self.accounts.is_some() {
            return Err("behind a proxy there is no NTLM: give --keytab, or nobody could log in");
        }
        Ok(())
    }
}
