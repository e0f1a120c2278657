#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mapping.py [--write] BUILD - the second half of doc/types.md, what becomes of what, is what the program says.

Real tables of every declared type are read, and `polydump plan` is asked what becomes of every neutral type, so
that the page says what the tables in plugins/ say. Without --write the page is only compared. Servers are those
of tests/servers.sh, whose variables must be set; in them a database "polydump_mapping" is made and dropped.
"""
import difflib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import mapping_cases as cases

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PAGE = os.path.join(TOP, "doc", "types.md")
MARK = "<!-- From here on made by tests/mapping.py; do not edit. -->\n"
DATABASE = "polydump_mapping"
ENGINES = ["SQLite", "PostgreSQL", "MariaDB"]
MARIADB_ROWS = re.compile(r'^ {4}\{"(\w+)", PD_KIND', re.MULTILINE)
SQLITE_ROWS = re.compile(r'^ {8}\{"([\w ]+)", PD_KIND', re.MULTILINE)
KIND_ROWS = re.compile(r'^ {4}X\(\w+, \d+, "(\w+)", \w+, \w+\)', re.MULTILINE)


class Trouble(Exception):
    pass


def run(words, text=None, good=(0,)):
    done = subprocess.run(words, input=text, capture_output=True, text=True, check=False)
    if done.returncode not in good:
        raise Trouble(f"{' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


def read(*path):
    with open(os.path.join(TOP, *path), encoding="utf-8") as file:
        return file.read()


# ---- Ends ----


class Ends:
    """The program, a folder for files, and one empty database a server."""

    def __init__(self, build, folder):
        self.program = os.path.join(build, "core", "cli", "polydump")
        os.environ["POLYDUMP_PLUGIN_PATH"] = os.path.abspath(os.path.join(build, "plugins"))
        self.folder = folder
        self.socket = os.environ["POLYDUMP_TEST_MARIADB_SOCKET"]
        self.urls = {
            "SQLite": "sqlite:" + os.path.join(folder, "target.db"),
            "PostgreSQL": "postgresql:" + DATABASE,
            "MariaDB": f"mariadb:{DATABASE}?user=root&socket={self.socket}",
        }

    def sqlite(self, name, sql):
        path = os.path.join(self.folder, name)
        run(["sqlite3", "-bail", path], sql)
        return "sqlite:" + path

    def postgresql(self, sql, database="postgres"):
        return run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", database, "-f", "-"], sql)

    def mariadb(self, sql, database=""):
        words = ["mariadb", "--no-defaults", "--default-character-set=utf8mb4", "-N", "-uroot", f"-S{self.socket}"]
        return run(words + [database] * bool(database), sql)

    def drop(self):
        self.postgresql(f"DROP DATABASE IF EXISTS {DATABASE}")
        self.mariadb(f"DROP DATABASE IF EXISTS {DATABASE}")

    def create(self):
        self.drop()
        self.postgresql(f"CREATE DATABASE {DATABASE} TEMPLATE template0")
        self.mariadb(f"CREATE DATABASE {DATABASE}")

    def versions(self):
        texts = {
            "SQLite": run(["sqlite3", "--version"]),
            "PostgreSQL": self.postgresql("SHOW server_version"),
            "MariaDB": self.mariadb("SELECT version()"),
        }
        parts = {"SQLite": 2, "PostgreSQL": 1, "MariaDB": 2}
        return ", ".join(f"{e} {'.'.join(re.split('[. ]', texts[e])[:parts[e]])}" for e in ENGINES)

    def polydump(self, *words, good=(0,)):
        return run([self.program, words[0], "--quiet", *words[1:]], good=good)

    def plan(self, source, target, *options):
        """Columns of all tables, as [{name: column}]."""
        report = json.loads(self.polydump("plan", "--json", *options, source, self.urls[target], good=(0, 1, 3)))
        return [{c["column"]: c for c in table["columns"]} for table in report["tables"]]


# ---- Texts ----


def code(text):
    return "`" + text.replace("|", "\\|") + "`"


def table(head, rows):
    return "\n".join(["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
                     + ["| " + " | ".join(row) + " |" for row in rows]) + "\n\n"


def cell(stopped, carried):
    if stopped["rung"] == "refused" and carried["rung"] == "refused":
        return "refused: " + stopped["reason"]
    if stopped["rung"] == "refused":
        return f"stop: {stopped['reason']}; or {code(carried['target'])}"
    words = [code(stopped["target"]) if stopped["target"] else "*(no type)*"]
    if stopped["rung"] != "native":
        words.append(", " + stopped["rung"])
    if stopped["reason"]:
        words.append(": " + stopped["reason"])
    return "".join(words)


def type_text(given):
    """decimal(10,2), time(6) wide, array(int32), geometry(point,4326)"""
    names = ["precision", "scale", "length", "element", "srid"]
    if given["kind"] == "geometry":
        names.insert(0, "native_name")
    inside = [str(given[name]) for name in names if given.get(name, -1) != -1]
    return given["kind"] + (f"({','.join(inside)})" if inside else "") + (" wide" if given.get("wide") else "")


# ---- Sources ----


def kinds():
    return KIND_ROWS.findall(read("include", "polydump", "plugin.h"))


def read_types(ends, source, name):
    """{column: (type, hint)} of all tables."""
    archive = os.path.join(ends.folder, name)
    ends.polydump("dump", "--text", "--schema-only", source, archive, good=(0, 3))
    columns, hints = {}, {}
    with open(os.path.join(archive, "tables.jsonl"), encoding="utf-8") as file:
        for line in map(json.loads, file):
            for column in line.get("table", {}).get("columns", []):
                columns[line["table"]["name"], column["name"]] = column["type"]
    with open(os.path.join(archive, "origin.jsonl"), encoding="utf-8") as file:
        for line in map(json.loads, file):
            if "native" in line:
                hints[line["native"]["name"]] = line["native"].get("columns", [{}])[-1].get("hint")
    return {column: (given, hints[table]) for (table, column), given in columns.items()}


def declared_rows(names, types):
    """The declarations of columns c0, c1 ..., in groups of what they are read as, in the order of kinds."""
    groups, order = {}, kinds()
    for i, name in enumerate(names):
        given, hint = types[f"c{i}"]
        promise = code(type_text(hint)) if hint else ""
        groups.setdefault((order.index(given["kind"]), code(type_text(given)), promise), []).append(name)
    firsts = sorted(groups, key=lambda group: (group[0], group[2] != ""))
    return [(", ".join(groups[group]), group[1], group[2]) for group in firsts]


def of_mariadb(ends):
    in_code = MARIADB_ROWS.findall(read("plugins", "mariadb", "types.c"))
    if sorted(in_code) != sorted(cases.MARIADB):
        raise Trouble(f"mapping_cases.MARIADB is not about {set(in_code) ^ set(cases.MARIADB)}")
    declared = [text for name in in_code for text in cases.MARIADB[name]]
    for i, text in enumerate(declared):
        ends.mariadb(f"CREATE TABLE t{i} (c{i} {text.replace('%c', f'c{i}')})", DATABASE)
    types = read_types(ends, ends.urls["MariaDB"], "mariadb")
    rows = declared_rows([code(text.replace("%c", "c")) for text in declared], types)
    return table(["declared in MariaDB", "read as"], [row[:2] for row in rows])


def of_postgresql(ends):
    listed = ends.postgresql(
        "SELECT format_type(oid, NULL) FROM pg_type WHERE typnamespace = 'pg_catalog'::regnamespace"
        " AND typtype IN ('b', 'r', 'm') AND typcategory NOT IN ('A', 'Z') ORDER BY 1").splitlines()
    declared = [name for name in listed if name not in cases.POSTGRESQL_SPECIAL] + cases.POSTGRESQL
    ends.postgresql(cases.POSTGRESQL_TYPES + "".join(f"CREATE TABLE t{i} (c{i} {text});"
                                                     for i, text in enumerate(declared)), DATABASE)
    types = read_types(ends, ends.urls["PostgreSQL"], "postgresql")
    rows = declared_rows([code(text.replace("mapping_", "")) for text in declared], types)
    return table(["declared in PostgreSQL", "read as"], [row[:2] for row in rows])


def of_sqlite(ends):
    in_code = SQLITE_ROWS.findall(read("plugins", "sqlite", "declared.c"))
    declared = cases.SQLITE + [name for name in in_code if name not in cases.SQLITE]
    strict = {len(declared) + i: text for i, text in enumerate(cases.SQLITE_STRICT)}
    sql = [f"CREATE TABLE t{i} (c{i} {text});" for i, text in enumerate(declared)]
    sql += [f"CREATE TABLE t{i} (c{i} {text}) STRICT;" for i, text in strict.items()]
    names = [code(text) if text else "nothing" for text in declared]
    names += [code(text) + " in a `STRICT` table" for text in strict.values()]
    types = read_types(ends, ends.sqlite("declared.db", "\n".join(sql)), "sqlite")
    return table(["declared in SQLite", "read as", "promised"], declared_rows(names, types))


# ---- Targets ----


def made_columns(kind, parameters, extras):
    made = {"name": "t", "columns": [{"name": "c", "type": {"kind": kind, **parameters}}]}
    if extras.get("key"):
        made["columns"][0]["not_null"] = True
        made["keys"] = [{"kind": "primary", "constraint": True, "parts": [{"column": 0}]}]
    return made


def made_archive(ends, asked):
    """An archive of tables of one column, of an engine that no plugin knows."""
    archive = os.path.join(ends.folder, "made")
    source = ends.sqlite("empty.db", "".join(f"CREATE TABLE t{i} (c INT NOT NULL PRIMARY KEY) WITHOUT ROWID;"
                                             for i in range(len(asked))))
    ends.polydump("dump", "--text", source, archive)
    with open(os.path.join(archive, "tables.jsonl"), encoding="utf-8") as file:
        lines = {line["table"]["name"]: line for line in map(json.loads, file) if "table" in line}
    with open(os.path.join(archive, "tables.jsonl"), "w", encoding="utf-8") as file:
        for i, name in enumerate(lines):
            kind, parameters, (_, values, *extras) = asked[int(name[1:])]
            made = made_columns(kind, parameters, extras[0] if extras else {})
            file.write(json.dumps({**lines[name], "table": {**made, "name": name}, "stats": None},
                                  separators=(",", ":")).replace(',"stats":null', "") + "\n")
            with open(os.path.join(archive, "rows", f"{i:06}.jsonl"), "w", encoding="utf-8") as rows:
                rows.writelines(json.dumps({"c": value}, ensure_ascii=False) + "\n" for value in values)
    with open(os.path.join(archive, "origin.jsonl"), "w", encoding="utf-8") as file:
        file.write('{"engine":"elsewhere","engine_version":"1"}\n')
    ends.polydump("seal", archive)
    return archive, [int(name[1:]) for name in lines]


def label_of(kind, parameters):
    notes = [cases.LABELS[label] for label in parameters.get("labels", []) if label in cases.LABELS]
    return code(type_text({"kind": kind, **parameters})) + (f", a label with {notes[0]}" if notes else "")


def asked_of(ends, source, order):
    """{engine: {number of the case: (stopped, carried)}}"""
    answers = {}
    for engine in ENGINES:
        stopped = ends.plan(source, engine)
        carried = ends.plan(source, engine, "--misfit=carrier")
        answers[engine] = {n: (a["c"], b["c"]) for n, a, b in zip(order, stopped, carried)}
    return answers


def targets(ends):
    asked = [(kind, parameters, case) for kind, parameters, values in cases.TARGETS for case in values]
    missing = set(kinds()) - {kind for kind, _, _ in asked}
    if missing:
        raise Trouble(f"mapping_cases.TARGETS has none of {sorted(missing)}")
    source, order = made_archive(ends, asked)
    answers = asked_of(ends, source, order)
    rows, seen = [], None
    for i, (kind, parameters, case) in enumerate(asked):
        neutral = label_of(kind, parameters)
        shown = [cell(*answers[e][i]).replace(f"t{i}_c", "TABLE_COLUMN") for e in ENGINES]
        rows.append([neutral if neutral != seen else "", case[0], *shown])
        seen = neutral
    return table(["neutral type", "values", *ENGINES], rows), carriers(asked, answers)


def carriers(asked, answers):
    """What each carrier carries by itself, and what when it is asked for."""
    rows = []
    for engine in ENGINES:
        found = {}
        for i, (kind, _, _) in enumerate(asked):
            stopped, carried = answers[engine][i]
            if carried["rung"] == "carrier":
                native = re.sub(r"\(\d.*\)", "(...)", carried["target"])
                found.setdefault(native, ({}, {}))[stopped["rung"] == "refused"][code(kind)] = None
        rows += [[engine, code(native), *map(", ".join, found[native])] for native in sorted(found)]
    return table(["engine", "carrier", "of", "with `--misfit=carrier` of"], rows)


def promises(ends):
    sql, rows = [], []
    for declared, values in cases.PROMISES:
        for what, *literals in values:
            sql.append(f"CREATE TABLE p{len(rows):03} (c {declared});")
            sql += [f"INSERT INTO p{len(rows):03} VALUES ({literal});" for literal in literals]
            rows.append((declared, what))
    source = ends.sqlite("promises.db", "\n".join(sql))
    answers = asked_of(ends, source, range(len(rows)))
    shown = []
    for i, (declared, what) in enumerate(rows):
        first = code(declared) if i == 0 or rows[i - 1][0] != declared else ""
        shown.append((first, what, *(cell(*answers[e][i]) for e in ENGINES[1:])))
    return table(["declared in SQLite", "values", *ENGINES[1:]], shown)


# ---- The page ----

SOURCES = """## What becomes of what: sources

