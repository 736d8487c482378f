#!/usr/bin/env bash
# Parts of the security run that attack the code. Sourced by tests/security.sh.

# tests_of ARGUMENT…: cargo test, and how many tests held.
tests_of() {
  cargo test --all-features "$@" 2>&1 | tee "$WORK/tests"
  counted "$(awk '/^test result: ok/ { sum += $4 } END { print sum + 0 }' "$WORK/tests") tests"
}

# Each attack of docs/threats.md by the tests that it names, and the page held against the tree.
threats() {
  local names
  mapfile -t names < <(sed -n '/^| [A-Z][0-9]/p' docs/threats.md | grep -o '`[^` ]*::[^`]*`' | sed 's/.*:://; s/`//' | sort -u)
  cargo test --all-features --test threats -- --nocapture | tee "$WORK/attacks"
  counted "$(grep -E '^[0-9]+ attacks' "$WORK/attacks"), ${#names[@]} names"
  tests_of --lib --bins --tests -- "${names[@]}"
}

exhaustive() { tests_of --test exhaustive; }

# What the fuzzers have learnt, replayed.
corpora() {
  tests_of --test corpora
  counted "$(find fuzz/corpus -type f | wc -l) files"
}

miri() {
  toolchain nightly || return 0
  there tests/miri.sh || return 0
  bash tests/miri.sh
}

# The memory of replays, in every order that threads can come.
loom() {
  there tests/loom/Cargo.toml || return 0
  cargo test --release --manifest-path tests/loom/Cargo.toml 2>&1 | tee "$WORK/loom"
  counted "$(awk '/^test result: ok/ { sum += $4 } END { print sum + 0 }' "$WORK/loom") models"
}

# Whether time tells a secret (dudect).
timing() {
  there benches/timing/run.sh || return 0
  bash benches/timing/run.sh
}

# Spoilt logins, judged by MIT krb5 as well.
differential() {
  there tests/live/differential.sh || return 0
  bash tests/live/differential.sh "${DIFFERENTIAL:-1000000}"
}

# DER, read by rasn as well.
rasn() {
  there tests/rasn.sh || return 0
  bash tests/rasn.sh
}

fuzz() {
  there fuzz/campaign.sh || return 0
  local folder=${FUZZ_FOLDER:-$WORK/fuzz}
  fuzz/campaign.sh --build "$folder"
  fuzz/campaign.sh "$folder" "$(nproc)" "$(date -d "+$((${FUZZ_SECONDS:-3600} * $(cargo fuzz list | wc -l) / $(nproc))) seconds" +%H:%M)"
  fuzz/campaign.sh --table "$folder"
}

# Changes of the code that decides who comes in: a test fails on each.
mutants() {
  there tests/mutants.sh || return 0
  bash tests/mutants.sh
}

there() { [ -e "$1" ] || { not_checked "$1 is not in this tree" && return 1; }; }
