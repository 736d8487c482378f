#!/usr/bin/env bash
# examples/ssh_gssapi_mic logs in to OpenSSH's sshd by a ticket of MIT krb5, and runs a command as the user.
# Ends with `N passed, N failed`; anything failed is also the exit status.
#
# The users that log in are known to sshd alone, for the length of the test: it has mounts and a network of its own (lab.sh),
# and needs root.
#
#   bash tests/live/ssh.sh                     # builds the example first
#   SSH_GSSAPI_MIC=path bash tests/live/ssh.sh # or takes this one
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/live/kdc.sh
source tests/live/kdc.sh

HOST=ssh.$DOMAIN
PORT=22

outside() {
  wanted ip:iproute2 sshd:openssh-server ssh:openssh-client
  kdc_install
  : "${SSH_GSSAPI_MIC:=$(built --manifest-path examples/ssh_gssapi_mic/Cargo.toml)}"
  export SSH_GSSAPI_MIC
  alone "$0"
}

inside() {
  trap 'finish kdc_stop' EXIT
  ip link set lo up
  : >"$LAB/log"
  : >"$LAB/body"
  kdc_create
  services
  kdc_start
  users_create
  sshd_start
  theirs
  ours
  refusals
}

# --- What must hold -------------------------------------------------------------------------------------------------

# The server itself, by a client that is not ours.
theirs() {
  tickets alice
  status=0
  : >"$LAB/no-config"
  KRB5CCNAME=FILE:$LAB/alice.ccache ssh -F "$LAB/no-config" -o UserKnownHostsFile="$LAB/known_hosts" -o BatchMode=yes -o PreferredAuthentications=gssapi-with-mic \
    -o GSSAPIAuthentication=yes "alice@$HOST" id -un >"$LAB/body" 2>"$LAB/log" || status=$?
  expect "OpenSSH's own client logs in" 0 body '^alice$'
}

ours() {
  tickets bob
  as alice alice@$HOST 'id -un'
  expect "alice logs in, and is alice" 0 body '^alice$'
  as bob bob@$HOST 'id -un'
  expect "bob logs in, and is bob" 0 body '^bob$'
  as alice alice@$HOST 'echo no >&2; exit 7'
  expect "the command's exit status and its complaints arrive" 7 log '^no$'
  as alice alice@$HOST 'head -c 1000000 /dev/zero | tr "\0" x'
  expect "a million octets" 0
  if [ "$(wc -c <"$LAB/body")" -eq 1000000 ]; then outcome "arrive" yes; else outcome "arrive" no; fi
  as alice --delegate alice@$HOST 'klist -f'
  expect "delegated tickets are there for the command" 0 body "krbtgt/$REALM@$REALM"
  expect "as forwarded to the server: not in her own cache" 0 body 'krb5cc_4711_'
  as alice alice@$HOST 'klist -s && echo tickets; echo done'
  if [ "$(cat "$LAB/body")" = 'done' ]; then outcome "none without --delegate" yes; else outcome "none without --delegate" no; fi
  if grep -q 'Authorized to alice, krb5 principal alice@EXAMPLE.COM' "$LAB/sshd.err" &&
    grep -q 'Accepted gssapi-with-mic for alice' "$LAB/sshd.err"; then
    outcome "the server's log knows alice by her principal" yes
  else
    outcome "the server's log knows alice by her principal" no
  fi
}

refusals() {
  as bob alice@$HOST 'id -un'
  expect "bob is not alice" 1 log 'the server refuses the login'
  as alice --tamper alice@$HOST 'id -un'
  expect "a signature of something else" 1 log 'the server refuses the login'
  as alice alice@other.$DOMAIN 'id -un'
  expect "a ticket for another host" 1 log 'refuses the login'
  as nobody alice@$HOST 'id -un'
  expect "without a ticket nothing is tried" 1 log 'nobody\.ccache'
  : >"$LAB/no_hosts"
  KNOWN_HOSTS=$LAB/no_hosts as alice alice@$HOST 'id -un'
  expect "a host that is not known" 1 log 'key'
  as alice alice@$HOST 'id -un'
  expect "and alice still gets in" 0 body '^alice$'
}

# --- How it is asked ------------------------------------------------------------------------------------------------

# tickets USER: a fresh cache with a ticket for the server.
tickets() {
  kinit -f -c "FILE:$LAB/$1.ccache" "$1@$REALM" <<<"$PASSWORD" >/dev/null
  kvno -q -c "FILE:$LAB/$1.ccache" "host/$HOST" "host/other.$DOMAIN"
}

# as TICKETS OPTION…: the example logs in with this user's tickets.
as() {
  status=0
  KRB5CCNAME=FILE:$LAB/$1.ccache timeout 30 "$SSH_GSSAPI_MIC" --known-hosts "${KNOWN_HOSTS:-$LAB/known_hosts}" "${@:2}" \
    >"$LAB/body" 2>"$LAB/log" || status=$?
}

# --- What runs meanwhile --------------------------------------------------------------------------------------------

services() {
  {
    echo "addprinc -randkey +ok_as_delegate host/$HOST"
    echo "addprinc -randkey host/other.$DOMAIN"
    echo "ktadd -norandkey -k $LAB/host.keytab host/$HOST"
  } | kadmin.local -r $REALM >"$LAB/kadmin.log" 2>&1
  [ -s "$LAB/host.keytab" ]
}

# alice and bob, whom this machine does not know outside of these mounts.
users_create() {
  mount -t tmpfs -o mode=755 tmpfs /run
  mkdir /run/sshd /run/home
  printf '127.0.0.1 localhost %s other.%s\n' "$HOST" "$DOMAIN" >"$LAB/hosts"
  { cat /etc/passwd; printf '%s:x:%s:65534::/run/home/%s:/bin/sh\n' alice 4711 alice bob 4712 bob; } >"$LAB/passwd"
  { cat /etc/shadow; printf '%s:*:19000:0:99999:7:::\n' alice bob; } >"$LAB/shadow"
  chmod 644 "$LAB/passwd"
  chmod 600 "$LAB/shadow"
  mount --bind "$LAB/hosts" /etc/hosts
  mount --bind "$LAB/passwd" /etc/passwd
  mount --bind "$LAB/shadow" /etc/shadow
  install -d -o 4711 /run/home/alice
  install -d -o 4712 /run/home/bob
}

sshd_start() {
  rm -f "$LAB"/ssh_host_key*
  ssh-keygen -q -t ed25519 -N '' -f "$LAB/ssh_host_key"
  { printf '%s,other.%s ' "$HOST" "$DOMAIN"; cut -d ' ' -f 1,2 "$LAB/ssh_host_key.pub"; } >"$LAB/known_hosts"
  cat >"$LAB/sshd_config" <<END
ListenAddress 127.0.0.1:$PORT
HostKey $LAB/ssh_host_key
PidFile none
GSSAPIAuthentication yes
GSSAPIStrictAcceptorCheck no
AuthenticationMethods gssapi-with-mic
UsePAM no
LogLevel VERBOSE
END
  KRB5_KTNAME=FILE:$LAB/host.keytab "$(command -v sshd)" -D -e -f "$LAB/sshd_config" 2>"$LAB/sshd.err" &
  started+=($!)
  for _ in {1..100}; do
    ! (exec 3<>/dev/tcp/127.0.0.1/$PORT) 2>/dev/null || return 0
    sleep 0.05
  done
  echo "sshd does not start:" >&2
  cat "$LAB/sshd.err" >&2
  return 1
}

"${1:-outside}"
