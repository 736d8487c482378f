#!/usr/bin/env bash
# The README's example against a real KDC and a real browser's cousin: `curl --negotiate` with tickets of MIT krb5.
# Ends with `N passed, N failed`; anything failed is also the exit status. Everything runs on 127.0.0.1.
#
#   bash tests/live/curl.sh             # builds examples/whoami first
#   WHOAMI=path bash tests/live/curl.sh # or takes this one
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/live/kdc.sh
source tests/live/kdc.sh

main() {
  trap 'finish kdc_stop' EXIT
  kdc_install
  kdc_create
  kdc_start
  : "${WHOAMI:=$(built --example whoami)}"

  serve -- --keytab "$LAB/http.keytab"
  every_encryption_type
  who_is_who
  strangers
  operators_mistakes
  replays
  wrong_clocks

  serve -- --keytab "$LAB/http.keytab" --principal HTTP/localhost@$REALM
  one_principal_only
}

# --- What must hold -------------------------------------------------------------------------------------------------

every_encryption_type() {
  local name
  for name in aes256-sha1 aes128-sha1 aes256-sha2 aes128-sha2 camellia256 camellia128; do
    request alice "$name.$DOMAIN"
    ticket_is "$name.$DOMAIN" "${ENCTYPES[$name]}, ${ENCTYPES[$name]}"
    expect "alice logs in with $name" 200 body "alice@$REALM"
  done
  request alice mixed.$DOMAIN
  ticket_is mixed.$DOMAIN "${ENCTYPES[aes128-sha2]}, ${ENCTYPES[aes256-sha1]}"
  expect "alice logs in with a session key of another type than the ticket's" 200 body "alice@$REALM"
  request alice rc4.$DOMAIN
  expect "RC4 is refused, and the operator reads why" 401 log 'arcfour-hmac|rc4'
}

who_is_who() {
  request alice localhost
  expect "alice at localhost, key version 3 of 3" 200 body "alice@$REALM"
  # The acceptor's proof goes into the client's GSS-API: curl says so when it does not like it.
  expect "the answer carries a token for mutual authentication" 200 trace '^< www-authenticate: negotiate [a-z0-9+/=]+'
  if grep -qi 'gss_init_sec_context() failed' "$LAB/trace"; then
    outcome "the client accepts the acceptor's proof" no
  else
    outcome "the client accepts the acceptor's proof" yes
  fi
  request bob localhost
  expect "bob is bob" 200 body "bob@$REALM"
}

strangers() {
  request nobody localhost
  expect "without a ticket: 401" 401
  expect "401 asks for Negotiate" 401 trace '^< www-authenticate: negotiate.?$'
  by_hand localhost "Negotiate YIIBAAA="
  expect "a cut token: 401" 401
  by_hand localhost "Negotiate TlRMTVNTUAABAAAABoIIAAAAAAAAAAAAAAAAAAAAAAA="
  expect "NTLM is named as such" 401 log 'NTLM'
  request alice localhost
  expect "and the next one still gets in" 200 body "alice@$REALM"
}

# Whoever runs the server finds the ticket's service, key version and encryption type in the log, beside what the keytab
# holds; whoever sent the ticket learns nothing of it.
operators_mistakes() {
  local aes256=${ENCTYPES[aes256-sha1]} host
  for host in other stale half wrong; do
    request alice $host.$DOMAIN
    expect "$host: 401" 401
    expect "$host: the log names the service" 401 log "HTTP/$host\.example\.com"
    expect "$host: the log names the ticket's encryption type" 401 log "$aes256"
    case $host in
      other) expect "other: the log says what the keytab holds instead" 401 log 'HTTP/(localhost|mixed|aes|camellia)' ;;
      stale)
        expect "stale: the log names the ticket's key version" 401 log '(kvno|version) *[=:]? *2\b'
        expect "stale: the log names the keytab's key version" 401 log '(kvno|version)s? *[=:]? *1\b'
        ;;
      half) expect "half: the log names the type that the keytab holds" 401 log "${ENCTYPES[aes128-sha1]}" ;;
      wrong) expect "wrong: the log names the key version" 401 log '(kvno|version) *[=:]? *1\b' ;;
    esac
    if grep -Eqi 'kvno|[0-9]-cts-|HTTP/'"$host" "$LAB/body"; then
      outcome "$host: the peer reads nothing of the keytab" no
    else
      outcome "$host: the peer reads nothing of the keytab" yes
    fi
  done
}

replays() {
  local header
  request alice localhost
  expect "alice, once" 200 body "alice@$REALM"
  header=$(sed -n 's/^> Authorization: \(Negotiate [A-Za-z0-9+\/=]*\).*/\1/p' "$LAB/trace" | tail -n 1)
  by_hand localhost "$header"
  expect "the same octets again: 401" 401 log 'replay|seen before'
  serve -- --keytab "$LAB/http.keytab"
  by_hand localhost "$header"
  expect "the same octets after a restart: 401" 401 log 'replay|seen before|started|restart'
  request alice localhost
  expect "a fresh token after the restart" 200 body "alice@$REALM"
}

# The tickets are there already, from the KDC's clock; only the authenticator has the time of the client. A client whose
# clock is slow would not use them, so there it is the server whose clock is fast.
wrong_clocks() {
  request alice localhost
  request alice localhost faketime -f +4m
  expect "a client's clock four minutes fast" 200 body "alice@$REALM"
  request alice localhost faketime -f +10m
  expect "a client's clock ten minutes fast: 401" 401 log 'clock|skew'
  local library
  # shellcheck disable=SC2016 # the inner shell expands it
  library=$(faketime -f +0 sh -c 'echo "$LD_PRELOAD"')
  # The clock of this server is set while it runs, so that its memory of replays begins before the client's time.
  echo +0 >"$LAB/clock"
  serve LD_PRELOAD="$library" FAKETIME_TIMESTAMP_FILE="$LAB/clock" FAKETIME_NO_CACHE=1 -- --keytab "$LAB/http.keytab"
  echo +4m >"$LAB/clock"
  request alice localhost
  expect "a client's clock four minutes slow" 200 body "alice@$REALM"
  echo +10m >"$LAB/clock"
  request alice localhost
  expect "a client's clock ten minutes slow: 401" 401 log 'clock|skew'
  serve LD_PRELOAD="$library" FAKETIME=+4m -- --keytab "$LAB/http.keytab"
  request alice localhost
  expect "stamped before this server began to remember: 401" 401 log 'before the replay cache began'
}

one_principal_only() {
  request alice localhost
  expect "the principal that was asked for" 200 body "alice@$REALM"
  request alice aes256-sha1.$DOMAIN
  expect "another principal of the same keytab: 401" 401 log 'HTTP/aes256-sha1\.example\.com'
}

# --- How it is asked ------------------------------------------------------------------------------------------------

# request USER HOST [COMMAND…]: one GET with the user's tickets, under COMMAND if there is one.
request() {
  local user=$1 host=$2
  shift 2
  ask "$host" KRB5CCNAME="FILE:$LAB/$user.ccache" "$@" curl -q --negotiate -u :
}

# by_hand HOST HEADER: one GET with this Authorization header.
by_hand() { ask "$1" KRB5CCNAME="FILE:$LAB/nobody.ccache" curl -q -H "Authorization: $2"; }

# A test that ran with another key than it believes proves nothing.
ticket_is() {
  klist -ef -c "FILE:$LAB/alice.ccache" | tr -d '\n' | grep -Eq "HTTP/$1@${REALM}[^@]*Etype \(skey, tkt\): $2 " ||
    outcome "the ticket for $1 is of $2" no
}

main "$@"
