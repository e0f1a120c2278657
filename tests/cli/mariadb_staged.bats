#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Restores into MariaDB that come to no good end, and rows that the server would not keep as they
# are: nothing is left, or what is left is said.

load polydump
load together

teardown()
{
    [ -z "${other-}" ] || let_go
    my_clean
    [ -z "${user-}" ] || my -e "DROP USER IF EXISTS $user@localhost"
    [ -z "${place-}" ] || sh "$BATS_TEST_DIRNAME/../servers.sh" stop "$place"
}

# An archive "a" of many rows, which database $many has.
many_rows()
{
    together many make_many_rows
    many=$(my_url_of a)
    group=
    cd "$BATS_TEST_TMPDIR/here"
    cp -r "$BATS_FILE_TMPDIR/many/a" .
}

make_many_rows()
{
    my_new a
    my_ask a "CREATE TABLE t (id int PRIMARY KEY, v varchar(100)); INSERT INTO t SELECT seq, REPEAT('x', 100) FROM seq_1_to_300000;
              CREATE TABLE u (id int PRIMARY KEY); INSERT INTO u VALUES (1), (2)"
    pd dump "$my_url" a
}

# hold NAME TABLE - another session reads a table, and keeps it from being altered until let_go.
hold()
{
    mkfifo "$BATS_TEST_TMPDIR/talk"
    my "$(my_name "$1")" <"$BATS_TEST_TMPDIR/talk" 3>&- &
    other=$!
    exec 9>"$BATS_TEST_TMPDIR/talk"
    echo "LOCK TABLES $2 READ;" >&9
    until [ "$(my -N -e "SHOW OPEN TABLES FROM $(my_name "$1") WHERE In_use > 0" | wc -l)" -eq 1 ]; do
        sleep 0.05
    done
}

let_go()
{
    exec 9>&-
    wait "$other" || true
    other=
}

# Tables of a database that have names of a run.
staged()
{
    my_ask "$1" "SHOW TABLES" | grep -c '^pd[$]' || true
}

# until_waiting NAME - some session waits for the lock of a table of it.
until_waiting()
{
    for _ in $(seq 200); do
        [ "$(my_ask "$1" "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND STATE LIKE 'Waiting for table%'")" = 0 ] || return 0
        sleep 0.05
    done
    return 1
}

@test "a killed restore is marked, taken by nobody for a whole one, and done by the next" {
    many_rows
    my_new b
    "$POLYDUMP" restore --quiet a "$my_url" 3>&- &
    local pid=$!
    while [ "$(staged b)" -lt 2 ]; do
        kill -0 "$pid"
        sleep 0.01
    done
    kill -9 "$pid"
    wait "$pid" || true
    complains 1 INCOMPLETE -- pd dump "$my_url" b
    complains 1 INCOMPLETE -- pd info "$my_url"
    ends_with 0 pd restore a "$my_url"
    ends_with 0 pd verify "$many" "$my_url"
    [ "$(staged b)" = 0 ]
}

@test "a restore that is killed while it puts its tables in place is undone by the next" {
    many_rows
    my_new b
    my_ask b "CREATE TABLE t (old int) ENGINE=InnoDB; INSERT INTO t VALUES (7); CREATE TABLE other (x int)"
    hold b t
    "$POLYDUMP" restore --quiet --into=replace a "$my_url" 3>&- 9>&- &
    local pid=$!
    until_waiting b
    kill -9 "$pid"
    wait "$pid" || true
    let_go
    complains 1 INCOMPLETE -- pd dump "$my_url" b
    # The server may have done it all the same; then the old table was moved aside.
    rm -rf a
    pd dump "$many" a --only u
    ends_with 0 pd restore --into=replace a "$my_url"
    [ "$(my_ask b "SELECT old FROM t")" = 7 ]
    [ "$(my_ask b "SHOW TABLES" | tr '\n' ' ')" = "other t u " ]
}

@test "an interrupted restore leaves nothing" {
    many_rows
    my_new b
    "$POLYDUMP" restore --quiet --jobs=2 a "$my_url" 3>&- &
    local pid=$! status=0
    while [ "$(staged b)" -lt 2 ]; do
        kill -0 "$pid"
        sleep 0.01
    done
    kill -TERM "$pid"
    wait "$pid" || status=$?
    [ "$status" -ne 0 ]
    [ -z "$(my_ask b "SHOW TABLES")" ]
    [ "$(my_ask b "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND ID <> CONNECTION_ID()")" = 0 ]
}

@test "of two restores into one database the second is refused" {
    many_rows
    my_new b
    my_ask b "CREATE TABLE u (old int)"
    hold b u
    "$POLYDUMP" restore --quiet --into=replace a "$my_url" 3>&- 9>&- &
    local pid=$!
    until_waiting b
    complains 1 "another run" -- pd restore --into=replace a "$my_url"
    let_go
    wait "$pid"
    ends_with 0 pd verify "$many" "$my_url"
}

