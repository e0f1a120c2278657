#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Generated columns that another engine cannot compute: a copy brings their values as a plain column,
# and says so; an archive has none.

load polydump

teardown()
{
    my_clean
    pg_clean
}

# made ENGINE - a table with generated columns, two of which are of this engine alone; its URL is $from.
# d is made of one of these, e of nothing but what all know.
made()
{
    case $1 in
    sqlite)
        database a.db <<<"CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT AS (printf('%05d', id)), c INT AS (unicode(a)) STORED, d INT AS (c + 1), e INT AS (id + 1), f INT);
            CREATE INDEX t_b ON t (b); INSERT INTO t (id, a, f) VALUES (1, 'x', 7), (2, 'é', NULL), (3, NULL, 9)"
        from=a.db
        ;;
    postgresql)
        pg_new a
        pg_ask a "CREATE TABLE t (id integer PRIMARY KEY, a text, b text GENERATED ALWAYS AS (lpad(id::text, 5, '0')) STORED, c integer GENERATED ALWAYS AS (ascii(a)) STORED, d integer GENERATED ALWAYS AS (ascii(a) + 1) STORED, e integer GENERATED ALWAYS AS (id + 1) STORED, f integer);
            CREATE INDEX t_b ON t (b); INSERT INTO t (id, a, f) VALUES (1, 'x', 7), (2, 'é', NULL), (3, NULL, 9)"
        from=$pg_url
        ;;
    mariadb)
        my_new a
        my_ask a "CREATE TABLE t (id int PRIMARY KEY, a varchar(10), b varchar(20) AS (lpad(id, 5, '0')) VIRTUAL, c int AS (ord(convert(a using ucs2))) STORED, d int AS (c + 1), e int AS (id + 1) STORED, f int, KEY t_b (b));
            INSERT INTO t (id, a, f) VALUES (1, 'x', 7), (2, 'é', NULL), (3, NULL, 9)"
        from=$my_url
        ;;
    esac
}

# to ENGINE NAME - a new database; its URL is $target.
to()
{
    b=$2
    case $1 in
    sqlite) target=sqlite:$b.db ;;
    postgresql) pg_new "$b" && target=$pg_url ;;
    mariadb) my_new "$b" && target=$my_url ;;
    esac
}

# ask ENGINE SQL - of the one that was made last.
ask()
{
    case $1 in
    sqlite) sqlite3 -separator '|' -nullvalue NULL "$b.db" "$2" ;;
    postgresql) psql -XAtq -P null=NULL -d "$(pg_name "$b")" -c "$2" ;;
    mariadb) my -N -B --raw "$(my_name "$b")" -e "$2" | tr '\t' '|' ;;
    esac
}

# generated ENGINE - the columns of b.t that are.
generated()
{
    case $1 in
    sqlite) ask sqlite "SELECT group_concat(name, ' ') FROM pragma_table_xinfo('t') WHERE hidden > 1" ;;
    postgresql) ask postgresql "SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 't'::regclass AND attgenerated <> ''" ;;
    mariadb) ask mariadb "SELECT group_concat(COLUMN_NAME ORDER BY ORDINAL_POSITION SEPARATOR ' ') FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND IS_GENERATED = 'ALWAYS'" ;;
    esac
}

rows="1|x|00001|120|121|2|7
2|é|00002|233|234|3|NULL
3|NULL|00003|NULL|NULL|4|9"

@test "a copy brings the values of generated columns that the target cannot compute" {
    local engine other plain column told
    for engine in sqlite postgresql mariadb; do
        made $engine
        for other in sqlite postgresql mariadb; do
            [ $engine != $other ] || continue
            to $other "${engine}_$other"
            plain="b c"
            # In PostgreSQL none is made of another one; from there, d is a foreign expression itself.
            told=e
            if [ $other = postgresql ] || [ $engine = postgresql ]; then
                plain="b c d"
            else
                told="d e"
            fi
            ends_with 3 "$POLYDUMP" copy "$from" "$target"
            for column in $plain; do
                says "expression of column '$column' of table 't': the target does not know it, so the column is a plain one, with the values that it has now"
            done
            [ "$(grep -c "plain one" <<<"$stderr")" -eq "$(wc -w <<<"$plain")" ]
            ! grep "column is left out" <<<"$stderr"
            [ "$(ask $other "SELECT id, a, b, c, d, e, f FROM t ORDER BY id")" = "$rows" ]
            [ "$(generated $other)" = "$told" ]
            ends_with 0 pd verify "$from" "$target"
        done
    done
}

@test "a plan tells which generated columns a copy makes plain ones of, and changes nothing" {
    local engine other
    for engine in sqlite postgresql mariadb; do
        made $engine
        for other in sqlite postgresql mariadb; do
            [ $engine != $other ] || continue
            to $other "${engine}_$other"
            ends_with 0 "$POLYDUMP" plan "$from" "$target"
            grep -qF "expression of column 'b' of table 't': the target does not know it, so the column is a plain one" <<<"$output"
            grep -qE "^ *b  *[^ ].* -> " <<<"$output"
        done
    done
}

