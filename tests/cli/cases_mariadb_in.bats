#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The nasty cases that begin in PostgreSQL (T01-T24) and in SQLite (T38-T44), by MariaDB and back.

load polydump
load together

teardown()
{
    my_clean
    pg_clean
}

# to_and_fro SOURCE CODE - by MariaDB and back, and what a copy to MariaDB is like: database "b"; what
# it left out is in the file left. CODE is 3 when something is not carried.
to_and_fro()
{
    my_new via
    quietly "$2" pd ddt --no-native --via "$my_url" "$1"
    my_new b
    run --separate-stderr "$POLYDUMP" copy --no-native --misfit=carrier --names=carry "$1" "$my_url"
    [ "$status" -eq 0 ] || [ "$status" -eq "$2" ]
    echo "$stderr" >left
}

# from_postgresql CASE CODE - with all others of that CODE, or alone.
from_postgresql()
{
    if is_long; then
        of_postgresql "$2" "$1.pg.sql"
    elif [ "$2" -eq 0 ]; then
        together of_postgresql of_postgresql 0 T0{1,2,3,4,5,6,8,9}.pg.sql T1{0..4}.pg.sql T2{1,2,3}.pg.sql
    else
        together told_of_postgresql of_postgresql 3 T07.pg.sql T1{5..9}.pg.sql T2{0,4}.pg.sql
        grep -qi "^left out: .*['\"]$1" left
    fi
    pg_url=postgresql:$(pg_name a)
    stderr=$(<left)
}

of_postgresql()
{
    local code=$1
    shift
    pg_new a "${@/#/cases/}"
    to_and_fro "$pg_url" "$code"
}

from_sqlite()
{
    case "$(is_long && echo long) $1 $2" in
    long* | *T41u* | *T43*) of_sqlite "$2" "$1.sqlite.sql" ;;
    *0) together of_sqlite of_sqlite 0 T{38,39,41,44}.sqlite.sql ;;
    *)
        together told_of_sqlite of_sqlite 3 T{40,42}.sqlite.sql
        grep -qi "^left out: .*['\"]$1" left
        ;;
    esac
    stderr=$(<left)
}

of_sqlite()
{
    local code=$1
    shift
    database a.db "${@/#/cases/}"
    to_and_fro a.db "$code"
}

# rows SQL - of b, columns apart by bars, rows by semicolons.
rows()
{
    my -N -B --raw "$(my_name b)" -e "$1" | tr '\t' '|' | paste -sd ';'
}

types()
{
    rows "SELECT GROUP_CONCAT(COLUMN_NAME, ' ', COLUMN_TYPE ORDER BY ORDINAL_POSITION SEPARATOR ', ') FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '$1'"
}

@test "T01 numeric" {
    from_postgresql T01 0
    [ "$(types t01)" = "id int(11), n longtext, p longtext, neg decimal(5,0), sm decimal(5,5)" ]
    [ "$(rows "SELECT n, p, neg, sm FROM t01 WHERE id < 7 ORDER BY id")" = "NaN|NaN|NULL|NULL;Infinity|1.10|12300|0.00012;-Infinity|0.00|-99900|-0.00099;1.50|1.50|0|0.00000;1.5|NULL|NULL|NULL;0.00|NULL|NULL|NULL" ]
    [ "$(rows "SELECT LENGTH(n), n LIKE '1%', LENGTH(REPLACE(n, '0', '')) FROM t01 WHERE id > 6 ORDER BY id")" = "131072|1|1;16385|0|2" ]
}

