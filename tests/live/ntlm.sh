#!/usr/bin/env bash
# NTLM with real peers: curl at examples/whoami; Samba's ntlm_auth, gss-ntlmssp and pyspnego with this crate, in both roles.
# Ends with `N passed, N failed`; anything failed is also the exit status. Everything runs on 127.0.0.1.
#
#   bash tests/live/ntlm.sh # builds examples/whoami, examples/gss_lines and the command first, or takes those in
#                           # WHOAMI, GSS_LINES and NEGOTIATE
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/live/kdc.sh
source tests/live/kdc.sh
# shellcheck source=tests/live/accounts.sh
source tests/live/accounts.sh

main() {
  trap 'finish kdc_stop' EXIT
  install_peers
  kdc_install
  : "${WHOAMI:=$(built --example whoami)}"
  GSS_LINES=${GSS_LINES:-$(built --example gss_lines)}
  NEGOTIATE=${NEGOTIATE:-$(built --all-features --bin negotiate)}
  export GSS_LINES NEGOTIATE
  kdc_create
  kdc_start
  accounts_create
  smb_conf_create

  not_for_everybody
  serve --
  as_whoami_says
  serve -- --accounts "$NTLM_USER_FILE" --netbios-domain LIVE
  curl_by_ntlm
  curl_by_negotiate
  strangers
  replays
  ntlm_where_kerberos_was_hoped_for
  each_with_each

  serve -- --keytab "$LAB/http.keytab" --accounts "$NTLM_USER_FILE" --netbios-domain LIVE
  kerberos_before_ntlm
}

install_peers() {
  wanted curl:curl ntlm_auth:winbind /etc/gss/mech.d/mech.ntlmssp.conf:gss-ntlmssp
  python_install
}

# Enough for ntlm_auth, which is given its only password on its command line and asks no daemon.
smb_conf_create() {
  mkdir -p "$LAB/samba"
  cat >"$SMB_CONF" <<EOF
[global]
 workgroup = LIVE
 netbios name = LAB
 log file = $LAB/samba/log
 private dir = $LAB/samba
 lock directory = $LAB/samba
 state directory = $LAB/samba
 cache directory = $LAB/samba
 pid directory = $LAB/samba
EOF
}

# --- What must hold -------------------------------------------------------------------------------------------------

# The account that whoami has built in, whose password everybody knows.
not_for_everybody() {
  status=0
  timeout 10 "$WHOAMI" --demo-only --listen 0.0.0.0:0 >"$LAB/body" 2>"$LAB/log" || status=$?
  expect "whoami with its own account on all addresses" 2 log 'for this machine alone'
}

# The line that whoami prints for whoever started it.
as_whoami_says() {
  local line
  line=$(sed -n 's/^log in with \(curl .*\) http:.*/\1/p' "$LAB/server.out")
  read -ra command <<<"$line"
  ask localhost "${command[@]}"
  expect "$line" 200 body 'WHOAMI\\alice'
}

curl_by_ntlm() {
  by_ntlm "$USER_NAME" "$NTLM_PASSWORD"
  expect "curl --ntlm: alice" 200 body 'LIVE\\alice'
  by_ntlm 'live\ALICE' "$NTLM_PASSWORD"
  expect "curl --ntlm: alice, in other letters" 200 body 'LIVE\\alice'
  by_ntlm 'LIVE\bob' another-password
  expect "curl --ntlm: bob" 200 body 'LIVE\\bob'
  by_ntlm "$USER_NAME" wrong
  expect "curl --ntlm: a wrong password" 401 log 'ntlm|logon|password'
  cp "$LAB/body" "$LAB/body.wrong"
  by_ntlm 'LIVE\mallory' "$NTLM_PASSWORD"
  expect "curl --ntlm: a stranger" 401 log 'ntlm|logon|password|user'
  if cmp -s "$LAB/body" "$LAB/body.wrong"; then
    outcome "a stranger reads what a wrong password does" yes
  else
    outcome "a stranger reads what a wrong password does" no
  fi
  by_ntlm 'OTHER\alice' "$NTLM_PASSWORD"
  expect "curl --ntlm: another domain's alice" 401
}

