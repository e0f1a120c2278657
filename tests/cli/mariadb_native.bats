#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Objects that only MariaDB has: with --native they are back as they were, to the letter.

load polydump

teardown()
{
    my_clean
    [ -z "${user-}" ] || my -e "DROP USER IF EXISTS '$user'@'%'"
}

# all_of NAME - SHOW CREATE of everything, and under what it was made.
all_of()
{
    local database name kind here
    database=$(my_name "$1")
    here="WHERE %s = '$database' ORDER BY 1, 2"
    # shellcheck disable=SC2059 # the format names the column
    {
        my_ask "$1" "SELECT TABLE_NAME, TABLE_TYPE FROM information_schema.TABLES $(printf "$here" TABLE_SCHEMA)" | while IFS=$'\t' read -r name kind; do
            case $kind in
            VIEW) my_ask "$1" "SHOW CREATE VIEW \`$name\`" ;;
            SEQUENCE) my_ask "$1" "SHOW CREATE SEQUENCE \`$name\`; SELECT * FROM \`$name\`" ;;
            *) my_ask "$1" "SHOW CREATE TABLE \`$name\`" ;;
            esac
        done
        my_ask "$1" "SELECT ROUTINE_NAME, ROUTINE_TYPE FROM information_schema.ROUTINES $(printf "$here" ROUTINE_SCHEMA)" | while IFS=$'\t' read -r name kind; do
            my_ask "$1" "SHOW CREATE $kind \`$name\`"
        done
        my_ask "$1" "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = '$database' ORDER BY 1" | while read -r name; do
            my_ask "$1" "SHOW CREATE TRIGGER \`$name\`" | cut -f 1-6
        done
        my_ask "$1" "SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE, ACTION_TIMING, EVENT_MANIPULATION, ACTION_ORDER, DEFINER FROM information_schema.TRIGGERS $(printf "$here" TRIGGER_SCHEMA)"
        my_ask "$1" "SELECT EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_SCHEMA = '$database' ORDER BY 1" | while read -r name; do
            my_ask "$1" "SHOW CREATE EVENT \`$name\`"
        done
        my_ask "$1" "SELECT EVENT_NAME, STATUS, STARTS, ENDS, EXECUTE_AT, TIME_ZONE, SQL_MODE, ON_COMPLETION, EVENT_COMMENT, DEFINER FROM information_schema.EVENTS $(printf "$here" EVENT_SCHEMA)"
    } | sed "s/$database/DATABASE/g"
}

definers()
{
    my_ask "$1" "SELECT DEFINER FROM information_schema.VIEWS WHERE TABLE_SCHEMA = DATABASE() UNION ALL SELECT DEFINER FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()
        UNION ALL SELECT DEFINER FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE() UNION ALL SELECT DEFINER FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE()" | sort | uniq -c | tr -s ' '
}

# A view, a trigger, a routine and an event that belong to the user that $user is.
owned()
{
    user=$(my_name u)
    my_new a
    my -e "CREATE USER '$user'@'%' IDENTIFIED BY 'x'"
    my_ask a "CREATE TABLE t (a int); INSERT INTO t VALUES (2); CREATE DEFINER='$user'@'%' VIEW v AS SELECT a FROM t; CREATE DEFINER='$user'@'%' TRIGGER $(my_name a).tr BEFORE INSERT ON $(my_name a).t FOR EACH ROW SET NEW.a = 1;
        CREATE DEFINER='$user'@'%' PROCEDURE p() SELECT 1; CREATE DEFINER='$user'@'%' EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2037-01-01' DISABLE DO SELECT 1"
}

