#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# MariaDB: what servers have that are newer than Debian 12's. `./check --long` runs this with one
# (newer-mariadb); elsewhere each test says what it lacks.

load polydump

teardown()
{
    my_clean
    pg_clean
    [ -z "${place-}" ] || sh "$BATS_TEST_DIRNAME/../servers.sh" stop "$place"
}

# since NUMBER - 1105 is 11.5.
since()
{
    [ "$(my_version)" -ge "$1" ] || skip "MariaDB has it from $(($1 / 100)).$(($1 % 100)) on"
}

stamps()
{
    my_new "$1"
    my_ask "$1" "CREATE TABLE t (id int PRIMARY KEY, at timestamp(6) NULL, d timestamp NOT NULL DEFAULT '2100-01-01');
        INSERT INTO t VALUES (1, '2038-01-19 03:14:08', '2106-02-07 06:28:15'), (2, '2106-02-07 06:28:15.999999', '2038-01-19 03:14:07'), (3, NULL, '1970-01-01 00:00:01');
        CREATE TABLE v (id int PRIMARY KEY, n int) WITH SYSTEM VERSIONING; INSERT INTO v VALUES (1, 1), (2, 2); UPDATE v SET n = 3 WHERE id = 1; DELETE FROM v WHERE id = 2"
}

@test "timestamps end in 2106" {
    since 1105
    stamps a
    ends_with 0 pd ddt --native "$my_url"
    ends_with 0 pd dump "$my_url" a
    my_new b
    ends_with 0 pd restore a "$my_url"
    diff <(my_text a) <(my_text b)
    [ "$(my_ask b "SELECT count(*) FROM v FOR SYSTEM_TIME ALL")" = 3 ]
    # Into tables that are there, out of another engine.
    pg_new a
    ends_with 0 pd copy --only t a "$pg_url"
    my_ask b "DELETE FROM t"
    ends_with 0 pd copy --into=append "$pg_url" "$my_url"
    [ "$(my_ask a "SELECT * FROM t ORDER BY id")" = "$(my_ask b "SELECT * FROM t ORDER BY id")" ]
    pg_ask a "UPDATE t SET at = '2106-02-07 06:28:16Z' WHERE id = 3"
    my_ask b "DELETE FROM t"
    ends_with 1 pd copy --into=append "$pg_url" "$my_url"
    [[ "$stderr" == *"'2106-02-07 06:28:16+00' does not fit 'timestamp(6)'"*"the column holds the years 1970 to 2106"* ]]
}

@test "vectors and their keys" {
    since 1107
    my_new a
    my_ask a "CREATE TABLE t (id int PRIMARY KEY, v vector(3) NOT NULL, w vector(2), VECTOR KEY k (v) M=8 DISTANCE=cosine COMMENT 'near', FULLTEXT KEY f (x), x text);
        INSERT INTO t VALUES (1, VEC_FromText('[1,2,3]'), NULL, 'a'), (2, VEC_FromText('[0.5,-1,1e10]'), VEC_FromText('[0,-0.1]'), NULL)"
    local a=$my_url
    ends_with 0 pd ddt --native "$a"
    ends_with 0 pd dump "$a" a
    my_new b
    ends_with 0 pd restore --no-native a "$my_url"
    diff <(my_text a) <(my_text b)
    [ "$(my_ask b "SELECT id FROM t ORDER BY VEC_DISTANCE_COSINE(v, VEC_FromText('[1,2,3]')) LIMIT 1")" = 1 ]
    ends_with 0 pd restore --into=replace a "$my_url"
    diff <(my_text a) <(my_text b)

    # Elsewhere they are bytes, which come back into a table that is there.
    ends_with 3 "$POLYDUMP" copy "$a" a.db
    says "index 'k' on 't': SQLite has no index of its kind"
    [ "$(sqlite3 a.db "SELECT hex(v), hex(w) FROM t ORDER BY id" | paste -sd ' ')" = "0000803F0000004000004040| 0000003F000080BFF9021550|00000000CDCCCCBD" ]
    my_ask b "DELETE FROM t"
    ends_with 0 pd copy --into=append a.db "$my_url"
    [ "$(my_ask a "SELECT id, HEX(v), HEX(w) FROM t ORDER BY id")" = "$(my_ask b "SELECT id, HEX(v), HEX(w) FROM t ORDER BY id")" ]
}

sequences_of()
{
    local name
    for name in s1 s2 s3 s4 s5 s6; do
        my_ask "$1" "SHOW CREATE SEQUENCE $name; SELECT * FROM $name"
    done
}

