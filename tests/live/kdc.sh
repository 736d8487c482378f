#!/usr/bin/env bash
# A Kerberos realm of MIT krb5 for the live tests: a few principals, one KDC on a free port of 127.0.0.1, all its
# files in one folder. Sourced for its functions (curl.sh does), or run by hand:
#
#   LAB=target/live bash tests/live/kdc.sh install create start   # and later: stop
#
# Nothing outside $LAB is written, but by `install`. What is started is ended by its process id.
set -euo pipefail

# shellcheck source=tests/live/lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/lab.sh"
REALM=EXAMPLE.COM
DOMAIN=example.com
PASSWORD=correct-horse-battery-staple   # of both users; the realm lives for the length of a test

# Encryption types by short name, the preferred first. The short name is also the host name of the service whose only
# key is of that type.
NAMES=(aes256-sha1 aes128-sha1 aes256-sha2 aes128-sha2 camellia256 camellia128 rc4)
declare -A ENCTYPES=(
  [aes256-sha1]=aes256-cts-hmac-sha1-96
  [aes128-sha1]=aes128-cts-hmac-sha1-96
  [aes256-sha2]=aes256-cts-hmac-sha384-192
  [aes128-sha2]=aes128-cts-hmac-sha256-128
  [camellia256]=camellia256-cts-cmac
  [camellia128]=camellia128-cts-cmac
  [rc4]=arcfour-hmac
)
enctypes() { for name in "${NAMES[@]}"; do printf "%s$1 " "${ENCTYPES[$name]}"; done; }

# What of the lab is not there yet.
kdc_install() {
  wanted krb5kdc:krb5-kdc kadmin.local:krb5-admin-server kinit:krb5-user curl:curl faketime:faketime
}

# `krb5.conf` and `kdc.conf` for the port $1. No DNS, no name of the machine, no clock but its own takes part.
write_configuration() {
  cat >"$LAB/krb5.conf" <<EOF
[libdefaults]
 default_realm = $REALM
 dns_lookup_kdc = false
 dns_lookup_realm = false
 dns_canonicalize_hostname = false
 rdns = false
 qualify_shortname = ""
 udp_preference_limit = 1
 allow_weak_crypto = true
 allow_rc4 = true
 permitted_enctypes = $(enctypes "")
[realms]
 $REALM = {
  kdc = 127.0.0.1:$1
 }
[domain_realm]
 .$DOMAIN = $REALM
 localhost = $REALM
EOF
  cat >"$LAB/kdc.conf" <<EOF
[kdcdefaults]
 kdc_listen = ""
 kdc_tcp_listen = 127.0.0.1:$1
[logging]
 kdc = FILE:$LAB/kdc.log
 default = FILE:$LAB/default.log
[realms]
 $REALM = {
  database_name = $LAB/principal
  key_stash_file = $LAB/stash
  acl_file = $LAB/kadm5.acl
  max_life = 10h
  supported_enctypes = $(enctypes :normal)
 }
EOF
}

# No other GSS-API mechanism takes part either: gss-ntlmssp, once installed, joins whoever does not name its mechanisms.
use_lab() {
  : >"$LAB/mech"
  export KRB5_CONFIG=$LAB/krb5.conf KRB5_KDC_PROFILE=$LAB/kdc.conf KRB5CCNAME=FILE:$LAB/nobody.ccache
  export GSS_MECH_CONFIG=$LAB/mech
}