@test "views, routines, packages, triggers, events and sequences to the letter" {
    my_new a native.mariadb.sql
    ends_with 0 pd ddt --native "$my_url"
    my_new b
    ends_with 0 pd copy --native --sequences=exact "$(my_url_of a)" "$my_url"
    all_of a >a.objects
    [ "$(wc -l <a.objects)" -eq 31 ]
    diff a.objects <(all_of b)
    # No trigger saw the rows of the load, all see the next one.
    [ "$(my_ask b "SELECT GROUP_CONCAT(id, v, n ORDER BY id) FROM t")" = "0zero0,7seven0" ]
    [ "$(my_ask b "SELECT COUNT(*) FROM log")" = 0 ]
    my_ask b "INSERT INTO t (v) VALUES ('x')"
    [ "$(my_ask b "SELECT id, n, what FROM t JOIN log WHERE v = 'x'" | tr '\t' '|')" = "8|60|in 8" ]
    [ "$(my_ask b "SELECT NEXTVAL(s), NEXTVAL(s_down), pack.f(1), twice(4)" | tr '\t' '|')" = "$(my_ask a "SELECT NEXTVAL(s), NEXTVAL(s_down), pack.f(1), twice(4)" | tr '\t' '|')" ]
}

@test "the same from an archive, and none of it without --native" {
    my_new a native.mariadb.sql
    pd dump "$my_url" a
    my_new b
    complains 2 --native --no-native -- pd restore a "$my_url"
    [ -z "$(my_ask b "SHOW TABLES")" ]
    ends_with 0 pd restore --no-native a "$my_url"
    [ -z "$(definers b)" ]
    my_new c
    ends_with 0 pd restore --native --sequences=exact a "$my_url"
    all_of a >a.objects
    diff a.objects <(all_of c)
}

@test "definers: whoever restores, or with --grants who they were" {
    owned
    my_new b
    ends_with 3 "$POLYDUMP" copy --native "$(my_url_of a)" "$my_url"
    [ "$(grep -c "its definer is whoever restores, use --grants to keep it" <<<"$stderr")" = 4 ]
    [[ "$(definers b)" == " 4 $POLYDUMP_TEST_MARIADB_USER@"* ]]
    my_new c
    ends_with 0 pd copy --native --grants "$(my_url_of a)" "$my_url"
    [ "$(definers c)" = " 4 $user@%" ]
    [ "$(my_ask c "SELECT a FROM t")" = 2 ]
    my -e "DROP USER '$user'@'%'"
    my_new d
    complains 1 definer --grants -- pd copy --native --grants "$(my_url_of a)" "$my_url"
    [ -z "$(my_ask d "SHOW TABLES")" ]
    [ -z "$(definers d)" ]
}

# own_name NAME - a database with a table, a package and a sequence of its own name, and texts that name them.
own_name()
{
    my_new "$1"
    my "$(my_name "$1")" <<SQL
CREATE TABLE $(my_name "$1") (id int PRIMARY KEY, v int);
CREATE TABLE item (id int PRIMARY KEY, owner int);
INSERT INTO $(my_name "$1") VALUES (1, 1), (2, 2);
INSERT INTO item VALUES (2, 1), (3, 3);
CREATE FUNCTION orphans() RETURNS int READS SQL DATA RETURN (SELECT count(*) FROM $(my_name "$1").$(my_name "$1") WHERE NOT EXISTS (SELECT 1 FROM $(my_name "$1").item WHERE item.owner = $(my_name "$1").id));
CREATE TRIGGER tr BEFORE INSERT ON item FOR EACH ROW SET NEW.owner = (SELECT max(i2.id) FROM $(my_name "$1").$(my_name "$1") i2 JOIN $(my_name "$1").$(my_name "$1") ON i2.id = $(my_name "$1").id);
CREATE VIEW its AS SELECT $(my_name "$1").id, x.v FROM $(my_name "$1") JOIN $(my_name "$1") x ON x.id = $(my_name "$1").v;
CREATE DEFINER=nobody@nowhere VIEW theirs AS SELECT id, v FROM $(my_name "$1");
CREATE FUNCTION items() RETURNS int READS SQL DATA RETURN (SELECT count(*) FROM $(my_name "$1").item);
SQL
}

# functions_of NAME - their texts.
functions_of()
{
    my_ask "$1" "SELECT ROUTINE_NAME, ROUTINE_DEFINITION FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE() ORDER BY 1; SELECT TRIGGER_NAME, ACTION_STATEMENT FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()"
}

