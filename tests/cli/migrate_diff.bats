#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# polydump diff OLD NEW --migrations: is what the steps make of OLD what is in NEW now? After a
# restore it is, in each engine; whatever is changed by hand is told.

load polydump

teardown()
{
    pg_clean
    my_clean
}

# An archive of version 1, and a step that has columns of all sorts made, and keys and checks.
archive()
{
    database old.db <<'SQL'
CREATE TABLE p (id INTEGER PRIMARY KEY, n VARCHAR(20));
INSERT INTO p VALUES (1, 'a'), (2, 'b');
CREATE TABLE c (id INTEGER PRIMARY KEY AUTOINCREMENT, pid INTEGER REFERENCES p(id), n INT DEFAULT 3, d DECIMAL(8,2), w DATETIME);
INSERT INTO c VALUES (1, 1, 5, 1.50, '2024-01-01 00:00:00'), (2, 2, 99, 2, NULL);
CREATE INDEX cn ON c (n);
SQL
    mkdir m
    cat >m/1.lua <<'LUA'
return {to = "2", schema = function(db)
  for i, t in ipairs{"bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64",
    "decimal(12,3)", "text", "text(10)", "char(5)", "binary", "binary(16)", "date", "time", "time(3)", "timestamp",
    "timestamp(6)", "uuid", "json", "money(2)", "year", "bit(8)"} do
    db:add_column("c", {name = "x" .. i, type = t})
  end
  for name, column in pairs{
    e = {type = "enum", labels = {"a", "b"}, default = "a"}, t = {type = "text(10)", null = false, default = "x"},
    b = {type = "bool", null = false, default = false}, i = {type = "int32", null = false, default = 7},
    f = {type = "float64", default = 1.5}, dd = {type = "decimal(10,2)", default = 0},
    nw = {type = "timestamp", default_now = true}, dt = {type = "date", default = "2024-02-29"}} do
    column.name = name
    db:add_column("p", column)
  end
  db:add_column("p", {name = "g", type = "int64", generated = '("i" + 1)'})
  db:add_check("p", {name = "ck", expression = '("i" < 50)'})
  db:add_key("p", {name = "pi", columns = {"i", "n"}})
  db:add_key("p", {name = "pu", kind = "unique", columns = {"n", "i"}})
  db:change_column("c", "n", {type = "text(20)"})
  db:change_column("c", "d", {type = "decimal(10,3)", null = false})
  db:add_table{name = "q", columns = {{name = "id", type = "int64", null = false, identity = true},
      {name = "a", type = "text(5)", null = false}, {name = "pid", type = "int64"}}, primary_key = {"id"},
    unique = {{name = "qa", columns = {"a"}}}, indexes = {{name = "qi", columns = {"pid"}}},
    foreign_keys = {{name = "qf", columns = {"pid"}, to = "p", to_columns = {"id"}, on_delete = "cascade"}}}
  db:rename_table("c", "cc")
end}
LUA
    pd dump old.db a --app x --app-version 1
}

# differs URL - each line of the difference but its first words, sorted.
differs()
{
    ends_with 4 pd diff a "$1" --migrations m
    [ -z "$stderr" ]
    sed 's/^the schema of b: //' <<<"$output" | LC_ALL=C sort
}

told="check 'ck' of 'p' is missing or differs: (\"i\" < 50)
column 'x20' of 'cc' is missing
column 'y' of 'q' is additional
default of column 'dt' of 'p' is none, not 2024-02-29
default of column 'i' of 'p' is 8, not 7
foreign key 'qf' of 'q' is missing
index 'pi' of 'p' is missing
not null of column 't' of 'p' is null, not not null
table 'extra': only in b
table 'p': id=2: column 'n': \"b\" in a, \"z\" in b
type of column 'pid' of 'q' is int32, not int64
type of column 'x12' of 'cc' is decimal(14,3), not decimal(12,3)
type of column 'x13' of 'cc' is text(50), not text
type of column 'x14' of 'cc' is text(30), not text(10)
unique key 'pu' of 'p' is missing"

# tampered URL - what the statements of the servers below have done is told, and nothing else.
tampered()
{
    diff <(echo "$told") <(differs "$1")
    ends_with 4 pd diff a "$1" --migrations m --only q
    [ "${#lines[@]}" -eq 3 ]
}

