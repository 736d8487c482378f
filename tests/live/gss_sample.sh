#!/usr/bin/env bash
# examples/gss_sample and MIT's gss-client and gss-server, each in both roles: every encryption type, every option, by
# Kerberos bare and in SPNEGO, and by NTLM with gss-ntlmssp below MIT's programs.
# Ends with `N passed, N failed`; anything failed is also the exit status.
#
# gss-server listens on all addresses: so all of this has a network of its own (lab.sh), and needs root.
#
#   bash tests/live/gss_sample.sh                 # builds the example first
#   GSS_SAMPLE=path bash tests/live/gss_sample.sh # or takes this one
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/live/kdc.sh
source tests/live/kdc.sh
# shellcheck source=tests/live/accounts.sh
source tests/live/accounts.sh

NTLM='{ 1 3 6 1 4 1 311 2 2 10 }'
PORT=4444
before=0 # how much the server had said before the last login
AES=aes256-sha1.$DOMAIN

outside() {
  wanted ip:iproute2 python3:python3 gss-client:krb5-gss-samples /etc/gss/mech.d/mech.ntlmssp.conf:gss-ntlmssp
  kdc_install
  : "${GSS_SAMPLE:=$(built --example gss_sample)}"
  export GSS_SAMPLE
  alone "$0"
}

inside() {
  trap 'finish kdc_stop' EXIT
  ip link set lo up
  : >"$LAB/log"
  : >"$LAB/body"
  head -c 65000 /dev/zero | tr '\0' 'z' >"$LAB/large"
  kdc_create
  echo "modprinc +ok_as_delegate HTTP/$AES" | kadmin.local -r $REALM >>"$LAB/kadmin.log" 2>&1
  kdc_start
  kinit -f -c "FILE:$LAB/alice.ccache" "alice@$REALM" <<<"$PASSWORD" >/dev/null
  tickets
  their_initiator
  our_initiator
  accounts_create
  ntlm_with_gss_ntlmssp
}

# The example asks no KDC: its tickets are in the cache already.
tickets() {
  local name
  for name in "${NAMES[@]}" other wrong; do
    kvno -q -c "FILE:$LAB/alice.ccache" "HTTP/$name.$DOMAIN"
  done
  export KRB5CCNAME=FILE:$LAB/alice.ccache
}

# --- What must hold -------------------------------------------------------------------------------------------------

their_initiator() {
  local name option
  ours --keytab "$LAB/http.keytab" --permit-rc4
  for name in "${NAMES[@]}"; do
    # Who permits this type alone keeps to it; else the key is of a better type, if the acceptor knows one (RFC 4537).
    sed "s/permitted_enctypes = .*/permitted_enctypes = ${ENCTYPES[$name]}/" "$LAB/krb5.conf" >"$LAB/krb5-$name.conf"
    for option in '' -spnego '-seq -mcount 3' '-spnego -nomutual -mcount 3'; do
      KRB5_CONFIG=$LAB/krb5-$name.conf by_theirs $option 127.0.0.1 HTTP@$name.$DOMAIN hello
      holds "gss-client${option:+ $option}, $name" 'Signature verified' "alice@$REALM" "^key: $(key_of $name)$" 'sealed: "hello"'
    done
    KRB5_CONFIG=$LAB/krb5-$name.conf by_theirs -nx -mcount 3 127.0.0.1 HTTP@$name.$DOMAIN hello
    holds "gss-client -nx, $name" 'Signature verified' "alice@$REALM" "^key: $(key_of $name)$" 'signed: "hello"'
    by_theirs 127.0.0.1 HTTP@$name.$DOMAIN hello
    holds "gss-client, $name, or better" 'Signature verified' "alice@$REALM" '^key: aes256-cts'
  done
  by_theirs 127.0.0.1 HTTP@$AES hello
  holds "gss-client: mutual and replay" 'Signature verified' '^flags: mutual replay confidentiality integrity$'
  by_theirs -nomutual -noreplay -seq 127.0.0.1 HTTP@$AES hello
  holds "gss-client: sequence" 'Signature verified' '^flags: sequence confidentiality integrity$'
  for option in -nomutual -seq -noreplay '-seq -noreplay -nomutual' -d '-d -spnego' -nx '-mcount 20 -ccount 5' -v1 '-v1 -mcount 3' -nw; do
    by_theirs $option 127.0.0.1 HTTP@$AES hello
    holds "gss-client $option" 'Signature verified' "alice@$REALM"
  done
  delegated_to_us
  for option in -nm '-nw -nm' '-nx -nm'; do
    by_theirs $option 127.0.0.1 HTTP@$AES hello
    holds "gss-client $option" 'Response received' "alice@$REALM"
  done
  by_theirs -f 127.0.0.1 HTTP@$AES "$LAB/large"
  holds "gss-client -f: 65,000 octets" 'Signature verified' 'zzzzzz'
  by_theirs -na 127.0.0.1 HTTP@$AES hello
  holds "gss-client -na: nobody" 'Response received' 'unauthenticated'

  for name in other wrong; do
    by_theirs 127.0.0.1 HTTP@$name.$DOMAIN hello
    refused "gss-client with a ticket for $name" "HTTP/$name"
  done
  ours --keytab "$LAB/http.keytab"
  by_theirs 127.0.0.1 HTTP@rc4.$DOMAIN hello
  refused "gss-client with RC4, unless it is permitted" 'rc4|arcfour'
  by_theirs 127.0.0.1 HTTP@$AES hello
  holds "gss-client, and AES still" 'Signature verified' "alice@$REALM"
}

