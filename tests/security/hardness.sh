#!/usr/bin/env bash
# Parts of the security run that attack the code. Sourced by tests/security.sh.

CARGO_MUTANTS=27.1.0

# tests_of ARGUMENT…: cargo test, and how many tests held.
tests_of() {
  cargo test --all-features "$@" 2>&1 | tee "$WORK/tests"
  counted "$(sums "$WORK/tests") tests"
}
sums() { awk '/^test result: ok/ { sum += $4 } END { print sum + 0 }' "$1"; }

# Each attack of docs/threats.md by the tests that it names, and the page held against the tree.
threats() {
  local names
  mapfile -t names < <(sed -n '/^| [A-Z][0-9]/p' docs/threats.md | grep -o '`[^` ]*::[^`]*`' | sed 's/.*:://; s/`//' | sort -u)
  cargo test --all-features --test threats -- --nocapture | tee "$WORK/attacks"
  counted "$(grep -E '^[0-9]+ attacks' "$WORK/attacks"), ${#names[@]} names"
  tests_of --lib --bins --tests -- "${names[@]}"
}

# Every small input of the readers, held against models; one octet, pair or step more than the usual tests take.
exhaustive() { EXHAUSTIVE_DEPTH=${EXHAUSTIVE_DEPTH:-1} tests_of --release --lib --test exhaustive exhaustive_; }

# What the fuzzers have learnt, replayed.
corpora() {
  tests_of --test corpora
  counted "$(find fuzz/corpus -type f | wc -l) files"
}

# The library's own tests, by an interpreter that sees undefined behaviour in what is below it.
miri() {
  bash tests/miri.sh 2>&1 | tee "$WORK/miri"
  ! grep -q '^test result' "$WORK/miri" || counted "$(sums "$WORK/miri") tests"
}

# The memory of replays, in every order that threads can come.
loom() {
  cargo test --release --manifest-path tests/loom/Cargo.toml 2>&1 | tee "$WORK/loom"
  counted "$(sums "$WORK/loom") models"
}

# Whether time tells a secret (dudect).
timing() {
  bash benches/timing/run.sh | tee "$WORK/timing"
  counted "$(grep -cE ' even$' "$WORK/timing" || true) even, $(grep -cE ' suspicion$' "$WORK/timing" || true) suspicions"
}

# Spoilt logins, judged by MIT krb5 as well.
differential() {
  bash tests/live/differential.sh "${DIFFERENTIAL:-1000000}" 2026 | tee "$WORK/differential"
  counted "$(tail -n 1 "$WORK/differential")"
}

# DER, read by rasn as well.
rasn() {
  cargo run --release --quiet --bin messages --manifest-path tests/live/differential/Cargo.toml -- "${MESSAGES:-10000000}" 2026 | tee "$WORK/rasn"
  counted "$(tail -n 1 "$WORK/rasn")"
}

fuzz() {
  local folder=${FUZZ_FOLDER:-$WORK/fuzz}
  fuzz/campaign.sh --build "$folder"
  fuzz/campaign.sh "$folder" "$(nproc)" "@$(($(date +%s) + ${FUZZ_SECONDS:-3600} * $(cargo fuzz list | wc -l) / $(nproc)))"
  fuzz/campaign.sh --table "$folder"
}

# Changes of the code that decides who comes in: a test fails on each, or it is looked at why not. Many hours; MUTANTS=GLOB takes
# less of it at a time.
mutants() {
  local files=() glob code=0
  tool cargo-mutants "$CARGO_MUTANTS" || return 0
  for glob in ${MUTANTS:-"src/kerberos/acceptor/*.rs" "src/ntlm/acceptor/*.rs" "src/ntlm/response/*.rs" "src/spnego/acceptor.rs" \
    "src/spnego/mech_list_mic.rs" "src/kerberos/pac/verified.rs" "src/kerberos/pac/signatures.rs" "src/kerberos/gss_checksum.rs"}; do
    files+=(--file "$glob")
  done
  cargo mutants --all-features --output "$WORK" "${files[@]}" -- --lib --tests || code=$?
  counted "$(wc -l <"$WORK/mutants.out/caught.txt") caught, $(wc -l <"$WORK/mutants.out/missed.txt") missed"
  return "$code"
}
