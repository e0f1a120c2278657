#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Every engine into every other one, and all of them in a ring. What went through is looked at by
# the engines themselves, not by polydump alone.

load polydump

teardown()
{
    my_clean
    pg_clean
}

shop()
{
    database "$1" shop.sqlite.sql
}

# Where it is: it is no part of the repository.
chinook_shop()
{
    [ -r "$chinook" ] || skip "no ../shared/data/chinook.sqlite beside the repository"
    cp "$chinook" "$1"
}

# ask ENGINE - what the database "b" of an engine answers to statements, in a form that is the same in all.
ask()
{
    case $1 in
    sqlite) sqlite3 -separator '|' b.db ;;
    postgresql) psql -XAtq -d "$(pg_name b)" ;;
    mariadb) my -N -B --raw --init-command="SET sql_mode = 'ANSI_QUOTES'" "$(my_name b)" | tr '\t' '|' ;;
    esac
}

# url_of ENGINE NAME - and there is nothing in it.
url_of()
{
    case $1 in
    sqlite) engine_url=sqlite:$2.db ;;
    postgresql) pg_new "$2" && engine_url=$pg_url ;;
    mariadb) my_new "$2" && engine_url=$my_url ;;
    esac
}

# facts ENGINE FILE - for each table of the SQLite file: its rows, and of each column what all engines
# count alike: how many, how many different, and of text its characters.
facts()
{
    local length=length
    [ "$1" != mariadb ] || length=char_length
    sqlite3 "$2" <<SQL | ask "$1"
SELECT 'SELECT ''' || t.name || ''', count(*) FROM "' || t.name || '";' || group_concat(replace('SELECT ''' || c.name || ''', count(@), count(DISTINCT @)' ||
    CASE WHEN c.type LIKE '%CHAR%' THEN ', sum($length(@))' WHEN c.type LIKE '%INT%' THEN ', sum(@), min(@), max(@)' ELSE '' END, '@', '"' || c.name || '"') ||
    ' FROM "' || t.name || '";', '')
FROM sqlite_schema AS t, pragma_table_info(t.name) AS c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\_%' ESCAPE '\' GROUP BY t.name ORDER BY t.name
SQL
}

# pair FROM TO - the database shop.db in one engine: a double dump by way of the other changes
# nothing, and the other's engine finds in a copy what SQLite finds in the file.
pair()
{
    local from=sqlite:shop.db
    if [ "$1" != sqlite ]; then
        url_of "$1" a
        from=$engine_url
        ends_with 0 pd copy --sequences=exact shop.db "$from"
    fi
    url_of "$2" via
    quietly 0 pd ddt "$from" --via "$engine_url"
    url_of "$2" b
    ends_with 0 pd copy "$from" "$engine_url"
    facts "$2" shop.db >facts.b
    cp shop.db b.db
    facts sqlite shop.db >facts.a
    diff facts.a facts.b
}

@test "a shop: SQLite to PostgreSQL" {
    shop shop.db
    pair sqlite postgresql
}
@test "a shop: SQLite to MariaDB" {
    shop shop.db
    pair sqlite mariadb
}
@test "a shop: PostgreSQL to SQLite" {
    shop shop.db
    pair postgresql sqlite
}
@test "a shop: PostgreSQL to MariaDB" {
    shop shop.db
    pair postgresql mariadb
}
@test "a shop: MariaDB to SQLite" {
    shop shop.db
    pair mariadb sqlite
}
@test "a shop: MariaDB to PostgreSQL" {
    shop shop.db
    pair mariadb postgresql
}
@test "Chinook: SQLite to PostgreSQL" {
    chinook_shop shop.db
    pair sqlite postgresql
}
@test "Chinook: SQLite to MariaDB" {
    chinook_shop shop.db
    pair sqlite mariadb
}
@test "Chinook: PostgreSQL to SQLite" {
    chinook_shop shop.db
    pair postgresql sqlite
}
@test "Chinook: PostgreSQL to MariaDB" {
    chinook_shop shop.db
    pair postgresql mariadb
}
@test "Chinook: MariaDB to SQLite" {
    chinook_shop shop.db
    pair mariadb sqlite
}
@test "Chinook: MariaDB to PostgreSQL" {
    chinook_shop shop.db
    pair mariadb postgresql
}

# like_first DATABASE ARCHIVE - it has the rows of the archive "first", by the digests of all tables. What
# MariaDB has no word for may be told: names of primary keys, and whether a unique key is a constraint.
like_first()
{
    run --separate-stderr "$POLYDUMP" dump --order=key "$1" "$2" --like first
    [ "$status" -eq 0 ] || [ "$status" -eq 3 ]
    ! grep '^left out' <<<"$stderr" | grep -vE "^left out: (primary|unique) key '[^']*' of '[^']*' is "
    grep -oE '"stats":\{"rows":[0-9]+,"digest":"[0-9a-f]{32}"' first/tables.jsonl >digests.first
    [ -s digests.first ]
    diff digests.first <(grep -oE '"stats":\{"rows":[0-9]+,"digest":"[0-9a-f]{32}"' "$2/tables.jsonl")
}

# ring ENGINE... - shop.db through the engines, and back into a file: the same rows everywhere.
ring()
{
    local from=shop.db engine n=0
    pd dump --order=key shop.db first
    for engine; do
        url_of "$engine" "station$((++n))"
        ends_with 0 pd copy --sequences=exact "$from" "$engine_url"
        like_first "$engine_url" "at$n"
        from=$engine_url
    done
    ends_with 0 pd copy --sequences=exact "$from" last.db
    like_first last.db last
    cp last.db b.db
    facts sqlite shop.db >facts.b
    cp shop.db b.db
    facts sqlite shop.db >facts.a
    diff facts.a facts.b
}

@test "a shop in a ring: SQLite, MariaDB, PostgreSQL, SQLite" {
    shop shop.db
    ring mariadb postgresql
}

@test "a shop in a ring: SQLite, PostgreSQL, MariaDB, SQLite" {
    shop shop.db
    ring postgresql mariadb
}

@test "Chinook in a ring: SQLite, MariaDB, PostgreSQL, SQLite" {
    chinook_shop shop.db
    ring mariadb postgresql
    # MariaDB keeps no names of primary keys, PostgreSQL gives them some: each is told once.
    ends_with 3 "$POLYDUMP" diff --like shop.db shop.db last.db
    [ -z "$output" ]
    [ "$(grep -c "'PK_Album'" <<<"$stderr")" = 1 ]
}

@test "Chinook in a ring: SQLite, PostgreSQL, MariaDB, SQLite" {
    chinook_shop shop.db
    ring postgresql mariadb
}

# The nasty sample: exit status 3, since an engine has no words for all of it; but every row comes back.
nasty_by()
{
    database nasty.db nasty.sqlite.sql
    url_of "$1" via
    quietly 3 pd ddt --no-native --via "$engine_url" nasty.db
}

@test "the nasty sample by PostgreSQL and back" { nasty_by postgresql; }
@test "the nasty sample by MariaDB and back" { nasty_by mariadb; }

@test "UTF-16 by MariaDB and back" {
    database nasty.db nasty_utf16.sqlite.sql
    my_new via
    ends_with 0 pd ddt --via "$my_url" nasty.db
}

@test "the nasty sample from SQLite to MariaDB: the bytes are those" {
    database nasty.db nasty.sqlite.sql
    my_new b
    ends_with 3 pd copy --no-native --misfit=carrier --names=carry nasty.db "$my_url"
    diff <(sqlite3 -separator '	' nasty.db "SELECT id, hex(CAST(t AS BLOB)), hex(b) FROM texts ORDER BY id") \
        <(my_ask b "SELECT id, HEX(t), HEX(b) FROM texts ORDER BY id")
    diff <(sqlite3 -separator '	' nasty.db "SELECT id, hex(CAST(t AS BLOB)) FROM bad_texts ORDER BY id") \
        <(my_ask b "SELECT id, HEX(t) FROM bad_texts ORDER BY id")
    diff <(sqlite3 nasty.db "SELECT count(*) || ' ' || sum(length(CAST(t AS BLOB))) || ' ' || sum(length(b)) FROM large") \
        <(my_ask b "SELECT CONCAT(COUNT(*), ' ', SUM(LENGTH(t)), ' ', SUM(LENGTH(b))) FROM large")
}

@test "the nasty sample by two servers: no row of it is another one" {
    database nasty.db nasty.sqlite.sql
    my_new b
    pg_new c
    pd dump nasty.db first
    ends_with 3 pd copy --no-native --misfit=carrier --names=carry nasty.db "$my_url"
    ends_with 3 pd copy --no-native --misfit=carrier --names=carry "$my_url" "$pg_url"
    ends_with 3 pd dump "$pg_url" last --like first
    local a=first/tables.jsonl b=last/tables.jsonl known='"table":\{"name":"[^"]*"|"rows":[0-9]+,"digest":"[0-9a-f]{32}"'
    # Its shadow tables and statistics stay where they are, and four names no server takes.
    grep -oE "$known" $a | paste - - | grep -vE '"(boxes_|words|sqlite_stat|"|a\\n -- comment|a{80}|x\\)' | sort >a.digests
    grep -oE "$known" $b | paste - - | sort >b.digests
    [ "$(wc -l <a.digests)" -eq 42 ]
    [ -z "$(comm -23 a.digests b.digests)" ]
}

@test "keys that say the same twice are there afterwards, by SQLite and PostgreSQL" {
    my_new twice
    my_ask twice "CREATE TABLE t (a varbinary(20) NOT NULL PRIMARY KEY, b int, UNIQUE KEY k (a), UNIQUE KEY u (b), UNIQUE KEY w (b));
        CREATE TABLE n (id int PRIMARY KEY, UNIQUE KEY id (id)); CREATE TABLE r (a varbinary(20), FOREIGN KEY (a) REFERENCES t (a));
        INSERT INTO t VALUES ('x', 1), ('y', NULL); INSERT INTO n VALUES (1); INSERT INTO r VALUES ('x')"
    local twice=$my_url
    ends_with 0 pd ddt "$twice" --via sqlite:via.db
    url_of postgresql via
    ends_with 0 pd ddt "$twice" --via "$engine_url"
}