@test "SQLite has what the steps made, and says where it has not" {
    archive
    pd restore a new.db --migrations m
    ends_with 0 pd diff a new.db --migrations m
    ends_with 0 pd diff old.db new.db --migrations m --app-version 1
    sqlite3 new.db "DROP INDEX pi; ALTER TABLE q ADD y INT; CREATE TABLE extra (id INT); UPDATE p SET n = 'z' WHERE id = 2; ALTER TABLE cc DROP x20"
    diff <(differs new.db) - <<<"column 'x20' of 'cc' is missing
column 'y' of 'q' is additional
index 'pi' of 'p' is missing
table 'extra': only in b
table 'p': id=2: column 'n': \"b\" in a, \"z\" in b"
    ends_with 4 pd diff a new.db --migrations m --only p --schema-only
    [ "$output" = "the schema of b: index 'pi' of 'p' is missing" ]
}

@test "PostgreSQL has what the steps made, and says where it has not" {
    archive
    pg_new new
    pd restore a "$pg_url" --migrations m
    ends_with 0 pd diff a "$pg_url" --migrations m
    pg_ask new "ALTER TABLE cc ALTER x14 TYPE varchar(30), ALTER x12 TYPE numeric(14,3), DROP x20, ALTER x13 TYPE varchar(50);
        ALTER TABLE p ALTER i SET DEFAULT 8, ALTER t DROP NOT NULL, ALTER dt DROP DEFAULT, DROP CONSTRAINT ck, DROP CONSTRAINT pu;
        DROP INDEX pi; ALTER TABLE q DROP CONSTRAINT qf, ADD y int, ALTER pid TYPE int; CREATE TABLE extra (id int); UPDATE p SET n = 'z' WHERE id = 2"
    tampered "$pg_url"
}

@test "MariaDB has what the steps made, and says where it has not" {
    archive
    my_new new
    pd restore a "$my_url" --migrations m
    ends_with 0 pd diff a "$my_url" --migrations m
    my_ask new "ALTER TABLE cc MODIFY x14 varchar(30), MODIFY x12 decimal(14,3), DROP x20, MODIFY x13 varchar(50);
        ALTER TABLE p ALTER i SET DEFAULT 8, MODIFY t varchar(10) DEFAULT 'x', ALTER dt SET DEFAULT NULL, DROP CONSTRAINT ck, DROP INDEX pu, DROP INDEX pi;
        ALTER TABLE q DROP FOREIGN KEY qf; ALTER TABLE q ADD y int, MODIFY pid int; CREATE TABLE extra (id int); UPDATE p SET n = 'z' WHERE id = 2"
    tampered "$my_url"
}

@test "a schema that differs is told in words" {
    database one.db <<<"CREATE TABLE t (id INTEGER PRIMARY KEY, a VARCHAR(10) NOT NULL DEFAULT 'x', b INT CHECK (b > 0)); CREATE INDEX ti ON t (a); CREATE TABLE same (x INT)"
    database two.db <<<"CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT DEFAULT 'é', b REAL); CREATE UNIQUE INDEX ti ON t (a); CREATE TABLE same (x INT)"
    ends_with 4 pd diff one.db two.db
    diff - <(echo "$output") <<'TEXT'
table 't': the schema differs: column 'a': not_null is so in a and not there in b; default_text is 'x' in a and 'é' in b
table 't': the schema differs: column 'b': type.kind is 'int64' in a and 'float64' in b
table 't': the schema differs: key 'ti': kind is 'index' in a and 'unique' in b
table 't': the schema differs: check {"expression":"(\"b\" > 0)"} is only in a
TEXT
    ends_with 4 pd diff one.db two.db --json --limit 1
    [[ "$output" == *'"differences_found":4,"differences":["table '* ]]
}

@test "a check of a column that has become an enum is there in each engine" {
    pg_new a
    pg_ask a "CREATE TABLE o (id int PRIMARY KEY, w text CHECK (w IN ('a', 'b', 'it''s')), CHECK (w <> 'b' OR id > 1)); INSERT INTO o VALUES (1, 'a'), (2, 'it''s')"
    pd dump "$pg_url" a --app-version 1
    mkdir m
    cat >m/1.lua <<<'return {to = "2", schema = function(db) db:change_column("o", "w", {type = "enum", labels = {"a", "b", "c", "it'\''s"}}) end}'
    my_new t
    pg_new t
    local url
    for url in "$pg_url" "$my_url" t.db; do
        ends_with 0 pd restore a "$url" --migrations m
        ends_with 0 pd diff a "$url" --migrations m
    done
}
