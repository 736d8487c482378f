#!/usr/bin/env bash
# Other people's HTTP clients at examples/whoami: the JDK's HttpURLConnection and python-requests, each by Kerberos and NTLM;
# and clients that are slow, broken or after someone else's login.
# Ends with `N passed, N failed`; anything failed is also the exit status. Everything runs on 127.0.0.1.
#
#   bash tests/live/web.sh             # builds examples/whoami first
#   WHOAMI=path bash tests/live/web.sh # or takes this one
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/live/kdc.sh
source tests/live/kdc.sh
# shellcheck source=tests/live/accounts.sh
source tests/live/accounts.sh

main() {
  trap 'finish kdc_stop' EXIT
  wanted java:openjdk-17-jdk-headless
  python_install
  kdc_install
  : "${WHOAMI:=$(built --example whoami)}"
  kdc_create
  kdc_start
  accounts_create
  use_lab
  jaas_create

  serve -- --keytab "$LAB/http.keytab" --accounts "$NTLM_USER_FILE" --netbios-domain LIVE
  jdk_by_kerberos
  jdk_by_ntlm
  requests_by_kerberos
  requests_by_ntlm
  serve -- --keytab "$LAB/http.keytab"
  where_there_is_kerberos_alone
  ulimit -Sn 4096 # for 1000 clients at once
  serve -- --accounts "$NTLM_USER_FILE" --netbios-domain LIVE
  where_there_is_ntlm_alone
  broken_clients
}

# --- What must hold -------------------------------------------------------------------------------------------------

jdk_by_kerberos() {
  by_jdk alice
  gets "JDK: alice's ticket" "alice@$REALM"
  by_jdk bob
  gets "JDK: bob's ticket" "bob@$REALM"
  by_jdk alice 'LIVE\bob' another-password
  gets "JDK: alice's ticket and bob's password: the ticket counts" "alice@$REALM"
}

# The JDK prefers Negotiate, has nothing for it, and goes over to NTLM by itself.
jdk_by_ntlm() {
  by_jdk nobody 'LIVE\alice' $NTLM_PASSWORD
  gets "JDK: no ticket, a password: NTLM" 'LIVE\alice'
  by_jdk nobody alice $NTLM_PASSWORD
  gets "JDK: no ticket, a password, no domain: NTLM" 'LIVE\alice'
  by_jdk nobody 'LIVE\bob' another-password
  gets "JDK: bob by NTLM" 'LIVE\bob'
  by_jdk nobody 'LIVE\alice' wrong
  gets_nothing "JDK: a wrong password" logon-failure
  by_jdk nobody
  gets_nothing "JDK: neither ticket nor password" ''
}

# requests-gssapi checks the proof in each answer, or raises an exception.
requests_by_kerberos() {
  by_requests alice kerberos
  gets "requests: alice's ticket, and the server has proven itself" "alice@$REALM"
  by_requests bob kerberos
  gets "requests: bob's ticket" "bob@$REALM"
  by_requests nobody kerberos
  gets_nothing "requests: no ticket" ''
}

requests_by_ntlm() {
  by_requests nobody ntlm 'LIVE\alice' $NTLM_PASSWORD
  gets "requests: alice by NTLM" 'LIVE\alice'
  by_requests nobody ntlm bob another-password
  gets "requests: bob by NTLM, no domain" 'LIVE\bob'
  by_requests alice ntlm 'LIVE\bob' another-password
  gets "requests: bob by NTLM, who has alice's ticket" 'LIVE\bob'
  by_requests nobody ntlm 'LIVE\alice' wrong
  gets_nothing "requests: a wrong password" logon-failure
  by_requests nobody ntlm 'LIVE\mallory' $NTLM_PASSWORD
  gets_nothing "requests: a stranger" logon-failure
}

where_there_is_kerberos_alone() {
  by_jdk alice
  gets "JDK: alice's ticket, where there is Kerberos alone" "alice@$REALM"
  by_jdk nobody 'LIVE\alice' $NTLM_PASSWORD
  gets_nothing "JDK: a password, where there is Kerberos alone" ''
  by_requests nobody ntlm 'LIVE\alice' $NTLM_PASSWORD
  gets_nothing "requests: NTLM under Negotiate, where there is Kerberos alone" ntlm
}

where_there_is_ntlm_alone() {
  by_jdk nobody 'LIVE\alice' $NTLM_PASSWORD
  gets "JDK: a password, where there is NTLM alone" 'LIVE\alice'
  by_requests nobody ntlm 'LIVE\alice' $NTLM_PASSWORD
  gets "requests: a password, where there is NTLM alone" 'LIVE\alice'
}

broken_clients() {
  : >"$LAB/log"
  : >"$LAB/body"
  told_by "$LAB/venv/bin/python" -B tests/live/broken_clients.py "$port"
}

# --- How it is asked ------------------------------------------------------------------------------------------------

# by_jdk USER [NAME PASSWORD]: two requests with the user's tickets, and with a password for whoever asks.
by_jdk() {
  client "$1" timeout 60 java -Djava.security.krb5.conf="$LAB/krb5.conf" -Djava.security.auth.login.config="$LAB/jaas.conf" \
    -Djavax.security.auth.useSubjectCredsOnly=false tests/live/jdk/Get.java "http://localhost:$port/" "${@:2}"
}

# by_requests USER SCHEME…
by_requests() { client "$1" timeout 60 "$LAB/venv/bin/python" -B tests/live/requests_logins.py "http://localhost:$port/" "${@:2}"; }

# client USER COMMAND…: what it prints goes to a file, and what the server logs meanwhile to another.
client() {
  local before
  before=$(wc -c <"$LAB/server.err")
  KRB5CCNAME=FILE:$LAB/$1.ccache "${@:2}" >"$LAB/body" 2>"$LAB/client.err" || echo "exit $?" >>"$LAB/body"
  tail -c "+$((before + 1))" "$LAB/server.err" >"$LAB/log"
}

# gets WHAT NAME: both requests are answered by this name's page.
gets() {
  if [ "$(grep -c '^status 200$' "$LAB/body")" != 2 ]; then
    outcome "$1" no "$(said)"
  elif ! grep -qF -- "$2" "$LAB/body"; then
    outcome "$1" no "no $2 in the body"
  else
    outcome "$1" yes
  fi
}

# gets_nothing WHAT KIND: every answer is 401; and if there is something to refuse, then because of KIND.
gets_nothing() {
  if grep -q '^status 200$' "$LAB/body" || ! grep -q '^status 401$' "$LAB/body"; then
    outcome "$1: 401" no "$(said)"
  elif [ -n "$2" ] && ! grep -q "refused ($2" "$LAB/log"; then
    outcome "$1: 401" no "the log says no $2"
  else
    outcome "$1: 401" yes
  fi
}

said() { { grep -E '^(status|exit|asked)' "$LAB/body"; tail -n 1 "$LAB/client.err"; } | tr '\n' ' '; }

main "$@"
