"""Somebody in between: passes one connection on, and flips a bit of what the server says.

Arguments: the port to listen at, the server's, how many of the server's answers to leave alone, and the server's address if
it is not 127.0.0.1. An answer is the first piece of 16 octets or more after the client spoke; what comes behind it is left
alone too. Says `listening` when it does.
"""

import selectors
import socket
import sys

port, server_port, honest = (int(argument) for argument in sys.argv[1:4])
listener = socket.create_server(("127.0.0.1", port))
print("listening", flush=True)
client, _ = listener.accept()
server = socket.create_connection((sys.argv[4] if len(sys.argv) > 4 else "127.0.0.1", server_port))
selector = selectors.DefaultSelector()
selector.register(client, selectors.EVENT_READ, server)
selector.register(server, selectors.EVENT_READ, client)
answers, asked = 0, True
while True:
    for key, _ in selector.select():
        octets = key.fileobj.recv(65536)
        if not octets:
            sys.exit()
        if key.fileobj is server and asked and len(octets) >= 16:
            answers, asked = answers + 1, False
            if answers == honest + 1:
                octets = octets[:-1] + bytes([octets[-1] ^ 1])
        elif key.fileobj is client:
            asked = True
        key.data.sendall(octets)
