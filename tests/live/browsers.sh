#!/usr/bin/env bash
# Chromium and Firefox, headless, log in to examples/whoami with user name and password: by NTLM.
# Ends with `N passed, N failed`; anything failed is also the exit status. Everything runs on 127.0.0.1.
#
#   bash tests/live/browsers.sh             # builds examples/whoami first
#   WHOAMI=path bash tests/live/browsers.sh # or takes this one
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/live/lab.sh
source tests/live/lab.sh

main() {
  trap finish EXIT
  wanted chromium:chromium firefox-esr:firefox-esr python3:python3
  : "${WHOAMI:=$(built --example whoami)}"
  serve --
  built_in_account

  local browser
  for browser in chromium firefox; do
    open_in $browser "$user" "$password"
    sees "$browser: $user, with the password that whoami tells" "You are" "WHOAMI\\$user"
    open_in $browser "$user" wrong
    is_refused "$browser: a wrong password"
    open_in $browser mallory "$password"
    is_refused "$browser: a stranger"
  done
}

# Name and password, as whoami tells whoever started it.
built_in_account() {
  local told
  told=$(sed -n 's/^or with a browser, as \(.*\) with the password \(.*\)$/\1 \2/p' "$LAB/server.out")
  read -r user password <<<"$told"
  [ -n "$password" ]
}

# open_in BROWSER USER PASSWORD: opens the page with a new profile. What is seen of it goes to a file.
open_in() {
  local browser=$1 before
  shift
  profile=$(mktemp -d)
  before=$(wc -c <"$LAB/server.err")
  HOME=$profile "in_$browser" "$@" >"$LAB/body" 2>"$LAB/browser.err" || true
  tail -c "+$((before + 1))" "$LAB/server.err" >"$LAB/log"
  rm -r "$profile"
}

# Chromium takes user and password from the URL.
in_chromium() {
  timeout 60 chromium --headless --no-sandbox --disable-gpu --no-first-run --no-default-browser-check \
    --disable-background-networking --disable-component-update --disable-sync --disable-default-apps \
    --user-data-dir="$profile" --dump-dom "http://$1:$2@localhost:$port/"
}

# Firefox takes them at its prompt.
in_firefox() {
  mkdir "$profile/firefox"
  timeout 90 python3 tests/live/marionette.py "$profile/firefox" "http://localhost:$port/" "$1" "$2"
}

# sees WHAT WORD…: all of these words are on the page.
sees() {
  local what=$1 word
  shift
  for word in "$@"; do
    grep -qF "$word" "$LAB/body" || { outcome "$what" no "does not see $word"; return; }
  done
  outcome "$what" yes
}

# A browser that did not ask at all was not refused either: the server's log has to have its say.
is_refused() {
  if grep -qF "You are" "$LAB/body"; then
    outcome "$1" no "it got in"
  elif ! grep -q 'logon-failure' "$LAB/log"; then
    outcome "$1" no "nothing was refused: $(tail -n 1 "$LAB/browser.err")"
  else
    outcome "$1" yes
  fi
}

main "$@"
