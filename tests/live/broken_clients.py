"""Clients that are slow, broken, or after someone else's login, at a whoami that takes NTLM: 127.0.0.1:PORT.

    broken_clients.py PORT

The tokens are pyspnego's, for the accounts of accounts.sh. Lines are `ok WHAT` and `no WHAT: WHY`, and `end`.
"""

import base64
import re
import resource
import socket
import sys
import time

import spnego

PASSWORDS = {"alice": "correct-horse", "bob": "another-password"}
PATIENCE = 30  # seconds, for a server that gives a request's header ten
IDLE = 1000


class Connection:
    """One connection, on which nothing is asked but what the test says."""

    def __init__(self):
        self.socket = socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=PATIENCE)
        self.stream = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, *requests):
        self.socket.sendall(b"".join(requests))

    def answer(self):
        """Status, the tokens of the challenges, and who the page says one is."""
        line = self.stream.readline()
        if not line:
            return 0, [], None
        length, tokens = 0, []
        while (field := self.stream.readline().strip()):
            name, value = field.split(b":", 1)
            if name.lower() == b"content-length":
                length = int(value)
            elif name.lower() == b"www-authenticate" and b" " in value.strip():
                tokens.append(value.split()[1])
        return int(line.split()[1]), tokens, who(self.stream.read(length).decode())

    def ask(self, token=None):
        self.send(request(token))
        return self.answer()

    def begin(self, client):
        """The first leg of a login; the third is returned."""
        status, tokens, _ = self.ask(client.step())
        assert status == 401 and tokens, f"no CHALLENGE, but {status}"
        return client.step(base64.b64decode(tokens[0]))

    def log_in(self, user, password=None):
        return self.ask(self.begin(login(user, password)))


def login(user, password=None):
    return spnego.client(
        f"LIVE\\{user}",
        password or PASSWORDS[user],
        hostname="localhost",
        service="HTTP",
        protocol="ntlm",
        options=spnego.NegotiateOptions.use_ntlm,
    )


def request(token=None):
    credential = b"Authorization: NTLM " + base64.b64encode(token) + b"\r\n" if token else b""
    return b"GET / HTTP/1.1\r\nHost: localhost\r\n" + credential + b"\r\n"


def who(page):
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", re.sub(r"(?s)<style.*?</style>", " ", page)))
    found = re.search(r"You are (\S+)", text)
    return found and found[1]


# --- What must hold -------------------------------------------------------------------------------------------------


def swapped_third_legs():
    with Connection() as first, Connection() as second:
        of_alice, of_bob = first.begin(login("alice")), second.begin(login("bob"))
        nobody(first.ask(of_bob))
        nobody(second.ask(of_alice))
        nobody(first.ask())
        nobody(second.ask())


def third_leg_elsewhere():
    with Connection() as first, Connection() as second:
        of_alice = first.begin(login("alice"))
        nobody(second.ask(of_alice))
        someone(first.ask(of_alice), "alice")
        nobody(second.ask())


def pipelined_behind_a_login():
    with Connection() as connection:
        connection.send(request(connection.begin(login("alice"))), request())
        someone(connection.answer(), "alice")
        someone(connection.answer(), "alice")


def pipelined_before_a_login():
    with Connection() as connection:
        connection.send(request(), request(login("alice").step()))
        nobody(connection.answer())
        status, tokens, _ = connection.answer()
        assert status == 401 and tokens


def something_between_the_legs():
    client = login("alice")
    with Connection() as connection:
        third = connection.begin(client)
        nobody(connection.ask())
        nobody(connection.ask(third))
        nobody(connection.ask())


def two_first_legs():
    with Connection() as connection:
        of_alice = connection.begin(login("alice"))
        nobody(connection.ask(login("bob").step()))
        nobody(connection.ask(of_alice))
        nobody(connection.ask())
        someone(connection.log_in("bob"), "bob")


def third_leg_twice():
    with Connection() as connection:
        third = connection.begin(login("alice"))
        someone(connection.ask(third), "alice")
        nobody(connection.ask(third))


def one_after_the_other():
    with Connection() as connection:
        someone(connection.log_in("alice"), "alice")
        someone(connection.ask(), "alice")
        third = connection.begin(login("bob"))
        someone(connection.ask(third), "bob")
        someone(connection.ask(), "bob")


