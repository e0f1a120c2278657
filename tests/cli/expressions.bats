#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Expressions that would say another thing in another engine: a generated column becomes a plain one
# with its values, a check or a partial index is left out, and all of it is told, by a plan too.

load polydump

teardown()
{
    my_clean
    pg_clean
}

# language NAME - a database of PostgreSQL whose text is in the order of German; its URL is $pg_url.
language()
{
    psql -q -d postgres -c "CREATE DATABASE $(pg_name "$1") TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'de' LOCALE 'C'"
    pg_url=postgresql:$(pg_name "$1")
}

# plain TABLE COLUMN... - copy, and plan, said that these columns are plain ones.
plain()
{
    local table=$1 column
    shift
    for column; do
        says "expression of column '$column' of table '$table': the target does not know it, so the column is a plain one, with the values that it has now"
        grep -qF "expression of column '$column' of table '$table': the target does not know it, so the column is a plain one" <<<"$plan"
    done
    [ "$(grep -c "plain one" <<<"$stderr")" -eq $# ]
}

# copied FROM TO - with what a plan says beforehand in $plan.
copied()
{
    ends_with 0 "$POLYDUMP" plan "$@"
    plan=$output
    ends_with 3 "$POLYDUMP" copy "$@"
}

@test "orders of text by a language do not become orders by bytes" {
    language a
    pg_ask a "CREATE TABLE z (id integer PRIMARY KEY, s text, c varchar(9) COLLATE \"C\", g boolean GENERATED ALWAYS AS (s > 'B') STORED,
            h text GENERATED ALWAYS AS (CASE WHEN s BETWEEN 'a' AND 'z' THEN 'in' ELSE 'out' END) STORED,
            b boolean GENERATED ALWAYS AS (s COLLATE \"C\" > 'B') STORED, d boolean GENERATED ALWAYS AS (c > 'B') STORED, e boolean GENERATED ALWAYS AS (s = 'ä') STORED,
            CONSTRAINT k CHECK (s BETWEEN 'a' AND 'z'));
        CREATE UNIQUE INDEX i ON z (s) WHERE s > 'B'; INSERT INTO z (id, s, c) VALUES (1, 'a', 'a'), (2, 'ä', 'ä'), (3, 'C', 'C'), (4, 'B', 'A')"
    local from=$pg_url rows="1|f|in|t|t|f 2|f|in|t|t|t 3|t|in|t|t|f 4|f|in|f|f|f "
    [ "$(pg_ask a "SELECT id, g, h, b, d, e FROM z ORDER BY id" | tr '\n' ' ')" = "$rows" ]
    copied "$from" o.db
    plain z g h
    says "check 'k' of 'z': expression is not portable" "index 'i' on 'z': its expression is not portable"
    [ "$(sqlite3 o.db "SELECT id, iif(g, 't', 'f'), h, iif(b, 't', 'f'), iif(d, 't', 'f'), iif(e, 't', 'f') FROM z ORDER BY id" | tr '\n' ' ')" = "$rows" ]
    [ "$(sqlite3 o.db "SELECT group_concat(name, ' ') FROM pragma_table_xinfo('z') WHERE hidden > 1")" = "b d e" ]
    my_new m
    copied "$from" "$my_url"
    plain z g h
    [ "$(my_ask m "SELECT id, if(g, 't', 'f'), h, if(b, 't', 'f'), if(d, 't', 'f'), if(e, 't', 'f') FROM z ORDER BY id" | tr '\t\n' '| ')" = "$rows" ]
    ends_with 3 pd ddt "$from" --via sqlite:empty
}

@test "text that SQLite compares by bytes is compared by bytes in PostgreSQL, and text without case is not compared" {
    sqlite3 t.db "CREATE TABLE z (id INTEGER PRIMARY KEY, s TEXT, n TEXT COLLATE NOCASE, h TEXT AS (CASE WHEN s BETWEEN 'a' AND 'z' THEN 'in' ELSE 'out' END) STORED,
            k TEXT AS (CASE WHEN n = 'abc' THEN 'y' ELSE 'n' END) STORED, j TEXT AS (CASE n WHEN 'abc' THEN 'y' ELSE 'n' END) STORED, CONSTRAINT c CHECK (s < 'b' OR s > 'c'), CONSTRAINT d CHECK (n <> 'x'));
        INSERT INTO z (id, s, n) VALUES (1, 'a', 'ABC'), (2, 'ä', 'abc'), (3, 'B', 'x2')"
    local rows="1|in|y|y 2|out|y|y 3|out|n|n "
    [ "$(sqlite3 t.db "SELECT id, h, k, j FROM z" | tr '\n' ' ')" = "$rows" ]
    language a
    copied t.db "$pg_url"
    plain z k j
    says "check 'd' of table 'z': it would say something else of the values here"
    [ "$(pg_ask a "SELECT id, h, k, j FROM z ORDER BY id" | tr '\n' ' ')" = "$rows" ]
    [ "$(pg_ask a "SELECT string_agg(attname, ' ') FROM pg_attribute WHERE attrelid = 'z'::regclass AND attgenerated <> ''")" = "h" ]
    [ "$(pg_ask a "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'c'")" = "CHECK ((((s COLLATE \"C\") < 'b'::text) OR ((s COLLATE \"C\") > 'c'::text)))" ]
    # What was written is read as what it was.
    local full=$pg_url
    language d
    ends_with 3 pd ddt t.db --via "$pg_url"
    ends_with 0 pd copy --no-native --only z "$full" back.db
    [ "$(sqlite3 back.db "SELECT id, h FROM z" | tr '\n' ' ')" = "1|in 2|out 3|out " ]
    my_new m
    copied t.db "$my_url"
    plain z k j
    [ "$(my_ask m "SELECT id, h, k, j FROM z ORDER BY id" | tr '\t\n' '| ')" = "$rows" ]
}

