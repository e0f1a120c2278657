#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""proxy.py LISTEN TARGET MODE BYTES: forward Unix sockets until BYTES have come from the server on
a connection; then MODE is close (both ends) or hang (nothing more passes).
proxy.py LISTEN TARGET swap OLD NEW: what the server says comes with NEW for OLD, which has as many
bytes; \\n, \\x00 and the like are understood. The file `swapped` says that it was so."""
import os
import socket
import sys
import threading
import time

listen, target, mode = sys.argv[1:4]
most = sys.maxsize if mode == "swap" else int(sys.argv[4])
old, new = [text.encode("latin1").decode("unicode_escape").encode("latin1") for text in sys.argv[4:6]] if mode == "swap" else (b"", b"")
assert len(old) == len(new)


def forward(source, sink, counts):
    passed = 0
    try:
        while data := source.recv(65536):
            if counts and old and old in data:
                data = data.replace(old, new)
                open("swapped", "w").close()
            if counts and passed + len(data) > most:
                sink.sendall(data[: most - passed])
                if mode == "hang":
                    time.sleep(3600)
                break
            sink.sendall(data)
            passed += len(data)
    except OSError:
        pass
    for end in (source, sink):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


if os.path.exists(listen):
    os.unlink(listen)
server = socket.socket(socket.AF_UNIX)
server.bind(listen)
server.listen(16)
print("ready", flush=True)
while True:
    client = server.accept()[0]
    upstream = socket.socket(socket.AF_UNIX)
    upstream.connect(target)
    for pair in ((upstream, client, True), (client, upstream, False)):
        threading.Thread(target=forward, args=pair, daemon=True).start()
