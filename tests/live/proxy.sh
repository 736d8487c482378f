#!/usr/bin/env bash
# nginx as a reverse proxy before examples/whoami, with a connection to it for each request and with one that all clients
# share. Kerberos works through both; NTLM, which logs a connection in, must not be had through either; and nobody gets
# another's name.
# Ends with `N passed, N failed`; anything failed is also the exit status. Everything runs on 127.0.0.1.
#
#   bash tests/live/proxy.sh             # builds examples/whoami first
#   WHOAMI=path bash tests/live/proxy.sh # or takes this one
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/live/kdc.sh
source tests/live/kdc.sh
# shellcheck source=tests/live/accounts.sh
source tests/live/accounts.sh

nginx=
whoami= # its port; $port is the proxy's, once there is one

main() {
  trap 'finish tidy' EXIT
  wanted nginx:nginx-light
  kdc_install
  : "${WHOAMI:=$(built --example whoami)}"
  kdc_create
  kdc_start
  accounts_create
  use_lab

  whoami_start --behind-proxy
  for upstream in single shared; do
    nginx_start $upstream
    kerberos_works
    ntlm_is_not_to_be_had
  done
  nobody_is_another
  whoami_start
  nginx_start shared
  what_the_option_is_for
}

whoami_start() {
  serve -- --keytab "$LAB/http.keytab" --accounts "$NTLM_USER_FILE" --netbios-domain LIVE "$@"
  whoami=$port
}

tidy() {
  nginx_stop
  kdc_stop
}

# --- What must hold -------------------------------------------------------------------------------------------------

# The ticket is for the name that the client knows: the proxy's.
kerberos_works() {
  by_ticket alice
  expect "$upstream: alice's ticket" 200 body "alice@$REALM"
  expect "$upstream: the server's proof comes through" 200 trace '^< www-authenticate: negotiate [a-z0-9+/=]+'
  by_ticket bob
  expect "$upstream: bob's ticket" 200 body "bob@$REALM"
  ask localhost curl -q
  expect "$upstream: nobody" 401 trace '^< www-authenticate: negotiate.?$'
}

ntlm_is_not_to_be_had() {
  ask localhost curl -q
  if grep -qi '^< www-authenticate: ntlm' "$LAB/trace"; then
    outcome "$upstream: NTLM is not offered" no
  else
    outcome "$upstream: NTLM is not offered" yes
  fi
  by_password
  expect "$upstream: a password by NTLM: 401" 401
  # What a client sends that does not care what is offered: the first leg, bare and in SPNEGO.
  ask localhost curl -q -H 'Authorization: NTLM TlRMTVNTUAABAAAAB4IIogAAAAAAAAAAAAAAAAAAAAAKAGFKAAAADw=='
  expect "$upstream: NTLM's first leg, unasked: 401, and the log says why" 401 log 'refused \((not-connection-bound|scheme|ntlm)'
  ask localhost NTLM_USER_FILE="$NTLM_USER_FILE" GSS_MECH_CONFIG="$LAB/ntlm-mech" curl -q --negotiate -u :
  expect "$upstream: NTLM in SPNEGO: 401, and the log says why" 401 log 'refused \(not-connection-bound'
}

# Through the one connection that nginx has to whoami.
nobody_is_another() {
  local turn
  for turn in 1 2 3; do
    by_ticket alice
    expect "turn $turn: alice by her ticket" 200 body "alice@$REALM"
    ask localhost curl -q
    expect "turn $turn: then nobody, on the connection that she logged in on: 401" 401
    by_ticket bob
    expect "turn $turn: then bob: he is bob" 200 body "bob@$REALM"
    by_password
    expect "turn $turn: then a password by NTLM: 401" 401
    ask localhost curl -q
    expect "turn $turn: then nobody: 401" 401
  done
  # Three turns, in each two logins that the log tells.
  one_connection "all of them came on one connection" 6
}

# Without the option, a shared connection is a danger; this shows that the connection is one, and the option no decoration.
what_the_option_is_for() {
  by_password
  expect "without --behind-proxy, alice logs in by NTLM through a shared connection" 200 body 'LIVE\\alice'
  ask localhost curl -q
  expect "and the next, who has no login, is taken for her" 200 body 'LIVE\\alice'
}

# --- How it is asked ------------------------------------------------------------------------------------------------

# These go to nginx, not to whoami.
by_ticket() { ask localhost KRB5CCNAME="FILE:$LAB/$1.ccache" curl -q --negotiate -u :; }

by_password() { ask localhost curl -q --ntlm -u "$USER_NAME:$NTLM_PASSWORD"; }

# one_connection WHAT: whoami names the peer in its log; of a proxy that is the connection.
one_connection() {
  local peers
  peers=$(sed -n 's/^127\.0\.0\.1:\([0-9]*\) .*/\1/p' "$LAB/server.err" | tail -n "$2" | sort -u | grep -c .)
  if [ "$peers" -eq 1 ]; then outcome "$1" yes; else outcome "$1" no "$peers connections"; fi
}

# nginx_start single|shared: before the whoami that runs; $port becomes the proxy's.
nginx_start() {
  nginx_stop
  mkdir -p "$LAB/nginx"
  for _ in 1 2 3; do
    port=$(free_port)
    "nginx_$1" "$whoami" "$port" >"$LAB/nginx/nginx.conf"
    nginx -p "$LAB/nginx" -e "$LAB/nginx/error.log" -c "$LAB/nginx/nginx.conf" >"$LAB/nginx/out" 2>&1 &
    nginx=$!
    for _ in {1..50}; do
      kill -0 "$nginx" 2>/dev/null || break
      (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return
      sleep 0.1
    done
    nginx_stop
  done
  echo "nginx does not start:" >&2
  cat "$LAB/nginx/error.log" "$LAB/nginx/out" >&2
  return 1
}

nginx_stop() {
  [ -n "$nginx" ] || return 0
  end "$nginx"
  nginx=
}

# As it comes: HTTP/1.0 to whoami, and a connection for each request.
nginx_single() { nginx_conf "$2" "proxy_pass http://127.0.0.1:$1;" ""; }

# As everybody sets it up who wants it fast.
nginx_shared() {
  nginx_conf "$2" 'proxy_pass http://whoami; proxy_http_version 1.1; proxy_set_header Connection "";' \
    "upstream whoami { server 127.0.0.1:$1; keepalive 1; }"
}

nginx_conf() {
  cat <<EOF
daemon off;
worker_processes 1;
pid nginx.pid;
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  large_client_header_buffers 4 64k;
  $3
  server {
    listen 127.0.0.1:$1;
    location / {
      proxy_set_header Host \$http_host;
      $2
    }
  }
}
EOF
}

main "$@"
