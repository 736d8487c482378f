#!/usr/bin/env bash
# The same work by this crate and by others, in one run, and one table of it: who, what work, how to read it and how to add somebody is in
# README.md. Fails if something does not work; what somebody is slow in is no failure.
#
#   bash benches/peers/run.sh [--markdown] [SECTION…]   # spnego accept messages ntlm decrypt string-to-key keytab replay; all of them if none is named
#
# ROUNDS (5), TOKENS (2000) a file, CORE (0); PRIORITY (none): real-time, 1 to 99, for a machine that is busy otherwise. PEERS: only these.
# Debian, root (for packages).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
: "${ROUNDS:=5}" "${TOKENS:=2000}" "${CORE:=0}" "${PRIORITY:=}" "${PEERS:=}"
export LAB
LAB=$(mktemp -d)
trap 'rm -r "$LAB"' EXIT
. tests/live/lab.sh
cd benches/peers
dir=$LAB/work

# --- Who ------------------------------------------------------------------------------------------------------------

who=()
declare -A sections builders commands
# peer WHO SECTIONS BUILDER COMMAND…: takes part in these sections, is built by this function, and is asked by `COMMAND… SECTION DIR`, DIR being
# what `negotiate-peers mint` wrote. It prints `WORK NANOSECONDS [UNIT]` a line.
peer() {
  [ -z "$PEERS" ] || [[ " $PEERS here " == *" $1 "* ]] || return 0
  who+=("$1")
  sections[$1]=" $2 " builders[$1]=$3
  shift 3
  commands[${who[-1]}]=$*
}

program=${CARGO_TARGET_DIR:-target}/release/negotiate-peers
gss_sections="spnego accept accept-memory accept-threads messages string-to-key keytab"
peer here "spnego accept accept-memory accept-threads messages ntlm decrypt string-to-key keytab replay replay-threads" rust "$program" here
peer floor "accept messages decrypt string-to-key" libcrypto floor
peer floor-rust "accept ntlm" rust "$program" floor-rust
peer mit "$gss_sections" mit gss mit plain
peer mit-kept "accept accept-threads keytab" mit gss mit kept
peer mit-rcache "accept" mit remembering
peer heimdal "$gss_sections" heimdal gss heimdal plain
peer heimdal-kept "accept accept-threads keytab" heimdal gss heimdal kept
peer gss-ntlmssp "ntlm" ntlmssp in_turn "$LAB/gss_ntlmssp" 500
peer sspi "accept messages ntlm" rust "$program" sspi
peer picky-krb "spnego decrypt string-to-key" rust "$program" picky-krb
peer rasn "spnego" rust "$program" rasn
peer kerbcore "spnego accept messages decrypt string-to-key" rust "$program" kerbcore
peer libkrimes "decrypt string-to-key" rust "$program" libkrimes
peer rskrb5 "spnego accept messages decrypt string-to-key keytab" rskrb5 "${CARGO_TARGET_DIR:-rskrb5/target}/release/negotiate-peers-rskrb5"
peer gokrb5 "spnego accept messages decrypt string-to-key keytab replay" gokrb5 "$LAB/gokrb5"
peer jdk "spnego accept messages decrypt string-to-key keytab" jdk "$LAB/jdk"

# --- How they are built ----------------------------------------------------------------------------------------------

rust() { cargo build --release --quiet; }
rskrb5() { cargo build --release --quiet --manifest-path rskrb5/Cargo.toml; }

gokrb5() {
  wanted go:golang-go /usr/share/gocode/src/github.com/jcmturner/gokrb5/v8:golang-github-jcmturner-gokrb5.v8-dev &&
    bash go/build.sh "$LAB/gokrb5"
}
jdk() { wanted javac:openjdk-17-jdk-headless && bash jdk/build.sh "$LAB/jdk"; }

libcrypto() {
  wanted gcc:gcc /usr/include/openssl/evp.h:libssl-dev &&
    cc -O2 -o "$LAB/libcrypto_messages" libcrypto_messages.c -lcrypto &&
    cc -O2 -Wno-deprecated-declarations -o "$LAB/libcrypto_accept" libcrypto_accept.c -lcrypto
}

mit() { wanted gcc:gcc krb5-config.mit:krb5-multidev && gss_programs mit; }
heimdal() { wanted gcc:gcc krb5-config.heimdal:heimdal-multidev && gss_programs heimdal -DHEIMDAL -lasn1; }