All of this was made with {versions}. Tables of every type were read, and the program was asked what it takes
their columns for.

SQLite takes any word for a type, and keeps any value in any column. What a declaration promises without SQLite
enforcing it is kept beside the type; see "Promises".

"""
POSTGRESQL_NOTE = """`enum`, `domain`, `composite` and `range` stand for types that users made. Types of extensions are `opaque`, too.

"""
MARIADB_NOTE = """What else matters of a column in MariaDB, collation and character set above all, is said in `mariadb.md`. `vector`, which
MariaDB has from 11.7 on, is `binary`.

"""
TARGETS_NOTE = """## What becomes of what: targets

What a column gets in an empty database of another engine; the same engine gets its own types back. `polydump plan`
says it of your tables. A word behind the type tells how it was chosen:

- none: the engine's own type for that neutral type;
- *profiled*: a type that holds the values that are there, all of which are looked at beforehand;
- *carrier*: a type that keeps the values exactly, so that they come back (`--like`), but is not the engine's own for
  such values;
- *stop*: the run stops, leaves the target as it was, and names the column and the option. With `--misfit=carrier` the column gets the
  carrier behind "or".

Columns that a foreign key joins get one type, whatever stands here. The default of a carried column is kept as its values
are. A check, or the condition of an index, that compares such a column would mean something else, and is left out with a
line.