# curl itself offers Kerberos and whatever else its GSS-API has: here gss-ntlmssp, whose credentials are a file's.
curl_by_negotiate() {
  by_negotiate "$NTLM_USER_FILE"
  expect "curl --negotiate: alice" 200 body 'LIVE\\alice'
  expect "curl --negotiate: her tokens are SPNEGO's" 200 trace '^> authorization: negotiate [Yo]'
  sed s/$NTLM_PASSWORD/wrong/ "$NTLM_USER_FILE" >"$LAB/wrong"
  by_negotiate "$LAB/wrong"
  expect "curl --negotiate: a wrong password" 401
}

strangers() {
  ask localhost curl -q
  expect "nobody: 401" 401 trace '^< www-authenticate: negotiate'
  expect "401 offers NTLM too" 401 trace '^< www-authenticate: ntlm.?$'
  ask localhost curl -q -H 'Authorization: NTLM TlRMTVNTUAABAAA='
  expect "a cut token: 401" 401
  by_ntlm "$USER_NAME" "$NTLM_PASSWORD"
  expect "and alice still gets in" 200 body 'LIVE\\alice'
}

# What was seen on the wire once is of no use: alone, and after a new NEGOTIATE on a connection of its own.
replays() {
  local hello proof
  by_ntlm "$USER_NAME" "$NTLM_PASSWORD"
  hello=$(sent NTLM | head -n 1)
  proof=$(sent NTLM | tail -n 1)
  ask localhost curl -q -H "$proof"
  expect "the same AUTHENTICATE as a first token: 401" 401
  status=$(curl -q -sv --noproxy '*' --max-time 10 -H "$hello" -o "$LAB/body" "http://localhost:$port/" \
    --next -sv --noproxy '*' --max-time 10 -H "$proof" -o "$LAB/body" -w '%{http_code}' "http://localhost:$port/" 2>"$LAB/trace")
  expect "the same AUTHENTICATE after the next CHALLENGE: 401" 401 trace 're-using existing connection'
}

# Her first token is Kerberos', which this server has not. Now that it is not the first choice any more, both sides sign
# what was offered (mechListMIC).
ntlm_where_kerberos_was_hoped_for() {
  with_both localhost
  expect "curl --negotiate with a ticket too, where there is NTLM alone" 200 body 'LIVE\\alice'
  sed -n 's/^< www-authenticate: \(Negotiate .*\)\r$/\1/p' "$LAB/trace" | tail -n 1 | "$NEGOTIATE" inspect >"$LAB/body"
  expect "and what was offered is signed" 200 body 'mechListMIC'
}

kerberos_before_ntlm() {
  with_both localhost
  expect "a ticket and a password: the ticket counts" 200 body "alice@$REALM"
  ask localhost "KRB5_CONFIG=$LAB/krb5.conf" KRB5CCNAME="FILE:$LAB/alice.ccache" GSS_MECH_CONFIG="$LAB/mech" curl -q --negotiate -u :
  expect "a ticket alone" 200 body "alice@$REALM"
  by_negotiate "$NTLM_USER_FILE"
  expect "a password alone, under Negotiate" 200 body 'LIVE\\alice'
  by_ntlm "$USER_NAME" "$NTLM_PASSWORD"
  expect "a password alone, under NTLM" 200 body 'LIVE\\alice'
  with_both wrong.$DOMAIN
  expect "a ticket that does not open: no way down to NTLM" 401 log 'HTTP/wrong'
}

each_with_each() {
  : >"$LAB/log"
  : >"$LAB/body"
  told_by "$LAB/venv/bin/python" -B tests/live/ntlm_pairs.py
}

# --- How it is asked ------------------------------------------------------------------------------------------------

by_ntlm() { ask localhost curl -q --ntlm -u "$1:$2"; }

# by_negotiate ACCOUNTS: with the first account of the file.
by_negotiate() { ask localhost NTLM_USER_FILE="$1" curl -q --negotiate -u :; }

# with_both HOST: with alice's ticket and with her password.
with_both() {
  ask "$1" "KRB5_CONFIG=$LAB/krb5.conf" KRB5CCNAME="FILE:$LAB/alice.ccache" curl -q --negotiate -u :
}

# The headers of the last request with a token of this scheme, as curl sent them.
sent() { sed -n "s|^> \(Authorization: $1 [A-Za-z0-9+/=]*\).*|\1|p" "$LAB/trace"; }

main "$@"
