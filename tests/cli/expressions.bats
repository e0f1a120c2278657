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
