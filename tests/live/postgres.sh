#!/usr/bin/env bash
# examples/postgres_gss logs in to PostgreSQL 15 by a ticket of MIT krb5 (authentication method `gss`), in the clear and with
# everything encrypted by the login's keys, and asks who it is.
# Ends with `N passed, N failed`; anything failed is also the exit status.
#
# Everything has a network of its own (lab.sh), so this needs root.
#
#   bash tests/live/postgres.sh                   # builds the example first
#   POSTGRES_GSS=path bash tests/live/postgres.sh # or takes this one
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/live/kdc.sh
source tests/live/kdc.sh

PROGRAMS=/usr/lib/postgresql/15/bin
HOST=db.$DOMAIN
folder=

outside() {
  wanted ip:iproute2 $PROGRAMS/postgres:postgresql-15 psql:postgresql-client-15 python3:python3
  kdc_install
  : "${POSTGRES_GSS:=$(built --example postgres_gss)}"
  export POSTGRES_GSS
  alone "$0"
}

inside() {
  trap 'finish tidy' EXIT
  ip link set lo up
  printf '127.0.0.1 localhost %s other.%s\n' $HOST $DOMAIN >"$LAB/hosts"
  mount --bind "$LAB/hosts" /etc/hosts
  : >"$LAB/log"
  : >"$LAB/body"
  kdc_create
  services
  kdc_start
  postgres_start
  tickets alice
  tickets bob
  psql_first
  logins
  strangers
}

# --- What must hold -------------------------------------------------------------------------------------------------

# The server itself, by a client that is not ours.
psql_first() {
  local encrypted
  for encrypted in disable require; do
    status=0
    KRB5CCNAME=FILE:$LAB/alice.ccache PGGSSENCMODE=$encrypted psql -X -A -t -h $HOST -U alice -d postgres \
      -c 'SELECT current_user, encrypted FROM pg_stat_gssapi WHERE pid = pg_backend_pid()' >"$LAB/body" 2>"$LAB/log" || status=$?
    expect "psql logs in, encryption: $encrypted" 0 body "^alice\|$([ $encrypted = require ] && echo t || echo f)"
  done
}

WHO='SELECT current_user, principal, gss_authenticated, encrypted FROM pg_stat_gssapi WHERE pid = pg_backend_pid()'

logins() {
  local user
  for user in alice bob; do
    as $user --user $user $HOST
    expect "$user is $user" 0 body "^$user$"
    as $user --user $user --encrypt $HOST
    expect "$user is $user, encrypted" 0 body "^$user$"
  done
  as alice --user alice $HOST "$WHO"
  expect "what the server says of it" 0 body "^alice	alice@$REALM	t	f$"
  as alice --user alice --encrypt $HOST "$WHO"
  expect "what the server says of it, encrypted" 0 body "^alice	alice@$REALM	t	t$"
  as alice --user alice --encrypt $HOST "SELECT length('$(printf 'q%.0s' {1..100000})'), md5(repeat('x', 5)), repeat('y', 200000)"
  expect "many packets there, and back" 0 body '^100000	fb0e22c79ac75679e9881e6ba183b354	y+$'
  if [ "$(tail -n 1 "$LAB/body" | cut -f 3 | wc -c)" -eq 200001 ]; then
    outcome "and whole" yes
  else
    outcome "and whole" no
  fi
  as alice --user alice --encrypt $HOST "SELECT 1/0"
  expect "an error, encrypted" 1 log 'division by zero'
}

