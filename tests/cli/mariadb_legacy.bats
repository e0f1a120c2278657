#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What servers hold that were not strict when it was written, and servers that log statements: a
# restore into the same engine is the same again.

load polydump

teardown()
{
    if [ -n "${place-}" ]; then
        sh "$cli_folder/../servers.sh" stop "$place"
        rm -rf "$place"
    else
        my_clean
    fi
    pg_clean
}

# logging_server [OPTION] - a server of one's own that logs statements.
logging_server()
{
    : "${POLYDUMP_TEST_MARIADB_BIN:?is not set: see tests/servers.sh}"
    place=$(mktemp -d /tmp/polydump.XXXXXX)
    chmod 755 "$place"
    eval "$(MARIADB_OPTIONS="--log-bin --server-id=1 --binlog-format=STATEMENT $*" \
        sh "$cli_folder/../servers.sh" start "$place" "mariadb=$POLYDUMP_TEST_MARIADB_BIN" 3>&-)"
}

@test "what was stored by sessions that are not strict comes back" {
    my_new a
    my_ask a "SET sql_mode = '', check_constraint_checks = 0;
        CREATE TABLE g1 (id int PRIMARY KEY, t varchar(20), n int AS (CAST(t AS int)) STORED, d date AS (CAST(t AS date)) STORED, s varchar(3) AS (t) STORED, v int AS (t + 0) VIRTUAL, KEY (v));
        INSERT INTO g1 (id, t) VALUES (1, '12x'), (2, '7'), (3, NULL), (4, 'abcdef'), (5, '12345678901234567890');
        CREATE TABLE g2 (id int PRIMARY KEY, t varchar(20), n int AS (CAST(t AS int)) STORED) ENGINE=MyISAM;
        INSERT INTO g2 (id, t) VALUES (1, '12x'), (2, '7');
        CREATE TABLE g5 (id int PRIMARY KEY, t varchar(20), v int AS (t + 0) VIRTUAL, KEY (v));
        INSERT INTO g5 (id, t) SELECT seq, CONCAT(seq, 'x') FROM seq_1_to_30000;
        CREATE TABLE g3 (id int PRIMARY KEY, b tinyint(1) CHECK (b IN (0, 1)));
        INSERT INTO g3 VALUES (1, 7), (2, 1), (3, -128), (4, NULL), (5, 0);
        CREATE TABLE e (id int PRIMARY KEY, s set('x','','y'), e enum('a',''));
        INSERT INTO e VALUES (1, 0, 2), (2, 2, 1), (3, 6, 0), (4, 7, 1), (5, 3, NULL), (6, NULL, 2);
        CREATE SEQUENCE q INCREMENT BY 0"
    local a=$my_url
    pd dump "$a" a
    my_new n
    ends_with 0 pd restore a "$my_url" --native
    ends_with 0 pd verify a "$my_url"
    ends_with 0 pd verify "$a" "$my_url"
    [ "$(my_ask n "SELECT GROUP_CONCAT(IFNULL(n, '-'), IFNULL(s, '-'), IFNULL(v, '-') ORDER BY id) FROM g1")" = "1212x12,777,---,0abc0,-21474836481232147483647" ]
    [ "$(my_ask n "SELECT GROUP_CONCAT(n ORDER BY id) FROM g2")" = 12,7 ]
    [ "$(my_ask n "SELECT count(*) FROM g5 FORCE INDEX (v) WHERE v BETWEEN 1 AND 30000")" = 30000 ]
    [ "$(my_ask n "SELECT GROUP_CONCAT(IFNULL(b + 0, '-') ORDER BY id) FROM g3")" = 7,1,-128,-,0 ]
    [ "$(my_ask n "SELECT GROUP_CONCAT(IFNULL(s + 0, '-'), IFNULL(e + 0, '-') ORDER BY id) FROM e")" = 02,21,60,71,3-,-2 ]
    [[ "$(my_ask n "SHOW CREATE SEQUENCE q")" == *"increment by 0"* ]]
    pd dump "$my_url" b
    diff -r a b
}

@test "a value that is sent is not taken for a computed one: it is refused as ever" {
    my_new a
    my_ask a "SET sql_mode = ''; CREATE TABLE t (id int PRIMARY KEY, t varchar(20), n int AS (CAST(t AS int)) STORED); INSERT INTO t (id, t) VALUES (1, '7'), (2, 'a long text')"
    pd dump "$my_url" a
    my_new n
    my_ask n "CREATE TABLE t (id int PRIMARY KEY, t varchar(20), n int AS (CAST(t AS int)) STORED)"
    complains 1 "table 't': 1 row was refused" "Truncated incorrect INTEGER value: 'a long text'" -- pd restore a "$my_url" --into=append
    [ "$(my_ask n "SELECT count(*) FROM t")" = 0 ]
}

@test "a table that a strict server refuses is told with the way out" {
    my_new a
    my_ask a "SET innodb_strict_mode = 0; CREATE TABLE w (id int PRIMARY KEY) ROW_FORMAT=FIXED"
    pd dump "$my_url" a
    my_new n
    complains 1 "cannot make table 'w'" "SET GLOBAL innodb_strict_mode = OFF" -- pd restore a "$my_url" --native
}

