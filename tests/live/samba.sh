#!/usr/bin/env bash
# Who the user is, by a domain controller of Samba: users with nested groups log in by curl, and the SIDs, names and flags that
# this crate reads from their PACs are compared with what Samba's own tools say of them.
# Ends with `N passed, N failed`; anything failed is also the exit status.
#
# The domain controller has a network of its own (dc.sh), so this needs root, and packages of Debian.
#
#   bash tests/live/samba.sh                           # builds whoami and the command first
#   WHOAMI=path NEGOTIATE=path bash tests/live/samba.sh # or takes these
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/live/dc.sh
source tests/live/dc.sh

outside() {
  wanted curl:curl jq:jq
  dc_install
  : "${WHOAMI:=$(built --all-features --example whoami)}"
  : "${NEGOTIATE:=$(built --all-features --bin negotiate)}"
  export WHOAMI NEGOTIATE
  dc_enter "$0"
}

inside() {
  trap finish EXIT
  dc_create
  dc_start
  : >"$LAB/log"
  : >"$LAB/body"

  serve -- --keytab "$LAB/web.keytab"
  as_samba_says alice Alice-Pw-1
  nested_groups
  as_samba_says bob Bob-Pw-22
  as_samba_says carol Carol-Pw-3
  names_of_carol
  as_samba_says jürgen Juergen-Pw-4
  as_samba_says many Many-Pw-5
  a_token_of_many_groups
  as_samba_says Administrator "$ADMINISTRATOR_PASSWORD"
  without_pac
  the_keys_of_the_domain
}

# --- What must hold -------------------------------------------------------------------------------------------------

# as_samba_says USER PASSWORD: she logs in by curl, and the SIDs in her token are those that Samba counts among hers.
as_samba_says() {
  local name=$1 sid
  log_in "$name" "$2"
  ask web.$DOMAIN KRB5CCNAME="$ccache" curl -q --negotiate -u :
  sid=$(attribute "$name" objectSid)
  expect "$name logs in, and the page shows $sid" 200 body "$sid"
  verdict
  same "$name: user_sid" "$sid" "$(said .pac.user_sid)"
  # Samba's token has the local groups of the controller (S-1-5-32-…), which no PAC has; a PAC says in S-1-18-1 that the
  # domain controller saw the password, which is not in the database.
  same "$name: every SID, as in tokenGroups" "$({ echo "$sid"; token_groups "$name"; } | grep -v '^S-1-5-32-' | sort -u)" \
    "$(said '.pac.group_sids[]' | grep -v '^S-1-18-1$' | sort)"
  # wbinfo knows the groups that she is in directly.
  same "$name: the SIDs of wbinfo --user-sids are among them" "$(wbinfo --user-sids="$sid" | grep -v '^S-1-5-32-' | sort -u)" \
    "$(said '.pac.group_sids[]' | grep -Fx "$(wbinfo --user-sids="$sid")" | sort)"
  same "$name: the user first, then the primary group" "$sid ${sid%-*}-$(attribute "$name" primaryGroupID)" \
    "$(said '.pac.group_sids[0:2] | join(" ")')"
  same "$name: primary_group_sid" "${sid%-*}-$(attribute "$name" primaryGroupID)" "$(said .pac.primary_group_sid)"
  same "$name: logon_name, domain, dns_domain" "$name ADEX $REALM" "$(said '[.pac.logon_name, .pac.domain, .pac.dns_domain] | join(" ")')"
  same "$name: the KDC's signature is not claimed" unverified "$(said .pac.kdc_signature)"
}

# engineers < staff < everyone here < web-admins: the nested ones are in the token, one of each scope.
nested_groups() {
  local group
  for group in engineers staff 'everyone here' web-admins managers; do
    expect "alice is in $group, and the page shows it" 200 body "$(attribute "$group" objectSid)([^0-9]|$)"
  done
}

names_of_carol() {
  same "carol: upn" carol.smith@corp.example.com "$(said .pac.upn)"
  same "carol: full_name" 'Carol Smith' "$(said .pac.full_name)"
}

a_token_of_many_groups() {
  same "many: 300 groups more" 300 "$(($(said '.pac.group_sids | length') - 3))"
  "$NEGOTIATE" inspect --keytab "$LAB/web.keytab" <"$LAB/token" >"$LAB/body"
  expect "inspect: the size of the token" 200 body 'groups.*KiB'
}

without_pac() {
  log_in alice Alice-Pw-1
  serve -- --keytab "$LAB/nopac.keytab"
  ask nopac.$DOMAIN KRB5CCNAME="$ccache" curl -q --negotiate -u :
  expect "a service that wants no PAC: alice logs in" 200 body "alice@$REALM"
  verdict nopac
  same "and has none" null "$(said .pac)"
  verdict nopac --require-pac
  same "--require-pac refuses her" rejected "$(said .result)"
}

# Whoever has the key of the domain can check the rest of the signatures.
the_keys_of_the_domain() {
  log_in alice Alice-Pw-1
  serve -- --keytab "$LAB/web.keytab"
  ask web.$DOMAIN KRB5CCNAME="$ccache" curl -q --negotiate -u :
  verdict web --krbtgt-keytab "$LAB/krbtgt.keytab"
  same "with the key of krbtgt, the KDC's signatures are verified" verified "$(said .pac.kdc_signature)"
}

# --- How it is asked ------------------------------------------------------------------------------------------------

# verdict [SERVICE [OPTION…]]: what the command says of the token that curl sent last.
verdict() {
  local service=${1:-web}
  [ $# -eq 0 ] || shift
  sed -n 's/^> Authorization: \(Negotiate [A-Za-z0-9+\/=]*\).*/\1/p' "$LAB/trace" | tail -n 1 >"$LAB/token"
  "$NEGOTIATE" --json accept --keytab "$LAB/$service.keytab" "$@" <"$LAB/token" >"$LAB/verdict" || true
}

said() { jq -r "$1" "$LAB/verdict"; }

# same WHAT THEIRS OURS
same() {
  if [ -n "$2" ] && [ "$2" = "$3" ]; then
    outcome "$1" yes
  else
    outcome "$1" no "Samba says: ${2:-nothing}; here: ${3:-nothing}"
  fi
}

"${1:-outside}"
