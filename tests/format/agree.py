# SPDX-License-Identifier: Apache-2.0
"""Holds polydump against the second reader, which was written from doc/format.md alone.

    agree.py POLYDUMP SOURCE_ROOT [READER]

Dumps databases in every form and compares, with the second reader, what each form says: rows,
digests, content id, and every row by its text. Then it damages archives: neither reader may take
one. A line a test, as TAP has them; the last line counts them.
"""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

PROGRAM, ROOT = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
READER = os.path.abspath((sys.argv[3:] or [os.path.join(ROOT, "tests", "second_reader.py")])[0])
CHINOOK = os.environ.get("POLYDUMP_CHINOOK") or os.path.join(
    ROOT, "..", "shared", "data", "chinook.sqlite")

FORMS = {
    "binary": [], "text": ["--text"], "stream": ["--stream"], "by key": ["--order=key"],
    "text by key": ["--order=key", "--text"], "stream by key": ["--order=key", "--stream"],
    "schema": ["--schema-only"], "text schema": ["--schema-only", "--text"],
    "stream schema": ["--schema-only", "--stream"],
    "stamp": ["--stamp"], "stream stamp": ["--stamp", "--stream"], "eight lanes": ["--jobs", "8"],
}
# The rows of these are the same, in the same order.
SAME_ROWS = [["binary", "stream", "stamp", "stream stamp", "eight lanes"],
             ["text", "text by key", "by key", "stream by key"]]

LARGE = """
CREATE TABLE before (a TEXT PRIMARY KEY, b REAL) WITHOUT ROWID;
INSERT INTO before VALUES ('x', 0.5), ('y', -0.0), ('z', NULL);
CREATE TABLE many (id INTEGER PRIMARY KEY, n INT);
WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 600000)
INSERT INTO many SELECT i, i * i % 4294967291 * 1103515245 % 4294967291 FROM c;
CREATE TABLE none (a INT);
CREATE TABLE after (a);
INSERT INTO after VALUES (1), (1.0), ('1'), (x'31'), (NULL);
"""
LONG = """
CREATE TABLE long (id INTEGER PRIMARY KEY, t TEXT, b BLOB, d DATE);
INSERT INTO long VALUES (1, 'short', x'00', 1);
INSERT INTO long VALUES (2, replace(hex(zeroblob(625000)), '00', 'aé€-'), NULL, 2);
INSERT INTO long VALUES (3, NULL, zeroblob(9000000), 3);
INSERT INTO long VALUES (4, CAST(x'ff' || zeroblob(4194304) AS TEXT), CAST(zeroblob(4194305) AS TEXT), 4);
INSERT INTO long VALUES (5, 'last', zeroblob(4194304), 5);
"""


class Report:
    """Counts tests and tells of each."""

    def __init__(self):
        self.passed = self.failed = 0

    def tell(self, right, name, why=""):
        self.passed += bool(right)
        self.failed += not right
        print(f"{'ok' if right else 'not ok'} {self.passed + self.failed} - {name}")
        if not right and why:
            print("# " + str(why)[:400].replace("\n", "\n# "))
        sys.stdout.flush()


def run(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)


def polydump(*arguments):
    return run(PROGRAM, arguments[0], "--quiet", *arguments[1:])


def reader(*arguments):
    return run(sys.executable, READER, *arguments)


