"""Other people's NTLM, each behind one face, so that every one can be put before any other.

A peer has a `role` ("initiate" or "accept"), takes a token by `step` and gives one back (None: nothing to say), and is
`complete` when it believes the login. Then `who()` is the initiator's name as an acceptor sees it, `key()` the exported
session key, and `wrap`, `unwrap`, `sign`, `verify` protect messages. Whatever a peer says no to is an exception.
`wrap_winrm` and `unwrap_winrm` keep what stands in front of a message apart from it, as WinRM sends them ([MS-WSMV] section
2.2.9.1.1.2.1); `wrap_pieces` and `unwrap_pieces` do so with octets before and behind that are only signed.
`protects`: whether it has wrap and the like; `has_pieces`: those too; `smallest`: the shortest message it wraps; `binds`: whether it takes channel
bindings; `mic_in`: the wrappings in which its AUTHENTICATE has a message integrity code.
"""

import base64
import json
import os
import subprocess

import gssapi
import gssapi.raw
import spnego
from spnego._ntlm_raw.crypto import ntowfv1
from spnego.channel_bindings import GssChannelBindings
from spnego.iov import BufferType

NTLM = gssapi.OID.from_int_seq("1.3.6.1.4.1.311.2.2.10")
SPNEGO = gssapi.OID.from_int_seq("1.3.6.1.5.5.2")
SESSION_KEY = gssapi.OID.from_int_seq("1.2.840.113554.1.2.2.5.5")
gssapi.SecurityContext.__DEFER_STEP_ERRORS__ = False


class Refused(Exception):
    """The peer's no, with its reason."""


class Login:
    """Who logs in where: the same words for every peer. `wrapping` is "ntlm" (bare) or "negotiate" (in SPNEGO)."""

    def __init__(self, wrapping, user="alice", password="correct-horse", domain="LIVE", bindings=None, demands=()):
        self.wrapping, self.user, self.password, self.domain = wrapping, user, password, domain
        self.bindings = bindings
        self.demands = demands  # the crate's, as an acceptor

    @property
    def name(self):
        return f"{self.domain}\\{self.user}"


class Pyspnego:
    """pyspnego's own NTLM, in Python. Its acceptor reads $NTLM_USER_FILE."""

    name = "pyspnego"
    protects = has_pieces = True
    smallest = 0
    binds = True
    mic_in = {"ntlm", "negotiate"}

    def __init__(self, role, login):
        options = {"ntlm": spnego.NegotiateOptions.use_ntlm, "negotiate": spnego.NegotiateOptions.use_negotiate}
        bindings = login.bindings and GssChannelBindings(application_data=login.bindings)
        about = dict(protocol=login.wrapping, options=options[login.wrapping], channel_bindings=bindings)
        if role == "initiate":
            self.context = spnego.client(login.name, login.password, hostname="localhost", service="HTTP", **about)
        else:
            self.context = spnego.server(**about)

    def step(self, token):
        return self.context.step(token)

    @property
    def complete(self):
        return self.context.complete

    def who(self):
        return self.context.client_principal

    def key(self):
        return self.context.session_key

    def wrap(self, message):
        return self.context.wrap(message).data

    def unwrap(self, token):
        return self.context.unwrap(token).data

    def wrap_winrm(self, message):
        wrapped = self.context.wrap_winrm(message)
        return wrapped.header, wrapped.data

    def unwrap_winrm(self, header, data):
        return self.context.unwrap_winrm(header, data)

    def wrap_pieces(self, before, message, after):
        kind = BufferType
        pieces = [kind.header, (kind.sign_only, before), (kind.data, message), (kind.sign_only, after)]
        header, _, data, _ = self.context.wrap_iov(pieces).buffers
        return header.data, data.data

    def unwrap_pieces(self, header, before, data, after):
        kind = BufferType
        pieces = [(kind.header, header), (kind.sign_only, before), (kind.data, data), (kind.sign_only, after)]
        return self.context.unwrap_iov(pieces).buffers[2].data

    def sign(self, message):
        return self.context.sign(message)

    def verify(self, message, signature):
        self.context.verify(message, signature)


