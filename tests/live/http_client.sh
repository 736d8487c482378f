#!/usr/bin/env bash
# `examples/http_client` against servers and a proxy of today: whoami, Apache with mod_auth_gssapi, Squid with CONNECT; by a
# ticket of a real KDC and by NTLM; and where a redirect must not take a login. And `negotiate initiate` with curl as its
# carrier.
# Ends with `N passed, N failed`; anything failed is also the exit status. Everything runs on 127.0.0.1.
#
#   bash tests/live/http_client.sh   # builds the examples and the command first; CLIENT, WHOAMI, NEGOTIATE name others
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/live/kdc.sh
source tests/live/kdc.sh
# shellcheck source=tests/live/squid_server.sh
source tests/live/squid_server.sh

NTLM_USER='LIVE\alice'
NTLM_PASSWORD=correct-horse

main() {
  trap 'finish tidy' EXIT
  wanted curl:curl squid:squid apache2:apache2 python3:python3 /usr/lib/apache2/modules/mod_auth_gssapi.so:libapache2-mod-auth-gssapi
  kdc_install
  : "${CLIENT:=$(built --all-features --example http_client)}"
  : "${WHOAMI:=$(built --example whoami)}"
  : "${NEGOTIATE:=$(built --all-features --bin negotiate)}"
  kdc_create
  kdc_start
  # This crate asks no KDC: the ticket is there before. Another cache has none.
  KRB5CCNAME=FILE:$LAB/alice.ccache kvno -q HTTP/localhost
  printf 'LIVE:alice:%s\n' $NTLM_PASSWORD >"$LAB/accounts"
  echo $NTLM_PASSWORD >"$LAB/secret"
  echo wrong >"$LAB/wrong"
  serve -- --keytab "$LAB/http.keytab" --accounts "$LAB/accounts" --netbios-domain LIVE
  folder=$(mktemp -d)
  chmod 755 "$folder"
  apache_start
  squid_start negotiate
  redirector_start

  servers
  apaches
  commands
  proxies
  redirects
  squid_again negotiate ntlm
  proxies_with_a_choice
}

# --- What must hold -------------------------------------------------------------------------------------------------

servers() {
  local url=http://localhost:$port/
  get "$url" --ccache "$LAB/alice.ccache" --require-mutual
  came "whoami, by a ticket, and it proves itself" 0 'logged in to .* by kerberos under Negotiate, for this request'
  came "  alice it is" 0 "alice@$REALM"
  get "$url" --user "$NTLM_USER" --password-file "$LAB/secret"
  came "whoami, by NTLM inside Negotiate" 0 'by ntlm under Negotiate, for this connection'
  get "$url" --ccache "$LAB/bob.ccache" --user "$NTLM_USER" --password-file "$LAB/secret"
  came "no ticket at hand, and a password: it ends in NTLM" 0 'by ntlm under Negotiate'
  came "  and says why it was not Kerberos" 0 'is not offered: '
  get "$url" --ccache "$LAB/bob.ccache" --user "$NTLM_USER" --password-file "$LAB/secret" --forbid-ntlm
  came "unless that is forbidden" 2 'HTTP/localhost'
  came_not "  and no token went" 'authorization:'
  get "$url" --user "$NTLM_USER" --password-file "$LAB/wrong"
  came "a wrong password" 2 'refused the login'
  get "$url"
  came "nothing to log in with" 2 'offers no scheme that could be answered: it offers Negotiate, NTLM'
  get "https://localhost:$port/" --user "$NTLM_USER" --password-file "$LAB/secret"
  came "https is not spoken, so nothing is said in the clear" 2 'by TLS'
  came_not "  nothing at all" '^>'
}

apaches() {
  get "http://localhost:$apache/" --ccache "$LAB/alice.ccache" --require-mutual
  came "Apache's mod_auth_gssapi, by a ticket, and it proves itself" 0 'logged in to .* by kerberos under Negotiate'
  came "  it serves its page" 0 'hello from Apache'
  get "http://localhost:$apache/" --user "$NTLM_USER" --password-file "$LAB/secret"
  came "which knows no NTLM" 2 'refused the login'
}

# The command makes the tokens, curl carries them to Apache and back.
commands() {
  carried --ccache "$LAB/alice.ccache"
  came "negotiate initiate, its token carried by curl to Apache" 0 'hello from Apache'
  came "  the answer's token is fed back, and ends it" 0 "HTTP/localhost@$REALM"
  carried --ccache "$LAB/alice.ccache" --mechanism kerberos
  came "  the same by bare Kerberos" 0 "HTTP/localhost@$REALM"
  changes=s/..../AAAA/ carried --ccache "$LAB/alice.ccache"
  came "  an answer that was changed on its way" 1 'rejected'
}