@test "truths, floats and fractions of SQLite keep their values in servers" {
    sqlite3 z.db "CREATE TABLE z (id INTEGER PRIMARY KEY, a INT, x REAL, g AS (a > 1) STORED, t TEXT AS (x) STORED, n INT AS (NOT a), m AS (a || 'x'), f REAL AS (a * 0.1) STORED,
            w TEXT AS (a), v REAL AS (x * 2), e TEXT AS (CASE WHEN a = '5' THEN 'y' ELSE 'n' END), l INT AS (a + 1));
        INSERT INTO z (id, a, x) VALUES (1, 5, 5.0), (2, 0, 1e20), (3, 3, 0.1)"
    local rows="1|1|5.0|0|0.5|5|y 2|0|1.0e+20|1|0.0|0|n 3|1|0.1|0|0.30000000000000004|3|n "
    [ "$(sqlite3 z.db "SELECT id, g, t, n, printf('%!.17g', f), w, e FROM z" | tr '\n' ' ')" = "$rows" ]
    pg_new a
    copied z.db "$pg_url"
    plain z g t n m f e
    [ "$(pg_ask a "SELECT g, t, n, f, w, e, l FROM z ORDER BY id" | tr '\n' ' ')" = "1|5.0|0|0.5|5|y|6 0|1.0e+20|1|0|0|n|1 1|0.1|0|0.30000000000000004|3|n|4 " ]
    ends_with 0 pd verify z.db "$pg_url"
    my_new m
    copied z.db "$my_url"
    plain z g t m f e
    [ "$(my_ask m "SELECT g, t, n, f, w, e, l FROM z ORDER BY id" | tr '\t\n' '| ')" = "1|5.0|0|0.5|5|y|6 0|1.0e+20|1|0|0|n|1 1|0.1|0|0.30000000000000004|3|n|4 " ]
    # An archive has no values: nothing is made that would have others.
    pd dump z.db x
    pg_new b
    ends_with 3 pd restore x "$pg_url"
    [ "$(pg_ask b "SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'z'::regclass AND attnum > 0")" = "id a x w v l" ]
}

@test "decimals are not computed with doubles in SQLite" {
    pg_new a
    pg_ask a "CREATE TABLE line (id integer PRIMARY KEY, price numeric(10,2), qty integer, total numeric(10,2), r real, CONSTRAINT line_sum CHECK (total = price * qty), CONSTRAINT dear CHECK (price >= 0.01),
            ok boolean GENERATED ALWAYS AS (total = price * qty) STORED, cheap boolean GENERATED ALWAYS AS (price < 2.5) STORED, m boolean GENERATED ALWAYS AS (r + r = 0.2) STORED);
        CREATE UNIQUE INDEX i ON line (qty) WHERE total - price = 2.20; CREATE INDEX j ON line (qty) WHERE price = 1.10;
        INSERT INTO line VALUES (1, 1.10, 3, 3.30, 0.1), (2, 19.99, 1, 19.99, 0.5)"
    copied "$pg_url" o.db
    plain line ok m
    says "check 'line_sum' of 'line': SQLite stores or computes its values otherwise" "index 'i' on 'line': SQLite stores or computes its values otherwise"
    ! grep -E "'dear'|'j'" <<<"$stderr"
    [ "$(sqlite3 o.db "SELECT id, ok, cheap FROM line" | tr '\n' ' ')" = "1|1|1 2|1|0 " ]
    [ "$(sqlite3 o.db "SELECT count(*) FROM line WHERE price = 1.10")" = 1 ]
    ends_with 3 pd ddt "$pg_url" --via sqlite:empty
    # MariaDB has decimals.
    my_new m
    ends_with 3 "$POLYDUMP" copy "$pg_url" "$my_url"
    ! grep -E "line_sum|'ok'" <<<"$stderr"
    [ "$(my_ask m "SELECT id, ok, cheap FROM line ORDER BY id" | tr '\t\n' '| ')" = "1|1|1 2|1|0 " ]
}