@test "a server that crashes in the middle: the run fails, and the next one cleans up" {
    : "${POLYDUMP_TEST_MARIADB_BIN:?is not set: see tests/servers.sh}"
    many_rows
    place=$(mktemp -d "$BATS_TMPDIR/polydump.XXXXXX")
    local url pid status=0
    eval "$(sh "$BATS_TEST_DIRNAME/../servers.sh" start "$place" "mariadb=$POLYDUMP_TEST_MARIADB_BIN" 3>&- | sed 's/POLYDUMP_TEST_/own_/g; s/^export MYSQL_HOME.*//')"
    # shellcheck disable=SC2154 # servers.sh named it
    local socket=$own_MARIADB_SOCKET
    url="mariadb://root@localhost/shop?socket=$socket"
    mariadb --no-defaults -uroot -S "$socket" -e "CREATE DATABASE shop"
    "$POLYDUMP" restore --quiet a "$url" 2>complaint 3>&- &
    pid=$!
    while [ "$(mariadb --no-defaults -uroot -S "$socket" shop -BN -e "SHOW TABLES" | grep -c '^pd[$]')" -lt 2 ]; do
        kill -0 "$pid"
        sleep 0.01
    done
    sh "$BATS_TEST_DIRNAME/../servers.sh" crash "$place" mariadb
    wait "$pid" || status=$?
    [ "$status" -eq 1 ]
    sh "$BATS_TEST_DIRNAME/../servers.sh" again "$place" mariadb 3>&-
    ends_with 0 pd restore a "$url"
    ends_with 0 pd verify "$many" "$url"
}