# carried OPTION…: one login to Apache, whose answer may be changed by sed's $changes.
carried() {
  local to from pid token
  rm -f "$LAB"/{tokens,answers}
  mkfifo "$LAB"/{tokens,answers}
  exec {from}<>"$LAB/tokens" {to}<>"$LAB/answers"
  timeout 20 "$NEGOTIATE" initiate --target HTTP@localhost "$@" <"$LAB/answers" >"$LAB/tokens" 2>"$LAB/client" &
  pid=$!
  IFS= read -r -t 10 token <&"$from" || true
  curl -q -s -i --noproxy '*' --max-time 10 -H "Authorization: Negotiate $token" "http://localhost:$apache/" >"$LAB/body" || true
  sed -n 's/^WWW-Authenticate: Negotiate \([^\r]*\)\r*$/\1/Ip' "$LAB/body" | sed "${changes:-}" >&"$to"
  code=0
  wait "$pid" || code=$?
  exec {from}<&- {to}>&-
  cat "$LAB/body" >>"$LAB/client"
  cp "$LAB/client" "$LAB/log"
}

proxies() {
  local url=http://localhost:$port/ through=(--proxy "http://localhost:$proxy")
  get "$url" "${through[@]}" --ccache "$LAB/alice.ccache" --require-mutual
  came "through Squid by CONNECT, both by a ticket" 0 '> CONNECT localhost:[0-9]+'
  came "  the server proves itself through it; Squid has no proof with its yes" 0 "alice@$REALM"
  seen "  Squid knows alice" "alice@$REALM"
  get "$url" "${through[@]}" --user "$NTLM_USER" --password-file "$LAB/secret"
  came "through Squid by CONNECT, both by NTLM" 0 'by ntlm under Negotiate, for this connection'
  seen "  Squid knows her" 'LIVE..?alice'
  get "$url" "${through[@]}" --user "$NTLM_USER" --password-file "$LAB/wrong"
  came "a wrong password, and" 2 'refused the login'
  came_not "  never reaches the server" 'through it'
  get "http://localhost:$apache/" "${through[@]}" --ccache "$LAB/alice.ccache" --user "$NTLM_USER" --password-file "$LAB/secret"
  came "through Squid to Apache" 0 'hello from Apache'
}

# Kerberos is offered first, and there is no ticket for the proxy: that leaves a password, under the one scheme or the other.
proxies_with_a_choice() {
  local url=http://localhost:$port/ through=(--proxy "http://localhost:$proxy")
  local with_password=(--user "$NTLM_USER" --password-file "$LAB/secret")
  get "$url" "${through[@]}" --ccache "$LAB/bob.ccache" "${with_password[@]}"
  came "Squid offers Negotiate and NTLM: no ticket for it, and a password" 0 '> CONNECT localhost:[0-9]+'
  came "  it offers both" 0 '^< proxy-authenticate: NTLM'
  came "  CONNECT succeeds" 0 'through it'
  came "  which says why it was not by Kerberos" 0 'is not offered: '
  seen "  Squid knows her by NTLM" 'LIVE..?alice'
  get "$url" --proxy "http://127.0.0.1:$proxy" --ccache "$LAB/alice.ccache" "${with_password[@]}" --require-mutual
  came "no ticket for the proxy, and one for the server" 0 'logged in to HTTP/localhost@.* by kerberos under Negotiate'
  seen "  Squid knows her by NTLM" 'LIVE..?alice'
  get "$url" "${through[@]}" --ccache "$LAB/bob.ccache" "${with_password[@]}" --forbid-ntlm
  came "unless that is forbidden" 2 'HTTP/localhost'
  came_not "  and no token went" 'proxy-authorization:'
  get "$url" "${through[@]}" --ccache "$LAB/alice.ccache" "${with_password[@]}"
  came "a ticket for it, and a password" 0 'through it'
  seen "  Squid knows her by the ticket" "alice@$REALM"
}