class GssNtlmssp:
    """gss-ntlmssp under MIT's GSS-API. Its acceptor reads $NTLM_USER_FILE."""

    name = "gss-ntlmssp"
    protects = True
    has_pieces = False
    smallest = 1  # it neither wraps nor unwraps nothing
    binds = True
    mic_in = {"negotiate"}

    def __init__(self, role, login):
        mechanism = NTLM if login.wrapping == "ntlm" else SPNEGO
        bindings = login.bindings and gssapi.raw.ChannelBindings(application_data=login.bindings)
        if role == "initiate":
            user = gssapi.Name(login.name, gssapi.NameType.user)
            acquired = gssapi.raw.acquire_cred_with_password(
                user, login.password.encode(), mechs=[mechanism], usage="initiate"
            )
            flag = gssapi.RequirementFlag
            self.context = gssapi.SecurityContext(
                usage="initiate",
                name=gssapi.Name("HTTP@localhost", gssapi.NameType.hostbased_service),
                creds=gssapi.Credentials(base=acquired.creds),
                mech=mechanism,
                flags=flag.confidentiality | flag.integrity | flag.replay_detection | flag.out_of_sequence_detection,
                channel_bindings=bindings,
            )
        else:
            credential = gssapi.Credentials(usage="accept", mechs=[mechanism])
            self.context = gssapi.SecurityContext(usage="accept", creds=credential, channel_bindings=bindings)

    def step(self, token):
        return self.context.step(token)

    @property
    def complete(self):
        return self.context.complete

    def who(self):
        return str(self.context.initiator_name).rstrip("\0")

    def key(self):
        return gssapi.raw.inquire_sec_context_by_oid(self.context, SESSION_KEY)[0]

    def wrap(self, message):
        return self.context.wrap(message, True).message

    def unwrap(self, token):
        return self.context.unwrap(token).message

    def sign(self, message):
        return self.context.get_signature(message)

    def verify(self, message, signature):
        self.context.verify_signature(message, signature)