"""
PROMISES_NOTE = """### Promises

"""
CARRIERS_NOTE = """### Carriers

What stands in them is said under "Conversions".

"""


def page(ends):
    sources = [SOURCES.format(versions=ends.versions()), of_sqlite(ends), POSTGRESQL_NOTE, of_postgresql(ends),
               MARIADB_NOTE, of_mariadb(ends)]
    ends.create()
    chosen, carried = targets(ends)
    return "".join([MARK, "\n", *sources, TARGETS_NOTE, chosen, PROMISES_NOTE, promises(ends), CARRIERS_NOTE,
                    carried]).rstrip("\n") + "\n"


def made_page(build, old):
    """The page as it should be, and whether it speaks of the servers that are here."""
    folder = tempfile.mkdtemp()
    ends = Ends(build, folder)
    try:
        ends.create()
        return old.split(MARK)[0] + page(ends), ends.versions() in " ".join(old.split())
    finally:
        ends.drop()
        shutil.rmtree(folder)


def compare(old, new, same_versions):
    lines = list(difflib.unified_diff(old.splitlines(), new.splitlines(), "doc/types.md", "the program", lineterm=""))
    if lines and not same_versions:
        print("doc/types.md was made with other versions of the servers: not compared")
        return True
    if lines:
        print("\n".join(lines))
        print("doc/types.md is not current: python3 tests/mapping.py --write BUILD")
    return not lines


def main():
    words = [word for word in sys.argv[1:] if word != "--write"]
    if len(words) != 1:
        sys.exit("usage: mapping.py [--write] BUILD")
    old = read("doc", "types.md")
    try:
        new, same_versions = made_page(words[0], old)
        if "--write" in sys.argv:
            with open(PAGE, "w", encoding="utf-8") as file:
                file.write(new)
            return
        good = compare(old, new, same_versions)
    except Trouble as trouble:
        print(f"mapping: {trouble}")
        good = False
    print("1 passed, 0 failed" if good else "0 passed, 1 failed")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
