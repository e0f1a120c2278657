#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Reading MariaDB: one moment for all tables whatever others do, all rows or an error, in parts or
# whole.

load polydump

teardown()
{
    [ -z "${background-}" ] || { touch "$BATS_TEST_TMPDIR/stop" && wait "$background"; } || true
    my_clean
    [ -z "${place-}" ] || sh "$BATS_TEST_DIRNAME/../servers.sh" stop "$place"
    [ -z "${user-}" ] || my -e "DROP USER IF EXISTS $user@localhost"
}

# as USER NAME - the URL of a database for another user, whose password is "p".
as()
{
    printf 'mariadb://%s:p@localhost/%s?socket=%s' "$1" "$(my_name "$2")" "$POLYDUMP_TEST_MARIADB_SOCKET"
}

# new_user NAME RIGHTS - who has these rights on that database alone; the name is $user.
new_user()
{
    user=u_$BATS_ROOT_PID
    my -e "DROP USER IF EXISTS $user@localhost; CREATE USER $user@localhost IDENTIFIED BY 'p'; GRANT $2 ON $(my_name "$1").* TO $user@localhost"
}

# In the background until the test ends: a script of SQL, again and again.
keep_doing()
{
    local database
    database=$(my_name "$1")
    cat >"$BATS_TEST_TMPDIR/script.sql"
    while [ ! -e "$BATS_TEST_TMPDIR/stop" ]; do
        my -N --force "$database" <"$BATS_TEST_TMPDIR/script.sql" >/dev/null 2>&1 || true
    done &
    background=$!
}

# stalled_dump NAME FILE - a dump that has taken its snapshot and goes on when the file "go" is there;
# its process is $dump.
stalled_dump()
{
    rm -f go begun
    (
        set -o pipefail
        pd dump --jobs 1 "$(my_url_of "$1")" - 2>errors | {
            head -c 1 && touch begun && until [ -e go ]; do sleep 0.05; done && cat
        } >"$2"
    ) &
    dump=$!
    until [ -e begun ]; do
        kill -0 "$dump"
        sleep 0.05
    done
}

# busy_session NAME - the number of the session that sends rows, when it has to wait for the dump.
busy_session()
{
    local found
    until found=$(my -N -e "SELECT ID FROM information_schema.PROCESSLIST WHERE DB = '$(my_name "$1")' AND STATE LIKE 'Writing to net%'") && [ -n "$found" ]; do
        kill -0 "$dump"
        sleep 0.1
    done
    echo "$found"
}

# waits_for_lock TEXT - until a statement like that waits for the dump.
waits_for_lock()
{
    until [ "$(my -N -e "SELECT count(*) FROM information_schema.PROCESSLIST WHERE STATE LIKE 'Waiting for table%' AND INFO LIKE '$1%'")" -eq 1 ]; do
        sleep 0.05
    done
}

@test "what the server says to have sent is held against what came" {
    my_new a
    my_ask a "CREATE TABLE one (id int PRIMARY KEY); INSERT INTO one SELECT seq FROM seq_1_to_5;
        CREATE TABLE cut (a int, b int, PRIMARY KEY (a, b)); INSERT INTO cut SELECT seq DIV 4, seq FROM seq_1_to_600000;
        CREATE TABLE none (s text)"
    pd dump --json "$my_url" a >report
    [ "$(grep -o '"counted":[0-9]*,"read":[0-9]*' report | paste -sd ' ')" = '"counted":600000,"read":600000 "counted":0,"read":0 "counted":5,"read":5' ]
    run -4 --separate-stderr "$POLYDUMP" dump --quiet "fault:drop=20:$my_url" b
    [ "$stderr" = "polydump: table 'cut': the engine counts 600000 rows and 599999 were read" ] || { echo "$stderr"; false; }
    [ ! -e b ]
}

