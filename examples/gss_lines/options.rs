//! What a login is made of, on the command line and behind `begin`.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use negotiate::Target;
use negotiate::gss::{AddressType, ChannelBindings};

/// Logins and their protected messages, line by line.
#[derive(Parser)]
#[command(color = clap::ColorChoice::Never)]
pub(crate) struct Options {
    /// None: the first login comes by `begin`.
    #[command(subcommand)]
    pub(crate) role: Option<Role>,
    /// What both sides have to see of the secure channel below, such as `tls-server-end-point:…`.
    #[arg(long, global = true)]
    channel_bindings: Option<String>,
    /// The kind of the addresses that the bindings have not: 0, but 255 by the JDK.
    #[arg(long, global = true, default_value_t = 0)]
    address_type: u32,
}

#[derive(Subcommand)]
pub(crate) enum Role {
    /// Logs in.
    Initiate(Initiate),
    /// Takes logins, bare or in SPNEGO.
    Accept(Accept),
}

#[derive(Parser)]
pub(crate) struct Initiate {
    /// NTLM: `DOMAIN\name` or `name@domain`.
    #[arg(long, requires = "password")]
    pub(crate) user: Option<String>,
    #[arg(long)]
    pub(crate) password: Option<String>,
    /// Offer NTLM before Kerberos.
    #[arg(long)]
    pub(crate) ntlm_first: bool,
    /// Kerberos: a credential cache with a ticket for the target.
    #[arg(long)]
    pub(crate) ccache: Option<PathBuf>,
    #[arg(long, default_value = "HTTP@localhost")]
    pub(crate) target: Target,
    #[arg(long, default_value = "negotiate")]
    pub(crate) mechanism: Tokens,
    /// What Kerberos asks for.
    #[arg(long, value_delimiter = ',')]
    pub(crate) flags: Vec<Flag>,
    /// Keep to the ticket's encryption type (without RFC 4537).
    #[arg(long)]
    pub(crate) without_etype_negotiation: bool,
}

#[derive(Parser)]
pub(crate) struct Accept {
    /// NTLM: a line each: `DOMAIN:user:password`.
    #[arg(long)]
    pub(crate) accounts: Option<PathBuf>,
    #[arg(long, default_value = "WORKGROUP")]
    pub(crate) netbios_domain: String,
    /// Take only who means this service by NTLM, such as `HTTP/web.example.com`.
    #[arg(long)]
    pub(crate) require_target: Option<String>,
    /// Take only who adds a message integrity code to NTLM.
    #[arg(long)]
    pub(crate) require_mic: bool,
    /// Kerberos: the keys.
    #[arg(long)]
    pub(crate) keytab: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub(crate) enum Tokens {
    /// NTLM bare.
    Ntlm,
    /// Kerberos bare.
    Kerberos,
    /// Either in SPNEGO.
    Negotiate,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub(crate) enum Flag {
    Delegate,
    Mutual,
    Replay,
    Sequence,
    Confidentiality,
    Integrity,
    DceStyle,
}

impl Options {
    pub(crate) fn bindings(&self) -> Option<ChannelBindings> {
        let kind = AddressType(self.address_type);
        let data = self.channel_bindings.as_deref()?;
        let bindings = ChannelBindings::application_data(data);
        Some(ChannelBindings { initiator_addrtype: kind, acceptor_addrtype: kind, ..bindings })
    }
}
