#!/usr/bin/env bash
# Chromium and Firefox, headless, log in to examples/whoami: by Kerberos with a ticket of MIT's KDC, and by NTLM with user
# name and password when there is no ticket, or no trust in the site.
# Ends with `N passed, N failed`; anything failed is also the exit status. Everything runs on 127.0.0.1.
#
#   bash tests/live/browsers.sh             # builds examples/whoami first
#   WHOAMI=path bash tests/live/browsers.sh # or takes this one
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/live/kdc.sh
source tests/live/kdc.sh
# shellcheck source=tests/live/opened.sh
source tests/live/opened.sh

main() {
  trap 'finish kdc_stop' EXIT
  browsers_install
  kdc_install
  : "${WHOAMI:=$(built --example whoami)}"
  kdc_create
  kdc_start
  printf 'LIVE:alice:%s\nLIVE:bob:%s\n' "$PASSWORD" another-password >"$LAB/accounts"

  local browser
  serve -- --keytab "$LAB/http.keytab" --accounts "$LAB/accounts" --netbios-domain LIVE
  for browser in chromium firefox; do
    by_ticket
    by_password
  done
  serve -- --keytab "$LAB/http.keytab"
  for browser in chromium firefox; do where_there_is_kerberos_alone; done
  serve --
  built_in_account
  for browser in chromium firefox; do as_whoami_says; done
}

# --- What must hold -------------------------------------------------------------------------------------------------

by_ticket() {
  open_in $browser alice --trust localhost
  sees "$browser: alice's ticket" "You are alice@$REALM" "by kerberos"
  open_in $browser bob --trust localhost
  sees "$browser: bob's ticket" "You are bob@$REALM" "by kerberos"
  # Both at hand: nobody is asked for a password.
  open_in $browser alice --trust localhost --login bob another-password
  sees "$browser: alice's ticket and bob's password: the ticket counts" "You are alice@$REALM" "by kerberos"
  open_in $browser alice
  stays_out "$browser: a ticket, for a site that it is not told to trust"
}

# The first that 401 offers is Negotiate, for which there is nothing.
by_password() {
  open_in $browser nobody --trust localhost --login alice "$PASSWORD"
  sees "$browser: no ticket, a password: Negotiate gives way to NTLM" 'You are LIVE\alice' "by ntlm"
  open_in $browser alice --login bob another-password
  sees "$browser: a ticket that must not be used, a password" 'You are LIVE\bob' "by ntlm"
  open_in $browser nobody --trust localhost
  stays_out "$browser: neither ticket nor password"
  open_in $browser nobody --trust localhost --login alice wrong
  is_refused "$browser: no ticket, a wrong password" logon-failure
  open_in $browser nobody --trust localhost --login mallory "$PASSWORD"
  is_refused "$browser: no ticket, a stranger" logon-failure
}

where_there_is_kerberos_alone() {
  open_in $browser alice --trust localhost
  sees "$browser: alice's ticket, where there is Kerberos alone" "You are alice@$REALM" "by kerberos"
  open_in $browser nobody --trust localhost --login alice "$PASSWORD"
  stays_out "$browser: no ticket, a password, where there is Kerberos alone"
}

# Name and password, as whoami tells whoever started it.
as_whoami_says() {
  open_in $browser nobody --login "$user" "$password"
  sees "$browser: $user, with the password that whoami tells" "You are WHOAMI\\$user"
  open_in $browser nobody --login "$user" wrong
  is_refused "$browser: $user, with another password" logon-failure
}

built_in_account() {
  local told
  told=$(sed -n 's/^or with a browser, as \(.*\) with the password \(.*\)$/\1 \2/p' "$LAB/server.out")
  read -r user password <<<"$told"
  [ -n "$password" ]
}

main "$@"
