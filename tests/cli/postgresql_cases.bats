#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The nasty cases that begin in PostgreSQL (T01-T24) and in SQLite (T38-T44): the same engine, and
# from one to the other and back.

load polydump
load together

teardown()
{
    pg_clean
    my_clean
}

# same_engine CASE - with all others, or alone.
same_engine()
{
    if is_long; then
        same "$1.pg.sql"
    else
        together same same T0{1..9}.pg.sql T1{0..9}.pg.sql T2{0,2,3,4}.pg.sql inheritance.pg.sql counters.pg.sql
    fi
}

# same SCRIPT... - ddt proves it; and a copy equals its source for pg_dump, too.
same()
{
    pg_new a "${@/#/cases/}"
    ends_with 0 pd ddt --native "$pg_url"
    local source=$pg_url
    pg_new b
    ends_with 0 pd copy --native --sequences=exact "$source" "$pg_url"
    pg_text a >a.sql
    pg_text b >b.sql
    diff a.sql b.sql
}

@test "T01 numeric: the same engine" { same_engine T01; }
@test "T02 floats: the same engine" { same_engine T02; }
@test "T03 dates: the same engine" { same_engine T03; }
@test "T04 times and intervals: the same engine" { same_engine T04; }
@test "T05 instants: the same engine" { same_engine T05; }
@test "T06 text keys: the same engine" { same_engine T06; }
@test "T07 long keys: the same engine" { same_engine T07; }
@test "T08 blanks: the same engine" { same_engine T08; }
@test "T09 json: the same engine" { same_engine T09; }
@test "T10 xml: the same engine" { same_engine T10; }
@test "T11 arrays, ranges, composites: the same engine" { same_engine T11; }
@test "T12 enums: the same engine" { same_engine T12; }
@test "T13 bits: the same engine" { same_engine T13; }
@test "T14 addresses and the like: the same engine" { same_engine T14; }
@test "T15 sequences: the same engine" { same_engine T15; }
@test "T16 generated columns and defaults: the same engine" { same_engine T16; }
@test "T17 foreign keys: the same engine" { same_engine T17; }
@test "T18 indexes: the same engine" { same_engine T18; }
@test "T19 partitions, inheritance, no columns: the same engine" {
    same_engine T19
    [ "$(pg_ask b "SELECT count(*) FROM ONLY t19p")" = 1 ]
    [ "$(pg_ask b "SELECT count(*) FROM t19p")" = 2 ]
    [ "$(pg_ask b "SELECT count(*) FROM t19n")" = 2 ]
}
@test "inheritance: what is declared where is as it was" {
    same_engine inheritance
    local columns="SELECT string_agg(concat_ws(' ', attrelid::regclass, attname, attislocal, attinhcount, attnotnull), E'\n' ORDER BY attrelid::regclass::text, attnum) FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped AND attrelid IN (SELECT oid FROM pg_class WHERE relkind = 'r' AND oid >= 16384)"
    local checks="SELECT string_agg(concat_ws(' ', conrelid::regclass, conname, conislocal, coninhcount, connoinherit), E'\n' ORDER BY conrelid::regclass::text, conname) FROM pg_constraint WHERE contype = 'c'"
    pg_ask a "$columns" >columns.a
    grep -q 'e_younger e4 f 1 f' columns.a
    diff columns.a <(pg_ask b "$columns")
    pg_ask a "$checks" >checks.a
    grep -q 'a_grandchild pos f 1 f' checks.a
    diff checks.a <(pg_ask b "$checks")
}
@test "sequences of identity and serial columns keep their names" { same_engine counters; }
@test "inheritance that no order of statements gives is told" {
    pg_new a
    pg_ask a "CREATE TABLE p(a int); CREATE TABLE q(b int); CREATE TABLE t() INHERITS (p, q); ALTER TABLE p ADD COLUMN c int; INSERT INTO t VALUES (1, 2, 3)"
    local source=$pg_url
    pg_new b
    ends_with 3 "$POLYDUMP" copy "$source" "$pg_url"
    [[ $output$stderr == *"left out: table 't': it declares the columns that it inherits itself, too, since they would stand in other places"* ]]
    [ "$(pg_ask b "SELECT tableoid::regclass, * FROM p")" = "t|1|3" ]
    [ "$(pg_ask b "SELECT tableoid::regclass, * FROM q")" = "t|2" ]
}
@test "a table that inherits from one that is not restored stands by itself" {
    pg_new a cases/inheritance.pg.sql
    local source=$pg_url
    pg_new b
    ends_with 3 "$POLYDUMP" copy --only two --only p "$source" "$pg_url"
    [[ $output$stderr == *"the table that it inherits from is not restored under its name"* ]]
    [ "$(pg_ask b "SELECT * FROM two")" = "7|t|7|zz|8" ]
    [ "$(pg_ask b "SELECT count(*) FROM pg_inherits")" = 0 ]
}
@test "T20 names: the same engine" { same_engine T20; }
@test "T23 large objects: the same engine" { same_engine T23; }
@test "T24 domains and extensions: the same engine" { same_engine T24; }

