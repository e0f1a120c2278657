#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The nasty cases that begin in MariaDB (T25-T37): the same engine.

load polydump
load together

teardown()
{
    my_clean
}

# same_engine CASE - with all others, or alone.
same_engine()
{
    if is_long; then
        same "$1.maria.sql"
    else
        together same same T2{5..9}.maria.sql T3{0..7}.maria.sql
    fi
}

# same SCRIPT... - ddt proves it; and a copy equals its source for mariadb-dump, too.
same()
{
    my_new a "${@/#/cases/}"
    ends_with 0 pd ddt --native "$my_url"
    my_new b
    ends_with 0 pd copy --native --sequences=exact "$(my_url_of a)" "$my_url"
    my_text a >a.sql
    my_text b >b.sql
    diff a.sql b.sql
}

@test "T25 dates that no calendar has: the same engine" { same_engine T25; }
@test "T26 times beyond a day, years: the same engine" { same_engine T26; }
@test "T27 unsigned, bits, decimals: the same engine" { same_engine T27; }
@test "T28 floats: the same engine" {
    same_engine T28
    [ "$(my_ask b "SELECT GROUP_CONCAT(f + 0e0 ORDER BY id SEPARATOR ' ') FROM t28")" = "$(my_ask a "SELECT GROUP_CONCAT(f + 0e0 ORDER BY id SEPARATOR ' ') FROM t28")" ]
}
@test "T29 bytes of text: the same engine" {
    same_engine T29
    local columns="HEX(CAST(v AS BINARY)), HEX(CAST(l AS BINARY)), HEX(CAST(j AS BINARY)), HEX(CAST(t AS BINARY)), HEX(CAST(c AS BINARY)), HEX(vb)"
    [ "$(my_ask b "SELECT id, $columns FROM t29 ORDER BY id")" = "$(my_ask a "SELECT id, $columns FROM t29 ORDER BY id")" ]
}
@test "T30 keys that fold case: the same engine" { same_engine T30; }
@test "T31 enums and sets: the same engine" {
    same_engine T31
    [ "$(my_ask b "SELECT id, e + 0, d + 0, s + 0, CAST(s64 AS UNSIGNED) FROM t31 ORDER BY id")" = "$(my_ask a "SELECT id, e + 0, d + 0, s + 0, CAST(s64 AS UNSIGNED) FROM t31 ORDER BY id")" ]
    [ "$(my_ask b "SELECT e + 0 FROM t31 WHERE id = 1")" = 0 ]
}
@test "T32 defaults: the same engine" {
    same_engine T32
    [ "$(my_ask b "SELECT HEX(DEFAULT(vb)), HEX(DEFAULT(em)) FROM (SELECT 1) one LEFT JOIN t32 ON FALSE")" = "FF00	F09F9880" ]
}
@test "T33 counters: the same engine" {
    same_engine T33
    my_ask b "INSERT INTO t33 (v) VALUES (9)"
    [ "$(my_ask b "SELECT id FROM t33 WHERE v = 9")" = 501 ]
    [ "$(my_ask b "SELECT next_not_cached_value FROM t33s")" = "$(my_ask a "SELECT next_not_cached_value FROM t33s")" ]
}
@test "T34 generated, invisible, versioned: the same engine" {
    same_engine T34
    local history="SELECT id, v, row_start, row_end FROM t34v FOR SYSTEM_TIME ALL ORDER BY row_start, v"
    [ "$(my_ask b "$history")" = "$(my_ask a "$history")" ]
}
@test "T35 kinds of indexes, orphans: the same engine" { same_engine T35; }
@test "T36 geometry: the same engine" {
    same_engine T36
    [ "$(my_ask b "SELECT id, HEX(g), HEX(p) FROM t36 ORDER BY id")" = "$(my_ask a "SELECT id, HEX(g), HEX(p) FROM t36 ORDER BY id")" ]
}
@test "what the server rounds in a column that it computes comes back" {
    my_new a
    my_ask a "CREATE TABLE t (id int PRIMARY KEY, price decimal(8,2), at datetime(6), gross decimal(8,2) AS (price * 1.06) STORED, net decimal(8,2) AS (price * 0.94) VIRTUAL,
        day date AS (at) STORED, s varchar(4) AS (concat(id, '       ')) STORED, KEY (net));
        INSERT INTO t (id, price, at) SELECT seq, seq / 7, '2024-02-29 12:00:00.5' + INTERVAL seq MINUTE FROM seq_1_to_9000"
    my_new b
    ends_with 0 pd copy "$(my_url_of a)" "$my_url"
    [ "$(my_ask b "SELECT gross, net, day, HEX(s) FROM t WHERE id = 10")" = "1.52	1.34	2024-02-29	31302020" ]
    local sum="SELECT COUNT(*), SUM(CRC32(CONCAT_WS('|', id, price, at, gross, net, day, HEX(s)))) FROM t"
    [ "$(my_ask b "$sum")" = "$(my_ask a "$sum")" ]
}
@test "a value that the server would round is refused beside one that it computes" {
    my_new a
    my_ask a "CREATE TABLE t (id int PRIMARY KEY, price decimal(8,3), at datetime, day date AS (at) STORED); INSERT INTO t (id, price, at) VALUES (1, 1.234, '2024-02-29 12:00:00')"
    pd dump "$my_url" a
    my_new b
    my_ask b "CREATE TABLE t (id int PRIMARY KEY, price decimal(8,2), at datetime, day date AS (at) STORED)"
    complains 1 "'price'" -- pd restore a "$my_url" --into=append
    [ "$(my_ask b "SELECT COUNT(*) FROM t")" = 0 ]
}
@test "T37 foreign keys in circles: the same engine" { same_engine T37; }

@test "views and their kin are left out together with the settings that they were made under" {
    my_new a
    my_ask a "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1); CREATE VIEW v AS SELECT * FROM t;
              CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO DELETE FROM t"
    ends_with 0 pd ddt --no-native "$my_url"
    ends_with 3 pd ddt "$my_url"
    ends_with 0 pd ddt --native "$my_url"
}
