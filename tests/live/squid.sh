#!/usr/bin/env bash
# Squid asks `negotiate helper` who is there, curl goes through it: NTLM bare and under Negotiate, and Kerberos.
# Ends with `N passed, N failed`; anything failed is also the exit status. Everything runs on 127.0.0.1.
#
#   bash tests/live/squid.sh                # builds the command first
#   NEGOTIATE=path bash tests/live/squid.sh # or takes this one
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/live/kdc.sh
source tests/live/kdc.sh
# shellcheck source=tests/live/accounts.sh
source tests/live/accounts.sh
# shellcheck source=tests/live/squid_server.sh
source tests/live/squid_server.sh

main() {
  trap 'finish tidy' EXIT
  wanted curl:curl squid:squid python3:python3 /etc/gss/mech.d/mech.ntlmssp.conf:gss-ntlmssp
  kdc_install
  : "${NEGOTIATE:=$(built --all-features --bin negotiate)}"
  kdc_create
  kdc_start
  accounts_create
  origin_start
  squid_start ntlm negotiate

  through "$NTLM_PASSWORD" --proxy-ntlm
  expect "alice, by NTLM" 200
  logged "$USER_NAME" "the log of Squid knows her"
  through wrong --proxy-ntlm
  expect "a wrong password" 407
  USER_NAME='LIVE\mallory' through "$NTLM_PASSWORD" --proxy-ntlm
  expect "a stranger" 407
  through "$NTLM_PASSWORD" --proxy-ntlm
  expect "and alice still gets in" 200

  negotiated "$NTLM_USER_FILE"
  expect "alice, by NTLM in SPNEGO under Negotiate" 200
  logged "$USER_NAME" "the log of Squid knows her"
  sed s/$NTLM_PASSWORD/wrong/ "$NTLM_USER_FILE" >"$LAB/wrong"
  negotiated "$LAB/wrong"
  expect "a wrong password under Negotiate" 407
  KRB5_CONFIG=$LAB/krb5.conf KRB5CCNAME=FILE:$LAB/bob.ccache USER_NAME='' through "" --proxy-negotiate
  expect "bob, by a ticket" 200
  logged "bob@$REALM" "the log of Squid knows him"
  through "" --proxy-header 'Proxy-Authorization: Negotiate YIIBAAA='
  expect "a cut token under Negotiate" 407
  through "" --proxy-header 'Proxy-Authorization: NTLM TlRMTVNTUAABAAA='
  expect "a cut token under NTLM" 407
  negotiated "$NTLM_USER_FILE"
  expect "and alice still gets in under Negotiate" 200
  through ""
  expect "nobody" 407
  one_login_a_connection
  many_at_once
  helpers_stayed
}

one_login_a_connection() {
  local seen=$folder/squid/access.log before logins
  before=$(grep -c /407 "$seen")
  status=$(curl -q -s --max-time 10 -x "http://127.0.0.1:$proxy" --proxy-ntlm -U "$USER_NAME:$NTLM_PASSWORD" -o "$LAB/body" \
    -w '%{http_code}' "http://127.0.0.1:$origin/" "http://127.0.0.1:$origin/" -o "$LAB/body") || status="curl: exit $?"
  expect "two requests on one connection" 200200
  logins=$(($(grep -c /407 "$seen") - before))
  if [ "$logins" -eq 1 ]; then outcome "with one login" yes; else outcome "with one login" no "$logins"; fi
}

# More connections than helpers: a helper has several handshakes open, one after the other.
many_at_once() {
  local pids=() pid
  for _ in {1..8}; do
    through_quietly --proxy-ntlm -U "$USER_NAME:$NTLM_PASSWORD" &
    pids+=($!)
    through_quietly --proxy-negotiate -U : &
    pids+=($!)
  done
  status=all
  for pid in "${pids[@]}"; do wait "$pid" || status=some; done
  expect "sixteen at once" all
}

through_quietly() {
  curl -q -sf --max-time 20 -x "http://127.0.0.1:$proxy" "$@" -o /dev/null "http://127.0.0.1:$origin/"
}

# --- How it is asked ------------------------------------------------------------------------------------------------

# through PASSWORD OPTION…: one GET through the proxy, of which the proxy's verdict is kept.
through() {
  local password=$1
  shift
  status=$(curl -q -s --max-time 10 -x "http://localhost:$proxy" -U "$USER_NAME:$password" "$@" \
    -o "$LAB/body" -w '%{http_code}' "http://127.0.0.1:$origin/") || status="curl: exit $?"
  tail -n 20 "$folder/squid/cache.log" >"$LAB/log"
}

# negotiated ACCOUNTS: curl takes the credential of gss-ntlmssp, which reads it from there.
negotiated() {
  NTLM_USER_FILE=$1 USER_NAME='' through "" --proxy-negotiate
}

# logged NAME WHAT: Squid writes a backslash as two.
logged() {
  if tail -n 1 "$folder/squid/access.log" | grep -qF "/200 " && tail -n 1 "$folder/squid/access.log" | grep -qF " ${1/\\/\\\\} "; then
    outcome "$2" yes
  else
    outcome "$2" no "$(tail -n 1 "$folder/squid/access.log")"
  fi
}

# A helper that dies is started anew, so all the above would not show it.
helpers_stayed() {
  if grep -q 'Hlpr[0-9]* exited' "$folder/squid/cache.log"; then
    outcome "no helper ended before Squid" no
  else
    outcome "no helper ended before Squid" yes
  fi
}

# --- What runs meanwhile --------------------------------------------------------------------------------------------

origin_start() {
  mkdir -p "$LAB/page"
  echo hello >"$LAB/page/index.html"
  # It is emptied before: else the port of the last time may be read.
  : >"$LAB/origin.out"
  python3 -u -m http.server --bind 127.0.0.1 --directory "$LAB/page" 0 >"$LAB/origin.out" 2>"$LAB/origin.err" &
  started+=($!)
  for _ in {1..100}; do
    origin=$(sed -n 's/.* port \([0-9]*\) .*/\1/p' "$LAB/origin.out")
    [ -z "$origin" ] || return 0
    sleep 0.05
  done
  echo "the origin server does not start" >&2
  return 1
}

tidy() {
  kdc_stop
  squid_stop
}

main "$@"
