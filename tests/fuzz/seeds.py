#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""seeds.py TARGET FOLDER ARCHIVES - what a fuzzer begins with: the texts and bytes of the unit
tests, which are those of servers, and of the test data, in the form that the target reads.
ARCHIVES.stream and ARCHIVES.text are small archives."""
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


def pg_dump():
    def number(value):
        return b"\0" + value.to_bytes(4, "little")

    def entry(what, class_oid, oid, sql, minor):
        texts = [class_oid, oid, b"tag", what]
        behind = [b"DROP", b"", b"public", b"", b""]
        return b"".join(
            [number(1), number(0)]
            + [number(len(text)) + text for text in texts]
            + [number(2), number(len(sql)) + sql]
            + [number(len(text)) + text for text in behind]
            + [number(118)] * (minor >= 16)
            + [number(5) + b"owner", number(5) + b"false"]
            + [number(2) + b"12", b"\1\1\0\0\0", b"\0" * 9]
        )

    for minor in (14, 15, 16):
        head = b"PGDMP\1" + bytes([minor, 0, 4, 8, 1]) + (b"\0" if minor >= 15 else number(0))
        head += b"".join(map(number, (1, 2, 3, 4, 5, 6, 7))) + 3 * (number(2) + b"ab")
        entries = [
            entry(b"VIEW", b"1259", b"1", b"CREATE VIEW", minor),
            entry(b"FUNCTION", b"1255", b"2", b"CREATE FUNCTION", minor),
            entry(b"RULE", b"2618", b"9", b"CREATE RULE", minor),
            entry(b"TABLE", b"1259", b"7", b"CREATE TABLE", minor),
            entry(b"NEWS", b"1", b"8", b"x", minor),
        ]
        yield head + number(len(entries)) + b"".join(entries)


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
            for kind in range(number % 7, 50, 7):
                yield bytes([1, kind, number % 50, 0]) + found


def folder():
    """An archive's files, a letter before each line."""
    top = pathlib.Path(sys.argv[3] + ".text")
    names = ("Mmanifest.json", "Ttables.jsonl", "Oorigin.jsonl", "Rrows/000000.jsonl")
    files = [(name[0], (top / name[1:]).read_text().splitlines()) for name in names]
    yield "".join(f"{letter}{line}\n" for letter, lines in files for line in lines).encode()


def stream():
    """An archive's sections as lines, and each table's alone."""
    tags = ("HHEAD", "TTABL", "QSEQU", "OORIG", "DDONE", "SSTMP", "LLAST")
    letters = {tag[1:].encode(): tag[:1].encode() for tag in tags}
    lines, rest = [], pathlib.Path(sys.argv[3] + ".stream").read_bytes()[16:]
    while rest:
        tag, size = rest[:4], int.from_bytes(rest[4:8], "little")
        bytes_, rest = rest[8 : 8 + size], rest[8 + size :]
        if tag == b"BLCK":
            lines.append(b"Z" + bytes_.hex().encode())
        else:
            lines.append(letters[tag] + bytes_.replace(b"\n", b" "))
    yield b"\n".join(lines)
    begin = b"B\1\1\0\0\0"
    yield b"\n".join(begin + line[:40] if line[:1] == b"Z" else line for line in lines)


def main():
    target, folder = sys.argv[1:3]
    make = globals().get(target.removeprefix("fuzz_"))
    for number, seed in enumerate(make() if make else ()):
        if len(seed) < 20000:
            pathlib.Path(folder, f"made{number}").write_bytes(seed)


main()
