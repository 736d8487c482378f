"""This crate and other people's NTLM, each with each: logins, keys, protected messages, and what has to be refused.

Prints a line for each check, and `end`. ntlm.sh sets up what the peers read, and counts.
"""

from peers import Command, Crate, GssNtlmssp, Login, NtlmAuth, Pyspnego, Refused

OURS = [Crate, Command]
THEIRS = [Pyspnego, GssNtlmssp, NtlmAuth]
MESSAGES = [b"", b"a", b"one block and a bit", bytes(range(256)) * 256]


def main():
    for ours in OURS:
        for theirs in THEIRS:
            for wrapping in ("ntlm", "negotiate"):
                pair(ours, theirs, wrapping)
                pair(theirs, ours, wrapping)
    print("end")


def pair(initiator, acceptor, wrapping):
    """All that is asked of these two, in these roles."""
    global title
    carried = "bare" if wrapping == "ntlm" else "in SPNEGO"
    title = f"{initiator.name} to {acceptor.name}, {carried}"

    known = Login(wrapping)
    check("alice logs in, one key on both sides", lambda: one_key(*login(initiator, acceptor, known)))
    if initiator.protects and acceptor.protects:
        check("sealed and signed, both ways", lambda: protected(*login(initiator, acceptor, known)))
        if initiator.has_pieces and acceptor.has_pieces:
            check("as WinRM has it, both ways", lambda: winrm(*login(initiator, acceptor, known)))
            check("in pieces, both ways", lambda: in_pieces(*login(initiator, acceptor, known)))
            check("a changed header of WinRM's", lambda: winrm_changed(*login(initiator, acceptor, known)))
        # A context that refused a message is not used again.
        check("a changed message to the acceptor", lambda: changed(*login(initiator, acceptor, known)))
        check("a changed message to the initiator", lambda: changed(*reversed(login(initiator, acceptor, known))))
        check("a message again to the acceptor", lambda: taken_once(*login(initiator, acceptor, known)))
        check("a message again to the initiator", lambda: taken_once(*reversed(login(initiator, acceptor, known))))
    check("a wrong password", lambda: refused(initiator, Login(wrapping, password="wrong"), acceptor, known))
    if acceptor is not NtlmAuth:
        check("a stranger", lambda: refused(initiator, Login(wrapping, user="mallory"), acceptor, known))
        check("another domain", lambda: refused(initiator, Login(wrapping, domain="OTHER"), acceptor, known))
    check("the same AUTHENTICATE again", lambda: replayed(initiator, acceptor, known))
    if acceptor is Crate:
        here, elsewhere = (["--require-target", f"HTTP/{host}"] for host in ("localhost", "elsewhere"))
        check("meant for this service", lambda: login(initiator, acceptor, known, Login(wrapping, demands=here)))
        check("meant for another", lambda: refused(initiator, known, acceptor, Login(wrapping, demands=elsewhere)))
        mic = Login(wrapping, demands=["--require-mic"])
        if wrapping in initiator.mic_in:
            check("with a message integrity code", lambda: login(initiator, acceptor, known, mic))
        else:
            check("without a message integrity code", lambda: refused(initiator, known, acceptor, mic))
    if initiator.binds and acceptor.binds:
        bound, elsewhere = (Login(wrapping, bindings=b"tls-server-end-point:" + name) for name in (b"here", b"there"))
        check("bound to the same channel", lambda: one_key(*login(initiator, acceptor, bound)))
        check("bound to another channel", lambda: refused(initiator, elsewhere, acceptor, bound))


# --- What must hold -------------------------------------------------------------------------------------------------


def login(initiator, acceptor, theirs, ours=None):
    """Both peers, after a login that both believe."""
    first, second = initiator("initiate", theirs), acceptor("accept", ours or theirs)
    dance(first, second)
    name = second.who()
    assert name == theirs.name, f"the acceptor believes it is {name}"
    return first, second


def dance(first, second):
    token = first.step(None)
    for _ in range(4):
        token = second.step(token)
        if token is not None:
            token = first.step(token)
        if token is None:
            break
    assert first.complete and second.complete, "the two do not come to an end"


def one_key(first, second):
    assert first.key() == second.key(), "two keys"
    assert len(first.key()) == 16 and any(first.key()), "no key"


def protected(first, second):
    smallest = max(first.smallest, second.smallest)
    for message in (message for message in MESSAGES if len(message) >= smallest):
        for sender, receiver in ((first, second), (second, first)):
            sealed = sender.wrap(message)
            assert len(message) < 2 or message not in sealed, "sent in the clear"
            assert receiver.unwrap(sealed) == message, "unwrapped to something else"
            receiver.verify(message, sender.sign(message))
    # Two messages on their way at once.
    one, two = first.wrap(b"one"), first.wrap(b"two")
    assert [second.unwrap(one), second.unwrap(two)] == [b"one", b"two"], "out of step"


def winrm(first, second):
    for message in MESSAGES:
        for sender, receiver in ((first, second), (second, first)):
            header, data = sender.wrap_winrm(message)
            assert len(header) == 16 and len(data) == len(message), "not a signature and as much as there was"
            assert len(message) < 2 or data != message, "sent in the clear"
            assert receiver.unwrap_winrm(header, data) == message, "unwrapped to something else"
            # One behind the other, they are a token.
            assert receiver.unwrap(b"".join(sender.wrap_winrm(message))) == message, "unwrapped to something else"


def winrm_changed(sender, receiver):
    header, data = sender.wrap_winrm(b"pay alice 10")
    raises(lambda: receiver.unwrap_winrm(header[:-1] + bytes([header[-1] ^ 1]), data))


def in_pieces(first, second):
    """What stands around the message is signed with it, and changed there is noticed."""
    for sender, receiver in ((first, second), (second, first)):
        header, data = sender.wrap_pieces(b"before", b"hello", b"behind")
        assert receiver.unwrap_pieces(header, b"before", data, b"behind") == b"hello", "unwrapped to something else"
    header, data = first.wrap_pieces(b"before", b"hello", b"behind")
    raises(lambda: second.unwrap_pieces(header, b"befare", data, b"behind"))


def changed(sender, receiver):
    assert receiver.unwrap(sender.wrap(b"hello")) == b"hello", "unwrapped to something else"
    sealed = bytearray(sender.wrap(b"pay alice 10"))
    sealed[-1] ^= 1
    raises(lambda: receiver.unwrap(bytes(sealed)))


def taken_once(sender, receiver):
    sealed = sender.wrap(b"pay alice 10")
    assert receiver.unwrap(sealed) == b"pay alice 10", "unwrapped to something else"
    raises(lambda: receiver.unwrap(sealed))


def refused(initiator, theirs, acceptor, ours):
    """The acceptor says no: an initiator that gives up by itself would prove nothing of it."""
    first, second = initiator("initiate", theirs), acceptor("accept", ours)
    token = second.step(first.step(None))
    token = first.step(token)
    raises(lambda: second.step(token))


def replayed(initiator, acceptor, known):
    first, second = initiator("initiate", known), acceptor("accept", known)
    hello = first.step(None)
    answer = first.step(second.step(hello))
    second.step(answer)
    third = acceptor("accept", known)
    third.step(hello)
    raises(lambda: third.step(answer))


def raises(action):
    try:
        action()
    except AssertionError:
        raise
    except Exception:
        return
    raise AssertionError("not refused")


def check(what, action):
    try:
        action()
        print(f"ok      {title}: {what}", flush=True)
    except Exception as error:
        print(f"FAILED  {title}: {what}: {type(error).__name__}: {error}", flush=True)


if __name__ == "__main__":
    main()
