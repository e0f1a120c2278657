#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Rows into tables that an application has made by itself: other types, order, case and columns,
# triggers, counters; what cannot be done is refused before anything is written.

load polydump

teardown()
{
    [ -z "${PGHOST-}" ] || pg_clean
    [ -z "${POLYDUMP_TEST_MARIADB_SOCKET-}" ] || my_clean
}

rules=(--drop-column Person.Legacy --epoch Person.Seen=s --assume-zone=UTC --bool-text Orders.Paid --uuid-bytes Orders.Digest)

old()
{
    database old.db own_schema_old.sqlite.sql
    pd dump old.db a
}

@test "postgresql: an archive of another engine into the application's own empty tables" {
    old
    pg_new n own_schema_new.postgresql.sql
    ends_with 0 "$POLYDUMP" restore a "$pg_url" "${rules[@]}"
    [[ "$stderr" == *"rows go into the 3 tables that the target has already"* ]]
    [[ "$stderr" == *"1 trigger of tables that are there does not fire"* ]]
    [[ "$stderr" == *"names of 3 tables and 16 columns are the target's but for the case of letters"* ]]
    [[ "$stderr" == *"facts computed by the engine agree"* ]]
    [ "$(pg_ask n "SET timezone = 'UTC'; SELECT personid, name, active, born, seen, added, token, settings, balance, kind, loud FROM person ORDER BY 1")" = \
"1|Ada|t|1815-12-10|2023-11-14 22:13:20+00|2024-01-02 03:04:05.25+00|550e8400-e29b-41d4-a716-446655440000|{\"a\": [1, 2]}|12.50|customer|ADA
2|Émile|f|||2024-02-29 10:00:00+00|||-0.10|customer|ÉMILE
7|Bob|t|1969-07-20|1969-12-31 23:59:59+00||6ba7b810-9dad-11d1-80b4-00c04fd430c8|5|100.00|customer|BOB" ]
    [ "$(pg_ask n "SELECT orderid, personid, total, paid, digest, state FROM orders ORDER BY 1")" = \
"10|1|9.99|t|00112233-4455-6677-8899-aabbccddeeff|old
11|7|5.00|f||old
12||||ffffffff-ffff-ffff-ffff-ffffffffffff|old" ]
    # The trigger is as it was, counters are behind the highest keys, also of an empty table.
    [ "$(pg_ask n "INSERT INTO person (name, active) VALUES ('new', true) RETURNING personid")" = 8 ]
    [ "$(pg_ask n "INSERT INTO tag (word) VALUES ('new') RETURNING tagid")" = 1 ]
    [ "$(pg_ask n "ALTER TABLE orders DISABLE TRIGGER checked; INSERT INTO orders (total) VALUES (1) RETURNING orderid")" = 13 ]
    [[ "$(psql -d "$(pg_name n)" -c "ALTER TABLE orders ENABLE TRIGGER checked; INSERT INTO orders (total) VALUES (1)" 2>&1)" == *"it fired"* ]]
}

@test "mariadb: an archive of another engine into the application's own empty tables" {
    old
    my_new n own_schema_new.mariadb.sql
    ends_with 0 "$POLYDUMP" restore a "$my_url" "${rules[@]}"
    [[ "$stderr" == *"rows go into the 3 tables that the target has already"* ]]
    [[ "$stderr" == *"facts computed by the engine agree"* ]]
    [ "$(my_ask n "SELECT personid, name, active, born, seen, added, token, settings, balance, kind, loud FROM person ORDER BY 1" | tr '\t' '|')" = \
"1|Ada|1|1815-12-10|2023-11-14 22:13:20.000000|2024-01-02 03:04:05.250000|550E8400E29B41D4A716446655440000|{\"a\": [1, 2]}|12.50|customer|ADA
2|Émile|0|NULL|NULL|2024-02-29 10:00:00.000000|NULL|NULL|-0.10|customer|ÉMILE
7|Bob|1|1969-07-20|1969-12-31 23:59:59.000000|NULL|6ba7b8109dad11d180b400c04fd430c8|5|100.00|customer|BOB" ]
    [ "$(my_ask n "SELECT orderid, personid, total, paid + 0, digest, state FROM orders ORDER BY 1" | tr '\t' '|')" = \
"10|1|9.99|1|00112233-4455-6677-8899-aabbccddeeff|old
11|7|5.00|0|NULL|old
12|NULL|NULL|NULL|ffffffff-ffff-ffff-ffff-ffffffffffff|old" ]
    my_ask n "INSERT INTO orders (total) VALUES (1); INSERT INTO tag (word) VALUES ('new')"
    [ "$(my_ask n "SELECT max(orderid) FROM orders UNION ALL SELECT max(tagid) FROM tag" | tr '\n' ' ')" = "13 1 " ]
}

@test "sqlite: an archive into the application's own empty tables" {
    old
    database new.db own_schema_new.sqlite.sql
    ends_with 0 "$POLYDUMP" restore a new.db "${rules[@]}"
    [[ "$stderr" == *"rows go into the 3 tables that the target has already"* ]]
    [[ "$stderr" == *"facts computed by the engine agree"* ]]
    [ "$(sqlite3 new.db "SELECT personid, name, active, born, seen, added, token, settings, balance, typeof(balance), kind, loud FROM person ORDER BY 1")" = \
"1|Ada|1|1815-12-10|2023-11-14 22:13:20|2024-01-02 03:04:05.25|550E8400E29B41D4A716446655440000|{\"a\": [1, 2]}|12.5|real|customer|ADA
2|Émile|0|||2024-02-29 10:00:00|||-0.1|real|customer|ÉMILE
7|Bob|1|1969-07-20|1969-12-31 23:59:59||6ba7b8109dad11d180b400c04fd430c8|5|100|integer|customer|BOB" ]
    [ "$(sqlite3 new.db "SELECT orderid, personid, total, paid, digest, state FROM orders ORDER BY 1")" = \
"10|1|9.99|1|00112233-4455-6677-8899-aabbccddeeff|old
11|7|5|0||old
12||||ffffffff-ffff-ffff-ffff-ffffffffffff|old" ]
    ! sqlite3 new.db "INSERT INTO orders (total) VALUES (1)" 2>error
    grep -q "it fired" error
    [ "$(sqlite3 new.db "DELETE FROM person; INSERT INTO person (name, active) VALUES ('new', 1); SELECT personid FROM person")" = 8 ]
}

@test "from one engine's application to another's, and back" {
    old
    database new.db own_schema_new.sqlite.sql
    pd restore a new.db "${rules[@]}"
    pg_new n own_schema_new.postgresql.sql
    ends_with 0 pd copy new.db "$pg_url" --exclude django_migrations --assume-zone=UTC
    [ "$(pg_ask n "SET timezone = 'UTC'; SELECT personid, seen, token, balance FROM person WHERE personid = 1")" = \
"1|2023-11-14 22:13:20+00|550e8400-e29b-41d4-a716-446655440000|12.50" ]
    my_new n own_schema_new.mariadb.sql
    ends_with 0 pd copy "$pg_url" "$my_url" --exclude django_migrations
    [ "$(my_ask n "SELECT personid, seen, token, balance, active FROM person WHERE personid = 1" | tr '\t' '|')" = \
"1|2023-11-14 22:13:20.000000|550e8400e29b41d4a716446655440000|12.50|1" ]
    database again.db own_schema_new.sqlite.sql
    ends_with 0 pd copy "$my_url" again.db --exclude django_migrations --uuid-bytes 'no*.x' || true
    [[ "$stderr" == *"no column fits"* ]]
    ends_with 0 pd copy "$my_url" again.db --exclude django_migrations
    [ "$(sqlite3 again.db "SELECT personid, seen, token, balance, active FROM person WHERE personid = 1")" = \
"1|2023-11-14 22:13:20|550e8400e29b41d4a716446655440000|12.5|1" ]
    [ "$(sqlite3 again.db "SELECT paid, digest FROM orders ORDER BY orderid LIMIT 1")" = "1|00112233-4455-6677-8899-aabbccddeeff" ]
}

@test "what the values mean has to be said, by options that are named" {
    old
    pg_new n own_schema_new.postgresql.sql
    complains 1 "'Person.Seen'" "int64 means a timestamptz only when that is said" "--epoch 'Person.Seen=s'" \
        "--bool-text 'Orders.Paid'" "--uuid-bytes 'Orders.Digest'" -- pd restore a "$pg_url"
    complains 1 "table 'person' of the target has no column 'Legacy'" "--drop-column 'Person.Legacy'" -- \
        pd restore a "$pg_url" "${rules[@]:2}"
    complains 1 "table 'Person': column 'Added', row with PersonId = '1': '2024-01-02 03:04:05.25'" "it has no zone" "--assume-zone=UTC" -- \
        pd restore a "$pg_url" "${rules[@]:0:4}" "${rules[@]:5}"
    complains 2 "--epoch 'Person.Seen=days'" "=s, =ms or =us" -- pd restore a "$pg_url" --epoch Person.Seen=days
    complains 2 "--assume-zone 'Mars'" "UTC or +HH:MM" -- pd restore a "$pg_url" --assume-zone=Mars
    complains 2 "--drop-column 'Person.Nothing'" "no column fits" -- pd restore a "$pg_url" --drop-column Person.Nothing
    [ "$(pg_ask n "SELECT count(*) FROM person")" = 0 ]
    complains 2 "tables that the target has already" -- pd restore a fresh.db --no-native --assume-zone=UTC
    complains 2 "tables that the target has already" -- pd restore a fresh.db --no-native --drop-column Person.Legacy
    [ ! -e fresh.db ]
}

@test "a value that does not fit is named with its row, and nothing is there afterwards" {
    local url
    database old.db own_schema_old.sqlite.sql
    sqlite3 old.db "UPDATE Person SET Born = 'soon' WHERE PersonId = 2"
    pd dump old.db a
    pg_new n own_schema_new.postgresql.sql
    my_new n own_schema_new.mariadb.sql
    database new.db own_schema_new.sqlite.sql
    for url in "$pg_url" "$my_url" new.db; do
        complains 1 "table 'Person': column 'Born', row with PersonId = '2'" "'soon' does not fit" "ISO 8601" -- \
            pd restore a "$url" "${rules[@]}"
    done
    sqlite3 old.db "UPDATE Person SET Born = NULL WHERE PersonId = 2; UPDATE Person SET Active = 2 WHERE PersonId = 7"
    pd dump --replace old.db a
    for url in "$pg_url" new.db; do
        complains 1 "column 'Active', row with PersonId = '7': '2' does not fit" "only 0 and 1 are false and true" -- \
            pd restore a "$url" "${rules[@]}"
    done
    [ "$(pg_ask n "SELECT count(*) FROM person")" = 0 ]
    [ "$(my_ask n "SELECT count(*) FROM person")" = 0 ]
    [ "$(sqlite3 new.db "SELECT count(*) FROM person")" = 0 ]
    [ "$(pg_ask n "SELECT tgenabled FROM pg_trigger WHERE tgname = 'checked'")" = O ]
}

@test "plan counts what will not fit, and shows one of each column" {
    database old.db own_schema_old.sqlite.sql
    sqlite3 old.db "UPDATE Person SET Active = 2 WHERE PersonId < 7; UPDATE Person SET Born = 'soon' WHERE PersonId = 2"
    pg_new n own_schema_new.postgresql.sql
    ends_with 1 "$POLYDUMP" plan old.db "$pg_url" "${rules[@]}"
    [[ "$output" == *"2 values do not fit, as the one in the row with PersonId = '1': '2' does not fit 'boolean'"* ]]
    [[ "$output" == *"1 value does not fit, as the one in the row with PersonId = '2': the text 'soon' does not fit 'date'"* ]]
    ends_with 1 "$POLYDUMP" plan old.db "$pg_url"
    [[ "$output" == *"refused, 2 values: int64 means a timestamptz only when that is said; --epoch 'Person.Seen=s'"* ]]
    pd dump old.db a
    ends_with 1 "$POLYDUMP" plan a "$pg_url" "${rules[@]}"
    [[ "$output" == *"2 values do not fit, as the one in the row with PersonId = '1': '2' does not fit 'boolean'"* ]]
    ends_with 1 "$POLYDUMP" plan a "$pg_url" "${rules[@]}" --json
    [[ "$output" == *'"misfits":2'* ]]
    sqlite3 old.db "UPDATE Person SET Active = 1, Born = NULL"
    ends_with 0 "$POLYDUMP" plan old.db "$pg_url" "${rules[@]}"
    [[ "$output" =~ "Seen      INTEGER       -> timestamp with time zone  profiled: times since 1970" ]]
    [[ "$output" =~ "Added     TEXT          -> timestamp with time zone  profiled: times of ISO 8601" ]]
    ends_with 1 "$POLYDUMP" plan old.db "$pg_url" "${rules[@]:2}"
    [[ "$output" == *"refused: table 'person' of the target has no column 'Legacy'"* ]]
    [ "$(pg_ask n "SELECT count(*) FROM person")" = 0 ]
}

@test "a column that the target demands and the data do not have stops the run before the first row" {
    local url
    old
    pg_new n own_schema_new.postgresql.sql
    pg_ask n "ALTER TABLE orders ADD COLUMN needed int NOT NULL"
    my_new n own_schema_new.mariadb.sql
    my_ask n "ALTER TABLE orders ADD COLUMN needed int NOT NULL"
    sed 's/    state varchar/    needed int NOT NULL, state varchar/' "$data_folder/own_schema_new.sqlite.sql" | sqlite3 new.db
    for url in "$pg_url" "$my_url" new.db; do
        complains 1 "column 'needed' of table 'orders' of the target forbids NULL, has no default" -- pd restore a "$url" "${rules[@]}"
    done
    [ "$(pg_ask n "SELECT count(*) FROM person") $(my_ask n "SELECT count(*) FROM person") $(sqlite3 new.db "SELECT count(*) FROM person")" = "0 0 0" ]
}

@test "only some of the tables, or rows in one of them, are refused with what can be done" {
    local url
    old
    pg_new n own_schema_new.postgresql.sql
    my_new n own_schema_new.mariadb.sql
    database new.db own_schema_new.sqlite.sql
    pg_ask n "INSERT INTO tag (word) VALUES ('x')"
    my_ask n "INSERT INTO tag (word) VALUES ('x')"
    sqlite3 new.db "INSERT INTO tag (word) VALUES ('x')"
    for url in "$pg_url" "$my_url" new.db; do
        complains 1 "table 'Tag' is in the target and has rows" --into=append --into=truncate --into=replace --exclude -- pd restore a "$url" "${rules[@]}"
        ends_with 0 pd restore a "$url" "${rules[@]}" --exclude Tag
    done
    pg_ask n "TRUNCATE orders, person; DROP TABLE tag"
    my_ask n "DELETE FROM orders; DELETE FROM person; DROP TABLE tag"
    sqlite3 new.db "DELETE FROM orders; DELETE FROM person; DROP TABLE tag"
    for url in "$pg_url" "$my_url" new.db; do
        complains 1 "has 2 of the 3 tables" "'Tag' is not among them" -- pd restore a "$url" "${rules[@]}"
    done
    # Of none of them: as ever.
    ends_with 1 pd restore a "$pg_url" --only Tag
    [[ "$stderr" == *"is not empty"* ]]
}

@test "triggers fire only where that is said, and MariaDB cannot keep them from it" {
    old
    pg_new n own_schema_new.postgresql.sql
    complains 1 "it fired" -- pd restore a "$pg_url" "${rules[@]}" --triggers=fire
    my_new n own_schema_new.mariadb.sql
    my_ask n "CREATE TABLE seen (n int); CREATE TRIGGER noted AFTER INSERT ON orders FOR EACH ROW INSERT INTO seen VALUES (NEW.orderid)"
    complains 1 "trigger 'noted' of table 'orders' would fire for each row" "drop it" --triggers=fire -- pd restore a "$my_url" "${rules[@]}"
    ends_with 0 pd restore a "$my_url" "${rules[@]}" --triggers=fire
    [ "$(my_ask n "SELECT count(*) FROM seen")" = 3 ]
    database new.db own_schema_new.sqlite.sql
    complains 1 "it fired" -- pd restore a new.db "${rules[@]}" --triggers=fire
}

@test "a trigger that only the owner of the table may disable is not let fire silently" {
    old
    pg_new n own_schema_new.postgresql.sql
    psql -q -d postgres -c "DROP ROLE IF EXISTS own_stranger" -c "CREATE ROLE own_stranger LOGIN"
    pg_ask n "GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO own_stranger; GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO own_stranger; GRANT CREATE ON SCHEMA public TO own_stranger"
    complains 1 "trigger 'checked' of table public.orders fires for each row" "must be owner" "--triggers=fire" -- \
        env PGUSER=own_stranger "$POLYDUMP" restore --quiet a "$pg_url" "${rules[@]}"
    local said=${stderr#polydump: }
    ends_with 1 env PGUSER=own_stranger "$POLYDUMP" plan --quiet a "$pg_url" "${rules[@]}"
    [[ "$output" == *"refused: $said"* ]]
    pg_ask n "DROP OWNED BY own_stranger"
    psql -q -d postgres -c "DROP ROLE own_stranger"
}

@test "one value of many that is not what went through is found by the engine's facts" {
    database old.db <<<"CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, '2.50'), (2, '-1.25'); CREATE TABLE u (id INTEGER PRIMARY KEY); INSERT INTO u VALUES (2)"
    pg_new n
    # By a trigger of another table that does not say so; what its own change is told (own_schema_said.bats).
    pg_ask n "CREATE TABLE t (id int PRIMARY KEY, v numeric(8,2)); CREATE TABLE u (id int PRIMARY KEY);
        CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN EXECUTE format(''UPDATE public.%I SET v = v + 1 WHERE id = 2'', chr(116)); RETURN NEW; END';
        CREATE TRIGGER spoilt BEFORE INSERT ON u FOR EACH ROW EXECUTE FUNCTION spoil()"
    ends_with 4 pd copy old.db "$pg_url" --triggers=fire
    [[ "$stderr" == *"'v'"* ]]
    [ "$(pg_ask n "SELECT count(*) FROM t")" = 0 ]
    ends_with 0 pd copy old.db "$pg_url"
    [ "$(pg_ask n "SELECT string_agg(v::text, ' ' ORDER BY id) FROM t")" = "2.50 -1.25" ]
}

@test "counters go on behind the source's where that is ahead, and never back" {
    database old.db <<<"CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT); INSERT INTO t VALUES (500, 'x'), (7, 'y'); DELETE FROM t WHERE id = 500; CREATE TABLE e (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO e VALUES (90); DELETE FROM e"
    pg_new n
    pg_ask n "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v text); CREATE TABLE e (id serial PRIMARY KEY, more int); SELECT setval('e_id_seq', 1000)"
    ends_with 0 pd copy old.db "$pg_url"
    [ "$(pg_ask n "INSERT INTO t (v) VALUES ('z') RETURNING id")" = 501 ]
    [ "$(pg_ask n "INSERT INTO e DEFAULT VALUES RETURNING id")" = 1001 ]
    my_new n
    my_ask n "CREATE TABLE t (id int PRIMARY KEY AUTO_INCREMENT, v text); CREATE TABLE e (id int PRIMARY KEY AUTO_INCREMENT) AUTO_INCREMENT = 1001"
    ends_with 0 pd copy old.db "$my_url"
    [ "$(my_ask n "INSERT INTO t (v) VALUES ('z'); SELECT max(id) FROM t; INSERT INTO e VALUES (); SELECT id FROM e" | tr '\n' ' ')" = "501 1001 " ]
    database new.db <<<"CREATE TABLE t (v TEXT, id INTEGER PRIMARY KEY AUTOINCREMENT); CREATE TABLE e (id INTEGER PRIMARY KEY AUTOINCREMENT)"
    ends_with 0 pd copy old.db new.db
    [ "$(sqlite3 new.db "INSERT INTO t (v) VALUES ('z'); SELECT max(id) FROM t; INSERT INTO e DEFAULT VALUES; SELECT id FROM e" | tr '\n' ' ')" = "501 91 " ]
}

@test "two names that are one in the target are refused" {
    local url
    pg_new o
    pg_ask o 'CREATE TABLE item (id int PRIMARY KEY); CREATE TABLE "Item" (id int PRIMARY KEY); CREATE TABLE c ("A" int, a int)'
    pd dump "$pg_url" a
    pg_new n
    pg_ask n "CREATE TABLE item (id int PRIMARY KEY); CREATE TABLE c (a int)"
    my_new n
    my_ask n "CREATE TABLE item (id int PRIMARY KEY); CREATE TABLE c (a int)"
    database new.db <<<"CREATE TABLE item (id int PRIMARY KEY); CREATE TABLE c (a int)"
    for url in "$pg_url" "$my_url" new.db; do
        complains 1 "tables 'Item' and 'item' would both go into table 'item' of the target" -- pd restore a "$url" --exclude c
    done
    for url in "$pg_url" "$my_url" new.db; do
        complains 1 "column 'a' of table 'c' of the target would take two columns of the source" -- pd restore a "$url" --only c
    done
}

@test "all that stands in the way in tables that are there is told at once, in the same words" {
    local url i
    local said="table 't' of the target has no column 'gone', --drop-column 't.gone' would leave it behind; column 'made' of table 't' is generated in the target, --drop-column 't.made' lets it be so; column 'needed' of table 't' of the target forbids NULL, has no default, and the source does not have it; there is no table 'u': change them there or by a migration, leave tables out with --exclude, or use --into=replace"
    database old.db <<<"CREATE TABLE t (id INTEGER PRIMARY KEY, gone INT, made INT, v INT); CREATE TABLE u (id INTEGER PRIMARY KEY)"
    pd dump old.db a
    pg_new n
    pg_ask n "CREATE TABLE t (id int PRIMARY KEY, made int GENERATED ALWAYS AS (v + 1) STORED, v int, needed int NOT NULL)"
    my_new n
    my_ask n "CREATE TABLE t (id int PRIMARY KEY, made int AS (v + 1) STORED, v int, needed int NOT NULL)"
    database new.db <<<"CREATE TABLE t (id INTEGER PRIMARY KEY, made INT AS (v + 1) STORED, v INT, needed INT NOT NULL)"
    for url in "$pg_url" "$my_url" new.db; do
        complains 1 "$said" -- pd restore a "$url" --into=append
        complains 1 "$said" -- pd restore a "$url" --data-only
    done
    # Of many the first ones, and how many there are besides.
    {
        echo "CREATE TABLE t (id INTEGER PRIMARY KEY"
        for i in {1..20}; do echo ", \"column $i\" INT"; done
        echo ")"
    } | database many.db
    database few.db <<<"CREATE TABLE t (id INTEGER PRIMARY KEY)"
    pg_ask n "DROP TABLE t; CREATE TABLE t (id int PRIMARY KEY)"
    my_ask n "DROP TABLE t; CREATE TABLE t (id int PRIMARY KEY)"
    for url in "$pg_url" "$my_url" few.db; do
        complains 1 "has no column 'column 1'" "; and 12 more: change them there" -- pd copy many.db "$url" --into=append
    done
}

@test "a generated column that is a plain one there is told, since its values are nowhere" {
    local url
    database old.db <<<"CREATE TABLE t (id INTEGER PRIMARY KEY, v INT, w INT GENERATED ALWAYS AS (v * 2) STORED); INSERT INTO t VALUES (1, 2)"
    pg_new n
    pg_ask n "CREATE TABLE t (id int PRIMARY KEY, v int, w int DEFAULT 9)"
    my_new n
    my_ask n "CREATE TABLE t (id int PRIMARY KEY, v int, w int DEFAULT 9)"
    database new.db <<<"CREATE TABLE t (id INTEGER PRIMARY KEY, v INT, w INT DEFAULT 9)"
    for url in "$pg_url" "$my_url" new.db; do
        ends_with 3 "$POLYDUMP" copy old.db "$url"
        says "column 'w' of table 't' is generated in the source and not in the target, where it gets its default"
        ends_with 0 pd copy old.db "$url" --into=truncate --drop-column t.w
    done
    [ "$(sqlite3 new.db "SELECT w FROM t")" = 9 ]
}

@test "steps of a migration bring old data into the new version's own tables" {
    mkdir steps
    cat >steps/1.0.lua <<'LUA'
return { to = "2.0", about = "words are tags",
  schema = function(db)
    db:drop_column("Person", "Legacy")
    db:rename_table("Tag", "label")
  end }
LUA
    database old.db own_schema_old.sqlite.sql
    pd dump --app shop --app-version 1.0 old.db a
    sed 's/CREATE TABLE tag (/CREATE TABLE label (/' "$data_folder/own_schema_new.sqlite.sql" | sqlite3 new.db
    ends_with 0 pd restore a new.db --migrations steps "${rules[@]:2}"
    [ "$(sqlite3 new.db "SELECT group_concat(name) FROM (SELECT name FROM person ORDER BY personid)")" = "Ada,Émile,Bob" ]
}

@test "triggers of partitions do not fire either, and each is afterwards as it was" {
    database old.db <<<"CREATE TABLE t (id INTEGER, v TEXT); INSERT INTO t VALUES (1, 'a'), (15, 'b')"
    pg_new n
    pg_ask n "CREATE TABLE t (id int, v text) PARTITION BY RANGE (id);
        CREATE TABLE low PARTITION OF t FOR VALUES FROM (0) TO (10); CREATE TABLE high PARTITION OF t FOR VALUES FROM (10) TO (20);
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''it fired''; END';
        CREATE TRIGGER on_all BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION refuse();
        CREATE TRIGGER on_low BEFORE INSERT ON low FOR EACH ROW EXECUTE FUNCTION refuse();
        CREATE TRIGGER on_whole BEFORE INSERT ON t EXECUTE FUNCTION refuse();
        ALTER TABLE low ENABLE ALWAYS TRIGGER on_low; ALTER TABLE high DISABLE TRIGGER on_all"
    pg_ask n "SELECT tgrelid::regclass, tgname, tgenabled FROM pg_trigger ORDER BY 1, 2" >before
    [ "$(wc -l <before)" -eq 5 ]
    ends_with 0 pd copy old.db "$pg_url"
    [ "$(pg_ask n "SELECT string_agg(v, '' ORDER BY id) FROM t")" = ab ]
    diff before <(pg_ask n "SELECT tgrelid::regclass, tgname, tgenabled FROM pg_trigger ORDER BY 1, 2")
}
