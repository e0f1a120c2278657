#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# MariaDB: what SHOW CREATE TABLE does not show as it is, or what has no place elsewhere, is kept or
# told.

load polydump

teardown()
{
    my_clean
    pg_clean
}

# labels_of NAME TABLE COLUMN BITS... - what the numbers of an enum or set stand for, as bytes.
labels_of()
{
    local name=$1 table=$2 column=$3
    shift 3
    {
        printf 'DELIMITER //\nBEGIN NOT ATOMIC DECLARE v TYPE OF %s.%s; DECLARE r TEXT DEFAULT ""; ' "$table" "$column"
        printf 'SET v = %s; SET r = CONCAT(r, HEX(CONVERT(v USING utf8mb4)), " "); ' "$@"
        printf 'SELECT r; END//\n'
    } | my -N -B "$(my_name "$name")"
}

labelled()
{
    my_ask "$1" "CREATE TABLE em (id int PRIMARY KEY, e enum('x', '😀', '?', 'it''s 🎃?') DEFAULT '😀', s set('a', '🎉', '?\\\\') NOT NULL DEFAULT 'a,🎉',
            u enum('🎃', 'ok?') CHARACTER SET utf16, l enum('?', 'é') CHARACTER SET latin1, CONSTRAINT c CHECK (id < 100));
        INSERT INTO em VALUES (1, 'x', 'a', 'ok?', '?')"
}

is_labelled()
{
    [ "$(labels_of "$1" em e 1 2 3 4)" = "78 F09F9880 3F 6974277320F09F8E833F " ]
    [ "$(labels_of "$1" em s 1 2 4)" = "61 F09F8E89 3F5C " ]
    [ "$(labels_of "$1" em u 1 2)" = "F09F8E83 6F6B3F " ]
    [ "$(labels_of "$1" em l 1 2)" = "3F C3A9 " ]
    [ "$(my_ask "$1" "SELECT CONCAT(HEX(DEFAULT(e)), ' ', HEX(DEFAULT(s))) FROM em LIMIT 1")" = "F09F9880 612CF09F8E89" ]
}

@test "labels with characters of four bytes, which the server prints as '?', are kept" {
    my_new a
    labelled a
    is_labelled a
    # Those of labels that no row has, too.
    ends_with 0 pd ddt "$(my_url_of a)"
    my_new b
    ends_with 0 pd copy "$(my_url_of a)" "$my_url"
    is_labelled b
    my_ask a "INSERT INTO em VALUES (2, '😀', '🎉', '🎃', 'é'), (3, 'it''s 🎃?', '?\\\\,🎉', NULL, NULL), (4, DEFAULT, DEFAULT, NULL, NULL)"
    ends_with 0 pd ddt "$(my_url_of a)"
    my_new c
    ends_with 0 pd copy --native "$(my_url_of a)" "$my_url"
    is_labelled c
    ends_with 0 pd diff "$(my_url_of a)" "$my_url"
    my_ask c "INSERT INTO em VALUES (5, '😀', 'a,🎉', '🎃', NULL)"
    [ "$(my_ask c "SELECT HEX(e), HEX(s) FROM em WHERE id IN (2, 5) ORDER BY id" | tr '\t\n' '  ')" = "F09F9880 F09F8E89 F09F9880 612CF09F8E89 " ]
}

@test "labels with characters of four bytes go to other engines as they are" {
    my_new a
    labelled a
    my_ask a "INSERT INTO em VALUES (2, '😀', '🎉', '🎃', 'é'), (3, DEFAULT, DEFAULT, NULL, NULL)"
    pg_new p
    ends_with 0 pd copy "$(my_url_of a)" "$pg_url"
    [ "$(pg_ask p "SELECT string_agg(enumlabel, ' ' ORDER BY enumsortorder) FROM pg_enum JOIN pg_type t ON t.oid = enumtypid WHERE enumlabel <> 'x' AND enumtypid IN (SELECT enumtypid FROM pg_enum WHERE enumlabel = 'x')")" = "😀 ? it's 🎃?" ]
    [ "$(pg_ask p "SELECT e FROM em ORDER BY id" | tr '\n' ' ')" = "x 😀 😀 " ]
    run --separate-stderr "$POLYDUMP" copy "$(my_url_of a)" sqlite:a.db
    [ "$status" -eq 0 ] || [ "$status" -eq 3 ]
    [[ "$(sqlite3 a.db .schema)" == *"😀"* ]]
    [ "$(sqlite3 a.db "SELECT e FROM em ORDER BY id" | tr '\n' ' ')" = "x 😀 😀 " ]
    ends_with 0 pd ddt --via=postgresql:///postgres "$(my_url_of a)"
    run --separate-stderr "$POLYDUMP" ddt --via=sqlite: "$(my_url_of a)"
    echo "$stderr"
    [ "$status" -eq 0 ]
}

