"""This crate and other people's Kerberos, each with each: every encryption type and flag, bare and in SPNEGO, and messages.

Prints a line for each group of logins, and `end`; what was done and what was left out goes to stderr. kerberos.sh sets up
what the peers read, and counts. One process a peer and pair: every login is a `begin` to it.
"""

import base64
import itertools
import os
import shutil
import subprocess
import sys

LAB, DOMAIN, REALM = (os.environ[name] for name in ("LAB", "DOMAIN", "REALM"))
USER = f"alice@{REALM}"
NTLM_USER = r"LIVE\alice" # of accounts.sh
# Encryption types: the number, and how many octets their MICs have.
ETYPES = {
    "aes256-sha1": (18, 28),
    "aes128-sha1": (17, 28),
    "aes256-sha2": (20, 40),
    "aes128-sha2": (19, 32),
    "camellia256": (26, 32),
    "camellia128": (25, 32),
    "rc4": (23, 37),
}
WRAPPINGS = {"kerberos": "bare", "negotiate": "in SPNEGO"}

MUTUAL, REPLAY, SEQUENCE, CONFIDENTIALITY, INTEGRITY = ("mutual", "replay", "sequence", "confidentiality", "integrity")
DCE_STYLE, DELEGATE = "dce-style", "delegate"
MESSAGES = [MUTUAL, REPLAY, SEQUENCE, CONFIDENTIALITY, INTEGRITY]
FLAGS = {
    "no flag": [],
    "mutual": [MUTUAL],
    "mutual, replay, sequence": [MUTUAL, REPLAY, SEQUENCE],
    "confidentiality alone": [CONFIDENTIALITY],
    "integrity alone": [INTEGRITY],
    "all flags for messages": MESSAGES,
    "DCE style": [*MESSAGES, DCE_STYLE],
    "DCE style, integrity alone": [MUTUAL, INTEGRITY, DCE_STYLE],
}
# A service with a ticket under aes256-sha1 and a session key of aes128-sha2; the KDC does not say that it may be trusted.
MIXED = "mixed"
# The lengths of messages where all are tried, and elsewhere.
LENGTHS, FEW_LENGTHS = [0, 1, 16, 1000, 65536], [16]

logins = messages = damaged = 0


class Refused(Exception):
    """The peer's no, with its reason and what it has to say to the other side."""

    def __init__(self, why, token):
        super().__init__(why)
        self.token = token


