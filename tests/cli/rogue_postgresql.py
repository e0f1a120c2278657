#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""rogue_postgresql.py MODE: a server that is none, on a port of 127.0.0.1, which it prints; then
every message of type 'p' (a password, or a proof of one) that it is sent.

clear   asks for the password in clear
slow    the same, byte by byte
hidden  asks for a proof, and at once, unseen, for the password in clear
error   asks for nothing, answers with an error full of control characters
rows    answers with rows without end
notices answers with notices without end
"""
import socket
import struct
import sys
import time

mode = sys.argv[1]
SSL_REQUEST, GSS_REQUEST = 80877103, 80877104


def message(kind, body):
    return kind + struct.pack(">I", len(body) + 4) + body


def read(client, size):
    data = b""
    while len(data) < size:
        more = client.recv(size - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def read_message(client):
    kind = read(client, 1)
    return kind, read(client, struct.unpack(">I", read(client, 4))[0] - 4)


def start(client):
    while True:
        body = read(client, struct.unpack(">I", read(client, 4))[0] - 4)
        if struct.unpack(">I", body[:4])[0] not in (SSL_REQUEST, GSS_REQUEST):
            return
        client.sendall(b"N")


def ask(client):
    clear = message(b"R", struct.pack(">I", 3))
    proof = message(b"R", struct.pack(">I", 10) + b"SCRAM-SHA-256\0\0")
    if mode == "clear":
        client.sendall(clear)
    elif mode == "slow":
        for byte in clear:
            client.sendall(bytes([byte]))
            time.sleep(0.02)
    elif mode == "hidden":
        client.sendall(proof + clear[:2])
        time.sleep(0.2)
        client.sendall(clear[2:])
    while True:
        kind, body = read_message(client)
        print(kind.decode(), body, flush=True)


def let_in(client):
    client.sendall(
        message(b"R", struct.pack(">I", 0))
        + message(b"S", b"server_version\x0015.1\0")
        + message(b"S", b"server_encoding\0UTF8\0")
        + message(b"K", struct.pack(">II", 1, 2))
        + message(b"Z", b"I")
    )
    column = struct.pack(">H", 1) + b"x\0" + struct.pack(">IHIhih", 0, 0, 25, -1, -1, 0)
    rows = message(b"D", struct.pack(">HI", 1, 1000) + b"x" * 1000) * 100
    notices = message(b"N", b"SNOTICE\0C00000\0M" + b"hello " * 1000 + b"\0\0") * 20
    trouble = message(b"E", b"SERROR\0C42000\0Mno\x1b[31m way\n out\0\0")
    while True:
        while read_message(client)[0] != b"S":
            pass
        client.sendall(message(b"1", b"") + message(b"2", b""))
        if mode == "rows":
            client.sendall(message(b"T", column))
        while mode in ("rows", "notices"):
            client.sendall(rows if mode == "rows" else notices)
        client.sendall(trouble + message(b"Z", b"I"))


server = socket.socket()
server.bind(("127.0.0.1", 0))
server.listen(4)
print(server.getsockname()[1], flush=True)
while True:
    client = server.accept()[0]
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        start(client)
        if mode in ("clear", "slow", "hidden"):
            ask(client)
        let_in(client)
    except (EOFError, OSError):
        client.close()
