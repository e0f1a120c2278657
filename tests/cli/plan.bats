#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What a copy would make of each column, and columns that the target cannot hold.

load polydump

# foreign_archive NAME - rows of another engine: -0.0 in a column of floats, which SQLite has not.
foreign_archive()
{
    database old.db <<'SQL'
CREATE TABLE f (id INTEGER PRIMARY KEY, r REAL, t TEXT);
INSERT INTO f VALUES (1, 0.5, 'a'), (2, 1.5, 'b');
CREATE TABLE g (r REAL);
INSERT INTO g VALUES (2.5);
SQL
    pd dump --text old.db "$1"
    sed -i 's/"r":0\.5/"r":-0.0/' "$1"/rows/*.jsonl
    sed -i 's/"engine":"sqlite"/"engine":"elsewhere"/' "$1/origin.jsonl"
    pd seal "$1"
}

@test "plan names every column with its types, and writes nothing" {
    small_database old.db
    ends_with 0 "$POLYDUMP" plan old.db new.db
    only_here old.db
    grep -qE "^table 'author', 3 rows$" <<<"$output"
    grep -qE "^  born +INT +-> INT +native$" <<<"$output"
    grep -qE "^  price +DECIMAL\(8,2\) +-> DECIMAL\(8,2\) +native$" <<<"$output"
    [[ "$stderr" == *"columns: 7 native, 0 profiled, 0 carried, 0 refused"* ]]
}

@test "plan of a database that is there leaves it as it is" {
    small_database old.db
    small_database new.db
    sha256sum new.db >before
    ends_with 0 "$POLYDUMP" plan old.db new.db --into=append
    ends_with 0 "$POLYDUMP" plan old.db new.db --into=replace
    sha256sum --quiet -c before
    only_here before new.db old.db
}

@test "plan lists what would be left out" {
    small_database old.db
    sqlite3 old.db "CREATE VIEW v AS SELECT 1; CREATE TRIGGER tr AFTER INSERT ON book BEGIN SELECT 1; END"
    ends_with 0 "$POLYDUMP" plan old.db new.db
    [[ "$output" == *"left out: view 'v' is not carried"* ]]
    [[ "$output" == *"left out: trigger 'tr' is not carried"* ]]
    ends_with 0 "$POLYDUMP" plan --native old.db new.db
    [[ "$output" != *"left out"* ]]
}

@test "plan knows the values of archives, but of a stream only its declarations" {
    small_database old.db
    pd dump old.db a
    pd dump --stream old.db s
    ends_with 0 "$POLYDUMP" plan a new.db
    [[ "$output" == *"table 'author', 3 rows"* ]]
    ends_with 0 "$POLYDUMP" plan s new.db
    [[ "$output" == *"table 'author', by its declarations alone"* ]]
}

@test "plan says which columns cannot be stored, why, and what would help" {
    foreign_archive a
    ends_with 1 "$POLYDUMP" plan a new.db
    grep -qE "^  r +REAL +-> DOUBLE +refused, 2 values: -0 would be stored as 0; --misfit=carrier$" <<<"$output"
    [[ "$stderr" == *"columns: 3 native, 0 profiled, 0 carried, 1 refused"* ]]
    ends_with 0 "$POLYDUMP" plan a new.db --misfit=carrier
    grep -qE "^  r +REAL +-> F64_BLOB +carrier, 2 values: -0 would be stored as 0$" <<<"$output"
    [ ! -e new.db ]
}

@test "plan --json is one JSON value that says the same" {
    foreign_archive a
    ends_with 1 "$POLYDUMP" plan a new.db --json
    python3 -c '
import json, sys
plan = json.loads(sys.argv[1])
assert plan["exit_status"] == 1 and plan["refused"] == 1 and plan["native"] == 3, plan
(refused,) = [c for t in plan["tables"] for c in t["columns"] if c["rung"] == "refused"]
assert refused == {"column": "r", "type": "REAL", "neutral": "float64", "target": "DOUBLE",
                   "reason": "-0 would be stored as 0", "option": "misfit=carrier",
                   "rung": "refused", "values": 2, "odd": 0}, refused
' "$output"
}

@test "a restore that a column refuses stops before anything is made, and names it" {
    foreign_archive a
    ends_with 1 "$POLYDUMP" restore a new.db
    [ "$stderr" = "polydump: 1 column cannot be stored in the target: 'f.r' (REAL) as 'DOUBLE': -0 would be stored as 0, use --misfit=carrier" ]
    [ -z "$(ls new.db* 2>/dev/null)" ]
}

@test "columns in carriers are counted, listed when asked for, and in the report" {
    foreign_archive a
    ends_with 0 "$POLYDUMP" restore a new.db --misfit=carrier
    [[ "$stderr" == *"1 column is kept as text or bytes"* ]]
    [ "$(sqlite3 new.db "SELECT typeof(r) || hex(r) FROM f ORDER BY id" | head -1)" = "real$(sqlite3 :memory: "SELECT hex(-0.0)")" ]
    rm new.db
    ends_with 0 "$POLYDUMP" restore a new.db --misfit=carrier --verbose
    [[ "$stderr" == *"column 'r' of table 'f' is stored as 'F64_BLOB' (carrier): -0 would be stored as 0"* ]]
    rm new.db
    ends_with 0 "$POLYDUMP" restore a new.db --misfit=carrier --json
    python3 -c '
import json, sys
mapped = json.loads(sys.argv[1])["mapped"]
assert mapped == [{"rung": "carrier", "table": "f", "column": "r", "type": "F64_BLOB",
                   "reason": "-0 would be stored as 0", "option": None}], mapped
' "$output"
}

@test "the same engine's own declarations are replayed, and nothing of it is told" {
    database old.db nasty.sqlite.sql
    ends_with 0 "$POLYDUMP" copy old.db new.db --no-native --json
    python3 -c 'import json, sys; assert json.loads(sys.argv[1])["mapped"] == []' "$output"
}
