#!/usr/bin/env bash
# Sealed messages and signatures of Kerberos contexts: by this crate, by MIT krb5's libgssapi, and the bare primitives by OpenSSL's
# libcrypto, in turn on one core, for each encryption type. Prints the median of each in nanoseconds, of five rounds, and ratios. Fails if a
# context of MIT krb5's is not of the type it should be.
#
#   bash benches/peers/messages.sh      # Debian: krb5-kdc krb5-admin-server krb5-user libkrb5-dev libssl-dev gcc
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

work=$(mktemp -d)
kdc=
trap '[ -z "$kdc" ] || kill "$kdc"; rm -r "$work"' EXIT
cargo build --release --quiet
cc -O2 -o "$work/gss_krb5" gss_krb5.c -lgssapi_krb5 -lkrb5 -lk5crypto
cc -O2 -o "$work/libcrypto" libcrypto.c -lcrypto
binary=${CARGO_TARGET_DIR:-target}/release/negotiate-peers

# A KDC with a service for each type, whose ticket, session key and subkey are all of it.
types="aes256-cts-hmac-sha384-192 aes256-cts-hmac-sha1-96 camellia256-cts-cmac aes128-cts-hmac-sha256-128 aes128-cts-hmac-sha1-96 camellia128-cts-cmac rc4-hmac"
export KRB5_CONFIG=$work/krb5.conf KRB5_KDC_PROFILE=$work/kdc.conf KRB5_KTNAME=$work/keytab KRB5RCACHENAME=none:
cat >"$work/krb5.conf" <<EOC
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
  kdc = 127.0.0.1:10988
 }
EOC
cat >"$work/kdc.conf" <<EOC
[kdcdefaults]
 kdc_listen = 127.0.0.1:10988
 kdc_tcp_listen = 127.0.0.1:10988
[realms]
 EXAMPLE.TEST = {
  database_name = $work/principal
  key_stash_file = $work/stash
  supported_enctypes = $(for type in $types; do printf '%s:normal ' "$type"; done)
 }
EOC
export PATH=$PATH:/usr/sbin
kdb5_util create -s -r EXAMPLE.TEST -P master >"$work/log" 2>&1
{
  echo "addprinc -pw alice alice"
  for type in $types; do
    echo "addprinc -randkey -e $type:normal host/$type.example.test"
    echo "setstr host/$type.example.test session_enctypes $type"
    echo "ktadd -k $work/keytab -norandkey host/$type.example.test"
  done
} | kadmin.local -r EXAMPLE.TEST >>"$work/log" 2>&1
krb5kdc -n -r EXAMPLE.TEST >>"$work/log" 2>&1 &
kdc=$!
for type in $types; do
  # A client and a service that permit this type alone: MIT krb5 takes a better one for its subkeys where it may.
  sed "s/permitted_enctypes = .*/permitted_enctypes = $type/" "$work/krb5.conf" >"$work/krb5.$type.conf"
  for try in $(seq 50); do
    echo alice | KRB5_CONFIG=$work/krb5.$type.conf KRB5CCNAME=$work/cache.$type kinit alice >>"$work/log" 2>&1 && break
    [ "$try" -lt 50 ] || { tail -n 5 "$work/log" >&2; exit 1; }
    sleep 0.1
  done
done

for _ in $(seq "${ROUNDS:-5}"); do
  taskset -c 0 "$binary" kerberos | sed 's/^/here /'
  taskset -c 0 "$work/libcrypto" | sed 's/^/floor /'
  for type in $types; do
    KRB5_CONFIG=$work/krb5.$type.conf KRB5CCNAME=$work/cache.$type taskset -c 0 "$work/gss_krb5" "host@$type.example.test" "$type" | sed 's/^/mit /'
  done
done >"$work/figures"

sort -k 1,2 -k 3,3n "$work/figures" | awk -v types="$types" '
  { key = $1 " " $2; if (key != last) { count = 0; last = key } figures[key, ++count] = $3; counts[key] = count }
  END {
    printf "%-42s %9s %9s %9s %9s   %s\n", "ns", "here", "in place", "MIT", "libcrypto", "MIT : here, here : libcrypto"
    split("wrap-64 unwrap-64 mic-64 wrap-1024 unwrap-1024 mic-1024 wrap-65536 unwrap-65536 mic-65536", whats, " ")
    split(types, each, " ")
    for (t = 1; t in each; t++) for (w = 1; w in whats; w++) {
      what = each[t] "/" whats[w]; place = what; sub("/wrap", "/in-place", place)
      here = median("here " what); mit = median("mit " what); floor = median("floor " what)
      printf "%-42s %9d %9s %9d %9d   %.1fx, %.2f\n", what, here, place == what ? "-" : median("here " place), mit, floor, mit / here, here / floor
    }
  }
  function median(key) { return figures[key, int((counts[key] + 1) / 2)] }'
