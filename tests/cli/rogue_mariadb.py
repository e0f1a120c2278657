#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""rogue_mariadb.py MODE [FILE]: a server that is none, on a port of 127.0.0.1, which it prints, or on
a socket, if FILE is unix:PATH; then a line for each thing that it is sent.

clear    asks for the password in clear, by a change of the method
dialog   the same, by the method that asks for anything
sha      asks for the password under a key of its own
old      asks for the password as servers before 4.1 did, by the name of that method
older    the same, as they did
unknown  asks for a method that is in FILE
long     asks for a method with a name of 64 KB
tls      says that it can do TLS, and goes on without
infile   answers every statement with a request for FILE
early    asks for FILE instead of letting in
error    answers every statement with an error full of control characters
rows     answers with rows without end
version  has a version that is no number
named    has the version FILE
cut      breaks off in the middle of its greeting
claims   answers with the head of a packet of 16 MB, and a part of it
columns  answers with 65535 columns, of which one comes, and a row
cells    answers with a cell that says it has 2 to the power of 63 bytes
fewer    answers with rows that have fewer cells than there are columns
warnings says that all went well, and that there are 65535 warnings, which are no end of rows
quiet    says nothing at all
"""
import socket
import struct
import sys
import time

mode = sys.argv[1]
wanted = sys.argv[2].encode() if len(sys.argv) > 2 else b""
# All that a server of today can do but TLS and compression.
CAPABILITIES = 0x81FFF7FE & ~0x820
OK = b"\0\0\0\2\0\0\0"


class Peer:
    def __init__(self, client):
        self.client = client
        self.number = 0

    def exactly(self, size):
        data = b""
        while len(data) < size:
            more = self.client.recv(size - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def read(self):
        head = self.exactly(4)
        self.number = head[3] + 1
        return self.exactly(int.from_bytes(head[:3], "little"))

    def packet(self, body):
        head = len(body).to_bytes(3, "little") + bytes([self.number & 255])
        self.number += 1
        return head + body

    def write(self, body):
        self.client.sendall(self.packet(body))


def text(value):
    return bytes([len(value)]) + value


def greeting():
    version = {"version": b"99.99\x1b[31m" + b"x" * 5000, "named": wanted}.get(mode, b"5.5.5-10.11.4-MariaDB")
    can = CAPABILITIES | (0x800 if mode == "tls" else 0)
    return (
        b"\x0a" + version + b"\0" + struct.pack("<I", 7) + b"abcdefgh\0"
        + struct.pack("<HBHH", can & 0xFFFF, 45, 2, can >> 16)
        + b"\x15" + b"\0" * 10 + b"ijklmnopqrst\0" + b"mysql_native_password\0"
    )


def heard(what, body):
    print(what, body[:200], flush=True)


def let_in(peer):
    if mode == "cut":
        peer.client.sendall(peer.packet(greeting())[:40])
        raise EOFError
    peer.write(greeting())
    body = peer.read()
    heard("LOGIN", body[32:])
    methods = {"clear": b"mysql_clear_password", "dialog": b"dialog", "sha": b"caching_sha2_password",
               "old": b"mysql_old_password", "unknown": wanted, "long": b"m" * 65536, "tls": b"mysql_clear_password"}
    if mode == "older":
        peer.write(b"\xfe")
        heard("ANSWER", peer.read())
    if mode in methods:
        question = b"\2Password: " if mode == "dialog" else b"0123456789abcdefghij\0"
        peer.write(b"\xfe" + methods[mode] + b"\0" + question)
        heard("ANSWER", peer.read())
        if mode == "sha":
            peer.write(b"\1\4")
            heard("ANSWER", peer.read())
    if mode == "early":
        peer.write(b"\xfb" + wanted)
        while True:
            heard("FILE", peer.read())
    peer.write(OK)


def column():
    return b"".join(text(t) for t in (b"def", b"", b"", b"", b"x", b"")) + b"\x0c" + struct.pack("<HIBHB", 45, 1000, 253, 0, 0) + b"\0\0"


def results(peer, n_columns, rows):
    """What comes behind the number of columns."""
    peer.write(n_columns)
    peer.write(column())
    if n_columns == b"\2":
        peer.write(column())
    peer.write(b"\xfe\0\0\2\0")
    for row in rows:
        peer.write(row)


def lie(peer):
    if mode == "claims":
        peer.client.sendall(b"\xff\xff\xff\1" + b"\1" * 1000)
    elif mode == "columns":
        results(peer, b"\xfc\xff\xff", [text(b"1")])
    elif mode == "cells":
        results(peer, b"\1", [b"\xfe\0\0\0\0\0\0\0\x80" + b"x" * 100])
    elif mode == "fewer":
        results(peer, b"\2", [text(b"1")] * 3)
        peer.write(b"\xfe\0\0\2\0")
    else:
        peer.write(b"\0\0\0\2\0\xff\xff")


def answer(peer, body):
    peer.number = 1
    if body[:1] != b"\3":
        peer.write(OK)
    elif mode == "infile":
        peer.write(b"\xfb" + wanted)
        while data := peer.read():
            heard("FILE", data)
        peer.write(OK)
    elif mode in ("claims", "columns", "cells", "fewer", "warnings"):
        lie(peer)
    elif mode == "rows":
        results(peer, b"\1", [])
        while True:
            peer.client.sendall(b"".join(peer.packet(b"\xfc\xe8\3" + b"x" * 1000) for _ in range(256)))
    else:
        peer.write(b"\xff\x28\x04#42000no\x1b[31m way\n out")


if wanted.startswith(b"unix:"):
    server = socket.socket(socket.AF_UNIX)
    server.bind(wanted[5:])
else:
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
server.listen(4)
print(wanted.decode() if wanted.startswith(b"unix:") else server.getsockname()[1], flush=True)
while True:
    client = server.accept()[0]
    peer = Peer(client)
    try:
        if mode == "quiet":
            time.sleep(3600)
        let_in(peer)
        while True:
            body = peer.read()
            heard("COMMAND", body)
            if body[:1] == b"\1":
                break
            answer(peer, body)
    except (EOFError, OSError):
        pass
    client.close()
