#!/usr/bin/env bash
# What the live tests share: packages, processes that end with the test, the server `whoami`, curl's requests to it, and
# the count of what held. Sourced by them, from the repository's folder.
#
# All files are in $LAB, everything listens on 127.0.0.1, and what is started is ended by its process id.

: "${LAB:=${CARGO_TARGET_DIR:-target}/live}"
LAB=$(mkdir -p "$LAB" && cd "$LAB" && pwd)
PATH=$PATH:/usr/sbin

passed=0
failed=0
server=
started=() # what `finish` ends

# --- Programs -------------------------------------------------------------------------------------------------------

# Debian packages, without letting one of them start a daemon (policy-rc.d answers 101: not allowed).
packages() {
  local policy=/usr/sbin/policy-rc.d
  [ -e $policy ] || { printf '#!/bin/sh\nexit 101\n' >$policy; chmod 755 $policy; }
  export DEBIAN_FRONTEND=noninteractive
  apt-get -qq -o DPkg::Lock::Timeout=300 update
  apt-get -qq -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@" >/dev/null
}

# wanted FILE:PACKAGE…: installs the packages whose file (or command) is not there.
wanted() {
  local pair missing=()
  for pair in "$@"; do
    command -v "${pair%%:*}" >/dev/null || [ -e "${pair%%:*}" ] || missing+=("${pair#*:}")
  done
  [ ${#missing[@]} -eq 0 ] || packages "${missing[@]}"
}

# python_install: a Python with the packages of pip that the tests use, over those of Debian.
python_install() {
  wanted python3:python3 /usr/share/python-wheels:python3-venv /usr/lib/python3/dist-packages/gssapi:python3-gssapi \
    /usr/lib/python3/dist-packages/cryptography:python3-cryptography /usr/lib/python3/dist-packages/requests:python3-requests
  [ -x "$LAB/venv/bin/python" ] || /usr/bin/python3 -m venv --system-site-packages "$LAB/venv"
  "$LAB/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --require-hashes -r tests/live/python.txt
}

# built ARGUMENT…: builds one binary or example, and says where it is.
built() {
  local path
  path=$(cargo build --quiet --message-format=json "$@" | sed -n 's/.*"executable":"\([^"]*\)".*/\1/p' | tail -n 1)
  [ -x "$path" ] && echo "$path"
}

# --- Processes ------------------------------------------------------------------------------------------------------

# A port of 127.0.0.1 where nobody listens. Someone may take it meanwhile: who binds it must be ready to ask again.
free_port() {
  local port
  for _ in {1..50}; do
    port=$((20000 + RANDOM % 10000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
  echo "no free port of 127.0.0.1 found" >&2
  return 1
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

# serve [VARIABLE=VALUE…] -- ARGUMENT…: starts whoami anew, and learns its port from its first words.
serve() {
  local environment=()
  while [ "$1" != -- ]; do
    environment+=("$1")
    shift
  done
  shift
  stop_server
  : >"$LAB/server.out"
  : >"$LAB/server.err"
  env "${environment[@]}" "$WHOAMI" "$@" --listen 127.0.0.1:0 >"$LAB/server.out" 2>"$LAB/server.err" &
  server=$!
  port=
  for _ in {1..100}; do
    port=$(sed -n 's|.*listening on https\{0,1\}://127\.0\.0\.1:\([0-9]*\)/.*|\1|p' "$LAB/server.out" | head -n 1)
    [ -n "$port" ] && return
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  echo "whoami does not start:" >&2
  cat "$LAB/server.out" "$LAB/server.err" >&2
  return 1
}

stop_server() {
  [ -n "$server" ] || return 0
  end "$server"
  server=
}

end() {
  kill "$1" 2>/dev/null || return 0
  wait "$1" 2>/dev/null || true
}

# flipped PORT SERVER-PORT HONEST [ADDRESS]: somebody in between, for one connection (flip.py).
flipped() {
  rm -f "$LAB/flip.out"
  python3 tests/live/flip.py "$@" >"$LAB/flip.out" 2>"$LAB/flip.err" &
  started+=($!)
  for _ in {1..100}; do
    [ ! -s "$LAB/flip.out" ] || return 0
    sleep 0.1
  done
  cat "$LAB/flip.err" >&2
  return 1
}

# finish [COMMAND…]: the last words of every live test (`trap finish EXIT`), after what else has to be stopped.
finish() {
  local code=$? pid
  "$@"
  stop_server
  for pid in "${started[@]}"; do end "$pid"; done
  echo "$passed passed, $failed failed"
  [ "$code" -ne 0 ] || [ "$failed" -eq 0 ] || code=1
  exit "$code"
}

# alone SCRIPT: goes on as `SCRIPT inside`, with a network, mounts and a process list of its own, which end with the script:
# for daemons that listen on all addresses, or want a user or a folder of the machine's. Needs root, and what needs the
# machine's network is done before.
alone() {
  export LAB
  exec unshare --net --mount --pid --fork --kill-child --mount-proc bash "$1" inside
}

# --- Requests -------------------------------------------------------------------------------------------------------

# ask HOST [VARIABLE=VALUE…] COMMAND…: one GET of http://HOST:$port/ by curl, or of $scheme. The status goes to $status,
# body and trace to files, and what the server logs meanwhile to another.
ask() {
  local host=$1 before
  shift
  before=$(wc -c <"$LAB/server.err")
  status=$(env "$@" -sv --noproxy '*' --max-time 10 --resolve "$host:$port:127.0.0.1" \
    -o "$LAB/body" -w '%{http_code}' "${scheme:-http}://$host:$port/" 2>"$LAB/trace") || status="curl: exit $?"
  # The log line may be written after the answer.
  for _ in {1..20}; do
    tail -c "+$((before + 1))" "$LAB/server.err" >"$LAB/log"
    [ "$status" != 401 ] || [ -s "$LAB/log" ] && break
    sleep 0.05
  done
}

# expect WHAT STATUS [body|trace|log PATTERN]: of the last request.
expect() {
  if [ "$status" != "$2" ]; then
    outcome "$1" no "status $status, not $2"
  elif [ $# -gt 2 ] && ! grep -Eqi -- "$4" "$LAB/$3"; then
    outcome "$1" no "no $4 in the $3"
  else
    outcome "$1" yes
  fi
}

outcome() {
  if [ "$2" = yes ]; then
    passed=$((passed + 1))
    echo "ok      $1"
    return
  fi
  failed=$((failed + 1))
  echo "FAILED  $1: ${3:-}"
  sed 's/^/        log:  /' "$LAB/log" | cut -c 1-300
  sed -n '1,20s/^/        body: /p' "$LAB/body" | cut -c 1-300
  echo
}

# told_by COMMAND…: its lines are `ok WHAT` or `no WHAT: WHY`, the last one `end`: who broke off, or took longer than $PATIENCE
# seconds, has not shown what it left out.
told_by() {
  local verdict what
  timeout "${PATIENCE:-300}" "$@" >"$LAB/told" 2>"$LAB/told.err" || true
  while read -r verdict what; do
    if [ "$verdict" = ok ]; then outcome "$what" yes; else outcome "${what%%: *}" no "${what#*: }"; fi
  done < <(grep -v '^end$' "$LAB/told")
  [ "$(tail -n 1 "$LAB/told")" = end ] || outcome "$*" no "$(tail -n 3 "$LAB/told.err")"
}