@test "checks on decimals of SQLite go to servers where doubles say the same" {
    sqlite3 c.db "CREATE TABLE line (id INTEGER PRIMARY KEY, d DECIMAL(8,2) CONSTRAINT sign CHECK (d >= 0), e DECIMAL(14,2), w DECIMAL(18,2), n DECIMAL(8,2), ok BOOLEAN AS (d > 1.5),
            CONSTRAINT pair CHECK (e > d), CONSTRAINT list CHECK (d IN (1.5, 3, 0.1)), CONSTRAINT some CHECK (coalesce(-d, 0) <= 0.01 AND d BETWEEN 0 AND 99.99),
            CONSTRAINT wide CHECK (w > 0), CONSTRAINT sum CHECK (d + e > 0.3), CONSTRAINT digits CHECK (e < 1234567890123456.5), CONSTRAINT unkept CHECK (n < 1));
        INSERT INTO line VALUES (1, 1.5, 2, 1, 0.12345), (2, 3, 3.01, 2, 0.5), (3, 0.1, 0.2, 0.5, 0.25)"
    pg_new a
    my_new m
    copied c.db "$pg_url"
    [ "$(grep -o "left out: check '[a-z]*'" <<<"$stderr" | grep -o "'.*'" | tr -d "'" | sort | tr '\n' ' ')" = "digits sum unkept wide " ]
    [ "$(pg_ask a "SELECT string_agg(conname, ' ' ORDER BY conname) FROM pg_constraint WHERE contype = 'c' AND conrelid = 'line'::regclass")" = "list pair sign some" ]
    [ "$(pg_ask a "SELECT string_agg(id::text, ' ' ORDER BY id) FROM line WHERE ok")" = "$(sqlite3 c.db "SELECT group_concat(id, ' ') FROM line WHERE ok")" ]
    for row in "-0.01, 1" "3, 3" "0.3, 1"; do
        run ! pg_ask a "INSERT INTO line (id, d, e) VALUES (9, $row)"
        run ! sqlite3 c.db "INSERT INTO line (id, d, e) VALUES (9, $row)"
    done
    copied c.db "$my_url"
    # What the server made of n says whether a check of it goes along.
    [ "$(grep -o "left out: check '[a-z]*'" <<<"$stderr" | grep -o "'.*'" | tr -d "'" | sort | tr '\n' ' ')" = "digits sum wide " ]
    for row in "-0.01, 1" "3, 3" "0.3, 1"; do
        run ! my_ask m "INSERT INTO line (id, d, e) VALUES (9, $row)"
    done
    my_ask m "INSERT INTO line (id, d, e, n) VALUES (9, 0.1, 0.11, 0.5)"
    pg_ask a "INSERT INTO line (id, d, e, n) VALUES (9, 0.1, 0.11, 0.5)"
}

@test "a check of numbers and text is left out where the double dump would find another one" {
    sqlite3 c.db "CREATE TABLE k (q NUMERIC CHECK (q IN (1, '2', 3.5))); INSERT INTO k VALUES (1), (2), (3.5)"
    pg_new a
    my_new m
    ends_with 3 pd ddt c.db --via "$pg_url"
    ends_with 3 pd ddt c.db --via "$my_url"
    copied c.db "$pg_url"
    says "check"
}

@test "rows that a foreign key of PostgreSQL joins, and the text in SQLite does not, are told" {
    pg_new a
    pg_ask a "CREATE TABLE pn (n numeric PRIMARY KEY); CREATE TABLE cn (n numeric CONSTRAINT f REFERENCES pn, k integer PRIMARY KEY); INSERT INTO pn VALUES (1.0), (2); INSERT INTO cn VALUES (1.00, 1), (2, 2);
        CREATE TABLE pt (t timestamp PRIMARY KEY); CREATE TABLE ct (d date CONSTRAINT e REFERENCES pt, k integer PRIMARY KEY); INSERT INTO pt VALUES ('2020-01-01'); INSERT INTO ct VALUES ('2020-01-01', 1)"
    ends_with 3 "$POLYDUMP" copy "$pg_url" o.db
    grep -qE "foreign key .*'cn'.*1 row" <<<"$stderr"
    grep -qE "foreign key .*'ct'.*1 row" <<<"$stderr"
    [ "$(sqlite3 o.db "PRAGMA foreign_key_check" | wc -l)" -eq 2 ]
}

@test "labels of an enum are compared everywhere, their order is not" {
    my_new a
    my_ask a "CREATE TABLE e (id int PRIMARY KEY, w enum('a','b','','it''s') CHECK (w IN ('a','b')), v enum('a','b') CHECK (v <> 'a' OR id > 5), CONSTRAINT c1 CHECK (w IS NOT NULL AND NOT (w = 'b' AND id < 3)),
        CONSTRAINT c2 CHECK (w NOT IN ('it''s','')), CONSTRAINT c3 CHECK (w = 'it''s' OR w = 'a'), CONSTRAINT n1 CHECK (w < 'b'), CONSTRAINT n2 CHECK (w <> v), CONSTRAINT n3 CHECK (w <> ''), CONSTRAINT n4 CHECK (w = 'A'),
        CONSTRAINT n5 CHECK (w = CASE WHEN id = 1 THEN 'a' ELSE 'b' END), CONSTRAINT n6 CHECK (w >= 'a'))"
    pg_new b
    ends_with 3 "$POLYDUMP" copy "$my_url" "$pg_url"
    says "check 'c2' of table 'e': it is not portable" "check 'n1' of table 'e': it is not portable" "check 'n6' of table 'e': it is not portable"
    [ "$(grep -c "left out: check" <<<"$stderr")" -eq 7 ]
    [ "$(pg_ask b "SELECT string_agg(conname, ' ' ORDER BY conname) FROM pg_constraint WHERE conrelid = 'e'::regclass AND contype = 'c'")" = "c1 c3 e_check e_check1" ]
    pg_new p
    pg_ask p "CREATE TYPE m AS ENUM ('a', 'b', 'it''s'); CREATE TABLE e (w m, CONSTRAINT c1 CHECK (w IN ('a', 'it''s')), CONSTRAINT c2 CHECK (w = 'a' OR w <> 'b'), CONSTRAINT c3 CHECK (w NOT IN ('b', 'it''s')),
        CONSTRAINT n1 CHECK (w < 'b'), CONSTRAINT n2 CHECK (CASE WHEN w = 'a' THEN 'a'::m ELSE 'b'::m END < 'it''s'), CONSTRAINT n3 CHECK (w BETWEEN 'a' AND 'b')); INSERT INTO e VALUES ('a')"
    my_new t
    local url
    for url in "$my_url" t.db; do
        ends_with 3 "$POLYDUMP" copy "$pg_url" "$url"
        [ "$(grep -c "left out: check 'n" <<<"$stderr")" -eq 3 ]
        [ "$(grep -c "left out: check" <<<"$stderr")" -eq 3 ]
    done
    ends_with 3 pd ddt --via sqlite:v.db "$pg_url"
}