@test "values come as the server has them" {
    my_new a
    my "$(my_name a)" <<'END'
SET sql_mode = 'ALLOW_INVALID_DATES', time_zone = '+00:00', check_constraint_checks = 0;
CREATE TABLE t (id int PRIMARY KEY, u bigint unsigned, z int(5) zerofill, p decimal(65,38), q decimal(12,2) zerofill, f float, b bit(10), d date, dt datetime(3),
    ts timestamp(6) NULL, x time(6), y year, y2 year(2), e enum('a', '', 'b'), g enum('a'), s set('x', 'y'), j json, bo tinyint(1) CHECK (bo IN (0, 1)), i inet6, uu uuid,
    v varchar(9), k varchar(9) CHARACTER SET cp932, l varchar(9) CHARACTER SET latin1, c char(4), w varbinary(4), o point REF_SYSTEM_ID=4326, h int INVISIBLE DEFAULT 3, n int AS (id + 1) VIRTUAL);
INSERT IGNORE INTO t VALUES (1, 18446744073709551615, 42, -0.00000000000000000000000000000000000001, 1.5, 16777217, b'1000000001', '0000-00-00', '2024-02-31 01:02:03.4',
    '1970-01-01 00:00:00.000001', '-838:59:59.999999', 0, 69, 'nothing', 'no', 'y,x', '{"a": 1.}', 7, '::ffff:1.2.3.4', '00112233-4455-6677-8899-AABBCCDDEEFF',
    CONCAT('a\0', x'EDA080'), x'EEF0', x'80e9', 'ab  ', x'00ff2000', ST_GeomFromText('POINT(1 2)', 4326), DEFAULT);
INSERT INTO t (id, u, d, dt, x, y2, e, bo, v, k) VALUES (2, 0, '0000-12-31', '9999-12-31 23:59:59.999', '24:00:00', 70, '', 1, '😀 ', x'FA40'), (3, 1, '0000-02-29', '2024-00-01', NULL, NULL, 'b', NULL, '', '');
END
    pd dump "$my_url" a --facts=engine
    pd cat a t >rows
    diff - rows <<'END'
{"id":1,"u":"18446744073709551615","z":42,"p":"-0.00000000000000000000000000000000000001","q":"1.50","f":16777216.0,"b":"1000000001","d":{"ymd":"0000-00-00"},"dt":{"ymd":"2024-02-31 01:02:03.400"},"ts":"1970-01-01 00:00:00.000001+00","x":"-838:59:59.999999","y":0,"y2":2069,"e":{"enum0":true},"g":{"enum0":true},"s":"x,y","j":"{\"a\": 1.}","bo":7,"i":"::ffff:1.2.3.4","uu":"00112233-4455-6677-8899-aabbccddeeff","v":{"badtext":"6100eda080"},"k":{"badtext":"eef0"},"l":"€é","c":"ab","w":{"hex":"00ff2000"},"o":"e61000000101000000000000000000f03f0000000000000040","h":3}
{"id":2,"u":0,"z":null,"p":null,"q":null,"f":null,"b":null,"d":"0001-12-31 BC","dt":"9999-12-31 23:59:59.999","ts":null,"x":"24:00:00","y":null,"y2":1970,"e":"","g":null,"s":null,"j":null,"bo":true,"i":null,"uu":null,"v":"😀 ","k":"ⅰ","l":null,"c":null,"w":null,"o":null,"h":3}
{"id":3,"u":1,"z":null,"p":null,"q":null,"f":null,"b":null,"d":{"ymd":"0000-02-29"},"dt":{"ymd":"2024-00-01 00:00:00.000"},"ts":null,"x":null,"y":null,"y2":null,"e":"b","g":null,"s":null,"j":null,"bo":null,"i":null,"uu":null,"v":"","k":"","l":null,"c":null,"w":null,"o":null,"h":3}
END
}

