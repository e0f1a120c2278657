#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Into tables of MariaDB that are there, from MariaDB itself: labels in another order, and columns
# that would keep another value without a word.

load polydump

teardown()
{
    my_clean
    [ -z "${PGHOST-}" ] || pg_clean
}

# labels E S - a target whose enum and set have these labels, and what is in it.
labels()
{
    my_ask n "DROP TABLE IF EXISTS t; CREATE TABLE t (id int PRIMARY KEY, e enum($1), s set($2)); $3"
}

inside()
{
    my_ask n "SELECT GROUP_CONCAT(id, e, IFNULL(s, '-') ORDER BY id SEPARATOR ' ') FROM t"
}

@test "labels are those of the target's own columns, in whichever order" {
    my_new a
    my_ask a "CREATE TABLE t (id int PRIMARY KEY, e enum('M','F'), s set('x','y')); INSERT INTO t VALUES (1, 'M', 'x'), (2, 'F', 'y'), (3, 'M', 'x,y'), (4, 'M', NULL)"
    local a=$my_url n
    pd dump "$a" a
    my_new n
    n=$my_url
    labels "'new','F','M'" "'y','z','x'"
    ends_with 0 "$POLYDUMP" restore a "$n"
    [[ "$stderr" == *"facts computed by the engine agree"* ]]
    [ "$(inside)" = "1Mx 2Fy 3My,x 4M-" ]
    ends_with 0 pd verify "$a" "$n"
    labels "'F','M'" "'y','x'" "INSERT INTO t VALUES (1, 'F', '')"
    ends_with 0 pd copy "$a" "$n" --into=append --on-conflict=update
    [ "$(inside)" = "1Mx 2Fy 3My,x 4M-" ]
    ends_with 0 pd copy "$a" "$n" --into=truncate --no-verify
    [ "$(inside)" = "1Mx 2Fy 3My,x 4M-" ]
    my_ask n "UPDATE t SET e = IF(e = 'F', 'M', 'F')"
    ends_with 4 pd verify "$a" "$n"
}

@test "a label that the target lacks is refused before a row is written, and counted by a plan" {
    my_new a
    my_ask a "CREATE TABLE t (id int PRIMARY KEY, e enum('M','F','X'), s set('x','y')); INSERT INTO t VALUES (1, 'M', 'x'), (2, 'F', 'y'), (3, 'F', 'y,x')"
    local a=$my_url n into
    pd dump "$a" a
    my_new n
    n=$my_url
    labels "'M','X'" "'y','z'"
    ends_with 1 "$POLYDUMP" plan a "$n"
    [[ "$output" == *"2 values do not fit, as the one in the row with id = '2': 'F' does not fit 'enum('M','X')"* ]]
    [[ "$output" == *"2 values do not fit, as the one in the row with id = '1': 'x' does not fit 'set('y','z')"* ]]
    for into in "" --into=append "--into=append --on-conflict=update" --no-verify; do
        # shellcheck disable=SC2086
        complains 1 "table 't'" "column 'e'" "id = '2'" "'F' does not fit 'enum('M','X')" "it is no label of the column" -- \
            pd restore a "$n" $into
        [ "$(inside)" = NULL ]
    done
    labels "'F','M'" "'y','z'"
    complains 1 "table 't'" "column 's'" "id = '1'" "'x' does not fit 'set('y','z')" -- pd copy "$a" "$n"
    [ "$(inside)" = NULL ]
}

@test "what a column would keep as another value is refused, by a plan too, whatever is written how" {
    my_new a
    my_ask a "CREATE TABLE d (id int PRIMARY KEY, v double); INSERT INTO d VALUES (1, 1.25), (2, -7), (3, 1234.5678), (4, -0.5);
        CREATE TABLE f (id int PRIMARY KEY, v float); INSERT INTO f VALUES (1, 0.125), (2, -3), (3, 0.12345);
        CREATE TABLE b (id int PRIMARY KEY, v varbinary(5)); INSERT INTO b VALUES (1, x'01020304'), (2, NULL), (3, 'ab');
        CREATE TABLE s (id int PRIMARY KEY, v varchar(9)); INSERT INTO s VALUES (1, 'a,b'), (2, ''), (3, 'b,a');
        CREATE TABLE w (id int PRIMARY KEY, v varchar(9)); INSERT INTO w VALUES (1, 'a'), (2, 'b'), (3, 'a,a')"
    local a=$my_url n table into
    pd dump "$a" a
    my_new n
    n=$my_url
    my_ask n "CREATE TABLE d (id int PRIMARY KEY, v double(10,2)); CREATE TABLE f (id int PRIMARY KEY, v float(7,3));
        CREATE TABLE b (id int PRIMARY KEY, v binary(4)); CREATE TABLE s (id int PRIMARY KEY, v set('a','b')); CREATE TABLE w (id int PRIMARY KEY, v set('a','b'))"
    ends_with 1 "$POLYDUMP" plan a "$n"
    [ "$(grep -c "1 value does not fit, as the one in the row with id = '3'" <<<"$output")" = 5 ]
    for table in d f b s w; do
        for into in "" "--into=append --no-verify" "--into=append --on-conflict=update"; do
            # shellcheck disable=SC2086
            complains 1 "table '$table'" "column 'v', row with id = '3'" "does not fit" -- pd restore a "$n" --only $table $into
        done
        [ "$(my_ask n "SELECT count(*) FROM $table")" = 0 ]
        my_ask a "DELETE FROM $table WHERE id = 3"
        ends_with 0 pd copy "$a" "$n" --only $table
    done
    [ "$(my_ask n "SELECT GROUP_CONCAT(v ORDER BY id) FROM d UNION ALL SELECT GROUP_CONCAT(v ORDER BY id) FROM f UNION ALL SELECT GROUP_CONCAT(HEX(v) ORDER BY id) FROM b UNION ALL SELECT GROUP_CONCAT(v ORDER BY id) FROM s" | tr '\n' ' ')" = \
        "1.25,-7.00,-0.50 0.125,-3.000 01020304 a,b, " ]
}
