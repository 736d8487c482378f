#!/usr/bin/env bash
# An Active Directory domain of Samba for the live tests, with the users and groups of samba_domain.py. Sourced.
#
# The domain controller wants the ports of one, a network address and files in /run: it has a network, a process list and a
# /run/samba of its own (unshare(1)), which end with the script. Needs root, and packages of Debian.

# shellcheck source=tests/live/lab.sh
source tests/live/lab.sh

REALM=AD.EXAMPLE.COM
DOMAIN=ad.example.com
ADDRESS=10.99.0.1
DOMAIN_SID=S-1-5-21-3141592653-2718281828-1618033988 # the same each time: a picture of it is read by a machine
DC=$LAB/dc
SMB_CONF=$DC/smb.conf

dc_install() {
  wanted ip:iproute2 kinit:krb5-user samba:samba samba-tool:samba-common-bin wbinfo:winbind ldbsearch:ldb-tools \
    /usr/share/samba/setup:samba-ad-provision /usr/lib/python3/dist-packages/samba:python3-samba python3:python3 \
    /usr/share/doc/samba-vfs-modules:samba-vfs-modules /usr/share/doc/samba-dsdb-modules:samba-dsdb-modules
}

# dc_enter SCRIPT: goes on as `SCRIPT inside`, without the network of the machine: what needs that is done before.
dc_enter() {
  mkdir -p /run/samba
  alone "$1"
}

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
  # A line for each: Chromium asks for the ticket of the first name on the line.
  printf '%s\n' '127.0.0.1 localhost' "127.0.0.1 web.$DOMAIN" "127.0.0.1 nopac.$DOMAIN" "$ADDRESS dc1.$DOMAIN dc1" >"$LAB/hosts"
  mount --bind "$LAB/resolv.conf" /etc/resolv.conf
  mount --bind "$LAB/hosts" /etc/hosts
}

dc_create() {
  network
  rm -rf "$DC" "$LAB"/*.keytab "$LAB"/*.ccache
  mkdir -p "$DC"
  samba-tool domain provision --realm=$REALM --domain=ADEX --server-role=dc --dns-backend=NONE --host-name=dc1 \
    --host-ip=$ADDRESS --adminpass="$ADMINISTRATOR_PASSWORD" --targetdir="$DC" --option="netbios name=DC1" \
    --domain-sid=$DOMAIN_SID --option="ldb:nosync=true" --option="interfaces=lo dc0" --option="bind interfaces only=yes" \
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
dc_start() {
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

# --- Its users ------------------------------------------------------------------------------------------------------

# log_in USER PASSWORD: a ticket in $ccache.
log_in() {
  ccache=FILE:$LAB/$1.ccache
  kinit -c "$ccache" "$1@$REALM" <<<"$2" >"$LAB/kinit" 2>&1 || { cat "$LAB/kinit" >&2; return 1; }
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
