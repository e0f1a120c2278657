#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What MariaDB itself says by a warning only, or not at all, comes back as it was or is told.

load polydump

teardown()
{
    my_clean
    pg_clean
}

# events_of NAME - all that there is of them.
events_of()
{
    my_ask "$1" "SELECT EVENT_NAME, STATUS, STARTS, ENDS, EXECUTE_AT, ON_COMPLETION, TIME_ZONE, SQL_MODE, EVENT_DEFINITION, EVENT_COMMENT
        FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE() ORDER BY 1"
}

# Events of all kinds whose time is past, and one whose time is not.
past_events()
{
    my "$(my_name "$1")" -e "SET timestamp = 1577000000;
        CREATE EVENT once ON SCHEDULE AT '2020-01-01' DO SET @a = 1; CREATE EVENT off ON SCHEDULE AT '2020-01-01' DISABLE DO SET @a = 1;
        CREATE EVENT kept ON SCHEDULE AT '2020-01-01' ON COMPLETION PRESERVE COMMENT 'it''s' DO SET @a = 1;
        CREATE EVENT replica ON SCHEDULE AT '2020-01-01' ON COMPLETION PRESERVE DISABLE ON SLAVE DO SET @a = 1;
        CREATE EVENT ended ON SCHEDULE EVERY 1 DAY STARTS '2020-01-01' ENDS '2020-02-01' DO SET @a = 1;
        CREATE EVENT ended_kept ON SCHEDULE EVERY 1 DAY STARTS '2020-01-01' ENDS '2020-02-01' ON COMPLETION PRESERVE DO SET @a = 1;
        CREATE EVENT daily ON SCHEDULE EVERY 1 DAY STARTS '2020-01-01' DO SET @a = 1"
}

@test "events whose time is past come back as they were" {
    my_new a
    past_events a
    my_new b
    ends_with 0 pd copy --native "$(my_url_of a)" "$my_url"
    events_of a >a.events
    [ "$(wc -l <a.events)" -eq 7 ]
    diff a.events <(events_of b)
    ends_with 0 pd ddt --native "$(my_url_of a)"
}

@test "events whose time is past are put back when a replacement fails" {
    my_new c
    my_ask c "CREATE FUNCTION g() RETURNS int RETURN 1"
    my_new a
    my_ask a "CREATE TABLE t (a int); CREATE VIEW v AS SELECT $(my_name c).g() AS g; CREATE EVENT y ON SCHEDULE EVERY 1 YEAR DO SET @a = 1"
    past_events a
    pd dump "$my_url" a
    my_ask c "DROP FUNCTION g"
    my_new b
    my_ask b "CREATE TABLE t (a int)"
    past_events b
    my_ask b "ALTER EVENT daily COMMENT 'old'"
    events_of b >before
    complains 1 "cannot make view 'v'" -- pd restore --native --into=replace a "$my_url"
    diff before <(events_of b)
    ends_with 0 pd restore --no-native --into=replace a "$my_url"
}

@test "triggers that go with a table that is replaced are told, unless they come back" {
    my_new a
    my_ask a "CREATE TABLE t (a int); INSERT INTO t VALUES (1)"
    pd dump "$my_url" a
    my_ask a "CREATE TRIGGER audit BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1"
    pd dump "$my_url" with
    my_new b
    my_ask b "CREATE TABLE t (a int); CREATE TABLE u (a int); CREATE TRIGGER other BEFORE INSERT ON u FOR EACH ROW SET NEW.a = 2"
    for archive in a with; do
        my_ask b "CREATE OR REPLACE TRIGGER audit BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 2"
        ends_with 3 "$POLYDUMP" restore --no-native --into=replace $archive "$(my_url_of b)"
        says "trigger 'audit' of table 't' in the target: it goes with the table that is replaced; make it again"
        [ "$(grep -c "goes with the table" <<<"$stderr")" = 1 ]
        [ "$(my_ask b "SHOW TRIGGERS" | cut -f 1)" = other ]
    done
    ends_with 0 "$POLYDUMP" restore --native --into=replace with "$(my_url_of b)"
    ends_with 0 "$POLYDUMP" restore --native --into=replace with "$(my_url_of b)"
    [ "$(my_ask b "SELECT COUNT(*) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()")" = 2 ]
}

