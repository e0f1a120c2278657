#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Views, routines, triggers and events of MariaDB that name their own database, or that the server
# does not show, or make, as it does others.

load polydump

teardown()
{
    my_clean
    [ -z "${user-}" ] || my -e "DROP USER IF EXISTS '$user'@'%'"
}

# alter NAME - SQL from stdin, in the database.
alter()
{
    my "$(my_name "$1")"
}

# packaged NAME - a package, and what calls it by three names: as people type it, and as the server writes it.
packaged()
{
    local d
    d=$(my_name "$1")
    my_new "$1"
    alter "$1" <<SQL
CREATE TABLE t (id int PRIMARY KEY);
INSERT INTO t VALUES (1), (5);
CREATE TABLE log (n int);
SET sql_mode = ORACLE;
DELIMITER //
CREATE PACKAGE pk AS FUNCTION f(a int) RETURN int; FUNCTION g(a int) RETURN int; PROCEDURE p(a int); FUNCTION own(a int) RETURN int; END//
CREATE PACKAGE BODY pk AS
    FUNCTION f(a int) RETURN int AS BEGIN RETURN a + 1; END;
    FUNCTION g(a int) RETURN int AS BEGIN RETURN $d.pk.f(a) + 100; END;
    PROCEDURE p(a int) AS BEGIN INSERT INTO $d.log VALUES (a); END;
    FUNCTION own(a int) RETURN int AS BEGIN RETURN $d.f(a); END;
END//
CREATE FUNCTION f(a int) RETURN int AS BEGIN RETURN a * 1000; END//
CREATE PROCEDURE direct AS BEGIN "$d".pk . p(3); END//
CREATE VIEW v AS SELECT id, pk.f(id) AS y FROM t//
SET sql_mode = DEFAULT//
CREATE PROCEDURE pp() BEGIN SELECT $d.pk.f(1), \`$d\`.\`pk\`.g(1), (SELECT max($d.t.id) FROM $d.t), $d.pk.own(2); CALL $d.pk.p(7); CALL $d.direct; END//
CREATE EVENT e ON SCHEDULE EVERY 1 YEAR DISABLE DO CALL $d.pk.p(9)//
CREATE TRIGGER tr BEFORE INSERT ON $d.log FOR EACH ROW SET NEW.n = $d.pk.f(NEW.n)//
SQL
}

# works NAME - what packaged() made calls that of its own database, and nothing else names one.
works()
{
    my_ask "$1" "DELETE FROM log"
    my_ask "$1" "CALL pp(); SELECT * FROM v; SELECT n FROM log ORDER BY n" | tr '\t\n' ', '
}

@test "a package that is called by the name of its database, too, is called in the database that has it now" {
    packaged a
    pd dump "$my_url" archive
    my_new b
    ends_with 0 "$POLYDUMP" copy --native "$(my_url_of a)" "$my_url"
    my_new c
    ends_with 0 "$POLYDUMP" restore --native archive "$my_url"
    pd dump "$my_url" again
    diff -r archive again
    ends_with 0 "$POLYDUMP" ddt --native "$(my_url_of a)"
    # Nobody asks the database that it comes from.
    [ "$(works a)" = "2,102,5,2000 1,2 5,6 4 8 " ]
    my -e "DROP DATABASE $(my_name a)"
    [ "$(works b)" = "2,102,5,2000 1,2 5,6 4 8 " ]
    [ "$(works c)" = "2,102,5,2000 1,2 5,6 4 8 " ]
    # Replaced once more, in place.
    ends_with 0 "$POLYDUMP" restore --native --into=replace archive "$my_url"
    [ "$(works c)" = "2,102,5,2000 1,2 5,6 4 8 " ]
}

@test "a database that has a package of its own name: three names are the database's, two are told" {
    my_new a
    alter a <<SQL
CREATE TABLE t (id int PRIMARY KEY);
SET sql_mode = ORACLE;
DELIMITER //
CREATE PACKAGE $(my_name a) AS FUNCTION f(a int) RETURN int; END//
CREATE PACKAGE BODY $(my_name a) AS FUNCTION f(a int) RETURN int AS BEGIN RETURN a + 1; END; END//
CREATE FUNCTION three RETURN int AS BEGIN RETURN $(my_name a).$(my_name a).f(1); END//
CREATE FUNCTION two RETURN int AS BEGIN RETURN $(my_name a).f(1); END//
SQL
    my_new b
    ends_with 3 "$POLYDUMP" copy --native "$(my_url_of a)" "$my_url"
    says "change of the database's own name: function 'two' says '$(my_name a)'"
    [ "$(grep -c "^left out: " <<<"$stderr")" = 1 ]
    my -e "DROP DATABASE $(my_name a)"
    [ "$(my_ask b "SELECT three(), two()" | tr '\t' ' ')" = "2 2" ]
}

# in_strings NAME - objects that say the database's name in a string, and some that only seem to.
in_strings()
{
    local d
    d=$(my_name "$1")
    my_new "$1"
    alter "$1" <<SQL
CREATE TABLE log (id int);
CREATE TABLE t (id int, kind varchar(100));
CREATE DEFINER=$d@localhost PROCEDURE definer() INSERT INTO $d.log VALUES (1);
DELIMITER //
CREATE PROCEDURE w() BEGIN EXECUTE IMMEDIATE 'insert into $d.log values(1)'; INSERT INTO $d.log VALUES (2); END//
CREATE PROCEDURE p() BEGIN PREPARE st FROM "select count(*) from\n$d . t"; EXECUTE st; END//
CREATE PROCEDURE q() BEGIN PREPARE st FROM 'select 1 from\`$d\`.\`t\`'; EXECUTE st; END//
CREATE FUNCTION i() RETURNS int RETURN (SELECT count(*) FROM information_schema.tables WHERE table_schema = '$d')//
CREATE FUNCTION c() RETURNS text RETURN concat('\`$d\`', '.t')//
CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.kind = concat('$d.', NEW.id)//
CREATE EVENT e ON SCHEDULE EVERY 1 YEAR DISABLE DO SET @a = '$d'//
CREATE VIEW v AS SELECT id FROM t WHERE kind = '$d'//
CREATE FUNCTION no1() RETURNS text COMMENT '$d' RETURN '${d}ping'//
CREATE FUNCTION no2() RETURNS text RETURN concat('my$d.t', 'x.$d.y', 'me@$d.org', 'http://$d.org', 'in $d itself', '$d-t')//
CREATE VIEW no3 AS SELECT id FROM t WHERE kind = '${d}s.t'//
SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'//
CREATE PROCEDURE no4() SELECT '\n$d.t' FROM "t"//
SET sql_mode = DEFAULT//
SQL
}

@test "the database's name in a string is told, since nobody can change it there" {
    in_strings a
    ends_with 3 "$POLYDUMP" dump "$my_url" archive
    local line
    for line in "procedure 'w'" "procedure 'p'" "procedure 'q'" "function 'i'" "function 'c'" "trigger 'tr'" "event 'e'" "view 'v'"; do
        says "change of the database's own name: $line says '$(my_name a)' in a string, which may be the database or something else, and is kept as it is; after a restore into a database of another name look at its text"
    done
    [ "$(grep -c "^left out: " <<<"$stderr")" = 8 ]
    my_new b
    ends_with 3 "$POLYDUMP" restore --native archive "$my_url"
    [ "$(grep -c "says '$(my_name a)' in a string" <<<"$stderr")" = 8 ]
    # What stands outside strings is the new database's.
    my_ask b "CALL w(); CALL definer()"
    [ "$(my_ask a "SELECT id FROM log")" = 1 ]
    [ "$(my_ask b "SELECT id FROM log ORDER BY id" | tr '\n' ' ')" = "1 2 " ]
}

# writing NAME - views that need a sequence, or functions that write; nothing may have been written when they were read.
writing()
{
    my_new "$1"
    alter "$1" <<'SQL'
CREATE TABLE log (id int);
CREATE TABLE t (id int PRIMARY KEY);
INSERT INTO t VALUES (1);
CREATE SEQUENCE s;
DELIMITER //
CREATE FUNCTION counts() RETURNS int RETURN nextval(s)//
CREATE FUNCTION writes() RETURNS int MODIFIES SQL DATA BEGIN INSERT INTO log VALUES (1); RETURN 1; END//
CREATE FUNCTION calls() RETURNS int MODIFIES SQL DATA RETURN writes()//
DELIMITER ;
CREATE VIEW vn AS SELECT nextval(s) AS n, '𝄞' AS clef, _latin1'a' AS a;
CREATE VIEW vs AS SELECT setval(s, 5) AS n;
CREATE VIEW vf AS SELECT counts() AS n FROM t;
CREATE VIEW vw AS SELECT writes() AS n;
CREATE VIEW vc AS SELECT calls() AS n;
CREATE VIEW vv AS SELECT n FROM vf;
SQL
}

# views_of NAME - how they are made.
views_of()
{
    local view
    for view in $(my_ask "$1" "SELECT TABLE_NAME FROM information_schema.VIEWS WHERE TABLE_SCHEMA = DATABASE() ORDER BY 1"); do
        my_ask "$1" "SHOW CREATE VIEW $view"
    done | sed "s/$(my_name "$1")/DATABASE/g"
}

@test "views of sequences and of functions that write are read by who may only read" {
    writing a
    # As it was: neither asked for a number nor written to.
    my_ask a "SELECT * FROM s" >before
    ends_with 0 "$POLYDUMP" dump "$my_url" archive
    [ "$(wc -l <<<"$stderr")" = 1 ]
    ends_with 0 "$POLYDUMP" info "$my_url"
    my_new b
    ends_with 0 "$POLYDUMP" copy --native "$(my_url_of a)" "$my_url"
    diff <(views_of a) <(views_of b)
    [ "$(views_of b | wc -l)" = 6 ]
    ends_with 0 "$POLYDUMP" ddt --native "$(my_url_of a)"
    [ "$(grep -c "somebody\|warning\|left out" <<<"$stderr")" = 0 ]
    diff before <(my_ask a "SELECT * FROM s")
    [ "$(my_ask a "SELECT count(*) FROM log")" = 0 ]
    # By the rights that doc/mariadb.md names, and by none to lock anything.
    user=$(my_name u)
    my -e "CREATE USER '$user'@'%' IDENTIFIED BY 'x'; GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON $(my_name a).* TO '$user'@'%'; GRANT SELECT ON mysql.proc TO '$user'@'%'"
    ends_with 0 "$POLYDUMP" dump "mariadb://$user:x@localhost/$(my_name a)?socket=$POLYDUMP_TEST_MARIADB_SOCKET" less
    diff -r archive less
    [ "$(my_ask a "SELECT count(*) FROM log")" = 0 ]
}

@test "a view whose function lost its definer, or that needs itself, is dumped with one warning" {
    user=$(my_name u)
    my_new a
    my -e "CREATE USER '$user'@'%' IDENTIFIED BY 'x'; GRANT ALL ON $(my_name a).* TO '$user'@'%'"
    alter a <<SQL
CREATE TABLE t (id int PRIMARY KEY, k varchar(9));
INSERT INTO t VALUES (1, 'a'), (2, 'b');
CREATE TABLE circle (id int);
CREATE DEFINER='$user'@'%' FUNCTION f() RETURNS int RETURN 1;
CREATE DEFINER=root@localhost SQL SECURITY INVOKER VIEW vf AS SELECT f() AS x, t.id, $(my_name a).t.k AS k FROM $(my_name a).t WHERE k <> 'it''s \\\\' WITH LOCAL CHECK OPTION;
CREATE VIEW vvf AS SELECT x FROM vf;
CREATE VIEW clef AS SELECT f() AS x, '𝄞' AS y;
CREATE VIEW good AS SELECT id FROM t;
CREATE VIEW r1 AS SELECT id FROM circle;
CREATE VIEW r2 AS SELECT id FROM r1;
DROP TABLE circle;
RENAME TABLE r2 TO circle;
DROP USER '$user'@'%';
SQL
    ends_with 3 "$POLYDUMP" dump "$my_url" archive
    local view
    for view in vf vvf clef r1 circle; do
        [ "$(grep -c "^polydump: warning: view '$view' does not work in the source: it, or a view that it uses, needs what is not there, or what its definer may not see$" <<<"$stderr")" = 1 ]
    done
    [ "$(grep -c "somebody\|does not work in the source" <<<"$stderr")" = 5 ]
    says "not verifiable: view 'clef' does not work, and of such a view the server shows '?' for characters of four bytes; look at its strings"
    [ "$(grep -c "^left out" <<<"$stderr")" = 1 ]
    my_new b
    ends_with 3 "$POLYDUMP" copy --no-native "$(my_url_of a)" "$my_url"
    [ "$(my_ask b "SELECT count(*) FROM t")" = 2 ]
    my_new c
    ends_with 3 "$POLYDUMP" restore --native archive "$my_url"
    says "function 'f': its definer is whoever restores" "view 'circle': it did not work in the source, and cannot be made: Table '$(my_name c).r1' doesn't exist" "view 'r1': it did not work in the source, and cannot be made: Table '$(my_name c).circle' doesn't exist"
    [ "$(my_ask c "SELECT * FROM vf; SELECT * FROM vvf" | tr '\t\n' ', ')" = "1,1,a 1,2,b 1 1 " ]
    # As the server shows it where it works.
    my -e "CREATE USER '$user'@'%' IDENTIFIED BY 'x'; GRANT ALL ON $(my_name a).* TO '$user'@'%'"
    my_ask a "DROP VIEW r1; DROP VIEW circle; DROP VIEW clef"
    my_ask c "DROP VIEW clef"
    diff <(views_of a) <(views_of c)
}

@test "a view of a table that is not wanted is left out, with a line" {
    my_new a
    my_ask a "CREATE TABLE a (id int); INSERT INTO a VALUES (4); CREATE TABLE b (id int); CREATE FUNCTION f() RETURNS int RETURN (SELECT count(*) FROM b);
        CREATE VIEW va AS SELECT * FROM a; CREATE VIEW vb AS SELECT * FROM b; CREATE VIEW a_of_vb AS SELECT a.id FROM va AS a JOIN vb; CREATE VIEW called AS SELECT f() AS n"
    ends_with 0 "$POLYDUMP" dump --only a "$my_url" archive
    my_new b
    ends_with 3 "$POLYDUMP" restore --native archive "$my_url"
    says "view 'vb': it needs 'b', which is not carried" "view 'a_of_vb': it needs 'vb', which is not carried"
    [ "$(grep -c "^left out" <<<"$stderr")" = 2 ]
    [ "$(my_ask b "SHOW TABLES; SELECT * FROM va" | tr '\n' ' ')" = "a called va 4 " ]
    my_new c
    ends_with 3 "$POLYDUMP" copy --native --exclude b "$(my_url_of a)" "$my_url"
    [ "$(my_ask c "SHOW TABLES" | tr '\n' ' ')" = "a called va " ]
    ends_with 3 "$POLYDUMP" ddt --native --only a "$(my_url_of a)"
    [ "$(grep -c "^left out" <<<"$stderr")" = 2 ]
    # Where the table is there, so are its views.
    my_ask b "CREATE TABLE b (id int)"
    ends_with 0 "$POLYDUMP" restore --native --into=replace archive "$(my_url_of b)"
    [ "$(my_ask b "SHOW TABLES" | tr '\n' ' ')" = "a a_of_vb b called va vb " ]
    # Another database's is none that was left behind.
    my_ask a "CREATE TABLE $(my_name c).other (id int); CREATE VIEW z AS SELECT id FROM $(my_name c).other"
    pd dump --only a "$(my_url_of a)" elsewhere
    my_ask c "DROP TABLE other"
    my_new d
    complains 1 "cannot make view 'z': Table '$(my_name c).other' doesn't exist" -- pd restore --native elsewhere "$my_url"
    [ -z "$(my_ask d "SHOW TABLES")" ]
}
