#!/usr/bin/env bash
# SASL with Cyrus on the other side: `sasl-sample-client` and `sasl-sample-server` against `examples/sasl_lines`, GSSAPI and
# GSS-SPNEGO by tickets of a real KDC, every layer, and messages through it.
# Ends with `N passed, N failed`; anything failed is also the exit status. Nothing listens but the KDC on 127.0.0.1.
#
#   bash tests/live/sasl.sh                  # builds the example first
#   SASL_LINES=path bash tests/live/sasl.sh  # or takes this one
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/live/kdc.sh
source tests/live/kdc.sh

main() {
  trap 'finish kdc_stop' EXIT
  wanted sasl-sample-client:sasl2-bin stdbuf:coreutils
  compgen -G '/usr/lib/*/sasl2/libgssapiv2.so' >/dev/null || packages libsasl2-modules-gssapi-mit
  kdc_install
  : "${SASL_LINES:=$(built --all-features --example sasl_lines)}"
  kdc_create
  kdc_start
  # This crate asks no KDC: the ticket is there before.
  KRB5CCNAME=FILE:$LAB/alice.ccache kvno -q HTTP/localhost

  local layer
  for layer in none:0 integrity:1 confidentiality:256; do
    our_client_their_server GSSAPI "${layer%:*}" "${layer#*:}"
    their_client_our_server GSSAPI "${layer%:*}" "${layer#*:}"
    ours_with_ours GSSAPI "${layer%:*}"
  done
  our_client_their_server GSS-SPNEGO confidentiality 256
  their_client_our_server GSS-SPNEGO confidentiality 256
  our_client_their_server GSS-SPNEGO none 0
  ours_with_ours GSS-SPNEGO none
  too_weak
  identities
}

# --- What must hold -------------------------------------------------------------------------------------------------

# our_client_their_server MECHANISM LAYER BITS
our_client_their_server() {
  talk "$(cyrus_server "$1" "$3")" "$(our_client "$1" "$2" "$2")"
  said "$1, $2: our client with Cyrus' server" client.err "$1 $2 .*: \"srv message 1\""
  said "  Cyrus has alice" server.out 'Username: alice'
  said "  and got our message" server.out "(received|recieved) decoded message 'client message 1'"
}

their_client_our_server() {
  talk "$(our_server "$1" "$2" "$2")" "$(cyrus_client "$1" "$3")"
  said "$1, $2: Cyrus' client with our server" server.err "$1 $2 alice@$REALM.*: \"client message 1\""
  said "  and Cyrus got our message" client.out "(received|recieved) decoded message 'srv message 1'"
}

ours_with_ours() {
  talk "$(our_server "$1" "$2" "$2")" "$(our_client "$1" "$2" "$2")"
  said "$1, $2: ours with ours" server.err "$1 $2 alice@$REALM.*: \"client message 1\""
}

# Each side gives up where the other wants less than it must have.
too_weak() {
  talk "$(cyrus_server GSSAPI 0)" "$(our_client GSSAPI integrity confidentiality)"
  said "our client does without no layer" client.err 'no security layer in common'
  talk "$(our_server GSSAPI confidentiality confidentiality)" "$(cyrus_client GSSAPI 1)"
  said "nor does our server: Cyrus finds none it may use" client.err 'mech is too weak|too weak'
}

identities() {
  talk "$(our_server GSSAPI none confidentiality)" "$(cyrus_client GSSAPI 256 -u alice)"
  said "alice may be alice" server.err " alice@$REALM as alice: "
  talk "$(our_server GSSAPI none confidentiality)" "$(cyrus_client GSSAPI 256 -u root)"
  said "alice may not be root" server.err 'may not act as'
  talk "$(cyrus_server GSSAPI 256)" "$(our_client GSSAPI none confidentiality) --authorization-identity alice"
  said "our client says whom it wants to be" server.out 'Username: alice'
}

# --- Who talks ------------------------------------------------------------------------------------------------------

our_client() { echo "$SASL_LINES client --mechanism $1 --weakest $2 --strongest $3 --target HTTP@localhost --ccache $LAB/alice.ccache"; }
our_server() { echo "$SASL_LINES server --mechanism $1 --weakest $2 --strongest $3 --keytab $LAB/http.keytab"; }
cyrus_server() { echo "env KRB5_KTNAME=$LAB/http.keytab stdbuf -oL sasl-sample-server -m $1 -s HTTP -d localhost -b min=0,max=$2"; }
cyrus_client() {
  local mechanism=$1 bits=$2
  shift 2
  echo "env KRB5CCNAME=FILE:$LAB/alice.ccache stdbuf -oL sasl-sample-client -m $mechanism -s HTTP -n localhost -b min=0,max=$bits $*"
}

# talk SERVER CLIENT: connects them by their lines.
talk() {
  local pid
  rm -f "$LAB"/{to-server,to-client}
  mkfifo "$LAB/to-server" "$LAB/to-client"
  # shellcheck disable=SC2086 # commands with arguments
  timeout 20 $1 <"$LAB/to-server" 2>"$LAB/server.err" | tee -p "$LAB/server.out" >"$LAB/to-client" &
  pid=$!
  # shellcheck disable=SC2086
  timeout 20 $2 <"$LAB/to-client" 2>"$LAB/client.err" | tee -p "$LAB/client.out" >"$LAB/to-server" || true
  wait "$pid" || true
  cat "$LAB"/{server,client}.err >"$LAB/log"
  : >"$LAB/body"
}

# said WHAT FILE PATTERN
said() {
  if grep -Eaq -- "$3" "$LAB/$2"; then outcome "$1" yes; else outcome "$1" no "no $3 in $2"; fi
}

main "$@"