@test "views that do not work in the source are told, and left out where they cannot be made" {
    my_new a
    my_ask a "CREATE TABLE t (a int, b int); CREATE TABLE gone (a int); CREATE FUNCTION f() RETURNS int RETURN 1;
        CREATE VIEW one AS SELECT a FROM gone; CREATE VIEW of_one AS SELECT a FROM one; CREATE VIEW less AS SELECT b FROM t; CREATE VIEW called AS SELECT f() AS f;
        CREATE VIEW good AS SELECT a FROM t; DROP TABLE gone; DROP FUNCTION f; ALTER TABLE t DROP b"
    ends_with 0 "$POLYDUMP" dump "$my_url" a
    for view in one of_one less called; do
        grep -qF "warning: view '$view' does not work in the source" <<<"$stderr"
    done
    [ "$(grep -c "does not work" <<<"$stderr")" = 4 ]
    my_new b
    for into in empty replace; do
        ends_with 3 "$POLYDUMP" restore --native --into=$into a "$my_url"
        says "view 'one': it did not work in the source, and cannot be made: Table" "view 'of_one': it did not work" "view 'less': it did not work" "view 'called': it did not work"
        [ "$(grep -c "left out" <<<"$stderr")" = 4 ]
        [ "$(my_ask b "SHOW TABLES" | tr '\n' ' ')" = "good t " ]
    done
    ends_with 3 pd ddt --native "$(my_url_of a)"
    # Where it can be made it is.
    pd dump "$(my_url_of a)" again
    diff -r a again
    my_ask b "DROP TABLE t; DROP VIEW good; CREATE TABLE gone (a int)"
    ends_with 3 "$POLYDUMP" restore --native --into=replace a "$my_url"
    [ "$(my_ask b "SHOW TABLES" | tr '\n' ' ')" = "gone good of_one one t " ]
}

@test "a value that the target has no place for names the option that carries its column" {
    my_new a
    my_ask a "CREATE TABLE t (a int PRIMARY KEY, k varchar(20)); INSERT INTO t VALUES (1, CONCAT('x', CHAR(0)))"
    pg_new b
    complains 1 "column 'k'" "NUL" "use --misfit=carrier" -- pd copy "$my_url" "$pg_url"
    [ -z "$(pg_ask b "SELECT relname FROM pg_class WHERE relname = 't'")" ]
    ends_with 3 pd copy --misfit=carrier "$my_url" "$pg_url"
    pg_ask b "DROP TABLE t; CREATE TABLE t (a int PRIMARY KEY, k varchar(20))"
    complains 1 "column 'k'" "correct the source, change in the target what refuses it, or have such rows set aside by --rejects" -- pd copy --into=append "$my_url" "$pg_url"
    pg_ask b "DROP TABLE t; CREATE TABLE f (a int PRIMARY KEY, d float8); INSERT INTO f VALUES (1, 'infinity')"
    my_new c
    complains 1 "column 'd'" "use --misfit=carrier" -- pd copy "$pg_url" "$my_url"
    [ -z "$(my_ask c "SHOW TABLES")" ]
    ends_with 0 pd copy --misfit=carrier "$pg_url" "$my_url"
    my_ask c "DROP TABLE f"
    printf "CREATE TABLE t (a INT PRIMARY KEY, d DOUBLE); INSERT INTO t VALUES (1, 1e999);" | sqlite3 d.db
    complains 1 "column 'd'" "use --misfit=carrier" -- pd copy d.db "$my_url"
    ends_with 3 pd copy --misfit=carrier d.db "$my_url"
}