# What came along is good: another ticket is had with it.
delegated_to_us() {
  ours --keytab "$LAB/http.keytab" --delegated "$LAB/delegated.ccache"
  by_theirs -d 127.0.0.1 HTTP@$AES hello
  holds "gss-client -d: tickets came along" 'Signature verified' "delegated: the tickets of alice@$REALM"
  status=0
  kvno -c "FILE:$LAB/delegated.ccache" "HTTP/camellia128.$DOMAIN" >"$LAB/body" 2>&1 || status=$?
  klist -f -c "FILE:$LAB/delegated.ccache" >>"$LAB/body" 2>&1
  holds "and are good for another service" "krbtgt/$REALM@$REALM"
  ours --keytab "$LAB/http.keytab" --permit-rc4
}

our_initiator() {
  local name option
  theirs -keytab "FILE:$LAB/http.keytab" HTTP
  for name in "${NAMES[@]}"; do
    for option in '' --spnego '--seq --mcount 3' '--nx --mcount 3' '--spnego --nomutual --mcount 3'; do
      by_ours --permit-rc4 --keep-etype $option 127.0.0.1 HTTP@$name.$DOMAIN hello
      holds "gss-server${option:+ $option}, $name" 'signature verified' "alice@$REALM"
      said "gss-server${option:+ $option}, $name: the key's type" "^key: $(key_of $name)$"
    done
    by_ours --permit-rc4 127.0.0.1 HTTP@$name.$DOMAIN hello
    holds "gss-server, $name, or better" 'signature verified' "alice@$REALM"
  done
  by_ours 127.0.0.1 HTTP@$AES hello
  holds "gss-server: mutual and replay" 'signature verified' GSS_C_MUTUAL_FLAG GSS_C_REPLAY_FLAG
  by_ours --nomutual --noreplay --seq 127.0.0.1 HTTP@$AES hello
  holds "gss-server: sequence" 'signature verified' GSS_C_SEQUENCE_FLAG
  for option in --nomutual --seq --noreplay '--seq --noreplay --nomutual' -d '-d --spnego' --nx '--mcount 20 --ccount 5' --nw; do
    by_ours $option 127.0.0.1 HTTP@$AES hello
    holds "gss-server $option" 'signature verified' "alice@$REALM"
  done
  by_ours -d 127.0.0.1 HTTP@$AES hello
  holds "gss-server -d: it says so" '' GSS_C_DELEG_FLAG
  by_ours -d 127.0.0.1 HTTP@aes128-sha1.$DOMAIN hello
  holds "gss-server: a service that the KDC does not trust" 'signature verified' "alice@$REALM"
  if grep -q GSS_C_DELEG_FLAG "$LAB/log"; then
    outcome "gss-server -d: nothing for a service that the KDC does not trust with it" no
  else
    outcome "gss-server -d: nothing for a service that the KDC does not trust with it" yes
  fi
  for option in --nm '--nw --nm' '--nx --nm'; do
    by_ours $option 127.0.0.1 HTTP@$AES hello
    holds "gss-server $option" 'response received' "alice@$REALM"
  done
  by_ours -f 127.0.0.1 HTTP@$AES "$LAB/large"
  holds "gss-server -f: 65,000 octets" 'signature verified' 'zzzzzz'
  by_ours --na 127.0.0.1 HTTP@$AES hello
  holds "gss-server --na: nobody" 'response received' 'unauthenticated'

  for name in other wrong; do
    by_ours 127.0.0.1 HTTP@$name.$DOMAIN hello
    refused "gss-server with a ticket for $name" 'accepting context'
  done
  by_ours 127.0.0.1 HTTP@nowhere.$DOMAIN hello
  refused "no ticket for it: nothing is sent" '' 'HTTP/nowhere'
  by_ours 127.0.0.1 HTTP@rc4.$DOMAIN hello
  refused "RC4, unless it is permitted" '' 'rc4|arcfour'
  for option in '' --nx '--spnego'; do
    by_ours --tamper $option 127.0.0.1 HTTP@$AES hello
    refused "gss-server${option:+ $option}: a message that was altered" 'unsealing message'
  done
  by_ours --tamper --nw 127.0.0.1 HTTP@$AES hello
  refused "an open message that was altered: the signature is one of another" '' 'verify'
  flipped 4445 $PORT 1
  by_ours --port 4445 127.0.0.1 HTTP@$AES hello
  refused "a signature that was altered on its way" '' 'verify'
  flipped 4445 $PORT 0
  by_ours --port 4445 127.0.0.1 HTTP@$AES hello
  refused "a proof of the server's that was altered" '' 'AP-REP|proof|decrypt'
  # MIT's server has unlearnt it.
  by_ours --v1 127.0.0.1 HTTP@$AES hello
  refused "gss-server --v1" 'Expected NOOP'
}