# gss_programs LIBRARY [OPTION…]: the same sources with either library. Their development packages stand side by side only as -multidev.
gss_programs() {
  local config=krb5-config.$1 name=$1 flags libraries
  shift
  flags=$($config --cflags gssapi krb5) && libraries="$($config --libs gssapi) $($config --libs krb5)" || return
  cc -O2 -pthread $flags -o "$LAB/${name}_accept" gss_accept.c $libraries "$@" &&
    cc -O2 $flags -o "$LAB/${name}_messages" gss_messages.c $libraries "$@" &&
    cc -O2 $flags -o "$LAB/${name}_codec" krb5_codec.c $libraries "$@"
}

ntlmssp() {
  wanted gcc:gcc krb5-config.mit:krb5-multidev /etc/gss/mech.d/mech.ntlmssp.conf:gss-ntlmssp &&
    cc -O2 $(krb5-config.mit --cflags gssapi) -o "$LAB/gss_ntlmssp" gss_ntlmssp.c $(krb5-config.mit --libs gssapi) &&
    echo 'ADEX:alice:Passw0rd!alice' >"$LAB/users"
}

# --- How they are asked ----------------------------------------------------------------------------------------------

export KRB5_CONFIG=$dir/krb5.conf KRB5_KTNAME=$dir/keytab KRB5RCACHENAME=none: NTLM_USER_FILE=$LAB/users

in_turn() { "$1" "$2"; }

floor() {
  if [ "$1" = messages ]; then "$LAB/libcrypto_messages"; else "$LAB/libcrypto_accept" "$@"; fi
}

# gss LIBRARY plain|kept SECTION DIR. Without other mechanisms: a credential that nobody chose is one of each.
gss() {
  local type entries code=0
  export GSS_MECH_CONFIG=/dev/null
  case $3 in
    spnego | string-to-key) "$LAB/$1_codec" "$3" "$4" || code=1 ;;
    keytab) for entries in 10 100000; do KRB5_KTNAME=$4/keytab-$entries "$LAB/$1_accept" "$2" "keytab/$entries" "$4" || code=1; done ;;
    messages)
      for type in $types; do
        # Heimdal has no Camellia.
        [[ $1/$type != heimdal/camellia* ]] || { echo "$type/*: refused" >&2; continue; }
        KRB5_CONFIG=$LAB/kdc/krb5.$type.conf KRB5_KTNAME=$LAB/kdc/keytab KRB5CCNAME=$LAB/kdc/cache.$type \
          "$LAB/$1_messages" "host@$type.example.test" "$type" || code=1
      done
      ;;
    *) "$LAB/$1_accept" "$2" "$3" "$4" || code=1 ;;
  esac
  return "$code"
}

# The default replay cache of MIT krb5, a new file: the usual work alone.
remembering() {
  rm -rf "$LAB/replays" && mkdir "$LAB/replays"
  KRB5RCACHENAME=dfl: KRB5RCACHEDIR=$LAB/replays GSS_MECH_CONFIG=/dev/null "$LAB/mit_accept" plain "$1" "$2" usual
}

# Contexts of the C libraries for messages: a KDC with a service for each type, whose ticket, session key and subkey are all of it. It ends
# when there is a ticket for each.
types="aes256-cts-hmac-sha384-192 aes256-cts-hmac-sha1-96 camellia256-cts-cmac aes128-cts-hmac-sha256-128 aes128-cts-hmac-sha1-96 camellia128-cts-cmac rc4-hmac"
tickets() {
  local at=$LAB/kdc type port
  wanted krb5kdc:krb5-kdc kadmin.local:krb5-admin-server kvno:krb5-user
  mkdir "$at"
  port=$(free_port)
  cat >"$at/krb5.conf" <<EOC
[libdefaults]
 default_realm = EXAMPLE.TEST
 dns_lookup_kdc = false
 dns_canonicalize_hostname = false
 rdns = false
 allow_weak_crypto = true
 allow_rc4 = true
 permitted_enctypes = $types
[realms]
 EXAMPLE.TEST = {
  kdc = 127.0.0.1:$port
 }
[domain_realm]
 .example.test = EXAMPLE.TEST
EOC
  cat >"$at/kdc.conf" <<EOC
[kdcdefaults]
 kdc_listen = 127.0.0.1:$port
 kdc_tcp_listen = 127.0.0.1:$port
[realms]
 EXAMPLE.TEST = {
  database_name = $at/principal
  key_stash_file = $at/stash
  supported_enctypes = $(for type in $types; do printf '%s:normal ' "$type"; done)
 }
EOC
  export KRB5_KDC_PROFILE=$at/kdc.conf
  KRB5_CONFIG=$at/krb5.conf kdb5_util create -s -r EXAMPLE.TEST -P master
  {
    echo "addprinc -pw alice alice"
    for type in $types; do
      echo "addprinc -randkey -e $type:normal host/$type.example.test"
      echo "setstr host/$type.example.test session_enctypes $type"
      echo "ktadd -k $at/keytab -norandkey host/$type.example.test"
    done
  } | KRB5_CONFIG=$at/krb5.conf kadmin.local -r EXAMPLE.TEST
  KRB5_CONFIG=$at/krb5.conf krb5kdc -n -r EXAMPLE.TEST &
  kdc=$!
  answers 127.0.0.1 "$port"
  for type in $types; do
    # A client and a service that permit this type alone: MIT krb5 takes a better one for its subkeys where it may.
    # The second name is Heimdal's.
    sed "s/permitted_enctypes = .*/permitted_enctypes = $type\n default_etypes = ${type/#rc4-hmac/arcfour-hmac-md5}/" "$at/krb5.conf" >"$at/krb5.$type.conf"
    echo alice | KRB5_CONFIG=$at/krb5.$type.conf KRB5CCNAME=$at/cache.$type kinit alice
    KRB5_CONFIG=$at/krb5.$type.conf KRB5CCNAME=$at/cache.$type kvno "host/$type.example.test"
  done
  kill "$kdc"
  wait "$kdc" || true
}

