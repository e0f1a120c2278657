#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The main job: dump, restore, dump again; equal archives and equal databases.

load polydump

@test "a small database comes back the same, without any option" {
    small_database old.db
    pd dump old.db a
    pd restore a new.db
    pd dump sqlite:new.db b
    diff -r a b
    same_database old.db new.db
    only_here a b old.db new.db
}

@test "the sample comes back the same" {
    database old.db sample.sql
    round_trip old.db
}

@test "every nasty value, name and object comes back the same" {
    database old.db nasty.sqlite.sql
    round_trip old.db
}

@test "the same in UTF-16, with lone surrogates" {
    database old.db nasty_utf16.sqlite.sql nasty.sqlite.sql
    round_trip old.db
}

@test "the nasty database comes back the same in key order" {
    database old.db nasty.sqlite.sql
    pd dump old.db a --order=key
    pd restore a new.db --native
    pd dump new.db b --order=key
    diff -r a b
}

@test "the nasty database comes back the same through text" {
    database old.db nasty.sqlite.sql
    pd dump old.db a --text
    pd verify a
    pd restore a new.db --native
    pd dump new.db b --text
    diff -r a b
}

@test "Chinook comes back the same, as the first page of the manual says" {
    [ -f "$chinook" ] || skip "no ../shared/data/chinook.sqlite beside the repository"
    cp "$chinook" chinook.sqlite
    pd dump chinook.sqlite a
    pd restore a sqlite:new.db
    pd dump sqlite:new.db b
    diff -r a b
    same_database chinook.sqlite new.db
    cmp chinook.sqlite "$chinook"
}

@test "Chinook passes the double dump test in one command" {
    [ -f "$chinook" ] || skip "no ../shared/data/chinook.sqlite beside the repository"
    cp "$chinook" chinook.sqlite
    ends_with 0 pd ddt chinook.sqlite
    only_here chinook.sqlite
}

@test "ddt of a database with views and triggers: 3 without a flag, 0 with --native" {
    database old.db sample.sql
    ends_with 3 pd ddt old.db
    ends_with 0 pd ddt old.db --native
    ends_with 0 pd ddt old.db --no-native
    only_here old.db
}

@test "ddt of the nasty databases passes" {
    database old.db nasty.sqlite.sql
    ends_with 0 pd ddt old.db --native
    database old16.db nasty_utf16.sqlite.sql nasty.sqlite.sql
    ends_with 0 pd ddt old16.db --native
}

@test "ddt --keep leaves two equal archives" {
    small_database old.db
    pd ddt old.db --keep kept
    [ -d kept/a ]
    diff -r kept/a kept/b
    pd verify kept/a
}

@test "a cell of 20 MB comes back the same" {
    database old.db <<'SQL'
CREATE TABLE t (id INTEGER PRIMARY KEY, b BLOB, s TEXT);
INSERT INTO t VALUES (1, randomblob(20000000), 'after'), (2, x'00', replace(hex(zeroblob(2500000)), '00', 'é')), (3, NULL, '');
SQL
    round_trip old.db
    ends_with 0 pd ddt old.db
}

@test "an empty database comes back empty" {
    sqlite3 old.db 'CREATE TABLE t (a); DROP TABLE t'
    round_trip old.db
}

@test "a thousand tables come back the same" {
    {
        for i in $(seq 1000); do
            echo "CREATE TABLE t$i (a INT, b TEXT); INSERT INTO t$i VALUES ($i, 'x');"
        done
    } | { echo "BEGIN;"; cat; echo "COMMIT;"; } | database old.db
    round_trip old.db
    [ "$(find a -type f | wc -l)" -lt 20 ]
}

@test "copy makes the same database in one step" {
    database old.db sample.sql
    pd copy old.db new.db --native
    same_database old.db new.db
}

@test "two dumps of one database are equal, whatever the environment" {
    database old.db sample.sql
    pd dump old.db a
    TZ=Asia/Kathmandu LC_ALL=tr_TR.UTF-8 pd dump ./old.db b
    mkdir folder
    cp old.db folder/renamed.sqlite
    (umask 0 && cd folder && TZ=America/New_York pd dump "$PWD/renamed.sqlite" ../c)
    diff -r a b
    diff -r a c
}

@test "diff says nothing about equals and names what differs" {
    database old.db sample.sql
    pd dump old.db a
    ends_with 0 pd diff old.db a
    cp old.db new.db
    ends_with 0 pd diff old.db new.db
    sqlite3 new.db "UPDATE book SET title = 'changed' WHERE id = 2"
    ends_with 4 pd diff old.db new.db
    [[ "$output$stderr" == *book* ]]
    [[ "$output$stderr" != *member* ]]
    ends_with 4 pd diff a new.db
}

@test "verify of a source and its target compares facts of both engines" {
    small_database old.db
    pd copy old.db new.db
    ends_with 0 pd verify old.db new.db
    sqlite3 new.db "DELETE FROM book WHERE id = 3"
    ends_with 4 pd verify old.db new.db
    [[ "$output$stderr" == *book* ]]
}

@test "a database in WAL mode with rows that are only in the -wal file is dumped whole" {
    sqlite3 old.db 'PRAGMA journal_mode = WAL; CREATE TABLE t (a)' >/dev/null
    # The shell stays open, so that nothing is moved into the database file.
    coproc SHELL_OPEN { sqlite3 old.db; }
    echo "INSERT INTO t VALUES (1), (2), (3); SELECT 'there';" >&"${SHELL_OPEN[1]}"
    read -r line <&"${SHELL_OPEN[0]}"
    [ "$line" = there ]
    [ -s old.db-wal ]
    pd dump old.db a
    eval "exec ${SHELL_OPEN[1]}>&-"
    wait "$SHELL_OPEN_PID" || true
    pd restore a new.db
    [ "$(sqlite3 new.db 'SELECT count(*) FROM t')" = 3 ]
}

@test "the source is only read: not a byte of it changes" {
    database old.db nasty.sqlite.sql
    sum=$(sha256sum <old.db)
    chmod 0444 old.db
    pd dump old.db a
    pd ddt old.db --native
    [ "$(sha256sum <old.db)" = "$sum" ]
}

@test "what nobody could read back is said" {
    small_database old.db
    ends_with 0 "$POLYDUMP" copy old.db null:
    [[ "$stderr" == *"what was written was not read back, and not compared"* ]]
    ends_with 0 "$POLYDUMP" copy old.db null: --no-verify
    [[ "$stderr" != *"not read back"* ]]
    ends_with 0 "$POLYDUMP" copy old.db null: --json
    [[ "$output" == *'"believed":true'* ]]
    ends_with 0 "$POLYDUMP" copy old.db sqlite:new.db
    [[ "$stderr" != *"not read back"* ]]
}
