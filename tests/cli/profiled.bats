#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Types that the values decide: a copy looks at them as `plan` and `restore` do.

load polydump

teardown()
{
    my_clean
    pg_clean
}

# lite_types TABLE [FILE] - its columns with their declared types.
lite_types()
{
    sqlite3 "${2:-new.db}" "SELECT group_concat(name || ' ' || type, ', ') FROM pragma_table_xinfo('$1')"
}

@test "unsigned numbers of MariaDB that fit 63 bits are numbers of SQLite, a counting key its rowid" {
    my_new a
    my_ask a "CREATE TABLE user (id bigint unsigned AUTO_INCREMENT PRIMARY KEY, x bigint unsigned);
        INSERT INTO user (x) SELECT seq FROM seq_1_to_12;
        CREATE TABLE post (id bigint unsigned PRIMARY KEY, of bigint unsigned, CONSTRAINT post_of FOREIGN KEY post_of (of) REFERENCES user (id));
        INSERT INTO post VALUES (9, 12), (10, 2);
        CREATE TABLE edge (id bigint unsigned PRIMARY KEY); INSERT INTO edge VALUES (1), (9223372036854775807);
        CREATE TABLE wide (id bigint unsigned AUTO_INCREMENT PRIMARY KEY, x bigint unsigned);
        INSERT INTO wide VALUES (9223372036854775808, 18446744073709551615)"
    ends_with 0 "$POLYDUMP" copy --only user --only post --only edge "$my_url" new.db
    [ "$(lite_types user)" = "id INTEGER, x BIGINT UNSIGNED" ]
    [ "$(lite_types post)" = "id INTEGER, of BIGINT UNSIGNED" ]
    [ "$(lite_types edge)|$(sqlite3 new.db "SELECT max(id) FROM edge")" = "id INTEGER|9223372036854775807" ]
    [ "$(sqlite3 new.db "SELECT max(id), sum(id), sum(x) FROM user; SELECT group_concat(typeof(id) || id || typeof(x), ' ') FROM (SELECT * FROM user ORDER BY id LIMIT 2)")" = "12|78|78
integer1integer integer2integer" ]
    sqlite3 new.db "INSERT INTO user (x) VALUES (99)"
    [ "$(sqlite3 new.db "SELECT id FROM user WHERE x = 99")" = "$(my_ask a "INSERT INTO user (x) VALUES (99); SELECT id FROM user WHERE x = 99")" ]
    ends_with 3 "$POLYDUMP" copy --only wide "$my_url" wide.db
    grep -qx "left out: counter of column 'id' of 'wide': only an integer primary key has one" <<<"$stderr"
    [ "$(lite_types wide wide.db)" = "id U64_TEXT, x U64_TEXT" ]
    ends_with 0 pd ddt --only user --only post --via sqlite:via.db "$my_url"
}

@test "plan says of numbers and floats what a copy into SQLite makes of them, with carriers too" {
    my_new a
    pg_new b
    my_ask a "CREATE TABLE t (i int PRIMARY KEY, u bigint unsigned, d double, f float); INSERT INTO t VALUES (1, 5, 0.5, 0.1)"
    pg_ask b "CREATE TABLE t (i int PRIMARY KEY, d float8, z float8); INSERT INTO t VALUES (1, 0.5, '-0')"
    ends_with 0 "$POLYDUMP" plan --misfit=carrier "$my_url" new.db
    grep -qE "^  u +bigint.* -> BIGINT UNSIGNED +profiled: every value fits 63 bits$" <<<"$output"
    grep -qE "^  d +double +-> DOUBLE +native$" <<<"$output"
    grep -qE "^  f +float +-> FLOAT +native$" <<<"$output"
    ends_with 0 pd copy --misfit=carrier "$my_url" new.db
    [ "$(lite_types t)" = "i INTEGER, u BIGINT UNSIGNED, d DOUBLE, f FLOAT" ]
    ends_with 0 pd copy --misfit=carrier "$pg_url" pg.db
    [ "$(lite_types t pg.db)" = "i INTEGER, d DOUBLE, z F64_BLOB" ]
}

@test "times of MariaDB that are within a day are times of PostgreSQL, others intervals" {
    my_new a
    pg_new b
    my_ask a "CREATE TABLE t (id int PRIMARY KEY, t time, p time(3), far time, below time, none time, later time DEFAULT '100:00:00', u time AS (addtime(t, '01:00:00')));
        INSERT INTO t (id, t, p, far, below, later) VALUES (1, '00:00:00', '23:59:59.999', '24:00:01', '-00:00:01', '01:00:00'), (2, '24:00:00', NULL, '01:00:00', '01:00:00', '01:00:00')"
    ends_with 0 "$POLYDUMP" plan --only t "$my_url" "$pg_url"
    grep -qE "^  t +time +-> time\(0\) +profiled: every value is within a day$" <<<"$output"
    grep -qE "^  far +time +-> interval +native$" <<<"$output"
    ends_with 3 pd copy "$my_url" "$pg_url"
    [ "$(pg_ask b "SELECT string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY attnum) FROM pg_attribute AS a WHERE attrelid = 't'::regclass AND attnum > 1")" = \
        "t time(0) without time zone, p time(3) without time zone, far interval, below interval, none time(0) without time zone, later interval, u interval" ]
    [ "$(pg_ask b "SELECT t, p, far, below, none, later FROM t ORDER BY id" | tr '\n' ';')" = \
        "00:00:00|23:59:59.999|24:00:01|-00:00:01||01:00:00;24:00:00||01:00:00|01:00:00||01:00:00;" ]
}

@test "times go around through all engines and are what they were" {
    database t.db <<<"CREATE TABLE b (id INTEGER PRIMARY KEY, t TIME); INSERT INTO b VALUES (1, '12:00:00'), (2, '23:59:59.5'), (3, NULL)"
    my_new a
    pg_new b
    ends_with 0 pd copy t.db "$my_url"
    ends_with 0 pd copy "$my_url" "$pg_url"
    ends_with 0 pd copy "$pg_url" t2.db
    [ "$(sqlite3 t2.db "SELECT id, typeof(t), t FROM b ORDER BY id")" = "$(sqlite3 t.db "SELECT id, typeof(t), t FROM b ORDER BY id")" ]
    ends_with 0 pd diff --like t.db t.db "$pg_url"
    ends_with 3 pd diff --like t.db t.db t2.db
    [ -z "$output" ]
}

@test "tables that are there keep their intervals, whatever the values" {
    my_new a
    pg_new b
    my_ask a "CREATE TABLE t (id int PRIMARY KEY, t time); INSERT INTO t VALUES (1, '12:00:00')"
    pg_ask b "CREATE TABLE t (id int PRIMARY KEY, t interval)"
    ends_with 0 pd copy "$my_url" "$pg_url"
    [ "$(pg_ask b "SELECT t, pg_typeof(t) FROM t")" = "12:00:00|interval" ]
}