@test "rows with such labels go into tables that are there" {
    my_new a
    labelled a
    my_ask a "INSERT INTO em VALUES (2, '😀', '🎉', '🎃', 'é')"
    my_new b
    my_ask b "CREATE TABLE em (id int PRIMARY KEY, e enum('it''s 🎃?', '😀', '?', 'x'), s set('🎉', 'a', '?\\\\'), u enum('ok?', '🎃'), l enum('é', '?'))"
    ends_with 0 pd dump "$(my_url_of a)" ar
    ends_with 0 pd restore --data-only ar "$my_url"
    ends_with 0 pd restore --data-only --into=append --on-conflict=update ar "$my_url"
    [ "$(my_ask b "SELECT HEX(e), HEX(s), HEX(u), HEX(l) FROM em ORDER BY id" | tr '\t\n' '  ')" = "78 61 6F6B3F 3F F09F9880 F09F8E89 F09F8E83 C3A9 " ]
}

@test "true labels are read by a user who may read rows, and nothing else" {
    user=pd_label_$$
    my_new a
    labelled a
    my -e "CREATE USER '$user'@'%'; GRANT SELECT, LOCK TABLES ON $(my_name a).* TO '$user'@'%'"
    run --separate-stderr "$POLYDUMP" dump "${my_url/root@/$user@}" a
    my -e "DROP USER '$user'@'%'"
    [[ "$stderr" != *labels* ]]
    my_new b
    run --separate-stderr pd restore a "$my_url"
    is_labelled b
}

@test "defaults with characters of four bytes are kept, also where nothing is NULL" {
    my_new a
    my_ask a "CREATE TABLE t (id int PRIMARY KEY, a varchar(9) NOT NULL DEFAULT '😀', b varchar(9) DEFAULT '?😀', c char(3) CHARACTER SET utf16 NOT NULL DEFAULT 'é?🎉', d text NOT NULL DEFAULT '🎃?')"
    ends_with 0 pd ddt "$my_url"
    my_new b
    ends_with 0 pd copy "$(my_url_of a)" "$my_url"
    my_ask a "INSERT INTO t (id) VALUES (1)"
    my_ask b "INSERT INTO t (id) VALUES (1)"
    diff <(my_ask a "SELECT * FROM t") <(my_ask b "SELECT * FROM t")
    [ "$(my_ask b "SELECT a FROM t")" = 😀 ]
    ends_with 3 pd copy "$(my_url_of a)" sqlite:a.db
    [[ "$(sqlite3 a.db .schema)" == *"DEFAULT '😀'"* ]]
}

@test "defaults that are computed with more digits than their column has come back" {
    my_new a
    my_ask a "CREATE TABLE t (id int PRIMARY KEY, m decimal(10,5) DEFAULT (1/3), price decimal(10,2) DEFAULT (round(10.5*1.19,3)), l decimal(5,2) DEFAULT 1.235); INSERT INTO t (id) VALUES (1)"
    ends_with 0 pd ddt "$my_url"
    my_new b
    ends_with 0 pd copy "$(my_url_of a)" "$my_url"
    diff <(my_ask a "SHOW CREATE TABLE t") <(my_ask b "SHOW CREATE TABLE t")
    my_ask b "INSERT INTO t (id) VALUES (2)"
    [ "$(my_ask b "SELECT m, price, l FROM t WHERE id = 2")" = "0.33333	12.50	1.24" ]
    # Rows that meet others by a key go through a copy of the table with the same defaults.
    ends_with 0 pd copy --into=append --on-conflict=update "$(my_url_of a)" "$my_url"
}