@test "past rows of a versioned table are a table of their own, present ones are in theirs" {
    my_new a
    my_ask a "CREATE TABLE t (id int PRIMARY KEY, v varchar(5)) WITH SYSTEM VERSIONING; INSERT INTO t VALUES (1, 'a'), (2, 'b'); UPDATE t SET v = 'c' WHERE id = 1; DELETE FROM t WHERE id = 2;
        CREATE TABLE own (id int PRIMARY KEY, b timestamp(6) AS ROW START, e timestamp(6) AS ROW END, v int, PERIOD FOR SYSTEM_TIME (b, e)) WITH SYSTEM VERSIONING;
        INSERT INTO own (id, v) VALUES (1, 1); UPDATE own SET v = 2"
    pd dump "$my_url" a --facts=engine
    [ "$(pd cat a t | sed 's/,"row_start.*/}/')" = '{"id":1,"v":"c"}' ]
    [ "$(pd cat a 't$history' | sed 's/,"row_start.*/}/' | tr '\n' ' ')" = '{"id":1,"v":"a"} {"id":2,"v":"b"} ' ]
    [ "$(pd cat a 'own$history' | grep -c '"v":1')" -eq 1 ]
    [ "$(pd cat a own | grep -c '"v":2')" -eq 1 ]
}

# parts ARCHIVE - "TABLE ROWS ROWS ..." of each table, the rows of each of its parts.
parts()
{
    jq -r '.table.name + " " + ([.parts[].rows | tostring] | join(" "))' "$1/tables.jsonl"
}

@test "a table is cut by where its rows lie, as far as a few of them tell" {
    my_new a
    my_ask a "CREATE TABLE even (id int PRIMARY KEY); INSERT INTO even SELECT seq * 3 FROM seq_1_to_900000;
        CREATE TABLE far (id bigint PRIMARY KEY); INSERT INTO far SELECT seq FROM seq_1_to_20000; INSERT INTO far VALUES (-9223372036854775808), (9223372036854775807);
        CREATE TABLE few (a int, b int, PRIMARY KEY (a, b)); INSERT INTO few SELECT seq MOD 3, seq FROM seq_1_to_2000;
        CREATE TABLE twin (a int, b int, PRIMARY KEY (a, b)); INSERT INTO twin SELECT seq DIV 5000, seq FROM seq_1_to_600000"
    pd dump --quiet "$my_url" a
    diff - <(parts a) <<'END'
even 300000 300000 300000
far 20002
few 2000
twin 299999 300001
END
}

@test "neither the number of readers nor a second dump shows in the archive" {
    my_new a
    my_ask a "CREATE TABLE t (id int PRIMARY KEY, a varchar(20), n decimal(12,3), KEY by_a (a)); INSERT INTO t SELECT seq * 3, CONCAT('row ', seq), seq / 7 FROM seq_1_to_600000;
        CREATE TABLE narrow (id int PRIMARY KEY, v int, KEY by_v (v)); INSERT INTO narrow SELECT seq, -seq FROM seq_1_to_5000;
        CREATE TABLE bare (v int, KEY by_v (v)); INSERT INTO bare SELECT seq * 7919 % 10007 FROM seq_1_to_5000"
    pd dump --jobs 1 "$my_url" one
    pd dump --jobs 4 "$my_url" four
    diff -r one four
    [ "$(pd cat four t | sort -u | wc -l)" -eq 600000 ]
    # An index that has all columns is not the table's order.
    [ "$(pd cat one narrow | head -n 1)" = '{"id":1,"v":-1}' ]
    [ "$(pd cat one bare | head -n 2 | tr '\n' ' ')" = '{"v":7919} {"v":5831} ' ]
}

@test "--where takes the rows that fit, and refuses what is no condition" {
    my_new a
    my_ask a "CREATE TABLE t (id int PRIMARY KEY, s text); INSERT INTO t SELECT seq, REPEAT(')', seq) FROM seq_1_to_10"
    pd dump --where "t: t.id > 8 AND s <> ')' -- not all" "$my_url" a
    [ "$(pd cat a t | wc -l)" -eq 2 ]
    pd dump --where 't: s = ")))" AND `id` <> 4 # one' "$my_url" one
    [ "$(pd cat one t | wc -l)" -eq 1 ]
    complains 2 "'idx > 8'" "Unknown column" -- pd dump --where "t: idx > 8" "$my_url" b
    complains 2 "'1) OR (1'" "not closed" -- pd dump --where "t: 1) OR (1" "$my_url" b
    complains 2 "'1 /*! ) OR (1 */'" "not closed" -- pd dump --where "t: 1 /*! ) OR (1 */" "$my_url" b
    complains 2 "'1; DROP TABLE t'" -- pd dump --where "t: 1; DROP TABLE t" "$my_url" b
    complains 2 "'id = ?'" -- pd dump --where "t: id = ?" "$my_url" b
    only_here a one
    [ "$(my_ask a "SELECT count(*) FROM t")" -eq 10 ]
}

