#!/usr/bin/env bash
# Does time tell secrets? One line for each comparison: `bash benches/timing/run.sh [SAMPLES] [PART OF A NAME]`. Fails if time tells
# something, or if the control that leaks by design is not caught. A quiet machine, and one core for itself, tell more in less time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
cargo build --release --locked --quiet
pinned=()
command -v taskset >/dev/null && pinned=(taskset -c "$(($(nproc) - 1))")
exec "${pinned[@]}" target/release/negotiate-timing "$@"
