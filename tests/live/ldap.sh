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
SLAPD=slapd.$DOMAIN
SLAPD_PORT=1389
HOST=dc1.$DOMAIN
ALICE=(--user 'ADEX\alice' --password-file "$LAB/alice.password")

outside() {
  wanted ldapsearch:ldap-utils slapd:slapd openssl:openssl \
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
  by_kerberos
  by_ntlm
  much
  inside_tls
  refusals
  openldap
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

by_kerberos() {
  local mechanism protection
  log_in alice Alice-Pw-1
  kvno -q -c "$ccache" "ldap/$HOST" "HTTP/web.$DOMAIN"
  export KRB5CCNAME=$ccache
  for mechanism in gss-spnego gssapi; do
    for protection in seal sign; do
      found "Kerberos, $mechanism, $protection" --mechanism $mechanism --protection $protection
      bound "Kerberos, $mechanism: the layer is what was asked for" $protection
    done
  done
}

by_ntlm() {
  export KRB5CCNAME=FILE:$LAB/nobody.ccache
  found "NTLM, seal" "${ALICE[@]}"
  bound "NTLM: the layer is what was asked for" seal
  bind "${ALICE[@]}" --protection sign $HOST $BASE sAMAccountName=alice
  expect "NTLM, sign: not to be had from a directory" 1 log 'there is no signed'
}

# More than a packet: an answer of many frames, or of one that comes in many pieces.
much() {
  bind --user 'ADEX\many' --password-file "$LAB/many.password" $HOST $BASE 'sAMAccountName=many'
  same_count "an entry of 300 groups" 300
  bind "${ALICE[@]}" --attribute cn $HOST $BASE objectClass=group
  expect "every group there is" 0 body '^dn: CN=group-299,'
}

same_count() {
  local count
  count=$(grep -c '^memberOf: ' "$LAB/body" || true)
  if [ "$status" -eq 0 ] && [ "$count" -eq "$2" ]; then outcome "$1" yes; else outcome "$1" no "status $status, $count"; fi
}

inside_tls() {
  export KRB5CCNAME=$ccache
  found "Kerberos inside TLS, bound to the channel" --tls-ca "$LAB/ca.pem"
  bound "no layer inside TLS" none
  found "Kerberos inside TLS, GSSAPI" --tls-ca "$LAB/ca.pem" --mechanism gssapi
  found "NTLM inside TLS" --tls-ca "$LAB/ca.pem" "${ALICE[@]}"
  bind --tls-ca "$LAB/tls.pem" $HOST $BASE sAMAccountName=alice
  expect "a certificate that nobody signed who is trusted" 1 log 'certificate'
}

refusals() {
  export KRB5CCNAME=$ccache
  bind "${ALICE[@]:0:2}" --password-file "$LAB/wrong.password" $HOST $BASE sAMAccountName=alice
  expect "a wrong password" 1 log 'InvalidCredentials'
  bind --user 'ADEX\mallory' --password-file "$LAB/wrong.password" $HOST $BASE sAMAccountName=alice
  expect "a stranger" 1 log 'InvalidCredentials'
  bind --protection none $HOST $BASE sAMAccountName=alice
  expect "messages open to all, outside TLS" 1 log 'refuses the login|StrongerAuthRequired'
  KRB5CCNAME=FILE:$LAB/nobody.ccache bind $HOST $BASE sAMAccountName=alice
  expect "without a ticket nothing is sent" 1 log 'nobody\.ccache'
  bind web.$DOMAIN $BASE sAMAccountName=alice
  expect "no ticket for that server" 1 log "ldap/web"
  local option
  for option in --protection=seal --protection=sign --mechanism=gssapi; do
    bind --tamper $option $HOST $BASE sAMAccountName=alice
    expect "a message that was altered: $option" 1 log 'closed the connection'
  done
  bind --tamper "${ALICE[@]}" $HOST $BASE sAMAccountName=alice
  expect "a message that was altered: NTLM" 1 log 'closed the connection'
  found "and alice is still found"
}

# OpenLDAP and Cyrus SASL, over MIT's GSS-API: tickets are the domain's.
openldap() {
  local mechanism protection
  slapd_start
  kvno -q -c "$ccache" "ldap/$SLAPD"
  export KRB5CCNAME=$ccache
  status=0
  ldapwhoami -N -H "ldap://$SLAPD:$SLAPD_PORT" -Y GSSAPI >"$LAB/body" 2>"$LAB/log" || status=$?
  expect "ldapwhoami at slapd" 0 body "^dn:uid=alice,ou=people,$SLAPD_BASE$"
  # Somebody in between: of the answers to the bind two and one are of any length, and left alone.
  for mechanism in gssapi:2 gss-spnego:1; do
    flipped 1390 $SLAPD_PORT "${mechanism#*:}"
    bind --mechanism "${mechanism%:*}" --port 1390 $SLAPD $SLAPD_BASE uid=alice
    expect "slapd's answer was altered, ${mechanism%:*}" 1 log 'does not verify'
    bound_before "slapd's answer was altered, ${mechanism%:*}: behind the login"
  done
  for mechanism in gssapi gss-spnego; do
    for protection in seal sign none; do
      bind --mechanism $mechanism --protection $protection --port $SLAPD_PORT --attribute description $SLAPD $SLAPD_BASE uid=alice
      expect "slapd: $mechanism, $protection" 0 body '^description: for those who logged in$'
      bound "slapd: $mechanism: the layer is what was asked for" $protection
    done
    bind --tamper --mechanism $mechanism --port $SLAPD_PORT $SLAPD $SLAPD_BASE uid=alice
    expect "slapd: a message that was altered, $mechanism" 1 log 'closed the connection'
  done
  bind --mechanism gssapi --port $SLAPD_PORT --attribute description $SLAPD $SLAPD_BASE objectClass=inetOrgPerson
  same_long "slapd: an answer of more than a frame" 300
  bind --mechanism gssapi --port $SLAPD_PORT $HOST $SLAPD_BASE uid=alice
  expect "slapd: a ticket for another server" 1 log 'refuses the login'
}

bound_before() {
  if grep -q '^bound to' "$LAB/body"; then outcome "$1" yes; else outcome "$1" no; fi
}

same_long() {
  local count
  count=$(grep -c '^description: x\{1000\}$' "$LAB/body" || true)
  if [ "$status" -eq 0 ] && [ "$count" -eq "$2" ]; then outcome "$1" yes; else outcome "$1" no "status $status, $count"; fi
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

# bound WHAT PROTECTION: as the example said of the last bind.
bound() {
  case $2 in
    seal) expect "$1 ($2)" 0 body 'layer: confidentiality$' ;;
    sign) expect "$1 ($2)" 0 body 'layer: integrity$' ;;
    none) expect "$1 ($2)" 0 body 'layer: none$' ;;
  esac
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

