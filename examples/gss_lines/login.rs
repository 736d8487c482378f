//! How far a login is, and its next step.

use std::error::Error;
use std::mem;

use negotiate::gss::ChannelBindings;
use negotiate::kerberos::{self, Ccache, Keytab, MemoryReplayCache};
use negotiate::ntlm::{self, Credential, MemoryAccounts, TargetInfo};
use negotiate::{Accept, Acceptor, Context, Initiate, Initiator, Opening, Rejected, Timestamp, acceptor, initiator};

use crate::options::{self, Flag, Options, Role, Tokens};
use crate::{encode, one_line};

/// How far the login is.
pub(crate) enum Login {
    Initiator(Initiator),
    Initiating(initiator::Handshake),
    Acceptor(Opening),
    Accepting(acceptor::Handshake),
    Established(Context),
    Over,
}

impl Login {
    pub(crate) fn new(options: Options) -> Result<Self, Box<dyn Error>> {
        let bindings = options.bindings();
        Ok(match options.role {
            Some(Role::Initiate(options)) => Self::Initiator(initiator(options, bindings)?),
            Some(Role::Accept(options)) => Self::Acceptor(opening(options, bindings)?),
            None => Self::Over,
        })
    }

    pub(crate) fn step(&mut self, token: &[u8], replays: &MemoryReplayCache) -> String {
        let now = Timestamp::now();
        match mem::replace(self, Self::Over) {
            Self::Initiator(initiator) => self.initiated(initiator.initiate(now)),
            Self::Initiating(next) => self.initiated(next.step(token, now)),
            Self::Acceptor(opening) => self.accepted(opening.accept(token, now), replays),
            Self::Accepting(next) => self.accepted(next.accept(token, now), replays),
            Self::Established(_) | Self::Over => "rejected  the handshake is over".to_owned(),
        }
    }

    fn initiated(&mut self, step: Result<Initiate, negotiate::Error>) -> String {
        match step {
            Ok(Initiate::NeedsToken { token, next }) => self.go_on(Self::Initiating(next), &token),
            Ok(Initiate::Established { token, context }) => self.established(context, token),
            Err(error) => format!("rejected  {}", one_line(&error)),
        }
    }

    fn accepted(&mut self, step: Result<Accept, Rejected>, replays: &MemoryReplayCache) -> String {
        match step {
            Ok(Accept::NeedsToken { token, next }) => self.go_on(Self::Accepting(next), &token),
            Ok(Accept::NeedsReplayCheck(check)) => self.accepted(check.use_cache(replays, Timestamp::now()), replays),
            Ok(Accept::Established { token, context }) => self.established(context, token),
            Ok(_) => "rejected  a question that this program cannot answer".to_owned(),
            Err(Rejected { error, token, .. }) => {
                format!("rejected {} {}", encode(&token.unwrap_or_default()), one_line(&error))
            }
        }
    }

    fn go_on(&mut self, next: Self, token: &[u8]) -> String {
        *self = next;
        format!("continue {}", encode(token))
    }

    fn established(&mut self, context: Context, token: Option<Vec<u8>>) -> String {
        let answer = format!("established {} {}", encode(&token.unwrap_or_default()), context.peer());
        *self = Self::Established(context);
        answer
    }
}

fn initiator(options: options::Initiate, bindings: Option<ChannelBindings>) -> Result<Initiator, Box<dyn Error>> {
    let (kerberos, ntlm) = (kerberos(&options)?, ntlm(&options)?);
    let mut builder = Initiator::builder(options.target);
    builder = match (kerberos, ntlm) {
        (Some(kerberos), Some(ntlm)) if options.ntlm_first => builder.kerberos(kerberos).ntlm(ntlm).ntlm_first(),
        (Some(kerberos), Some(ntlm)) => builder.kerberos(kerberos).ntlm(ntlm),
        (Some(kerberos), None) => builder.kerberos(kerberos),
        (None, Some(ntlm)) => builder.ntlm(ntlm),
        (None, None) => builder,
    };
    if options.mechanism != Tokens::Negotiate {
        builder = builder.bare();
    }
    if let Some(bindings) = bindings {
        builder = builder.channel_bindings(bindings);
    }
    Ok(builder.build()?)
}

fn ntlm(options: &options::Initiate) -> Result<Option<Credential>, Box<dyn Error>> {
    let Some((user, password)) = options.user.as_deref().zip(options.password.as_deref()) else { return Ok(None) };
    Ok(Some(Credential::with_password(user, password)?))
}

fn kerberos(options: &options::Initiate) -> Result<Option<kerberos::Initiator>, Box<dyn Error>> {
    let Some(ccache) = &options.ccache else { return Ok(None) };
    let kerberos = asking(&options.flags, Ccache::read(ccache)?);
    Ok(Some(if options.without_etype_negotiation { kerberos.without_etype_negotiation() } else { kerberos }))
}

/// What Kerberos asks for without being told is taken away again.
fn asking(flags: &[Flag], tickets: Ccache) -> kerberos::Initiator {
    let mut kerberos = kerberos::Initiator::new(tickets).dangerous().allow_rc4();
    if !flags.contains(&Flag::Mutual) {
        kerberos = kerberos.without_mutual_authentication();
    }
    if !flags.contains(&Flag::Replay) {
        kerberos = kerberos.without_replay_detection();
    }
    if !flags.contains(&Flag::Sequence) {
        kerberos = kerberos.without_sequence_detection();
    }
    // Whoever asks for sealed messages gets signed ones too.
    match (flags.contains(&Flag::Confidentiality), flags.contains(&Flag::Integrity)) {
        (true, _) => (),
        (false, true) => kerberos = kerberos.without_confidentiality(),
        (false, false) => kerberos = kerberos.without_message_protection(),
    }
    if flags.contains(&Flag::Delegate) {
        kerberos = kerberos.delegate_own();
    }
    if flags.contains(&Flag::DceStyle) {
        kerberos = kerberos.dce_style();
    }
    kerberos
}

fn opening(options: options::Accept, bindings: Option<ChannelBindings>) -> Result<Opening, Box<dyn Error>> {
    let mut builder = Acceptor::builder();
    if let Some(keytab) = options.keytab {
        let kerberos = kerberos::Acceptor::new(Keytab::read(keytab)?).accept_delegation();
        builder = builder.kerberos(kerberos.dangerous().permit_rc4());
    }
    if let Some(accounts) = options.accounts {
        let names = TargetInfo::new("localhost")?.with_netbios_domain(&options.netbios_domain)?;
        let mut ntlm = ntlm::Acceptor::new(names).accounts(MemoryAccounts::read(accounts)?);
        if let Some(service) = &options.require_target {
            ntlm = ntlm.target_names([service.as_str()]).require_target_name();
        }
        if options.require_mic {
            ntlm = ntlm.require_mic();
        }
        builder = builder.ntlm(ntlm);
    }
    let opening = builder.build()?.begin();
    Ok(match bindings {
        Some(bindings) => opening.channel_bindings(bindings),
        None => opening,
    })
}
