#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Columns that are there and of the kind of the source, but hold less: plan counts what a run refuses, both
# tell the first such value by its key in the same words, and what is at the limit goes in.

load polydump

teardown()
{
    [ -z "${PGHOST-}" ] || pg_clean
    [ -z "${POLYDUMP_TEST_MARIADB_SOCKET-}" ] || my_clean
}

# agree SOURCE TARGET TABLE N ID WORDS WHY - N values of TABLE do not fit, the first is in row ID, and why.
agree()
{
    local source=$1 target=$2 table=$3 n=$4 id=$5 words=$6 why=$7 said
    said="$n values do not fit"
    [ "$n" != 1 ] || said="1 value does not fit"
    ends_with 1 "$POLYDUMP" plan "$source" "$target" --only "$table"
    [[ "$output" == *"$said, as the one in the row with id = '$id': $words"*": $why"* ]] || { echo "$table: plan: $output"; return 1; }
    complains 1 "table '$table'" "column 'v', row with id = '$id': $words" ": $why" "or the column in the target" "--rejects" -- pd copy "$source" "$target" --only "$table"
    [[ "$stderr" != *"tag '"* && "$stderr" != *"misfit=carrier"* ]] || { echo "$table: $stderr"; return 1; }
}

# fits SOURCE TARGET - plan and run pass.
fits()
{
    ends_with 0 "$POLYDUMP" plan "$@"
    ends_with 0 pd copy "$@"
}

@test "days of MariaDB that no calendar has, and text with NUL, into PostgreSQL" {
    my_new a
    my_ask a "SET sql_mode = 'ALLOW_INVALID_DATES';
        CREATE TABLE d (id int PRIMARY KEY, v date); INSERT INTO d VALUES (1, '2024-02-29'), (2, '0000-00-00'), (3, NULL), (4, '2024-02-31'), (5, '2024-00-01');
        CREATE TABLE s (id int PRIMARY KEY, v datetime); INSERT INTO s VALUES (1, '9999-12-31 23:59:59'), (2, '0000-00-00 00:00:00'), (3, '2024-02-31 12:00:00');
        CREATE TABLE z (id int PRIMARY KEY, v timestamp NULL); INSERT INTO z VALUES (1, '2024-02-29 12:00:00'), (2, 0);
        CREATE TABLE x (id int PRIMARY KEY, v text); INSERT INTO x VALUES (1, 'ä'), (2, 'a\\0b'), (3, NULL)"
    local a=$my_url n table
    pg_new n
    n=$pg_url
    pg_ask n "CREATE TABLE d (id int PRIMARY KEY, v date); CREATE TABLE s (id int PRIMARY KEY, v timestamp);
        CREATE TABLE z (id int PRIMARY KEY, v timestamptz); CREATE TABLE x (id int PRIMARY KEY, v text)"
    agree "$a" "$n" d 3 2 "the date '0000-00-00' does not fit 'date'" "it is no day of the calendar"
    agree "$a" "$n" s 2 2 "the date '0000-00-00 00:00:00' does not fit 'timestamp without time zone'" "it is no day of the calendar"
    agree "$a" "$n" z 1 2 "the date '0000-00-00 00:00:00' does not fit 'timestamp with time zone'" "it is no day of the calendar"
    agree "$a" "$n" x 1 2 "'a\x00b' does not fit 'text" "the column holds no text with U+0000"
    # An archive's rows are no other, and such rows can be set aside.
    pd dump "$a" a
    ends_with 1 "$POLYDUMP" plan a "$n" --only d
    ends_with 3 pd copy "$a" "$n" --rejects left
    [ "$(pg_ask n "SELECT string_agg(id::text, ' ' ORDER BY id) FROM d UNION ALL SELECT string_agg(id::text, ' ') FROM s UNION ALL SELECT string_agg(id::text, ' ') FROM x" | tr '\n' '/')" = "1 3/1/1 3/" ]
    for table in d s z x; do
        pg_ask n "TRUNCATE $table"
        my_ask a "DELETE FROM $table WHERE id > 1 AND v IS NOT NULL"
    done
    fits "$a" "$n"
}