@test "a server that logs statements and one that is not strict about tables: all rows, and tables as they were" {
    logging_server --innodb-strict-mode=0
    my_new a
    my_ask a "CREATE TABLE w (id int PRIMARY KEY, a char(10), KEY (a)) ROW_FORMAT=FIXED; INSERT INTO w VALUES (1, 'a'), (2, NULL);
        CREATE TABLE k (id int AUTO_INCREMENT PRIMARY KEY, d datetime(3), b blob) ROW_FORMAT=DYNAMIC KEY_BLOCK_SIZE=8; INSERT INTO k VALUES (7, '2024-01-02 03:04:05.678', x'00ff'), (9, NULL, NULL);
        CREATE TABLE l (id int PRIMARY KEY $(printf ', c%d varchar(255)' {1..100})) CHARSET=latin1 ROW_FORMAT=COMPACT; INSERT INTO l (id, c100) VALUES (1, 'x')"
    pd dump "$my_url" a
    my_new n
    ends_with 0 "$POLYDUMP" restore a "$my_url" --native
    [ "$(grep -c "binlog_format=STATEMENT" <<<"$stderr")" = 1 ]
    diff <(my_text a) <(my_text n)
    my_ask n "DELETE FROM k WHERE id = 9; ALTER TABLE k AUTO_INCREMENT = 8; UPDATE w SET a = 'b'"
    ends_with 0 pd restore a "$my_url" --into=append --on-conflict=update
    diff <(my_text a) <(my_text n)
    my_new c
    database many.db <<<"CREATE TABLE p (id INTEGER PRIMARY KEY, s TEXT); WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO p SELECT i, 'row ' || i FROM n;
        CREATE TABLE c (id INTEGER PRIMARY KEY, p INT REFERENCES p (id), q INT); INSERT INTO c SELECT id, id, 2 FROM p;"
    ends_with 0 pd copy many.db "$my_url"
    ends_with 0 pd copy many.db "$my_url" --into=append --on-conflict=update
    [ "$(my_ask c "SELECT count(*), sum(q), sum(c.p) FROM c JOIN p ON p.id = c.p")" = "3000	6000	4501500" ]
}

@test "a server that logs statements: text that is sent as bytes of its character set, behind another table" {
    logging_server
    my_new a
    my_ask a "CREATE TABLE a (x int PRIMARY KEY, y int); INSERT INTO a VALUES (1, 1);
        CREATE TABLE s (t varchar(128) CHARACTER SET ascii); INSERT INTO s VALUES ('s'), ('t');
        CREATE TABLE w (g varchar(10) CHARACTER SET gbk, n varchar(10) CHARACTER SET tis620); INSERT INTO w VALUES (x'c4e3', NULL), (NULL, x'a1'), ('g', 'n')"
    local from=$my_url
    my_new n
    ends_with 0 pd copy --jobs 1 "$from" "$my_url"
    [ "$(my_ask n "SELECT GROUP_CONCAT(t ORDER BY t) FROM s; SELECT GROUP_CONCAT(IFNULL(HEX(g), '-'), IFNULL(HEX(n), '-') ORDER BY g) FROM w" | tr '\n' ' ')" = "s,t -A1,676E,C4E3- " ]
}

@test "a server that logs statements takes no rows into a table that counts by a sequence: its default is told" {
    logging_server
    pg_new a
    pg_ask a "CREATE SEQUENCE misc INCREMENT BY 3; CREATE TABLE t (id int PRIMARY KEY, n bigint DEFAULT nextval('misc')); INSERT INTO t (id) VALUES (1), (2);
        CREATE TABLE g (i bigint GENERATED BY DEFAULT AS IDENTITY (INCREMENT BY 10), s text); INSERT INTO g (s) VALUES ('a'), ('b')"
    local so="the server logs statements (binlog_format=STATEMENT), and takes no rows into a table that counts by a sequence; SET GLOBAL binlog_format = MIXED keeps it"
    my_new n
    ends_with 3 "$POLYDUMP" copy "$pg_url" "$my_url"
    says "counter of column 'i' of table 'g': $so"
    says "default of column 'n' of table 't': $so"
    [ "$(grep -c "^left out: [cd]" <<<"$stderr")" = 2 ]
    [ "$(my_ask n "INSERT INTO t VALUES (3, 9); SELECT GROUP_CONCAT(n ORDER BY id) FROM t; SELECT GROUP_CONCAT(i ORDER BY i) FROM g; SELECT next_not_cached_value FROM misc" | tr '\n' ' ')" = "1,4,9 1,11 7 " ]
    my_ask n "SET GLOBAL binlog_format = MIXED"
    ends_with 3 pd copy --into=replace "$pg_url" "$my_url"
    [ "$(my_ask n "INSERT INTO t (id) VALUES (3); SELECT GROUP_CONCAT(n ORDER BY id) FROM t")" = 1,4,7 ]
    # Its own tables, which are made as they were, are refused with the way out.
    pd dump "$my_url" d
    my_ask n "SET GLOBAL binlog_format = STATEMENT"
    my_new o
    complains 1 "cannot make table 'g': " "BINLOG_FORMAT = STATEMENT" "; SET GLOBAL binlog_format = MIXED lets the server do it" -- pd restore d "$my_url"
    # Nor do any rows go into one that is there.
    my_ask o "CREATE SEQUENCE q; CREATE TABLE t (id int PRIMARY KEY, n bigint); ALTER TABLE t ALTER n SET DEFAULT nextval(q)"
    complains 1 "table 't': while rows were written: " "; SET GLOBAL binlog_format = MIXED lets the server do it" -- pd copy --only t --into=append --rejects r "$pg_url" "$my_url"
}
