# SPDX-License-Identifier: Apache-2.0
"""same.py OLD NEW - are two SQLite files the same database? Looks by SQL alone: sqlite_schema, every
row of every table that has pages of its own in the order of its keys, each cell by storage class
and bytes (a real by its 64 bits), and the settings that a database carries. Says what differs."""

import itertools
import marshal
import sqlite3
import sys


def connect(path):
    connection = sqlite3.connect("file:" + path.replace("?", "%3f") + "?mode=ro", uri=True)
    connection.text_factory = bytes
    return connection


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def text(value):
    return None if value is None else value.decode("utf-8", "surrogateescape")


def settings(connection):
    names = ("encoding", "application_id", "user_version", "page_size", "auto_vacuum")
    return {name: connection.execute("PRAGMA " + name).fetchone()[0] for name in names}


def schema(connection):
    rows = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema")
    return sorted(tuple(text(value) or "" for value in row) for row in rows)


def tables(connection):
    rows = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 ORDER BY name")
    return [text(row[0]) for row in rows]


def columns(connection, table):
    rows = connection.execute("SELECT name FROM pragma_table_xinfo(?) ORDER BY cid", (table,))
    return [text(row[0]) for row in rows]


def rowid_name(connection, table, names):
    """A name of the rowid that no column has taken; None: it has no rowid, or none can be said."""
    taken = {name.lower() for name in names}
    for name in ("rowid", "_rowid_", "oid"):
        if name in taken:
            continue
        try:
            connection.execute("SELECT %s FROM %s LIMIT 1" % (name, quoted(table)))
            return name
        except sqlite3.OperationalError:
            return None
    return None


def cells(connection, table):
    names = columns(connection, table)
    parts = []
    rowid = rowid_name(connection, table, names)
    if rowid:
        parts.append("'integer', " + rowid)
    for name in names:
        column = quoted(name)
        parts.append("typeof(%s), CASE typeof(%s) WHEN 'text' THEN CAST(%s AS BLOB) ELSE %s END"
                     % (column, column, column, column))
    return connection.execute("SELECT %s FROM %s NOT INDEXED" % (", ".join(parts), quoted(table)))


def exact(rows):
    """Their bytes: floats by their 64 bits, no references."""
    return marshal.dumps(rows, 2)


def compare_rows(old, new, table):
    n = 0
    old_rows, new_rows = cells(old, table), cells(new, table)
    while True:
        some, others = old_rows.fetchmany(1000), new_rows.fetchmany(1000)
        if exact(some) != exact(others):
            break
        if not some:
            return 0
        n += len(some)
    for a, b in itertools.zip_longest(some, others):
        if a is None or b is None or exact(a) != exact(b):
            print("table %r, row %d:\n  old %.900r\n  new %.900r" % (table, n, a, b))
            return 1
        n += 1
    raise AssertionError("rows differ, but none does")


def main():
    old, new = connect(sys.argv[1]), connect(sys.argv[2])
    differences = 0
    for question in (settings, schema):
        a, b = question(old), question(new)
        if a != b:
            differences += 1
            only_old = [item for item in a if item not in b or (question is settings and a[item] != b[item])]
            only_new = [item for item in b if item not in a or (question is settings and a[item] != b[item])]
            print("%s differ:\n  old %.900r\n  new %.900r" % (question.__name__, only_old, only_new))
            if question is settings:
                print("  old %r\n  new %r" % (a, b))
    if tables(old) != tables(new):
        print("tables differ")
        return 1
    for table in tables(old):
        differences += compare_rows(old, new, table)
    verdict = new.execute("PRAGMA integrity_check").fetchone()[0]
    if verdict != b"ok":
        print("integrity_check: %r" % verdict)
        differences += 1
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
