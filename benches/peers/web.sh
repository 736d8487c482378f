#!/usr/bin/env bash
# A web service behind logins, against the same service open to everybody, and against Apache with mod_auth_gssapi; all on one
# machine, servers on one core and their client on the other, in turn, five rounds. And what connections cost in memory.
#
#   bash benches/peers/web.sh      # Debian: apache2 libapache2-mod-auth-gssapi wrk, root, two cores, and two and a half minutes
#
# ROUNDS (5), SECONDS_EACH (2), CONNECTIONS (16), TOKENS (160000) for each round, MEMORY (10000) connections.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
: "${ROUNDS:=5}" "${SECONDS_EACH:=2}" "${CONNECTIONS:=16}" "${TOKENS:=160000}" "${MEMORY:=10000}"
PATH=$PATH:/usr/sbin

started=()
finish() {
  for each in "${started[@]}"; do
    kill "$each" || true
    wait "$each" || true
  done 2>/dev/null
  rm -r "$work"
}
work=$(mktemp -d)
trap finish EXIT
chmod 755 "$work" # Apache gives up root
mkdir "$work/htdocs" "$work/htdocs/krb" "$work/replays"
chmod 777 "$work/replays"

cargo build --release --quiet --manifest-path web/Cargo.toml
web=${CARGO_TARGET_DIR:-web/target}/release/negotiate-web
"$web" keytab "$work/keytab"
chmod 644 "$work/keytab"

# --- Servers ---------------------------------------------------------------------------------------------------------

# here NAME MODE: starts our server, and learns its port.
here() {
  KEYTAB=$work/keytab taskset -c 0 "$web" serve "$2" >"$work/$1.out" 2>"$work/$1.log" &
  running "$1" $!
  for _ in {1..50}; do [ -s "$work/$1.out" ] && break; sleep 0.1; done
  url[$1]=http://127.0.0.1:$(cat "$work/$1.out")/
}