@test "T02 floats" {
    from_postgresql T02 0
    [ "$(types t02)" = "id int(11), d varchar(32), f varchar(32)" ]
    [ "$(rows "SELECT d, f FROM t02 ORDER BY id")" = "NaN|NaN;Infinity|-Infinity;-0.0|-0.0;5e-324|1e-45;0.1|0.1;1.7976931348623157e+308|3.4028235e+38;9007199254740992.0|16777216.0" ]
    pg_new c cases/T02.pg.sql
    pg_ask c "DELETE FROM t02 WHERE id <= 3"
    my_new c
    ends_with 0 pd copy "$pg_url" "$my_url"
    [ "$(my_ask c "SELECT GROUP_CONCAT(DATA_TYPE ORDER BY ORDINAL_POSITION) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()")" = "int,double,float" ]
    [ "$(my_ask c "SELECT COUNT(*) FROM t02 WHERE (id = 4 AND d = 5e-324) OR (id = 5 AND d = 0.1 AND f + 0e0 = 0.10000000149011612e0) OR (id = 6 AND d = 1.7976931348623157e308) OR (id = 7 AND d = 9007199254740992)")" = 4 ]
}

@test "T03 dates" {
    from_postgresql T03 0
    [ "$(types t03)" = "id int(11), d varchar(32), ts varchar(32)" ]
    [ "$(rows "SELECT d FROM t03 ORDER BY id")" = "-infinity;infinity;4714-11-24 BC;0001-02-29 BC;0001-01-01;1582-10-10;9999-12-31;10000-01-01;5874897-12-31" ]
    pg_new c cases/T03.pg.sql
    my_new c
    complains 1 "'d'" -- pd copy "$pg_url" "$my_url"
    [ -z "$(my_ask c "SHOW TABLES")" ]
}

@test "T04 times and intervals" {
    from_postgresql T04 0
    [ "$(types t04)" = "id int(11), t time(6), tz varchar(32), i varchar(64), iy varchar(64)" ]
    [ "$(rows "SELECT t, tz, i, iy FROM t04 ORDER BY id")" = "24:00:00.000000|24:00:00-15:59|P1M-2DT-11045.6S|P14M0DT0S;00:00:00.000000|00:00:00+15:59:59|P-2136000000M0DT0S|P-12M0DT0S;23:59:59.999999|12:34:56.123456+05:30|P0M0DT9223372036854.775807S|NULL;12:00:00.000000|12:00:00+00|P0M1DT86400S|P0M0DT0S" ]
}

@test "T05 instants" {
    from_postgresql T05 0
    [ "$(types t05)" = "id int(11), z varchar(32)" ]
    pg_new c cases/T05.pg.sql
    pg_ask c "DELETE FROM t05 WHERE id = 6"
    my_new c
    ends_with 0 pd copy "$pg_url" "$my_url"
    [ "$(my_ask c "SELECT COLUMN_TYPE FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND COLUMN_NAME = 'z'")" = "datetime(6)" ]
    [ "$(my_ask c "SELECT z FROM t05 ORDER BY id" | paste -sd ';')" = "2024-10-27 00:30:00.000000;2024-10-27 01:30:00.000000;1970-01-01 00:00:00.000000;2038-01-19 03:14:08.000000;1969-12-31 23:59:59.999999" ]
}

@test "T06 text keys" {
    from_postgresql T06 0
    [ "$(types t06)" = "k varchar(768), v longtext" ]
    [ "$(rows "SELECT HEX(k), v FROM t06 ORDER BY k")" = "|NULL;20|;41|x;61|x;6109|tab;6120|x;61CC81|nfd;C3A1|x;EFBFBF|nonchar;F09F9880|4b" ]
    [ "$(rows "SELECT COLUMN_KEY, COLLATION_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 't06' AND COLUMN_NAME = 'k'")" = "PRI|utf8mb4_nopad_bin" ]
}

@test "T07 long keys" {
    from_postgresql T07 3
    says "key 't07_pkey' of table 't07': a primary key takes 3072 bytes at most, so it is unique and no more" \
        "foreign key 't07c_k_fkey' of table 't07c': the key that it points to is one by a hash, since it is too long"
    [ "$(rows "SELECT LENGTH(k), LENGTH(b), HEX(LEFT(b, 4)) FROM t07 ORDER BY k")" = "5|1|00;100000|50000|79797979;2|2|0000" ]
    run ! my_ask b "INSERT INTO t07 VALUES (REPEAT('x', 100000), NULL)"
}

