#!/usr/bin/env bash
# An NTLMv2 login, the acceptor's side of it, and sealed messages: by this crate, by the crate sspi, by gss-ntlmssp, and by the
# bare primitives, in turn on one core. Prints the median of each in nanoseconds, of five rounds, and the ratios.
#
#   bash benches/peers/ntlm.sh      # Debian: gss-ntlmssp libkrb5-dev gcc
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
cargo build --release --quiet
cc -O2 -o "$work/gss_ntlmssp" gss_ntlmssp.c -lgssapi_krb5
echo 'ADEX:alice:Passw0rd!alice' >"$work/users"
export NTLM_USER_FILE=$work/users
binary=${CARGO_TARGET_DIR:-target}/release/negotiate-peers

for _ in 1 2 3 4 5; do
  for who in here sspi floor; do taskset -c 0 "$binary" "$who" | sed "s/^/$who /"; done
  taskset -c 0 "$work/gss_ntlmssp" 500 | sed 's/^/gss-ntlmssp /'
done >"$work/figures"

sort -k 1,2 -k 3,3n "$work/figures" | awk '
  { key = $1 " " $2; if (key != last) { count = 0; last = key } figures[key, ++count] = $3; counts[key] = count; whats[$2]; }
  END {
    printf "%-14s %10s %10s %12s %10s   %s\n", "ns", "here", "sspi", "gss-ntlmssp", "floor", "sspi : here, gss-ntlmssp : here, here : floor"
    split("login wrap-64 unwrap-64 wrap-1024 unwrap-1024 wrap-65536 unwrap-65536", order, " ")
    for (i = 1; i in order; i++) {
      what = order[i]; here = median("here " what); floor = median("floor " what)
      sspi = median("sspi " what); gss = median("gss-ntlmssp " what)
      printf "%-14s %10d %10d %12d %10d   %.1fx %.1fx, %.2f\n", what, here, sspi, gss, floor, sspi / here, gss / here, here / floor
    }
  }
  function median(key) { return figures[key, int((counts[key] + 1) / 2)] }'
