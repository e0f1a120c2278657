#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Values that went through another engine as text that tells storage classes apart, read back under
# the schema that they came from: a live database's and an archive's.

load polydump

teardown()
{
    my_clean
    pg_clean
}

# Key classes of every kind, and values that only look like tagged ones.
classes()
{
    database "$1" <<'SQL'
CREATE TABLE text_any (id TEXT PRIMARY KEY);
CREATE TABLE text_any_child (p REFERENCES text_any (id));
INSERT INTO text_any VALUES ('a'), ('i:1'), ('t:t:');
INSERT INTO text_any_child VALUES ('a'), ('t:t:');
CREATE TABLE blob_any (id BLOB PRIMARY KEY);
CREATE TABLE blob_any_child (p REFERENCES blob_any (id));
INSERT INTO blob_any VALUES (x'00ff'), (x'693a31');
INSERT INTO blob_any_child VALUES (x'693a31');
CREATE TABLE int_any (id INTEGER PRIMARY KEY, u INT UNIQUE);
CREATE TABLE int_any_child (p REFERENCES int_any (id), q REFERENCES int_any (u));
INSERT INTO int_any VALUES (1, 7), (2, 'x');
INSERT INTO int_any_child VALUES (1, 7), (2, 'x'), (NULL, NULL);
CREATE TABLE number_any (id NUMERIC UNIQUE);
CREATE TABLE number_any_child (p REFERENCES number_any (id));
INSERT INTO number_any VALUES (1), (1.5), ('i:1');
INSERT INTO number_any_child VALUES (1.5), ('i:1');
CREATE TABLE text_int (id TEXT UNIQUE);
CREATE TABLE text_int_child (p INT REFERENCES text_int (id));
INSERT INTO text_int VALUES ('t:q'), ('i:5');
INSERT INTO text_int_child VALUES ('t:q'), ('i:5');
CREATE TABLE empty_any (id TEXT UNIQUE);
CREATE TABLE empty_any_child (p REFERENCES empty_any (id));
INSERT INTO empty_any VALUES ('t:e');
CREATE TABLE pair (a TEXT, b INTEGER, PRIMARY KEY (a, b)) WITHOUT ROWID;
CREATE TABLE pair_child (x, y, FOREIGN KEY (x, y) REFERENCES pair (a, b));
INSERT INTO pair VALUES ('k', 1), ('r:2', 2);
INSERT INTO pair_child VALUES ('k', 1), ('r:2', 2);
CREATE TABLE self (id TEXT PRIMARY KEY, up REFERENCES self (id));
INSERT INTO self VALUES ('root', NULL), ('leaf', 'root'), ('x:00', 'leaf');
CREATE TABLE one (id TEXT PRIMARY KEY);
CREATE TABLE two (id TEXT PRIMARY KEY REFERENCES one (id));
CREATE TABLE three (id PRIMARY KEY REFERENCES two (id));
INSERT INTO one VALUES ('t:1'), ('2'); INSERT INTO two VALUES ('t:1'), ('2'); INSERT INTO three VALUES ('2');
CREATE TABLE alone (n INTEGER, f REAL, m NUMERIC, t TEXT, b BLOB);
INSERT INTO alone VALUES ('i:1', 't:x', 'r:1.5', 'x:00', x'693a31'), ('x', 'y', 'z', 'i:2', x'00');
CREATE TABLE mixed (n INTEGER, f REAL, m NUMERIC, t TEXT, b BLOB, a);
INSERT INTO mixed VALUES (1, 1.5, 2, 't:', 'text', 1), ('i:1', 'r:1', 't:x', x'00', x'01', 'i:1');
SQL
}