@test "T08 blanks" {
    from_postgresql T08 0
    [ "$(types t08)" = "id int(11), c char(5), v varchar(5), b longtext, q longtext, n varchar(63), c300 varchar(300), v20k longtext" ]
    [ "$(rows "SELECT HEX(c), HEX(v), HEX(b), q, n, c300, CHAR_LENGTH(v20k) FROM t08 ORDER BY id")" = "6162|6162202020|61622020|x|nm|p|20000;||||||0;NULL|NULL|NULL|NULL|NULL|NULL|NULL" ]
    run ! my_ask b "INSERT INTO t08 (id, v20k) VALUES (9, REPEAT('x', 20001))"
}

@test "T09 json" {
    from_postgresql T09 0
    [ "$(types t09)" = "id int(11), j longtext, b longtext" ]
    [ "$(rows "SELECT j, b FROM t09 WHERE id < 4 ORDER BY id")" = '{"a":1,"a":2,  "z":1.0}|{"a": 1.0, "b": 1, "aa": 2};"\u0000"|"x";"\ud800"|NULL' ]
    pg_new c cases/T09.pg.sql
    pg_ask c "DELETE FROM t09 WHERE id IN (3, 4)"
    my_new c
    ends_with 0 pd copy "$pg_url" "$my_url"
    [ "$(my_ask c "SELECT COUNT(*) FROM information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE() AND CHECK_CLAUSE LIKE 'json_valid(%'")" = 2 ]
}

@test "T10 xml" {
    from_postgresql T10 0
    [ "$(types t10)" = "id int(11), x longtext" ]
    [ "$(rows "SELECT LENGTH(x) FROM t10 ORDER BY id")" = "48;14;0;59" ]
}

@test "T11 arrays, ranges, composites" {
    from_postgresql T11 0
    [ "$(types t11)" = "id int(11), a longtext, t longtext, e longtext, r longtext, m longtext, c longtext, ca longtext" ]
    [ "$(rows "SELECT a, e, r, m, c FROM t11 ORDER BY id")" = '[0:1]={1,2}|{x,y}|[1,6)|{[1.0,1.5),[2,)}|(1,"a,""b""",);{}|{}|empty|{}|(,,);{{1,2},{3,NULL}}|NULL|(,)|NULL|NULL' ]
}

@test "T12 enums" {
    from_postgresql T12 0
    [ "$(types t12t)" = "id int(11), e varchar(2), u varchar(1)" ]
    [ "$(rows "SELECT HEX(e), HEX(u) FROM t12t ORDER BY id")" = "7A7A|F09F9880;|31;41|30;6120|31;NULL|NULL" ]
    run ! my_ask b "INSERT INTO t12t VALUES (9, 'c', NULL)"
    run ! my_ask b "INSERT INTO t12t VALUES (9, 'b ', NULL)"
    run ! my_ask b "INSERT INTO t12t VALUES (9, NULL, '?')"
    my_ask b "INSERT INTO t12t VALUES (9, 'a ', '😀')"
}

@test "T13 bits" {
    from_postgresql T13 0
    [ "$(types t13)" = "id int(11), b bit(3), v longtext, b64 bit(64), b100 varchar(100)" ]
    [ "$(rows "SELECT HEX(b), v, HEX(b64), b100 = RPAD('1', 100, '0') FROM t13 ORDER BY id")" = "5||FFFFFFFFFFFFFFFF|1;0|111111111|0|NULL" ]
}

@test "T14 addresses and the like" {
    from_postgresql T14 0
    [ "$(types t14)" = "id int(11), i varchar(43), c varchar(43), m char(17), m8 char(23), u uuid, y decimal(19,2), o int(10) unsigned, r longtext, l longtext" ]
    [ "$(rows "SELECT i, c, m, m8, u, y, o, l FROM t14 ORDER BY id")" = "192.168.0.1/24|10.0.0.0/8|08:00:2b:01:02:03|08:00:2b:01:02:03:04:05|ffffffff-ffff-ffff-ffff-ffffffffffff|-92233720368547758.08|4294967295|0/16B3748;::ffff:1.2.3.4/96|::/0|NULL|NULL|00000000-0000-0000-0000-000000000000|0.01|0|NULL" ]
}

