#!/usr/bin/env bash
# examples/ldap_bind logs in to LDAP servers and searches through the security layer: Samba's Active Directory by Kerberos and
# NTLM (GSS-SPNEGO, GSSAPI), sealed, signed, and inside TLS; OpenLDAP's slapd by Kerberos (GSSAPI of Cyrus).
# Ends with `N passed, N failed`; anything failed is also the exit status.
#
# The domain controller has a network of its own (dc.sh), so this needs root, and packages of Debian.
#
#   bash tests/live/ldap.sh                # builds the example first
#   LDAP_BIND=path bash tests/live/ldap.sh # or takes this one
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/live/dc.sh
source tests/live/dc.sh

BASE=DC=ad,DC=example,DC=com
SLAPD_BASE=dc=slapd,dc=example
SLAPD_PORT=1389
HOST=dc1.$DOMAIN

outside() {
  wanted ldapsearch:ldap-utils slapd:slapd openssl:openssl gnutls-cli:gnutls-bin \
    /usr/share/doc/libsasl2-modules-gssapi-mit:libsasl2-modules-gssapi-mit
  dc_install
  : "${LDAP_BIND:=$(built --example ldap_bind)}"
  export LDAP_BIND
  dc_enter "$0"
}

inside() {
  trap finish EXIT
  : >"$LAB/log"
  : >"$LAB/body"
  certificate
  dc_create
  directory_with_tls
  dc_start
  answers $ADDRESS 389
  answers $ADDRESS 636
  printf 'Alice-Pw-1\n' >"$LAB/alice.password"
  printf 'Wrong-Pw-1\n' >"$LAB/wrong.password"
  printf 'Many-Pw-5\n' >"$LAB/many.password"
  ldapsearch_first
  by_ntlm
}

# --- What must hold -------------------------------------------------------------------------------------------------

# The directory itself, by a client that is not ours: what is compared with below.
ldapsearch_first() {
  log_in alice Alice-Pw-1
  status=0
  KRB5CCNAME=$ccache ldapsearch -LLL -N -o ldif-wrap=no -H "ldap://$HOST" -Y GSS-SPNEGO -b $BASE sAMAccountName=alice memberOf >"$LAB/theirs" 2>"$LAB/log" || status=$?
  cat "$LAB/theirs" >"$LAB/body"
  expect "ldapsearch finds alice" 0 body 'memberOf: CN=managers'
}

by_ntlm() {
  local protection
  for protection in seal sign; do
    found "NTLM, $protection" --protection $protection --user 'ADEX\alice' --password-file "$LAB/alice.password"
  done
}

# --- How it is asked ------------------------------------------------------------------------------------------------

# found WHAT OPTION…: alice's own entry, as ldapsearch finds it.
found() {
  bind "${@:2}" $HOST $BASE sAMAccountName=alice
  if [ "$status" -ne 0 ]; then
    outcome "$1" no "exit status $status"
  elif [ "$(grep -E '^(dn|memberOf): ' "$LAB/body" | sort)" != "$(grep -E '^(dn|memberOf): ' "$LAB/theirs" | sort)" ]; then
    outcome "$1" no 'another entry than ldapsearch finds'
  else
    outcome "$1" yes
  fi
}

bind() {
  status=0
  timeout 30 "$LDAP_BIND" "$@" >"$LAB/body" 2>"$LAB/log" || status=$?
}

# --- The servers ----------------------------------------------------------------------------------------------------

certificate() {
  openssl req -x509 -newkey rsa:2048 -sha256 -nodes -days 2 -subj /CN=ca -keyout "$LAB/ca.key" -out "$LAB/ca.pem" 2>/dev/null
  openssl req -newkey rsa:2048 -nodes -subj /CN=$HOST -keyout "$LAB/tls.key" -out "$LAB/tls.csr" 2>/dev/null
  printf 'subjectAltName=DNS:%s\n' $HOST >"$LAB/tls.ext"
  openssl x509 -req -sha256 -days 2 -in "$LAB/tls.csr" -CA "$LAB/ca.pem" -CAkey "$LAB/ca.key" -CAcreateserial \
    -extfile "$LAB/tls.ext" -out "$LAB/tls.pem" 2>/dev/null
  chmod 600 "$LAB/tls.key"
}

# answers ADDRESS PORT: somebody does by now.
answers() {
  for _ in {1..100}; do
    (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null && return
    sleep 0.1
  done
  echo "nobody answers at $1, port $2" >&2
  return 1
}

# Samba wants layers outside TLS alone. This release does not compare channel bindings.
directory_with_tls() {
  sed -i 's/ tls enabled = no/ tls enabled = yes/' "$SMB_CONF"
  cat >>"$SMB_CONF" <<END
 tls keyfile = $LAB/tls.key
 tls certfile = $LAB/tls.pem
 tls cafile = $LAB/ca.pem
 ldap server require strong auth = allow_sasl_over_tls
END
  # A controller registers its names by itself, but for a service that this one has not.
  samba-tool spn add "ldap/$HOST" 'DC1$' -s "$SMB_CONF" >"$LAB/spn.log" 2>&1 || { cat "$LAB/spn.log" >&2; return 1; }
}

"${1:-outside}"