@test "checks that compare dates with days of the calendar go between the servers and into SQLite, and come back" {
    my_new a
    my_ask a "CREATE TABLE t (id int PRIMARY KEY, d date, CONSTRAINT c1 CHECK (d > '2020-01-01'), CONSTRAINT c2 CHECK (d IN ('2024-02-29', '2024-03-01') OR d <= '2023-12-31')); INSERT INTO t VALUES (1, '2024-02-29')"
    pg_new b
    ends_with 0 pd ddt --via "$pg_url" "$my_url"
    ends_with 0 pd ddt --via sqlite:v.db "$my_url"
    ends_with 0 pd copy "$my_url" "$pg_url"
    run pg_ask b "INSERT INTO t VALUES (2, '2024-03-02')"
    [[ "$output" == *'violates check constraint "c2"'* ]]
    pg_ask b "ALTER TABLE t ADD CONSTRAINT n1 CHECK (d < ('2024-01-01'::date + 900)), ADD CONSTRAINT n2 CHECK (d < '2024-01-01 00:00'::timestamp + interval '3 years'), ADD CONSTRAINT n3 CHECK (d < 'infinity')"
    my_new c
    ends_with 3 "$POLYDUMP" copy "$pg_url" "$my_url"
    says "check 'n1' of table 't': a column of it is stored or compared otherwise here" "check 'n2' of table 't': it is not portable" "check 'n3' of table 't': it is not portable"
    [ "$(grep -c "left out: check" <<<"$stderr")" -eq 3 ]
    [ "$(my_ask c "SELECT GROUP_CONCAT(CONSTRAINT_NAME ORDER BY 1) FROM information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE()")" = c1,c2 ]
}

# generated ENGINE NAME TABLE - the generated columns of it, in a line.
generated()
{
    case $1 in
    sqlite) sqlite3 "$2" "SELECT group_concat(name, ' ') FROM pragma_table_xinfo('$3') WHERE hidden > 1" ;;
    postgresql) pg_ask "$2" "SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = '$3'::regclass AND attgenerated <> ''" ;;
    mariadb) my_ask "$2" "SELECT group_concat(COLUMN_NAME ORDER BY ORDINAL_POSITION SEPARATOR ' ') FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND IS_GENERATED = 'ALWAYS' AND TABLE_NAME = '$3'" ;;
    esac
}

