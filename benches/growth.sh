#!/usr/bin/env bash
# How cost grows, measured and drawn: `bash benches/growth.sh` makes docs/growth/*.svg anew, prints what the curves say, the longest
# single checks of the replay cache, and the resident memory of an acceptor. Some minutes on an idle machine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
binary() {
  cargo bench --no-run --message-format=json --bench "$1" | grep '"name":"'"$1"'"' | sed -n 's/.*"executable":"\([^"]*\)".*/\1/p'
}
growth=${GROWTH:-$(binary growth)}
replay=${REPLAY:-$(binary replay)}
core=$(($(nproc) - 1))
threads=$(seq -s , 1 $((2 * $(nproc))))

taskset -c "$core" "$growth" measure >>"$work/lines"
taskset -c "$core" "$replay" threads=1 sizes=1000,3000,10000,30000,100000,300000,1000000,3000000,10000000 >>"$work/lines"
"$growth" threads >>"$work/lines"
"$replay" sizes=1000000 "threads=$threads" | sed 's/^replay,/replay of threads,/' >>"$work/lines"
cat "$work/lines"

machine="$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores; $(rustc --version | cut -d ' ' -f 1,2); "
machine+="$(date +%F); load average $(cut -d ' ' -f 1 /proc/loadavg); best of many short rounds"
mkdir -p docs/growth
"$growth" draw docs/growth "$machine" <"$work/lines"
echo "$machine"

taskset -c "$core" "$replay" longest sizes=1000000
mkdir "$work/tokens"
"$growth" mint 10000 "$work/tokens"
"$growth" resident "$work/tokens"