# --- The run -----------------------------------------------------------------------------------------------------------

form=
asked=()
for argument; do
  case $argument in
    --markdown) form=--markdown ;;
    accept) asked+=(accept accept-memory accept-threads) ;;
    replay) asked+=(replay replay-threads) ;;
    spnego | messages | ntlm | decrypt | string-to-key | keytab) asked+=("$argument") ;;
    *) echo "no section $argument" >&2; exit 2 ;;
  esac
done
[ ${#asked[@]} -gt 0 ] || asked=(spnego accept accept-memory accept-threads messages ntlm decrypt string-to-key keytab replay replay-threads)

is_failed=
told() { is_failed=1; echo "FAILED: $1: $(tail -n 1 "$2")"; }

# Who cannot be built is said, and is not there.
there=()
for name in "${who[@]}"; do
  for section in "${asked[@]}"; do
    [[ ${sections[$name]} == *" $section "* ]] || continue
    if "${builders[$name]}" >"$LAB/build.log" 2>&1 </dev/null; then
      there+=("$name")
    else
      echo "MISSING: $name: $(grep . "$LAB/build.log" | tail -n 1)"
      [ "$name" != here ] || exit 1
    fi
    break
  done
done
if [[ " ${asked[*]} " == *" messages "* ]] && [[ " ${there[*]} " == *" mit "* || " ${there[*]} " == *" heimdal "* ]]; then
  # In a shell of its own, where a step that fails is the last.
  (set -e; tickets) >"$LAB/kdc.log" 2>&1 &
  wait $! || told "tickets for messages" "$LAB/kdc.log"
fi

# measure ROUND WHO SECTION: on one core, but for what is about several.
measure() {
  (
    [[ $3 == *-threads ]] || taskset -pc "$CORE" "$BASHPID" >/dev/null
    [ -z "$PRIORITY" ] || chrt -r -p "$PRIORITY" "$BASHPID"
    ${commands[$2]} "$3" "$dir"
  ) >"$LAB/lines" 2>"$LAB/said" </dev/null || told "$2 $3" "$LAB/said"
  sed -n 's/^\(.*\): refused$/NOT TAKEN: '"$2"': \1/p' "$LAB/said" >>"$LAB/refused"
  sed "s/^/$1 $2 /" "$LAB/lines" >>"$LAB/figures"
}

echo "$(nproc) cores, $(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -n 1), load average $(cut -d ' ' -f 1-3 /proc/loadavg), $ROUNDS rounds, $(date +%F)"
: >"$LAB/refused"
for round in $(seq "$ROUNDS"); do
  for section in "${asked[@]}"; do
    # Tokens are fresh for five minutes.
    case $section in accept* | keytab) rm -rf "$dir" ;; esac
    [ -e "$dir" ] || "$program" mint "$dir" "$TOKENS"
    for name in "${there[@]}"; do
      [[ ${sections[$name]} != *" $section "* ]] || measure "$round" "$name" "$section"
    done
  done
done
sort -u "$LAB/refused"
echo "load average $(cut -d ' ' -f 1-3 /proc/loadavg)"
echo
"$program" table "$LAB/figures" targets $form
[ -z "$is_failed" ]
