#!/usr/bin/env bash
# The accounts of NTLM's live tests, as every peer reads them: this crate and the others from one file; and where the JDK
# finds its ticket. Sourced.

# What the scripts log in by; exported for no other reason than that they use it.
export USER_NAME='LIVE\alice'
NTLM_PASSWORD=correct-horse
export NTLM_USER_FILE=$LAB/accounts SMB_CONF=$LAB/smb.conf

# No name of the machine, no Kerberos, no mechanism but gss-ntlmssp takes part.
accounts_create() {
  printf 'LIVE:alice:%s\nLIVE:bob:%s\n' $NTLM_PASSWORD another-password >"$NTLM_USER_FILE"
  : >"$LAB/no-krb5.conf"
  local library
  library=$(echo /usr/lib/*/gssntlmssp/gssntlmssp.so)
  echo "gssntlmssp_v1 1.3.6.1.4.1.311.2.2.10 $library" >"$LAB/ntlm-mech"
  export KRB5_CONFIG=$LAB/no-krb5.conf KRB5CCNAME=FILE:$LAB/none.ccache GSS_MECH_CONFIG=$LAB/ntlm-mech
  export NETBIOS_COMPUTER_NAME=LAB NETBIOS_DOMAIN_NAME=LIVE
}

# The JDK takes tickets from a cache, and asks nobody for a password.
jaas_create() {
  cat >"$LAB/jaas.conf" <<EOF
com.sun.security.jgss.krb5.initiate {
  com.sun.security.auth.module.Krb5LoginModule required useTicketCache=true doNotPrompt=true;
};
EOF
}