@test "infinities, NaN, -0, and years that MariaDB does not have, out of PostgreSQL" {
    pg_new a
    pg_ask a "CREATE TABLE d (id int PRIMARY KEY, v date); INSERT INTO d VALUES (1, '9999-12-31'), (2, '10000-01-01'), (3, '0044-03-15 BC'), (4, NULL), (5, 'infinity');
        CREATE TABLE s (id int PRIMARY KEY, v timestamp); INSERT INTO s VALUES (1, '9999-12-31 23:59:59'), (2, 'infinity'), (3, '-infinity'), (4, '12024-01-01'), (5, '0044-03-15 BC');
        CREATE TABLE z (id int PRIMARY KEY, v timestamptz); INSERT INTO z VALUES (1, '1970-01-01 00:00:01Z'), (2, '1969-12-31Z'), (3, '2106-02-07 06:28:16Z'), (4, NULL);
        CREATE TABLE c (id int PRIMARY KEY, v time); INSERT INTO c VALUES (1, '23:59:59');
        CREATE TABLE f (id int PRIMARY KEY, v float8); INSERT INTO f VALUES (1, 0), (2, 'NaN'), (3, '-0'), (4, '-infinity'), (5, NULL);
        CREATE TABLE r (id int PRIMARY KEY, v real); INSERT INTO r VALUES (1, 1.5), (2, '-0'), (3, 'infinity');
        CREATE TABLE n (id int PRIMARY KEY, v numeric(10,2)); INSERT INTO n VALUES (1, 1.25), (2, 'NaN')"
    local a=$pg_url n table last=2038
    [ "$(my_version)" -lt 1105 ] || last=2106
    my_new n
    n=$my_url
    my_ask n "CREATE TABLE d (id int PRIMARY KEY, v date); CREATE TABLE s (id int PRIMARY KEY, v datetime(6)); CREATE TABLE z (id int PRIMARY KEY, v timestamp(6) NULL);
        CREATE TABLE c (id int PRIMARY KEY, v time); CREATE TABLE f (id int PRIMARY KEY, v double); CREATE TABLE r (id int PRIMARY KEY, v float); CREATE TABLE n (id int PRIMARY KEY, v decimal(10,2))"
    agree "$a" "$n" d 3 2 "'10000-01-01' does not fit 'date'" "the column holds the years 0 to 9999"
    agree "$a" "$n" s 4 2 "'infinity' does not fit 'datetime(6)'" "the column holds no infinity"
    agree "$a" "$n" z 2 2 "'1969-12-31 00:00:00+00' does not fit 'timestamp(6)'" "the column holds the years 1970 to $last"
    agree "$a" "$n" f 3 2 "'NaN' does not fit 'double'" "the column holds no NaN"
    agree "$a" "$n" r 2 2 "'-0.0' does not fit 'float'" "the column has no -0, and would keep 0"
    agree "$a" "$n" n 1 2 "'NaN' does not fit 'decimal(10,2)'" "the column holds no NaN"
    for table in d s z f r n; do
        pg_ask a "DELETE FROM $table WHERE id > 1 AND v IS NOT NULL"
    done
    fits "$a" "$n"
    # SQLite has infinities, and no -0.
    pg_ask a "INSERT INTO f VALUES (6, 'infinity'), (7, '-0')"
    database s.db <<<"CREATE TABLE f (id INTEGER PRIMARY KEY, v REAL)"
    agree "$a" s.db f 1 7 "'-0.0' does not fit 'REAL'" "the column has no -0, and would keep 0"
    pg_ask a "DELETE FROM f WHERE id = 7"
    fits "$a" s.db --only f
}