@test "long values go through, whatever their type" {
    my_new a
    my_ask a "CREATE TABLE t (id int PRIMARY KEY, b longblob, s longtext, k longtext CHARACTER SET cp932, g geometry);
        INSERT INTO t VALUES (1, 'x', 'a', 'k', NULL), (2, REPEAT(x'00ff', 3000000), REPEAT('aé日😀', 900000), REPEAT(x'EEF0', 2500000), NULL),
        (3, NULL, CONCAT(REPEAT('b', 5000000), x'EDA080'), NULL, NULL), (4, REPEAT('c', 4194304), REPEAT('d', 4194305), 'k', NULL), (5, NULL, 'behind', NULL, NULL)"
    pd dump "$my_url" a --facts=engine
    pd cat a t >rows
    my_ask a "SELECT md5(b), md5(s), md5(CAST(k AS BINARY)) FROM t WHERE id IN (2, 3, 4) ORDER BY id" | sed 's/NULL/None/g' >theirs
    python3 - rows >ours <<'END'
import hashlib, json, sys
def bytes_of(value):
    if isinstance(value, dict):
        return bytes.fromhex(value.get("hex") or value["badtext"])
    return value.encode()
rows = [json.loads(line) for line in open(sys.argv[1])]
assert [row["id"] for row in rows] == [1, 2, 3, 4, 5] and rows[4]["s"] == "behind"
for row in rows[1:4]:
    print("\t".join("None" if row[c] is None else hashlib.md5(bytes_of(row[c])).hexdigest() for c in "bsk"))
END
    diff theirs ours
}

@test "sums stay the same in every dump under writers, with and without transactions" {
    my_new a
    my_ask a "CREATE TABLE account (id int PRIMARY KEY, v int); INSERT INTO account SELECT seq, 100 FROM seq_1_to_1000;
        CREATE TABLE other (id int PRIMARY KEY, v int); INSERT INTO other SELECT seq, 100 FROM seq_1_to_1000;
        CREATE TABLE parent (id int AUTO_INCREMENT PRIMARY KEY); CREATE TABLE child (parent int, FOREIGN KEY (parent) REFERENCES parent (id));
        CREATE TABLE before_all (id int AUTO_INCREMENT PRIMARY KEY) ENGINE=MyISAM; CREATE TABLE last (id int AUTO_INCREMENT PRIMARY KEY) ENGINE=Aria;
        CREATE TABLE large (id int PRIMARY KEY, s text); INSERT INTO large SELECT seq, REPEAT(SHA2(seq, 512), 5) FROM seq_1_to_20000"
    # In the server, it is done so often that snapshots of two moments would differ.
    my "$(my_name a)" --delimiter=// -e "CREATE PROCEDURE transfer(n int) FOR i IN 1..n DO
        START TRANSACTION; UPDATE account SET v = v - 7 WHERE id = 1 + i % 1000; UPDATE other SET v = v + 7 WHERE id = 1; COMMIT; END FOR//"
    keep_doing a <<'SQL'
CALL transfer(300);
BEGIN; INSERT INTO parent VALUES (); INSERT INTO child VALUES (LAST_INSERT_ID()); COMMIT;
INSERT INTO before_all VALUES (NULL);
INSERT INTO last VALUES (NULL);
SQL
    local n n_more
    for n in $(seq $(is_long && echo 6 || echo 3)); do
        pd dump --jobs 4 --replace "$my_url" a
        { pd cat a account && pd cat a other; } >both
        [ "$(python3 -c 'import json, sys; print(sum(json.loads(l)["v"] for l in open("both")))')" -eq 200000 ]
        diff <(pd cat a parent | grep -o '[0-9]*' | sort) <(pd cat a child | grep -o '[0-9]*' | sort)
        pd dump --jobs 1 --replace "$my_url" a
        n_more=$(($(pd cat a before_all | wc -l) - $(pd cat a last | wc -l)))
        [ "$n_more" -eq 0 ] || [ "$n_more" -eq 1 ]
    done
}

