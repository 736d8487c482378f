#!/usr/bin/env bash
# Who the user is, by a domain controller of Samba: users with nested groups log in by curl, and the SIDs, names and flags that
# this crate reads from their PACs are compared with what Samba's own tools say of them.
# Ends with `N passed, N failed`; anything failed is also the exit status.
#
# The domain controller wants the ports of one, a network address and files in /run: it has a network, a process list and a
# /run/samba of its own (unshare(1)), which end with this script. Needs root, and packages of Debian.
#
#   bash tests/live/samba.sh                           # builds whoami and the command first
#   WHOAMI=path NEGOTIATE=path bash tests/live/samba.sh # or takes these
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/live/lab.sh
source tests/live/lab.sh

REALM=AD.EXAMPLE.COM
DOMAIN=ad.example.com
ADDRESS=10.99.0.1
DC=$LAB/dc
SMB_CONF=$DC/smb.conf

# What needs the network of the machine; then the rest, without it.
outside() {
  wanted curl:curl ip:iproute2 kinit:krb5-user samba:samba samba-tool:samba-common-bin wbinfo:winbind ldbsearch:ldb-tools \
    /usr/share/samba/setup:samba-ad-provision /usr/lib/python3/dist-packages/samba:python3-samba python3:python3 \
    /usr/share/doc/samba-vfs-modules:samba-vfs-modules /usr/share/doc/samba-dsdb-modules:samba-dsdb-modules jq:jq
  : "${WHOAMI:=$(built --all-features --example whoami)}"
  : "${NEGOTIATE:=$(built --all-features --bin negotiate)}"
  export WHOAMI NEGOTIATE LAB
  mkdir -p /run/samba
  exec unshare --net --mount --pid --fork --kill-child --mount-proc bash "$0" inside
}

inside() {
  trap finish EXIT
  network
  domain_create
  domain_start
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

# log_in USER PASSWORD: a ticket in $ccache.
log_in() {
  ccache=FILE:$LAB/$1.ccache
  kinit -c "$ccache" "$1@$REALM" <<<"$2" >"$LAB/kinit" 2>&1 || { cat "$LAB/kinit" >&2; return 1; }
}

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

# attribute ACCOUNT NAME: of the database of the domain. ldbsearch writes what is not ASCII in base64; nothing asked here is.
attribute() {
  ldbsearch -H "$DC/private/sam.ldb" "(sAMAccountName=$1)" "$2" 2>/dev/null | sed -n "s/^$2: //p"
}

token_groups() {
  local dn
  dn=$(ldbsearch -H "$DC/private/sam.ldb" "(sAMAccountName=$1)" distinguishedName 2>/dev/null | sed -n 's/^dn: //p; s/^dn:: //p')
  [[ $dn == *=* ]] && [[ $dn == *,* ]] || dn=$(base64 -d <<<"$dn")
  ldbsearch -H "$DC/private/sam.ldb" -s base -b "$dn" tokenGroups 2>/dev/null | sed -n 's/^tokenGroups: //p'
}

# --- The domain -----------------------------------------------------------------------------------------------------

ADMINISTRATOR_PASSWORD='Adm1n-Passw0rd!'

# A controller needs an address that is not the loopback's; both ends of a pair are here, and no way out.
network() {
  ip link set lo up
  ip link add dc0 type veth peer name dc1
  ip addr add $ADDRESS/24 dev dc0
  ip link set dc0 up
  ip link set dc1 up
  mount -t tmpfs tmpfs /run/samba
  printf 'nameserver %s\n' $ADDRESS >"$LAB/resolv.conf"
  printf '127.0.0.1 localhost\n%s dc1.%s dc1\n' $ADDRESS $DOMAIN >"$LAB/hosts"
  mount --bind "$LAB/resolv.conf" /etc/resolv.conf
  mount --bind "$LAB/hosts" /etc/hosts
}

domain_create() {
  rm -rf "$DC" "$LAB"/*.keytab "$LAB"/*.ccache
  mkdir -p "$DC"
  samba-tool domain provision --realm=$REALM --domain=ADEX --server-role=dc --dns-backend=NONE --host-name=dc1 \
    --host-ip=$ADDRESS --adminpass="$ADMINISTRATOR_PASSWORD" --targetdir="$DC" --option="netbios name=DC1" \
    --option="ldb:nosync=true" --option="interfaces=lo dc0" --option="bind interfaces only=yes" \
    >"$LAB/provision.log" 2>&1 || { tail "$LAB/provision.log" >&2; return 1; }
  smb_conf >"$SMB_CONF"
  /usr/bin/python3 tests/live/samba_domain.py "$SMB_CONF"
  keytab web HTTP/web.$DOMAIN
  keytab nopac HTTP/nopac.$DOMAIN
  keytab krbtgt krbtgt
  kdc_configuration >"$LAB/krb5.conf"
  : >"$LAB/mech"
  # No other mechanism of GSS-API takes part.
  export KRB5_CONFIG=$LAB/krb5.conf GSS_MECH_CONFIG=$LAB/mech
}

keytab() { samba-tool domain exportkeytab "$LAB/$1.keytab" --principal="$2" -s "$SMB_CONF" >"$LAB/keytab.log" 2>&1; }

smb_conf() {
  cat <<EOF
[global]
 netbios name = DC1
 realm = $REALM
 workgroup = ADEX
 server role = active directory domain controller
 server services = rpc, ldap, cldap, kdc, winbindd
 ldb:nosync = true
 tls enabled = no
 interfaces = lo dc0
 bind interfaces only = yes
 private dir = $DC/private
 state directory = $DC/state
 cache directory = $DC/cache
 lock directory = $DC
 pid directory = $DC
 ncalrpc dir = $DC/ncalrpc
 log file = $DC/log.%m
 idmap_ldb:use rfc2307 = yes
 prefork children = 1
EOF
}

kdc_configuration() {
  cat <<EOF
[libdefaults]
 default_realm = $REALM
 dns_lookup_kdc = false
 dns_lookup_realm = false
 dns_canonicalize_hostname = false
 rdns = false
 udp_preference_limit = 1
[realms]
 $REALM = {
  kdc = $ADDRESS:88
 }
[domain_realm]
 .$DOMAIN = $REALM
EOF
}

# Its processes end with the process list that they are in.
domain_start() {
  mkdir -p "$DC/ncalrpc"
  chmod 755 "$DC/ncalrpc"
  samba --foreground --no-process-group -s "$SMB_CONF" </dev/null >"$LAB/samba.out" 2>&1 &
  started+=($!)
  for _ in {1..300}; do
    (exec 3<>/dev/tcp/$ADDRESS/88) 2>/dev/null && wbinfo --ping-dc >/dev/null 2>&1 && return
    sleep 0.1
  done
  echo "the domain controller does not start:" >&2
  tail -n 20 "$LAB/samba.out" "$DC"/log.* >&2
  return 1
}

"${1:-outside}"
