#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The nasty cases that begin in MariaDB (T25-T37), by way of the other engines and back.

load polydump
load together

teardown()
{
    my_clean
    pg_clean
}

# through CASE CODE - by SQLite and back, and what a copy to SQLite is like: new.db; with all others of
# that CODE, or alone. CODE is 3 when something is not carried.
through_sqlite()
{
    if is_long || [ "$1" = T31 ]; then
        by_sqlite "$2" "$1.maria.sql"
    elif [ "$2" -eq 0 ]; then
        together by_sqlite by_sqlite 0 T{25,26,27,28,36,37}.maria.sql
    else
        together told_by_sqlite by_sqlite 3 T{29,30,32,33,34,35}.maria.sql
    fi
    of_case "$1"
}

through_postgresql()
{
    if is_long; then
        by_postgresql "$2" "$1.maria.sql"
    elif [ "$2" -eq 0 ]; then
        together by_postgresql by_postgresql 0 T{25,26,27,28,33,36,37}.maria.sql
    else
        together told_by_postgresql by_postgresql 3 T{29,30,31,32,34,35}.maria.sql
    fi
    of_case "$1"
}

# by_sqlite CODE SCRIPT... - what the copy left out is in the file left.
by_sqlite()
{
    local code=$1
    shift
    my_new a "${@/#/cases/}"
    quietly "$code" pd ddt --no-native --via sqlite:via.db "$my_url"
    ends_with "$code" "$POLYDUMP" copy --no-native --misfit=carrier "$my_url" new.db
    echo "$stderr" >left
}

by_postgresql()
{
    local code=$1
    shift
    my_new a "${@/#/cases/}"
    pg_new via
    quietly "$code" pd ddt --no-native --via "$pg_url" "$my_url"
    pg_new b
    ends_with "$code" "$POLYDUMP" copy --no-native --misfit=carrier "$my_url" "$pg_url"
    echo "$stderr" >left
}

# of_case CASE - what was left out of it; and every line says of which case it is.
of_case()
{
    my_url=$(my_url_of a)
    stderr=$(grep -i "^left out: .*'$1" left) || true
    ! grep '^left out: ' left | grep -vE "'t(2[5-9]|3[0-7])"
}

# says_of N 'LINE' ... - the copy left out as many things, and these are among them.
says_of()
{
    if [ "$(grep -c '^left out: ' <<<"$stderr")" -ne "$1" ]; then
        echo "# not $1 lines: $stderr" >&2
        return 1
    fi
    says "${@:2}"
}

lite()
{
    sqlite3 -separator '|' new.db "$1" | paste -sd ';'
}

pg_lines()
{
    pg_ask b "$1" | paste -sd ';'
}

pg_types()
{
    pg_ask b "SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = '$1'::regclass AND attnum > 0"
}

lite_types()
{
    sqlite3 new.db "SELECT group_concat(name || ' ' || type, ', ') FROM pragma_table_xinfo('$1')"
}

@test "T25 dates that no calendar has: by SQLite and back" {
    through_sqlite T25 0
    [ "$(lite_types t25)" = "id INTEGER, d DATE, dt TIMESTAMP, ts TIMESTAMPTZ_TEXT" ]
    [ "$(lite "SELECT d FROM t25 ORDER BY id")" = "0000-00-00;2024-00-15;2024-02-31;0001-01-01 BC;9999-12-31;0001-12-31 BC" ]
    [ "$(lite "SELECT dt, ts FROM t25 WHERE id < 4 ORDER BY id")" = "0000-00-00 00:00:00.000000|0000-00-00 00:00:00.000000;2024-00-00 12:34:56.000000|;2024-02-31 00:00:00.000001|1970-01-01 00:00:00.000001+00" ]
}

@test "T25 dates that no calendar has: by PostgreSQL and back" {
    through_postgresql T25 0
    [ "$(pg_types t25)" = "id integer, d text, dt text, ts text" ]
    [ "$(pg_lines "SELECT d FROM t25 ORDER BY id")" = "0000-00-00;2024-00-15;2024-02-31;0001-01-01 BC;9999-12-31;0001-12-31 BC" ]
    pg_new c
    complains 1 'misfit=carrier' -- pd copy --no-native --only t25 "$my_url" "$pg_url"
    [ "$(pg_ask c "SELECT count(*) FROM pg_class WHERE relname = 't25'")" = 0 ]
}

