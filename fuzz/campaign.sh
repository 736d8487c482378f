#!/usr/bin/env bash
# Fuzzing for hours, beside other work and over several sessions.
#
#   fuzz/campaign.sh --build FOLDER            build all targets of this checkout, and put them into FOLDER/bin
#   fuzz/campaign.sh FOLDER [WORKERS [HH:MM]]  run until then (today, or @SECONDS of the epoch), or until it is stopped
#   fuzz/campaign.sh --table FOLDER            what each target has had, as a table
#   fuzz/campaign.sh --keep FOLDER [TARGET…]   files that reach what no seed does go to corpus/TARGET/found (of these targets,
#                                              or of all), the ledger to campaign.ledger, the table to CAMPAIGN.md;
#                                              TARGET may be `none`
#
# FOLDER lies outside the repository: bin, corpus, artifacts, logs, and `ledger`, one line a slice. It begins with what the
# repository keeps of the campaigns before. Each worker (2) takes the target that has had the least CPU time for SLICE
# (300) seconds. They run with the policy SCHED_IDLE: whatever else the machine has to do goes first, so an hour of CPU
# time may take long, and CPU time is what is counted.
# `touch FOLDER/stop` ends it when the slices under way are over. A target with a finding rests until it is built anew. To
# build while it runs is fine: the next slice takes what is there.
set -euo pipefail
: "${SLICE:=300}"
export LC_ALL=C # awk's and printf's decimal point

here=$(cd "$(dirname "$0")" && pwd)
host=$(rustc -vV | sed -n 's/^host: //p')

# The ledger's columns: target, day, commit, CPU seconds, executions, edges, features, slices that ended with a finding.
main() {
  case ${1:-} in
    --build) folder "${2:?FOLDER}" && build ;;
    --table) folder "${2:?FOLDER}" && table ;;
    --keep) folder "${2:?FOLDER}" && keep "${@:3}" ;;
    "" | -*) sed -n '2,/^set /s/^# \{0,1\}//p' "$0" && return 2 ;;
    *) folder "$1" && run "${2:-2}" "${3:-}" ;;
  esac
}

folder() {
  mkdir -p "$1"/{bin,corpus,artifacts,logs,busy}
  folder=$(cd "$1" && pwd)
  [ -e "$folder/ledger" ] || cp "$here/campaign.ledger" "$folder/ledger" 2>/dev/null || touch "$folder/ledger"
}

