#!/usr/bin/env bash
# How many instructions a login, a message, a password take, counted by valgrind and held against benches/instructions.txt. A busy
# machine does not change them, so this can run in CI. Two figures each: all of them, and those outside of the block functions of
# hashes and ciphers, in which nothing of this crate's own is. Fails if either is over by more than 5 % (15 % under another
# compiler than the one the table was made with).
#
#   bash benches/instructions.sh            # Debian: valgrind
#   bash benches/instructions.sh --renew    # writes the table anew: say in the commit why it may cost more
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tests/live/lab.sh
source tests/live/lab.sh # for `wanted`

TABLE=benches/instructions.txt
export FEW=50 MANY=200

main() {
  # Under valgrind SHA-1 and SHA-256 are in software everywhere, as no processor of its has their instructions; SHA-384 and AES
  # go by the machine's.
  if [ "$(uname -m)" != x86_64 ] || ! grep -qw aes /proc/cpuinfo || ! grep -qw avx2 /proc/cpuinfo; then
    echo "NOT CHECKED: instructions, whose table is of x86-64 with AVX2 and AES."
    return
  fi
  wanted valgrind:valgrind
  cargo build --release --quiet --locked --manifest-path benches/instructions/Cargo.toml --target-dir target/instructions
  export BINARY=$PWD/target/instructions/release/negotiate-instructions
  WORK=$(mktemp -d)
  export WORK
  trap 'rm -r "$WORK"' EXIT
  export -f count counted
  "$BINARY" list | xargs -P 2 -I {} bash -c 'set -euo pipefail; count {}'
  {
    echo "# Instructions of benches/instructions.sh, by $(rustc --version | cut -d ' ' -f 1,2)"
    echo "# work, all, outside of the block functions of hashes and ciphers"
    for name in $("$BINARY" list); do cat "$WORK/$name"; done
  } >"$WORK/table"
  if [ "${1:-}" = --renew ]; then
    cp "$WORK/table" "$TABLE"
    cat "$TABLE"
  else
    compare "$TABLE" "$WORK/table"
  fi
}

# The difference between many times and few, so that what is made ready beforehand falls out.
count() {
  local few many
  few=$(counted "$1" $FEW)
  many=$(counted "$1" $MANY)
  echo "$few $many $((MANY - FEW))" |
    awk -v name="$1" '{ printf "%-24s %9.0f %9.0f\n", name, ($3 - $1) / $5, ($4 - $2) / $5 }' >"$WORK/$1"
}

# Both figures of one run, from cachegrind's file: a line `fn=NAME` in front of the lines of each function.
counted() {
  local file=$WORK/$1.$2
  valgrind --quiet --tool=cachegrind --cache-sim=no --cachegrind-out-file="$file" "$BINARY" count "$1" "$2" >/dev/null 2>"$file.log" ||
    { cat "$file.log" >&2; return 1; }
  awk '/^fn=/ { block = /compress|^fn=<?aes::|rc4::/ }
    /^[0-9]/ { all += $2; if (!block) own += $2 }
    END { printf "%.0f %.0f", all, own }' "$file"
}

compare() {
  awk '
    FNR == 1 { sub(/.* by /, ""); compiler[++tables] = $0; next }
    /^#/ { next }
    tables == 1 { all[$1] = $2; own[$1] = $3; next }
    FNR == 3 {
      limit = compiler[1] == compiler[2] ? 5 : 15
      if (limit == 15) print "The table was made by " compiler[1] ", this is " compiler[2] ": 15 % are allowed"
      printf "%-24s %9s %8s %9s %8s\n", "instructions", "all", "", "own", ""
    }
    !($1 in all) { print $1 " is not in the table"; failed = 1; next }
    {
      a = 100 * ($2 / all[$1] - 1); b = 100 * ($3 / own[$1] - 1)
      verdict = a > limit || b > limit ? "TOO MANY" : a < -limit || b < -limit ? "fewer: renew the table" : ""
      failed += verdict == "TOO MANY"
      printf "%-24s %9d %+7.1f%% %9d %+7.1f%% %s\n", $1, $2, a, $3, b, verdict
    }
    END { if (failed) print "More instructions than benches/instructions.txt says. With a reason: bash benches/instructions.sh --renew"; exit (failed > 0) }
  ' "$1" "$2"
}

main "$@"