def make(folder, name, script):
    path = os.path.join(folder, name + ".db")
    made = subprocess.run(["sqlite3", "-bail", path], input=script.encode(), check=False,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if made.returncode:
        sys.exit(f"{name}: {made.stderr.decode()}")
    return path


def dump(database, form, path):
    done = polydump("dump", *FORMS[form], database, path)
    return done.returncode in (0, 3), done.stderr.decode()


def digests(path):
    """Rows and digest of each table, as polydump finds them when it reads all of it."""
    done = polydump("verify", "--json", path)
    if done.returncode:
        return done.stderr.decode()
    return [(t["read"], t["digest"]) for t in json.loads(done.stdout)["tables"]]


class Reading:
    """What the second reader says of an archive."""

    def __init__(self, path, rows=True):
        done = reader(*["--rows"] * rows, path)
        self.error = done.stderr.decode()
        self.right = done.returncode == 0
        lines = done.stdout.split(b"\n")[:-1]
        self.rows = [line for line in lines if line.startswith(b"{")]
        tables = [line.rsplit(b" ", 2) for line in lines if line.startswith(b"table ")]
        self.tables = [(int(n), digest.decode()) for _, n, digest in tables]
        self.content = lines[-1].split()[-1].decode() if self.right else None


def compare_program(report, name, path, reading):
    """The program and the second reader, of one archive."""
    theirs = digests(path)
    schema = "schema" in name
    report.tell(schema or theirs == reading.tables, f"{name}: rows and digests of all tables",
                f"{theirs} {reading.tables}")
    if os.path.isdir(path):
        info = json.loads(polydump("info", "--json", path).stdout)
        mine = reading.content, [rows for rows, _ in reading.tables]
        its = info["content_id"], [t.get("rows", 0) for t in info["tables"]]
        report.tell(mine == its, f"{name}: content id and rows", f"{its} {mine}")


def compare_rows(report, name, path, reading):
    lines = polydump("cat", path).stdout.split(b"\n")[:-1]
    report.tell(lines == reading.rows, f"{name}: every row as polydump cat has it",
                f"{len(lines)} {len(reading.rows)}")


def compare_forms(report, name, readings):
    """Archives of one database in several forms, among each other."""
    contents = {form: r.content for form, r in readings.items() if "schema" not in form}
    report.tell(len(set(contents.values())) == 1, f"{name}: one content id", contents)
    for first, *others in SAME_ROWS:
        for other in others:
            if first in readings and other in readings:
                report.tell(readings[first].rows == readings[other].rows and readings[first].rows,
                            f"{name}: rows of '{other}' as in '{first}'")
    report.tell(sorted(readings["binary"].rows) == sorted(readings["text"].rows),
                f"{name}: the same rows in source order and by key")


def one_form(folder, name, database, form, rows):
    path = os.path.join(folder, f"{name} {form}")
    dumped, error = dump(database, form, path)
    return form, path, dumped, error, Reading(path, rows) if dumped else None


def test_database(report, pool, folder, name, database, forms, rows=True):
    readings = {}
    for form, path, dumped, error, reading in pool.map(
            lambda form: one_form(folder, name, database, form, rows), forms):
        right = dumped and reading.right
        report.tell(right, f"{name}, {form}: the second reader takes it",
                    error if not dumped else reading.error)
        if not right:
            continue
        readings[form] = reading
        compare_program(report, f"{name}, {form}", path, reading)
        if rows and form in ("binary", "text", "by key", "stream"):
            compare_rows(report, f"{name}, {form}", path, reading)
    if rows and {"binary", "text"} <= readings.keys():
        compare_forms(report, name, readings)


def files_of(path):
    if not os.path.isdir(path):
        return [path]
    found = []
    for folder, _, names in os.walk(path):
        found += [os.path.join(folder, n) for n in names]
    return sorted(found)


def spoil(path, place, bit):
    """One bit of a file is another one."""
    with open(path, "r+b") as file:
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(place)
        file.write(bytes([byte ^ 1 << bit]))


def refused(copy):
    """Neither takes it; what they say."""
    mine, its = reader(copy), polydump("verify", copy)
    right = mine.returncode == 1 and not mine.stdout and mine.stderr and its.returncode in (1, 4)
    return right, f"reader {mine.returncode}, polydump {its.returncode}"


def damages(path):
    """Names of damages and what does them: bits in every file, cuts, files that are gone."""
    choose = random.Random(7)
    for name in files_of(path):
        size, short = os.path.getsize(name), os.path.relpath(name, os.path.dirname(path))
        inner = os.path.relpath(name, path) if os.path.isdir(path) else ""
        for place in choose.sample(range(size), min(2 if inner else 6, size)):
            bit = choose.randrange(8)
            yield f"{short}: bit {bit} of byte {place}", inner, ("flip", place, bit)
        if size:
            yield f"{short}: cut by one byte", inner, ("cut", size - 1, 0)
        yield f"{short}: a byte more", inner, ("more", 0, 0)
        if inner:
            yield f"{short}: gone", inner, ("gone", 0, 0)


def damage(original, copy, inner, what):
    """True: a copy that was damaged is refused."""
    if os.path.isdir(original):
        shutil.copytree(original, copy)
    else:
        shutil.copyfile(original, copy)
    target = os.path.join(copy, inner) if inner else copy
    kind, place, bit = what
    if kind == "flip":
        spoil(target, place, bit)
    elif kind == "cut":
        os.truncate(target, place)
    elif kind == "gone":
        os.remove(target)
    else:
        with open(target, "ab") as file:
            file.write(b"\n")
    return refused(copy)


def test_damage(report, pool, folder, name, form):
    path = os.path.join(folder, f"{name} {form}")
    if not os.path.exists(path):
        return report.tell(False, f"{name}, {form}: there is nothing to damage")
    cases = list(damages(path))
    copies = [os.path.join(folder, f"spoilt {form} {i}") for i in range(len(cases))]
    for (case, _, _), (right, why) in zip(cases, pool.map(
            lambda c: damage(path, c[0], c[1][1], c[1][2]), zip(copies, cases))):
        report.tell(right, f"refused by both: {case}", why)


def script(name):
    with open(os.path.join(ROOT, "tests", "data", name), encoding="utf-8") as file:
        return file.read()


def main():
    report = Report()
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        databases = {"sample": make(folder, "sample", script("sample.sql")),
                     "nasty": make(folder, "nasty", script("nasty.sqlite.sql"))}
        few = {"chinook": ["binary", "text", "stream by key"]}
        if os.path.exists(CHINOOK):
            databases["chinook"] = CHINOOK
        else:
            print("# Chinook is not there: without it")
        for name, database in databases.items():
            test_database(report, pool, folder, name, database, few.get(name, list(FORMS)))
        test_database(report, pool, folder, "long", make(folder, "long", LONG),
                      ["binary", "text", "stream"])
        test_database(report, pool, folder, "large", make(folder, "large", LARGE),
                      ["eight lanes", "stream"], rows=False)
        packs = os.listdir(os.path.join(folder, "large eight lanes", "rows"))
        report.tell("000002-0001-000.pack" in packs and "small-000000.pack" in packs,
                    "large: a part has packs of its own, others share one", sorted(packs))
        for form in ("stamp", "text", "stream stamp"):
            test_damage(report, pool, folder, "sample", form)
    print(f"1..{report.passed + report.failed}")
    return report.failed > 0


if __name__ == "__main__":
    sys.exit(main())
