#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mapping.py POLYDUMP ENGINE=URL... - what each neutral type becomes in each engine, as a table for doc/mapping.md.

An archive with a column of every type and no rows is made, and `polydump plan` asked for each target: an empty
database. What it says comes from the tables in the plugins, so the page does.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

TYPES = [
    ("bool", {}),
    ("int8", {}), ("int16", {}), ("int32", {}), ("int64", {}),
    ("uint8", {}), ("uint16", {}), ("uint32", {}), ("uint64", {}),
    ("float32", {}), ("float64", {}),
    ("decimal", {"precision": 10, "scale": 2}), ("decimal", {"precision": 65, "scale": 38}),
    ("decimal", {"precision": 200, "scale": 50}), ("decimal", {}),
    ("number", {}), ("money", {"scale": 2}), ("oid", {}),
    ("text", {}), ("text", {"length": 100}), ("text", {"length": 40000}), ("char", {"length": 10}),
    ("char", {"length": 1000}), ("binary", {}), ("binary", {"length": 16}),
    ("date", {}), ("time", {"precision": 6}), ("time", {"precision": 6, "wide": True}), ("timetz", {"precision": 6}),
    ("timestamp", {"precision": 6}), ("timestamptz", {"precision": 6}), ("interval", {"precision": 6}), ("year", {}),
    ("json", {}), ("jsonb", {}), ("xml", {}), ("uuid", {}),
    ("bit", {"length": 3}), ("bit", {"length": 100}), ("varbit", {"length": 10}),
    ("enum", {"labels": ["a", "b"]}), ("set", {"labels": ["a", "b"]}),
    ("inet", {}), ("cidr", {}), ("inet4", {}), ("inet6", {}), ("macaddr", {}), ("macaddr8", {}),
    ("array", {"element": "int32"}), ("geometry", {"srid": 4326, "native_name": "point"}), ("any", {}),
    ("opaque", {"native_name": "elsewhere:thing"}),
]


def polydump(program, *words):
    done = subprocess.run([program, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode not in (0, 3):
        sys.exit(f"mapping.py: polydump {' '.join(words)}: {done.stderr}")
    return done.stdout


def columns():
    return [{"name": f"c{i}", "type": {"kind": kind, **parameters}} for i, (kind, parameters) in enumerate(TYPES)]


def planned(program, archive, url):
    report = json.loads(polydump(program, "plan", "--json", "--quiet", "--misfit=carrier", archive, url))
    return {c["column"]: c for c in report["tables"][0]["columns"]}


def cell(column):
    if column["rung"] == "refused":
        return f"refused: {column['reason']}"
    native = "`" + column["target"].replace("|", "\\|") + "`"
    if column["rung"] == "native":
        return native
    return f"{native}, {column['rung']}: {column['reason']}"


def main():
    program, ends = sys.argv[1], [word.split("=", 1) for word in sys.argv[2:]]
    folder = tempfile.mkdtemp()
    archive = os.path.join(folder, "kinds")
    try:
        subprocess.run(["sqlite3", os.path.join(folder, "empty.db"), "CREATE TABLE kinds (a INT)"], check=True)
        polydump(program, "dump", "--quiet", "--text", f"sqlite:{folder}/empty.db", archive)
        with open(os.path.join(archive, "tables.jsonl"), encoding="utf-8") as file:
            line = json.loads(file.readline())
        line["table"]["columns"] = columns()
        line.pop("stats", None)
        with open(os.path.join(archive, "tables.jsonl"), "w", encoding="utf-8") as file:
            file.write(json.dumps(line, separators=(",", ":")) + "\n")
        with open(os.path.join(archive, "origin.jsonl"), "w", encoding="utf-8") as file:
            file.write('{"engine":"elsewhere","engine_version":"1"}\n')
        polydump(program, "seal", archive)
        plans = [planned(program, archive, url.replace("@", folder)) for _, url in ends]
    finally:
        shutil.rmtree(folder)
    print("| neutral type | " + " | ".join(name for name, _ in ends) + " |")
    print("|---" * (len(ends) + 1) + "|")
    for i, (kind, _) in enumerate(TYPES):
        name = plans[0][f"c{i}"]["neutral"]
        print(f"| `{name}` | " + " | ".join(cell(plan[f"c{i}"]) for plan in plans) + " |")


if __name__ == "__main__":
    main()