slapd_start() {
  local folder=$LAB/slapd number
  rm -rf "$folder"
  mkdir -p "$folder/db"
  keytab slapd "ldap/$SLAPD"
  printf '127.0.0.1 %s\n' "$SLAPD" >>/etc/hosts
  cat >"$folder/slapd.conf" <<END
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
sasl-host $SLAPD
sasl-realm $REALM
authz-regexp "^uid=([^,@]+)(@[^,]*)?(,cn=[^,]*)?,cn=(gssapi|gss-spnego),cn=auth$" "uid=\$1,ou=people,$SLAPD_BASE"
database mdb
maxsize 16777216
suffix "$SLAPD_BASE"
directory $folder/db
access to * by dn.base="uid=alice,ou=people,$SLAPD_BASE" read by * none
END
  {
    printf 'dn: %s\nobjectClass: dcObject\nobjectClass: organization\no: slapd\ndc: slapd\n\n' $SLAPD_BASE
    printf 'dn: ou=people,%s\nobjectClass: organizationalUnit\nou: people\n\n' $SLAPD_BASE
    printf 'dn: uid=alice,ou=people,%s\nobjectClass: inetOrgPerson\nuid: alice\ncn: alice\nsn: alice\ndescription: for those who logged in\n\n' $SLAPD_BASE
    for number in {1..300}; do
      printf 'dn: uid=u%s,ou=people,%s\nobjectClass: inetOrgPerson\nuid: u%s\ncn: u\nsn: u\ndescription: %s\n\n' \
        "$number" $SLAPD_BASE "$number" "$(printf 'x%.0s' {1..1000})"
    done
  } >"$folder/entries.ldif"
  slapadd -q -f "$folder/slapd.conf" -l "$folder/entries.ldif" >"$folder/slapadd.log" 2>&1 || { cat "$folder/slapadd.log" >&2; return 1; }
  KRB5_KTNAME=FILE:$LAB/slapd.keytab slapd -d none -h "ldap://:$SLAPD_PORT" -f "$folder/slapd.conf" >"$folder/log" 2>&1 &
  started+=($!)
  answers 127.0.0.1 $SLAPD_PORT || { cat "$folder/log" >&2; return 1; }
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
