"""Pairs of implementations of Kerberos log in to each other and exchange messages, a line for each step (gss_lines.rs).

kerberos_pairs.py: reads what to run from the environment that kerberos.sh makes, and prints a line for each pair that holds
or does not; how many of each goes to $LAB/pairs.count.
"""

import base64
import itertools
import os
import subprocess
import sys

LAB = os.environ["LAB"]
DOMAIN = "example.com"
FLAGS = {"mutual": 2, "replay": 4, "sequence": 8, "conf": 16, "integ": 32, "dce": 4096, "deleg": 1}
ETYPES = os.environ["ETYPES"].split()
#: What is asked for, by the bits of GSS-API and the words of gss_lines.
ASKS = [
    ("all", 62, []),
    ("one-way", 60, ["--one-way"]),
    ("no-conf", 46, ["--without-confidentiality"]),
    ("no-order", 50, ["--without-sequence"]),
    ("one-way-no-order", 48, ["--one-way", "--without-sequence"]),
]
DCE = ("dce", 62 | 4096, ["--dce-style"])
DELEGATE = ("delegate", 63, ["--delegate"])
SAME = ("same-etype", 62, ["--same-etype"])


class Lines:
    def __init__(self, command, env):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={**os.environ, **env}
        )

    def ask(self, *words):
        line = " ".join(word if isinstance(word, str) else base64.b64encode(word).decode() for word in words)
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().decode().rstrip("\n")
        if not answer or answer.startswith(("rejected", "failed")):
            raise Exception(f"{words[0]}: {answer or 'no answer'}")
        return answer.split(" ", 2) + [""]

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def ours(role, wrapping, etype, ask):
    command = [os.environ["GSS_LINES"], role]
    if role == "initiate":
        command += ["--ccache", f"{LAB}/alice.ccache", "--target", f"HTTP@{etype}.{DOMAIN}", "--mechanism", wrapping]
        command += ask[2]
    else:
        command += ["--keytab", f"{LAB}/http.keytab"]
    return Lines(command, {})


def c_peer(which, configuration):
    def make(role, wrapping, etype, ask):
        command = [f"{LAB}/{which}", role, wrapping, f"HTTP@{etype}.{DOMAIN}", str(ask[1])]
        files = {"KRB5CCNAME": f"FILE:{LAB}/alice.ccache", "KRB5_KTNAME": f"FILE:{LAB}/http.keytab"}
        return Lines(command, {**files, "KRB5_CONFIG": f"{LAB}/{configuration}", "KRB5RCACHENAME": "none:"})

    return make


def jdk(role, wrapping, etype, ask):
    command = [
        "java",
        "-XX:TieredStopAtLevel=1",
        f"-Djava.security.krb5.conf={LAB}/jdk.conf",
        f"-Djava.security.auth.login.config={LAB}/{etype}.jaas",
        "-Djavax.security.auth.useSubjectCredsOnly=false",
        "-Dsun.security.krb5.rcache=none",
        "-cp",
        LAB,
        "Lines",
    ]
    return Lines([*command, role, wrapping, f"HTTP@{etype}.{DOMAIN}", str(ask[1])], {})


def talk(one, other):
    """Messages of each kind from one to the other."""
    for message in (b"", b"a", b"some message", bytes(range(256)) * 20):
        wrapped = one.ask("wrap", message)[1]
        assert base64.b64decode(other.ask("unwrap", wrapped)[1]) == message, "another message came"
        signature = one.ask("mic", message)[1]
        other.ask("verify", message, signature)


def login(initiator, acceptor):
    token, done = b"", [False, False]
    for _ in range(4):
        if not done[0]:
            word, token, who = initiator.ask("token", token)[:3]
            done[0] = word == "established"
            if token == "" or (done == [True, True]):
                break
        word, token, who = acceptor.ask("token", token)[:3]
        done[1] = word == "established"
        if token == "":
            break
    assert done == [True, True], f"established: {done}"


def order_is_lost(name, ask):
    """Heimdal's initiator waits for number 0 where there is no AP-REP; all acceptors, its own too, begin with the initiator's."""
    return name == "heimdal to us" and ask[0] == "one-way"


def pair(name, initiates, accepts, wrapping, etype, ask, messages=True):
    what = f"{name}: {wrapping} {etype} {ask[0]}"
    initiator, acceptor = initiates("initiate", wrapping, etype, ask), accepts("accept", wrapping, etype, ask)
    try:
        login(initiator, acceptor)
        if messages:
            talk(initiator, acceptor)
            if not order_is_lost(name, ask):
                talk(acceptor, initiator)
        print(f"ok   {what}")
        return True
    except Exception as why:
        print(f"FAIL {what}: {why}")
        return False
    finally:
        initiator.end()
        acceptor.end()


def main():
    peers = {"mit": (c_peer("mit", "krb5.conf"), ETYPES)}
    if os.path.exists(f"{LAB}/heimdal"):
        known = [etype for etype in ETYPES if not etype.startswith("camellia")]
        peers["heimdal"] = (c_peer("heimdal", "heimdal.conf"), known)
    if os.path.exists(f"{LAB}/Lines.class"):
        known = [etype for etype in ETYPES if not etype.startswith("camellia")]
        peers["jdk"] = (jdk, known)
    verdicts = []
    for name, (peer, etypes) in peers.items():
        if len(sys.argv) > 1 and name not in sys.argv[1:]:
            continue
        asks = ASKS[:2] if name == "jdk" else ASKS
        for wrapping, etype, ask in itertools.product(("kerberos", "negotiate"), etypes, [*asks, SAME]):
            # GSS-API's own wrap needs no confidentiality to be asked for; this crate keeps to what was agreed on.
            messages = ask[1] & 16 != 0
            verdicts.append(pair(f"we to {name}", ours, peer, wrapping, etype, ask, messages))
            if ask is not SAME:
                verdicts.append(pair(f"{name} to us", peer, ours, wrapping, etype, ask, messages))
        if name != "jdk":
            for etype in etypes:
                # Messages of DCE style come in pieces, which these lines have no words for.
                verdicts.append(pair(f"we to {name}", ours, peer, "kerberos", etype, DCE, False))
                verdicts.append(pair(f"{name} to us", peer, ours, "kerberos", etype, DCE, False))
        verdicts.append(pair(f"we to {name}", ours, peer, "negotiate", etypes[0], DELEGATE))
    with open(f"{LAB}/pairs.count", "w") as count:
        print(sum(verdicts), len(verdicts) - sum(verdicts), file=count)


main()