@test "defaults of long bytes keep their spelling" {
    my_new a
    my_ask a "CREATE TABLE b (id int PRIMARY KEY, z blob DEFAULT 'ab\\0c', q blob DEFAULT '?', x blob DEFAULT x'ff00', e tinyblob DEFAULT 'é', i blob DEFAULT 'it''s', n blob DEFAULT '', v varbinary(9) DEFAULT 'ab\\0c', t text DEFAULT '?', o blob DEFAULT 'a\\nb\\Zc'); INSERT INTO b (id) VALUES (1)"
    ends_with 0 pd ddt "$my_url"
    my_new b
    ends_with 0 pd copy "$(my_url_of a)" "$my_url"
    diff <(my_ask a "SHOW CREATE TABLE b") <(my_ask b "SHOW CREATE TABLE b")
    my_ask b "INSERT INTO b (id) VALUES (2)"
    [ "$(my_ask b "SELECT HEX(z), HEX(x), HEX(e), HEX(o) FROM b WHERE id = 2")" = "61620063	FF00	C3A9	610A621A63" ]
}

@test "labels that are bytes, which no text holds, are told" {
    my_new a
    my_ask a "CREATE TABLE t (a enum('é', x'ff', x'3f') CHARACTER SET binary)"
    ends_with 3 "$POLYDUMP" dump "$my_url" a
    says "labels are not verifiable: column 'a' of table 't': the server shows '?' in them"
}

@test "rows of the past that a server with LIMIT partitions takes into the first one are told" {
    my_new a
    my_ask a "CREATE TABLE t (id int, v int) WITH SYSTEM VERSIONING PARTITION BY SYSTEM_TIME LIMIT 2 (PARTITION h0 HISTORY,
        PARTITION h1 HISTORY, PARTITION h2 HISTORY, PARTITION cur CURRENT); INSERT INTO t VALUES (1, 1)"
    my_new b
    ends_with 0 pd copy "$(my_url_of a)" "$my_url"
    my_ask a "UPDATE t SET v = 2; UPDATE t SET v = 3; UPDATE t SET v = 4; UPDATE t SET v = 5; UPDATE t SET v = 6"
    my_new c
    ends_with 3 "$POLYDUMP" copy "$(my_url_of a)" "$my_url"
    says "partitions of table 't': the server takes all 5 rows of the past into the first one, whichever they were in; DROP PARTITION there drops them all"
    [ "$(my_ask c "SELECT COUNT(*) FROM t FOR SYSTEM_TIME ALL")" = 6 ]
}

@test "AUTO_INCREMENT of floats, periods, and how a table is kept are told when they stay behind" {
    my_new a
    my_ask a "CREATE TABLE af (id float AUTO_INCREMENT PRIMARY KEY, v int); CREATE TABLE per (id int PRIMARY KEY, ds date, de date, PERIOD FOR p (ds, de));
        CREATE TABLE how (id int(5) zerofill PRIMARY KEY, c varchar(100) COMPRESSED) ENGINE=InnoDB ROW_FORMAT=COMPRESSED KEY_BLOCK_SIZE=8; CREATE TABLE isam (a int) ENGINE=MyISAM"
    ends_with 0 pd ddt "$my_url"
    pg_new p
    ends_with 3 "$POLYDUMP" copy "$(my_url_of a)" "$pg_url"
    says "AUTO_INCREMENT is not carried: column 'id' of table 'af': no other engine counts in floats" \
        "period is not carried: 'p' of table 'per': nothing keeps its end behind its beginning" \
        "compression is not carried: column 'c' of table 'how'" \
        "options of a table are not carried: table 'how': row_format=COMPRESSED key_block_size=8" \
        "engine is not carried: table 'isam': MyISAM"
    ends_with 3 "$POLYDUMP" copy "$(my_url_of a)" sqlite:a.db
    says "AUTO_INCREMENT is not carried: column 'id' of table 'af'" "period is not carried: 'p' of table 'per'"
}

@test "how often a sequence began again is told" {
    my_new a
    my_ask a "CREATE SEQUENCE s MAXVALUE 2 NOCACHE CYCLE; SELECT NEXTVAL(s); SELECT NEXTVAL(s)"
    ends_with 0 pd ddt "$my_url"
    my_ask a "SELECT NEXTVAL(s)"
    ends_with 3 "$POLYDUMP" ddt "$my_url"
    says "number of cycles of a sequence is not carried: 's': 1"
}

@test "year(2) goes back into the server that has it" {
    my_new a
    my_ask a "CREATE TABLE t (id int PRIMARY KEY, y year(2)); INSERT INTO t VALUES (1, 69), (2, 70), (3, 0), (4, NULL)"
    ends_with 0 pd ddt "$my_url"
    my_new b
    ends_with 0 pd copy "$(my_url_of a)" "$my_url"
    [[ "$(my_ask b "SHOW CREATE TABLE t")" == *"year(2)"* ]]
}

