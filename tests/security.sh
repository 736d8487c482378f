#!/usr/bin/env bash
# The security run: how hard this crate is to attack, shown again by one command.
#
#   bash tests/security.sh [PART…]   the parts that are named, or all of them
#   bash tests/security.sh --list    what there is; `supply` stands for all parts of the supply chain
#   bash tests/security.sh --renew   writes docs/public-api.txt anew
#
# All of it takes hours, nearly all of them the fuzzer's, the mutants' and MIT's judge's. At the end stands a table: part, outcome,
# seconds, CPU seconds, what was counted. What this machine cannot do is `NOT CHECKED` with the reason, and no failure. Wants what
# `.ci/run` wants.
#
#   FUZZ_SECONDS (3600)     what each fuzz target gets
#   FUZZ_FOLDER             the folder of a campaign, to go on with it (fuzz/campaign.sh)
#   DIFFERENTIAL (1000000)  tokens that MIT krb5 judges as well
#   ADVISORY_DB             a checkout of RustSec's advisory-db, where github.com cannot be reached
#   SEMVER_BASELINE         the commit that the interface is compared with; by default the last tag
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tests/live/lab.sh
source tests/live/lab.sh # for `packages` and `wanted`
# shellcheck source=tests/security/hardness.sh
source tests/security/hardness.sh
# shellcheck source=tests/security/supply.sh
source tests/security/supply.sh
# shellcheck source=tests/security/targets.sh
source tests/security/targets.sh

export CARGO_TERM_COLOR=never
export PATH=$PATH:${CARGO_HOME:-$HOME/.cargo}/bin
WORK=${CARGO_TARGET_DIR:-target}/security
WORK=$(mkdir -p "$WORK" && cd "$WORK" && pwd)

# A part is a function of the same name, in tests/security/.
HARDNESS=(threats exhaustive corpora miri loom timing differential rasn fuzz mutants)
SUPPLY=(dependencies advisories public_api semver sbom minimum_rust minimal_versions no_std wasm musl aarch64 windows)

main() {
  case ${1:-} in
    --list) printf '%s\n' "${HARDNESS[@]}" "${SUPPLY[@]}" && return ;;
    --renew) public_api_now >docs/public-api.txt && return ;;
  esac
  local part chosen=()
  for part in "${@:-all}"; do
    case $part in
      all) chosen+=("${HARDNESS[@]}" "${SUPPLY[@]}") ;;
      supply) chosen+=("${SUPPLY[@]}") ;;
      *) [[ " ${HARDNESS[*]} ${SUPPLY[*]} " == *" $part "* ]] || { echo "no such part: $part" >&2 && return 2; }
        chosen+=("$part") ;;
    esac
  done
  rows=() && failures=0
  for part in "${chosen[@]}"; do run "$part"; done
  echo
  printf '%-17s %-12s %8s %8s  %s\n' part outcome seconds CPU counted "${rows[@]}"
  [ $failures -eq 0 ]
}

# run PART: in a shell of its own. What it says goes to the terminal and to a log; a line of its row is what it said by `counted`, or
# by `not_checked`.
run() {
  local part=$1 log=$WORK/$1.log code outcome said spent wall cpu
  echo "=== $part (what it says: $log)"
  set +e
  TIMEFORMAT='%0R %0U'
  spent=$({ time { (set -e; "$part") >"$log" 2>&1; code=$?; }; echo "$code"; } 2>&1)
  set -e
  read -r wall cpu code <<<"${spent//$'\n'/ }"
  said=$(sed -n 's/^counted: //p; s/^NOT CHECKED: //p' "$log" | paste -sd ';' | sed 's/;/; /g')
  outcome=pass
  ! grep -q '^NOT CHECKED: ' "$log" || outcome="NOT CHECKED"
  ! { grep -q '^NOT CHECKED: ' "$log" && grep -q '^counted: ' "$log"; } || outcome="in part"
  [ "$code" -eq 0 ] || { outcome=FAIL && failures=$((failures + 1)) && tail -n 60 "$log" >&2; }
  rows+=("$part" "$outcome" "$wall" "$cpu" "$said")
  echo "--- $part: $outcome, $wall s: $said"
}

counted() { echo "counted: $*"; }

# not_checked WHAT…: what, and why. The part goes on behind it, or returns.
not_checked() { echo "NOT CHECKED: $*"; }

# tool NAME VERSION: one of cargo's subcommands, installed if it is not there. Without optimisation: building it so costs more
# than what it does here.
tool() {
  ! cargo "${1#cargo-}" --version 2>/dev/null | grep -qF "$2" || return 0
  CARGO_PROFILE_DEV_DEBUG=0 cargo install --quiet --locked --debug --force "$1@$2" && return
  not_checked "$1 $2 cannot be installed here"
  return 1
}

# toolchain NAME, target TRIPLE: by rustup, if they are to be had.
toolchain() {
  command -v rustup >/dev/null || { not_checked "$1: there is no rustup here" && return 1; }
  rustup run "$1" rustc --version 2>/dev/null || rustup toolchain install --profile minimal "$1" >/dev/null 2>&1 ||
    { not_checked "Rust $1 is not to be had here" && return 1; }
}
target() {
  [ ! -d "$(rustc --print sysroot)/lib/rustlib/$1/lib" ] || return 0
  rustup target add "$1" >/dev/null 2>&1 || { not_checked "the target $1 is not to be had here" && return 1; }
}

# copied FOLDER [COMMIT]: the tree as it is, or as it was, where a part may change it.
copied() {
  rm -rf "$1" && mkdir -p "$1"
  if [ $# -eq 2 ]; then
    git archive "$2" | tar -x -C "$1"
  else
    git ls-files -z --cached --others --exclude-standard | xargs -0 sh -c 'for f; do [ ! -e "$f" ] || printf "%s\0" "$f"; done' sh |
      tar -c --null -T - | tar -x -C "$1"
  fi
}

main "$@"