class Peer:
    """A program that speaks the lines of examples/gss_lines. It ends when its stdin does."""

    etypes = [*ETYPES]
    has_dce_style = True
    # How it protects messages in pieces, and does so in DCE style.
    pieces = pieces_in_dce_style = ["sealed", "signed"]
    # Where it does otherwise than the others, and what is left out for that: docs/interop.md.
    agrees_on_etypes = opens_rc4_pieces = frames_rc4_in_dce_style = counts_unproven = True
    left_out = None
    # The octets of a token that it does not read, though they are protected.
    unread = {"wrap": (), "sign": (), "mic": ()}
    # What it is told behind `begin`, and its environment.
    initiates_with, accepts_with = [], []
    environment = {}

    def __init__(self):
        about = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process = subprocess.Popen(self.command, env=os.environ | self.environment, **about)

    def ask(self, *words):
        """The first word of the answer, and the others."""
        try:
            self.process.stdin.write(" ".join(words) + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline().rstrip("\n")
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise AssertionError(f"{self.name} ended with status {self.process.wait()} at: {words[0]}, which is no refusal")
        verdict, *rest = answer.split(" ")
        if verdict in ("rejected", "failed"):
            token = rest.pop(0) if verdict == "rejected" else ""
            raise Refused(f"{self.name} at `{words[0]}`: {' '.join(rest)}", token)
        return verdict, rest

    def tell(self, *words):
        """The same without that one."""
        return self.ask(*words)[1]

    def proposing(self, etype):
        """What makes an initiator propose this encryption type (RFC 4537), or with None all that it has."""
        names = [name for name in self.etypes if etype in (None, name)]
        return ["--etypes", ",".join(str(ETYPES[name][0]) for name in names)]

    def end(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


class Ours(Peer):
    name = "the crate"
    command = [os.environ["GSS_LINES"]]
    initiates_with = ["--ccache", f"{LAB}/alice.ccache"]
    accepts_with = ["--keytab", f"{LAB}/http.keytab"]

    def proposing(self, etype):
        return ["--without-etype-negotiation"] if etype else []


class OursWithNtlm(Ours):
    """With a password too: it offers Kerberos before NTLM."""

    name = "the crate with NTLM"
    initiates_with = [*Ours.initiates_with, "--user", NTLM_USER, "--password", "correct-horse"]


class OursNtlmFirst(OursWithNtlm):
    name = "the crate with NTLM first"
    initiates_with = [*OursWithNtlm.initiates_with, "--ntlm-first"]


class Mit(Peer):
    name = "MIT"
    command = [f"{LAB}/peers/mit"]
    environment = {
        "KRB5_CONFIG": f"{LAB}/krb5.conf",
        "KRB5CCNAME": f"FILE:{LAB}/alice.ccache",
        "KRB5_KTNAME": f"FILE:{LAB}/http.keytab",
        "KRB5RCACHEDIR": LAB,
    }
    # gss_wrap pads and frames a message of rc4 in DCE style as any other, against gss_wrap_iov.
    frames_rc4_in_dce_style = False
    left_out = "whole messages of rc4 in DCE style"


class MitWithNtlm(Mit):
    """With gss-ntlmssp: as an initiator it offers NTLM before Kerberos, as an acceptor it has nothing else."""

    name = "MIT with NTLM"
    environment = Mit.environment | {"GSS_MECH_CONFIG": f"{LAB}/ntlm-mech", "NTLM_USER_FILE": f"{LAB}/accounts"}
    initiates_with, accepts_with = ["--offer", "ntlm,kerberos"], ["--offer", "ntlm"]
    # gss-ntlmssp has none.
    pieces = pieces_in_dce_style = []

    def proposing(self, etype):
        return []


class Heimdal(Peer):
    name = "Heimdal"
    command = [f"{LAB}/peers/heimdal"]
    environment = Mit.environment | {"KRB5_CONFIG": f"{LAB}/heimdal.conf"}
    etypes = [name for name in ETYPES if not name.startswith("camellia")]
    # Signed messages in pieces are an error to it in DCE style (_gssapi_wrap_cfx_iov).
    pieces_in_dce_style = ["sealed"]
    # An acceptor that does not prove itself counts from the initiator's number; this initiator expects 0.
    counts_unproven = False
    # It looks for DCE style in the wrong place (_gssapi_unwrap_iov_arcfour).
    opens_rc4_pieces = False
    left_out = (
        "camellia; in DCE style signed messages in pieces, and pieces of rc4 to it; messages in sequence to its initiator "
        "without mutual authentication"
    )


class Jdk(Peer):
    name = "the JDK"
    command = [
        "java",
        f"-Djava.security.krb5.conf={LAB}/krb5.conf",
        f"-Djava.security.auth.login.config={LAB}/jaas.conf",
        "-Djavax.security.auth.useSubjectCredsOnly=false",
        f"-Djava.io.tmpdir={LAB}",
        "-cp",
        f"{LAB}/peers",
        "Lines",
    ]
    environment = Mit.environment
    etypes = Heimdal.etypes
    has_dce_style = agrees_on_etypes = False
    pieces = pieces_in_dce_style = []
    # It does not compare a sealed message's header in the clear with the encrypted one, and looks neither at the length of a
    # frame nor at rc4's padding.
    unread = {"wrap": range(1, 16), "sign": (1, 85), "mic": (1,)}
    left_out = "camellia, DCE style, messages in pieces"

    def proposing(self, etype):
        return []


def ahead(peer):
    """The same program, with a clock that is 20 minutes fast; and a cache of its own, in which Heimdal keeps what it learns."""
    cache = f"{LAB}/ahead.ccache"
    shutil.copy(f"{LAB}/alice.ccache", cache)
    about = {
        "name": f"{peer.name} with a fast clock",
        "command": ["faketime", "-f", "+20m", *peer.command],
        "environment": peer.environment | {"KRB5CCNAME": f"FILE:{cache}"},
    }
    return type(f"{peer.__name__}Ahead", (peer,), about)


# --- Groups of logins -----------------------------------------------------------------------------------------------


PAIRS = [(Ours, Ours), (Mit, Ours), (Ours, Mit), (Heimdal, Ours), (Ours, Heimdal), (Jdk, Ours), (Ours, Jdk)]


def main():
    """Everything; or the pairs of the command line, such as `Mit-Heimdal`."""
    named = {peer.__name__: peer for peer in (Ours, Mit, Heimdal, Jdk)}
    pairs = [map(named.get, pair.split("-")) for pair in sys.argv[1:]]
    for initiator, acceptor in pairs or PAIRS:
        Pair(initiator, acceptor).run()
    if not pairs:
        by_themselves()
    print("end")
    for peer in (Mit, Heimdal, Jdk):
        print(f"left out of {peer.name}: {peer.left_out}", file=sys.stderr)
    print(f"{logins} logins, {messages} messages, {damaged} damaged or repeated ones refused", file=sys.stderr)


def by_themselves():
    """What takes peers of its own."""
    Pair(MitWithNtlm, Ours).run_alone("Kerberos, where NTLM is the first choice", Login.second_choice, "negotiate")
    for peer in (Ours, Mit):
        Pair(OursNtlmFirst, peer).run_alone("Kerberos, where NTLM is the first choice", Login.second_choice, "negotiate")
    for peer in (Heimdal, Jdk):
        Pair(OursNtlmFirst, peer).run_alone("refused for want of a mechListMIC", Login.unsigned_offer, "negotiate")
    Pair(OursWithNtlm, MitWithNtlm).run_alone("NTLM, where Kerberos is the first choice", Login.down_to_ntlm, "negotiate")
    for peer in (Mit, Heimdal):
        Pair(Ours, ahead(peer)).run_alone("a clock that is wrong", Login.wrong_clock, *WRAPPINGS)
    Pair(ahead(Mit), Ours).run_alone("a clock that is wrong", Login.wrong_clock, *WRAPPINGS)
    Pair(ahead(Heimdal), Ours).run_alone("a clock that is set right", Login.corrected_clock, *WRAPPINGS)


class Pair:
    """An initiator and an acceptor, and all that is asked of them."""

    def __init__(self, initiator, acceptor):
        self.first, self.second = initiator(), acceptor()
        self.title = f"{initiator.name} to {acceptor.name}"
        self.etypes = [etype for etype in ETYPES if etype in initiator.etypes and etype in acceptor.etypes]
        self.peers = (self.first, self.second)

    def run(self):
        for wrapping in WRAPPINGS:
            for what, flags in FLAGS.items():
                if DCE_STYLE not in flags or all(peer.has_dce_style for peer in self.peers):
                    self.group(wrapping, what, lambda login: login.whole(LENGTHS), flags)
            self.group(wrapping, "every other set of flags", lambda login: login.whole(FEW_LENGTHS), *self.other_flags())
            self.group(wrapping, "another type agreed on", Login.better_etype, MESSAGES)
            self.group(wrapping, "a ticket of another type", Login.mixed, MESSAGES, etypes=[MIXED])
            self.group(wrapping, "how long a message may be", Login.limits, MESSAGES)
            self.group(wrapping, "delegation", Login.delegated, [*MESSAGES, DELEGATE])
            if isinstance(self.first, Ours):
                self.group(wrapping, "not delegated", Login.not_delegated, [*MESSAGES, DELEGATE], etypes=[MIXED])
            if isinstance(self.first, Ours) and wrapping == "kerberos":
                self.group(wrapping, "a changed answer", Login.changed_answer, MESSAGES)
            if isinstance(self.second, Ours):
                self.group(wrapping, "the first token again", Login.first_token_again, MESSAGES)
            self.group(wrapping, "a message again", Login.repeated, MESSAGES)
            self.group(wrapping, "bound to one channel", Login.bound, MESSAGES)
            self.group(wrapping, "bound to two channels", Login.bound_elsewhere, MESSAGES)
        self.end()

    def end(self):
        for peer in self.peers:
            peer.end()

    def run_alone(self, what, check, *wrappings):
        for wrapping in wrappings:
            self.group(wrapping, what, check, MESSAGES)
        self.end()

    def other_flags(self):
        """All sets of flags that are not in FLAGS."""
        known = [set(flags) for flags in FLAGS.values()]
        dce_style = [DCE_STYLE] if all(peer.has_dce_style for peer in self.peers) else []
        every = MESSAGES + dce_style
        sets = itertools.chain.from_iterable(itertools.combinations(every, count) for count in range(len(every) + 1))
        return [list(flags) for flags in sets if set(flags) not in known]

    def group(self, wrapping, what, check, *sets, etypes=None):
        title = f"{self.title}, {WRAPPINGS[wrapping]}, {what}"
        count, failures = 0, []
        for flags, etype in itertools.product(sets, etypes or self.etypes):
            try:
                check(Login(self, wrapping, etype, flags))
                count += 1
            except (Refused, AssertionError) as error:
                failures.append(f"{etype}, {'+'.join(flags) or 'no flag'}: {error}")
            if any(peer.process.poll() is not None for peer in self.peers):
                break
        if failures:
            print(f"no {title}: {len(failures)} of {len(failures) + count}, first {failures[0]}", flush=True)
        else:
            print(f"ok {title}: {count} logins", flush=True)


# --- One login ------------------------------------------------------------------------------------------------------


class Login:
    def __init__(self, pair, wrapping, service, flags):
        self.first, self.second = pair.peers
        self.wrapping, self.flags = wrapping, flags
        self.host = f"{service}.{DOMAIN}"
        self.target = self.service = f"HTTP/{self.host}@{REALM}"
        self.user = USER
        self.etype = "aes128-sha2" if service == MIXED else service

    def whole(self, lengths):
        self.establish()
        self.agreement()
        for length in lengths:
            self.protected(length)
        self.not_damaged()

    def begin(self, bound=None, bound_there=None):
        """`bound`: to which channel, as the initiator sees it; `bound_there`: as the acceptor does, if otherwise."""
        about = ["--target", self.target, "--mechanism", self.wrapping, *self.first.proposing(self.etype)]
        about += ["--flags", ",".join(self.flags)] if self.flags else []
        about += bindings(self.first, self.second, bound)
        self.first.tell("begin", "initiate", *self.first.initiates_with, *about)
        about = bindings(self.second, self.first, bound_there or bound)
        self.second.tell("begin", "accept", *self.second.accepts_with, *about)

    def establish(self, **about):
        global logins
        self.begin(**about)
        legs = self.dance()
        logins += 1
        return legs

    def dance(self, change=None):
        """How many tokens it takes. The last bit of that with the number `change` is changed."""
        sides, said, token = [self.first, self.second], [None, None], ""
        for leg in itertools.count():
            assert leg < 8, "the two do not come to an end"
            said[leg % 2], (token, *peer) = sides[leg % 2].ask("token", token)
            if said[leg % 2] == "established":
                self.peer_is(leg % 2, peer[0])
            if not token:
                break
            if leg == change:
                token = encoded(decoded(token)[:-1] + bytes([decoded(token)[-1] ^ 1]))
        assert said == ["established"] * 2, f"the two do not come to an end: {said}"
        return leg

    def peer_is(self, side, name):
        expected = self.service if side == 0 else self.user
        assert name == expected, f"{name} is not {expected}"

    def agreement(self):
        """One key on both sides, and the services that were asked for."""
        key, key_there = (peer.tell("key")[0] for peer in (self.first, self.second))
        assert key == key_there and len(decoded(key)) >= 16, "two keys"
        for peer in (self.first, self.second):
            agreed = self.agreed(peer)
            assert agreed >= set(self.flags), f"{peer.name} has not all flags: {agreed}"

    @staticmethod
    def agreed(peer):
        return set(peer.tell("agreed")[0].split(","))

    # --- Messages ---

    def ways(self):
        """How messages can be sent: what both sides have agreed on, in the words of the lines."""
        agreed = self.agreed(self.first) & self.agreed(self.second)
        sealed = {"wrap": "sealed"} if CONFIDENTIALITY in agreed else {}
        return sealed | ({"sign": "signed"} if agreed & {CONFIDENTIALITY, INTEGRITY} else {})

    def protected(self, length):
        ways = self.ways()
        for sender, receiver in self.directions():
            for verb, how in ways.items():
                self.message(sender, receiver, verb, how, content(length))
            if ways:
                mic = sender.tell("mic", content(length))[0]
                if self.etype:
                    found = len(decoded(mic))
                    assert found == ETYPES[self.etype][1], f"a MIC of {found} octets is not of {self.etype}"
                receiver.tell("verify", content(length), mic)
                count_message()
            if isinstance(sender, Ours):
                for verb in {"wrap", "sign"} - set(ways):
                    raises(f"{verb}, which was not agreed on", sender.tell, verb, content(length))

    def directions(self):
        """Who sends to whom."""
        back = [(self.second, self.first)]
        if SEQUENCE in self.flags and not {MUTUAL, DCE_STYLE} & {*self.flags} and not self.first.counts_unproven:
            back = []
        return [(self.first, self.second), *back]

    def message(self, sender, receiver, verb, how, message):
        dce_style = DCE_STYLE in self.flags
        rc4_in_dce_style = dce_style and self.etype == "rc4"
        if not rc4_in_dce_style or sender.frames_rc4_in_dce_style and receiver.frames_rc4_in_dce_style:
            wrapped = sender.tell(verb, message)[0]
            assert receiver.tell("unwrap", wrapped) == [message, how], f"{verb}ped to something else"
            count_message()
        if dce_style:
            can_open = how in receiver.pieces_in_dce_style and (receiver.opens_rc4_pieces or not rc4_in_dce_style)
            placements = ["in-front"] if how in sender.pieces_in_dce_style and can_open else []
        else:
            placements = ["in-front", "around"] if how in sender.pieces and how in receiver.pieces else []
        for placement in placements:
            self.in_pieces(sender, receiver, how, placement, message)

    def in_pieces(self, sender, receiver, how, placement, message):
        beside = content(24)
        header, data, trailer = sender.tell("wrap-pieces", how, placement, beside, message, beside)
        if self.etype == "rc4":
            assert len(decoded(trailer)) == (DCE_STYLE not in self.flags), "padding of rc4 is one octet, in DCE style none"
        else:
            assert bool(trailer) == (placement == "around"), f"a trailer of {len(decoded(trailer))} octets {placement}"
        unwrapped = receiver.tell("unwrap-pieces", placement, header, beside, data, beside, trailer)
        assert unwrapped == [message, how], f"pieces, {placement}, unwrapped to something else"
        count_message()

    def not_damaged(self):
        """One bit of a message either way. A context that refused a message need not go on."""
        ways = self.ways()
        if not ways:
            return
        message, verb = content(40), [*ways, "mic"][damaged // 2 % (len(ways) + 1)]
        sent = [sender.tell(verb, message)[0] for sender in (self.second, self.first)]
        for receiver, token in zip((self.first, self.second), sent):
            token, where = flipped(token, verb, receiver)
            check = ("verify", message, token) if verb == "mic" else ("unwrap", token)
            raises(f"bit {where} of {verb}, to {receiver.name}", receiver.tell, *check)

    def repeated(self):
        self.establish()
        message = content(40)
        sent = [sender.tell("wrap", message)[0] for sender in (self.second, self.first)]
        for receiver, token in zip((self.first, self.second), sent):
            receiver.tell("unwrap", token)
            raises(f"to {receiver.name}", receiver.tell, "unwrap", token)

    def limits(self):
        """The longest message of a token of 1000 octets, and for this crate that there is no longer one."""
        self.establish()
        for sender, receiver in ((self.first, self.second), (self.second, self.first)):
            for verb, how in self.ways().items():
                longest = int(sender.tell("limit", "1000", how)[0])
                token = sender.tell(verb, content(longest))[0]
                assert len(decoded(token)) <= 1000, f"{sender.name}'s {longest} octets are more than 1000"
                receiver.tell("unwrap", token)
                if isinstance(sender, Ours):
                    token = sender.tell(verb, content(longest + 1))[0]
                    assert len(decoded(token)) > 1000, f"more than {longest} octets are not more than 1000"
                    receiver.tell("unwrap", token)
                    count_message()
                count_message()

    # --- Tokens of the login ---

    def mixed(self):
        self.whole(FEW_LENGTHS)

    def better_etype(self):
        """The keys of the context are then of a better type than the session key, as far as the acceptor likes."""
        etype, self.etype = self.etype, None
        self.whole(FEW_LENGTHS)
        if etype == "rc4" and self.first.agrees_on_etypes and self.second.agrees_on_etypes:
            self.establish()
            length = len(decoded(self.first.tell("mic", content(1))[0]))
            assert length != ETYPES[etype][1], "nothing better than rc4 was agreed on"

    def first_token_again(self):
        self.begin()
        first = self.first.tell("token")[0]
        self.second.tell("token", first)
        self.begin()
        raises("the first token again", self.second.tell, "token", first)

    def changed_answer(self):
        """One bit of the acceptor's answer, again and again."""
        for _ in range(10):
            self.begin()
            answer = self.second.tell("token", self.first.tell("token")[0])[0]
            octets = bytearray(decoded(answer))
            # Behind the frame: one bit of its OID makes it Kerberos' other one, which Windows has.
            frame = 8 * 17
            where = frame + damaged * 7919 % (8 * len(octets) - frame)
            octets[where // 8] ^= 1 << where % 8
            raises(f"bit {where} of the answer", self.first.tell, "token", encoded(octets))

    def wrong_clock(self):
        """Who is refused for it reads why."""
        error = self.told_of_clock()
        assert error, "not refused"
        try:
            self.first.tell("token", error)
        except Refused as refusal:
            assert any(word in str(refusal).lower() for word in ("skew", "s apart")), refusal
            return
        raise AssertionError("the initiator goes on")

    def corrected_clock(self):
        """Heimdal's initiator believes the acceptor's clock, and tries again; from then on it is right."""
        error = self.told_of_clock()
        if error:
            token = self.first.tell("token", error)[0]
            self.second.tell("begin", "accept", *self.second.accepts_with)
            assert self.second.ask("token", token)[0] == "established", "still not right"

    def told_of_clock(self):
        """The acceptor's error for the initiator; none if it takes the token."""
        self.begin()
        try:
            verdict, (token, *_) = self.second.ask("token", self.first.tell("token")[0])
        except Refused as refusal:
            verdict, token = "rejected", refusal.token
            assert token, "the acceptor has nothing to say"
        return None if verdict == "established" else token

    # --- What was offered ---

    def second_choice(self):
        """What was not offered first: then both sides sign the offer, and see whether it was changed."""
        self.target, self.etype = f"HTTP@{self.host}", None
        legs = self.establish()
        for sender, receiver in self.directions():
            # An NTLM token does not say whether it is sealed.
            self.message(sender, receiver, "wrap", "sealed", content(16))
            receiver.tell("verify", content(16), sender.tell("mic", content(16))[0])
        for leg in (legs - 2, legs - 1):
            self.begin()
            raises(f"a changed mechListMIC in leg {leg}", self.dance, leg)

    def unsigned_offer(self):
        """The acceptor takes the second choice, and leaves the offer unsigned: then anybody may have changed it."""
        self.target, self.etype = f"HTTP@{self.host}", None
        self.begin()
        try:
            self.dance()
        except Refused as refusal:
            assert "mechListMIC" in str(refusal), refusal
            return
        raise AssertionError("not refused")

    def down_to_ntlm(self):
        """To an acceptor that has no Kerberos."""
        self.service, self.user = f"HTTP/{self.host}", NTLM_USER
        self.second_choice()

    # --- Delegation and channel bindings ---

    def delegated(self):
        """What the acceptor gets is good for another ticket."""
        self.establish()
        self.agreement()
        onward = f"HTTP/localhost@{REALM}"
        cache = f"{LAB}/delegated.ccache"
        user = self.second.tell("delegated", cache, onward)[0]
        assert user == USER, f"{user} delegated"
        if type(self.second) is not Jdk:
            environment = os.environ | Mit.environment
            ran = subprocess.run(["kvno", "-q", "-c", f"FILE:{cache}", onward], env=environment, capture_output=True, text=True)
            assert ran.returncode == 0, f"kvno: {ran.stderr.strip()}"
            os.remove(cache)

    def not_delegated(self):
        """The KDC does not say of this service that it can be trusted with the user's ticket."""
        self.establish()
        for peer in (self.first, self.second):
            assert DELEGATE not in self.agreed(peer), f"{peer.name} believes in delegation"
        raises("delegation", self.second.tell, "delegated", f"{LAB}/delegated.ccache", self.target)

    def bound(self):
        self.establish(bound="tls-server-end-point:here")
        if isinstance(self.second, Ours):
            compared = self.second.tell("agreed")[1]
            assert compared == "matched", f"the bindings are {compared}"
        self.protected(16)

    def bound_elsewhere(self):
        """It is the acceptor who says no."""
        self.begin(bound="tls-server-end-point:here", bound_there="tls-server-end-point:there")
        token = self.first.tell("token")[0]
        raises("other bindings", self.second.tell, "token", token)


def bindings(peer, other, data):
    """The JDK says that there is no address (255) where others say nothing of one (0)."""
    if data is None:
        return []
    address_type = ["--address-type", "255"] if isinstance(other, Jdk) and isinstance(peer, Ours) else []
    return ["--channel-bindings", data, *address_type]


def raises(what, action, *arguments):
    global damaged
    try:
        action(*arguments)
    except Refused:
        damaged += 1
        return
    raise AssertionError(f"not refused: {what}")


def flipped(token, verb, receiver):
    """Another bit of a token each time, out of those that are protected."""
    octets = bytearray(decoded(token))
    unread = {*receiver.unread[verb]}
    if octets[1] != 4:
        unread |= {*range(21, 29)}  # rc4: SND_SEQ, which no checksum covers (RFC 4757 section 7.3)
    elif verb == "sign":
        unread |= {6, 7}  # RRC, which none covers either (RFC 4121 section 4.2.4)
    where = damaged * 7919 % (8 * len(octets))
    while where // 8 in unread:
        where = (where + 97) % (8 * len(octets))
    octets[where // 8] ^= 1 << where % 8
    return encoded(octets), where


def count_message():
    global messages
    messages += 1


contents = {}


def content(length):
    """A message of this length, in base64."""
    if length not in contents:
        contents[length] = encoded(bytes(7 * i % 251 for i in range(length)))
    return contents[length]


def encoded(octets):
    return base64.b64encode(octets).decode()


def decoded(text):
    return base64.b64decode(text, validate=True)


if __name__ == "__main__":
    main()
