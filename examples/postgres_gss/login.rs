//! The login, as the server asks for it.

use std::error::Error;

use negotiate::initiator::Handshake;
use negotiate::kerberos::{self, Ccache};
use negotiate::{Context, Initiate, Initiator, Target, Timestamp};

use crate::session::{Authentication, Session};

/// By the ticket for PostgreSQL's service on this host. Its tokens go bare: SPNEGO is spoken with Windows' servers alone.
pub(crate) fn initiator(host: &str) -> Result<Initiator, Box<dyn Error>> {
    let tickets = kerberos::Initiator::new(Ccache::open_default()?);
    Ok(Initiator::builder(Target::new("postgres", host)?).kerberos(tickets).bare().build()?)
}

/// Goes through what the server wants until it is content: the login's context, or `None` if it wanted none.
pub(crate) fn authenticate(session: &mut Session, initiator: &Initiator) -> Result<Option<Context>, Box<dyn Error>> {
    let (mut waiting, mut login): (Option<Handshake>, _) = (None, None);
    loop {
        let step = match (session.authentication()?, waiting.take()) {
            (Authentication::Ok, None) => return Ok(login),
            (Authentication::Gss, None) if login.is_none() => initiator.initiate(Timestamp::now())?,
            (Authentication::GssContinue(token), Some(next)) => next.step(&token, Timestamp::now())?,
            (Authentication::Ok, Some(_)) => return Err("the server is content before it has proved itself".into()),
            _ => return Err("the server wants another login than one by GSS-API".into()),
        };
        let token = match step {
            Initiate::NeedsToken { token, next } => {
                waiting = Some(next);
                Some(token)
            }
            Initiate::Established { token, context } => {
                login = Some(context);
                token
            }
        };
        if let Some(token) = token {
            session.send(b'p', &token)?;
        }
    }
}
