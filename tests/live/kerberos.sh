#!/usr/bin/env bash
# Kerberos with real peers: MIT krb5, Heimdal and the JDK as initiators of this crate's acceptor and as acceptors of its
# initiator, and this crate with itself: every encryption type and flag, bare and in SPNEGO, with messages both ways.
# Ends with `N passed, N failed`; anything failed is also the exit status. Everything runs on 127.0.0.1.
#
#   bash tests/live/kerberos.sh          # builds examples/gss_lines first, or takes that in GSS_LINES
#   bash tests/live/kerberos.sh Mit-Ours # this pair alone (Ours, Mit, Heimdal, Jdk); those without Ours too
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/live/kdc.sh
source tests/live/kdc.sh
# shellcheck source=tests/live/accounts.sh
source tests/live/accounts.sh

main() {
  trap 'finish kdc_stop' EXIT
  kdc_install
  wanted cc:gcc krb5-config.mit:krb5-multidev krb5-config.heimdal:heimdal-multidev javac:openjdk-17-jdk-headless \
    /etc/gss/mech.d/mech.ntlmssp.conf:gss-ntlmssp python3:python3
  GSS_LINES=${GSS_LINES:-$(built --example gss_lines)}
  export GSS_LINES LAB DOMAIN REALM
  peers_build
  (accounts_create) # for the files alone
  kdc_create
  delegation_allowed
  kdc_start
  tickets
  heimdal_configuration
  jaas_create
  jaas_acceptor_create
  : >"$LAB/log"
  : >"$LAB/body"
  PATIENCE=900 told_by python3 -B tests/live/kerberos_pairs.py "$@"
  cat "$LAB/told.err"
}

# The one C program against each library, and the JDK's.
peers_build() {
  local flags
  mkdir -p "$LAB/peers"
  read -ra flags < <(krb5-config.mit --cflags --libs gssapi | xargs)
  cc -std=gnu11 -O1 -Wall -o "$LAB/peers/mit" tests/live/gss_lines.c "${flags[@]}"
  read -ra flags < <(krb5-config.heimdal --cflags --libs gssapi krb5 | xargs)
  cc -std=gnu11 -O1 -Wall -DHEIMDAL -o "$LAB/peers/heimdal" tests/live/gss_lines.c "${flags[@]}"
  javac -d "$LAB/peers" tests/live/jdk/Lines.java
}

# What the KDC must say of a service before whoever asks it first delegates to it.
delegation_allowed() {
  local name
  for name in "${NAMES[@]}"; do
    echo "modprinc +ok_as_delegate HTTP/$name.$DOMAIN"
  done | kadmin.local -r $REALM >"$LAB/kadmin.log" 2>&1
  if grep ' while ' "$LAB/kadmin.log" >&2; then return 1; fi
}

# alice's ticket-granting ticket, to be forwarded, and one for each service: this crate fetches none.
tickets() {
  kinit -f -c "FILE:$LAB/alice.ccache" "alice@$REALM" <<<"$PASSWORD" >/dev/null
  local services=("${NAMES[@]/%/.$DOMAIN}" "mixed.$DOMAIN")
  kvno -q -c "FILE:$LAB/alice.ccache" "${services[@]/#/HTTP/}"
}

# The same for Heimdal, which would ask by UDP first.
heimdal_configuration() {
  sed -e 's|kdc = |kdc = tcp/|' -e '/permitted_enctypes/d' "$LAB/krb5.conf" >"$LAB/heimdal.conf"
}

# Where the JDK finds its keys, beside its tickets.
jaas_acceptor_create() {
  cat >>"$LAB/jaas.conf" <<EOF
com.sun.security.jgss.krb5.accept {
  com.sun.security.auth.module.Krb5LoginModule required useKeyTab=true storeKey=true doNotPrompt=true isInitiator=false
    principal="*" keyTab="$LAB/http.keytab";
};
EOF
}

main "$@"
