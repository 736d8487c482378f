#!/usr/bin/env bash
# A Squid that asks `negotiate helper` who is there: by the accounts in $LAB/accounts and the keys in $LAB/http.keytab. Sourced.
#
# Squid and its helpers run as the user `proxy`, who has to reach the command, the accounts and the keys: hence a folder outside.

folder=
squid=

# squid_start SCHEME…: offers these, `ntlm` or `negotiate`, at the port $proxy of 127.0.0.1.
squid_start() {
  if [ -z "$folder" ]; then
    folder=$(mktemp -d)
    chmod 755 "$folder"
  fi
  cp "$NEGOTIATE" "$folder/negotiate"
  install -o proxy -m 400 "$LAB/accounts" "$folder/accounts"
  install -o proxy -m 400 "$LAB/http.keytab" "$folder/keytab"
  install -d -o proxy "$folder/squid"
  for _ in 1 2 3; do
    proxy=$(free_port)
    squid_configuration "$@" >"$folder/squid.conf"
    squid -N -n "live$$" -f "$folder/squid.conf" >"$LAB/squid.out" 2>&1 &
    squid=$!
    for _ in {1..100}; do
      kill -0 "$squid" 2>/dev/null || break
      (exec 3<>"/dev/tcp/127.0.0.1/$proxy") 2>/dev/null && return
      sleep 0.05
    done
    end "$squid"
  done
  echo "Squid does not start:" >&2
  cat "$LAB/squid.out" "$folder/squid/cache.log" >&2
  return 1
}

# squid_again SCHEME…: another one in its place.
squid_again() {
  end "$squid"
  squid_start "$@"
}

squid_configuration() {
  cat <<EOF
http_port 127.0.0.1:$proxy
pid_filename $folder/squid/pid
cache_log $folder/squid/cache.log
access_log stdio:$folder/squid/access.log
coredump_dir $folder/squid
cache_effective_user proxy
visible_hostname localhost
shutdown_lifetime 0 seconds
netdb_filename none
pinger_enable off
cache deny all
$(squid_schemes "$@")
acl known proxy_auth REQUIRED
http_access allow known
http_access deny all
EOF
}

squid_schemes() {
  local scheme keys
  for scheme in "$@"; do
    [ "$scheme" = negotiate ] && keys=" --keytab $folder/keytab" || keys=
    echo "auth_param $scheme program $folder/negotiate helper squid-$scheme --accounts $folder/accounts" \
      "--netbios-domain LIVE --netbios-name LAB$keys"
    echo "auth_param $scheme children 2 startup=1 idle=1"
  done
}

squid_stop() {
  [ -n "$folder" ] || return 0
  [ -z "$squid" ] || end "$squid"
  cp "$folder"/squid/*.log "$LAB" || true
  # What Squid leaves behind when it does not end by itself.
  rm -rf "$folder" /dev/shm/live$$-*
}
