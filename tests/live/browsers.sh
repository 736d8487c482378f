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
# shellcheck source=tests/live/accounts.sh
source tests/live/accounts.sh

main() {
  trap finish EXIT
  wanted chromium:chromium firefox-esr:firefox-esr python3:python3-minimal
  : "${WHOAMI:=$(built --example whoami)}"
  accounts_create
  serve -- --accounts "$NTLM_USER_FILE" --netbios-domain LIVE

  local browser
  for browser in chromium firefox; do
    open_in $browser LIVE alice "$NTLM_PASSWORD"
    sees "$browser: alice" "$USER_NAME"
    open_in $browser LIVE alice wrong
    sees_not "$browser: a wrong password" "$USER_NAME"
    open_in $browser LIVE mallory "$NTLM_PASSWORD"
    sees_not "$browser: a stranger" mallory
  done
}

# open_in BROWSER DOMAIN USER PASSWORD: opens the page with a new profile. What is seen of it goes to a file.
open_in() {
  local browser=$1
  shift
  profile=$(mktemp -d)
  : >"$LAB/server.err"
  HOME=$profile "$browser" "$@" >"$LAB/body" 2>"$LAB/log" || true
  cat "$LAB/server.err" >>"$LAB/log"
  rm -r "$profile"
}

# Chromium takes user and password from the URL.
chromium() {
  command timeout 60 chromium --headless --no-sandbox --disable-gpu --no-first-run --no-default-browser-check \
    --disable-background-networking --disable-component-update --disable-sync --disable-default-apps \
    --user-data-dir="$profile" --dump-dom "http://$1%5C$2:$3@localhost:$port/"
}

# Firefox takes them at its prompt.
firefox() {
  mkdir "$profile/firefox"
  timeout 90 python3 tests/live/marionette.py "$profile/firefox" "http://localhost:$port/" "$1\\$2" "$3"
}

sees() {
  if grep -qF "$2" "$LAB/body"; then outcome "$1" yes; else outcome "$1" no "does not see $2"; fi
}

# A browser that did not ask at all was not refused either: the server's log has to have its say.
sees_not() {
  if grep -qF "$2" "$LAB/body"; then
    outcome "$1" no "sees $2"
  elif ! grep -qi 'ntlm' "$LAB/server.err"; then
    outcome "$1" no "nothing was refused"
  else
    outcome "$1" yes
  fi
}

main "$@"
