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

outside() {
  wanted ip:iproute2 gss-client:krb5-gss-samples /etc/gss/mech.d/mech.ntlmssp.conf:gss-ntlmssp
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

AES=aes256-sha1.$DOMAIN

their_initiator() {
  local name option
  ours --keytab "$LAB/http.keytab" --permit-rc4
  for name in "${NAMES[@]}"; do
    for option in '' -spnego '-nx -seq -mcount 3' '-spnego -nomutual -mcount 3'; do
      by_theirs $option 127.0.0.1 HTTP@$name.$DOMAIN hello
      holds "gss-client $option, $name" 'Signature verified' "alice@$REALM"
    done
  done
  for option in -nomutual -seq -noreplay '-seq -noreplay -nomutual' -d '-d -spnego' -nx '-mcount 20 -ccount 5' -v1 '-v1 -mcount 3' -nw; do
    by_theirs $option 127.0.0.1 HTTP@$AES hello
    holds "gss-client $option" 'Signature verified' "alice@$REALM"
  done
  by_theirs -d 127.0.0.1 HTTP@$AES hello
  holds "gss-client -d: a ticket-granting ticket came along" '' 'delegated: .*krbtgt'
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

our_initiator() {
  local name option
  theirs -keytab "FILE:$LAB/http.keytab" HTTP
  for name in "${NAMES[@]}"; do
    for option in '' --spnego '--nx --seq --mcount 3' '--spnego --nomutual --mcount 3'; do
      by_ours --permit-rc4 $option 127.0.0.1 HTTP@$name.$DOMAIN hello
      holds "gss-server $option, $name" 'signature verified' "alice@$REALM"
    done
  done
  for option in --nomutual --seq --noreplay '--seq --noreplay --nomutual' -d '-d --spnego' --nx '--mcount 20 --ccount 5' --nw; do
    by_ours $option 127.0.0.1 HTTP@$AES hello
    holds "gss-server $option" 'signature verified' "alice@$REALM"
  done
  by_ours -d 127.0.0.1 HTTP@$AES hello
  holds "gss-server -d: it says so" '' GSS_C_DELEG_FLAG
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
    refused "gss-server $option: a message that was altered" 'unsealing message'
  done
  by_ours --tamper --nw 127.0.0.1 HTTP@$AES hello
  refused "an open message that was altered: the signature is one of another" '' 'verify'
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
    holds "gss-client, NTLM $form" '' 'LIVE\\alice'
  done
  theirs host@localhost
  for form in "" --spnego; do
    by_ours $form --user "$USER_NAME" --pass $NTLM_PASSWORD 127.0.0.1 host@localhost hello
    holds "gss-server, NTLM $form" 'signature verified' 'alice'
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
by_ours() { speak "$GSS_SAMPLE" call --port $PORT "$@"; }

speak() {
  local before
  before=$(wc -c <"$LAB/server.out")
  status=0
  timeout 20 "$@" >"$LAB/body" 2>&1 || status=$?
  sleep 0.05
  tail -c "+$((before + 1))" "$LAB/server.out" >"$LAB/log"
}

# holds WHAT CLIENT [SERVER]: both did what they should, and said so.
holds() {
  if [ "$status" -ne 0 ]; then
    outcome "$1" no "exit status $status"
  elif [ -n "$2" ] && ! grep -Eq -- "$2" "$LAB/body"; then
    outcome "$1" no "no '$2' by the client"
  elif [ $# -gt 2 ] && ! grep -Eq -- "$3" "$LAB/log"; then
    outcome "$1" no "no '$3' by the server"
  else
    outcome "$1" yes
  fi
}

# refused WHAT [SERVER [CLIENT]]: the client failed, and both said why.
refused() {
  if [ "$status" -eq 0 ] || [ "$status" -eq 124 ]; then
    outcome "$1: refused" no "exit status $status"
  elif ! grep -Eqi -- "${2:-}" "$LAB/log"; then
    outcome "$1: refused" no "no '$2' by the server"
  elif ! grep -Eqi -- "${3:-}" "$LAB/body"; then
    outcome "$1: refused" no "no '$3' by the client"
  else
    outcome "$1: refused" yes
  fi
}

"${1:-outside}"
