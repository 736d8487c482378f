//! What `negotiate initiate` logs in by.

use std::error::Error;
use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum};
use negotiate::gss::{ChannelBindings, ContextFlags};
use negotiate::http::Scheme;
use negotiate::kerberos::Ccache;
use negotiate::kerberos::ccache::Location;
use negotiate::peer::Target;
use negotiate::{Context, Initiator, kerberos, ntlm};

use crate::{hexadecimal, keytab};

#[derive(Args)]
pub(crate) struct Mechanisms {
    /// Who logs in: `DOMAIN\name`, or `name`, or `name@domain.example.com`.
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// A file with the password in its first line.
    #[arg(long, value_name = "FILE", requires = "user", conflicts_with = "nt_hash")]
    password_file: Option<PathBuf>,
    /// The NT hash of the password, in 32 hexadecimal digits. Everybody on this machine can read it while the command runs.
    #[arg(long, value_name = "HEX", requires = "user")]
    nt_hash: Option<String>,
    /// The credential cache with the ticket for the service: a file, or a name as in KRB5CCNAME, which is the default.
    #[arg(long, value_name = "FILE")]
    ccache: Option<Location>,
    /// Whether a Kerberos acceptor must prove itself: `--mutual=false` does without.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value = "true", default_missing_value = "true", action = ArgAction::Set)]
    mutual: bool,
    /// Send the cache's ticket-granting ticket along, if the KDC says that the service may be trusted with it.
    #[arg(long)]
    delegate: bool,
    /// Log in by Kerberos as DCE RPC wants it: without GSS-API's frame, and with a third token.
    #[arg(long)]
    dce_style: bool,
    /// What weakens the login (may be repeated).
    #[arg(long, value_enum, value_name = "DANGER")]
    allow: Vec<Danger>,
    /// What to log in by.
    #[arg(long, value_enum, default_value = "negotiate")]
    mechanism: Mechanism,
    /// Fail without a ticket that can be used, instead of logging in by NTLM.
    #[arg(long)]
    without_fallback: bool,
}

#[derive(Clone, Copy, Eq, PartialEq, ValueEnum)]
enum Mechanism {
    /// SPNEGO, with all there is to log in by: Kerberos if there is a ticket, NTLM if there is a user.
    Negotiate,
    /// NTLM without SPNEGO around it, as HTTP's scheme `NTLM` carries it.
    Ntlm,
    /// Kerberos without SPNEGO around it.
    Kerberos,
}

#[derive(Clone, Copy, Eq, PartialEq, ValueEnum)]
enum Danger {
    /// Session keys of rc4-hmac, whose message signatures can be forged.
    Rc4,
    /// Delegation to services that the KDC does not call trusted.
    UntrustedDelegation,
}

impl Mechanisms {
    pub(crate) fn initiator(
        &self,
        target: Target,
        bindings: Option<ChannelBindings>,
    ) -> Result<Initiator, Box<dyn Error>> {
        let mut builder = Initiator::builder(target);
        if let Some(kerberos) = self.kerberos()? {
            builder = builder.kerberos(kerberos);
        }
        if let Some(credential) = self.ntlm()? {
            builder = builder.ntlm(credential);
        }
        if self.mechanism != Mechanism::Negotiate {
            builder = builder.bare();
        }
        if self.without_fallback {
            builder = builder.without_fallback();
        }
        if let Some(bindings) = bindings {
            builder = builder.channel_bindings(bindings);
        }
        Ok(builder.build()?)
    }

    /// The scheme of HTTP that carries the tokens.
    pub(crate) const fn scheme(&self) -> Scheme<'static> {
        match self.mechanism {
            Mechanism::Ntlm => Scheme::Ntlm,
            Mechanism::Negotiate | Mechanism::Kerberos => Scheme::Negotiate,
        }
    }

    /// Says on stderr what was asked for and is not there, where that is no error.
    pub(crate) fn note_what_is_missing(&self, context: &Context) {
        if self.delegate && !context.flags().contains(ContextFlags::DELEGATE) {
            eprintln!(
                "note: nothing was delegated: the KDC does not say that the service may be trusted with it (ok-as-delegate; \
                 --allow untrusted-delegation does without), or the login is not by Kerberos"
            );
        }
    }

    fn kerberos(&self) -> Result<Option<kerberos::Initiator>, Box<dyn Error>> {
        if self.mechanism == Mechanism::Ntlm {
            return Ok(None);
        }
        let cache = match &self.ccache {
            Some(location) => location.open(),
            None => Ccache::open_default(),
        };
        // A user who has a password need have no cache. That the one which was named is not there is worth a line.
        let may_do_without = self.user.is_some() && self.ccache.is_none() && !self.without_fallback;
        let cache = match cache {
            Err(error) if self.mechanism == Mechanism::Negotiate && may_do_without => {
                if std::env::var_os("KRB5CCNAME").is_some() {
                    eprintln!("note: Kerberos V5 is not offered: {error}");
                }
                return Ok(None);
            }
            other => other?,
        };
        let mut initiator = kerberos::Initiator::new(cache);
        if !self.mutual {
            initiator = initiator.without_mutual_authentication();
        }
        if self.dce_style {
            initiator = initiator.dce_style();
        }
        if self.delegate {
            initiator = initiator.delegate_own();
        }
        Ok(Some(self.allow.iter().fold(initiator, |initiator, danger| match danger {
            Danger::Rc4 => initiator.dangerous().allow_rc4(),
            Danger::UntrustedDelegation => initiator.dangerous().delegate_to_any_service(),
        })))
    }

    fn ntlm(&self) -> Result<Option<ntlm::Credential>, Box<dyn Error>> {
        let user = match (&self.user, self.mechanism) {
            (_, Mechanism::Kerberos) | (None, Mechanism::Negotiate) => return Ok(None),
            (None, Mechanism::Ntlm) => return Err("who logs in? --user 'DOMAIN\\name'".into()),
            (Some(user), _) => user.as_str(),
        };
        Ok(Some(match (&self.password_file, &self.nt_hash) {
            (Some(path), _) => {
                let password = keytab::password_of(path)?;
                let text = std::str::from_utf8(password.expose()).map_err(|_| "the password is not UTF-8")?;
                ntlm::Credential::with_password(user, text)?
            }
            (None, Some(digits)) => ntlm::Credential::with_nt_hash(user, hexadecimal::nt_hash(digits)?)?,
            (None, None) => return Err("what proves it? --password-file FILE or --nt-hash HEX".into()),
        }))
    }
}
