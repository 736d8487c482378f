#!/usr/bin/env bash
# Parts of the security run about what comes along with the crate, and what it promises. Sourced by tests/security.sh.

CARGO_DENY=0.20.2
CARGO_AUDIT=0.22.2
CARGO_PUBLIC_API=0.52.0
CARGO_SEMVER_CHECKS=0.51.0
CARGO_CYCLONEDX=0.5.9
ADVISORIES=https://github.com/RustSec/advisory-db

# Licences, sources, and one version of each; nothing that is built by default binds to or compiles C. The command adds bindings to
# Windows' console, on Windows.
dependencies() {
  tool cargo-deny "$CARGO_DENY" || return 0
  cargo deny --all-features --exclude-dev check bans
  cargo deny --all-features check licenses sources
  cargo deny --manifest-path fuzz/Cargo.toml check sources
  cargo deny --manifest-path examples/ssh_gssapi_mic/Cargo.toml check licenses sources
  local found
  found=$(
    crates | grep -E '(-sys|^cc|^cmake) ' || true
    crates --all-features | grep -E '(-sys|^cc|^cmake) ' | grep -v '^windows-sys ' || true
  )
  [ -z "$found" ] || { echo "C comes in with: $found" >&2 && return 1; }
  counted "$(crates | wc -l) crates by default, $(crates --all-features | wc -l) with all features, none of them over C"
}

# crates ARGUMENT…: what a user builds, on whatever system: names and versions, this one among them.
crates() { cargo tree --locked --target all -e normal,build --prefix none "$@" | cut -d ' ' -f 1,2 | sort -u; }

# RustSec's advisories, for everything that the lock files name, the tests' as well.
advisories() {
  local from=() lock
  if [ -n "${ADVISORY_DB:-}" ]; then
    # cargo-deny knows its database by its address.
    export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="url.file://$(realpath "$ADVISORY_DB").insteadOf" GIT_CONFIG_VALUE_0=$ADVISORIES
    from=(--db "$ADVISORY_DB" --no-fetch --stale)
  elif ! timeout 30 git ls-remote --quiet "$ADVISORIES" HEAD >/dev/null 2>&1; then
    not_checked "advisories: RustSec's database (a git repository on github.com) cannot be reached from here, and no ADVISORY_DB is given"
    return
  fi
  if tool cargo-deny "$CARGO_DENY"; then
    cargo deny --all-features check advisories
    counted "cargo-deny: no advisory$([ -z "${ADVISORY_DB:-}" ] || git -C "$ADVISORY_DB" log -1 --format=', database of %cs')"
  fi
  tool cargo-audit "$CARGO_AUDIT" || return 0
  for lock in Cargo.lock fuzz/Cargo.lock examples/ssh_gssapi_mic/Cargo.lock; do
    [ -e "$lock" ] || continue
    cargo audit "${from[@]}" --deny warnings --file "$lock"
    counted "cargo-audit: none for the $(grep -c '^\[\[package' "$lock") crates of $lock"
  done
}

# The public interface is the one that docs/public-api.txt shows: who changes it, sees it in the diff.
public_api() {
  tool cargo-public-api "$CARGO_PUBLIC_API" || return 0
  public_api_now >"$WORK/public-api.txt" ||
    { not_checked "public_api: cargo-public-api $CARGO_PUBLIC_API does not read what $(rustc --version) writes" && return; }
  diff -u docs/public-api.txt "$WORK/public-api.txt" ||
    { echo "the interface is another: bash tests/security.sh --renew, if it is meant to be" >&2 && return 1; }
  counted "$(wc -l <docs/public-api.txt) items"
}

# Derived and automatic implementations left out: they change with the compiler.
public_api_now() {
  tool cargo-public-api "$CARGO_PUBLIC_API" >&2 || return
  RUSTC_BOOTSTRAP=1 cargo rustdoc --quiet --locked --lib --all-features -- \
    -Z unstable-options --output-format json --cap-lints allow >&2
  cargo public-api -sss --rustdoc-json "${CARGO_TARGET_DIR:-target}/doc/negotiate.json"
}

# Nothing breaks who uses the last release; before the first one, the interface as it was when its picture was renewed.
semver() {
  local baseline
  baseline=${SEMVER_BASELINE:-$(git describe --tags --abbrev=0 2>/dev/null || git log -1 --format=%H -- docs/public-api.txt)}
  [ -n "$baseline" ] || { not_checked "semver: there is no tag, and no commit of docs/public-api.txt" && return; }
  tool cargo-semver-checks "$CARGO_SEMVER_CHECKS" || return 0
  copied "$WORK/baseline" "$baseline"
  cargo semver-checks --all-features --baseline-root "$WORK/baseline"
  counted "against $baseline: $(grep -ohE '[0-9]+ checks: [0-9]+ pass' "$WORK/semver.log" | tail -n 1)"
}

# Bills of materials in CycloneDX' form, by default and with all features: $WORK/negotiate*.cdx.json.
sbom() {
  tool cargo-cyclonedx "$CARGO_CYCLONEDX" || return 0
  wanted python3:python3
  bill negotiate
  bill negotiate-all-features --all-features
}

# bill NAME ARGUMENT…: in a copy, since it is written beside the manifest. It has to name what cargo builds.
bill() {
  copied "$WORK/sbom"
  (cd "$WORK/sbom" && cargo cyclonedx --quiet --format json --target all --override-filename bill "${@:2}")
  mv "$WORK/sbom/bill.json" "$WORK/$1.cdx.json"
  python3 - "$WORK/$1.cdx.json" <<'P' | sort -u >"$WORK/$1.bill"
import json, sys
bill = json.load(open(sys.argv[1]))
assert bill["bomFormat"] == "CycloneDX", bill["bomFormat"]
for crate in [bill["metadata"]["component"], *bill["components"]]:
    print(crate["name"], "v" + crate["version"])
P
  crates "${@:2}" | diff - "$WORK/$1.bill"
  counted "$1.cdx.json: $(wc -l <"$WORK/$1.bill") crates, $(wc -c <"$WORK/$1.cdx.json") octets"
}

# The Rust that Cargo.toml promises is enough: by what the dependencies say, and by trying.
minimum_rust() {
  local promised newest
  promised=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
  newest=$(crates --all-features | while read -r name version; do
    sed -n 's/^rust-version = "\(.*\)"/\1/p' "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/"$name-${version#v}"/Cargo.toml 2>/dev/null || true
  done | sort -V | tail -n 1)
  [ -n "$newest" ]
  [ "$(printf '%s\n' "$newest" "$promised" | sort -V | tail -n 1)" = "$promised" ]
  counted "the dependencies want Rust $newest, promised is $promised"
  toolchain "$promised.0" || return 0
  cargo "+$promised.0" check --quiet --locked --all-features --lib --bins --target-dir "$WORK/target"
  counted "library and command built with it"
}

# The oldest versions that Cargo.toml lets in are enough: of its own dependencies, and of theirs.
minimal_versions() {
  local copy=$WORK/minimal which
  for which in direct-minimal-versions minimal-versions; do
    copied "$copy"
    # What tests and benchmarks bring asks for newer ones.
    sed -i '/^\[dev-dependencies\]/,/^\[\[/ { /^\[\[/! d }' "$copy/Cargo.toml"
    (
      cd "$copy"
      RUSTC_BOOTSTRAP=1 cargo update --quiet -Z "$which"
      cargo check --quiet --all-features --lib --bins --target-dir "$WORK/target"
    )
    counted "$which: $(grep -c '^\[\[package' "$copy/Cargo.lock") crates"
  done
}
