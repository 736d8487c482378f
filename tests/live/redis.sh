#!/usr/bin/env bash
# The replay cache in Redis, against real servers: each test starts one of its own on a free port of 127.0.0.1, stops it, empties it,
# fills it, restarts it; and two processes race for the same 200 tokens, of which each must be accepted by exactly one.
# Ends with `N passed, N failed`; anything failed is also the exit status.
#
#   bash tests/live/redis.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/live/lab.sh
source tests/live/lab.sh

main() {
  trap finish EXIT
  wanted redis-server:redis-server
  redis-server --version
  : >"$LAB/body"
  local code=0 name
  NEGOTIATE_REDIS_REQUIRED=1 cargo test --all-features --test replay_redis -- --nocapture --test-threads 2 >"$LAB/log" 2>&1 || code=$?
  while read -r name; do outcome "$name" yes; done < <(grep -v a_racer_when_started "$LAB/log" | sed -n 's/^test \([a-z0-9_:]*\) \.\.\. ok$/\1/p')
  grep ' accepted by exactly one of two processes' "$LAB/log"
  [ "$code" -eq 0 ] || outcome "cargo test --test replay_redis" no "exit $code"
}

main "$@"