@test "a generated column whose type makes another value of what is computed is a plain one elsewhere: from MariaDB" {
    my_new a
    my_ask a "CREATE TABLE g (id int PRIMARY KEY, i int, t varchar(20), d date, y year AS (i) STORED, c char(10) AS (t), dt datetime AS (d), n decimal(20,2) AS (i), l int AS (char_length(t)), v varchar(5) AS (t), f float AS (i), x double DEFAULT 1.239, r double(10,2) AS (x),
            b bigint AS (i), w varchar(20) AS (t), e date AS (d), s char(5) AS (CASE WHEN i > 5 THEN 'yes' ELSE 'no' END));
        INSERT INTO g (id, i, t, d) VALUES (1, 2, 'ab  ', '2020-01-01'), (2, 48, 'x\0b', NULL), (3, 99, NULL, NULL)"
    local from=$my_url rows="1|2002|ab|2020-01-01 00:00:00|2.00|4|2|2 2|2048|780062||48.00|3|48|48 3|1999|||99.00||99|99 "
    copied "$from" g.db
    plain g y c dt n l v f r
    [ "$(sqlite3 g.db "SELECT DISTINCT r FROM g")" = 1.24 ]
    [ "$(sqlite3 g.db "SELECT id, y, iif(id = 2, hex(c), c), dt, n, l, CAST(f AS INT), b FROM g ORDER BY id" | tr '\n' ' ')" = "$rows" ]
    [ "$(generated sqlite g.db g)" = "b w e s" ]
    ends_with 3 pd ddt "$from" --via sqlite:empty
    my_ask a "UPDATE g SET t = 'xyb' WHERE id = 2"
    pg_new b
    copied "$from" "$pg_url"
    plain g y c dt v f r
    [ "$(pg_ask b "SELECT DISTINCT r FROM g")" = 1.24 ]
    [ "$(pg_ask b "SELECT id, y, rtrim(c), dt, n, l, f, b FROM g ORDER BY id" | tr '\n' ' ')" = "${rows/780062/xyb}" ]
    [ "$(generated postgresql b g)" = "n l b w e s" ]
    pg_new v
    ends_with 3 pd ddt "$from" --via "$pg_url"
}

@test "a generated column whose type makes another value of what is computed is a plain one elsewhere: from PostgreSQL" {
    pg_new a
    pg_ask a "CREATE TABLE g (id integer PRIMARY KEY, ts timestamp, tm time, t text, i integer, d date GENERATED ALWAYS AS (ts) STORED, t0 timestamp(0) GENERATED ALWAYS AS (ts) STORED, t3 timestamp(3) GENERATED ALWAYS AS (ts) STORED,
            m0 time(0) GENERATED ALWAYS AS (tm) STORED, c char(20) GENERATED ALWAYS AS (t) STORED, h numeric(6,-2) GENERATED ALWAYS AS (i) STORED, tt timestamp GENERATED ALWAYS AS (ts) STORED, l integer GENERATED ALWAYS AS (char_length(t)) STORED,
            CONSTRAINT k CHECK (ts < tt OR ts = tt));
        INSERT INTO g VALUES (1, '2020-01-01 23:59:59.6', '10:00:00.7', 'ab ', 1234)"
    local from=$pg_url rows="2020-01-01|2020-01-02 00:00:00|2020-01-01 23:59:59.6|10:00:01|ab|1200"
    copied "$from" g.db
    plain g d t0 t3 m0 c h
    [ "$(sqlite3 g.db "SELECT d, t0, t3, m0, c, h FROM g")" = "$rows" ]
    [ "$(generated sqlite g.db g)" = "tt l" ]
    ends_with 3 pd ddt "$from" --via sqlite:empty
    my_new m
    copied "$from" "$my_url"
    plain g d t0 t3 m0 c h
    [ "$(my_ask m "SELECT d, t0, t3, m0, c, h FROM g" | tr '\t' '|')" = "${rows/59.6/59.600}" ]
    [ "$(generated mariadb m g)" = "tt l" ]
    my_new v
    ends_with 3 pd ddt "$from" --via "$my_url"
}

@test "what SQLite computes of whole numbers is whole in the servers" {
    sqlite3 g.db "CREATE TABLE g (id INTEGER PRIMARY KEY, a INT, e, x REAL, p NUMERIC AS (a * 3), q INT AS (e * 3), r INT AS (e + 1), w NUMERIC AS (x * 2), y INT AS (p + 1), z INT AS (v - 1), v INT AS (a + 1), u NUMERIC AS (a + x));
        INSERT INTO g (id, a, e, x) VALUES (0, 3002399751580331, 9007199254740992, 1.25), (1, NULL, -1, NULL)"
    local rows="9007199254740993|27021597764222976|9007199254740993|2.5|9007199254740994|3002399751580331|3002399751580332 NULL|-3|0|NULL|NULL|NULL|NULL "
    [ "$(sqlite3 -nullvalue NULL g.db "SELECT p, q, r, w, y, z, v FROM g ORDER BY id" | tr '\n' ' ')" = "$rows" ]
    my_new m
    copied g.db "$my_url"
    # A column is made of those before it.
    plain g z
    [ "$(my_ask m "SELECT p, q, r, w, y, z, v FROM g ORDER BY id" | tr '\t\n' '| ')" = "$rows" ]
    [ "$(my_ask m "SELECT group_concat(concat(COLUMN_NAME, ' ', DATA_TYPE) ORDER BY ORDINAL_POSITION SEPARATOR ', ') FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND IS_GENERATED = 'ALWAYS'")" = "p bigint, q bigint, r bigint, w double, y bigint, v bigint, u double" ]
    ends_with 0 pd verify g.db "$my_url"
    my_new v
    ends_with 3 pd ddt g.db --via "$my_url"
    pg_new p
    copied g.db "$pg_url"
    plain g w y z u
    [ "$(pg_ask p "SELECT p, q, r, w, y, z, v FROM g ORDER BY id" | sed 's/||/|NULL|/g; s/||/|NULL|/g; s/|$/|NULL/; s/^|/NULL|/' | tr '\n' ' ')" = "$rows" ]
}

