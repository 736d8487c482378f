//! What logs in, and how messages are to be protected.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use negotiate::gss::ChannelBindings;
use negotiate::kerberos::{self, Ccache};
use negotiate::ntlm::{self, Credential};
use negotiate::sasl::{Initiator, Layer, LayerPolicy, Mechanism};
use negotiate::{Target, initiator};

#[derive(Args)]
pub(crate) struct Login {
    /// Active Directory has both, OpenLDAP with MIT's Kerberos `gssapi`.
    #[arg(long, default_value = "gss-spnego", value_parser = mechanism)]
    mechanism: Mechanism,
    /// Log in by NTLM as `DOMAIN\name`, not by a ticket.
    #[arg(long, requires = "password_file")]
    user: Option<String>,
    /// The first line of this file is the password.
    #[arg(long)]
    password_file: Option<PathBuf>,
}

fn mechanism(name: &str) -> Result<Mechanism, &'static str> {
    Mechanism::from_name(&name.to_uppercase()).ok_or("gssapi or gss-spnego is wanted")
}

/// How messages are protected behind the login.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Protection {
    /// Signed and encrypted.
    Seal,
    /// Signed, and readable by all.
    Sign,
    /// Not at all.
    None,
}

impl Protection {
    /// This and nothing else: whoever asks for sealed messages is not to have less.
    fn policy(self) -> LayerPolicy {
        match self {
            Self::Seal => LayerPolicy::CONFIDENTIALITY,
            Self::Sign => LayerPolicy::between(Layer::Integrity, Layer::Integrity),
            Self::None => LayerPolicy::INSIDE_TLS,
        }
    }
}

impl Login {
    /// Logs in to the LDAP service of `host`.
    pub(crate) fn initiator(
        &self,
        host: &str,
        protection: Protection,
        bindings: Option<ChannelBindings>,
    ) -> Result<Initiator, Box<dyn Error>> {
        let mut builder = initiator::Initiator::builder(Target::new("ldap", host)?);
        if let Some(bindings) = bindings {
            builder = builder.channel_bindings(bindings);
        }
        builder = match (&self.user, &self.password_file) {
            (Some(user), Some(file)) => builder.ntlm(ntlm(user, &fs::read_to_string(file)?, protection)?),
            _ => builder.kerberos(kerberos(self.mechanism, protection)?),
        };
        // GSSAPI is Kerberos bare, GSS-SPNEGO what the name says.
        if self.mechanism == Mechanism::Gssapi {
            builder = builder.bare();
        }
        Ok(Initiator::new(self.mechanism, builder.build()?, protection.policy())?)
    }
}

/// With `GSS-SPNEGO` the login's flags are the layer. `GSSAPI` negotiates it behind the login, by messages that are signed.
fn kerberos(mechanism: Mechanism, protection: Protection) -> Result<kerberos::Initiator, Box<dyn Error>> {
    let initiator = kerberos::Initiator::new(Ccache::open_default()?);
    Ok(match (mechanism, protection) {
        (Mechanism::GssSpnego, Protection::Sign) => initiator.without_confidentiality(),
        (Mechanism::GssSpnego, Protection::None) => initiator.without_message_protection(),
        _ => initiator,
    })
}

fn ntlm(user: &str, password: &str, protection: Protection) -> Result<ntlm::Initiator, Box<dyn Error>> {
    let password = password.lines().next().unwrap_or_default();
    let initiator = ntlm::Initiator::new(Credential::with_password(user, password)?);
    Ok(match protection {
        Protection::Seal => initiator.require_confidentiality(),
        // Samba and Windows take "signed" for "sealed" here, whatever the flags say.
        Protection::Sign => {
            return Err("LDAP servers seal NTLM's messages, or do not protect them: there is no signed".into());
        }
        Protection::None => initiator.without_message_protection(),
    })
}