# through URL STATUS_OF_COPY STATUS_OF_DUMP - there and back, by a database and by an archive.
through()
{
    classes old.db
    pd dump old.db a
    ends_with "$2" pd copy old.db "$1" --misfit=carrier
    ends_with 0 pd verify old.db "$1"
    for model in old.db a; do
        ends_with "$3" pd dump --like "$model" "$1" "like_$model"
        ends_with 0 pd restore "like_$model" "new_$model.db"
        same_rows old.db "new_$model.db"
    done
}

# same_rows OLD NEW - every cell of every table by its storage class and bytes.
same_rows()
{
    local table column list
    for table in $(sqlite3 "$1" "SELECT name FROM sqlite_schema WHERE type = 'table'"); do
        list=$(sqlite3 "$1" "SELECT group_concat('quote(' || name || ')') FROM pragma_table_info('$table')")
        diff <(sqlite3 "$1" "SELECT $list FROM $table ORDER BY $list") <(sqlite3 "$2" "SELECT $list FROM $table ORDER BY $list")
    done
}

@test "every class of joined columns comes back from PostgreSQL as it was" {
    pg_new mid
    through "$pg_url" 0 0
}

@test "every class of joined columns comes back from MariaDB as it was" {
    my_new mid
    through "$my_url" 3 0
}

@test "the double dump test proves joined columns through both servers" {
    classes old.db
    pg_new mid
    my_new mid
    ends_with 0 pd ddt old.db --via "$pg_url"
    ends_with 3 pd ddt old.db --via "$my_url"
}

# rowids URL STATUS_OF_DIFF - a table whose rows only SQLite numbers.
rowids()
{
    database old.db <<'SQL'
CREATE TABLE plain (a TEXT, b INTEGER, c REAL);
INSERT INTO plain VALUES ('x', 1, 1.5), ('y', 2, NULL), ('y', 2, NULL);
CREATE TABLE keyed (a TEXT NOT NULL, b INTEGER NOT NULL, c TEXT, PRIMARY KEY (a, b));
INSERT INTO keyed VALUES ('x', 1, 'one'), ('y', 2, 'two');
SQL
    pd copy old.db "$1"
    pd dump old.db a
    pd dump --like a "$1" b
}

@test "diff --like and verify compare rows that only SQLite numbers with those in PostgreSQL" {
    pg_new mid
    rowids "$pg_url"
    ends_with 0 pd diff --like old.db old.db "$pg_url"
    ends_with 0 pd diff a b
    ends_with 0 pd verify old.db "$pg_url"
    ends_with 0 pd verify "$pg_url" old.db
    pg_ask mid "UPDATE keyed SET c = 'TWO' WHERE b = 2; UPDATE plain SET b = 4 WHERE a = 'x'"
    ends_with 4 pd diff --like old.db old.db "$pg_url"
    [[ "$output" == *"table 'keyed': a=\"y\", b=2: column 'c': \"two\" in a, \"TWO\" in b"* ]]
    [ "$(grep -c "table 'plain': digest=.*: only in [ab]" <<<"$output")" = 2 ]
    ends_with 4 pd verify old.db "$pg_url"
    [[ "$output" == "table 'plain': column 'b': "*": 5 in the engine, 8 in the stream"* ]]
}

@test "diff --like and verify compare rows that only SQLite numbers with those in MariaDB" {
    my_new mid
    rowids "$my_url"
    ends_with 0 pd diff --like old.db old.db "$my_url"
    ends_with 0 pd diff a b
    ends_with 0 pd verify old.db "$my_url"
    ends_with 0 pd verify "$my_url" old.db
    my_ask mid "UPDATE keyed SET c = 'TWO' WHERE b = 2; UPDATE plain SET b = 4 WHERE a = 'x'"
    ends_with 4 pd diff --like old.db old.db "$my_url"
    [[ "$output" == *"table 'keyed': a=\"y\", b=2: column 'c': \"two\" in a, \"TWO\" in b"* ]]
    [ "$(grep -c "table 'plain': digest=.*: only in [ab]" <<<"$output")" = 2 ]
    ends_with 4 pd verify old.db "$my_url"
}
