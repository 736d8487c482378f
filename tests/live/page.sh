#!/usr/bin/env bash
# What people see of examples/whoami: Chromium and Firefox log in with a ticket of Samba's domain controller, make a picture of
# the page, light and dark and as narrow as a phone, and tesseract reads it. Her name, her SID and the SIDs of her groups have
# to be there as Samba's own tools tell them, and nobody else's.
# Ends with `N passed, N failed`; anything failed is also the exit status. The pictures stay in $LAB/pictures.
#
# The domain controller has a network of its own (dc.sh), so this needs root, and packages of Debian.
#
#   bash tests/live/page.sh             # builds examples/whoami first
#   WHOAMI=path bash tests/live/page.sh # or takes this one
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/live/dc.sh
source tests/live/dc.sh
# shellcheck source=tests/live/opened.sh
source tests/live/opened.sh

PHONE=390
DESK=1000
PICTURES=$LAB/pictures

outside() {
  dc_install
  browsers_install
  wanted tesseract:tesseract-ocr /usr/lib/python3/dist-packages/PIL:python3-pil
  : "${WHOAMI:=$(built --example whoami)}"
  export WHOAMI
  dc_enter "$0"
}

inside() {
  trap finish EXIT
  rm -rf "$PICTURES"
  mkdir -p "$PICTURES"
  dc_create
  dc_start
  serve -- --keytab "$LAB/web.keytab"
  log_in alice Alice-Pw-1
  log_in bob Bob-Pw-22

  local browser
  for browser in chromium firefox; do
    picture $browser alice desk-light $DESK
    picture $browser alice desk-dark $DESK --dark
    picture $browser bob desk-light-of-bob $DESK
  done
  picture chromium alice phone-light $PHONE
  picture chromium alice phone-dark $PHONE --dark
  nobody
}

# --- What must hold -------------------------------------------------------------------------------------------------

# picture BROWSER USER NAME WIDTH [OPTION…]: the page, its picture, and what is to be read there.
picture() {
  local what="$1, $3" user=$2 file=$PICTURES/$1-$3.png others=bob
  [ "$user" = alice ] || others=alice
  url=http://web.$DOMAIN:$port/ open_in "$1" "$user" --trust "web.$DOMAIN" --width "$4" --screenshot "$file" "${@:5}"
  sees "$what: $user is logged in" "You are $user@$REALM"
  fits "$what" "$4"
  brightness "$what" "$file" "${5:-light}"
  tesseract "$file" "$PICTURES/$1-$3" --psm 6 >"$LAB/tesseract.log" 2>&1 || true
  shows "$what: the picture shows her name" "$user@$REALM"
  shows "$what: the picture shows her SID" "$(attribute "$user" objectSid)"
  shows_groups "$what" "$user"
  hides "$what: the picture shows no $others" "$others@$REALM" "$(attribute $others objectSid)"
}

# Samba's token has the local groups of the controller too (S-1-5-32-…), which no PAC has.
shows_groups() {
  local sid count=0
  while read -r sid; do
    lettered "$sid" || { outcome "$1: the picture shows every group of $2" no "does not show $sid"; return; }
    count=$((count + 1))
  done < <(token_groups "$2" | grep -v '^S-1-5-32-')
  # One each in her primary group and the groups of groups, at the least.
  if [ $count -ge 4 ]; then outcome "$1: the picture shows all $count groups of $2" yes; else outcome "$1: groups" no $count; fi
}

nobody() {
  url=http://web.$DOMAIN:$port/ open_in chromium none --trust "web.$DOMAIN" --width $PHONE --screenshot "$PICTURES/nobody.png"
  stays_out "nobody"
  fits nobody $PHONE
}

# fits WHAT WIDTH: nobody has to scroll aside.
fits() {
  local wants needs
  wants=$(grep -o 'wants [0-9]* of [0-9]* pixels' "$LAB/body") || wants=nothing
  needs=$(sed -n "s/wants \([0-9]*\) of $2 pixels/\1/p" <<<"$wants")
  # Less is the width without a scroll bar.
  if [ -n "$needs" ] && [ "$needs" -le "$2" ]; then outcome "$1: no scrolling aside" yes; else outcome "$1: no scrolling aside" no "$wants"; fi
}

# --- How it is read -------------------------------------------------------------------------------------------------

shows() {
  if lettered "$2"; then outcome "$1" yes; else outcome "$1" no "does not show $2: $(cat "$(reading)")"; fi
}

hides() {
  local what=$1 word
  shift
  for word in "$@"; do
    ! lettered "$word" || { outcome "$what" no "shows $word"; return; }
  done
  outcome "$what" yes
}

# Whether the word is in the picture that was read last. What looks the same in print counts as the same.
lettered() { alike <"$(reading)" | grep -qF -- "$(alike <<<"$1")"; }

reading() { echo "${file%.png}.txt"; }

alike() { tr -d '[:space:]' | sed 's/[§$]/S/g; s/[—–_]/-/g' | tr 'lI|oOsS' '1110055' | tr '[:upper:]' '[:lower:]'; }

# brightness WHAT FILE light|--dark: most of the page is as bright as it was asked for.
brightness() {
  local mean
  mean=$(/usr/bin/python3 -c 'import sys; from PIL import Image, ImageStat
print(round(ImageStat.Stat(Image.open(sys.argv[1]).convert("L")).mean[0]))' "$2")
  if { [ "$3" = light ] && [ "$mean" -gt 200 ]; } || { [ "$3" = --dark ] && [ "$mean" -lt 80 ]; }; then
    outcome "$1: a page as ${3#--} as asked for" yes
  else
    outcome "$1: a page as ${3#--} as asked for" no "brightness $mean of 255"
  fi
}

"${1:-outside}"