@test "T21 rows that a policy hides are missed loudly" {
    pg_new a cases/T21.pg.sql
    local role
    role=$(pg_name r)
    psql -q -d postgres -c "CREATE ROLE $role LOGIN"
    pg_ask a "GRANT SELECT ON t21 TO $role"
    complains 1 t21 "row-level security" -- pd dump "postgresql://$role@/$(pg_name a)?host=$PGHOST" out
    only_here
    pg_ask a "REVOKE SELECT ON t21 FROM $role"
    complains 1 t21 -- pd dump "postgresql://$role@/$(pg_name a)?host=$PGHOST" out
    only_here
    psql -q -d postgres -c "DROP ROLE $role"
}

@test "T22 a row of 300,000 bytes goes through" { same_engine T22; }

# via_sqlite CASE CODE - there and back, with all others of that CODE or alone; it is 3 when something
# is not carried.
via_sqlite()
{
    if is_long; then
        by_sqlite "$2" "$1.pg.sql"
    elif [ "$2" -eq 0 ]; then
        together by_sqlite by_sqlite 0 T0{1..9}.pg.sql T1{0..4}.pg.sql T23.pg.sql
    else
        together told_by_sqlite by_sqlite 3 T1{5..9}.pg.sql T2{0,4}.pg.sql
        left_of_case "$1"
    fi
    pg_url=postgresql:$(pg_name a)
}

# by_sqlite CODE SCRIPT... - there and back, and a copy.
by_sqlite()
{
    local code=$1
    shift
    pg_new a "${@/#/cases/}"
    ends_with "$code" pd ddt --no-native --via sqlite:via.db --keep kept "$pg_url"
    copies --no-native --misfit=carrier --names=carry "$pg_url" new.db
}

# copies WORD... - what is left out is in the file left. What is no difference to ddt may be told.
copies()
{
    run --separate-stderr "$POLYDUMP" copy "$@"
    [ "$status" -eq 3 ] || [ "$status" -eq 0 ] || { echo "# $stderr" >&2; return 1; }
    echo "$stderr" >left
}

# left_of_case CASE - something of it is not carried.
left_of_case()
{
    grep -qi "^left out: .*['\"]$1" left
}

@test "T01 numeric: by SQLite and back" {
    via_sqlite T01 0
    [ "$(sqlite3 new.db "SELECT typeof(n) || ' ' || n FROM t01 WHERE id IN (1, 2, 4, 5) ORDER BY id" | tr '\n' ';')" = "text NaN;text Infinity;text 1.50;text 1.5;" ]
    [ "$(sqlite3 new.db "SELECT length(n) FROM t01 WHERE id = 7")" = 131072 ]
}

@test "T02 floats: by SQLite and back" {
    via_sqlite T02 0
    [ "$(sqlite3 new.db "SELECT type FROM pragma_table_xinfo('t02') WHERE name = 'd'")" = F64_BLOB ]
    [ "$(sqlite3 new.db "SELECT typeof(d) || d FROM t02 WHERE id = 1")" = textNaN ]
}

@test "T03 dates: by SQLite and back" {
    via_sqlite T03 0
    [ "$(sqlite3 new.db "SELECT d FROM t03 WHERE id = 4")" = "0001-02-29 BC" ]
    [ "$(sqlite3 new.db "SELECT ts FROM t03 WHERE id = 1")" = -infinity ]
}

@test "T04 times and intervals: by SQLite and back" {
    via_sqlite T04 0
    [ "$(sqlite3 new.db "SELECT typeof(i) || ' ' || tz FROM t04 WHERE id = 3")" = "text 12:34:56.123456+05:30" ]
}

@test "T05 instants: by SQLite and back" {
    via_sqlite T05 0
    [ "$(sqlite3 new.db "SELECT z FROM t05 ORDER BY id LIMIT 2" | tr '\n' ';')" = "2024-10-27 00:30:00+00;2024-10-27 01:30:00+00;" ]
}

@test "T06 text keys: by SQLite and back" {
    via_sqlite T06 0
    [ "$(sqlite3 new.db "SELECT count(*) FROM t06")" = 10 ]
}

@test "T07 long keys: by SQLite and back" {
    via_sqlite T07 0
    [ "$(sqlite3 new.db "SELECT max(length(k)) FROM t07")" = 100000 ]
}

