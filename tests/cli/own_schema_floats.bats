#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Floats of 4 bytes from and into tables that are there: they mean their shortest decimals, as the
# engines show them, and the engines' facts agree with what was written.

load polydump

teardown()
{
    pg_clean
    my_clean
}

# Any single that a decimal of two digits holds, and what only wider columns do.
ordinary="(1, 0.1), (2, -804.79), (3, 0), (4, 1234567), (5, NULL)"
others="(6, 1e-45), (7, -1.1754942e-38), (8, 3.4028235e38), (9, 1.0737418e9), (10, 0.12345679)"

# fits URL - copy src, with and without --where, into the empty table q of the target.
fits()
{
    ends_with 0 pd plan "$src" "$1" || return 1
    ends_with 0 "$POLYDUMP" copy "$src" "$1" --where "q: id < 3" || return 1
    [[ "$stderr" == *"facts computed by the engine agree"* ]]
    ends_with 0 "$POLYDUMP" copy "$src" "$1" --into=truncate || return 1
    [[ "$stderr" == *"facts computed by the engine agree"* ]]
}

# shows WANTED GOT - lines by blanks.
shows()
{
    [ "$1" = "$(tr '\n' ' ' <<<"$2" | sed 's/ $//')" ] || {
        echo "# wanted: $1" >&2
        echo "# got: $2" >&2
        return 1
    }
}

@test "a float of 4 bytes is the same decimal in wider columns of all engines" {
    local type from_pg from_my
    pg_new s
    from_pg=$pg_url
    pg_ask s "CREATE TABLE q (id int PRIMARY KEY, f real); INSERT INTO q VALUES $ordinary"
    my_new s
    from_my=$my_url
    my_ask s "CREATE TABLE q (id int PRIMARY KEY, f float); INSERT INTO q VALUES $ordinary"
    pg_new n
    my_new n
    for src in "$from_pg" "$from_my"; do
        for type in "double precision" numeric "numeric(10,2)" text; do
            pg_ask n "DROP TABLE IF EXISTS q; CREATE TABLE q (id int PRIMARY KEY, f $type)"
            fits "$pg_url"
            [ "$(pg_ask n "SELECT count(*) FROM q WHERE id = 1 AND f::text::numeric = 0.1 OR id = 2 AND f::text::numeric = -804.79 OR id = 4 AND f::text::numeric = 1234567")" = 3 ]
        done
        for type in double "decimal(10,2)" "double(10,2)" "varchar(20)"; do
            my_ask n "DROP TABLE IF EXISTS q; CREATE TABLE q (id int PRIMARY KEY, f $type)"
            [ "$type" != "double(10,2)" ] || my_ask n "ALTER TABLE q MODIFY f double(10,3)"
            fits "$my_url"
            [ "$(my_ask n "SELECT count(*) FROM q WHERE f = 0.1 OR f = -804.79 OR f = 1234567")" = 3 ]
        done
        for type in REAL NUMERIC "DECIMAL(10,2)" TEXT; do
            rm -f n.db
            sqlite3 n.db "CREATE TABLE q (id INTEGER PRIMARY KEY, f $type)"
            fits n.db
            shows "0.1 -804.79" "$(sqlite3 n.db "SELECT f FROM q WHERE id < 3 ORDER BY id")"
        done
    done
}

@test "the smallest, largest and odd floats of 4 bytes are verified where they fit" {
    pg_new s
    src=$pg_url
    pg_ask s "CREATE TABLE q (id int PRIMARY KEY, f real); INSERT INTO q VALUES $ordinary, $others, (11, 'NaN'), (12, 'Infinity'), (13, '-Infinity'), (14, '-0')"
    pg_new n
    pg_ask n "CREATE TABLE q (id int PRIMARY KEY, f double precision)"
    fits "$pg_url"
    shows "1e-45 -1.1754942e-38 3.4028235e+38 1073741800 0.12345679 NaN Infinity -Infinity -0" "$(pg_ask n "SELECT f FROM q WHERE id > 5 ORDER BY id")"
    ends_with 0 pd verify "$src" "$pg_url"
    pg_ask n "DROP TABLE q; CREATE TABLE q (id int PRIMARY KEY, f numeric)"
    fits "$pg_url"
    shows "340282350000000000000000000000000000000.0 1073741800.0 0.12345679 NaN Infinity -Infinity 0.0" "$(pg_ask n "SELECT f FROM q WHERE id > 7 ORDER BY id")"
    pg_ask s "DELETE FROM q WHERE id > 10"
    sqlite3 n.db "CREATE TABLE q (id INTEGER PRIMARY KEY, f REAL)"
    fits n.db
    shows "1.0e-45 -1.1754942e-38 3.4028235e+38 1073741800.0 0.12345679" "$(sqlite3 n.db "SELECT f FROM q WHERE id > 5 ORDER BY id")"
    my_new n
    my_ask n "CREATE TABLE q (id int PRIMARY KEY, f double)"
    fits "$my_url"
    shows "1e-45 -1.1754942e-38 3.4028235e38 1073741800 0.12345679" "$(my_ask n "SELECT f FROM q WHERE id > 5 ORDER BY id")"
    ends_with 0 pd verify "$src" "$my_url"
    ends_with 0 pd verify "$src" n.db
    my_ask n "UPDATE q SET f = 2e-45 WHERE id = 6; UPDATE q SET f = 3.4e38 WHERE id = 8"
    ends_with 4 pd verify "$src" "$my_url"
    pg_new t
    ends_with 0 pd copy "$src" "$pg_url"
    ends_with 0 pd verify "$src" "$pg_url"
}

@test "a double goes into a float of 4 bytes where that shows the same, else it is told what is kept" {
    src=f.db
    sqlite3 f.db "CREATE TABLE q (id INTEGER PRIMARY KEY, f REAL); INSERT INTO q VALUES $ordinary"
    pg_new n
    pg_ask n "CREATE TABLE q (id int PRIMARY KEY, f real)"
    my_new n
    my_ask n "CREATE TABLE q (id int PRIMARY KEY, f float(10,2))"
    fits "$pg_url"
    shows "0.1 -804.79 0 1.234567e+06" "$(pg_ask n "SELECT f FROM q WHERE f IS NOT NULL ORDER BY id")"
    fits "$my_url"
    shows "0.10 -804.79 0.00 1234567.00" "$(my_ask n "SELECT f FROM q WHERE f IS NOT NULL ORDER BY id")"
    sqlite3 f.db "INSERT INTO q VALUES (6, 1e-45), (7, 3.4028235e38), (8, -1.1754942e-38)"
    pg_ask n "TRUNCATE q"
    fits "$pg_url"
    sqlite3 f.db "DELETE FROM q WHERE id > 5; INSERT INTO q VALUES (6, 0.123456789)"
    my_ask n "TRUNCATE q"
    pg_ask n "TRUNCATE q"
    for url in "$pg_url" "$my_url"; do
        ends_with 1 "$POLYDUMP" plan f.db "$url"
        [[ "$output" == *"1 value does not fit, as the one in the row with id = '6': '0.123456789' does not fit"*"a float of 4 bytes would keep 0.12345679"* ]]
        complains 1 "column 'f', row with id = '6': '0.123456789' does not fit" "a float of 4 bytes would keep 0.12345679" -- pd copy f.db "$url"
    done
    sqlite3 f.db "UPDATE q SET f = 0.125 WHERE id = 6"
    complains 1 "id = '6': '0.125' does not fit" "the column rounds" -- pd copy f.db "$my_url"
    my_ask n "ALTER TABLE q MODIFY f float"
    fits "$my_url"
}