@test "a plan refuses the tables that a copy refuses" {
    pg_new a
    my_new b
    pg_ask a "DO \$\$ BEGIN EXECUTE (SELECT 'CREATE TABLE wide (' || string_agg('c' || i || ' text', ',') || ')' FROM generate_series(1, 500) i); END \$\$"
    complains 1 "table 'wide': its rows have" "cannot stand out of line, MariaDB takes 8125" -- pd copy "$pg_url" "$my_url"
    ends_with 1 pd plan "$pg_url" "$my_url"
    grep -qxF "refused: $(pd copy "$pg_url" "$my_url" 2>&1 | sed 's/^polydump: //')" <<<"$output"
    pg_ask a "DROP TABLE wide; DO \$\$ BEGIN EXECUTE (SELECT 'CREATE TABLE many (' || string_agg('c' || i || ' int', ',') || ')' FROM generate_series(1, 1018) i); END \$\$"
    ends_with 1 pd plan "$pg_url" "$my_url"
    grep -qxF "refused: table 'many' has 1018 columns, MariaDB takes 1017" <<<"$output"
    ends_with 1 pd plan --json "$pg_url" "$my_url"
    [[ "$output" == *"\"refusal\":\"table 'many' has 1018 columns, MariaDB takes 1017\""* ]]
    pg_ask a "ALTER TABLE many DROP c1"
    ends_with 0 pd plan "$pg_url" "$my_url"
    ends_with 0 pd copy "$pg_url" "$my_url"
}

@test "a declared length that a key has no room for is told" {
    pg_new a
    pg_ask a "CREATE TABLE k (a varchar(400), b varchar(400), c varchar(400), d varchar(30), PRIMARY KEY (a, b), UNIQUE (d)); INSERT INTO k VALUES ('a', 'b', 'c', 'd')"
    my_new b
    ends_with 3 "$POLYDUMP" copy "$pg_url" "$my_url"
    says "length of column 'a' of table 'k': 384, not 400, since a key takes 3072 bytes at most" "length of column 'b' of table 'k': 384, not 400"
    [ "$(grep -c "length of column" <<<"$stderr")" = 2 ]
}

@test "compressed pages and columns come back without --native, and a table that needs it says so" {
    my_new a
    my_ask a "CREATE TABLE comp (id int PRIMARY KEY, c text COMPRESSED, d varchar(100) COMPRESSED=zlib DEFAULT 'x', KEY (id)) PAGE_COMPRESSED=1 PAGE_COMPRESSION_LEVEL=3 ROW_FORMAT=DYNAMIC DEFAULT CHARSET=latin1;
        CREATE TABLE csv (a int NOT NULL) ENGINE=CSV IETF_QUOTES=1; CREATE TABLE enc (a int) ENCRYPTED=No"
    pd dump "$my_url" a
    my_new b
    ends_with 0 "$POLYDUMP" restore a "$my_url"
    for table in comp csv enc; do
        [ "$(my_ask b "SHOW CREATE TABLE $table")" = "$(my_ask a "SHOW CREATE TABLE $table")" ]
    done
    my_ask a "CREATE TABLE odd (a int DEFAULT (CONNECTION_ID())); DROP TABLE comp, csv, enc"
    my_new c
    ends_with 3 "$POLYDUMP" copy --no-native "$(my_url_of a)" "$my_url"
    says "table 'odd': it is made as it was with --native only; it is made of its columns and keys alone"
    pd dump "$(my_url_of a)" odd
    ends_with 3 "$POLYDUMP" restore --into=replace odd "$my_url"
    says "table 'odd': its own statement has what is not known to run nothing, and is made as it was with --native only; it is made"
    ends_with 0 "$POLYDUMP" copy --native --into=replace "$(my_url_of a)" "$my_url"
    [ "$(my_ask c "SHOW CREATE TABLE odd")" = "$(my_ask a "SHOW CREATE TABLE odd")" ]
}

@test "a foreign key whose table is not there says which way it is not" {
    my_new o
    my_ask o "CREATE TABLE p (a int PRIMARY KEY)"
    my_new a
    my_ask a "SET foreign_key_checks = 0; CREATE TABLE t (a int, b int, CONSTRAINT far FOREIGN KEY (a) REFERENCES $(my_name o).p (a), CONSTRAINT never FOREIGN KEY (b) REFERENCES nothing (a))"
    my_new b
    ends_with 3 "$POLYDUMP" copy "$(my_url_of a)" "$my_url"
    grep -q "left out: foreign key 'far' of table 't': .*the table that it points to is one of another database" <<<"$stderr" || { echo "$stderr" >&2; return 1; }
    grep -q "left out: foreign key 'never' of table 't': .*the table that it points to is not made here: it was not there," <<<"$stderr" || { echo "$stderr" >&2; return 1; }
}