@test "T08 blanks: by SQLite and back" {
    via_sqlite T08 0
    [ "$(sqlite3 new.db "SELECT '[' || c || '][' || v || '][' || b || ']' FROM t08 WHERE id = 1")" = "[ab][ab   ][ab  ]" ]
}

@test "T09 json: by SQLite and back" {
    via_sqlite T09 0
    [ "$(sqlite3 new.db "SELECT j FROM t09 WHERE id = 1")" = '{"a":1,"a":2,  "z":1.0}' ]
}

@test "T10 xml: by SQLite and back" {
    via_sqlite T10 0
    [ "$(sqlite3 new.db "SELECT length(CAST(x AS BLOB)) FROM t10 WHERE id = 1")" = 48 ]
}

@test "T11 arrays, ranges, composites: by SQLite and back" {
    via_sqlite T11 0
    [ "$(sqlite3 new.db "SELECT a FROM t11 WHERE id = 1")" = "[0:1]={1,2}" ]
}

@test "T12 enums: by SQLite and back" {
    via_sqlite T12 0
    [ "$(sqlite3 new.db "SELECT '[' || e || ']' FROM t12t ORDER BY id" | tr '\n' ';')" = "[zz];[];[A];[a ];" ] ||
        [ "$(sqlite3 new.db "SELECT '[' || e || ']' FROM t12t WHERE e IS NOT NULL ORDER BY id" | tr '\n' ';')" = "[zz];[];[A];[a ];" ]
    run sqlite3 new.db "INSERT INTO t12t VALUES (9, 'c', NULL)"
    [ "$status" -ne 0 ]
}

@test "T13 bits: by SQLite and back" {
    via_sqlite T13 0
    [ "$(sqlite3 new.db "SELECT b || ' ' || v FROM t13 WHERE id = 2")" = "000 111111111" ]
}

@test "T14 addresses and the like: by SQLite and back" {
    via_sqlite T14 0
    [ "$(sqlite3 new.db "SELECT u || ' ' || i || ' ' || typeof(y) FROM t14 WHERE id = 2")" = "00000000-0000-0000-0000-000000000000 ::ffff:1.2.3.4/96 text" ]
}

@test "T15 sequences: by SQLite and back" {
    via_sqlite T15 3
}

@test "T16 generated columns and defaults: by SQLite and back" {
    via_sqlite T16 3
    ends_with 3 "$POLYDUMP" copy --no-native --misfit=carrier --only t16 "$pg_url" told.db
    [ "$(sqlite3 new.db "SELECT g FROM t16")" = 42 ]
    [[ "$stderr" == *"left out: default of column 'ts' of 't16': the clock of SQLite gives UTC, to the second"* ]]
    [[ "$stderr" == *"left out: default of column 'd' of 't16': the clock of SQLite gives UTC, to the second"* ]]
    sqlite3 new.db "INSERT INTO t16 (id, a) VALUES (2, 4)"
    [[ "$(sqlite3 new.db "SELECT ts FROM t16 WHERE id = 2")" =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}\ [0-9]{2}:[0-9]{2}:[0-9]{2}\+00$ ]]
    ends_with 0 "$POLYDUMP" plan --only t16 "$pg_url" planned.db
    grep -qE "^  ts +timestamp.*default: the clock of SQLite gives UTC, to the second$" <<<"$output"
    [ "$(sqlite3 new.db "SELECT g || ' ' || s || ' ' || z || ' ' || i FROM t16 WHERE id = 2")" = "8 a
'b\\ NULL -1" ]
}

@test "T17 foreign keys: by SQLite and back" {
    via_sqlite T17 3
    [ "$(sqlite3 new.db "PRAGMA foreign_key_check" | wc -l)" -eq 1 ]
}

@test "T18 indexes: by SQLite and back" {
    via_sqlite T18 3
    [ "$(sqlite3 new.db "SELECT count(*) FROM sqlite_schema WHERE name = 'i18p' AND sql LIKE '%WHERE%'")" = 1 ]
}

@test "T19 partitions, inheritance, no columns: by SQLite and back" {
    via_sqlite T19 3
    [ "$(sqlite3 new.db "SELECT count(*) FROM t19")" = 2 ]
    [ "$(sqlite3 new.db "SELECT count(*) FROM t19p")" = 1 ]
    [ "$(sqlite3 new.db "SELECT count(*) FROM t19n")" = 2 ]
}

@test "T20 names: by SQLite and back" {
    via_sqlite T20 3
    pg_new c cases/T20.pg.sql
    complains 1 names=carry -- pd copy --no-native "$pg_url" refused.db
}

@test "T23 large objects: by SQLite and back" {
    via_sqlite T23 0
    [ "$(sqlite3 new.db "SELECT hex(data) FROM _polydump_lo")" = 00FF ]
}

