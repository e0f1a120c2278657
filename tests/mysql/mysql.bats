#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# mysql.bats - a MySQL server is read and written: what it shows, warns of and stores otherwise than
# MariaDB does.

load ../cli/polydump

teardown()
{
    ms_clean
    my_clean
    pg_clean
}

# The functions of MariaDB's databases, on the other server. Its client says what it may, utf8mb4 too.
on_mysql()
{
    POLYDUMP_TEST_MARIADB_SOCKET=$POLYDUMP_TEST_MYSQL_SOCKET POLYDUMP_TEST_MARIADB_USER=$POLYDUMP_TEST_MYSQL_USER "$@"
}

ms_name()
{
    name_of mysql "$1"
}

ms_url_of()
{
    printf 'mariadb://%s@localhost/%s?socket=%s' "$POLYDUMP_TEST_MYSQL_USER" "$(ms_name "$1")" "$POLYDUMP_TEST_MYSQL_SOCKET"
}

# ms_new NAME - make a database; its URL is $ms_url.
ms_new()
{
    ms_url=$(ms_url_of "$1")
    on_mysql my -e "CREATE DATABASE $(ms_name "$1")"
}

# ms_ask NAME SQL
ms_ask()
{
    on_mysql my -N -B --default-character-set=utf8mb4 "$(ms_name "$1")" -e "$2"
}

ms_clean()
{
    local list=$BATS_TEST_TMPDIR/names.mysql
    [ -e "$list" ] || return 0
    sort -u "$list" | sed 's/.*/DROP DATABASE IF EXISTS &;/' | on_mysql my
    rm "$list"
}

