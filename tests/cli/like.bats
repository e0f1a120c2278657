#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Reading one database under the schema of another, the double dump test through a database that is
# named, and names that the target cannot hold.

load polydump

content_id()
{
    "$POLYDUMP" info "$1" | sed -n 's/^content id: *//p'
}

# elsewhere OLD ARCHIVE - a text archive as an engine would write it that tells column "A" from "a" and
# table "KID" from "Kid".
elsewhere()
{
    database "$1" <<'SQL'
CREATE TABLE Kid (id INTEGER PRIMARY KEY, a INT, b INT CHECK (b > 0), FOREIGN KEY (a) REFERENCES Kid (b));
CREATE UNIQUE INDEX u ON Kid (b);
CREATE INDEX partial ON Kid (b) WHERE b > 1;
CREATE TABLE other (x);
INSERT INTO Kid VALUES (1, 2, 3), (2, 3, 2);
INSERT INTO other VALUES (7);
SQL
    pd dump --text "$1" "$2"
    sed -i 's/"name":"b"/"name":"A"/; s/\\"b\\"/\\"A\\"/g; s/"name":"other"/"name":"KID"/
            s/"to_columns":\["b"\]/"to_columns":["A"]/' "$2/tables.jsonl"
    sed -i 's/"name":"other"/"name":"KID"/; s/"engine":"sqlite"/"engine":"elsewhere"/' "$2/origin.jsonl"
    sed -i 's/"b":/"A":/' "$2"/rows/*.jsonl
    pd seal "$2" 2>/dev/null
}

@test "a restored database under the schema of its archive gives the archive again" {
    small_database old.db
    pd dump old.db a --order=key
    pd restore a new.db
    ends_with 0 pd dump new.db b --like a --order=key
    diff -r a b
}

@test "--like tells what differs, shows it, and says 3" {
    small_database old.db
    pd dump old.db a
    cp old.db new.db
    sqlite3 new.db 'DROP INDEX book_by_title; CREATE TABLE more (x); ALTER TABLE author ADD COLUMN died INT'
    ends_with 3 "$POLYDUMP" dump new.db b --like a
    [ "$(grep -c '^left out: ' <<<"$stderr")" = 3 ]
    [[ "$stderr" == *"index 'book_by_title' of 'book' is missing"* ]]
    [[ "$stderr" == *"table 'more' is additional"* ]]
    [[ "$stderr" == *"column 'died' of 'author' is additional"* ]]
    [ "$(content_id a)" != "$(content_id b)" ]
}

@test "rows of several megabytes are converted, though a batch of them fills the budget" {
    database old.db <<<'CREATE TABLE big (id INTEGER PRIMARY KEY, n INTEGER, s TEXT);'
    database new.db <<'SQL'
CREATE TABLE big (id INTEGER PRIMARY KEY, n TEXT, s TEXT);
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5)
INSERT INTO big SELECT i, i, replace(hex(zeroblob(1000000 + i)), '0', 'é') FROM n;
SQL
    pd dump old.db a
    ends_with 0 timeout 60 "$POLYDUMP" dump --quiet new.db b --like a
    [ "$(pd cat b big | cut -c 1-16)" = "$(printf '{"id":%d,"n":%d,"s\n' 1 1 2 2 3 3 4 4 5 5)" ]
    [ "$(pd cat b big | tr -cd 'é' | wc -c)" -eq 20000060 ]
}

@test "a renamed column is read under its old name, and told" {
    small_database old.db
    pd dump old.db a
    cp old.db new.db
    sqlite3 new.db 'ALTER TABLE author RENAME COLUMN name TO full_name'
    ends_with 3 "$POLYDUMP" dump new.db b --like a
    [[ "$stderr" == *"column 'name' of 'author' is called 'full_name'"* ]]
    [ "$(content_id a)" = "$(content_id b)" ]
}

@test "diff --like compares rows under one schema" {
    small_database old.db
    pd dump old.db a
    cp old.db new.db
    sqlite3 new.db 'ALTER TABLE author RENAME COLUMN born TO year'
    ends_with 3 pd diff a new.db --like a
    [ -z "$output" ]
    sqlite3 new.db 'UPDATE author SET year = 1816 WHERE id = 1'
    ends_with 4 pd diff a new.db --like a
    [ "$output" = "table 'author': id=1: column 'born': 1815 in a, 1816 in b" ]
}

@test "diff --like tells what of the schema differs once, and says 3" {
    database old.db <<'SQL'
CREATE TABLE t (a INT DEFAULT 1, b INT, c VARCHAR(5), CONSTRAINT one PRIMARY KEY (b));
INSERT INTO t VALUES (1, 2, 'x');
SQL
    database new.db <<'SQL'
CREATE TABLE t (a INT DEFAULT 2, b INT, c VARCHAR(5), CONSTRAINT two PRIMARY KEY (b));
INSERT INTO t VALUES (1, 2, 'x');
SQL
    ends_with 3 "$POLYDUMP" diff old.db new.db --like old.db
    [[ "$output" != *"the schema differs"* ]]
    [ "$(grep -c "default of column 'a' of 't' is 2, not 1" <<<"$stderr$output")" = 1 ]
    [ "$(grep -c "'one'\|'two'" <<<"$stderr$output")" = 1 ]
    # What is not as in a, but as --like has it, is a difference.
    ends_with 4 "$POLYDUMP" diff old.db new.db --like new.db
    [ "$(grep -c "the schema differs: column 'a'" <<<"$output")" = 1 ]
    sqlite3 new.db "UPDATE t SET a = 3"
    ends_with 4 pd diff old.db new.db --like old.db
    [ "$(wc -l <<<"$output")" = 1 ]
}

@test "what --like names must be there" {
    small_database old.db
    complains 1 --like nowhere -- pd dump old.db b --like nowhere
    only_here old.db
}

@test "the double dump test through a named database proves it and leaves nothing" {
    database old.db sample.sql
    ends_with 0 pd ddt old.db --native --via sqlite:new.db
    only_here old.db
    [ -z "$(ls "$TMPDIR")" ]
}

@test "with --keep what was restored stays, and so do both dumps" {
    small_database old.db
    ends_with 0 pd ddt old.db --via sqlite:new.db --keep kept
    only_here kept new.db old.db
    diff -r kept/a kept/b
    same_database old.db new.db
}

@test "the double dump test of some tables compares those" {
    small_database old.db
    ends_with 0 pd ddt old.db --exclude book
    ends_with 0 pd ddt old.db --only author
    database new.db <<<'SELECT 1;'
    ends_with 0 pd ddt old.db --only 'auth*' --via new.db
    complains 2 nothing -- pd ddt old.db --only nothing
}

@test "the double dump test refuses to go through a database that holds something" {
    small_database old.db
    sqlite3 new.db 'CREATE TABLE mine (x)'
    sum=$(sha256sum <new.db)
    complains 1 new.db empty -- pd ddt old.db --via sqlite:new.db
    complains 1 new.db empty -- pd ddt old.db --via sqlite:new.db --keep kept
    [ "$(sha256sum <new.db)" = "$sum" ]
}

@test "what the restore left out is listed, and the rest is proved: exit 3" {
    database old.db sample.sql
    ends_with 3 "$POLYDUMP" ddt old.db
    [[ "$stderr" == *"left out: view 'overdue' is not carried"* ]]
    [[ "$stderr" == *"left out: trigger 'loan_logged' is not carried"* ]]
    [ -z "$output" ]
}

@test "names that SQLite does not tell apart are refused all at once, with the flag" {
    elsewhere old.db t
    complains 1 --names=carry "table 'KID'" "column 'A' of 'Kid'" -- pd restore t new.db
    only_here old.db t
}

@test "--names=carry calls them otherwise, in keys and expressions too, and lists each" {
    elsewhere old.db t
    ends_with 3 "$POLYDUMP" restore t new.db --names=carry
    [[ "$stderr" == *"left out: name of table 'KID'"*"'KID__1'"* ]]
    [[ "$stderr" == *"left out: name of column 'A' of 'Kid'"*"'A__1'"* ]]
    [ "$(sqlite3 new.db 'SELECT sum(A__1) FROM Kid')" = 5 ]
    [ "$(sqlite3 new.db 'SELECT x FROM KID__1')" = 7 ]
    [ -z "$(sqlite3 new.db 'PRAGMA foreign_key_check')" ]
    ! sqlite3 new.db 'INSERT INTO Kid VALUES (3, NULL, -1)' 2>/dev/null
    [[ "$(sqlite3 new.db .schema)" == *'CREATE INDEX "partial" ON "Kid" ("A__1") WHERE ("A__1" > 1)'* ]]
}

@test "what was called otherwise is found again under its own name" {
    elsewhere old.db t
    pd restore t new.db --names=carry 2>/dev/null || [ $? = 3 ]
    ends_with 3 pd dump new.db b --like t
    [ "$(content_id b)" = "$(content_id t)" ]
    ends_with 3 pd diff t new.db --like t
    [ -z "$output" ]
}

@test "--schema-map puts tables into another schema, which SQLite has in their names" {
    small_database old.db
    pd dump old.db a
    pd restore a new.db --schema-map =lib
    [ "$(sqlite3 new.db "SELECT group_concat(name, ' ') FROM (SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1)")" = 'lib__author lib__book' ]
    [ "$(sqlite3 new.db 'SELECT "table" FROM pragma_foreign_key_list('\''lib__book'\'')')" = lib__author ]
    ends_with 0 pd dump new.db b --like a --schema-map =lib
    [ "$(content_id a)" = "$(content_id b)" ]
    complains 2 nowhere -- pd restore a more.db --schema-map nowhere=lib
    complains 2 FROM=TO -- pd restore a more.db --schema-map lib
}
