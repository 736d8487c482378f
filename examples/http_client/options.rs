//! The options, and what to log in with.

use std::fs;
use std::path::PathBuf;

use clap::Parser;
use negotiate::http::Challenger;
use negotiate::http_login::HttpInitiator;
use negotiate::kerberos::Ccache;
use negotiate::ntlm::Credential;

use crate::Failure;

/// Gets a page that wants a login by Negotiate or NTLM.
#[derive(Parser)]
pub(crate) struct Options {
    /// The page, `http://…`: its server may have the login, if it asks.
    #[arg(long)]
    pub(crate) target_url: String,
    /// A proxy to go through by CONNECT, `http://host:port`: it may have the login too.
    #[arg(long)]
    pub(crate) proxy: Option<String>,
    /// Another server that may have the login, where a redirect leads there (repeatable).
    #[arg(long)]
    pub(crate) trust: Vec<String>,
    /// The file of a credential cache with tickets for the servers by their names (`kinit alice; kvno HTTP/host`). Nothing is
    /// fetched from a KDC, and KRB5CCNAME is not looked at.
    #[arg(long)]
    ccache: Option<PathBuf>,
    /// Who logs in by NTLM: `DOMAIN\name` or `name@domain`.
    #[arg(long, requires = "password_file")]
    user: Option<String>,
    /// The password, in the first line.
    #[arg(long, requires = "user")]
    password_file: Option<PathBuf>,
    /// Never log in by NTLM.
    #[arg(long)]
    forbid_ntlm: bool,
    /// Take no page of a server that does not prove itself. Nothing is asked of the proxy: Squid sends no proof with its yes to
    /// CONNECT.
    #[arg(long)]
    pub(crate) require_mutual: bool,
}

impl Options {
    /// What there is to log in with.
    pub(crate) fn logins<C: Challenger>(&self) -> Result<HttpInitiator<C>, Failure> {
        let mut logins = HttpInitiator::new();
        if let Some(path) = &self.ccache {
            logins = logins.kerberos(Ccache::read(path)?);
        }
        if let (Some(user), Some(path)) = (&self.user, &self.password_file) {
            let text = fs::read_to_string(path)?;
            let password = text.lines().next().unwrap_or_default();
            logins = logins.ntlm(Credential::with_password(user.as_str(), password)?);
        }
        Ok(if self.forbid_ntlm { logins.forbid_ntlm() } else { logins })
    }
}
