#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Defects planted in the SQLite reader are found by the double dump test, although the two dumps
agree with each other.

defects.py PROGRAM FOLDER - the program, and the folder of the plugin built with -DPD_DEFECTS, whose
defect PD_DEFECT chooses. For each defect: the reader does lose something; the plain double dump does
not see it (but where it must); `ddt` does, and names the table and the column.
"""
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile

PROGRAM, PLUGINS = (os.path.abspath(path) for path in sys.argv[1:3])

# What the plain double dump (dump, restore, dump, compare) says of a defect.
BLIND = "both dumps agree"
COUNT = "the number of rows tells"
SEES = "the dumps differ, since the defect undoes itself when it is met twice"

TABLE = "CREATE TABLE victim (id INTEGER PRIMARY KEY, v %s, other TEXT);"
UTF16 = "PRAGMA encoding = 'UTF-16le';"
LONG = "printf('%.*c', 5000000, 'x')"
TWO = "CREATE TABLE victim (id INTEGER PRIMARY KEY, v INTEGER, w INTEGER);"

# number of the defect, name, what the plain double dump says, SQL, column that must be named
CASES = [
    (1, "the last row is lost", COUNT,
     TABLE % "TEXT" + "INSERT INTO victim VALUES (1, 'a', 'x'), (2, 'b', 'y')", None),
    (2, "texts are cut", BLIND,
     TABLE % "TEXT" + "INSERT INTO victim VALUES (1, 'short', 'x'), (2, 'longer than 10', 'y')", "v"),
    (2, "texts are cut, in a column of all classes", BLIND,
     TABLE % "" + "INSERT INTO victim VALUES (1, 5, 'x'), (2, 'longer than 10', 'y'), (3, x'00', 'z')",
     "v"),
    (2, "texts are cut, in UTF-16", BLIND,
     UTF16 + TABLE % "TEXT" + "INSERT INTO victim VALUES (1, 'longer than 10', 'y')", "v"),
    (2, "texts are cut, in UTF-16 and a column of all classes", BLIND,
     UTF16 + TABLE % "" + "INSERT INTO victim VALUES (1, 'longer than 10', 'y'), (2, 5, 'x')", "v"),
    (2, "texts are cut, beside one that is never loaded", BLIND,
     TABLE % "TEXT" + "INSERT INTO victim VALUES (1, 'longer than 10', 'y'), (2, %s, 'x')" % LONG, "v"),
    (3, "floats are rounded", BLIND,
     TABLE % "REAL" + "INSERT INTO victim VALUES (1, 0.1, 'x'), (2, 0.123456789, 'y')", "v"),
    (3, "floats are rounded, by no more than their sum shows", BLIND,
     TABLE % "REAL" + "INSERT INTO victim VALUES (1, 1234567.0, 'x'), (2, -1234567.0, 'y'),"
     " (3, 0.1234567, 'x'), (4, 0.7654321, 'y')", "v"),
    (3, "large floats are rounded", BLIND,
     TABLE % "REAL" + "INSERT INTO victim VALUES (1, 1.2345678e+17, 'x'), (2, 3.0, 'y')", "v"),
    (4, "NULL becomes empty text", BLIND,
     TABLE % "TEXT" + "INSERT INTO victim VALUES (1, NULL, 'x'), (2, '', 'y')", "v"),
    (4, "NULL becomes empty text, among integers", BLIND,
     TABLE % "INTEGER" + "INSERT INTO victim VALUES (1, NULL, 'x'), (2, 7, 'y')", "v"),
    (5, "integers are cut", BLIND,
     TABLE % "INTEGER" + "INSERT INTO victim VALUES (1, 5000000000, 'x'), (2, 7, 'y')", "v"),
    (5, "integers are cut, among texts", BLIND,
     TABLE % "" + "INSERT INTO victim VALUES (1, -9223372036854775808, 'x'), (2, 'seven', 'y')", "v"),
    (6, "bytes end at NUL", BLIND,
     TABLE % "BLOB" + "INSERT INTO victim VALUES (1, x'610062', 'x'), (2, x'6100', 'y')", "v"),
    (7, "columns are exchanged", SEES,
     TWO + "INSERT INTO victim VALUES (1, 10, 20), (2, 11, 21)", "v"),
    (7, "columns are exchanged that have the same facts", SEES,
     TWO + "INSERT INTO victim VALUES (1, 10, 20), (2, 20, 10), (3, 5, 5)", None),
    (8, "blanks at the end are lost", BLIND,
     TABLE % "TEXT" + "INSERT INTO victim VALUES (1, 'a ', 'x'), (2, 'b', 'y')", "v"),
    (8, "blanks at the end are lost, in UTF-16", BLIND,
     UTF16 + TABLE % "TEXT" + "INSERT INTO victim VALUES (1, 'a ', 'x'), (2, 'b', 'y')", "v"),
    (8, "blanks at the end are lost, beside a text that is never loaded", BLIND,
     TABLE % "TEXT" + "INSERT INTO victim VALUES (1, 'a ', 'x'), (2, %s, 'y')" % LONG, "v"),
    (9, "a row comes twice", COUNT,
     TABLE % "TEXT" + "INSERT INTO victim VALUES (1, 'a', 'x'), (2, 'b', 'y')", None),
    (9, "a row comes twice, without a key", COUNT,
     "CREATE TABLE victim (v); INSERT INTO victim VALUES (1), (2)", None),
    (10, "signs are lost", BLIND,
     TABLE % "INTEGER" + "INSERT INTO victim VALUES (1, -7, 'x'), (2, 7, 'y')", "v"),
]


class Failure(Exception):
    pass


def check(condition, what):
    if not condition:
        raise Failure(what)


def polydump(defect, *arguments):
    environment = dict(os.environ, POLYDUMP_PLUGIN_PATH=PLUGINS, PD_DEFECT=str(defect))
    run = subprocess.run([PROGRAM, *arguments], env=environment, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, check=False)
    return run.returncode, (run.stdout + run.stderr).decode()


def succeed(defect, *arguments):
    status, said = polydump(defect, *arguments)
    check(status == 0, "%s: status %d: %s" % (arguments[0], status, said))


def rows(path):
    with sqlite3.connect(path) as db:
        return db.execute("SELECT * FROM victim ORDER BY 1").fetchall()


def files(folder):
    found = {}
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, folder)] = file.read()
    return found


def plain_double_dump(defect, expected):
    """Only rows are counted, and nothing is asked of the engines beside it."""
    if expected == COUNT:
        status, said = polydump(defect, "dump", "--facts=count", "source.db", "a")
        check(status in (1, 4) and "victim" in said, "dump: status %d: %s" % (status, said))
        return
    succeed(defect, "dump", "--facts=count", "--order=key", "source.db", "a")
    succeed(defect, "restore", "--no-verify", "a", "target.db")
    succeed(defect, "dump", "--facts=count", "--order=key", "target.db", "b")
    check(rows("source.db") != rows("target.db"), "the defect does no harm here")
    check((files("a") == files("b")) == (expected == BLIND), "expected: " + expected)


def double_dump_test(defect, column):
    status, said = polydump(defect, "ddt", "source.db")
    check(status in (1, 4), "ddt: status %d: %s" % (status, said))
    check(re.search(r"table '?victim", said), "ddt does not name the table: " + said)
    check(column is None or "column '%s'" % column in said,
          "ddt does not name the column: " + said)


def run(case):
    defect, _, expected, sql, column = case
    with sqlite3.connect("source.db") as db:
        db.executescript(sql)
    db.close()
    succeed(0, "ddt", "source.db")
    plain_double_dump(defect, expected)
    double_dump_test(defect, column)


def main():
    print("1..%d" % len(CASES))
    folder = tempfile.mkdtemp(prefix="polydump-defects-")
    n_failed = 0
    for number, case in enumerate(CASES, 1):
        here = os.path.join(folder, str(number))
        os.mkdir(here)
        os.chdir(here)
        try:
            run(case)
            print("ok %d - %s" % (number, case[1]))
        except Failure as failure:
            n_failed += 1
            print("not ok %d - %s" % (number, case[1]))
            print("# " + str(failure).replace("\n", "\n# "))
    os.chdir("/")
    shutil.rmtree(folder)
    return n_failed > 0


sys.exit(main())