@test "T26 times beyond a day, years: by SQLite and back" {
    through_sqlite T26 0
    [ "$(lite_types t26)" = "id INTEGER, t TIME, t0 TIME(0), y YEAR" ]
    [ "$(lite "SELECT typeof(t), t, t0, y FROM t26 ORDER BY id")" = "text|838:59:59.999999|838:59:59|0;text|-838:59:59.999999|-00:00:01|1901;text|-00:00:00.000001|24:00:00|2155;text|00:00:00||" ]
}

@test "T26 times beyond a day, years: by PostgreSQL and back" {
    through_postgresql T26 0
    [ "$(pg_types t26)" = "id integer, t interval, t0 interval, y smallint" ]
    [ "$(pg_lines "SELECT t, t0, y FROM t26 ORDER BY id")" = "838:59:59.999999|838:59:59|0;-838:59:59.999999|-00:00:01|1901;-00:00:00.000001|24:00:00|2155;00:00:00||" ]
}

@test "T27 unsigned, bits, decimals: by SQLite and back" {
    through_sqlite T27 0
    [ "$(lite_types t27)" = "id U64_TEXT, b1 BITS_TEXT(1), b64 BITS_TEXT(64), z INT UNSIGNED, d DECIMAL_TEXT(65,38), d0 DECIMAL_TEXT(65,0), tu TINYINT UNSIGNED, t1 TINYINT" ]
    [ "$(lite "SELECT typeof(id), id, b1, z, tu, t1 FROM t27")" = "text|0|0|0|0|2;text|18446744073709551615|1|42|255|-128" ]
    [ "$(lite "SELECT d, d0 FROM t27 WHERE id <> '0'")" = "999999999999999999999999999.99999999999999999999999999999999999999|-99999999999999999999999999999999999999999999999999999999999999999" ]
}

@test "T27 unsigned, bits, decimals: by PostgreSQL and back" {
    through_postgresql T27 0
    [ "$(pg_types t27)" = "id numeric(20,0), b1 bit(1), b64 bit(64), z bigint, d numeric(65,38), d0 numeric(65,0), tu smallint, t1 smallint" ]
    [ "$(pg_lines "SELECT id, b1, z, tu, t1 FROM t27 ORDER BY id")" = "0|0|0|0|2;18446744073709551615|1|42|255|-128" ]
    [ "$(pg_ask b "SELECT d || '|' || d0 || '|' || b64 FROM t27 WHERE id > 0")" = "999999999999999999999999999.99999999999999999999999999999999999999|-99999999999999999999999999999999999999999999999999999999999999999|1111111111111111111111111111111111111111111111111111111111111111" ]
}

@test "T28 floats: by SQLite and back" {
    through_sqlite T28 0
    [ "$(lite "SELECT typeof(f), f = 0.10000000149011612, fd = 1234.5679931640625, d = 1.2345678901234567e17 FROM t28 WHERE id = 1")" = "real|1|1|1" ]
    [ "$(lite "SELECT f = 1.401298464324817e-45, d = 5e-324 FROM t28 WHERE id = 4")" = "1|1" ]
}

@test "T28 floats: by PostgreSQL and back" {
    through_postgresql T28 0
    [ "$(pg_types t28)" = "id integer, f real, d double precision, fd real" ]
    [ "$(pg_lines "SELECT encode(float4send(f), 'hex'), encode(float8send(d), 'hex') FROM t28 ORDER BY id")" = "3dcccccd|437b69b4ba630f34;4b800000|0010000000000000;7f7fffff|7fefffffffffffff;00000001|0000000000000001" ]
}

@test "T29 bytes of text: by SQLite and back" {
    through_sqlite T29 3
    says_of 5 "collation of column 'v' of 't29'"
    [ "$(lite "SELECT typeof(v), hex(v), hex(l), hex(j), hex(t), hex(c), hex(vb) FROM t29 ORDER BY id")" = "text|610062|C281|EEF0|FC|6162|610020;text|EDA080|E282AC|E285B0|||;text|F09F988020||||2078|" ]
}

@test "T29 bytes of text: by PostgreSQL and back" {
    through_postgresql T29 3
    says_of 5 "collation of column 'v' of table 't29'"
    [ "$(pg_types t29)" = "id integer, v bytea, l character varying(5), j bytea, t bytea, c character(5), vb bytea" ]
    [ "$(pg_lines "SELECT v, l, j, t, '[' || c::text || ']', vb FROM t29 WHERE id > 1 ORDER BY id")" = '\xeda080|€|\xe285b0||[]|\x;\xf09f988020||||[ x]|' ]
    [ "$(pg_ask b "SELECT v, encode(convert_to(l, 'UTF8'), 'hex'), j, t, vb FROM t29 WHERE id = 1")" = '\x610062|c281|\xeef0|\xfc|\x610020' ]
}