@test "a numeric of any scale is not computed in MariaDB, whatever is done with misfits" {
    pg_new a
    pg_ask a "CREATE TABLE h (id integer PRIMARY KEY, a numeric(38,18), b numeric(38,18), g numeric GENERATED ALWAYS AS (a * b) STORED, f numeric(40,20) GENERATED ALWAYS AS (a * b) STORED);
        INSERT INTO h VALUES (0, 1.000000000000000001, 1.000000000000000001), (1, 0.000000000000000001, 0.000000000000000001)"
    local from=$pg_url misfit rows="1.000000000000000002000000000000000001|1.00000000000000000200
0.000000000000000000000000000000000001|0.00000000000000000000"
    for misfit in stop carrier; do
        my_new $misfit
        copied --misfit=$misfit "$from" "$my_url"
        plain h g f
        [ "$(my_ask $misfit "SELECT g, f FROM h ORDER BY id" | tr '\t' '|')" = "$rows" ]
        ends_with 0 pd verify "$from" "$my_url"
    done
    my_new v
    ends_with 3 "$POLYDUMP" ddt "$from" --via "$my_url"
    says "expression of column 'g' of table 'h': it is not portable, so the column is left out"
    [ "$(grep -c "of table 'h'" <<<"$stderr")" = 2 ]
}

@test "products of more digits than MariaDB multiplies are plain columns, out of it and into it" {
    pg_new a
    pg_ask a "CREATE TABLE h (id integer PRIMARY KEY, a numeric(38,20), d numeric(10,2), g numeric(60,20) GENERATED ALWAYS AS (a * a) STORED, p numeric(40,2) GENERATED ALWAYS AS (d * d * id) STORED);
        INSERT INTO h VALUES (1, 123456789012345.12345678901234567899, 19.99)"
    local from=$pg_url
    [ "$(pg_ask a "SELECT g, p FROM h")" = "15241578753238699603719905502.52113455389427309987|399.60" ]
    my_new m
    copied "$from" "$my_url"
    plain h g
    [ "$(my_ask m "SELECT g, p FROM h" | tr '\t' '|')" = "15241578753238699603719905502.52113455389427309987|399.60" ]
    ends_with 0 pd verify "$from" "$my_url"
    my_new n
    my_ask n "CREATE TABLE h (id int PRIMARY KEY, a decimal(38,20), g decimal(60,20) AS (a * a)); INSERT INTO h (id, a) VALUES (1, 123456789012345.12345678901234567899)"
    [ "$(my_ask n "SELECT g FROM h")" = 15241578753238699603719905502.52101233167315087820 ]
    pg_new b
    copied "$my_url" "$pg_url"
    plain h g
    [ "$(pg_ask b "SELECT g FROM h")" = 15241578753238699603719905502.52101233167315087820 ]
}

@test "a primary key with a computed column is unique where it can be no more, and foreign keys find it" {
    pg_new a
    pg_ask a "CREATE TABLE g5 (a int, g int GENERATED ALWAYS AS (a + 1) STORED PRIMARY KEY); CREATE TABLE g7 (id serial, a int, c int GENERATED ALWAYS AS (a + 1) STORED, PRIMARY KEY (id, c));
        CREATE TABLE child (g int PRIMARY KEY REFERENCES g5); INSERT INTO g5 (a) VALUES (-1), (0); INSERT INTO g7 (a) VALUES (7), (8); INSERT INTO child VALUES (0)"
    local from=$pg_url
    my_new m
    ends_with 3 "$POLYDUMP" copy "$from" "$my_url"
    says "key 'g5_pkey' of table 'g5': a primary key has no computed columns here, so it is unique and no more" "key 'g7_pkey' of table 'g7': a primary key has no computed columns here, so it is unique and no more"
    ! grep -E "foreign|plain one" <<<"$stderr"
    [ "$(my_ask m "SELECT a, g FROM g5 ORDER BY a" | tr '\t\n' '| ')" = "-1|0 0|1 " ]
    [ "$(my_ask m "SELECT group_concat(concat(TABLE_NAME, '.', COLUMN_NAME, ' ', NON_UNIQUE) ORDER BY TABLE_NAME, SEQ_IN_INDEX SEPARATOR ', ') FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME <> 'child'")" = "g5.g 0, g7.id 0, g7.c 0" ]
    [ "$(my_ask m "SELECT REFERENCED_TABLE_NAME FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE()")" = g5 ]
    ends_with 0 pd verify "$from" "$my_url"
    my_new v
    ends_with 3 pd ddt "$from" --via "$my_url"
    ends_with 3 "$POLYDUMP" copy "$from" o.db
    says "primary key 'g5_pkey' of 'g5': SQLite has no generated columns in one, so it is unique and no more" "primary key 'g7_pkey' of 'g7': SQLite has no generated columns in one, so it is unique and no more"
    [ "$(sqlite3 o.db "SELECT a, g FROM g5" | tr '\n' ' ')" = "-1|0 0|1 " ]
    [ "$(sqlite3 o.db "SELECT t.name, i.name, i.\"unique\", (SELECT group_concat(name) FROM pragma_index_info(i.name)) FROM sqlite_schema t, pragma_index_list(t.name) i WHERE t.name <> 'child'" | tr '\n' ' ')" = "g5|sqlite_autoindex_g5_1|1|g g7|sqlite_autoindex_g7_1|1|id,c " ]
    ! sqlite3 o.db "PRAGMA foreign_keys = ON; INSERT INTO child VALUES (5)"
    sqlite3 o.db "PRAGMA foreign_keys = ON; INSERT INTO child VALUES (1)"
    ends_with 3 pd ddt "$from" --via sqlite:empty
}

