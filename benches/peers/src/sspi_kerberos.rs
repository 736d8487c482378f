//! The crate sspi: its `Kerberos` as an acceptor with the service's raw key, bare and within its `Negotiate`.
//!
//! It leaves out: a keytab, flags and channel bindings, the PAC (skipped); the ticket's name and realm are not held against the
//! authenticator's. A context has a memory of replays of its own, so that none finds any. Answers to aes128-cts-hmac-sha1-96 are made
//! by its default, AES-256, and fail: that type is one way only. No other types.

use std::path::Path;
use std::time::Duration;

use sspi::kerberos::ServerProperties;
use sspi::{
    BufferType, CredentialsBuffers, DataRepresentation, EncryptionFlags, Kerberos, KerberosConfig,
    KerberosServerConfig, Negotiate, NegotiateConfig, SecurityBuffer, SecurityBufferRef, SecurityStatus,
    ServerRequestFlags, Sspi, SspiImpl,
};

use crate::raw_keys::raw_keys;
use crate::seam::{Tokens, each_work};
use crate::{SIZES, report, report_all, rounds, timed};

/// A run with many peers takes longer than the usual five minutes.
const SKEW: Duration = Duration::from_secs(3_600);

pub(crate) fn accepts(dir: &Path) {
    let keys = raw_keys(dir);
    each_work(dir, |work| {
        let words: Vec<&str> = work.split('/').collect();
        let can = match words[1] {
            "aes256-cts-hmac-sha1-96" => true,
            "aes128-cts-hmac-sha1-96" => words[2].ends_with("one-way"),
            _ => false,
        };
        if can {
            let server = server(keys[words[1]].clone());
            let accept = if words[2].starts_with("spnego") { accept_spnego } else { accept_raw };
            let tokens = Tokens::open(dir, work);
            report_all(work, tokens.map(|token| accept(&server, token)).collect());
        } else {
            eprintln!("{work}: refused");
        }
    });
}

/// What the acceptor of a context seals. It has no initiator here to unwrap from, and `sspi` no MIC but SPNEGO's own.
pub(crate) fn messages(dir: &Path) {
    let etype = "aes256-cts-hmac-sha1-96";
    let server = server(raw_keys(dir).remove(etype).unwrap());
    let token = Tokens::open(dir, &format!("accept/{etype}/raw/no-pac")).next().unwrap();
    let mut context = kerberos(&server);
    step(&mut context, token);
    let trailer = context.query_context_sizes().unwrap().security_trailer;
    for size in SIZES {
        report(&format!("{etype}/wrap-{size}"), rounds(size), || {
            let (mut token, mut message) = (vec![0; trailer.try_into().unwrap()], vec![7; size]);
            let mut buffers = [SecurityBufferRef::token_buf(&mut token), SecurityBufferRef::data_buf(&mut message)];
            timed(|| context.encrypt_message(EncryptionFlags::empty(), &mut buffers).unwrap()).0
        });
    }
}

fn server(key: Vec<u8>) -> KerberosServerConfig {
    let name = ["HTTP", "www.example.test"];
    KerberosServerConfig {
        kerberos_config: KerberosConfig::new_with_kdc_url("tcp://127.0.0.1:9", "www".into()),
        server_properties: ServerProperties::new(&name, None, SKEW, Some(key.into())).unwrap(),
    }
}

fn kerberos(server: &KerberosServerConfig) -> Kerberos {
    Kerberos::new_server_from_config(server.kerberos_config.clone(), server.server_properties.clone()).unwrap()
}

fn accept_raw(server: &KerberosServerConfig, token: Vec<u8>) -> Duration {
    let (took, mut context) = timed(|| {
        let mut context = kerberos(server);
        step(&mut context, token);
        context
    });
    assert_eq!(context.query_context_names().unwrap().username.account_name(), "alice");
    took
}

fn accept_spnego(server: &KerberosServerConfig, token: Vec<u8>) -> Duration {
    let (took, mut context) = timed(|| {
        let config = NegotiateConfig::from_protocol_config(Box::new(server.clone()), "www".into());
        let mut context = Negotiate::new_server(config, Vec::new()).unwrap();
        step(&mut context, token);
        context
    });
    assert_eq!(context.query_context_names().unwrap().username.account_name(), "alice");
    took
}

/// The answer, established with it.
fn step<S>(server: &mut S, token: Vec<u8>) -> SecurityBuffer
where
    S: Sspi + SspiImpl<CredentialsHandle = Option<CredentialsBuffers>>,
{
    let mut input = [SecurityBuffer::new(token, BufferType::Token)];
    let mut output = [SecurityBuffer::new(Vec::new(), BufferType::Token)];
    let mut nobody = None;
    let builder = server
        .accept_security_context()
        .with_credentials_handle(&mut nobody)
        .with_context_requirements(ServerRequestFlags::ALLOCATE_MEMORY)
        .with_target_data_representation(DataRepresentation::Native)
        .with_input(&mut input)
        .with_output(&mut output);
    let result = server.accept_security_context_impl(builder).unwrap().resolve_to_result().unwrap();
    assert_eq!(result.status, SecurityStatus::Ok);
    let [answer] = output;
    answer
}