# gss-client asks for no confidentiality, but gss-ntlmssp seals without it, which nobody can read; and it asks for the names that a mechanism knows, which gss-ntlmssp
# does not tell: hence -nw, and -q, with which it says by its exit status alone that the signature was verified.
ntlm_with_gss_ntlmssp() {
  local form
  ours --accounts "$NTLM_USER_FILE" --netbios-domain LIVE
  for form in "" -spnego; do
    by_theirs -mech "$NTLM" $form -q -nw -user "$USER_NAME" -pass $NTLM_PASSWORD 127.0.0.1 host@localhost hello
    holds "gss-client, NTLM${form:+ $form}" '' 'LIVE\\alice'
  done
  theirs host@localhost
  for form in "" --spnego; do
    by_ours $form --user "$USER_NAME" --pass $NTLM_PASSWORD 127.0.0.1 host@localhost hello
    holds "gss-server, NTLM${form:+ $form}" 'signature verified' 'alice'
  done
}

# --- How it is asked ------------------------------------------------------------------------------------------------

# ours OPTION…: the example takes logins. theirs OPTION…: gss-server does.
ours() { listen "$GSS_SAMPLE" accept --port $PORT "$@"; }
theirs() { listen stdbuf -oL gss-server -port $PORT -verbose "$@"; }

listen() {
  stop_server
  : >"$LAB/server.out"
  "$@" >"$LAB/server.out" 2>&1 &
  server=$!
  for _ in {1..100}; do
    # As a listener is told in /proc/net/tcp: a connection would be one to answer.
    ! grep -qi ":$(printf %04X $PORT) 00000000:0000 0A" /proc/net/tcp || return 0
    kill -0 "$server" 2>/dev/null || break
    sleep 0.05
  done
  echo "$1 does not listen:" >&2
  cat "$LAB/server.out" >&2
  return 1
}

# by_theirs OPTION…: gss-client logs in. by_ours OPTION…: the example does. What both sides said goes to files.
by_theirs() { speak gss-client -port $PORT "$@"; }
by_ours() { speak "$GSS_SAMPLE" call "$@"; }

speak() {
  before=$(wc -c <"$LAB/server.out")
  status=0
  timeout 20 "$@" >"$LAB/body" 2>&1 || status=$?
  heard
}

heard() { tail -c "+$((before + 1))" "$LAB/server.out" >"$LAB/log"; }

# server_said PATTERN: by now, or soon: it may be written after the client is gone.
server_said() {
  for _ in {1..50}; do
    ! grep -Eqi -- "$1" "$LAB/log" || return 0
    sleep 0.1
    heard
  done
  return 1
}

# The name of an encryption type as the example writes it.
key_of() { if [ "$1" = rc4 ]; then echo rc4-hmac; else echo "${ENCTYPES[$1]}"; fi; }

# holds WHAT CLIENT [SERVER…]: both did what they should, and said so.
holds() {
  local pattern
  if [ "$status" -ne 0 ]; then
    outcome "$1" no "exit status $status"
    return
  elif [ -n "$2" ] && ! grep -Eq -- "$2" "$LAB/body"; then
    outcome "$1" no "no '$2' by the client"
    return
  fi
  for pattern in "${@:3}"; do
    server_said "$pattern" || { outcome "$1" no "no '$pattern' by the server"; return; }
  done
  outcome "$1" yes
}

# said WHAT PATTERN: the client, among other things.
said() {
  if grep -Eq -- "$2" "$LAB/body"; then outcome "$1" yes; else outcome "$1" no "no '$2' by the client"; fi
}

# refused WHAT [SERVER [CLIENT]]: the client failed, and both said why.
refused() {
  if [ "$status" -eq 0 ] || [ "$status" -eq 124 ]; then
    outcome "$1: refused" no "exit status $status"
  elif [ -n "${2:-}" ] && ! server_said "$2"; then
    outcome "$1: refused" no "no '$2' by the server"
  elif [ -n "${3:-}" ] && ! grep -Eqi -- "$3" "$LAB/body"; then
    outcome "$1: refused" no "no '$3' by the client"
  else
    outcome "$1: refused" yes
  fi
}

"${1:-outside}"
