#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Restoring into what is there already, and objects that run.

load polydump

@test "objects that run need a word: exit 2, both flags shown, nothing made" {
    database old.db sample.sql
    pd dump old.db a
    complains 2 --native --no-native -- pd restore a new.db
    only_here a old.db
}

@test "--no-native leaves views and triggers out, and says 0" {
    database old.db sample.sql
    pd dump old.db a
    ends_with 0 pd restore a new.db --no-native
    [ "$(sqlite3 new.db "SELECT count(*) FROM sqlite_schema WHERE type IN ('view', 'trigger')")" = 0 ]
    [ "$(sqlite3 new.db 'SELECT count(*) FROM loan')" = 200 ]
}

@test "triggers do not fire while rows are restored" {
    database old.db sample.sql
    sqlite3 old.db 'DELETE FROM log'
    pd dump old.db a
    pd restore a new.db --native
    [ "$(sqlite3 new.db 'SELECT count(*) FROM log')" = 0 ]
}

@test "a target that has tables is refused, and the message shows --into" {
    small_database old.db
    pd dump old.db a
    sqlite3 new.db 'CREATE TABLE mine (x); INSERT INTO mine VALUES (1)'
    sum=$(sha256sum <new.db)
    complains 1 new.db --into -- pd restore a new.db
    [ "$(sha256sum <new.db)" = "$sum" ]
}

@test "--into=replace puts the archive in the place of what was there" {
    small_database old.db
    pd dump old.db a
    sqlite3 new.db 'CREATE TABLE mine (x); INSERT INTO mine VALUES (1)'
    pd restore a new.db --into=replace
    same_database old.db new.db
    only_here a new.db old.db
}

@test "--into=replace over a database in WAL mode leaves no old -wal to overlay the new file" {
    small_database old.db
    pd dump old.db a
    sqlite3 new.db 'PRAGMA journal_mode = WAL; CREATE TABLE mine (x); INSERT INTO mine VALUES (1)' >/dev/null
    pd restore a new.db --into=replace
    same_database old.db new.db
}

@test "--into=replace refuses while another program writes to the target" {
    small_database old.db
    pd dump old.db a
    sqlite3 new.db 'CREATE TABLE mine (x)'
    coproc HOLDER { sqlite3 new.db; }
    echo "BEGIN EXCLUSIVE; INSERT INTO mine VALUES (1); SELECT 'held';" >&"${HOLDER[1]}"
    read -r line <&"${HOLDER[0]}"
    [ "$line" = held ]
    run --separate-stderr pd restore a new.db --into=replace
    code=$status
    echo "COMMIT;" >&"${HOLDER[1]}"
    eval "exec ${HOLDER[1]}>&-"
    wait "$HOLDER_PID" || true
    [ "$code" -eq 1 ]
    [ "$(sqlite3 new.db 'SELECT count(*) FROM mine')" = 1 ]
}

@test "--into=append adds rows to tables that are there" {
    small_database old.db
    pd dump old.db a
    database new.db <<'SQL'
CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT NOT NULL, born INT);
CREATE TABLE book (id INTEGER PRIMARY KEY, author_id INT REFERENCES author (id), title TEXT, price DECIMAL(8,2));
INSERT INTO author VALUES (100, 'Here before', 0);
SQL
    pd restore a new.db --into=append
    [ "$(sqlite3 new.db 'SELECT count(*) FROM author')" = 4 ]
    [ "$(sqlite3 new.db 'SELECT count(*) FROM book')" = 3 ]
}

@test "--into=append that collides changes nothing and names table and key" {
    small_database old.db
    pd dump old.db a
    cp old.db new.db
    sqlite3 new.db 'DELETE FROM book; DELETE FROM author WHERE id > 1'
    cp new.db before.db
    ends_with 1 pd restore a new.db --into=append
    [[ "$stderr" == *author* ]]
    same_database before.db new.db
}

@test "--into=truncate empties the tables first" {
    small_database old.db
    pd dump old.db a
    cp old.db new.db
    sqlite3 new.db "INSERT INTO author VALUES (50, 'Will go', 0)"
    pd restore a new.db --into=truncate
    same_database old.db new.db
}

@test "--only restores part of an archive" {
    database old.db sample.sql
    pd dump old.db a
    pd restore a new.db --only author --no-native
    [ "$(sqlite3 new.db "SELECT group_concat(name) FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")" = author ]
}

@test "orphan rows and cycles of foreign keys are restored as they were" {
    database old.db nasty.sqlite.sql
    pd dump old.db a
    pd restore a new.db --native
    [ "$(sqlite3 old.db 'PRAGMA foreign_key_check(orphan)' | wc -l)" = "$(sqlite3 new.db 'PRAGMA foreign_key_check(orphan)' | wc -l)" ]
    [ "$(sqlite3 new.db 'SELECT count(*) FROM cycle_a')" = 2 ]
}

@test "full text and r-tree tables work after a restore" {
    database old.db nasty.sqlite.sql
    pd dump old.db a
    pd restore a new.db --native
    [ "$(sqlite3 new.db "SELECT rowid FROM words WHERE words MATCH 'hello'")" = 7 ]
    [ "$(sqlite3 new.db "SELECT rowid FROM words_contentless WHERE words_contentless MATCH 'run'")" = 5 ]
    [ "$(sqlite3 new.db 'SELECT id FROM boxes WHERE x0 < 0')" = 2 ]
    sqlite3 new.db "INSERT INTO words (words) VALUES ('integrity-check')"
}

@test "counters go on where they were" {
    database old.db nasty.sqlite.sql
    pd dump old.db a
    pd restore a new.db --native
    sqlite3 new.db 'INSERT INTO counter (v) VALUES (9); INSERT INTO counter_empty (v) VALUES (9)'
    [ "$(sqlite3 new.db 'SELECT max(id) FROM counter')" = 31 ]
    [ "$(sqlite3 new.db 'SELECT max(id) FROM counter_empty')" = 42 ]
}

@test "an archive never runs SQL of its own without --native: a trigger hidden in a table's text" {
    small_database old.db
    pd dump old.db a
    python3 - <<'PYTHON'
import glob, json
# What a forger would do: put a second statement behind the first one.
for path in glob.glob("a/*.json*"):
    text = open(path, encoding="utf-8").read()
    changed = text.replace("CREATE TABLE author (", "CREATE TABLE pwned (x); CREATE TABLE author (")
    open(path, "w", encoding="utf-8").write(changed)
PYTHON
    run pd restore a new.db
    [ "$status" -ne 0 ]
    [ ! -e new.db ]
}
