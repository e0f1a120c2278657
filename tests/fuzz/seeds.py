#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""seeds.py TARGET FOLDER - what a fuzzer begins with: the texts and bytes of the unit tests, which
are those of servers, and of the test data, in the form that the target reads."""
import ast
import pathlib
import re
import sys

TESTS = pathlib.Path(__file__).resolve().parent.parent
STRING = r'"(?:[^"\\\n]|\\.)*"'


def strings(name):
    """The texts of a test in C, those side by side joined."""
    source = (TESTS / "unit" / name).read_text()
    source = re.sub(r"/\*.*?\*/|^#.*?$", "", source, flags=re.S | re.M)
    for found in re.findall(STRING + r"(?:\s*" + STRING + ")*", source):
        try:
            yield "".join(ast.literal_eval(part) for part in re.findall(STRING, found)).encode()
        except (SyntaxError, UnicodeError):
            continue


def statements(name):
    return [part.strip() for part in (TESTS / "data" / name).read_bytes().split(b";\n")]


def hexes(name):
    for text in strings(name):
        digits = text.replace(b" ", b"")
        if digits and len(digits) % 2 == 0 and re.fullmatch(rb"[0-9a-f]+", digits):
            yield bytes.fromhex(digits.decode())


def n_shapes(name):
    return len(re.findall(r"^    SHAPE\(", (TESTS / "fuzz" / name).read_text(), re.M))


def my_rows():
    for shape in range(n_shapes("fuzz_my_rows.c")):
        for bytes_ in set(hexes("test_my_decode.c")):
            if len(bytes_) < 256:
                yield bytes([0, shape, len(bytes_), 0, 0]) + bytes_


def pg_rows():
    for shape in range(n_shapes("fuzz_pg_rows.c")):
        for bytes_ in set(hexes("test_postgresql_spoilt.c")):
            row = len(bytes_).to_bytes(4, "big") + bytes_
            yield bytes([128, shape, len(row)]) + row


def my_sql():
    for name in ("test_my_passive.c", "test_my_catalog.c", "test_my_map.c"):
        for text in strings(name):
            if text.startswith((b"CREATE", b"ALTER")):
                yield b"\1" + text
                yield b"\2" + text
            else:
                yield b"\1CREATE TABLE `t` (\n  `b` text DEFAULT " + text + b"\n)"
    for text in [*strings("test_my_objects.c"), *statements("native.mariadb.sql")]:
        yield b"\0" + text
        yield b"\x40" + text


def pg_sql():
    for text in strings("test_postgresql_passive.c"):
        yield b"\0" + text
    for text in strings("test_postgresql_spell.c"):
        yield from (bytes([mode]) + text for mode in (1, 2, 4))
    for text in [*strings("test_postgresql_split.c"), *statements("native.postgresql.sql")]:
        yield b"\3" + text
    for text in strings("test_pg_catalog.c"):
        yield from (bytes([5 + 8 * kind]) + text for kind in range(24))


def text():
    for name, mode in (("test_json.c", 0), ("test_jsonb.c", 2), ("test_url.c", 7)):
        for found in strings(name):
            yield bytes([mode]) + found
            yield bytes([(mode + 1) % 8]) + found
    versions = list(strings("test_version.c"))
    for found in zip(versions, versions[1:], versions[2:]):
        yield b"\4" + b" ".join(found)
    for found in strings("test_fold.c"):
        yield b"\6\0\7" + found


def value():
    for name in ("test_text.c", "test_convert_meaning.c", "test_cell_json.c"):
        for number, found in enumerate(strings(name)):
            yield from (bytes([1, kind, number % 50, 0]) + found for kind in range(number % 7, 50, 7))


def stream():
    table = b'T{"name":"t","columns":[{"name":"a","type":"int32"}]}'
    yield b"H{}\n" + table + b"\nB\1\1\0\0\0\0abc\nD{}\nL{}"


def main():
    target, folder = sys.argv[1:]
    make = globals().get(target.removeprefix("fuzz_"))
    for number, seed in enumerate(make() if make else ()):
        if len(seed) < 4000:
            pathlib.Path(folder, f"made{number}").write_bytes(seed)


main()