class Spoken:
    """A peer that is a program, spoken to line by line. It ends when its stdin does."""

    protects = has_pieces = False
    smallest = 0
    binds = False
    mic_in = set()

    def __init__(self, *command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.complete = False

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise AssertionError(f"{self.name} ended with status {self.process.wait()}, which is no refusal")
        return answer.rstrip("\n")

    def __del__(self):
        if "process" not in vars(self):
            return
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


class NtlmAuth(Spoken):
    """Samba's ntlm_auth. As an acceptor it lets in any name with the password it was started with."""

    name = "ntlm_auth"
    protocols = {
        ("initiate", "ntlm"): "ntlmssp-client-1",
        ("initiate", "negotiate"): "gss-spnego-client",
        ("accept", "ntlm"): "squid-2.5-ntlmssp",
        ("accept", "negotiate"): "gss-spnego",
    }

    def __init__(self, role, login):
        self.accepts = role == "accept"
        self.begun = False
        super().__init__(
            "ntlm_auth",
            "--configfile=" + os.environ["SMB_CONF"],
            "--helper-protocol=" + self.protocols[role, login.wrapping],
            "--username=" + login.user,
            "--domain=" + login.domain,
            "--password=" + login.password,
            "--target-service=HTTP",
            "--target-hostname=localhost",
        )

    def step(self, token):
        if self.begun and not self.accepts:
            verb = "TT"
        else:
            verb = "KK" if self.begun else "YR"
        self.begun = True
        answer = self.ask(verb + (" " + encoded(token) if token else "")).split()
        return self.accepted(answer) if self.accepts else self.initiated(answer)

    def accepted(self, answer):
        match answer:
            case ["TT", token, *_]:
                return decoded(token)
            case ["AF", name]:
                token = "*"
            case ["AF", token, name]:
                pass
            case _:
                raise Refused(" ".join(answer))
        self.complete, self.name_given = True, name
        return None if token == "*" else decoded(token)

    def initiated(self, answer):
        if answer[0] not in ("YR", "KK", "AF"):
            raise Refused(" ".join(answer))
        self.complete = answer[0] == "AF"
        return decoded(answer[1]) if answer[1:] else None

    def who(self):
        return self.name_given

    def key(self):
        return decoded(self.ask("GK").split()[1])


class Command(Spoken):
    """This crate's command, `negotiate accept` and `negotiate initiate`. $NEGOTIATE is its path."""

    name = "negotiate"
    binds = True
    mic_in = {"ntlm", "negotiate"}

    def __init__(self, role, login):
        options = ["--show-keys"]
        if login.bindings:
            options += ["--channel-bindings", login.bindings.hex()]
        if role == "accept":
            options += ["--accounts", os.environ["NTLM_USER_FILE"], "--netbios-domain", login.domain]
        else:
            options += ["--target", "HTTP@localhost", "--mechanism", login.wrapping, "--user", login.name]
            options += ["--nt-hash", ntowfv1(login.password).hex()]
        super().__init__(os.environ["NEGOTIATE"], "--json", role, *options)

    def step(self, token):
        answer = json.loads(self.ask(encoded(token)) if token else self.process.stdout.readline())
        if answer["result"] == "rejected":
            raise Refused(answer["error"]["message"])
        self.complete = answer["result"] == "established"
        self.answer = answer
        return decoded(answer["token"]) if answer.get("token") else None

    def who(self):
        return self.answer["peer"]

    def key(self):
        return bytes.fromhex(self.answer["session_key"])


class Crate(Spoken):
    """This crate's front doors, by examples/gss_lines. $GSS_LINES is its path."""

    name = "the crate"
    protects = has_pieces = True
    binds = True
    mic_in = {"ntlm", "negotiate"}

    def __init__(self, role, login):
        options = ["--accounts", os.environ["NTLM_USER_FILE"], "--netbios-domain", login.domain, *login.demands]
        if role == "initiate":
            options = ["--mechanism", login.wrapping, "--user", login.name, "--password", login.password]
        if login.bindings:
            options += ["--channel-bindings", login.bindings.decode()]
        super().__init__(os.environ["GSS_LINES"], role, *options)

    def step(self, token):
        verdict, *rest = self.tell("token", token or b"")
        self.complete = verdict == "established"
        self.peer = rest[1:]
        return decoded(rest[0]) or None

    def tell(self, verb, *arguments):
        """Octets among them go in base64."""
        answer = self.ask(" ".join([verb, *(word if isinstance(word, str) else encoded(word) for word in arguments)]))
        verdict, _, why = answer.partition(" ")
        if verdict in ("rejected", "failed"):
            raise Refused(why.strip())
        return answer.split(" ")

    def who(self):
        return " ".join(self.peer)

    def key(self):
        return decoded(self.tell("key")[1])

    def wrap(self, message):
        return decoded(self.tell("wrap", message)[1])

    def unwrap(self, token):
        return decoded(self.tell("unwrap", token)[1])

    def wrap_winrm(self, message):
        return self.wrap_pieces(b"", message, b"")

    def unwrap_winrm(self, header, data):
        return self.unwrap_pieces(header, b"", data, b"")

    def wrap_pieces(self, before, message, after):
        header, data, trailer = self.tell("wrap-pieces", "sealed", "in-front", before, message, after)[1:]
        assert not trailer, "NTLM has a trailer"
        return decoded(header), decoded(data)

    def unwrap_pieces(self, header, before, data, after):
        return decoded(self.tell("unwrap-pieces", "in-front", header, before, data, after, b"")[1])

    def sign(self, message):
        return decoded(self.tell("mic", message)[1])

    def verify(self, message, signature):
        self.tell("verify", message, signature)


def encoded(octets):
    return base64.b64encode(octets).decode()


def decoded(text):
    return base64.b64decode(text, validate=True)