@test "texts that are longer than a column of bytes or characters" {
    database a.db <<<"CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, printf('%.*c', 65535, 'x')), (2, printf('%.*c', 65536, 'x')), (3, NULL), (4, printf('%.*c', 80000, 'x'));
        CREATE TABLE w (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO w VALUES (1, replace(printf('%.*c', 32767, 'x'), 'x', 'ä')), (2, replace(printf('%.*c', 70000, 'x'), 'x', 'ä'));
        CREATE TABLE y (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO y VALUES (1, printf('%.*c', 255, 'x')), (2, replace(printf('%.*c', 128, 'x'), 'x', 'ä'));
        CREATE TABLE l (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO l VALUES (1, printf('%.*c', 6000000, 'x')), (2, printf('%.*c', 17000000, 'x'));
        CREATE TABLE c (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO c VALUES (1, 'äöüß'), (2, 'abcde');
        CREATE TABLE u (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO u VALUES (1, 'ä€'), (2, 'x😀');
        CREATE TABLE b (id INTEGER PRIMARY KEY, v BLOB); INSERT INTO b VALUES (1, zeroblob(255)), (2, zeroblob(256))"
    local n table
    my_new n
    n=$my_url
    my_ask n "CREATE TABLE t (id int PRIMARY KEY, v text); CREATE TABLE w (id int PRIMARY KEY, v text); CREATE TABLE y (id int PRIMARY KEY, v tinytext);
        CREATE TABLE l (id int PRIMARY KEY, v mediumtext); CREATE TABLE c (id int PRIMARY KEY, v varchar(4)); CREATE TABLE u (id int PRIMARY KEY, v varchar(9) CHARACTER SET utf8mb3);
        CREATE TABLE b (id int PRIMARY KEY, v tinyblob)"
    agree a.db "$n" t 2 2 "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'... does not fit 'text" "it has 65536 bytes, and the column holds 65535"
    agree a.db "$n" w 1 2 "'ääääääääääääääääääääääääääääääää'... does not fit 'text" "it has 140000 bytes, and the column holds 65535"
    agree a.db "$n" y 1 2 "'ääääääääääääääääääääääääääääääää'... does not fit 'tinytext" "it has 256 bytes, and the column holds 255"
    agree a.db "$n" l 1 2 "17000000 bytes does not fit 'mediumtext" "it has 17000000 bytes, and the column holds 16777215"
    agree a.db "$n" c 1 2 "'abcde' does not fit 'varchar(4)" "it is too long for the column"
    agree a.db "$n" u 1 2 "'x😀' does not fit 'varchar(9)" "the column holds no characters beyond U+FFFF"
    agree a.db "$n" b 1 2 "'00000000000000000000000000000000" "it has 256 bytes, and the column holds 255"
    for table in t w y l c u b; do
        sqlite3 a.db "DELETE FROM $table WHERE id > 1 AND v IS NOT NULL"
    done
    fits a.db "$n"
    # PostgreSQL's names have 63 bytes, and a NUL beyond the first megabytes is one too.
    database b.db <<<"CREATE TABLE m (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO m VALUES (1, 'a'), (2, replace(printf('%.*c', 32, 'x'), 'x', 'ä'));
        CREATE TABLE c (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO c VALUES (1, 'äöüß'), (2, 'abcde');
        CREATE TABLE l (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO l VALUES (1, printf('%.*c', 6000000, 'x')), (2, printf('%.*c', 6000000, 'x') || CAST(x'00' AS TEXT) || 'y')"
    pg_new n
    pg_ask n "CREATE TABLE m (id int PRIMARY KEY, v name); CREATE TABLE c (id int PRIMARY KEY, v varchar(4)); CREATE TABLE l (id int PRIMARY KEY, v text)"
    agree b.db "$pg_url" m 1 2 "'ääääääääääääääääääääääääääääääää' does not fit 'name'" "it has 64 bytes, and the column holds 63"
    agree b.db "$pg_url" c 1 2 "'abcde' does not fit 'character varying(4)'" "it is too long for the column"
    agree b.db "$pg_url" l 1 2 "6000002 bytes does not fit 'text" "the column holds no text with U+0000"
    sqlite3 b.db "DELETE FROM m WHERE id > 1; DELETE FROM c WHERE id > 1; DELETE FROM l WHERE id > 1"
    fits b.db "$pg_url"
}

@test "MariaDB's own columns take all that MariaDB has, and an enum's error value goes into no label of others" {
    my_new a
    my_ask a "SET sql_mode = 'ALLOW_INVALID_DATES';
        CREATE TABLE d (id int PRIMARY KEY, v date); INSERT INTO d VALUES (1, '0000-00-00'), (2, '2024-02-31'), (3, '0000-01-01');
        CREATE TABLE s (id int PRIMARY KEY, v datetime); INSERT INTO s VALUES (1, '0000-00-00 00:00:00'), (2, '2024-02-31 12:00:00');
        CREATE TABLE c (id int PRIMARY KEY, v time); INSERT INTO c VALUES (1, '-838:59:59'), (2, '838:59:59');
        CREATE TABLE e (id int PRIMARY KEY, v enum('a','b')); INSERT IGNORE INTO e VALUES (1, 'a'), (2, 'nope')"
    local a=$my_url n
    my_new n
    n=$my_url
    my_ask n "CREATE TABLE d (id int PRIMARY KEY, v date); CREATE TABLE s (id int PRIMARY KEY, v datetime); CREATE TABLE c (id int PRIMARY KEY, v time); CREATE TABLE e (id int PRIMARY KEY, v enum('b','a'))"
    fits "$a" "$n"
    pg_new p
    pg_ask p "CREATE TYPE l AS ENUM ('a', 'b'); CREATE TABLE e (id int PRIMARY KEY, v l)"
    agree "$a" "$pg_url" e 1 2 "the error value '#0' does not fit 'public.l'" "the column has none but its labels"
}

@test "booleans go into labels that say true and false, in any case" {
    pg_new a
    pg_ask a "CREATE TABLE t (id int PRIMARY KEY, a boolean, b boolean, c boolean); INSERT INTO t VALUES (1, true, true, true), (2, false, false, NULL)"
    local a=$pg_url n
    my_new n
    n=$my_url
    my_ask n "CREATE TABLE t (id int PRIMARY KEY, a enum('false','true'), b enum('Yes','No'), c enum('1','0'))"
    fits "$a" "$n"
    [ "$(my_ask n "SELECT GROUP_CONCAT(a, b, IFNULL(c, '-') ORDER BY id) FROM t")" = "trueYes1,falseNo-" ]
    # Other labels beside them are something else that has to be said, and labels that say neither are none.
    my_ask n "DROP TABLE t; CREATE TABLE t (id int PRIMARY KEY, a enum('n','y','?'), b enum('off','on'), c enum('F','T'))"
    complains 1 "'t.a'" "bool means a enum only when that is said, use --bool-text 't.a'" -- pd copy "$a" "$n"
    fits "$a" "$n" --bool-text t.a
    [ "$(my_ask n "SELECT GROUP_CONCAT(a, b, IFNULL(c, '-') ORDER BY id) FROM t")" = "yonT,noff-" ]
    my_ask n "DROP TABLE t; CREATE TABLE t (id int PRIMARY KEY, a enum('t','true','f'), b enum('off','on'), c enum('F','T'))"
    complains 1 "'t.a'" "values of type 'bool' mean nothing as 'enum'" -- pd copy "$a" "$n"
    complains 1 "'t.a'" "values of type 'bool' mean nothing as 'enum'" -- pd copy "$a" "$n" --bool-text t.a
    # And back again.
    my_ask n "DROP TABLE t; CREATE TABLE t (id int PRIMARY KEY, a enum('n','y','?'), b enum('off','on'), c enum('F','T')); INSERT INTO t VALUES (1, 'y', 'on', 'T'), (2, 'n', 'off', NULL)"
    pg_ask a "TRUNCATE t"
    fits "$n" "$a" --bool-text 't.[abc]'
    [ "$(pg_ask a "SELECT string_agg(a::text || b || coalesce(c::text, '-'), ' ' ORDER BY id) FROM t")" = "truetruetrue falsefalse-" ]
}