# apache NAME REPLAYS: starts Apache, with this replay cache of MIT krb5's.
apache() {
  local port=$((20000 + RANDOM % 10000)) modules=/usr/lib/apache2/modules
  cat >"$work/$1.conf" <<END
ServerName localhost
ServerRoot $work
PidFile $work/$1.pid
ErrorLog $work/$1.log
LogLevel crit
Listen 127.0.0.1:$port
User www-data
Group www-data
LoadModule mpm_event_module $modules/mod_mpm_event.so
LoadModule authn_core_module $modules/mod_authn_core.so
LoadModule authz_core_module $modules/mod_authz_core.so
LoadModule authz_user_module $modules/mod_authz_user.so
LoadModule auth_gssapi_module $modules/mod_auth_gssapi.so
KeepAlive On
MaxKeepAliveRequests 0
DocumentRoot $work/htdocs
<Directory $work/htdocs>
  AllowOverride None
  Require all granted
</Directory>
<Location /krb>
  AuthType GSSAPI
  AuthName benchmark
  GssapiCredStore keytab:$work/keytab
  GssapiAllowedMech krb5
  Require valid-user
</Location>
END
  KRB5_CONFIG=$work/krb5.conf KRB5RCACHENAME=$2 KRB5RCACHEDIR=$work/replays GSS_MECH_CONFIG=/dev/null \
    taskset -c 0 apache2 -f "$work/$1.conf" -DFOREGROUND &
  running "$1" $!
  for _ in {1..50}; do (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break; sleep 0.1; done
  url[$1]=http://127.0.0.1:$port
}

declare -A url pid
running() {
  started+=("$2")
  pid[$1]=$2
}

cat >"$work/krb5.conf" <<END
[libdefaults]
 default_realm = EXAMPLE.TEST
 dns_lookup_kdc = false
 dns_canonicalize_hostname = false
 rdns = false
END
echo hello >"$work/htdocs/hello"
echo hello >"$work/htdocs/krb/hello"
here open open
here kerberos kerberos
here ntlm ntlm
apache apache dfl:
apache no-replays none:

# --- Load ------------------------------------------------------------------------------------------------------------

# What the server and its children have used of the processor so far, in ticks.
used() {
  local each
  for each in "$1" $(ps -o pid= --ppid "$1"); do cat "/proc/$each/stat"; done | awk '{ sum += $14 + $15 } END { print sum }'
}

# measure ROW SERVER COMMAND…: adds "ROW requests/s microseconds-of-the-server's-processor" to the figures. COMMAND says at last
# how many requests were answered, in how many microseconds, and, if it knows, how many of them wrongly.
measure() {
  local row=$1 server=${pid[$2]} before answered took unwelcome
  shift 2
  before=$(used "$server")
  read -r answered took unwelcome < <(taskset -c 1 "$@" | tail -n 1 | sed 's/^answered //') || true
  if [ "${answered:-0}" -eq 0 ] || [ "${unwelcome:-0}" -ne 0 ]; then
    echo "void: $row, ${answered:-0} answered, ${unwelcome:-?} of them wrongly" >&2
    tail -n 3 "$work"/*.log >&2
    exit 1
  fi
  echo "$row $answered $took $(($(used "$server") - before))" >>"$work/figures"
}

load() { # ROW SERVER PATH [TOKENS [again]]
  measure "$1" "$2" wrk -t 1 -c "$CONNECTIONS" -d "$SECONDS_EACH" -s tokens.lua "${url[$2]}$3" -- ${4:+"$4" 1 ${5:-}}
}

alone() { # ROW: the logins in a loop, without a server, on the servers' core; all of the time is the processor's
  local judged took
  head -n 40000 "$work/tokens" >"$work/some"
  read -r judged took < <(KEYTAB=$work/keytab taskset -c 0 "$web" accept "$work/some")
  echo "$1 $judged $took $((took / 10000))" >>"$work/figures"
}

kept() { # ROW SERVER MODE
  local port=${url[$2]##*:}
  measure "$1" "$2" "$web" drive "${port%/}" "$SECONDS_EACH" "$CONNECTIONS" "$3"
}

# Each lets in whom it should: nobody without a login, everybody with one, and nobody with another one's but where that was asked for.
lets_in() { # SERVER PATH STATUSES
  local port=${url[$1]##*:} seen
  port=${port%/}
  seen=$("$web" ask "$port" "$2" "$work/tokens")
  [ "$seen" = "$3 " ] || { echo "$1 answers $seen instead of $3" >&2; exit 1; }
}
"$web" tokens "$work/keytab" 1 "$work/tokens"
lets_in open / '200 200 200'
lets_in kerberos / '401 200 401'
lets_in ntlm / '401 401 401'
lets_in apache /hello '200 200 200'
lets_in apache /krb/hello '401 200 401'
lets_in no-replays /krb/hello '401 200 200'

echo "load average $(cut -d ' ' -f 1-3 /proc/loadavg)"
for _ in $(seq "$ROUNDS"); do
  "$web" tokens "$work/keytab" "$TOKENS" "$work/tokens"
  load open open ''
  load apache-open apache /hello
  load open-tokens open '' "$work/tokens" again
  load kerberos kerberos '' "$work/tokens"
  load apache-open-tokens apache /hello "$work/tokens" again
  alone alone
  load apache apache /krb/hello "$work/tokens"
  load apache-no-replays no-replays /krb/hello "$work/tokens"
  kept kept-open open open
  kept kept-ntlm ntlm ntlm
done

awk '
  { round[$1]++; rate[$1, round[$1]] = $2 / $3 * 1e6; cost[$1, round[$1]] = $4 * 1e4 / $2 }
  END {
    printf "\n%-40s %12s %14s\n", "", "requests/s", "CPU us/request"
    row("here: open to all", "open"); row("here: open, but tokens sent", "open-tokens"); row("here: a ticket each request", "kerberos")
    row("here: the logins alone, no server", "alone")
    row("Apache: open to all", "apache-open"); row("Apache: open, but tokens sent", "apache-open-tokens")
    row("Apache: a ticket each request", "apache"); row("Apache: the same, no replay cache", "apache-no-replays")
    row("kept connections: open to all", "kept-open"); row("kept connections: logged in by NTLM", "kept-ntlm")
    printf "\n%-40s %12s %14s\n", "ratios, round by round", "requests/s", "CPU"
    ratio("here: tickets : open", "kerberos", "open"); ratio("here: tickets : the same octets, open", "kerberos", "open-tokens")
    ratio("Apache: tickets : open", "apache", "apache-open"); ratio("Apache: tickets : the same octets, open", "apache", "apache-open-tokens")
    ratio("Apache: no replay cache : open", "apache-no-replays", "apache-open")
    ratio("tickets, here : Apache", "kerberos", "apache"); ratio("tickets, here : Apache, no replay cache", "kerberos", "apache-no-replays")
    ratio("open, here : Apache", "open", "apache-open")
    ratio("kept: NTLM : open", "kept-ntlm", "kept-open")
  }
  function row(name, key) { printf "%-40s %12d %14.1f\n", name, median(rate, key), median(cost, key) }
  function ratio(name, over, under,   i, rates, costs) {
    for (i = 1; i <= round[over]; i++) { rates["", i] = rate[over, i] / rate[under, i]; costs["", i] = cost[over, i] / cost[under, i] }
    round[""] = round[over]
    printf "%-40s %12.2f %14.2f\n", name, median(rates, ""), median(costs, "")
  }
  function median(of, key,   i, j, n, sorted, swap) {
    n = round[key]
    for (i = 1; i <= n; i++) {
      sorted[i] = of[key, i]
      for (j = i; j > 1 && sorted[j] < sorted[j - 1]; j--) { swap = sorted[j]; sorted[j] = sorted[j - 1]; sorted[j - 1] = swap }
    }
    return sorted[int((n + 1) / 2)]
  }' "$work/figures"

# --- Memory ----------------------------------------------------------------------------------------------------------

echo
ulimit -n "$((MEMORY + 1000))"
"$web" memory "$MEMORY"
echo "load average $(cut -d ' ' -f 1-3 /proc/loadavg)"