redirects() {
  local url=http://localhost:$redirector other=http://127.0.0.1:$port/
  get "$url/to?$other" --user "$NTLM_USER" --password-file "$LAB/secret"
  came "a redirect to another host: it is followed without a login" 1 'another server: without a login'
  came_not "  and no token goes there" 'authorization:'
  get "$url/to?http://localhost:$port/" --ccache "$LAB/alice.ccache" --user "$NTLM_USER" --password-file "$LAB/secret"
  came "to another port of the same host: the same" 1 'another server: without a login'
  came_not "  and no token goes there" 'authorization:'
  get "$url/to?http://localhost:$port/" --trust "http://localhost:$port" --ccache "$LAB/alice.ccache"
  came "unless that server is trusted by name" 0 "alice@$REALM"
  get "$url/to?http://localhost:$port/" --trust "http://localhost:$port" --ccache "$LAB/alice.ccache" --require-mutual
  came "a redirect by somebody who asks for no login proves nothing" 2 'did not prove itself with its response 302'
  get "$url/no-proof" --ccache "$LAB/alice.ccache" --require-mutual
  came "nor does one who takes the ticket and says yes" 2 'did not prove itself with its response 200'
  get "$url/no-proof" --ccache "$LAB/alice.ccache"
  came "  which is told where it is let pass" 0 'the server has shown nothing of itself'
  get "$url/to?https://localhost:$port/" --trust "https://localhost:$port" --ccache "$LAB/alice.ccache"
  came "to https, which is not spoken" 2 'by TLS'
  get "$url/to?/next?to=http://other/secret" --ccache "$LAB/alice.ccache"
  came "a path with a URL in its query stays as it is" 2 '> GET /next\?to=http://other/secret HTTP'
  get "$url/to?http://localhost@evil.test/" --ccache "$LAB/alice.ccache"
  came "a Location with a user's name in it" 2 'Location'
}

# --- How it is asked ------------------------------------------------------------------------------------------------

get() {
  local url=$1
  shift
  code=0
  timeout 20 "$CLIENT" --target-url "$url" "$@" >"$LAB/client" 2>&1 || code=$?
  tail -n 25 "$LAB/client" >"$LAB/log"
  : >"$LAB/body"
}

# came WHAT CODE [PATTERN]: how the client ended, and what it said.
came() {
  if [ "$code" -ne "$2" ]; then
    outcome "$1" no "exit status $code, not $2"
  elif [ $# -gt 2 ] && ! grep -Eaq -- "$3" "$LAB/client"; then
    outcome "$1" no "no $3"
  else
    outcome "$1" yes
  fi
}

came_not() {
  if grep -Eaq -- "$2" "$LAB/client"; then outcome "$1" no "there is $2"; else outcome "$1" yes; fi
}

seen() {
  sleep 0.2
  if tail -n 1 "$folder/squid/access.log" | grep -Eq " $2 "; then
    outcome "$1" yes
  else
    outcome "$1" no "$(tail -n 1 "$folder/squid/access.log")"
  fi
}

# --- What runs meanwhile --------------------------------------------------------------------------------------------

redirector_start() {
  # It is emptied before: else the port of the last time may be read.
  : >"$LAB/redirector.out"
  python3 -u - >"$LAB/redirector.out" 2>"$LAB/redirector.err" <<'PYTHON' &
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        if self.path == "/no-proof":
            self.send_response(200 if "Authorization" in self.headers else 401)
            if "Authorization" not in self.headers:
                self.send_header("WWW-Authenticate", "Negotiate")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(302)
        self.send_header("Location", self.path.split("?", 1)[1])
        self.send_header("Content-Length", "0")
        self.end_headers()
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print("port", server.server_port, flush=True)
server.serve_forever()
PYTHON
  started+=($!)
  for _ in {1..100}; do
    redirector=$(sed -n 's/^port //p' "$LAB/redirector.out")
    [ -z "$redirector" ] || return 0
    sleep 0.05
  done
  return 1
}

# Apache runs as the user `www-data`, who has to reach page and keytab: hence the folder outside.
apache_start() {
  apache=$(free_port)
  mkdir -p "$folder/page" "$LAB/apache"
  echo "hello from Apache" >"$folder/page/index.html"
  install -o www-data -m 400 "$LAB/http.keytab" "$folder/apache.keytab"
  cat >"$LAB/apache/conf" <<EOF
ServerRoot $LAB/apache
ServerName localhost
Listen 127.0.0.1:$apache
PidFile $LAB/apache/pid
ErrorLog $LAB/apache/error.log
DocumentRoot $folder/page
User www-data
Group www-data
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule authz_user_module /usr/lib/apache2/modules/mod_authz_user.so
LoadModule authn_core_module /usr/lib/apache2/modules/mod_authn_core.so
LoadModule dir_module /usr/lib/apache2/modules/mod_dir.so
LoadModule auth_gssapi_module /usr/lib/apache2/modules/mod_auth_gssapi.so
<Directory $folder/page>
  AuthType GSSAPI
  AuthName lab
  GssapiCredStore keytab:$folder/apache.keytab
  GssapiAllowedMech krb5
  Require valid-user
</Directory>
EOF
  apache2 -f "$LAB/apache/conf" -DFOREGROUND >"$LAB/apache/out" 2>&1 &
  started+=($!)
  answers 127.0.0.1 "$apache" || { cat "$LAB/apache/out" "$LAB/apache/error.log" >&2; return 1; }
}

tidy() {
  kdc_stop
  squid_stop
}

main "$@"