@test "T15 sequences" {
    local numbers="SELECT NEXTVAL(t15s), NEXTVAL(t15_b_seq), NEXTVAL(t15big)"
    from_postgresql T15 3
    [ "$(rows "SELECT a, b, c, d FROM t15 ORDER BY a")" = "5|1|10|2;500|7|8|9" ]
    pg_new c cases/T15.pg.sql
    my_new c
    run pd copy --no-native --sequences=exact "$pg_url" "$my_url"
    [ "$(my_ask c "$numbers" | tr '\t' '|')" = "$(pg_ask c "SELECT nextval('t15s'), nextval('t15_b_seq'), nextval('t15big')")" ]
    [ "$(my_ask c "SELECT increment, minimum_value, maximum_value, cycle_option FROM t15s" | tr '\t' '|')" = "-2|-100|10|1" ]
    [ "$(my_ask c "SELECT maximum_value FROM t15big")" = 9223372036854775806 ]
}

@test "T16 generated columns and defaults" {
    from_postgresql T16 3
    says "default of column 'q' of table 't16': it is not portable"
    my_ask b "SET time_zone = '-08:00'; INSERT INTO t16 (id, a) VALUES (2, 4)"
    [ "$(rows "SELECT g, HEX(s), n, z, HEX(b), x, i, q, u IS NOT NULL FROM t16 WHERE id = 2")" = "8|610A27625C|NULL|NULL|00FF|NaN|-1|NULL|1" ]
    [ "$(rows "SELECT ABS(TIMESTAMPDIFF(SECOND, ts, UTC_TIMESTAMP(6))) < 60 FROM t16 WHERE id = 2")" = 1 ]
}

@test "T17 foreign keys" {
    from_postgresql T17 3
    says "foreign key 'f1' of table 't17c': MariaDB has no MATCH FULL" "foreign key 'f1' of table 't17c': MariaDB does not set defaults, it refuses" \
        "foreign key 'f2' of table 't17c': ON DELETE is for all of its columns here" "foreign key 't17c_self_fkey' of table 't17c': it cannot be deferred here" \
        "foreign key 'nv' of table 't17n': 1 rows point to none in 't17c', so it holds for new rows only"
    [ "$(rows "SELECT a FROM t17n")" = 99 ]
    run ! my_ask b "INSERT INTO t17n VALUES (98)"
    [ "$(rows "SELECT COLUMN_NAME, COLUMN_TYPE FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 't17c' AND COLUMN_NAME = 'big'")" = "big|bigint(20)" ]
}

@test "T18 indexes" {
    from_postgresql T18 3
    says "key 'i18p' of table 't18': MariaDB has no keys of a part of the rows" "key 'i18e' of table 't18'" "key 'i18g' of table 't18'" "key 't18_a_key' of table 't18'"
    [ "$(rows "SELECT id, a, b, r FROM t18 ORDER BY id")" = "1|NULL|x|[1,3);2|5|Y|[3,4)" ]
}

@test "T19 partitions, inheritance, no columns" {
    from_postgresql T19 3
    says "table 't19n': it has no columns, column 'dummy' stands for them"
    [ "$(rows "SELECT a, b FROM t19 ORDER BY a")" = "1|one;11|eleven" ]
    [ "$(rows "SELECT a FROM t19p UNION ALL SELECT c FROM t19k")" = "1;3" ]
    [ "$(rows "SELECT COUNT(*) FROM t19n")" = 2 ]
}