@test "what a server would not make a generated column of is known before, and its values come" {
    my_new a
    my_ask a "CREATE TABLE t (id int PRIMARY KEY, e enum('a', 'b'), e2 enum('a', 'b') AS (e)); INSERT INTO t (id, e) VALUES (1, 'b'), (2, NULL)"
    pg_new b
    copied "$my_url" "$pg_url"
    plain t e2
    [ "$(pg_ask b "SELECT id, e, e2 FROM t ORDER BY id" | tr '\n' ' ')" = "1|b|b 2|| " ]
    pg_new a
    pg_ask a "CREATE TABLE u (c char(5) PRIMARY KEY, e boolean GENERATED ALWAYS AS (c = 'a') STORED, l int GENERATED ALWAYS AS (char_length(c)) STORED, n boolean GENERATED ALWAYS AS (c IS NULL) STORED, d char(5) GENERATED ALWAYS AS (c) STORED);
        INSERT INTO u VALUES ('a'), ('bc')"
    my_new c
    copied "$pg_url" "$my_url"
    plain u e l n
    [ "$(my_ask c "SELECT c, e, l, n, d FROM u ORDER BY c" | tr '\t\n' '| ')" = "a|1|1|0|a bc|0|2|0|bc " ]
    [ "$(my_ask c "SELECT group_concat(COLUMN_NAME) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND IS_GENERATED = 'ALWAYS'")" = d ]
}

@test "what SQLite compares as text is not compared as dates, times and uuids" {
    sqlite3 s.db "CREATE TABLE g (id INTEGER PRIMARY KEY, d DATETIME, t TIME, dd DATE, u UUID, v UUID, k DATETIME, a BOOLEAN AS (d > '2020-01-01') STORED, b BOOLEAN AS (t < '9:00') STORED,
            c BOOLEAN AS (d BETWEEN '2020-01-01' AND '2020-01-31') STORED, e INT AS (CASE WHEN d IN ('2020-01-01') THEN 1 ELSE 0 END) STORED, f INT AS (CASE d WHEN '2020-01-01' THEN 1 ELSE 0 END),
            g BOOLEAN AS (u = 'ABCDEF00-0000-0000-0000-000000000000'), h BOOLEAN AS (u < 'b'), i BOOLEAN AS (v > u), j DATE AS (d), o BOOLEAN AS (dd > '2019-12-31'), p BOOLEAN AS (d < k), q BOOLEAN AS (d IS NULL),
            CONSTRAINT n1 CHECK (d > '2020-01-01'), CONSTRAINT n2 CHECK (u <> 'ABCDEF00-0000-0000-0000-000000000000'), CONSTRAINT y1 CHECK (d IS NOT NULL AND d <= k));
        CREATE INDEX part ON g (id) WHERE d > '2021-01-01'; CREATE TABLE l (id INTEGER PRIMARY KEY, s TEXT, n INT AS (length(s)));
        INSERT INTO g (id, d, t, dd, u, v, k) VALUES (1, '2020-01-01 00:00:00', '10:00:00', '2020-01-01', 'abcdef00-0000-0000-0000-000000000000', 'abcdef00-0000-0000-0000-000000000001', '2020-01-01 00:00:00.5'); INSERT INTO l (id, s) VALUES (1, 'a')"
    local rows="1 1 1 0 0 0 1 1 2020-01-01 00:00:00 1 1 0"
    [ "$(sqlite3 -separator ' ' s.db "SELECT a, b, c, e, f, g, h, i, j, o, p, q FROM g")" = "$rows" ]
    pg_new b
    copied s.db "$pg_url"
    plain g a b c e f g h i j o
    says "check 'n1' of table 'g': it would say something else of the values here" "check 'n2' of table 'g': it would say something else of the values here" "key 'part' of table 'g'"
    [ "$(pg_ask b "SELECT concat_ws(' ', a::int, b::int, c::int, e, f, g::int, h::int, i::int, j, o::int, p::int, q::int) FROM g")" = "$rows" ]
    [ "$(generated postgresql b g) $(generated postgresql b l)" = "p q n" ]
    [ "$(pg_ask b "SELECT conname FROM pg_constraint WHERE conrelid = 'g'::regclass AND contype = 'c'")" = y1 ]
    pg_new v
    ends_with 3 pd ddt s.db --via "$pg_url"
    # length() of SQLite ends at U+0000, which MariaDB counts.
    sqlite3 s.db "UPDATE l SET s = 'a' || char(0) || 'b'"
    my_new m
    copied s.db "$my_url"
    says "expression of column 'n' of table 'l': the target does not know it, so the column is a plain one" "check 'n1'" "check 'n2'"
    [ "$(my_ask m "SELECT concat_ws(' ', a, b, c, e, f, g, h, i, j, o, p, q) FROM g")" = "$rows" ]
    [ "$(my_ask m "SELECT n, hex(s) FROM l" | tr '\t' ' ')" = "1 610062" ]
    [ "$(generated mariadb m g)" = "p q" ]
    my_new w
    ends_with 3 pd ddt s.db --via "$my_url"
}

