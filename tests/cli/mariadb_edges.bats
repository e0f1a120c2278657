#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# MariaDB: what few databases have, and what is carried wrongly without a word when nobody looks.

load polydump

teardown()
{
    my_clean
    pg_clean
    [ -z "${user-}" ] || my -e "DROP USER IF EXISTS '$user'@'%'; DROP ROLE IF EXISTS '$user.r'"
}

@test "a counter beyond what others count to is kept by the same engine, and left out by others" {
    my_new a
    my_ask a "CREATE TABLE w (id bigint unsigned AUTO_INCREMENT PRIMARY KEY) AUTO_INCREMENT=9223372036854775809; INSERT INTO w VALUES (3)"
    ends_with 0 pd ddt "$my_url"
    pg_new p
    ends_with 3 "$POLYDUMP" copy "$(my_url_of a)" "$pg_url"
    says "counter of column 'id' of table 'w': its next number is beyond 9223372036854775807"
    [ "$(pg_ask p "SELECT count(*) FROM pg_class WHERE relkind = 'S'")" = 0 ]
    [ "$(pg_ask p "SELECT coalesce(pg_get_expr(d.adbin, d.adrelid), 'none') || a.attidentity::text FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid WHERE a.attrelid = 'w'::regclass AND a.attname = 'id'")" = none ]
    ends_with 3 "$POLYDUMP" ddt --via=postgresql:///postgres "$(my_url_of a)"
    says "counter of column 'id' of table 'w': its next number is beyond 9223372036854775807"
    ends_with 3 "$POLYDUMP" copy "$(my_url_of a)" sqlite:w.db
    [ "$(sqlite3 w.db "SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_sequence'")" = 0 ]
    # Used up: the number before the last is there.
    my_ask a "DELETE FROM w; INSERT INTO w VALUES (18446744073709551614)"
    ends_with 3 "$POLYDUMP" ddt --via=postgresql:///postgres "$(my_url_of a)"
    [[ "$stderr" != *"stands at -1"* ]]
    my_new b
    ends_with 0 "$POLYDUMP" copy "$(my_url_of a)" "$my_url"
    [ "$(my_ask b "INSERT INTO w VALUES (NULL); SELECT max(id) FROM w" 2>&1)" = "$(my_ask a "INSERT INTO w VALUES (NULL); SELECT max(id) FROM w" 2>&1)" ]
}

# A database with a collation of its own, and what compares text by it.
by_bytes()
{
    my -e "CREATE DATABASE $(my_name "$1") CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
    my_url=$(my_url_of "$1")
    my "$(my_name "$1")" <<'END'
CREATE TABLE t (a int);
CREATE FUNCTION plain(a int) RETURNS int RETURN a + 1;
DELIMITER //
CREATE FUNCTION login(u varchar(20)) RETURNS int BEGIN DECLARE stored varchar(20) DEFAULT 'Secret'; RETURN stored = u; END//
CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW BEGIN DECLARE v varchar(20) DEFAULT 'x'; IF v = 'X' THEN SET NEW.a = NEW.a + 100; END IF; END//
DELIMITER ;
CREATE VIEW v AS SELECT a FROM t;
END
}

@test "routines and triggers that compare text as their database did are said when that differs" {
    by_bytes a
    ends_with 0 pd ddt --native "$my_url"
    ends_with 0 pd dump "$my_url" a
    my_new b
    ends_with 3 "$POLYDUMP" restore --native a "$my_url"
    says "settings '1': function 'login': made in a database of collation 'utf8mb4_bin', by which their variables compare, and this one's is 'utf8mb4_general_ci'; ALTER DATABASE \`$(my_name b)\` COLLATE utf8mb4_bin before the restore would keep it" \
        "settings '4': trigger 'tr': made in a database of collation 'utf8mb4_bin'"
    my -e "CREATE DATABASE $(my_name c) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
    ends_with 0 pd restore --native a "$(my_url_of c)"
    [ "$(my_ask c "SELECT login('SECRET')")" = 0 ]
    # What was made before its database got another collation is told by a double dump, too.
    my -e "ALTER DATABASE $(my_name a) COLLATE utf8mb4_general_ci"
    ends_with 3 "$POLYDUMP" ddt --native "$(my_url_of a)"
    says "settings '1': function 'login': made in a database of collation 'utf8mb4_bin'"
}