@test "T20 names" {
    from_postgresql T20 3
    [ "$(rows "SELECT * FROM \`T20 q\"uo\`\`te\`")" = "1|2|3|4|5" ]
    [ "$(rows "SELECT GROUP_CONCAT(COLUMN_NAME ORDER BY ORDINAL_POSITION) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME LIKE 'T20 q%'")" = "A,a__1,select,é,日本__440544fc" ]
    my_new c
    complains 1 names=carry -- pd copy --no-native "$pg_url" "$my_url"
    [ -z "$(my_ask c "SHOW TABLES")" ]
}

@test "T21 a policy" { from_postgresql T21 0; }

@test "T22 a row of 300,000 bytes" {
    from_postgresql T22 0
    [ "$(rows "SELECT LENGTH(a), HEX(LEFT(a, 2)), b FROM t22")" = "300000|0000|NULL" ]
}

@test "T23 large objects" {
    from_postgresql T23 0
    [ "$(rows "SELECT page, HEX(data) FROM _polydump_lo")" = "0|00FF" ]
    [ "$(rows "SELECT COUNT(*) FROM t23 JOIN _polydump_lo ON loid = o")" = 1 ]
    [ "$(rows "SELECT o FROM t23 WHERE id = 2")" = 424242 ]
}

@test "T24 domains and extensions" {
    from_postgresql T24 3
    says "collation of column 'c' of table 't24': letters that its engine takes for the same are different here"
    [ "$(rows "SELECT i, c, d, da FROM t24")" = "978-0-393-04002-9|Foo|7|{1,2}" ]
}

@test "T38 storage classes" {
    from_sqlite T38 0
    [ "$(rows "SELECT i, t, b, n, u FROM t38 ORDER BY id")" = "t:abc|t:12|t:txt|r:1.5|i:1;r:12.5|x:0041|i:1|t:abc|t:1;x:31|t:1.5|r:2.0|x:00|x:31;i:9223372036854775807|t:|x:|i:12|r:1000.0;NULL|NULL|NULL|NULL|NULL" ]
    run ! my_ask b "INSERT INTO t38 (id, u) VALUES (9, 't:1')"
}

@test "T39 numbers" {
    from_sqlite T39 0
    [ "$(rows "SELECT r, n, x FROM t39 ORDER BY id")" = "9007199254740992.0|-9223372036854776000.0|r:-0.0;-Infinity|Infinity|r:Infinity;0.0|1000000000000000000|r:1000000000000000000.0;0.1|-9223372036854775808|r:1.0" ]
}

@test "T40 keys" {
    from_sqlite T40 3
    [ "$(rows "SELECT COUNT(*) FROM t40a WHERE a IS NULL")" = 2 ]
    my_ask b "INSERT INTO t40f (v) VALUES (1)"
    [ "$(rows "SELECT id FROM t40f WHERE v = 1 AND id > 10")" = 21 ]
    [ "$(rows "SELECT x FROM t40e ORDER BY x")" = "t:dup;t:dup;t:min" ]
}

@test "T41 text that is none" {
    from_sqlite T41 0
    [ "$(rows "SELECT HEX(t) FROM t41 ORDER BY id")" = "610062;FF;EDA080;00;6F6B" ]
}

@test "T41 the same from UTF-16" { from_sqlite T41u 0; }

@test "T42 virtual tables and clauses" {
    from_sqlite T42 3
    says "key 'i42' of table 't42p'" "foreign key 't42k_k_fk' of table 't42k': 1 rows point to none in 't42p', so it holds for new rows only"
    my_ask b "INSERT INTO t42p (k) VALUES ('b')"
    [ "$(rows "SELECT d, e, g FROM t42p WHERE k = 'b'")" = "t:dq|2|4" ]
    run ! my_ask b "INSERT INTO t42p (k) VALUES ('0123456789')"
}

@test "T43 names" {
    from_sqlite T43 3
    [ "$(rows "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()")" = 5 ]
    my_new c
    complains 1 names=carry -- pd copy a.db "$my_url"
    [ -z "$(my_ask c "SHOW TABLES")" ]
}

@test "T44 declared types that lie" {
    from_sqlite T44 0
    [ "$(types t44)" = "id bigint(20), v longtext, b bigint(20), d longtext, m decimal(38,1), f double, c longtext, p longtext" ]
    [ "$(rows "SELECT v, b, d, m, f, c, p FROM t44 ORDER BY id")" = "too long|1|t:2024-01-02 03:04:05|1.5|1|i:12|t:x;a|0|i:1704164645|1.5|2.5|t:x|x:00;|2|r:2460311.6|999999999999999999.0|NULL|NULL|NULL" ]
}