@test "T30 keys that fold case: by SQLite and back" {
    through_sqlite T30 3
    says_of 3 "foreign key 't30c_ibfk_1' of 't30c': 3 rows point to none in 't30p', so it holds for new rows only"
    [ "$(lite "SELECT hex(k) FROM t30c ORDER BY 1")" = "41;6120;737472617365;C3A1" ]
    run ! sqlite3 new.db "INSERT INTO t30p VALUES ('A')"
    [ "$(sqlite3 new.db "PRAGMA foreign_key_check(t30c)" | wc -l)" -eq 3 ]
}

@test "T30 keys that fold case: by PostgreSQL and back" {
    through_postgresql T30 3
    says_of 3 "foreign key 't30c_ibfk_1' of table 't30c': 4 rows point to none in 't30p', so it holds for new rows only"
    [ "$(pg_ask b "SELECT convalidated FROM pg_constraint WHERE contype = 'f' AND conrelid = 't30c'::regclass")" = f ]
    [ "$(pg_lines "SELECT encode(convert_to(k, 'UTF8'), 'hex') FROM t30c ORDER BY 1")" = "41;6120;737472617365;c3a1" ]
}

@test "T31 enums and sets: by SQLite and back" {
    through_sqlite T31 3
    says_of 1 "labels of column 'e' of 't31': a value is none of them"
    [ "$(lite "SELECT e, d, s FROM t31 ORDER BY id")" = "#0|2|x,z;|1|;a|0|x,y,z" ]
    run ! sqlite3 new.db "INSERT INTO t31 (id, d) VALUES (9, '3')"
    pd dump "$my_url" a
    rm new.db left
    complains 1 "'t31.e'" 'misfit=carrier' -- pd restore --no-native a new.db
    complains 1 "'e'" 'misfit=carrier' -- pd copy --no-native "$my_url" new.db
    only_here a
}

@test "T31 enums and sets: by PostgreSQL and back" {
    through_postgresql T31 3
    says_of 1 "labels of column 'e' of table 't31': a value is none of them"
    [ "$(pg_lines "SELECT e, d, s, length(s64) FROM t31 ORDER BY id")" = "#0|2|x,z|182;|1||0;a|0|x,y,z|2" ]
    [ "$(pg_ask b "SELECT string_agg(enumlabel, '/' ORDER BY enumsortorder) FROM pg_enum")" = "2/1/0" ]
}

@test "T32 defaults: by SQLite and back" {
    through_sqlite T32 3
    says_of 10 "on update clause is not carried: column 'ts' of table 't32'" \
        "default of column 'ts' of 't32': the clock of SQLite gives UTC, to the second" \
        "default of column 'u' of 't32': it is not portable" "default of column 'x' of 't32': it is not portable"
    sqlite3 new.db "INSERT INTO t32 (id, nn) VALUES (1, '')"
    [ "$(lite "SELECT hex(vb), hex(em), n1, n2 IS NULL, f, b, u IS NULL, x IS NULL, hex(bs) FROM t32")" = "FF00|F09F9880|NULL|1|current_timestamp()|101|1|1|615C62" ]
    run ! sqlite3 new.db "INSERT INTO t32 (id) VALUES (2)"
}

@test "T32 defaults: by PostgreSQL and back" {
    through_postgresql T32 3
    says_of 8 "on update clause is not carried: column 'ts' of table 't32'" "default of column 'x' of table 't32': it is not portable"
    pg_ask b "INSERT INTO t32 (id, nn) VALUES (1, '')"
    [ "$(pg_ask b "SELECT vb, encode(convert_to(em, 'UTF8'), 'hex'), n1, n2 IS NULL, f, b, u IS NOT NULL, x IS NULL, bs FROM t32")" = '\xff00|f09f9880|NULL|t|current_timestamp()|101|t|t|a\b' ]
    run ! pg_ask b "INSERT INTO t32 (id) VALUES (2)"
}

@test "T33 counters: by SQLite and back" {
    through_sqlite T33 3
    says_of 1 "sequence 't33s': SQLite has none"
    [ "$(lite "SELECT id, v FROM t33 ORDER BY id")" = "-5|2;0|1" ]
    [ "$(lite "INSERT INTO t33 (v) VALUES (9); SELECT id FROM t33 WHERE v = 9")" = 501 ]
}

@test "T33 counters: by PostgreSQL and back" {
    through_postgresql T33 0
    [ "$(pg_lines "SELECT id, v FROM t33 ORDER BY id")" = "-5|2;0|1" ]
    [ "$(pg_ask b "INSERT INTO t33 (v) VALUES (9) RETURNING id")" = 501 ]
    [ "$(pg_ask b "SELECT nextval('t33s')")" = 110 ]
    [ "$(pg_ask b "SELECT seqstart, seqincrement, seqmin, seqmax, seqcache, seqcycle FROM pg_sequence WHERE seqrelid = 't33s'::regclass")" = "10|5|-100|1000|20|t" ]
}

