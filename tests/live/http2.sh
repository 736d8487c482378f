#!/usr/bin/env bash
# HTTP/2 and TLS at examples/whoami: curl with prior knowledge and by ALPN, by Kerberos and NTLM; channel bindings as each
# client sends them or does not; Chromium and Firefox, python-requests and the JDK over https.
# Ends with `N passed, N failed`; anything failed is also the exit status. Everything runs on 127.0.0.1.
#
#   bash tests/live/http2.sh             # builds examples/whoami first
#   WHOAMI=path bash tests/live/http2.sh # or takes this one
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/live/kdc.sh
source tests/live/kdc.sh
# shellcheck source=tests/live/accounts.sh
source tests/live/accounts.sh
# shellcheck source=tests/live/opened.sh
source tests/live/opened.sh

CERTIFICATE=$LAB/certificate.pem
export CERTIFICATE

main() {
  trap 'finish kdc_stop' EXIT
  browsers_install
  python_install
  wanted openssl:openssl java:openjdk-17-jdk-headless
  kdc_install
  : "${WHOAMI:=$(built --example whoami)}"
  kdc_create
  kdc_start
  accounts_create
  use_lab
  jaas_create

  whoami_start
  over_plain_http2
  whoami_start --tls --http2
  over_tls
  by_ticket_in_browsers
  whoami_start --tls
  by_ntlm_in_browsers
  whoami_start --tls --http2 --channel-bindings required
  bindings_required
}