@test "a name whose file is as long as the server can have is made again" {
    name=$(printf 'é%.0s' {1..64})
    my_new a
    my_ask a "CREATE TABLE \`$name\` (a int); INSERT INTO \`$name\` VALUES (1)"
    ends_with 0 pd ddt "$my_url"
    # 50 of five bytes are 250; one more has no room.
    name=$(printf '日%.0s' {1..51})
    database d.db <<<"CREATE TABLE \"$name\" (a INT)"
    my_new b
    ends_with 1 "$POLYDUMP" copy sqlite:d.db "$my_url"
    [[ "$stderr" == *"the name of its file would be longer than 255 bytes"* ]]
}

@test "floats that the server rounded past the digits of their column go back into it" {
    my_new a
    my_ask a "CREATE TABLE t (id int PRIMARY KEY, f float(10,3), g float(8,2) zerofill, h double(10,3), n float(7,2));
        INSERT INTO t VALUES (1, 9999999.999, 999999.99, 9999999.999, -99999.99), (2, -9999999.999, 0.1, -9999999.999, 99999.99), (3, 0.1, 1, 2, 3)"
    [ "$(my_ask a "SELECT f FROM t WHERE id = 1")" = 10000000.000 ]
    ends_with 0 pd ddt "$my_url"
    my_new b
    ends_with 0 pd copy "$(my_url_of a)" "$my_url"
    diff <(my_ask a "SELECT * FROM t ORDER BY id") <(my_ask b "SELECT * FROM t ORDER BY id")
}

@test "a counter that is used up is used up in SQLite, and after a way through it" {
    my_new a
    my_ask a "SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO'; CREATE TABLE d (id bigint AUTO_INCREMENT PRIMARY KEY); INSERT INTO d VALUES (9223372036854775807), (0);
        DELETE FROM d WHERE id > 0; CREATE TABLE k (id bigint AUTO_INCREMENT PRIMARY KEY); INSERT INTO k VALUES (9223372036854775807)"
    ends_with 0 pd copy --sequences=exact "$my_url" sqlite:a.db
    [ "$(sqlite3 a.db "SELECT * FROM sqlite_sequence" | tr '\n' ' ')" = "d|9223372036854775807 k|9223372036854775807 " ]
    run sqlite3 a.db "INSERT INTO d DEFAULT VALUES"
    [[ "$output" == *"disk is full"* ]]
    ends_with 3 "$POLYDUMP" copy "$my_url" sqlite:b.db
    says "counter of column 'id' of table 'd': it cannot be repaired: 9223372036854775807 is its last number, so an INSERT that needs a number will fail" \
        "counter of column 'id' of table 'k': it cannot be repaired"
    [ "$(sqlite3 b.db "SELECT * FROM sqlite_sequence" | tr '\n' ' ')" = "d|9223372036854775807 k|9223372036854775807 " ]
    ends_with 0 pd ddt --via sqlite: "$my_url"
    ends_with 0 pd copy --sequences=exact sqlite:a.db sqlite:c.db
    [ "$(sqlite3 c.db "SELECT * FROM sqlite_sequence" | tr '\n' ' ')" = "d|9223372036854775807 k|9223372036854775807 " ]
    my_new b
    ends_with 0 pd copy --sequences=exact sqlite:a.db "$my_url"
    [ "$(my_ask b "SELECT AUTO_INCREMENT FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()" | tr '\n' ' ')" = "9223372036854775808 9223372036854775808 " ]
    pg_new p
    ends_with 0 pd copy --sequences=exact sqlite:a.db "$pg_url"
    [ "$(pg_ask p "SELECT last_value, is_called FROM d_id_seq")" = "9223372036854775807|t" ]
    my_new c
    my_ask c "SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO'; CREATE TABLE d (id bigint AUTO_INCREMENT PRIMARY KEY) AUTO_INCREMENT = 5; INSERT INTO d VALUES (0)"
    run --separate-stderr "$POLYDUMP" diff --only d --like "$(my_url_of a)" "$(my_url_of a)" "$my_url"
    [ "$status" = 3 ]
    [[ "$output$stderr" == *"counter of column 'id' of 'd' is by default, next 5, not by default, used up"* ]]
}
