#!/usr/bin/env bash
# Pages in headless browsers, and what is to be seen there. Sourced, after lab.sh.

browsers_install() { wanted chromium:chromium firefox-esr:firefox-esr python3:python3; }

# open_in BROWSER USER OPTION…: opens whoami's page with the user's tickets (`nobody` has none) in a new profile. What is
# seen goes to a file, with one blank wherever the page has some space; what the server logs goes to another. The URL is $url, or that
# of whoami at localhost.
open_in() {
  local browser=$1 before
  before=$(wc -c <"$LAB/server.err")
  KRB5CCNAME=FILE:$LAB/$2.ccache timeout 90 /usr/bin/python3 -B tests/live/open_page.py "$browser" \
    "${url:-http://localhost:$port/}" "${@:3}" 2>"$LAB/browser.err" | tr -s '[:space:]' ' ' >"$LAB/body" || true
  tail -c "+$((before + 1))" "$LAB/server.err" >"$LAB/log"
}

# sees WHAT WORD…: all of these words are on the page, in whatever letters.
sees() {
  local what=$1 word
  shift
  for word in "$@"; do
    grep -qiF -- "$word" "$LAB/body" || { outcome "$what" no "does not see $word: $(tail -n 1 "$LAB/browser.err")"; return; }
  done
  outcome "$what" yes
}

# It sees the page of the 401, and not a word of who anybody is.
stays_out() {
  if ! grep -qF "Who are you?" "$LAB/body"; then
    outcome "$1: stays out" no "does not see the refusal: $(tail -n 1 "$LAB/browser.err")"
  elif grep -q "You are" "$LAB/body"; then
    outcome "$1: stays out" no "it got in"
  else
    outcome "$1: stays out" yes
  fi
}

# is_refused WHAT KIND. A browser that did not ask at all was not refused: the server's log has to have its say.
is_refused() {
  if grep -qF "You are" "$LAB/body"; then
    outcome "$1: refused" no "it got in"
  elif ! grep -q "refused ($2" "$LAB/log"; then
    outcome "$1: refused" no "nothing was refused: $(tail -n 1 "$LAB/browser.err")"
  else
    outcome "$1: refused" yes
  fi
}