# What kadmin is told: every service, and the keytab as its operator believes it should be.
principals() {
  local name enctype keytab=$LAB/http.keytab
  echo "addprinc -pw $PASSWORD alice"
  echo "addprinc -pw $PASSWORD bob"

  # One service for each encryption type, of ticket and session key alike.
  for name in "${NAMES[@]}"; do
    enctype=${ENCTYPES[$name]}
    echo "addprinc -randkey -e $enctype:normal HTTP/$name.$DOMAIN"
    echo "setstr HTTP/$name.$DOMAIN session_enctypes $enctype"
  done
  # A ticket under AES256-SHA1 with a session key of AES128-SHA2.
  echo "addprinc -randkey -e ${ENCTYPES[aes256-sha1]}:normal HTTP/mixed.$DOMAIN"
  echo "setstr HTTP/mixed.$DOMAIN session_enctypes ${ENCTYPES[aes128-sha2]}"
  # Three generations of keys, all in the keytab; the KDC uses the third.
  echo "addprinc -randkey HTTP/localhost"
  echo "cpw -randkey -keepold HTTP/localhost"
  echo "cpw -randkey -keepold HTTP/localhost"
  for name in localhost "${NAMES[@]/%/.$DOMAIN}" mixed.$DOMAIN; do
    echo "ktadd -norandkey -k $keytab HTTP/$name"
  done

  # What goes wrong: a service that the keytab never heard of,
  echo "addprinc -randkey -e ${ENCTYPES[aes256-sha1]}:normal HTTP/other.$DOMAIN"
  # a keytab left behind when the key was changed,
  echo "addprinc -randkey -e ${ENCTYPES[aes256-sha1]}:normal HTTP/stale.$DOMAIN"
  echo "ktadd -norandkey -k $keytab HTTP/stale.$DOMAIN"
  echo "cpw -randkey -e ${ENCTYPES[aes256-sha1]}:normal HTTP/stale.$DOMAIN"
  # a keytab without the ticket's encryption type,
  echo "addprinc -randkey -e ${ENCTYPES[aes128-sha1]}:normal HTTP/half.$DOMAIN"
  echo "ktadd -norandkey -k $keytab HTTP/half.$DOMAIN"
  echo "cpw -randkey -e ${ENCTYPES[aes256-sha1]}:normal HTTP/half.$DOMAIN"
  echo "modprinc -kvno 1 HTTP/half.$DOMAIN"
  # and one whose key has the right number and type but other octets.
  echo "addprinc -randkey -e ${ENCTYPES[aes256-sha1]}:normal HTTP/wrong.$DOMAIN"
  echo "ktadd -norandkey -k $keytab HTTP/wrong.$DOMAIN"
  echo "cpw -randkey -e ${ENCTYPES[aes256-sha1]}:normal HTTP/wrong.$DOMAIN"
  echo "modprinc -kvno 1 HTTP/wrong.$DOMAIN"
}

# A new realm in $LAB; the old one is gone.
kdc_create() {
  use_lab
  rm -f "$LAB"/principal* "$LAB/stash" "$LAB"/*.keytab "$LAB"/*.ccache "$LAB"/*.log
  write_configuration 1
  kdb5_util -r $REALM create -s -W -P "$PASSWORD" >"$LAB/create.log" 2>&1 ||
    kdb5_util -r $REALM create -s -P "$PASSWORD" >"$LAB/create.log" 2>&1
  principals | kadmin.local -r $REALM >"$LAB/kadmin.log" 2>&1
  # kadmin goes on after an error and says nothing of it by its exit status.
  if grep ' while ' "$LAB/kadmin.log" >&2; then return 1; fi
  [ -s "$LAB/http.keytab" ]
}

# Starts the KDC and waits until it answers; `kinit` for alice and bob follows.
kdc_start() {
  use_lab
  local port pid
  for _ in 1 2 3; do
    port=$(free_port)
    write_configuration "$port"
    krb5kdc -n -r $REALM >"$LAB/krb5kdc.out" 2>&1 &
    pid=$!
    echo "$pid" >"$LAB/krb5kdc.pid"
    for _ in {1..50}; do
      kill -0 "$pid" 2>/dev/null || break
      if kinit_as alice 2>/dev/null; then
        kinit_as bob
        echo "KDC of $REALM at 127.0.0.1:$port, process $pid"
        return
      fi
      sleep 0.1
    done
    kdc_stop
  done
  echo "the KDC does not start:" >&2
  cat "$LAB/krb5kdc.out" "$LAB/kdc.log" >&2
  return 1
}

# A fresh ticket-granting ticket in the user's own cache.
kinit_as() { kinit -c "FILE:$LAB/$1.ccache" "$1@$REALM" <<<"$PASSWORD" >/dev/null; }

kdc_stop() {
  local file=$LAB/krb5kdc.pid pid
  [ -s "$file" ] || return 0
  pid=$(cat "$file")
  rm -f "$file"
  kill "$pid" 2>/dev/null || return 0
  wait "$pid" 2>/dev/null || true
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  [ $# -gt 0 ] || { echo "usage: LAB=FOLDER $0 install|create|start|stop …" >&2; exit 2; }
  for word in "$@"; do
    case $word in
      install | create | start | stop) "kdc_$word" ;;
      *) echo "unknown: $word" >&2; exit 2 ;;
    esac
  done
fi