@test "where the database's name is something else in a text, the text stays as it is, and is told" {
    own_name a
    ends_with 3 "$POLYDUMP" dump "$my_url" a
    says "change of the database's own name: function 'orphans' says '$(my_name a)' where it may be the database or something else" "change of the database's own name: trigger 'tr' says '$(my_name a)'"
    [ "$(grep -c '^left out: ' <<<"$stderr")" = 2 ]
    functions_of a >was
    my_new b
    ends_with 3 "$POLYDUMP" restore --native a "$my_url"
    functions_of b >is
    diff <(sed "/^items/s/$(my_name a)\.//" was) is
    [ "$(my_ask b "SELECT * FROM its ORDER BY id; SELECT VIEW_DEFINITION LIKE '%$(my_name a).%' FROM information_schema.VIEWS WHERE TABLE_SCHEMA = DATABASE()")" = "1	1
2	2
0
0" ]
    my -e "DROP DATABASE $(my_name a); CREATE DATABASE $(my_name a)"
    ends_with 3 "$POLYDUMP" restore --native a "$(my_url_of a)"
    [ "$(my_ask a "SELECT orphans()")" = 1 ]
}

@test "a prefix stays where something else would be meant without it" {
    my_new a
    my "$(my_name a)" <<SQL
CREATE TABLE t (id int, $(my_name a) int);
CREATE FUNCTION md5(x int) RETURNS int RETURN 7;
CREATE FUNCTION cte() RETURNS int RETURN (WITH t AS (SELECT 1 AS id), u AS (SELECT id FROM $(my_name a).t) SELECT count(*) FROM u);
CREATE FUNCTION sum7() RETURNS int RETURN $(my_name a).md5(1);
CREATE FUNCTION inner_t() RETURNS int RETURN (SELECT count(*) FROM $(my_name a).t WHERE EXISTS (SELECT 1 FROM other.t WHERE other.t.id = $(my_name a).t.id));
CREATE FUNCTION its_column() RETURNS int RETURN (SELECT max(x.$(my_name a)) FROM $(my_name a).t AS x);
SQL
    functions_of a >was
    my_new b
    ends_with 3 "$POLYDUMP" copy --native "$(my_url_of a)" "$my_url"
    functions_of b >is
    diff <(sed "/^its_column/s/$(my_name a)\.t/t/" was) is
    my_ask a "DROP FUNCTION md5; DROP FUNCTION cte; DROP FUNCTION sum7; DROP FUNCTION inner_t"
    my "$(my_name a)" <<SQL
SET sql_mode = ORACLE;
DELIMITER //
CREATE PACKAGE $(my_name a) AS FUNCTION f(x int) RETURN int; END//
CREATE PACKAGE BODY $(my_name a) AS FUNCTION f(x int) RETURN int AS BEGIN RETURN x + 1; END; END//
CREATE FUNCTION f(x int) RETURN int AS BEGIN RETURN x - 1; END//
CREATE FUNCTION q RETURN int AS BEGIN RETURN $(my_name a).f(10); END//
SQL
    functions_of a >was
    my_new c
    ends_with 3 "$POLYDUMP" copy --native "$(my_url_of a)" "$my_url"
    says "change of the database's own name: function 'q' says"
    functions_of c >is
    diff was is
}

@test "a default that is another column, and json in any character set, are part of a table's own statement" {
    my_new a
    my_ask a "CREATE TABLE d (id int NOT NULL, x int DEFAULT (id), t varchar(5)) ENGINE=Aria DEFAULT CHARSET=latin1 PARTITION BY HASH (id) PARTITIONS 2; INSERT INTO d (id, x) VALUES (1, 2);
        CREATE TABLE j (j longtext CHARACTER SET latin1 CHECK (json_valid(j))) DEFAULT CHARSET=latin1; CREATE TABLE k (j json, k varchar(9) CHARACTER SET ucs2 CHECK (json_valid(k)), l text CHECK (json_valid(l))); INSERT INTO k VALUES ('[1]', '[2]', '[3]')"
    ends_with 0 pd ddt "$my_url"
    my_new b
    ends_with 0 pd copy "$(my_url_of a)" "$my_url"
    diff <(all_of a) <(all_of b)
}