@test "whoever alters, empties, swaps or drops a table waits until it is read" {
    my_new a
    my_ask a "CREATE TABLE x (id int PRIMARY KEY, s varchar(200)); INSERT INTO x SELECT seq, SHA2(seq, 512) FROM seq_1_to_50000;
        CREATE TABLE y LIKE x; INSERT INTO y SELECT * FROM x; CREATE TABLE z LIKE x; INSERT INTO z SELECT * FROM x;
        CREATE TABLE m (id int PRIMARY KEY) ENGINE=MyISAM; INSERT INTO m VALUES (1)"
    local change table
    stalled_dump a out
    # Who writes goes on, and does not show.
    my_ask a "DELETE FROM z WHERE id > 10; INSERT INTO x VALUES (0, 'new')"
    for change in "TRUNCATE TABLE z" "ALTER TABLE y ADD COLUMN q int DEFAULT 5, ALGORITHM=INSTANT" "RENAME TABLE x TO was, z TO x" "DROP TABLE y" \
        "INSERT INTO m VALUES (2)" "ALTER TABLE m ADD COLUMN q int"; do
        my_ask a "$change" 2>/dev/null &
        waits_for_lock "${change:0:16}"
    done
    touch go
    wait "$dump"
    wait
    pd restore out out.sqlite 2>/dev/null || [ $? -eq 3 ]
    for table in x y z; do
        [ "$(sqlite3 out.sqlite "SELECT count(*) || ' ' || max(length(s)) FROM $table")" = "50000 128" ]
    done
    [ "$(sqlite3 out.sqlite "SELECT count(*) FROM m")" -eq 1 ]
}

@test "tables that are altered and swapped all the time are whole" {
    my_new a
    my_ask a "CREATE TABLE x (id int PRIMARY KEY, v int); INSERT INTO x SELECT seq, seq FROM seq_1_to_1000; CREATE TABLE y LIKE x; INSERT INTO y SELECT * FROM x"
    keep_doing a <<'SQL'
ALTER TABLE x ADD COLUMN q int DEFAULT 1, ALGORITHM=INSTANT;
ALTER TABLE x MODIFY v bigint;
RENAME TABLE x TO t, y TO x, t TO y;
OPTIMIZE TABLE y;
CREATE TABLE made (id int PRIMARY KEY, v int) SELECT id, v FROM y;
RENAME TABLE y TO t, made TO y;
DROP TABLE t;
ALTER TABLE x DROP COLUMN q, MODIFY v int;
SQL
    local n table n_whole=0
    for n in $(seq $(is_long && echo 10 || echo 5)); do
        rm -rf a
        run --separate-stderr pd dump --jobs 3 "$my_url" a
        if [ "$status" -ne 0 ]; then
            [ "$status" -eq 1 ] && [ ! -e a ] && [[ "$stderr" == "polydump: "* ]]
            continue
        fi
        n_whole=$((n_whole + 1))
        for table in x y; do
            [ "$(pd cat a $table | sort -u | wc -l)" -eq 1000 ]
        done
    done
    [ "$n_whole" -gt 0 ]
}