@test "blanks at the end of a literal, which char of PostgreSQL does not count, are not compared there" {
    my_new a
    my_ask a "CREATE TABLE k (id int PRIMARY KEY, c char(5) COLLATE utf8mb4_nopad_bin, CONSTRAINT n CHECK (c <> 'x '), CONSTRAINT y CHECK (c <> 'q')); INSERT INTO k VALUES (1, 'x')"
    pg_new b
    copied "$my_url" "$pg_url"
    says "check 'n' of table 'k': it would say something else of the values here"
    [ "$(pg_ask b "SELECT conname FROM pg_constraint WHERE conrelid = 'k'::regclass AND contype = 'c'")" = y ]
    ends_with 0 pd copy "$my_url" k.db
    [ "$(sqlite3 k.db "SELECT sql LIKE '%<> ''x '')%' FROM sqlite_schema WHERE name = 'k'")" = 1 ]
}

@test "what MariaDB writes for a check or a generated column says the same; one that got another name is the same" {
    pg_new a
    pg_ask a 'CREATE TABLE k (id int PRIMARY KEY, a boolean, b boolean, n int, CHECK (NOT a OR b), CHECK (a OR b), CHECK (NOT (n > 5)), CHECK (NOT (a AND n > 2)), g boolean GENERATED ALWAYS AS (NOT a) STORED);
        INSERT INTO k VALUES (0, true, true, 1); CREATE TABLE "t😀" (id int PRIMARY KEY, y int CHECK (y > 0)); CREATE TABLE w (id int PRIMARY KEY, x int, CONSTRAINT "ck" CHECK (x > 1), CONSTRAINT "CK" CHECK (x > 0))'
    my_new m
    ends_with 3 "$POLYDUMP" ddt --no-native --via "$my_url" "$pg_url"
    says "name of check 't😀_y_check' of table 't😀': it is taken, or the server holds no such name, it is called 't__y_check_494fdc29'" "name of check 'ck' of table 'w'"
    [[ "$stderr" == "proved 3 tables, 1 row in "* ]]
    sqlite3 c.db 'CREATE TABLE k (id INTEGER PRIMARY KEY, n INT, CHECK (NOT (n > 5)), CONSTRAINT "c😀" CHECK (n > 0)); INSERT INTO k VALUES (0, 1)'
    ends_with 3 pd ddt --via "$my_url" sqlite:c.db
}

@test "casts that decide with how many bits is computed are there again in PostgreSQL's own tables" {
    pg_new a
    pg_ask a "CREATE TABLE g (a int PRIMARY KEY, b int, c bigint GENERATED ALWAYS AS (a::bigint * b) STORED, d bigint GENERATED ALWAYS AS (2::bigint * a) STORED, e bigint GENERATED ALWAYS AS (abs(a::bigint)) STORED,
        CHECK (a::bigint + b > 5), CHECK (- a::bigint < 7)); CREATE INDEX i ON g (b) WHERE a::bigint * b > 8; INSERT INTO g VALUES (2147483647, 2), (3, 4)"
    ends_with 0 pd ddt "$pg_url"
    local from=$pg_url
    pg_new b
    ends_with 0 pd copy "$from" "$pg_url"
    local asked="SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef ORDER BY adnum; SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c' ORDER BY conname; SELECT pg_get_indexdef('i'::regclass); TABLE g"
    diff <(pg_ask a "$asked") <(pg_ask b "$asked")
    # Another engine has 64 bits without them.
    ends_with 0 pd copy "$pg_url" sqlite:b.db
    [ "$(sqlite3 b.db "SELECT * FROM g WHERE b = 2")" = "2147483647|2|4294967294|4294967294|2147483647" ]
    [[ "$(sqlite3 b.db .schema)" == *'(- "a")'* ]]
}