@test "sequences of other types, and numbers beyond 64 bits with a sign" {
    since 1105
    my_new a
    my_ask a "CREATE SEQUENCE s1 AS tinyint unsigned; CREATE SEQUENCE s2 AS bigint unsigned START WITH 18446744073709540000 CACHE 2; CREATE SEQUENCE s3;
        CREATE SEQUENCE s4 AS bigint unsigned; CREATE SEQUENCE s5 AS int INCREMENT BY -1; CREATE SEQUENCE s6 AS smallint ENGINE = Aria"
    my_ask a "SELECT nextval(s1), nextval(s2), nextval(s5), nextval(s6)"
    local a=$my_url
    ends_with 0 pd ddt "$a"
    my_new b
    ends_with 0 pd copy --sequences=exact "$a" "$my_url"
    diff <(sequences_of a) <(sequences_of b)
    [ "$(my_ask b "SELECT nextval(s2)")" = 18446744073709540002 ]
    ends_with 3 "$POLYDUMP" copy "$a" a.db
    says "sequence type 's1' is not carried" "sequence bounds 's2' is not carried"
    # A server that says to be an older one.
    place=$(mktemp -d /tmp/polydump.XXXXXX)
    eval "$(MARIADB_OPTIONS="--version=10.11.99-MariaDB" sh "$BATS_TEST_DIRNAME/../servers.sh" start "$place" "mariadb=$POLYDUMP_TEST_MARIADB_BIN" 3>&- | sed 's/POLYDUMP_TEST_/own_/g; s/^export MYSQL_HOME.*//')"
    # shellcheck disable=SC2154 # the server's own
    mariadb --no-defaults --user=root --socket="$own_MARIADB_SOCKET" -e "CREATE DATABASE b"
    ends_with 3 "$POLYDUMP" copy "$a" "mariadb://root@localhost/b?socket=$own_MARIADB_SOCKET"
    says "sequence type 's1': the server's sequences are all of type bigint" "sequence bounds 's2': the server's sequences are all of type bigint"
}

@test "a character set without a collation, and a key of vectors without a distance, are what they are by themselves" {
    my_new a
    my_ask a "CREATE TABLE t (id int PRIMARY KEY, a varchar(5) COLLATE utf8mb4_general_ci, b varchar(5) CHARACTER SET utf8mb3 COLLATE utf8mb3_general_ci) CHARSET utf8mb4 COLLATE utf8mb4_general_ci;
        INSERT INTO t VALUES (1, 'ä', 'ß')"
    ends_with 0 pd dump --text "$my_url" a
    # As MariaDB 10.4 has written it.
    sed -i -E 's/(COLLATE[= ]utf8mb4_general_ci|COLLATE utf8mb3_general_ci)//g' a/origin.jsonl
    python3 "$BATS_TEST_DIRNAME/reseal.py" a file origin.jsonl
    my_new b
    ends_with 0 pd restore a "$my_url"
    diff <(my_ask a "SHOW CREATE TABLE t") <(my_ask b "SHOW CREATE TABLE t")

    since 1107
    my_ask a "CREATE TABLE v (id int PRIMARY KEY, v vector(2) NOT NULL, VECTOR KEY (v))"
    my -e "SET GLOBAL mhnsw_default_distance = cosine, GLOBAL mhnsw_default_m = 9"
    my_new c
    run pd copy "$(my_url_of a)" "$my_url"
    my -e "SET GLOBAL mhnsw_default_distance = DEFAULT, GLOBAL mhnsw_default_m = DEFAULT"
    [ "$status" -eq 0 ]
    diff <(my_ask a "SHOW CREATE TABLE v") <(my_ask c "SHOW CREATE TABLE v")
}

@test "packages of the server's own mode, parameters with defaults, triggers of some columns" {
    since 1108
    my_new a
    my "$(my_name a)" <<'END'
CREATE TABLE t (id int PRIMARY KEY, a int, b int);
DELIMITER //
CREATE FUNCTION f(x int DEFAULT 5) RETURNS int DETERMINISTIC RETURN x + 1//
CREATE PACKAGE p FUNCTION g() RETURNS int; END//
CREATE PACKAGE BODY p FUNCTION g() RETURNS int RETURN 7; END//
CREATE TRIGGER tr BEFORE UPDATE OF a ON t FOR EACH ROW SET NEW.b = 9//
END
    my_ask a "INSERT INTO t VALUES (1, 1, 1)"
    ends_with 0 pd ddt --native "$my_url"
    ends_with 0 pd dump "$my_url" a
    my_new b
    ends_with 0 pd restore --native a "$my_url"
    my_ask b "UPDATE t SET id = 2; INSERT INTO t VALUES (3, 3, 3); UPDATE t SET a = 4 WHERE id = 3"
    [ "$(my_ask b "SELECT *, f(), p.g() FROM t ORDER BY id" | tr '\t\n' ', ')" = "2,1,1,6,7 3,4,9,6,7 " ]
}