targets() {
  basename -s .rs -a "$here"/fuzz_targets/*.rs
}

# Each file takes its place whole: a slice that is running keeps the one it has.
build() {
  local target
  (cd "$here/.." && RUSTC_BOOTSTRAP=1 cargo fuzz build)
  for target in $(targets); do
    cp "$here/target/$host/release/$target" "$folder/bin/$target.new"
    mv "$folder/bin/$target.new" "$folder/bin/$target"
  done
  git -C "$here" rev-parse --short HEAD >"$folder/commit"
}

run() {
  local worker until=
  [ -z "$2" ] || until=$(date -d "$2" +%s)
  rm -f "$folder"/busy/* "$folder/stop"
  # Where each session has its share of the machine (autogroups), an idle process only gives way within its own.
  [ ! -w /proc/self/autogroup ] || echo 19 >/proc/self/autogroup 2>/dev/null || true
  for ((worker = 0; worker < $1; worker++)); do work "$until" & done
  wait
}

work() {
  local target left
  while [ ! -e "$folder/stop" ]; do
    left=$SLICE
    if [ -n "$1" ]; then
      left=$(($1 - $(date +%s)))
      [ "$left" -gt 20 ] || return 0
    fi
    if target=$(take); then
      slice "$target" $((left < SLICE ? left : SLICE))
      rm "$folder/busy/$target"
    else
      sleep 10
    fi
  done
}

# The target with the least CPU time that nobody runs and that has no finding newer than itself.
take() {
  (
    flock 9
    for target in $(targets); do
      if [ -e "$folder/busy/$target" ] || [ ! -x "$folder/bin/$target" ]; then continue; fi
      [ -z "$(find_newer "$target")" ] || continue
      echo "$(awk -v name="$target" '$1 == name { sum += $4 } END { printf "%.0f", sum }' "$folder/ledger") $target"
    done | sort -n | {
      read -r _ target || exit 1
      touch "$folder/busy/$target"
      echo "$target"
    }
  ) 9>"$folder/lock"
}

# A unit may be slow because the machine is busy: only what the fuzzer stops for is a finding.
find_newer() {
  find "$folder/artifacts" -name "$1-*" ! -name "$1-slow-unit-*" -newer "$folder/bin/$1"
}

# The timeout is one of the wall's clock, which goes on while an idle process waits.
slice() {
  local target=$1 log=$folder/logs/$1 found=0 times day
  mkdir -p "$folder/corpus/$target"
  day=$(date -u +%F)
  TIMEFORMAT='%U %S'
  times=$({ time run_one "$target" "$2" >"$log" 2>&1; } 2>&1) || [ $? -eq 72 ] || found=1 # 72: interrupted
  awk -v target="$target" -v day="$day" -v commit="$(cat "$folder/commit")" -v found="$found" -v times="$times" '
    /cov: / { for (at = 1; at < NF; at++) { if ($at == "cov:") edges = $(at + 1); if ($at == "ft:") features = $(at + 1) } }
    /^stat::number_of_executed_units:/ { executions = $2 }
    /^#[0-9]/ { seen = substr($1, 2) }
    END { split(times, cpu, " ")
          if (!executions) executions = seen
          printf "%s %s %s %.1f %.0f %d %d %d\n", target, day, commit, cpu[1] + cpu[2], executions, edges, features, found }
  ' "$log" >>"$folder/ledger"
}

run_one() {
  local dictionary=$here/dictionaries/$1
  local options=(-max_total_time="$2" -max_len=65536 -timeout=1800 -rss_limit_mb=2048 -print_final_stats=1)
  [ ! -e "$dictionary" ] || options+=(-dict="$dictionary")
  chrt --idle 0 "$folder/bin/$1" "${options[@]}" -artifact_prefix="$folder/artifacts/$1-" "$folder/corpus/$1" \
    "$here/corpus/$1"
}

table() {
  echo "| target | CPU minutes | executions | edges | features | last | commit | slices with a finding |"
  echo "|---|---|---|---|---|---|---|---|"
  sort -s -k 1,1 "$folder/ledger" | awk '
    function many(number) { if (number < 1e6) return sprintf("%.0f k", number / 1e3); return sprintf("%.1f M", number / 1e6) }
    function row() {
      if (name) printf "| `%s` | %.1f | %s | %d | %d | %s | %s | %d |\n", name, cpu / 60, many(runs), edges, features, day, commit, found
    }
    $1 != name { row(); name = $1; cpu = runs = found = 0 }
    { cpu += $4; runs += $5; found += $8; day = $2; commit = $3; all += $4; every += $5 }
    $6 { edges = $6; features = $7 }
    END { row(); printf "| all | %.1f | %s | | | | | |\n", all / 60, many(every) }'
}

# What reaches edges that the named seeds do not; 60 files of 8 KiB a target at most.
keep() {
  local target all page=$here/CAMPAIGN.md
  mapfile -t all < <(targets)
  [ $# -eq 0 ] || all=("$@")
  for target in "${all[@]}"; do
    [ "$target" = none ] || keep_corpus "$target"
  done
  sum_up >"$here/campaign.ledger"
  { sed '/^<!-- table -->/q' "$page"; table; sed -n '/^<!-- end -->/,$p' "$page"; } >"$page.new"
  mv "$page.new" "$page"
}

# The seeds are where the merge begins, so that it adds only what goes beyond them.
keep_corpus() {
  local target=$1 reached found=$here/corpus/$1/found
  reached=$(mktemp -d)
  find "$here/corpus/$target" -maxdepth 1 -type f -exec cp -t "$reached" {} +
  mkdir -p "$found"
  "$folder/bin/$target" -merge=1 -use_counters=0 -max_len=8192 -rss_limit_mb=2048 "$reached" "$found" \
    "$folder/corpus/$target" >"$folder/logs/$target.merge" 2>&1
  rm -r "$found"
  mkdir "$found"
  find "$reached" -type f -size -17b -printf '%s %f\n' | sort -n | while read -r _ name; do
    [ -e "$here/corpus/$target/$name" ] || echo "$name"
  done | head -n 60 | while read -r name; do mv "$reached/$name" "$found"; done
  rm -r "$reached"
  rmdir --ignore-fail-on-non-empty "$found"
  echo "$target: $(find "$here/corpus/$target" -path '*/found/*' | wc -l) files found are kept"
}

# One line a target, day and commit.
sum_up() {
  awk '{ key = $1 " " $2 " " $3; if (!(key in cpu)) order[++rows] = key
         cpu[key] += $4; runs[key] += $5; found[key] += $8; if ($6) reached[key] = $6 " " $7 }
       END { for (row = 1; row <= rows; row++) { key = order[row]
             printf "%s %.1f %.0f %s %d\n", key, cpu[key], runs[key], key in reached ? reached[key] : "0 0", found[key] } }' \
    "$folder/ledger" | sort -s -k 1,1
}

main "$@"
exit
