//! The crate `sspi`: its `Ntlm` on both sides, the acceptor's timed.

use std::path::Path;
use std::time::Duration;

use sspi::{
    AuthIdentity, BufferType, ClientRequestFlags, CredentialUse, DataRepresentation, EncryptionFlags, Ntlm,
    SecurityBuffer, SecurityBufferRef, SecurityStatus, ServerRequestFlags, Sspi, SspiImpl, Username,
};

use crate::sspi_kerberos;
use crate::{DOMAIN, PASSWORD, SIZES, USER, report, rounds, timed};

pub(crate) fn run(section: &str, dir: &Path) {
    match section {
        "ntlm" => ntlm(),
        "accept" => sspi_kerberos::accepts(dir),
        "messages" => sspi_kerberos::messages(dir),
        _ => {}
    }
}

fn ntlm() {
    let username = Username::new(USER, Some(DOMAIN)).unwrap();
    let identity = AuthIdentity { username, password: String::from(PASSWORD).into() };
    report("ntlm/login", 5_000, || login(&identity).0);
    let (_, mut client, mut server) = login(&identity);
    for size in SIZES {
        let mut unwraps = Vec::new();
        let mut message = vec![7; size];
        report(&format!("ntlm/wrap-{size}"), rounds(size), || {
            let mut token = [0; 16];
            let mut buffers = [SecurityBufferRef::token_buf(&mut token), SecurityBufferRef::data_buf(&mut message)];
            let (wrap, _) = timed(|| client.encrypt_message(EncryptionFlags::empty(), &mut buffers).unwrap());
            unwraps.push(timed(|| server.decrypt_message(&mut buffers).unwrap()).0);
            wrap
        });
        let mut unwraps = unwraps.into_iter();
        report(&format!("ntlm/unwrap-{size}"), rounds(size), || unwraps.next().unwrap());
    }
}

fn login(identity: &AuthIdentity) -> (Duration, Ntlm, Ntlm) {
    let (mut client, mut server) = (Ntlm::new(), Ntlm::new());
    let one = initiate(&mut client, identity, &mut Vec::new());
    let (challenge, (two, _)) = accept(&mut server, identity, one);
    let mut two = vec![two];
    let three = initiate(&mut client, identity, &mut two);
    let (login, (_, status)) = accept(&mut server, identity, three);
    assert_eq!(status, SecurityStatus::CompleteNeeded);
    let (completed, _) = timed(|| server.complete_auth_token(&mut []).unwrap());
    (challenge + login + completed, client, server)
}

fn initiate(client: &mut Ntlm, identity: &AuthIdentity, input: &mut [SecurityBuffer]) -> SecurityBuffer {
    let credentials =
        client.acquire_credentials_handle().with_credential_use(CredentialUse::Outbound).with_auth_data(identity);
    let mut credentials = credentials.execute(client).unwrap().credentials_handle;
    let wanted =
        ClientRequestFlags::CONFIDENTIALITY | ClientRequestFlags::INTEGRITY | ClientRequestFlags::ALLOCATE_MEMORY;
    let mut output = vec![SecurityBuffer::new(Vec::new(), BufferType::Token)];
    let mut builder = client
        .initialize_security_context()
        .with_credentials_handle(&mut credentials)
        .with_context_requirements(wanted)
        .with_target_data_representation(DataRepresentation::Native)
        .with_input(input)
        .with_output(&mut output);
    client.initialize_security_context_impl(&mut builder).unwrap().resolve_to_result().unwrap();
    output.remove(0)
}

fn accept(
    server: &mut Ntlm,
    identity: &AuthIdentity,
    token: SecurityBuffer,
) -> (Duration, (SecurityBuffer, SecurityStatus)) {
    let credentials =
        server.acquire_credentials_handle().with_credential_use(CredentialUse::Inbound).with_auth_data(identity);
    let mut credentials = credentials.execute(server).unwrap().credentials_handle;
    let mut input = vec![token];
    timed(|| {
        let mut output = vec![SecurityBuffer::new(Vec::new(), BufferType::Token)];
        let builder = server
            .accept_security_context()
            .with_credentials_handle(&mut credentials)
            .with_context_requirements(ServerRequestFlags::ALLOCATE_MEMORY)
            .with_target_data_representation(DataRepresentation::Native)
            .with_input(&mut input)
            .with_output(&mut output);
        let result = server.accept_security_context_impl(builder).unwrap().resolve_to_result().unwrap();
        (output.remove(0), result.status)
    })
}
