#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What MariaDB itself says by a warning only, or not at all, comes back as it was or is told.

load polydump

teardown()
{
    my_clean
    pg_clean
    [ -z "${place-}" ] || sh "$BATS_TEST_DIRNAME/../servers.sh" stop "$place"
    [ -z "${small-}" ] || {
        ! mountpoint -q "$small" || umount "$small"
        rmdir "$small"
    }
}

# own_server WORD... - a server of the test's own, with these words more, for what holds for all of a
# server. Its socket is $own; own_url NAME is the URL of a database there.
own_server()
{
    : "${POLYDUMP_TEST_MARIADB_BIN:?is not set: see tests/servers.sh}"
    place=$(mktemp -d "$BATS_TMPDIR/polydump.XXXXXX")
    MARIADB_OPTIONS=$* sh "$BATS_TEST_DIRNAME/../servers.sh" start "$place" "mariadb=$POLYDUMP_TEST_MARIADB_BIN" 3>&- >/dev/null
    own=$place/mariadb/mariadb.sock
}

own_ask()
{
    mariadb --no-defaults -uroot -S "$own" --default-character-set=utf8mb4 -BN "$1" -e "$2"
}

own_url()
{
    printf 'mariadb://root@localhost/%s?socket=%s' "$1" "$own"
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

@test "an event whose time is past is disabled where the scheduler would run it at once" {
    my_new a
    my_ask a "CREATE TABLE ran (who varchar(20))"
    my "$(my_name a)" -e "SET timestamp = 1577000000, sql_mode = 'ANSI_QUOTES';
        CREATE EVENT \"do ENABLE\" ON SCHEDULE AT '2020-01-01' COMMENT 'ENABLE' DO INSERT INTO ran VALUES ('once'); CREATE EVENT kept ON SCHEDULE AT '2020-01-01' ON COMPLETION PRESERVE DO INSERT INTO ran VALUES ('kept');
        CREATE EVENT ended ON SCHEDULE EVERY 1 DAY STARTS '2020-01-01' ENDS '2020-02-01' DO INSERT INTO ran VALUES ('ended');
        CREATE EVENT off ON SCHEDULE AT '2020-01-01' DISABLE DO INSERT INTO ran VALUES ('off'); CREATE EVENT later ON SCHEDULE AT '2037-01-01' DO INSERT INTO ran VALUES ('later')"
    pd dump "$my_url" a
    own_server --event-scheduler=ON
    own_ask "" "CREATE DATABASE b"
    ends_with 3 "$POLYDUMP" restore --native a "$(own_url b)"
    local name why="its time is past and the server's event scheduler is on, which would run it at once, so it is made disabled; ALTER EVENT ... ENABLE lets it run"
    for name in "do ENABLE" kept ended; do
        says "event '$name': $why"
    done
    [ "$(grep -c "left out: " <<<"$stderr")" -eq 3 ]
    [ "$(own_ask b "SELECT EVENT_NAME, STATUS FROM information_schema.EVENTS ORDER BY 1" | tr '\t\n' '= ')" = "do ENABLE=DISABLED ended=DISABLED kept=DISABLED later=ENABLED off=DISABLED " ]
    diff <(my_ask a "SELECT EVENT_NAME, EXECUTE_AT, ENDS, ON_COMPLETION, EVENT_DEFINITION, EVENT_COMMENT FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE() ORDER BY 1") \
        <(own_ask b "SELECT EVENT_NAME, EXECUTE_AT, ENDS, ON_COMPLETION, EVENT_DEFINITION, EVENT_COMMENT FROM information_schema.EVENTS ORDER BY 1")
    own_ask b "SET GLOBAL event_scheduler = OFF; SELECT COUNT(*) FROM ran" >ran
    [ "$(cat ran)" = 0 ]
}

# holds SQL... - a session of the own server that did this, until descriptor 9 is closed.
holds()
{
    mkfifo talk
    mariadb --no-defaults -uroot -S "$own" -f a <talk &
    exec 9>talk
    printf '%s;\n' "$@" "SELECT GET_LOCK('ready', 0)" >&9
    until [ "$(own_ask a "SELECT IS_USED_LOCK('ready') IS NOT NULL")" = 1 ]; do
        sleep 0.1
    done
    holder=$(own_ask a "SELECT IS_USED_LOCK('ready')")
    rm talk
}

@test "a lock that is waited for in vain is named with its table, and who holds it" {
    own_server --plugin-load-add=metadata_lock_info
    own_ask "" "CREATE DATABASE a; CREATE DATABASE b; CREATE TABLE a.one (a int); CREATE TABLE a.two (a int); CREATE TABLE a.my (a int) ENGINE=MyISAM"
    pd dump "$(own_url a)" archive
    holds "LOCK TABLES two WRITE"
    complains 1 "table 'two': Lock wait timeout exceeded" "connection $holder of 'root'@'localhost' holds a lock on it: wait for it, or give a longer --lock-timeout" -- \
        pd dump --lock-timeout 1 "$(own_url a)" out
    exec 9>&-
    wait
    holds "BEGIN" "SELECT * FROM two"
    complains 1 "table 'two': Lock wait timeout exceeded" "connection $holder of 'root'@'localhost' holds a lock on it" -- \
        pd restore --into=replace --lock-timeout 1 archive "$(own_url a)"
    exec 9>&-
    wait
    ends_with 0 pd restore --into=replace --lock-timeout 1 archive "$(own_url a)"
}

@test "options that no engine knows are told, and the table is made as it was otherwise" {
    my_new a
    my_ask a "SET sql_mode = 'IGNORE_BAD_TABLE_OPTIONS'; CREATE TABLE t (id int PRIMARY KEY \`foo\`='bar', c varchar(20) COMPRESSED CHARACTER SET latin1, n int, KEY k (n) shade=9) PAGE_COMPRESSED=1 ROW_FORMAT=DYNAMIC colour='a; red'; INSERT INTO t VALUES (1, 'x', 2)"
    pd dump "$my_url" a
    for native in --native --no-native; do
        my_new "b${native//-/}"
        ends_with 3 "$POLYDUMP" restore "$native" a "$my_url"
        says "table 't': \`foo\`='bar': an option that no engine of its server knows, it is not kept" \
            "table 't': \`shade\`='9': an option that no engine of its server knows, it is not kept" \
            "table 't': \`colour\`='a; red': an option that no engine of its server knows, it is not kept"
        [ "$(grep -c "left out: " <<<"$stderr")" -eq 3 ]
        diff <(my_ask a "SHOW CREATE TABLE t" | sed -E 's, /[*] `[^*]*[*]/,,g') <(my_ask "b${native//-/}" "SHOW CREATE TABLE t")
    done
    ends_with 3 "$POLYDUMP" ddt "$(my_url_of a)"
}

@test "that primary keys lose their names is told, and is no failure" {
    sqlite3 a.db "CREATE TABLE a (id INT NOT NULL, CONSTRAINT pk_a PRIMARY KEY (id)); CREATE TABLE b (id INT NOT NULL, CONSTRAINT b_pkey PRIMARY KEY (id)); CREATE TABLE c (id INTEGER PRIMARY KEY)"
    my_new one
    ends_with 0 "$POLYDUMP" copy a.db "$my_url"
    grep -qF "the name of primary key 'pk_a' of table 'a' is not kept: MariaDB calls all of them PRIMARY" <<<"$stderr"
    sqlite3 a.db "CREATE TABLE d (id INT NOT NULL, CONSTRAINT pk_d PRIMARY KEY (id))"
    my_new two
    ends_with 0 "$POLYDUMP" copy a.db "$my_url"
    grep -qF "the names of 2 primary keys ('pk_a' of table 'a' ...) are not kept: MariaDB calls all of them PRIMARY" <<<"$stderr"
    pg_new a
    pg_ask a "CREATE TABLE t (id int CONSTRAINT named PRIMARY KEY); CREATE TABLE u (id int PRIMARY KEY)"
    my_new three
    ends_with 0 "$POLYDUMP" copy "$pg_url" "$my_url"
    grep -qF "the name of primary key 'named' of table 't' is not kept" <<<"$stderr"
    my_new four
    ends_with 0 "$POLYDUMP" copy "$(my_url_of three)" "$my_url"
    ! grep -q "primary key" <<<"$stderr"
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
    complains 1 "column 'k'" "the column holds no text with U+0000" "--rejects sets such rows aside" -- pd copy --into=append "$my_url" "$pg_url"
    my_ask a "UPDATE t SET k = 'x'"
    pg_ask b "ALTER TABLE t ADD CONSTRAINT no_x CHECK (k <> 'x')"
    complains 1 "no_x" "correct the source, change in the target what refuses it, or have such rows set aside by --rejects" -- pd copy --into=append "$my_url" "$pg_url"
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

# computed_tables - stored columns that a session's settings make.
computed_tables()
{
    echo "CREATE TABLE tz (id int PRIMARY KEY, ts timestamp NULL, h int AS (hour(ts)) STORED, d date AS (date(ts)) STORED, n int AS (id + 1) STORED, KEY (d)); INSERT INTO tz (id, ts) VALUES (1, '2024-01-01 01:00:00'), (2, NULL);
        CREATE TABLE dp (id int PRIMARY KEY, a decimal(10,2), r decimal(30,15) AS (a / 3) STORED); INSERT INTO dp (id, a) VALUES (1, 1);
        CREATE TABLE rx (a varchar(20), m int AS (a REGEXP 'a.b') STORED); INSERT INTO rx (a) VALUES ('a\nb');
        CREATE TABLE vt (id int PRIMARY KEY, ts timestamp NULL, h int AS (hour(ts)) STORED) WITH SYSTEM VERSIONING; INSERT INTO vt (id, ts) VALUES (1, '2024-01-01 01:00:00'); UPDATE vt SET ts = '2024-01-01 02:00:00'"
}
computed_values="SELECT * FROM tz ORDER BY id; SELECT * FROM dp; SELECT * FROM rx; SELECT *, row_start, row_end FROM vt FOR SYSTEM_TIME ALL ORDER BY row_start"

@test "stored generated columns keep the values that the settings of their server made" {
    own_server --default-time-zone=+05:00 --div-precision-increment=8 --default-regex-flags=DOTALL
    own_ask "" "CREATE DATABASE a; CREATE DATABASE b"
    own_ask a "$(computed_tables)"
    ends_with 0 pd ddt "$(own_url a)"
    ends_with 0 pd copy "$(own_url a)" "$(own_url b)"
    [ "$(own_ask b "$computed_values")" = "$(own_ask a "$computed_values")" ]
    ends_with 0 pd dump "$(own_url a)" a
    my_new c
    ends_with 0 pd restore a "$my_url"
    [ "$(my_ask c "SET time_zone = '+05:00'; $computed_values")" = "$(own_ask a "$computed_values")" ]
    ends_with 0 pd diff "$(own_url a)" "$my_url"
}

@test "stored generated columns whose values no settings of the server make are told" {
    my_new a
    my_ask a "SET time_zone = '+05:00', div_precision_increment = 8, default_regex_flags = 'DOTALL'; $(computed_tables)"
    my_new b
    ends_with 3 "$POLYDUMP" copy "$(my_url_of a)" "$my_url"
    says "values of column 'h' of table 'tz': the server computes others" "values of column 'd' of table 'tz'" "values of column 'r' of table 'dp'" "values of column 'm' of table 'rx'" "values of column 'h' of table 'vt'"
    [ "$(grep -c '^left out: ' <<<"$stderr")" = 5 ]
    ends_with 3 pd ddt "$(my_url_of a)"
    ends_with 4 "$POLYDUMP" diff "$(my_url_of a)" "$my_url"
    [[ "$output" == *"table 'tz': generated column 'h': other stored values"* ]]
    ends_with 4 "$POLYDUMP" verify "$(my_url_of a)" "$my_url"
    ends_with 0 pd copy --where 'tz: id = 2' --only tz --into=replace "$(my_url_of a)" "$my_url"
}

@test "a database whose tables cannot be locked, and a server that admits no statement, are told at once" {
    complains 2 "'general_log' and 'slow_log' are logs of the server, which cannot be locked while they are read: its own database 'mysql' cannot be dumped" -- \
        pd dump "mariadb://${POLYDUMP_TEST_MARIADB_USER:-root}@localhost/mysql?socket=$POLYDUMP_TEST_MARIADB_SOCKET" out
    own_server --max-prepared-stmt-count=0
    own_ask "" "CREATE DATABASE a; CREATE TABLE a.t (a int)"
    ends_with 1 "$POLYDUMP" dump "$(own_url a)" out
    [[ "$stderr" == *"max_prepared_stmt_count"* && "$stderr" != *"trying again"* ]]
}

# permuted_tables - each row has a value that another time zone gives to another row.
permuted_tables()
{
    echo "CREATE TABLE hours (id int PRIMARY KEY, ts timestamp NULL, h int AS (hour(ts)) STORED); INSERT INTO hours (id, ts) SELECT seq, timestamp('2024-01-01') + interval seq hour FROM seq_0_to_23;
        CREATE TABLE keyless (f float, ts timestamp NULL, b blob, g geometry, h int AS (hour(ts)) STORED); INSERT INTO keyless (f, ts, b, g) SELECT seq / 7, timestamp('2024-01-01') + interval seq hour, if(seq = 3, NULL, char(seq)), point(seq, 1) FROM seq_0_to_23"
}
permuted_values="SELECT * FROM hours ORDER BY id; SELECT * FROM keyless ORDER BY f"

@test "stored generated columns whose values another time zone gives to other rows are told" {
    my_new a
    my_ask a "SET time_zone = '+05:00'; $(permuted_tables)"
    my_new b
    ends_with 3 "$POLYDUMP" copy "$(my_url_of a)" "$my_url"
    says "values of column 'h' of table 'hours': the server computes others" "values of column 'h' of table 'keyless'"
    [ "$(grep -c '^left out: ' <<<"$stderr")" = 2 ]
    ends_with 3 pd ddt "$(my_url_of a)"
    ends_with 4 "$POLYDUMP" diff "$(my_url_of a)" "$my_url"
    [[ "$output" == *"table 'hours': generated column 'h': other stored values"* ]]
    own_server --default-time-zone=+05:00
    own_ask "" "CREATE DATABASE a; CREATE DATABASE b"
    own_ask a "$(permuted_tables)"
    ends_with 0 pd ddt "$(own_url a)"
    ends_with 0 pd copy "$(own_url a)" "$(own_url b)"
    [ "$(own_ask b "$permuted_values")" = "$(own_ask a "$permuted_values")" ]
    ends_with 0 pd copy --into=replace "$(own_url a)" "$my_url"
    [ "$(my_ask b "SET time_zone = '+05:00'; $permuted_values")" = "$(own_ask a "$permuted_values")" ]
}

@test "--only is not told of tables that it does not name" {
    my_new a
    my_ask a "CREATE TABLE kw (id int PRIMARY KEY); INSERT INTO kw VALUES (1); CREATE SEQUENCE seq INCREMENT BY 0; CREATE TABLE vh (id int PRIMARY KEY, t timestamp NULL ON UPDATE current_timestamp) WITH SYSTEM VERSIONING; CREATE TABLE parts (id int) PARTITION BY HASH(id); CREATE TRIGGER tg BEFORE INSERT ON vh FOR EACH ROW SET NEW.id = 1"
    local url=$(my_url_of a)
    ends_with 3 pd copy "$url" "sqlite:$BATS_TEST_TMPDIR/all.db"
    ends_with 0 "$POLYDUMP" plan --only kw "$url" "sqlite:$BATS_TEST_TMPDIR/x.db"
    [[ "$output$stderr" != *"left out: "* ]]
    ends_with 0 "$POLYDUMP" copy --only kw "$url" "sqlite:$BATS_TEST_TMPDIR/x.db"
    [[ "$stderr" != *"left out: "* ]]
    ends_with 0 pd dump --only kw "$url" kw
    ends_with 0 "$POLYDUMP" restore --only kw kw "sqlite:$BATS_TEST_TMPDIR/y.db"
    [[ "$stderr" != *"left out: "* ]]
    ends_with 3 "$POLYDUMP" copy --exclude kw "$url" "sqlite:$BATS_TEST_TMPDIR/z.db"
    says "system versioning and past rows are not carried: table 'vh'" "partitions are not carried: table 'parts'" "on update clause is not carried: column 't' of table 'vh'"
    ends_with 0 pd dump "$url" all
    ends_with 3 "$POLYDUMP" restore --only parts all "sqlite:$BATS_TEST_TMPDIR/p.db"
    says "partitions are not carried: table 'parts'"
    [ "$(grep -c '^left out: ' <<<"$stderr")" = 1 ]
}

@test "what is unique, or a partition, by a stored generated column is made under the settings of its server" {
    local tables="CREATE TABLE un (id int PRIMARY KEY, t timestamp NULL, d date AS (date(t)) STORED, UNIQUE (d), KEY (t)); INSERT INTO un (id, t) VALUES (1, '2024-01-01 01:00:00'), (2, '2023-12-31 12:00:00');
        CREATE TABLE pl (t timestamp NOT NULL, d date AS (date(t)) STORED) PARTITION BY LIST COLUMNS(d) (PARTITION p1 VALUES IN ('2024-01-01'), PARTITION p2 VALUES IN ('2024-10-27')); INSERT INTO pl (t) VALUES ('2024-01-01 01:00:00');
        CREATE TABLE ar (id int AUTO_INCREMENT PRIMARY KEY, t timestamp NULL, d date AS (date(t)) STORED, v int AS (year(t)) STORED, w varchar(20) AS (v) VIRTUAL, UNIQUE (v)) ENGINE=Aria; INSERT INTO ar (t) VALUES ('2024-01-01 01:00:00'), ('2023-12-31 12:00:00')"
    local values="SELECT *, unix_timestamp(t) FROM un ORDER BY id; SELECT *, unix_timestamp(t) FROM pl PARTITION (p1) ORDER BY 1, 2; SELECT unix_timestamp(t), d FROM pl ORDER BY 1; SELECT *, unix_timestamp(t) FROM ar ORDER BY id; SHOW CREATE TABLE un; SHOW CREATE TABLE pl; SHOW CREATE TABLE ar"
    own_server --default-time-zone=+03:00
    own_ask "" "CREATE DATABASE a; CREATE DATABASE b"
    own_ask a "$tables; SET time_zone = 'SYSTEM'"
    ends_with 0 pd copy "$(own_url a)" "$(own_url b)"
    [ "$(own_ask b "$values")" = "$(own_ask a "$values")" ]
    ends_with 0 pd ddt "$(own_url a)"
    ends_with 0 pd dump "$(own_url a)" a
    my_new c
    ends_with 0 pd restore a "$my_url"
    [ "$(my_ask c "SET time_zone = '+03:00'; $values")" = "$(own_ask a "$values")" ]
    ends_with 0 pd copy --where 'un: id = 1' --into=replace "$(own_url a)" "$my_url"
    [ "$(my_ask c "SELECT d FROM un; SELECT unix_timestamp(t) FROM un")" = "$(own_ask a "SELECT d FROM un WHERE id = 1; SELECT unix_timestamp(t) FROM un WHERE id = 1")" ]
    own_ask a "CREATE TABLE other (id int PRIMARY KEY, t timestamp NULL, d date AS (date(t)) STORED, UNIQUE (d)); SET time_zone = '-08:00'; INSERT INTO other (id, t) VALUES (1, '2024-01-01 01:00:00'), (2, '2024-01-02 00:30:00'), (3, '2023-12-31 23:00:00')"
    ends_with 1 "$POLYDUMP" copy --into=replace "$(own_url a)" "$my_url"
    [[ "$stderr" == *"cannot make keys of table 'other', or its partitions: Duplicate entry"*"SET GLOBAL time_zone"*"--exclude"* ]]
    ends_with 0 pd copy --exclude other --into=replace "$(own_url a)" "$my_url"
    own_ask "" "SET GLOBAL time_zone = '-08:00'"
    ends_with 0 pd copy --only other --into=replace "$(own_url a)" "$my_url"
    own_ask "" "SET GLOBAL time_zone = '+03:00'"
}

@test "columns that subtract unsigned numbers in a mode of their own are refused, with a way out" {
    my_new a
    my_ask a "SET sql_mode = 'NO_UNSIGNED_SUBTRACTION'; CREATE TABLE us (a int unsigned, b int unsigned, n bigint AS (a - b) STORED); INSERT INTO us (a, b) VALUES (1, 2), (2, 1)"
    ends_with 0 pd dump "$(my_url_of a)" a
    my_new b
    complains 1 "cannot make table 'us'" "NO_UNSIGNED_SUBTRACTION" "CAST(... AS SIGNED)" "--exclude" -- pd restore a "$my_url"
    [ -z "$(my_ask b "SHOW TABLES")" ]
    my_ask a "ALTER TABLE us MODIFY n bigint AS (CAST(a AS SIGNED) - CAST(b AS SIGNED)) STORED"
    ends_with 0 pd copy "$(my_url_of a)" "$my_url"
    [ "$(my_ask b "SELECT a, b, n FROM us")" = $'1\t2\t-1\n2\t1\t1' ]
}

@test "what is unique by a stored generated column has its timestamps in the hours when summer time ends" {
    TZ=Europe/Berlin own_server
    own_ask "" "CREATE DATABASE a; CREATE DATABASE b"
    # Both are 02:30 there.
    own_ask a "CREATE TABLE su (id int PRIMARY KEY, t timestamp NULL, d int AS (id * 100 + hour(t)) STORED, UNIQUE (d)); SET time_zone = '+00:00'; INSERT INTO su (id, t) VALUES (1, '2024-10-27 00:30:00'), (2, '2024-10-27 01:30:00'), (3, '2024-03-31 01:00:00'); SET time_zone = SYSTEM; ALTER TABLE su FORCE, ALGORITHM=COPY"
    local values="SELECT unix_timestamp(t), d FROM su ORDER BY id"
    [ "$(own_ask a "$values")" = $'1729989000\t102\n1729992600\t202\n1711846800\t303' ]
    ends_with 0 pd copy "$(own_url a)" "$(own_url b)"
    [ "$(own_ask b "$values")" = "$(own_ask a "$values")" ]
    ends_with 0 pd diff "$(own_url a)" "$(own_url b)"
}

@test "keys that a server has no room to sort are told with their table, and that its disk may be full" {
    small=$(mktemp -d "$BATS_TMPDIR/polydump.XXXXXX")
    mount -t tmpfs -o size=6m,mode=777 none "$small" 2>/dev/null || skip "needs the right to mount"
    own_server "--tmpdir=$small --innodb-sort-buffer-size=64K"
    database a.db <<<"CREATE TABLE p (id INTEGER PRIMARY KEY, s TEXT, u VARCHAR(80), UNIQUE (u)); CREATE INDEX s ON p (s); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)
        INSERT INTO p SELECT i, NULL, 'row number ' || (i * 7919) || hex(zeroblob(20)) FROM n"
    own_ask "" "CREATE DATABASE n; CREATE DATABASE a"
    # Where it finds that out, it says so; where it does not, it calls the key corrupt.
    complains 1 "cannot make key 'u' of table 'p': " -- pd copy a.db "$(own_url n)"
    [[ "$stderr" == *": Temporary file write failure; make room on the server" || "$stderr" == *"as it also does when its disk is full: its log tells" ]]
    [ -z "$(own_ask n "SHOW TABLES")" ]
    own_ask a "CREATE TABLE p (id int PRIMARY KEY, u varchar(80), UNIQUE KEY u (u)); INSERT INTO p SELECT seq, CONCAT('row number ', seq * 7919, REPEAT('0', 40)) FROM seq_1_to_60000"
    complains 1 "cannot make keys of table 'p': the server found its own files damaged (error 1034), as it also does when its disk is full: its log tells" -- pd copy "$(own_url a)" "$(own_url n)"
}