@test "T24 domains and extensions: by SQLite and back" {
    via_sqlite T24 3
    rm -f told.db
    ends_with 3 "$POLYDUMP" copy --no-native --only t24 "$pg_url" told.db
    [[ "$stderr" == *"left out: collation of column 'c' of 't24': case does not count for ASCII letters only"* ]]
    run ! sqlite3 new.db "INSERT INTO t24 (id, c) VALUES (2, 'fOO')"
    ends_with 0 "$POLYDUMP" plan --only t24 "$pg_url" planned.db
    grep -qE "^  c +.*citext.*case does not count for ASCII letters only" <<<"$output"
    [ "$(sqlite3 new.db "SELECT i || ' ' || d FROM t24")" = "978-0-393-04002-9 7" ]
}

# via_postgresql CASE CODE - there and back, with others of that CODE or alone.
via_postgresql()
{
    if is_long || [ "$1" = T41u ] || [ "$1" = T43 ]; then
        by_postgresql "$2" "$1.sqlite.sql"
    elif [ "$2" -eq 0 ]; then
        together by_postgresql by_postgresql 0 T{38,39,41,44}.sqlite.sql
    else
        together told_by_postgresql by_postgresql 3 T{40,42}.sqlite.sql
        left_of_case "$1"
    fi
}

by_postgresql()
{
    local code=$1
    shift
    database a.db "${@/#/cases/}"
    pg_new via
    ends_with "$code" pd ddt --no-native --via "$pg_url" a.db
    pg_new b
    copies --no-native --misfit=carrier --names=carry a.db "$pg_url"
}

pg_type()
{
    pg_ask b "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = '$1'::regclass AND attname = '$2'"
}

@test "T38 storage classes: by PostgreSQL and back" {
    via_postgresql T38 0
    [ "$(pg_type t38 i)" = text ]
    [ "$(pg_ask b "SELECT u FROM t38 ORDER BY id" | tr '\n' ';')" = "i:1;t:1;x:31;r:1000.0;;" ]
}

@test "T39 numbers: by PostgreSQL and back" {
    via_postgresql T39 0
    [ "$(pg_type t39 r)" = "double precision" ]
    [ "$(pg_type t39 n)" = text ]
}

@test "T40 keys: by PostgreSQL and back" {
    via_postgresql T40 3
    [ "$(pg_ask b "INSERT INTO t40f (v) VALUES (1) RETURNING id")" = 21 ]
}

@test "T41 text that is none: by PostgreSQL and back" {
    via_postgresql T41 0
    [ "$(pg_type t41 t)" = bytea ]
}

@test "T41 the same from UTF-16: by PostgreSQL and back" { via_postgresql T41u 0; }

@test "T42 virtual tables and clauses: by PostgreSQL and back" { via_postgresql T42 3; }

@test "T43 names: by PostgreSQL and back" {
    via_postgresql T43 3
    pg_new c
    complains 1 names=carry -- pd copy a.db "$pg_url"
}

@test "T44 declared types that lie: by PostgreSQL and back" {
    via_postgresql T44 0
    [ "$(pg_type t44 v)" = text ]
    [ "$(pg_type t44 b)" = bigint ]
    [ "$(pg_type t44 d)" = text ]
    [ "$(pg_type t44 f)" = "double precision" ]
}

@test "a primary key that carries columns along, or is deferred, is one of its columns elsewhere, and told" {
    pg_new a
    pg_ask a "CREATE TABLE t (id int, e text, CONSTRAINT t_pkey PRIMARY KEY (id) INCLUDE (e)); INSERT INTO t VALUES (1, 'x');
        CREATE TABLE u (a text, b int, CONSTRAINT u_pkey PRIMARY KEY (a, b) DEFERRABLE); INSERT INTO u VALUES ('x', 1)"
    run -3 --separate-stderr "$POLYDUMP" copy "$pg_url" new.db
    says "primary key 't_pkey' of 't': it is made of its columns alone" "primary key 'u_pkey' of 'u': it is made of its columns alone"
    [ "$(sqlite3 new.db "SELECT m.name, i.name FROM sqlite_schema AS m, pragma_table_info(m.name) AS i WHERE i.pk ORDER BY 1, i.pk" | paste -sd ' ')" = "t|id u|a u|b" ]
    ends_with 3 pd ddt "$pg_url" --via sqlite:via.db
    my_new b
    run -3 --separate-stderr "$POLYDUMP" copy "$pg_url" "$my_url"
    says "key 't_pkey' of table 't': it is made of its columns alone" "key 'u_pkey' of table 'u': it is made of its columns alone"
    [ "$(my_ask b "SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = DATABASE() ORDER BY 1, ORDINAL_POSITION" | paste -sd ' ' | tr '\t' ' ')" = "t id u a u b" ]
}
