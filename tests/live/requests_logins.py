"""python-requests logs in to a URL: by Kerberos (requests-gssapi) or by NTLM (requests-ntlm, whose NTLM is pyspnego's).

    requests_logins.py URL kerberos [BINDINGS]
    requests_logins.py URL ntlm USER PASSWORD

Prints the status of two requests and the page of the second. By Kerberos, the server has to prove itself in each answer
(mutual authentication is REQUIRED): a page without that proof is an exception here. BINDINGS is `tls-server-end-point`.
"""

import os
import sys

import requests
from requests_gssapi import REQUIRED, HTTPSPNEGOAuth
from requests_ntlm import HttpNtlmAuth


def main():
    url, scheme, *about = sys.argv[1:]
    session = requests.Session()
    session.trust_env = False
    session.verify = os.environ.get("CERTIFICATE", True)
    if scheme == "ntlm":
        session.auth = HttpNtlmAuth(*about)
    else:
        session.auth = HTTPSPNEGOAuth(mutual_authentication=REQUIRED, channel_bindings=about[0] if about else None)
    try:
        for _ in range(2):
            answer = session.get(url, timeout=10)
            print("status", answer.status_code)
        print(answer.text)
    except PermissionError as refusal:  # what requests-ntlm makes of a 401 without a CHALLENGE
        print(f"status 401\n{refusal}")


if __name__ == "__main__":
    main()