@test "a lock that another session holds is waited for, or named" {
    my_new a
    my_ask a "CREATE TABLE t (a int); INSERT INTO t VALUES (1)"
    mkfifo talk
    my "$(my_name a)" <talk &
    local holder=$!
    exec 9>talk
    echo "LOCK TABLES t WRITE;" >&9
    until [ "$(my -N -e "SHOW OPEN TABLES FROM $(my_name a) WHERE In_use > 0" | wc -l)" -eq 1 ]; do
        sleep 0.1
    done
    complains 1 "table 't': Lock wait timeout" "another session holds a lock on it: wait for it, or give a longer --lock-timeout" -- pd dump --lock-timeout 1 "$my_url" out
    pd dump "$my_url" a &
    local dump=$!
    sleep 0.5
    echo "INSERT INTO t VALUES (2); UNLOCK TABLES;" >&9
    exec 9>&-
    wait "$holder"
    wait "$dump"
    [ "$(pd cat a t | wc -l)" -eq 2 ]
    rm talk
    only_here a
}

flush_waits()
{
    until [ "$(my -N -e "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE DB = '$(my_name "$1")' AND STATE LIKE 'Waiting for%' AND INFO LIKE 'FLUSH TABLES%'")" -eq 1 ]; do
        kill -0 "$dump"
        sleep 0.05
    done
}

@test "while it waits for a lock, others go on" {
    my_new a
    my_ask a "CREATE TABLE m (a int) ENGINE=MyISAM; INSERT INTO m VALUES (1); CREATE TABLE t (a int)"
    mkfifo talk
    my "$(my_name a)" <talk &
    local holder=$!
    exec 9>talk
    echo "LOCK TABLES m WRITE;" >&9
    until [ "$(my -N -e "SHOW OPEN TABLES FROM $(my_name a) WHERE In_use > 0" | wc -l)" -eq 1 ]; do
        sleep 0.1
    done
    pd dump "$my_url" a 9>&- &
    local dump=$!
    flush_waits a
    # Both wait for it to give up, not for the holder.
    my_ask a "INSERT INTO t VALUES (1)"
    flush_waits a
    my_ask a "INSERT INTO t VALUES (2)"
    echo "UNLOCK TABLES;" >&9
    exec 9>&-
    wait "$holder"
    wait "$dump"
    [ "$(pd cat a t | wc -l)" -eq 2 ]
    [ "$(pd cat a m | wc -l)" -eq 1 ]
}

@test "a view that takes a table's place runs nothing" {
    my_new a
    my_ask a "CREATE TABLE x (id int PRIMARY KEY); INSERT INTO x SELECT seq FROM seq_1_to_1000"
    my "$(my_name a)" --delimiter=// -e "CREATE FUNCTION evil() RETURNS int BEGIN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'evil ran'; RETURN 1; END//"
    my_ask a "CREATE ALGORITHM=TEMPTABLE VIEW v AS SELECT evil() AS id"
    keep_doing a <<'SQL'
RENAME TABLE x TO was, v TO x;
DO SLEEP(0.05);
RENAME TABLE x TO v, was TO x;
DO SLEEP(0.05);
SQL
    local n n_whole=0
    for n in $(seq $(is_long && echo 10 || echo 5)); do
        run --separate-stderr pd dump --jobs 2 --replace "$my_url" a
        [[ "$stderr" != *"evil ran"* ]]
        [ "$status" -eq 0 ] || continue
        n_whole=$((n_whole + 1))
        [ "$({ pd cat a x || pd cat a was; } 2>/dev/null | wc -l)" -eq 1000 ]
    done
    [ "$n_whole" -gt 0 ]
}

@test "with fewer rights it locks the tables, or reads with one reader, or says what is missing" {
    my_new a
    my_ask a "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT seq FROM seq_1_to_1000; CREATE TABLE m (id int) ENGINE=Aria TRANSACTIONAL=1; INSERT INTO m VALUES (1)"
    new_user a "SELECT, LOCK TABLES"
    ends_with 3 pd dump "$(as "$user" a)" locked # it may not see whether there are routines
    new_user a "SELECT"
    complains 1 "'m'" "LOCK TABLES" -- pd dump "$(as "$user" a)" out
    my_ask a "ALTER TABLE m TRANSACTIONAL=0 ENGINE=InnoDB"
    run --separate-stderr "$POLYDUMP" dump --verbose "$(as "$user" a)" single
    [[ "$stderr" == *"one reader"* ]]
    [ "$(pd cat single t | wc -l)" -eq 1000 ]
    [ "$(pd cat locked t)" = "$(pd cat single t)" ]
}

