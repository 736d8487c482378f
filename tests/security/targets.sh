#!/usr/bin/env bash
# Parts of the security run about other systems: what builds there, and what runs. Sourced by tests/security.sh.

# Without std there is no generator that everybody has: `unsupported` makes the system's say that it is not available, and
# the program gives its own by `randomness`.
NO_GENERATOR='--cfg getrandom_backend="unsupported"'

# A processor without an operating system: what has a trace of std does not build there.
no_std() {
  local triple=thumbv7em-none-eabihf features
  target $triple || return 0
  for features in "" kerberos ntlm kerberos,ntlm; do
    RUSTFLAGS=$NO_GENERATOR checked --lib --target $triple --no-default-features --features "$features"
  done
  counted "$triple: 4 sets of features"
}

# Browsers and others: the library without std and a generator, with std, and with that of JavaScript; under WASI the command, run
# by Node.js.
wasm() {
  if target wasm32-unknown-unknown; then
    RUSTFLAGS=$NO_GENERATOR checked --lib --target wasm32-unknown-unknown --no-default-features --features kerberos,ntlm
    RUSTFLAGS=$NO_GENERATOR checked --lib --target wasm32-unknown-unknown
    javascript
    counted "wasm32-unknown-unknown: no_std, std, and with JavaScript's generator"
  fi
  target wasm32-wasip1 || return 0
  build --bin negotiate --features cli --target wasm32-wasip1
  command -v node >/dev/null || { not_checked "wasm32-wasip1: built, but there is no Node.js to run it" && return; }
  judged wasm32-wasip1 "$(built_at wasm32-wasip1 negotiate.wasm)" node --no-warnings tests/security/wasi.mjs
}

# What a page's program has to write in its own manifest.
javascript() {
  local crate=$WORK/javascript
  mkdir -p "$crate/src"
  cat >"$crate/Cargo.toml" <<C
[package]
name = "page"
version = "0.0.0"
edition = "2024"
[workspace]
[dependencies]
negotiate = { path = "$PWD" }
getrandom = { version = "0.4", features = ["wasm_js"] }
C
  echo 'pub use negotiate::random::SystemRandom;' >"$crate/src/lib.rs"
  cargo check --quiet --manifest-path "$crate/Cargo.toml" --target wasm32-unknown-unknown --target-dir "$WORK/target"
}

# One file without a library below it.
musl() {
  local triple=x86_64-unknown-linux-musl
  target $triple || return 0
  build --bin negotiate --features cli --target $triple
  wanted readelf:binutils
  ! readelf --program-headers "$(built_at $triple negotiate)" | grep INTERP
  counted "a static command of $(du -h "$(built_at $triple negotiate)" | cut -f 1)"
  judged $triple "$(built_at $triple negotiate)"
}

# Another processor, with other instructions for ciphers and hashes, by QEMU.
aarch64() {
  local triple=aarch64-unknown-linux-gnu
  target $triple || return 0
  wanted aarch64-linux-gnu-gcc:gcc-aarch64-linux-gnu /usr/aarch64-linux-gnu/lib/libc.so.6:libc6-dev-arm64-cross ||
    { not_checked "aarch64: Debian's gcc-aarch64-linux-gnu is not to be had here" && return; }
  CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc build --bin negotiate --features cli --target $triple
  counted "$triple built"
  wanted qemu-aarch64:qemu-user || { not_checked "aarch64: no qemu-user to run it" && return; }
  judged $triple "$(built_at $triple negotiate)" qemu-aarch64 -L /usr/aarch64-linux-gnu
}

# Linked, not run.
windows() {
  local triple=x86_64-pc-windows-gnu
  target $triple || return 0
  wanted x86_64-w64-mingw32-gcc:gcc-mingw-w64-x86-64 ||
    { not_checked "windows: Debian's gcc-mingw-w64-x86-64 is not to be had here" && return; }
  build --bin negotiate --features cli --target $triple
  counted "a command of $(du -h "$(built_at $triple negotiate.exe)" | cut -f 1), linked and not run"
}

checked() { cargo check --quiet --locked --target-dir "$WORK/target" "$@"; }
build() { cargo build --quiet --locked --target-dir "$WORK/target" "$@"; }
built_at() { echo "$WORK/target/$1/debug/$2"; }

# judged TARGET COMMAND RUNNER…: a command of another system takes the logins that were recorded with MIT krb5, one of each etype and
# form, and refuses them with an octet changed.
judged() {
  local name=$1 command=("${@:3}" "$2") case now keytab peer token answer count=0
  "${command[@]}" --version
  for case in test-vectors/mit/etype-*.txt; do
    [[ $case != *-des3-* ]] || continue # not implemented
    now=$(sed -n 's/^now: //p' "$case") keytab=test-vectors/mit/keytabs/$(sed -n 's/^keytab: //p' "$case")
    peer=$(sed -n 's/^peer: //p' "$case") token=$(sed -n 's/^> //p' "$case")
    answer=$("${command[@]}" accept --json --allow rc4 --keytab "$keytab" --at "$now" <<<"$token" || true)
    grep -qF "\"peer\":\"$peer\"" <<<"$answer" || { echo "$case: $answer" >&2 && return 1; }
    "${command[@]}" inspect --keytab "$keytab" "$token" | grep -F EncTicketPart >/dev/null
    answer=$("${command[@]}" accept --json --allow rc4 --keytab "$keytab" --at "$now" <<<"$(spoilt "$token")" || true)
    grep -qF '"result":"rejected"' <<<"$answer" || { echo "$case, spoilt: $answer" >&2 && return 1; }
    count=$((count + 1))
  done
  counted "$name: $count recorded logins taken, $count spoilt ones refused"
}

# An octet near the end of the authenticator's cipher.
spoilt() {
  local at=$((${#1} - 24)) was
  was=${1:at:1}
  echo "${1:0:at}$([ "$was" = A ] && echo B || echo A)${1:at+1}"
}