@test "a row that is refused is named, and nothing is left" {
    my_new a
    my_ask a "CREATE TABLE p (id int PRIMARY KEY); INSERT INTO p SELECT seq FROM seq_1_to_20000"
    pd dump "$my_url" a --text
    grep -l '{"id":17000}' a/rows/*.jsonl | xargs sed -i 's/{"id":17000}/{"id":5}/'
    pd seal a
    my_new b
    complains 1 "'p'" "Duplicate entry '5'" -- pd restore a "$my_url"
    [ -z "$(my_ask b "SHOW TABLES")" ]
}

@test "a replacement that fails leaves what was there" {
    my_new a
    my_ask a "CREATE TABLE p (id int PRIMARY KEY); INSERT INTO p VALUES (1), (2), (3)"
    pd dump "$my_url" a --text
    my_new b
    ends_with 0 pd restore a "$my_url"
    my_ask b "CREATE TABLE c (p int, FOREIGN KEY (p) REFERENCES p (id)); INSERT INTO c VALUES (2)"
    complains 1 "'c'" "'p'" "foreign key" -- pd restore a "$my_url" --into=replace
    my_ask b "DROP TABLE c; INSERT INTO p VALUES (9)"
    sed -i 's/{"id":3}/{"id":2}/' a/rows/*.jsonl
    pd seal a
    complains 1 Duplicate -- pd restore a "$my_url" --into=replace
    [ "$(my_ask b "SELECT GROUP_CONCAT(id) FROM p")" = 1,2,3,9 ]
    [ "$(staged b)" = 0 ]
}

@test "who may not make an object leaves nothing, although he may not drop one either" {
    my_new a
    my_ask a "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1); CREATE FUNCTION f() RETURNS int RETURN 1;
              CREATE VIEW v AS SELECT f() AS n FROM t; CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO DELETE FROM t"
    pd dump "$my_url" a
    my_new b
    user=u_$BATS_ROOT_PID
    my -e "CREATE USER $user@localhost IDENTIFIED BY 'p'; GRANT SELECT, INSERT, CREATE, DROP, ALTER ON $(my_name b).* TO $user@localhost"
    complains 1 "cannot make function 'f'" -- pd restore --native a "${my_url/root@/$user:p@}"
    [[ "$stderr" != *INCOMPLETE* ]]
    [ -z "$(my_ask b "SHOW TABLES")" ]
    # What was made before the one that is refused goes, too.
    my -e "GRANT CREATE VIEW, CREATE ROUTINE ON $(my_name b).* TO $user@localhost"
    complains 1 "cannot make event 'e'" -- pd restore --native a "${my_url/root@/$user:p@}"
    [ -z "$(my_ask b "SHOW TABLES; SHOW FUNCTION STATUS WHERE Db = DATABASE()")" ]
    ends_with 0 pd restore --no-native a "${my_url/root@/$user:p@}"
}

@test "into tables that are there it is all or nothing" {
    my_new a
    my_ask a "CREATE TABLE p (id int PRIMARY KEY); INSERT INTO p VALUES (1), (2), (3); CREATE TABLE q (id int PRIMARY KEY); INSERT INTO q VALUES (4)"
    pd dump "$my_url" a
    my_new b
    my_ask b "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE q (id int PRIMARY KEY); INSERT INTO q VALUES (4)"
    complains 1 "Duplicate entry '4'" -- pd restore a "$my_url" --into=append
    [ "$(my_ask b "SELECT COUNT(*) FROM p")" = 0 ]
    my_ask b "UPDATE q SET id = 5"
    ends_with 0 pd restore a "$my_url" --into=append --jobs=2
    [ "$(my_ask b "SELECT GROUP_CONCAT(id) FROM q")" = 4,5 ]
    ends_with 0 pd restore a "$my_url" --into=truncate
    [ "$(my_ask b "SELECT GROUP_CONCAT(id) FROM q")" = 4 ]
    my_ask b "ALTER TABLE q ENGINE=MyISAM"
    complains 1 "'q'" transactions -- pd restore a "$my_url" --into=truncate
}

@test "values that the server would change without a word are refused, and named" {
    local value says
    while IFS='|' read -r value says; do
        rm -f a.db
        database a.db <<<"CREATE TABLE t (id INTEGER PRIMARY KEY, v $value);"
        my_new "${says%% *}"
        complains 1 "'v'" "$says" -- pd copy a.db "$my_url"
        [ -z "$(my_ask "${says%% *}" "SHOW TABLES")" ]
    done <<'END'
REAL); INSERT INTO t VALUES (1, 1.5), (2, 9e999|infinities
END
}

@test "every type of the server's own comes back" {
    my_new a
    my "$(my_name a)" <<'SQL'
SET sql_mode = 'ALLOW_INVALID_DATES,NO_AUTO_VALUE_ON_ZERO', time_zone = '+00:00';
CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY, e enum('a', 'B b', ''), s set('x', 'y', 'z'), y year, u uuid, b bit(10), g geometry, i4 inet4, i6 inet6,
    d date, dt datetime(3), ts timestamp(6) NULL, t time(6), j json, k varchar(5) CHARACTER SET cp932, w varchar(9) CHARACTER SET utf16, f float, dd double, n decimal(65,30),
    m decimal(20,4), bi bigint unsigned, sm smallint, l longtext CHARACTER SET utf8mb4, bl blob, v varbinary(9), gen int AS (id * 2));
INSERT INTO t (id, e, s, y, u, b, g, i4, i6, d, dt, ts, t, j, k, w, f, dd, n, m, bi, sm, l, bl, v) VALUES
    (0, 'a', 'x,z', 2024, '0189d3a0-0000-7000-8000-0123456789ab', b'1000000001', ST_GeomFromText('POINT(1.5 -2)', 4326), '1.2.3.4', '2001:db8::1', '2024-02-31', '2024-00-15 10:20:30.5', '2026-10-25 00:30:00.123456',
     '-838:59:59.999999', '{"a": 1}', x'EEF0', 'Ωx', 0.1, 1e-320, 12345678901234567890123456789012345.000000000000000000000000000001, -99.9996, 18446744073709551615, -32768, _utf8mb4 x'61EDA08062', x'00ff27', ''),
    (-5, '', '', 0, NULL, b'0', ST_GeomFromText('LINESTRING(0 0, 1 1)'), NULL, NULL, '0000-00-00', '0000-00-00', '0000-00-00', '838:59:59.999999', NULL, x'FA41', '', -1.5, -1e308, -0.5, 0, 0, 0, '', '', 'abc'),
    (7, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO t (id, e, d) VALUES (8, 0, '0000-12-31');
SQL
    pd dump "$my_url" a
    my_new b
    ends_with 0 pd restore a "$my_url"
    [ "$(my_ask b "SELECT e + 0 FROM t WHERE id = 8")" = 0 ]
    [ "$(my_ask b "SELECT e + 0 FROM t WHERE id = -5")" = 3 ]
    [ "$(my_ask b "SELECT HEX(k) FROM t WHERE id = 0")" = EEF0 ]
    [ "$(my_text a)" = "$(my_text b)" ]
}

@test "a cell that no packet holds is refused, and named" {
    my_new a
    most=$(my_ask a "SELECT @@global.max_allowed_packet")
    database a.db <<SQL
CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB);
INSERT INTO t VALUES (1, zeroblob($most / 4 * 3));
SQL
    ends_with 0 pd copy a.db "$my_url"
    [ "$(my_ask a "SELECT LENGTH(v) FROM t")" = $((most / 4 * 3)) ]
    sqlite3 a.db "INSERT INTO t VALUES (2, zeroblob($most + 1))"
    my_new b
    complains 1 "'v'" max_allowed_packet -- pd copy a.db "$my_url"
    [ -z "$(my_ask b "SHOW TABLES")" ]
}

@test "a table whose name only resembles those of a run is a table like others" {
    my_new a
    my_ask a 'CREATE TABLE `PD$0123456789ABCDEF$1` (a int)'
    my_ask a 'INSERT INTO `PD$0123456789ABCDEF$1` VALUES (7)'
    ends_with 0 pd dump "$my_url" a
    ends_with 0 pd restore --into=append a "$my_url"
    [ "$(my_ask a 'SELECT COUNT(*) FROM `PD$0123456789ABCDEF$1`')" = 2 ]
}