strangers() {
  as alice --user bob $HOST
  expect "alice is not bob" 1 log 'GSSAPI authentication failed for user "bob"'
  as alice --user bob --encrypt $HOST
  expect "alice is not bob, encrypted either" 1 log 'GSSAPI authentication failed for user "bob"'
  as nobody --user alice $HOST
  expect "without a ticket nothing is sent" 1 log 'nobody\.ccache'
  as alice --user alice other.$DOMAIN
  expect "a ticket for another service" 1 log 'GSSAPI|accept'
  as alice --user alice --encrypt other.$DOMAIN
  expect "a ticket for another service, encrypted" 1
  as alice --user alice --encrypt --tamper $HOST
  expect "a packet that was altered" 1
  if grep -q 'unwrap error' "$folder/log"; then outcome "the server says so in its log" yes; else outcome "the server says so in its log" no; fi
  flipped 5434 5432 1
  as alice --user alice --encrypt --port 5434 $HOST
  expect "a packet from the server that was altered" 1 log 'does not verify'
  flipped 5435 5432 0
  as alice --user alice --encrypt --port 5435 $HOST
  expect "the server's proof was altered" 1 log 'AP-REP|mutual|proof|decrypt'
  as alice --user alice --database trusting $HOST
  expect "a server that lets everybody in is not believed" 1 log 'lets everybody in'
  rm -f "$LAB/refusing"
  python3 -uc "
import socket
listener = socket.create_server(('127.0.0.1', 5433))
print('listening')
connection, _ = listener.accept()
connection.recv(8)
connection.sendall(b'N')
connection.recv(1)" >"$LAB/refusing" &
  started+=($!)
  for _ in {1..100}; do
    [ ! -s "$LAB/refusing" ] || break
    sleep 0.1
  done
  as alice --user alice --encrypt --port 5433 $HOST
  expect "a server that does not encrypt" 1 log 'does not encrypt'
  as alice --user alice $HOST
  expect "and alice still gets in" 0 body '^alice$'
}

# --- How it is asked ------------------------------------------------------------------------------------------------

# as TICKETS OPTION…: the example logs in with this user's tickets.
as() {
  status=0
  KRB5CCNAME=FILE:$LAB/$1.ccache timeout 30 "$POSTGRES_GSS" "${@:2}" >"$LAB/body" 2>"$LAB/log" || status=$?
}

# --- What runs meanwhile --------------------------------------------------------------------------------------------

services() {
  local name
  for name in db other; do echo "addprinc -randkey postgres/$name.$DOMAIN"; done | kadmin.local -r $REALM >"$LAB/kadmin.log" 2>&1
  echo "ktadd -norandkey -k $LAB/postgres.keytab postgres/$HOST" | kadmin.local -r $REALM >>"$LAB/kadmin.log" 2>&1
  [ -s "$LAB/postgres.keytab" ]
}

# The example asks no KDC: its tickets are in the cache already.
tickets() { kvno -q -c "FILE:$LAB/$1.ccache" postgres/{db,other}.$DOMAIN; }

# It runs as the user `postgres`, who has to reach its files: hence a folder outside.
postgres_start() {
  folder=$(mktemp -d)
  chown postgres "$folder"
  install -o postgres -m 400 "$LAB/postgres.keytab" "$folder/keytab"
  install -o postgres -m 444 "$LAB/krb5.conf" "$folder/krb5.conf"
  as_postgres initdb -D "$folder/data" -A trust --no-locale -E UTF8 >"$LAB/initdb.log" 2>&1 || { cat "$LAB/initdb.log" >&2; return 1; }
  cat >"$folder/data/pg_hba.conf" <<END
local       all      postgres                trust
host        trusting all      127.0.0.1/32   trust
hostnogssenc all     all      127.0.0.1/32   gss include_realm=0 krb_realm=$REALM
hostgssenc  all      all      127.0.0.1/32   gss include_realm=0 krb_realm=$REALM
END
  cat >>"$folder/data/postgresql.conf" <<END
listen_addresses = '127.0.0.1'
unix_socket_directories = '$folder'
krb_server_keyfile = 'FILE:$folder/keytab'
fsync = off
END
  as_postgres postgres -D "$folder/data" >"$folder/log" 2>&1 &
  started+=($!)
  for _ in {1..200}; do
    psql -X -q -h "$folder" -U postgres -c 'CREATE ROLE alice LOGIN' -c 'CREATE ROLE bob LOGIN' -c 'CREATE DATABASE trusting' >"$LAB/psql.log" 2>&1 && return
    sleep 0.1
  done
  echo "PostgreSQL does not start:" >&2
  cat "$folder/log" "$LAB/psql.log" >&2
  return 1
}

as_postgres() {
  (cd "$folder" && KRB5_CONFIG=$folder/krb5.conf exec setpriv --reuid postgres --regid postgres --clear-groups "$PROGRAMS/$1" "${@:2}")
}

tidy() {
  kdc_stop
  local pid
  for pid in "${started[@]}"; do end "$pid"; done
  [ -z "$folder" ] || rm -rf "$folder"
}

"${1:-outside}"