@test "T34 generated, invisible, versioned: by SQLite and back" {
    through_sqlite T34 3
    says_of 2 "system versioning and past rows are not carried: table 't34v'" "column 'h' of 't34': it was hidden"
    [ "$(lite "SELECT a, b, c, h FROM t34")" = "1|2|3|9" ]
    [ "$(lite "SELECT name, hidden FROM pragma_table_xinfo('t34')")" = "a|0;b|2;c|3;h|0" ]
    [ "$(lite "SELECT id, v FROM t34v")" = "1|2" ]
}

@test "T34 generated, invisible, versioned: by PostgreSQL and back" {
    through_postgresql T34 3
    says_of 4 "system versioning and past rows are not carried: table 't34v'" "expression of column 'b' of table 't34': its values are stored here" "column 'h' of table 't34': it was hidden"
    [ "$(pg_ask b "SELECT a, b, h FROM t34")" = "1|2|9" ]
    [ "$(pg_ask b "SELECT id, v FROM t34v")" = "1|2" ]
}

@test "T35 kinds of indexes, orphans: by SQLite and back" {
    through_sqlite T35 3
    says_of 7 "foreign key 'fk35' of 't35c': the columns that it points to are not unique" "index 'kb' on 't35p'" "index 'kf' on 't35p'" "index 'ks' on 't35p'"
    [ "$(lite "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name LIKE 't35%' ORDER BY 1")" = "fk35;ka;kd" ]
    [ "$(lite "SELECT a FROM t35c")" = 77 ]
    [ "$(lite "SELECT count(*) FROM t35p")" = 2 ]
    sqlite3 new.db "PRAGMA foreign_keys = ON; INSERT INTO t35c VALUES (78); DELETE FROM t35c WHERE a = 78"
}

@test "T35 kinds of indexes, orphans: by PostgreSQL and back" {
    through_postgresql T35 3
    says_of 7 "foreign key 'fk35' of table 't35c': the columns that it points to are not unique" "key 'kb' of table 't35p'" "key 'kf' of table 't35p'" "key 'ks' of table 't35p'"
    [ "$(pg_lines "SELECT indexname FROM pg_indexes WHERE schemaname = 'public' AND tablename LIKE 't35%' ORDER BY 1")" = "fk35;ka;kd" ]
    [ "$(pg_ask b "SELECT a FROM t35c")" = 77 ]
    [ "$(pg_ask b "SELECT count(*) FROM t35p")" = 2 ]
}

@test "T36 geometry: by SQLite and back" {
    through_sqlite T36 0
    [ "$(lite_types t36)" = "id INTEGER, g GEOM_BLOB, p GEOM_BLOB" ]
    [ "$(lite "SELECT hex(g) FROM t36 ORDER BY id")" = "$(my_ask a "SELECT HEX(g) FROM t36 ORDER BY id" | paste -sd ';')" ]
}

@test "T36 geometry: by PostgreSQL and back" {
    through_postgresql T36 0
    [ "$(pg_types t36)" = "id integer, g bytea, p bytea" ]
    [ "$(pg_lines "SELECT upper(encode(g, 'hex')) FROM t36 ORDER BY id")" = "$(my_ask a "SELECT HEX(g) FROM t36 ORDER BY id" | paste -sd ';')" ]
}

@test "T37 foreign keys in circles: by SQLite and back" {
    through_sqlite T37 0
    [ -z "$(sqlite3 new.db "PRAGMA foreign_key_check")" ]
    [ "$(lite 'SELECT "table", "from", "to", on_update, on_delete FROM pragma_foreign_key_list('"'t37a'"')')" = "t37b|b|id|CASCADE|SET NULL" ]
    run ! sqlite3 new.db "INSERT INTO t37b VALUES (0, NULL, NULL)"
}

@test "T37 foreign keys in circles: by PostgreSQL and back" {
    through_postgresql T37 0
    [ "$(pg_lines "SELECT conrelid::regclass::text, conname, convalidated FROM pg_constraint WHERE contype IN ('c', 'f') AND conrelid IN ('t37a'::regclass, 't37b'::regclass) ORDER BY 1, 2")" = "t37a|ck|t;t37a|fk37|t;t37b|ck|t;t37b|t37b_ibfk_1|t;t37b|t37b_ibfk_2|t" ]
}