@test "a session that the server ends while rows are read fails the dump" {
    my_new a
    my_ask a "CREATE TABLE t (id int PRIMARY KEY, s varchar(700)); INSERT INTO t SELECT seq, REPEAT(SHA2(seq, 512), 5) FROM seq_1_to_200000; CREATE TABLE m (id int) ENGINE=MyISAM; INSERT INTO m VALUES (1)"
    local kill
    for kill in "KILL CONNECTION" "KILL QUERY"; do
        stalled_dump a out
        my -e "$kill $(busy_session a)"
        touch go
        ! wait "$dump"
        grep -q "polydump: table 't'" errors
    done
    # The one that keeps MyISAM from being written.
    stalled_dump a out
    my -e "KILL $(my -N -e "SELECT MAX(ID) FROM information_schema.PROCESSLIST WHERE DB = '$(my_name a)' AND COMMAND = 'Sleep'")"
    touch go
    ! wait "$dump"
    grep -q "try again" errors
}

@test "a server that does not call itself MariaDB is read without what only MariaDB knows" {
    : "${POLYDUMP_TEST_MARIADB_BIN:?is not set: see tests/servers.sh}"
    place=$(mktemp -d "$BATS_TMPDIR/polydump.XXXXXX")
    eval "$(MARIADB_OPTIONS="--version=5.7.44 --log-output=TABLE" sh "$BATS_TEST_DIRNAME/../servers.sh" start "$place" "mariadb=$POLYDUMP_TEST_MARIADB_BIN" 3>&- | sed 's/POLYDUMP_TEST_/own_/g; s/^export MYSQL_HOME.*//')"
    local script="CREATE TABLE t (id int PRIMARY KEY, v varchar(10) CHARACTER SET latin1, d datetime(3), e enum('a','b'), s bigint unsigned, KEY (v));
        INSERT INTO t VALUES (1, 'x', '2024-02-29 12:34:56.789', 'a', 18446744073709551615), (2, NULL, NULL, 'b', 0); CREATE VIEW v AS SELECT id FROM t" said
    my_new a
    my_ask a "$script"
    pd dump "$my_url" a
    # shellcheck disable=SC2154 # servers.sh named it
    mariadb --no-defaults -uroot -S "$own_MARIADB_SOCKET" -e "CREATE DATABASE $(my_name a) CHARACTER SET utf8mb4; USE $(my_name a); $script; SET GLOBAL general_log = 1"
    pd dump --facts=engine "mariadb://root@localhost/$(my_name a)?socket=$own_MARIADB_SOCKET" b
    diff -r a/rows b/rows
    said=$(mariadb --no-defaults -uroot -S "$own_MARIADB_SOCKET" -N -e "SELECT argument FROM mysql.general_log")
    grep -q "^FLUSH TABLES WITH READ LOCK" <<<"$said"
    ! grep -E "BACKUP STAGE|max_statement_time *=|SYSTEM_TIME|NEXTVAL|NEXT VALUE|SHOW PACKAGE|SHOW CREATE SEQUENCE|SET STATEMENT|mysql\\.proc" <<<"$said"
}

@test "a view that is not shown to those who only read is watched, too" {
    my_new a
    my_ask a "CREATE TABLE t (id int PRIMARY KEY, s varchar(700)); INSERT INTO t SELECT seq, REPEAT(SHA2(seq, 512), 5) FROM seq_1_to_200000; CREATE SEQUENCE s; CREATE VIEW v AS SELECT nextval(s) AS n"
    stalled_dump a out
    my_ask a "CREATE OR REPLACE VIEW v AS SELECT nextval(s) + 1 AS n"
    touch go
    if wait "$dump"; then
        return 1
    fi
    grep -qF "view 'v' was altered or dropped while the database was read; try again" errors
    [ "$(my_ask a "SELECT next_not_cached_value FROM s")" = 1 ]
}