@test "from an archive they are left out, and what would help is said" {
    made sqlite
    pd dump a.db a
    to mariadb b
    ends_with 3 "$POLYDUMP" restore a "$target"
    grep -qF "an archive has no values of generated columns: the target does not know 2 of them, which 'polydump copy' from the database would take along as plain columns" <<<"$stderr"
    says "expression of column 'b' of table 't': it is not portable, so the column is left out"
    [ "$(ask mariadb "SELECT id, a, e, f FROM t ORDER BY id" | head -n 1)" = "1|x|2|7" ]
    ends_with 0 "$POLYDUMP" plan --into=replace a "$target"
    grep -qF "expression of column 'b' of table 't': the target does not know it, so the column is left out" <<<"$output"
}

@test "what is made of a column that is left out is left out, too" {
    made mariadb
    my_ask a "ALTER TABLE t ADD CHECK (c IS NOT NULL OR c IS NULL), ADD CHECK (d > 0 OR d IS NULL)"
    pd dump "$from" a
    to sqlite b
    ends_with 3 "$POLYDUMP" restore a "$target"
    says "generated column 'c' of 't': its expression is not portable" "generated column 'd' of 't': a column that it is made of is left out"
    [ "$(grep -c "check .*: a column of it is left out" <<<"$stderr")" -eq 2 ]
    [ "$(ask sqlite "SELECT group_concat(name, ' ') FROM pragma_table_xinfo('t')")" = "id a e f" ]
}

@test "a double dump test through another engine is passed, with what was left out" {
    local engine other
    for engine in sqlite postgresql mariadb; do
        made $engine
        for other in sqlite postgresql mariadb; do
            [ $engine != $other ] || continue
            to $other "${engine}_$other"
            ends_with 3 pd ddt "$from" --via "$target"
        done
    done
}

@test "values of generated columns that are long come in whole" {
    sqlite3 a.db "CREATE TABLE t (id INTEGER PRIMARY KEY, n INT, big TEXT AS (printf('%.*c', n, 'y'))); INSERT INTO t (n) VALUES (5), (6000000), (0)"
    local other
    for other in postgresql mariadb; do
        to $other $other
        ends_with 3 pd copy a.db "$target"
        [ "$(ask $other "SELECT id, length(big) FROM t ORDER BY id" | tr '\n' ' ')" = "1|5 2|6000000 3|1 " ]
    done
}

@test "a table whose columns are all generated goes to SQLite with a column more, which is told" {
    my_new a
    my_ask a "CREATE TABLE og (a int AS (1) STORED, b int AS (a + 1) VIRTUAL); INSERT INTO og VALUES (), ()"
    ends_with 3 "$POLYDUMP" copy "$my_url" og.db
    says "table 'og': it has no columns but generated ones, column 'dummy' stands for them"
    [ "$(sqlite3 og.db "SELECT a, b FROM og")" = $'1|2\n1|2' ]
}

@test "verify compares what engines compute, generated on both sides or plain on one" {
    pg_new a
    my_new a
    pg_ask a "CREATE TABLE h (id integer PRIMARY KEY, a numeric(38,18), g numeric GENERATED ALWAYS AS (a * a) STORED, n integer GENERATED ALWAYS AS (id + 1) STORED); INSERT INTO h (id, a) VALUES (0, 1.000000000000000001), (1, NULL)"
    my_ask a "CREATE TABLE h (id int PRIMARY KEY, a decimal(38,18), g decimal(65,30) AS (a * a) STORED, n int AS (id + 1)); INSERT INTO h (id, a) VALUES (0, 1.000000000000000001), (1, NULL)"
    ends_with 4 "$POLYDUMP" verify "$pg_url" "$my_url"
    [ "$output" = "table 'h': column 'g': decimal-sum: 1.000000000000000002000000000000000001 in the engine, 1.000000000000000002000000000000 in the stream, and more" ]
    ends_with 4 "$POLYDUMP" verify "$my_url" "$pg_url"
    my_ask a "ALTER TABLE h DROP g, DROP n; ALTER TABLE h ADD g varchar(99), ADD n int; UPDATE h SET g = '1.000000000000000002000000000000000001' WHERE id = 0; UPDATE h SET n = id + 1"
    ends_with 0 "$POLYDUMP" verify "$pg_url" "$my_url"
    ends_with 0 "$POLYDUMP" verify "$my_url" "$pg_url"
    my_ask a "UPDATE h SET n = 7 WHERE id = 1"
    ends_with 4 "$POLYDUMP" verify "$my_url" "$pg_url"
    [ "$output" = "table 'h': column 'n': int-sum: 8 in the engine, 3 in the stream, and more" ]
}

@test "a double dump test through another engine compares what both compute" {
    local n columns
    for columns in "id INTEGER PRIMARY KEY, a INT" "id INTEGER PRIMARY KEY, a INT, n INT AS (a + 1)"; do
        rm -f a.db
        database a.db <<<"CREATE TABLE t ($columns); INSERT INTO t (id, a) VALUES (1, 7), (2, NULL)"
        my_new "v${#columns}"
        ends_with 0 "$POLYDUMP" ddt a.db --via "$my_url"
        n="$n $(sed -n 's/ facts computed by the engine.*//p' <<<"$stderr")"
    done
    # The rows, and of the column NULLs, integers, their sum and extremes.
    read -r before after <<<"$n"
    [ $((after - before)) -eq 8 ]
}
