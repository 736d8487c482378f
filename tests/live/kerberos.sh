#!/usr/bin/env bash
# Kerberos logins of this crate's initiator with the acceptors of MIT krb5, Heimdal and the JDK, and theirs with its acceptor:
# each encryption type, bare and in SPNEGO, with and without mutual authentication, in DCE style, with a delegated ticket;
# and messages both ways. Ends with `N passed, N failed`; anything failed is also the exit status.
#
#   bash tests/live/kerberos.sh # builds examples/gss_lines first, or takes the one in GSS_LINES
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/live/kdc.sh
source tests/live/kdc.sh

main() {
  trap 'finish kdc_stop' EXIT
  kdc_install
  wanted /usr/include/heimdal/gssapi/gssapi.h:heimdal-multidev krb5-config.mit:libkrb5-dev javac:default-jdk-headless cc:gcc
  GSS_LINES=${GSS_LINES:-$(built --example gss_lines)}
  export GSS_LINES LAB ETYPES="${NAMES[*]}"
  kdc_create
  # What is delegated must be forwardable.
  kdc_start
  kinit -f -c "FILE:$LAB/alice.ccache" "alice@$REALM" <<<"$PASSWORD" >/dev/null
  local name
  for name in "${NAMES[@]}"; do
    kvno -q -c "FILE:$LAB/alice.ccache" "HTTP/$name.$DOMAIN"
  done
  peers_create
  python3 tests/live/kerberos_pairs.py "$@"
  read -r passed failed <"$LAB/pairs.count"
  [ "$passed" -gt 0 ]
}

# shellcheck disable=SC2046 # the options are words
peers_create() {
  cc tests/live/gss_peer.c -o "$LAB/mit" $(krb5-config.mit --cflags --libs gssapi)
  cc tests/live/gss_peer.c -o "$LAB/heimdal" $(krb5-config.heimdal --cflags --libs gssapi)
  javac -d "$LAB" tests/live/jdk/Lines.java
  # Their own names for encryption types: the defaults do, and RC4 by name.
  sed '/_enctypes/d' "$LAB/krb5.conf" >"$LAB/jdk.conf"
  sed -e '/_enctypes/d' -e 's/kdc = 127/kdc = tcp\/127/' "$LAB/krb5.conf" >"$LAB/heimdal.conf"
  local name
  for name in "${NAMES[@]}"; do
    cat >"$LAB/$name.jaas" <<EOF
com.sun.security.jgss.krb5.initiate {
  com.sun.security.auth.module.Krb5LoginModule required
  useTicketCache=true ticketCache="$LAB/alice.ccache" doNotPrompt=true;
};
com.sun.security.jgss.krb5.accept {
  com.sun.security.auth.module.Krb5LoginModule required
  useKeyTab=true keyTab="$LAB/http.keytab" storeKey=true isInitiator=false principal="HTTP/$name.$DOMAIN@$REALM";
};
EOF
  done
}

main "$@"
