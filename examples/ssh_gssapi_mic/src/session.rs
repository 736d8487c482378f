//! An SSH connection and a command: nothing here knows of Kerberos.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use russh::ChannelMsg;
use russh::client::{self, AuthResult, Handle, Handler};
use russh::keys::{PublicKeyOrCertificate, check_known_hosts_path};
use tokio::io::{self, AsyncWriteExt};

use crate::login::Login;

pub(crate) struct Session(Handle<KnownHosts>);

impl Session {
    pub(crate) async fn connect(host: &str, port: u16, file: PathBuf) -> Result<Self, russh::Error> {
        let known = KnownHosts { host: host.to_owned(), port, file };
        Ok(Self(client::connect(Arc::new(client::Config::default()), (host, port), known).await?))
    }

    pub(crate) async fn log_in(&mut self, user: &str, login: &mut Login) -> Result<(), Box<dyn Error + Send + Sync>> {
        match self.0.authenticate_gssapi_with_mic(user, Login::mechanisms(), login).await? {
            AuthResult::Success => Ok(()),
            AuthResult::Failure { remaining_methods, .. } => {
                let complaint = login.complaint.take().unwrap_or_else(|| "it does not say why".to_owned());
                Err(format!("the server refuses the login: {complaint}; it would take {remaining_methods:?}").into())
            }
        }
    }

    /// Runs a command and prints what it says; its exit status is this program's.
    pub(crate) async fn run(self, command: &str) -> Result<ExitCode, Box<dyn Error + Send + Sync>> {
        let mut channel = self.0.channel_open_session().await?;
        channel.exec(true, command).await?;
        let mut code = ExitCode::FAILURE;
        while let Some(message) = channel.wait().await {
            match message {
                ChannelMsg::Data { data } => io::stdout().write_all(&data).await?,
                ChannelMsg::ExtendedData { data, .. } => io::stderr().write_all(&data).await?,
                ChannelMsg::ExitStatus { exit_status } => code = u8::try_from(exit_status).unwrap_or(u8::MAX).into(),
                _ => {}
            }
        }
        io::stdout().flush().await?;
        Ok(code)
    }
}

/// Takes the server's key if the file of known hosts has it: Kerberos proves the server behind the login, not before it.
struct KnownHosts {
    host: String,
    port: u16,
    file: PathBuf,
}

impl Handler for KnownHosts {
    type Error = russh::Error;

    async fn check_server_key(&mut self, server: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        match server {
            PublicKeyOrCertificate::PublicKey { key, .. } => {
                Ok(check_known_hosts_path(&self.host, self.port, key, &self.file)?)
            }
            PublicKeyOrCertificate::Certificate(_) => Ok(false),
        }
    }
}
