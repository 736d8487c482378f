#!/usr/bin/env bash
# Credential caches both ways: what MIT krb5's kinit and kvno write is listed by the command, and what the command writes
# of a delegated login is read by klist and used by kvno, against a real KDC. Ends with `N passed, N failed`.
#
#   bash tests/live/ccache.sh                 # builds the command first
#   NEGOTIATE=path bash tests/live/ccache.sh  # or takes this one
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/live/kdc.sh
source tests/live/kdc.sh

main() {
  trap 'finish kdc_stop' EXIT
  kdc_install
  wanted python3:python3
  kdc_create
  kdc_start
  : "${NEGOTIATE:=$(built --all-features --bin negotiate)}"
  : >"$LAB/body"
  : >"$LAB/log"

  one_file
  a_directory
  taken_out
  delegated
}

# holds WHAT COMMAND…
holds() {
  local what=$1
  shift
  if "$@" >"$LAB/log" 2>&1; then outcome "$what" yes; else outcome "$what" no "$*"; fi
}

listed() { "$NEGOTIATE" ccache list --json "$@"; }

# The tickets as klist and as the command name them, in their order.
same_tickets() {
  local cache=$1
  diff <(klist -c "$cache" | sed -n 's/^[0-9].*  \([^ ]*@[^ ]*\)$/\1/p') \
    <(listed "$cache" | sed -n 's/.*"server":"\([^"]*\)".*/\1/p')
}

one_file() {
  local name
  for name in "${NAMES[@]}"; do kvno -q -c "FILE:$LAB/alice.ccache" "HTTP/$name.$DOMAIN"; done
  holds "the tickets of kinit and kvno, as klist names them" same_tickets "FILE:$LAB/alice.ccache"
  for name in "${NAMES[@]}"; do
    holds "a session key of $name" grep -q "\"etype_name\":\"$(iana "$name")\".*HTTP/$name" <(listed "FILE:$LAB/alice.ccache")
  done
}

iana() { if [ "$1" = rc4 ]; then echo rc4-hmac; else echo "${ENCTYPES[$1]}"; fi; }

a_directory() {
  local user
  rm -rf "$LAB/collection"
  mkdir -m 700 "$LAB/collection"
  for user in alice bob; do KRB5CCNAME=DIR:$LAB/collection kinit "$user@$REALM" <<<"$PASSWORD" >/dev/null; done
  holds "two users in a directory, the last one first" diff <(printf '%s\n' "bob@$REALM" "alice@$REALM") \
    <(KRB5CCNAME=DIR:$LAB/collection listed | sed -n 's/.*"principal":"\([^"]*\)".*/\1/p')
  KRB5CCNAME=DIR:$LAB/collection kswitch -p "alice@$REALM"
  holds "kswitch makes the other one the first" grep -q "\"principal\":\"alice@$REALM\"" \
    <(KRB5CCNAME=DIR:$LAB/collection listed | head -n 1)
}

# MIT krb5 marks a setting as taken out when it writes it anew; kvno -o and later versions do so with tickets.
taken_out() {
  holds "settings are no tickets" bash -c "! '$NEGOTIATE' ccache list 'FILE:$LAB/alice.ccache' | grep CACHECONF"
}

# A login of curl's that delegates, taken by the command, whose file klist reads, and the KDC takes.
delegated() {
  kinit -f -c "FILE:$LAB/forwardable.ccache" "alice@$REALM" <<<"$PASSWORD" >/dev/null
  catch_header
  KRB5CCNAME=FILE:$LAB/forwardable.ccache curl -q -s --noproxy '*' --max-time 10 --negotiate --delegation always -u : \
    "http://localhost:$port/" >/dev/null || true
  rm -f "$LAB/delegated.ccache"
  holds "a login that delegates" grep -q '"delegate"' <("$NEGOTIATE" accept --json --keytab "$LAB/http.keytab" \
    --delegated-ccache "$LAB/delegated.ccache" <"$LAB/header")
  holds "klist reads what was delegated" grep -q "Default principal: alice@$REALM" \
    <(klist -c "FILE:$LAB/delegated.ccache")
  holds "the file is its owner's" test "$(stat -c %a "$LAB/delegated.ccache")" = 600
  holds "and the KDC gives tickets for it" kvno -c "FILE:$LAB/delegated.ccache" "HTTP/mixed.$DOMAIN"
  holds "which are listed" same_tickets "FILE:$LAB/delegated.ccache"
  holds "without being asked for, nothing is taken" bash -c \
    "'$NEGOTIATE' accept --json --keytab '$LAB/http.keytab' <'$LAB/header' | grep established | grep -vq delegate"
}

# A server that asks for a login, and keeps the header that brings it.
catch_header() {
  rm -f "$LAB/header" "$LAB/port"
  python3 - "$LAB" <<'PYTHON' &
import http.server, sys
lab = sys.argv[1]
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *_): pass
    def do_GET(self):
        header = self.headers.get("Authorization")
        if header:
            open(lab + "/header", "w").write(header + "\n")
        self.send_response(200 if header else 401)
        if not header:
            self.send_header("WWW-Authenticate", "Negotiate")
        self.send_header("Content-Length", "0")
        self.end_headers()
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
open(lab + "/port.new", "w").write(str(server.server_port))
import os; os.rename(lab + "/port.new", lab + "/port")
server.serve_forever()
PYTHON
  started+=($!)
  for _ in {1..100}; do [ -s "$LAB/port" ] && break; sleep 0.1; done
  port=$(cat "$LAB/port")
}

main