def wrong_password_after_a_login():
    with Connection() as connection:
        someone(connection.log_in("alice"), "alice")
        nobody(connection.log_in("bob", "wrong"))
        nobody(connection.ask())


def begun_after_a_login():
    with Connection() as connection:
        someone(connection.log_in("alice"), "alice")
        connection.begin(login("bob"))
        nobody(connection.ask())


def no_login_left_for_the_next():
    with Connection() as connection:
        someone(connection.log_in("alice"), "alice")
    with Connection() as connection:
        nobody(connection.ask())


def octet_by_octet():
    with Connection() as connection:
        for octet in request(connection.begin(login("alice"))):
            connection.send(bytes([octet]))
        someone(connection.answer(), "alice")


def half_a_token():
    with Connection() as connection:
        third = connection.begin(login("alice"))
        nobody(connection.ask(third[: len(third) // 2]))
        nobody(connection.ask(third))


def a_token_of_a_megabyte():
    refused_at_length(b"Authorization: NTLM " + b"A" * (1 << 20) + b"\r\n")


def headers_of_a_megabyte():
    refused_at_length(b"".join(b"X-%d: %s\r\n" % (number, b"a" * 1000) for number in range(1000)))


def refused_at_length(headers):
    """Whatever the server does: no login, and it does not take for ever."""
    with Connection() as connection:
        try:
            connection.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n", headers, b"\r\n")
            status, _, name = connection.answer()
        except (BrokenPipeError, ConnectionResetError):
            return
        assert (status in (0, 401) or 400 <= status < 500) and name is None, f"{status} {name}"


def half_a_request_line():
    closed_after(b"GET / HT")


def half_a_token_then_silence():
    with Connection() as connection:
        third = base64.b64encode(connection.begin(login("alice")))
        closed_after(b"GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: NTLM " + third[:100], connection)


def closed_after(octets, connection=None):
    """The server waits, but not for ever."""
    with connection or Connection() as connection:
        connection.send(octets)
        begun = time.monotonic()
        status, _, name = connection.answer()
        assert status in (0, 408) and name is None, f"{status} {name}"
        assert time.monotonic() - begun < PATIENCE


def idle_handshakes():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4 * IDLE), hard))
    idle = []
    try:
        for _ in range(IDLE):
            connection = Connection()
            connection.begin(login("alice"))
            idle.append(connection)
        with Connection() as connection:
            someone(connection.log_in("bob"), "bob")
        client = login("alice")
        with Connection() as connection:
            someone(connection.ask(connection.begin(client)), "alice")
    finally:
        for connection in idle:
            connection.socket.close()


CHECKS = {
    "the third legs of alice and bob, swapped between their connections": swapped_third_legs,
    "a third leg on another connection than its first": third_leg_elsewhere,
    "a request behind the third leg, in the same write: alice's, as the connection is": pipelined_behind_a_login,
    "a request before the first leg, in the same write": pipelined_before_a_login,
    "a request without a token between the legs ends the login": something_between_the_legs,
    "a second first leg ends the first login, and does no other harm": two_first_legs,
    "a third leg, twice": third_leg_twice,
    "alice, then bob on the same connection: he is bob": one_after_the_other,
    "alice, then bob with a wrong password: nobody is left": wrong_password_after_a_login,
    "alice, then bob's first leg alone: nobody is left": begun_after_a_login,
    "alice's connection is closed: the next is nobody's": no_login_left_for_the_next,
    "a login, octet by octet": octet_by_octet,
    "half a third leg, then the whole": half_a_token,
    "a token of a megabyte": a_token_of_a_megabyte,
    "a megabyte of headers": headers_of_a_megabyte,
    "half a request line, then silence": half_a_request_line,
    "half a token, then silence": half_a_token_then_silence,
    f"{IDLE} logins begun and left: others get in": idle_handshakes,
    "and nobody is still nobody": no_login_left_for_the_next,
}


def someone(answer, user):
    status, _, name = answer
    assert (status, name) == (200, f"LIVE\\{user}"), f"{status}, {name}, not {user}"


def nobody(answer):
    status, _, name = answer
    assert (status, name) == (401, None), f"{status}, {name}"


def main():
    for what, check in CHECKS.items():
        what = what.replace(": ", ", ")
        try:
            check()
            print(f"ok {what}", flush=True)
        except Exception as error:
            print(f"no {what}: {type(error).__name__} {error}", flush=True)
    print("end")


if __name__ == "__main__":
    main()