# What a database of some years has: each type, keys of all kinds, and what only MySQL has.
fill()
{
    ms_ask "$1" "
        CREATE TABLE parent (id bigint unsigned NOT NULL AUTO_INCREMENT, code varchar(20) COLLATE utf8mb4_0900_bin NOT NULL, name varchar(50) COMMENT 'Name', created timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
            PRIMARY KEY (id), UNIQUE KEY code (code)) COMMENT='Eltern';
        CREATE TABLE child (id int NOT NULL, parent_id bigint unsigned, code varchar(20) COLLATE utf8mb4_0900_bin, j json, b bit(3), b64 bit(64), s set('a','b','ü'), e enum('x','y','ß') DEFAULT 'y', d decimal(65,30), f float, g double,
            y year, t time(6), dt date, at datetime(6), bl longblob, tx mediumtext, vb varbinary(10), fb binary(4), z int(5) unsigned zerofill, ti tinyint(1), vv int GENERATED ALWAYS AS (id + 1) VIRTUAL, n int DEFAULT (1 + 1),
            lt text DEFAULT ('it''s'), inv int INVISIBLE DEFAULT 7, l1 varchar(10) CHARACTER SET latin1, sj varchar(10) CHARACTER SET sjis,
            PRIMARY KEY (id), KEY pc (parent_id, code DESC), KEY fx ((id * 2)), FULLTEXT KEY ft (tx), KEY px (tx(10)),
            CONSTRAINT fk1 FOREIGN KEY (parent_id) REFERENCES parent (id) ON DELETE CASCADE, CONSTRAINT fk2 FOREIGN KEY (code) REFERENCES parent (code) ON UPDATE SET NULL,
            CONSTRAINT ck1 CHECK (id >= 0), CONSTRAINT ck2 CHECK (ti < 100) NOT ENFORCED, CHECK (n < 1000), CHECK (n > -1000));
        CREATE TABLE geo (id int PRIMARY KEY, g geometry, p point NOT NULL SRID 4326, SPATIAL KEY (p));
        CREATE TABLE no_key (a int, b text);
        SET sql_mode = '', time_zone = '+00:00';
        INSERT INTO parent VALUES (0, 'a', 'é😀', '2024-01-01 10:00:00.123'), (2, 'A', 'x ', '1970-01-01 00:00:01'), (3, 'a ', '', '2038-01-19 03:14:07.999'), (4, 'ä', NULL, '2001-02-03 04:05:06');
        UPDATE parent SET id = 0 WHERE code = 'a';
        INSERT INTO child (id, parent_id, code, j, b, b64, s, e, d, f, g, y, t, dt, at, bl, tx, vb, fb, z, ti, l1, sj) VALUES
            (0, 0, 'a', '{\"b\": [1, 2.50, null], \"a\": \"😀\", \"big\": 18446744073709551615}', b'101', 0xFFFFFFFFFFFFFFFF, 'a,ü', 'ß', 12345678901234567890123456789012345.123456789012345678901234567890, 1.1, 1.7976931348623157e308, 2155, '838:59:59', '1000-01-01', '9999-12-31 23:59:59.999999', x'00ff', '😀text', x'61002020', x'6100', 42, -128, x'80', x'8340'),
            (1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '-838:59:59', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
            (2, 2, 'A', 'null', b'0', 0, '', 'x', 0, 0, 5e-324, 0000, '00:00:00', '2024-02-29', '1970-01-01', '', '', '', '', 0, 0, '', ''),
            (3, 3, 'a ', '[]', 1, 1, 'b', 1, -1, 3.4028234663852886e38, 0, 1901, '12:00:00.5', '9999-12-31', NULL, REPEAT('x', 70000), REPEAT('é', 70000), 'x', 'x', 99999, 2, 'é', 'x');
        INSERT INTO geo VALUES (1, ST_GeomFromText('LINESTRING(0 0,1 1)'), ST_GeomFromText('POINT(10 20)', 4326));
        INSERT INTO no_key VALUES (1, 'x'), (1, 'x'), (NULL, NULL)"
}

# sums SERVER NAME - facts of its rows, computed inside: counts, and a hash of what is in each row.
sums()
{
    local columns='id, parent_id, HEX(CONVERT(code USING utf8mb4)), HEX(b + 0), HEX(b64 + 0), s + 0, e + 0, d, f + 0e0, g, y, t, dt, at, HEX(bl), HEX(CONVERT(tx USING utf8mb4)), HEX(vb), HEX(fb), z, ti, vv, n, HEX(CONVERT(lt USING utf8mb4)), inv, HEX(l1), HEX(sj)'
    "$1" "$2" "SELECT id, SHA2(CONCAT_WS('|', $columns), 256) FROM child ORDER BY id; SELECT id, HEX(CONVERT(code USING utf8mb4)), HEX(CONVERT(name USING utf8mb4)), UNIX_TIMESTAMP(created) FROM parent ORDER BY id;
        SELECT id, HEX(ST_AsText(g)), ST_SRID(p) FROM geo; SELECT a, b FROM no_key ORDER BY a, b"
}

@test "a database of MySQL is proved; what its tables lose is told" {
    ms_new a
    fill a
    ends_with 0 pd ddt "$ms_url"
    ms_ask a "ALTER TABLE parent ADD changed datetime(6) DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6); ALTER TABLE no_key ENGINE=MyISAM;
        CREATE TABLE made (id int PRIMARY KEY, u char(36) DEFAULT (uuid())); CREATE TABLE part (id int PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 2; ALTER TABLE child ADD KEY hidden (dt) INVISIBLE"
    ends_with 3 "$POLYDUMP" ddt "$ms_url"
    says "on update clause is not carried: column 'changed' of table 'parent'" "partitions are not carried: table 'part'" "engine is not carried: table 'no_key': MyISAM" \
        "default of column 'u' of table 'made': it is made with --native only" "key 'hidden' of table 'child': it is made with --native only"
    [ "$(grep -c "left out" <<<"$stderr")" -eq 5 ]
}

# shown NAME - the lines of a table's text but for the last, with the collation that is the default's left out.
shown()
{
    ms_ask "$1" "SHOW CREATE TABLE child" | sed -e 's/\\n/\n/g' -e 's/ CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci//g' | sed '$d' | sort
}

@test "into another database of MySQL: the same rows, names of checks, keys of expressions, invisible columns, JSON" {
    ms_new a
    fill a
    ms_new b
    ends_with 0 pd copy "$(ms_url_of a)" "$ms_url"
    diff <(sums ms_ask a) <(sums ms_ask b)
    diff <(ms_ask a "SELECT id, HEX(CAST(j AS CHAR)) FROM child") <(ms_ask b "SELECT id, HEX(CAST(j AS CHAR)) FROM child")
    # A key of two columns is written behind that of a foreign key, or before it.
    diff <(shown a) <(shown b)
    ms_ask b "INSERT INTO parent (code) VALUES ('new')"
    [ "$(ms_ask b "SELECT id FROM parent WHERE code = 'new'")" = 5 ]
    run -1 ms_ask b "INSERT INTO child (id) VALUES (-1)"
    [[ "$output" == *"ck1"* ]]
}

@test "text that is sent as bytes of its character set, behind the rows of another table" {
    ms_new a
    ms_ask a "CREATE TABLE a (x int PRIMARY KEY, y int, z text); SET cte_max_recursion_depth = 10000; INSERT INTO a WITH RECURSIVE r AS (SELECT 1 i UNION ALL SELECT i + 1 FROM r WHERE i < 5000) SELECT i, i, 'x' FROM r;
        CREATE TABLE s (t varchar(128) CHARACTER SET ascii); INSERT INTO s VALUES ('s'), ('t')"
    local from=$ms_url
    ms_new b
    ends_with 0 pd copy --jobs 1 "$from" "$ms_url"
    [ "$(ms_ask b "SELECT GROUP_CONCAT(t ORDER BY t) FROM s")" = s,t ]
}

@test "to MariaDB and back: collations by the other one's names" {
    ms_new a
    fill a
    my_new m
    ends_with 3 "$POLYDUMP" copy "$(ms_url_of a)" "$my_url"
    says "collation 'utf8mb4_0900_ai_ci': the server has no such one, its 'utf8mb4_uca1400_nopad_ai_ci' may order letters otherwise" "key 'fx' of table 'child': MariaDB has no keys of expressions"
    [ "$(grep -c "left out" <<<"$stderr")" -eq 2 ]
    diff <(sums ms_ask a) <(sums my_ask m)
    [ "$(my_ask m "SELECT COLLATION_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'child' AND COLUMN_NAME IN ('code', 'tx') ORDER BY 1" | tr '\n' ' ')" = "utf8mb4_nopad_bin utf8mb4_uca1400_nopad_ai_ci " ]
    ms_new b
    ends_with 3 "$POLYDUMP" copy "$my_url" "$ms_url"
    says "collation 'utf8mb4_uca1400_nopad_ai_ci': the server has no such one, its 'utf8mb4_0900_ai_ci' may order letters otherwise"
    diff <(sums ms_ask a) <(sums ms_ask b)
    ms_new c
    ends_with 3 pd ddt --via "$ms_url" "$(my_url_of m)"
}

@test "to PostgreSQL and to SQLite, and back by the double dump test" {
    ms_new a
    fill a
    pg_new p
    ends_with 3 pd copy "$ms_url" "$pg_url"
    local from=$pg_url
    diff <(pg_ask p "SELECT id, parent_id, encode(convert_to(code, 'UTF8'), 'hex'), b64, e, d, y, dt, encode(sha256(convert_to(tx, 'UTF8')), 'hex'), coalesce(j->>'a', '') FROM child WHERE id IN (0, 3) ORDER BY id" | tr '|' '\t') \
        <(ms_ask a "SELECT id, parent_id, LOWER(HEX(code)), LPAD(BIN(b64 + 0), 64, '0'), e, d, y, dt, SHA2(tx, 256), COALESCE(j->>'\$.a', '') FROM child WHERE id IN (0, 3) ORDER BY id")
    [ "$(pg_ask p "SELECT count(*), count(DISTINCT code), sum(octet_length(code)) FROM parent")" = "4|4|6" ]
    pg_new via
    ends_with 3 pd ddt --via "$pg_url" "$(ms_url_of a)"
    ends_with 3 pd ddt --via sqlite:v.db "$(ms_url_of a)"
    ms_new b
    ends_with 3 pd copy "$from" "$ms_url"
    diff <(ms_ask a "SELECT id, HEX(code), HEX(tx), HEX(bl), d, g, y + 0, dt, at FROM child ORDER BY id") <(ms_ask b "SELECT id, HEX(code), HEX(tx), HEX(bl), d, g, y + 0, dt, at FROM child ORDER BY id")
}

@test "days that no calendar has, and an enum's error value, come back" {
    ms_new a
    ms_ask a "CREATE TABLE t (id int PRIMARY KEY, d date, at datetime(6), ts timestamp NULL, e enum('x', 'y')); SET sql_mode = '';
        INSERT INTO t VALUES (1, '0000-00-00', '0000-00-00', '0000-00-00', ''), (2, '2024-00-15', '2024-00-00 12:34:56', NULL, 'x'), (3, '0000-01-01', '0000-12-31 01:02:03', '2038-01-19 03:14:07', 'z')"
    ends_with 0 pd ddt "$ms_url"
    ms_new b
    ends_with 0 pd copy "$(ms_url_of a)" "$ms_url"
    diff <(ms_ask a "SELECT id, d, at, ts, e + 0 FROM t") <(ms_ask b "SELECT id, d, at, ts, e + 0 FROM t")
    [ "$(ms_ask b "SELECT COUNT(*) FROM t WHERE e + 0 = 0 AND e = ''")" = 2 ]
    pg_new p
    complains 1 "use --misfit=carrier" -- pd copy "$(ms_url_of a)" "$pg_url"
    ends_with 3 pd ddt --via "$pg_url" "$(ms_url_of a)"
}

@test "labels with four bytes, which MySQL shows as '?', are text, and that is told" {
    ms_new a
    ms_ask a "CREATE TABLE t (id int PRIMARY KEY, e enum('x', '😀'), s set('ü😀', 'b'), f enum('?', 'b')); INSERT INTO t VALUES (1, '😀', 'ü😀,b', '?')"
    [[ "$(ms_ask a "SHOW CREATE TABLE t")" == *"enum('x','?')"* ]]
    database o.db <<<"CREATE TABLE o (a INTEGER)"
    ends_with 3 "$POLYDUMP" copy "$ms_url" sqlite:t.db
    says "labels are not verifiable: column 'e' of table 't'" "labels are not verifiable: column 's' of table 't'" "labels are not verifiable: column 'f' of table 't'"
    [ "$(sqlite3 t.db "SELECT hex(e), hex(s), f FROM t")" = "F09F9880|C3BCF09F98802C62|?" ]
    ms_new b
    ends_with 3 pd copy "$(ms_url_of a)" "$ms_url"
    [ "$(ms_ask b "SELECT HEX(e), HEX(s), f FROM t")" = $'F09F9880\tC3BCF09F98802C62\t?' ]
}

@test "views, routines, triggers and events come with --native, in their order" {
    ms_new a
    ms_ask a "CREATE TABLE t (id int PRIMARY KEY AUTO_INCREMENT, v varchar(20), n int DEFAULT 0); INSERT INTO t (v) VALUES ('a'), ('b'); CREATE TABLE log (x text);
        CREATE VIEW v1 AS SELECT id, UPPER(v) u FROM t WHERE id > 0; CREATE VIEW a0 AS SELECT * FROM v1; CREATE FUNCTION f1(a int) RETURNS int DETERMINISTIC RETURN a * 2; CREATE PROCEDURE p1(IN a int, OUT b int) SELECT f1(a) INTO b;
        CREATE TRIGGER z1 BEFORE INSERT ON t FOR EACH ROW SET NEW.n = f1(4); CREATE TRIGGER a2 BEFORE INSERT ON t FOR EACH ROW FOLLOWS z1 INSERT INTO log VALUES (NEW.n); CREATE EVENT e1 ON SCHEDULE EVERY 1 DAY DISABLE DO DELETE FROM log"
    ends_with 0 pd ddt --native "$ms_url"
    ms_new b
    ends_with 0 pd copy --native "$(ms_url_of a)" "$ms_url"
    ms_ask b "INSERT INTO t (v) VALUES ('c'); CALL p1(21, @b)"
    [ "$(ms_ask b "SELECT GROUP_CONCAT(u ORDER BY id) FROM a0; SELECT x FROM log; SELECT n FROM t WHERE v = 'c'" | tr '\n' ' ')" = "A,B,C 8 8 " ]
}

@test "users without rights on settings read and write; what they may not see is said" {
    ms_new a
    ms_ask a "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (0), (1)"
    ms_new b
    local user
    user=u$(ms_name x | md5sum | cut -c 1-12)
    on_mysql my -e "CREATE USER $user@localhost IDENTIFIED BY 'pw'; GRANT SELECT, SHOW VIEW, LOCK TABLES ON $(ms_name a).* TO $user@localhost; GRANT ALL ON $(ms_name b).* TO $user@localhost"
    MYSQL_PWD=pw ends_with 3 "$POLYDUMP" copy "$(ms_url_of a | sed "s/root@/$user@/")" "$(ms_url_of b | sed "s/root@/$user@/")"
    on_mysql my -e "DROP USER $user@localhost"
    says "not verifiable: functions, procedures and packages: what user $user@localhost may not see is missing here without a word; SHOW_ROUTINE would show it"
    [ "$(ms_ask b "SELECT GROUP_CONCAT(id ORDER BY id) FROM t")" = 0,1 ]
}

@test "Chinook from SQLite, back the same; append, truncate, replace; a killed run is made good" {
    [ -e "$chinook" ] || skip "no Chinook"
    ms_new a
    ends_with 0 pd copy "sqlite:$chinook" "$ms_url"
    ends_with 0 pd diff --like "sqlite:$chinook" "sqlite:$chinook" "$ms_url"
    complains 1 "Duplicate entry" -- pd copy --into=append "sqlite:$chinook" "$ms_url"
    ends_with 0 pd copy --into=truncate "sqlite:$chinook" "$ms_url"
    ends_with 0 pd copy --into=replace "sqlite:$chinook" "$ms_url"
    ends_with 0 pd diff --like "sqlite:$chinook" "sqlite:$chinook" "$ms_url"
    ms_new b
    "$POLYDUMP" copy --quiet "sqlite:$chinook" "$ms_url" &
    local pid=$! tries=0
    until [ -n "$(ms_ask b "SHOW TABLES")" ] || [ "$tries" -ge 200 ]; do
        tries=$((tries + 1))
        sleep 0.02
    done
    kill -9 "$pid"
    wait "$pid" || true
    [ -z "$(ms_ask b "SHOW TABLES LIKE 'Album'")" ]
    [ -n "$(ms_ask b "SHOW TABLES")" ]
    ends_with 0 pd copy "sqlite:$chinook" "$ms_url"
    [ "$(ms_ask b "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()")" = 11 ]
    [ "$(ms_ask b "SELECT COUNT(*), SUM(Milliseconds) FROM Track")" = "$(sqlite3 -separator $'\t' "$chinook" "SELECT COUNT(*), SUM(Milliseconds) FROM Track")" ]
}
