#!/usr/bin/env bash
# Spoilt logins, judged by this crate's acceptor and by MIT krb5's: where one lets in whom the other does not, or sees somebody
# else in him, differential.md says why, or this fails. The tokens come of a seed and the time; both judges have the same keys and clock, and
# nobody remembers replays.
#
#   bash tests/live/differential.sh [COUNT] [SEED]     # 50,000 if nothing is said; the security run takes 1,000,000
#
# `JUDGE=heimdal` compares with Heimdal.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/live/lab.sh
source tests/live/lab.sh

count=${1:-50000}
seed=${2:-1}
flavor=${JUDGE:-mit}
lab=$LAB/differential
mkdir -p "$lab"

# judge_build: judge.c against the library of that flavor.
judge_build() {
  local flags macro=()
  wanted cc:gcc "krb5-config.$flavor:$([ "$flavor" = mit ] && echo krb5-multidev || echo heimdal-multidev)"
  [ "$flavor" = mit ] || macro=(-DHEIMDAL)
  read -ra flags < <("krb5-config.$flavor" --cflags --libs gssapi | xargs)
  cc -std=gnu11 -O2 -Wall -Wextra "${macro[@]}" -o "$lab/judge-$flavor" tests/live/differential/judge.c "${flags[@]}"
}

# No name of the machine, no mechanism but the library's own, and every encryption type that both have.
cat >"$lab/krb5.conf" <<EOC
[libdefaults]
 default_realm = EXAMPLE.TEST
 dns_lookup_kdc = false
 dns_lookup_realm = false
 dns_canonicalize_hostname = false
 rdns = false
 allow_weak_crypto = true
 allow_rc4 = true
 permitted_enctypes = aes256-sha1 aes128-sha1 aes256-sha2 aes128-sha2 camellia256-cts camellia128-cts arcfour-hmac
EOC
[ "$flavor" = mit ] || sed -i '/permitted_enctypes/d' "$lab/krb5.conf"
judge_build
case $flavor in mit) name="MIT krb5" ;; *) name=Heimdal ;; esac
cargo build --release --quiet --manifest-path tests/live/differential/Cargo.toml
export KRB5_CONFIG=$lab/krb5.conf KRB5_KTNAME=FILE:$lab/keytab KRB5RCACHENAME=none: KRB5RCACHETYPE=none GSS_MECH_CONFIG=/dev/null
"${CARGO_TARGET_DIR:-tests/live/differential/target}/release/negotiate-differential" \
  "$lab/keytab" "$lab/judge-$flavor" "$name" "$count" "$seed"