whoami_start() {
  local tls=()
  [[ " $* " != *" --tls "* ]] || tls=(--tls-certificate-out "$CERTIFICATE")
  rm -f "$CERTIFICATE"
  serve -- --keytab "$LAB/http.keytab" --accounts "$NTLM_USER_FILE" --netbios-domain LIVE "$@" "${tls[@]}"
  [ ${#tls[@]} -gt 0 ] || return 0
  rm -f "$LAB/trust"
  keytool -importcert -noprompt -file "$CERTIFICATE" -keystore "$LAB/trust" -storepass of-no-consequence 2>"$LAB/keytool.err"
}

# --- What must hold -------------------------------------------------------------------------------------------------

# A ticket is one token, which fits in one request. NTLM takes two, and requests overtake each other here: curl is told
# that it is refused, and why.
over_plain_http2() {
  by_ticket http alice --http2-prior-knowledge
  expect "h2c: alice's ticket" 200 body "alice@$REALM"
  expect "h2c: it was HTTP/2" 200 trace '^< HTTP/2 200'
  expect "h2c: the server's proof" 200 trace '^< www-authenticate: negotiate [a-z0-9+/=]+'
  ask_by http curl -q --http2-prior-knowledge
  expect "h2c: nobody" 401 trace '^< www-authenticate: negotiate.?$'
  ask_by http curl -q --http2-prior-knowledge -H 'Authorization: NTLM TlRMTVNTUAABAAAAB4IIogAAAAAAAAAAAAAAAAAAAAAKAGFKAAAADw=='
  expect "h2c: NTLM's first leg: 401, and the log says why" 401 log 'refused \(needs-http-1.1'
}

over_tls() {
  by_ticket https alice
  expect "TLS: alice's ticket, by HTTP/2" 200 body "alice@$REALM"
  expect "TLS: it was HTTP/2" 200 trace '^< HTTP/2 200'
  nobody_behind_alice
  by_ticket https bob --http1.1
  expect "TLS: bob's ticket, by HTTP/1.1" 200 body "bob@$REALM"
  # With a choice, curl asks first and chooses then; with none, its first leg comes over HTTP/2 and has to be sent back.
  ask_by https curl -q --ntlm --basic -u "$USER_NAME:$NTLM_PASSWORD"
  expect "TLS: curl, which reads of NTLM, goes over to HTTP/1.1 by itself" 200 body 'LIVE\\alice'
  ask_by https curl -q --ntlm -u "$USER_NAME:$NTLM_PASSWORD"
  expect "TLS: curl --ntlm goes over to HTTP/1.1 when it is told to" 200 body 'LIVE\\alice'
  expect "TLS: it was HTTP/1.1" 200 trace '^< HTTP/1.1 200'
  by_requests alice kerberos
  expect "TLS: requests, by a ticket without channel bindings" 0 body "alice@$REALM"
  by_requests alice kerberos tls-server-end-point
  expect "TLS: requests, by a ticket with channel bindings" 0 body "alice@$REALM"
  by_requests nobody ntlm "$USER_NAME" "$NTLM_PASSWORD"
  expect "TLS: requests, by NTLM with channel bindings" 0 body 'LIVE\\alice'
}

# A login is its own request's. (Over a connection of prior knowledge, curl 7.88 makes no second request.)
nobody_behind_alice() {
  local common=(-sv --noproxy '*' --max-time 10 --cacert "$CERTIFICATE" -o "$LAB/body")
  status=$(KRB5CCNAME=FILE:$LAB/alice.ccache curl -q "${common[@]}" --negotiate -u : "https://localhost:$port/" \
    --next "${common[@]}" -w '%{http_code}' "https://localhost:$port/" 2>"$LAB/trace") || true
  expect "TLS: the next request of the HTTP/2 connection that alice logged in on" 401 trace 're-using existing connection'
}

by_ticket_in_browsers() {
  local browser key
  key=$(key_of_certificate)
  for browser in chromium firefox; do
    url=https://localhost:$port/
    open_in $browser alice --trust localhost --certificate-hash "$key"
    sees "TLS: $browser, by alice's ticket" "You are alice@$REALM" "by kerberos"
  done
}

# Where NTLM is taken, whoami offers HTTP/1.1 alone: Chromium 156 does not always find its way back from HTTP/2.
by_ntlm_in_browsers() {
  local browser key
  key=$(key_of_certificate)
  ask_by https curl -q --ntlm -u "$USER_NAME:$NTLM_PASSWORD"
  expect "TLS: where NTLM is taken, HTTP/2 is not offered" 200 trace '^< HTTP/1.1 200'
  for browser in chromium firefox; do
    url=https://localhost:$port/
    open_in $browser nobody --login "$USER_NAME" "$NTLM_PASSWORD" --certificate-hash "$key"
    sees "TLS: $browser, by NTLM" "You are $USER_NAME" "by ntlm"
  done
}

# curl sends none, for either: what is required is not there.
bindings_required() {
  local browser key
  key=$(key_of_certificate)
  by_ticket https alice
  expect "bindings required: curl by a ticket, which has none: 401" 401 log 'refused \(bad-bindings'
  ask_by https curl -q --http1.1 --ntlm -u "$USER_NAME:$NTLM_PASSWORD"
  expect "bindings required: curl by NTLM, which has none: 401" 401 log 'refused \(bad-bindings'
  by_requests alice kerberos tls-server-end-point
  expect "bindings required: requests, by a ticket with them" 0 body "alice@$REALM"
  by_requests nobody ntlm "$USER_NAME" "$NTLM_PASSWORD"
  expect "bindings required: requests, by NTLM with them" 0 body 'LIVE\\alice'
  by_requests alice kerberos
  expect "bindings required: requests, by a ticket without: 401" 0 log 'refused \(bad-bindings'
  by_jdk always
  expect "bindings required: the JDK, by a ticket with them" 0 body "alice@$REALM"
  by_jdk never
  expect "bindings required: the JDK, by a ticket without: 401" "$status" log 'refused \(bad-bindings'
  for browser in chromium firefox; do
    url=https://localhost:$port/
    open_in $browser alice --trust localhost --certificate-hash "$key"
    is_refused "bindings required: $browser, by a ticket, which has none" bad-bindings
  done
}

# --- How it is asked ------------------------------------------------------------------------------------------------

by_ticket() { ask_by "$1" KRB5CCNAME="FILE:$LAB/$2.ccache" curl -q --negotiate -u : "${@:3}"; }

# ask_by SCHEME [VARIABLE=VALUE…] COMMAND…
ask_by() {
  local trust=()
  [ "$1" = http ] || trust=(--cacert "$CERTIFICATE")
  scheme=$1 ask localhost "${@:2}" "${trust[@]}"
}

by_requests() { client "$1" "$LAB/venv/bin/python" -B tests/live/requests_logins.py "https://localhost:$port/" "${@:2}"; }

# by_jdk always|never: by alice's ticket, with channel bindings or without.
by_jdk() {
  client alice java -Djdk.https.negotiate.cbt="$1" -Djavax.net.ssl.trustStore="$LAB/trust" \
    -Djavax.net.ssl.trustStorePassword=of-no-consequence -Djava.security.krb5.conf="$LAB/krb5.conf" \
    -Djava.security.auth.login.config="$LAB/jaas.conf" -Djavax.security.auth.useSubjectCredsOnly=false \
    tests/live/jdk/Get.java "https://localhost:$port/"
}

# client USER COMMAND…: $status is the program's own; what it prints goes to a file.
client() {
  local before
  before=$(wc -c <"$LAB/server.err")
  status=0
  KRB5CCNAME=FILE:$LAB/$1.ccache timeout 60 "${@:2}" >"$LAB/body" 2>"$LAB/client.err" || status=$?
  tail -c "+$((before + 1))" "$LAB/server.err" >"$LAB/log"
}

key_of_certificate() {
  openssl x509 -in "$CERTIFICATE" -noout -pubkey | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64
}

main "$@"
