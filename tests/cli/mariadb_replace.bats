#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Restores into MariaDB with --into=replace: what is there is replaced by all that comes, or stays as
# it is, whatever it is.

load polydump

teardown()
{
    my_clean
    pg_clean
}

# Tables of a database that have names of a run.
staged()
{
    my_ask "$1" "SHOW TABLES" | grep -c '^pd[$]' || true
}

# Everything that a failing replacement must leave as it is.
old_shop()
{
    my_ask "$1" "CREATE TABLE p (id int PRIMARY KEY, was int); INSERT INTO p VALUES (1, 5); CREATE TABLE q (id int); CREATE SEQUENCE s START WITH 70;
        CREATE FUNCTION f(n int) RETURNS int DETERMINISTIC COMMENT 'old' RETURN n + 1; CREATE PROCEDURE r() SELECT 'old';
        CREATE VIEW v AS SELECT f(was) AS w FROM p; CREATE EVENT e ON SCHEDULE EVERY 1 YEAR DISABLE DO SET @a = 1;
        CREATE TRIGGER one BEFORE INSERT ON p FOR EACH ROW SET NEW.was = 1; CREATE TRIGGER two BEFORE INSERT ON p FOR EACH ROW SET NEW.was = 2;
        CREATE TRIGGER three BEFORE INSERT ON p FOR EACH ROW FOLLOWS one SET NEW.was = 3"
    my "$(my_name "$1")" -e "SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'; CREATE OR REPLACE PROCEDURE r() SELECT 'a\\' AS \"old\""
}

new_shop()
{
    my_ask "$1" "CREATE TABLE p (id int PRIMARY KEY, x int); INSERT INTO p VALUES (2, 6); CREATE SEQUENCE s;
        CREATE FUNCTION f(n int) RETURNS int DETERMINISTIC RETURN n - 1; CREATE PROCEDURE r() SELECT 'new';
        CREATE VIEW v AS SELECT f(x) AS w FROM p; CREATE EVENT e ON SCHEDULE EVERY 2 YEAR DISABLE DO SET @a = 2;
        CREATE TRIGGER two BEFORE INSERT ON p FOR EACH ROW SET NEW.x = 2"
}

@test "a replacement whose view cannot be made leaves the old views, routines, triggers and events" {
    my_new c
    my_ask c "CREATE FUNCTION g() RETURNS int RETURN 1"
    my_new a
    new_shop a
    my_ask a "CREATE VIEW z AS SELECT $(my_name c).g() AS g"
    pd dump "$my_url" a
    my_ask c "DROP FUNCTION g"
    my_new b
    old_shop b
    my_text b >before
    pd dump "$my_url" before.a
    complains 1 "cannot make view 'z'" "FUNCTION" -- pd restore --native --into=replace a "$(my_url_of b)"
    my_text b >after
    diff before after
    pd dump "$(my_url_of b)" after.a
    diff -r before.a after.a
    [ "$(staged b)" = 0 ]
}

@test "a replacement with routines, triggers and events replaces them" {
    my_new a
    new_shop a
    pd dump "$my_url" a
    my_new b
    old_shop b
    ends_with 3 "$POLYDUMP" restore --native --into=replace a "$my_url"
    says "trigger 'one' of table 'p' in the target" "trigger 'three' of table 'p' in the target"
    [ "$(grep -c "left out" <<<"$stderr")" = 2 ]
    ends_with 0 pd restore --native --into=replace a "$my_url"
    my_ask b "DROP TABLE q"
    pd dump "$my_url" b
    diff -r a b
}

@test "a trigger of a table that stays does not give way" {
    my_new a
    new_shop a
    pd dump "$my_url" a
    my_new b
    my_ask b "CREATE TABLE other (was int); CREATE TRIGGER two BEFORE INSERT ON other FOR EACH ROW SET NEW.was = 2"
    my_text b >before
    complains 1 "trigger 'two' of table 'other'" -- pd restore --native --into=replace a "$my_url"
    diff before <(my_text b)
}

@test "a table does not give way to a view" {
    my_new a
    new_shop a
    pd dump "$my_url" a
    my_new b
    my_ask b "CREATE TABLE v (was int); INSERT INTO v VALUES (4)"
    my_text b >before
    complains 1 "table 'v' stands in the way of view 'v', for which it does not give way; drop it or give it another name first, or leave views out by --no-native" -- \
        pd restore --native --into=replace a "$my_url"
    diff before <(my_text b)
    ends_with 0 pd restore --no-native --into=replace a "$my_url"
    [ "$(my_ask b "SELECT * FROM v")" = 4 ]
}

@test "a replacement replaces the sequences that it made, for columns too" {
    pg_new a
    pg_ask a "CREATE TABLE t (x int, id int GENERATED ALWAYS AS IDENTITY); INSERT INTO t (x) VALUES (1), (2);
        CREATE SCHEMA z; CREATE SEQUENCE z.q; CREATE SEQUENCE p"
    my_new b
    ends_with 3 pd copy "$pg_url" "$my_url"
    ends_with 3 pd copy --into=replace "$pg_url" "$my_url"
    [ "$(my_ask b "SHOW TABLES" | tr '\n' ' ')" = "p t t_id_seq z__q " ]
    my_ask b "INSERT INTO t (x) VALUES (3)"
    [ "$(my_ask b "SELECT MAX(id) FROM t")" = 3 ]
}

@test "what was moved aside is not dropped when nothing tells its name any more" {
    my_new a
    my_ask a "CREATE TABLE p (x int)"
    pd dump "$my_url" a
    my_new b
    my_ask b "CREATE TABLE \`pd\$0123456789abcdef\$o0\` (x int); INSERT INTO \`pd\$0123456789abcdef\$o0\` VALUES (5); CREATE TABLE \`pd\$0123456789abcdef\$0\` (x int)"
    complains 1 "'pd\$0123456789abcdef\$o0'" "rename or drop it" -- pd restore a "$my_url" --into=replace
    [ "$(my_ask b "SELECT x FROM \`pd\$0123456789abcdef\$o0\`")" = 5 ]
    my_ask b "DROP TABLE \`pd\$0123456789abcdef\$o0\`"
    ends_with 0 pd restore a "$my_url"
    [ "$(my_ask b "SHOW TABLES")" = p ]
}
