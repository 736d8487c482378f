"""Fills the Active Directory domain of samba.sh and ldap.sh, through its database; argument: smb.conf.

alice is in nested groups of each scope, bob in one group, many in 300; web-service has the name HTTP/web.ad.example.com,
slapd-service ldap/slapd.ad.example.com, and no-pac-service asks the KDC to leave the PAC out.
"""

import sys

import ldb
from samba.auth import system_session
from samba.param import LoadParm
from samba.samdb import SamDB

GLOBAL, UNIVERSAL, DOMAIN_LOCAL = -2147483646, -2147483640, -2147483644
NORMAL_ACCOUNT, NO_AUTH_DATA_REQUIRED = 0x200, 0x2000000
ALL_AES_AND_RC4 = "28"

settings = LoadParm()
settings.load(sys.argv[1])
database = SamDB(session_info=system_session(), lp=settings, url=settings.private_path("sam.ldb"))


def change(name, **attributes):
    """Sets attributes of the account."""
    found = database.search(database.domain_dn(), expression=f"(sAMAccountName={name})", attrs=["cn"])
    message = ldb.Message()
    message.dn = found[0].dn
    for attribute, value in attributes.items():
        message[attribute] = ldb.MessageElement([value], ldb.FLAG_MOD_REPLACE, attribute)
    database.modify(message)


def user(name, password, **attributes):
    """An account that may log in."""
    database.newuser(name, password, force_password_change_at_next_login_req=False)
    change(name, userAccountControl=str(NORMAL_ACCOUNT), **attributes)


def group(name, scope, *members):
    """A group of these members."""
    database.newgroup(name, grouptype=scope)
    database.add_remove_group_members(name, list(members), add_members_operation=True)


def service(name, password, principal, control=NORMAL_ACCOUNT):
    """An account of this service and host, with fresh keys of each type."""
    user(name, password)
    change(
        name,
        servicePrincipalName=f"{principal}.ad.example.com",
        userAccountControl=str(control),
        **{"msDS-SupportedEncryptionTypes": ALL_AES_AND_RC4},
    )
    database.setpassword(f"(sAMAccountName={name})", password)


database.transaction_start()
user("alice", "Alice-Pw-1", displayName="Alice Liddell")
user("bob", "Bob-Pw-22")
user("carol", "Carol-Pw-3", displayName="Carol Smith", userPrincipalName="carol.smith@corp.example.com")
user("jürgen", "Juergen-Pw-4")
user("many", "Many-Pw-5")
group("engineers", GLOBAL, "alice", "bob")
group("staff", GLOBAL, "engineers")
group("everyone here", UNIVERSAL, "staff", "jürgen")
group("web-admins", DOMAIN_LOCAL, "everyone here")
group("managers", GLOBAL, "alice")
for number in range(300):
    group(f"group-{number:03}", GLOBAL, "many")
service("web-service", "Web-Service-Pw-6", "HTTP/web")
service("no-pac-service", "No-Pac-Service-Pw-7", "HTTP/nopac", NORMAL_ACCOUNT | NO_AUTH_DATA_REQUIRED)
service("slapd-service", "Slapd-Service-Pw-8", "ldap/slapd")
database.transaction_commit()
