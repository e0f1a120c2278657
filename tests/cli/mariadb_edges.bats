#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# MariaDB: what few databases have, and what is carried wrongly without a word when nobody looks.

load polydump

teardown()
{
    my_clean
    pg_clean
    [ -z "${user-}" ] || my -e "DROP USER IF EXISTS '$user'@'%'; DROP ROLE IF EXISTS '$user.r', '$user.o'"
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
    says "settings '1': function 'login': made in a database of collation 'utf8mb4_bin', by which their variables compare, and this one's is '$(my_collation)'; ALTER DATABASE \`$(my_name b)\` COLLATE utf8mb4_bin before the restore would keep it" \
        "settings '4': trigger 'tr': made in a database of collation 'utf8mb4_bin'"
    my -e "CREATE DATABASE $(my_name c) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
    ends_with 0 pd restore --native a "$(my_url_of c)"
    [ "$(my_ask c "SELECT login('SECRET')")" = 0 ]
    # What was made before its database got another collation is told by a double dump, too.
    my -e "ALTER DATABASE $(my_name a) COLLATE utf8mb4_general_ci"
    ends_with 3 "$POLYDUMP" ddt --native "$(my_url_of a)"
    says "settings '1': function 'login': made in a database of collation 'utf8mb4_bin'"
}

# A package, and a view that whoever restores cannot make with --grants.
package_shop()
{
    my_new "$1"
    my "$(my_name "$1")" <<'END'
CREATE TABLE t (a int PRIMARY KEY);
INSERT INTO t VALUES (1);
SET sql_mode = ORACLE;
DELIMITER //
CREATE PACKAGE emp AS FUNCTION f RETURN int; END//
CREATE PACKAGE BODY emp AS FUNCTION f RETURN int AS BEGIN RETURN 1; END; END//
DELIMITER ;
SET sql_mode = '';
CREATE DEFINER=nobody@nowhere VIEW v AS SELECT * FROM t;
END
}

@test "a package that a failing restore had made is dropped again, and an old one comes back" {
    package_shop a
    pd dump "$my_url" a
    my_new b
    my_ask b "CREATE TABLE t (a int PRIMARY KEY, old text); INSERT INTO t VALUES (5, 'precious')"
    my_text b >before
    complains 1 "view 'v': its definer is not there" -- pd restore --native --grants --into=replace a "$my_url"
    my_text b >after
    diff before after
    [ "$(my_ask b "SHOW TABLES")" = t ]
    my_new c
    complains 1 "view 'v': its definer is not there" -- pd restore --native --grants a "$my_url"
    [ -z "$(my_ask c "SHOW TABLES; SHOW PACKAGE STATUS WHERE Db = DATABASE()")" ]
    # The old package is in the way, and another is made in its place, which then has to go.
    ends_with 3 "$POLYDUMP" restore --native a "$my_url"
    my "$(my_name c)" <<'END'
SET sql_mode = ORACLE;
DELIMITER //
CREATE OR REPLACE PACKAGE emp AS FUNCTION g RETURN int; END//
END
    pd dump "$my_url" c.before
    complains 1 "view 'v': its definer is not there" -- pd restore --native --grants --into=replace a "$my_url"
    pd dump "$my_url" c.after
    diff -r c.before c.after
    ends_with 3 "$POLYDUMP" restore --native --into=replace a "$my_url"
    [ "$(my_ask c "SET sql_mode = ORACLE; SELECT emp.f()")" = 1 ]
}

# Who may what: $user reads database a, and each argument is a statement in which USER is that user, GROUP and OTHER are roles.
granted()
{
    local sql
    my -e "CREATE OR REPLACE USER '$user'@'%'; DROP ROLE IF EXISTS '$user.r', '$user.o'"
    for sql; do
        sql=${sql//USER/"'$user'@'%'"}
        sql=${sql//OTHER/"'$user.o'"}
        my -e "${sql//GROUP/"'$user.r'"}"
    done
    rm -rf a
    run --separate-stderr "$POLYDUMP" dump "mariadb://$user@localhost/$(my_name a)?socket=$POLYDUMP_TEST_MARIADB_SOCKET" a
}

@test "of several grants that match a database only the one counts that counts for the server" {
    local all="LOCK TABLES, EXECUTE, SHOW VIEW, EVENT, TRIGGER" escaped name
    user=$(my_name u)
    my_new a
    name=$(my_name a)
    escaped=${name//_/\\_}
    my_ask a "CREATE TABLE t (a int); CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1; CREATE EVENT e ON SCHEDULE EVERY 1 DAY DISABLE DO SELECT 1; CREATE PROCEDURE p() SELECT 1"
    granted "GRANT SELECT, $all ON \`$escaped\`.* TO USER" "GRANT SELECT ON mysql.proc TO USER"
    [ "$status" -eq 0 ]
    "$POLYDUMP" info a | grep -q "^trigger tr "
    # The name itself goes before patterns.
    granted "GRANT SELECT, LOCK TABLES ON \`$escaped\`.* TO USER" "GRANT SELECT, $all ON \`${escaped%a}%\`.* TO USER" "GRANT SELECT ON mysql.proc TO USER"
    [ "$status" -eq 3 ]
    grep -q "not verifiable: triggers: .*; TRIGGER on the database would show it" <<<"$stderr"
    grep -q "not verifiable: events: .*; EVENT on the database would show it" <<<"$stderr"
    # The longer pattern goes before the shorter.
    granted "GRANT SELECT, LOCK TABLES ON \`${escaped%a}_\`.* TO USER" "GRANT SELECT, $all ON \`${escaped%_a}%\`.* TO USER"
    [ "$status" -eq 3 ]
    grep -q "not verifiable: triggers: " <<<"$stderr"
    grep -q "not verifiable: events: " <<<"$stderr"
    # Who may run routines knows which there are, not how they are made.
    grep -q "not verifiable: functions, procedures and packages: .* is missing here without a word; SELECT on mysql.proc would show it" <<<"$stderr"
    granted "GRANT SELECT, $all ON \`${escaped%a}_\`.* TO USER" "GRANT SELECT, LOCK TABLES ON \`${escaped%_a}%\`.* TO USER" "GRANT SELECT ON mysql.proc TO USER"
    [ "$status" -eq 0 ]
    # A name of which _ stands for any character is a pattern.
    granted "GRANT SELECT, $all ON \`$name\`.* TO USER" "GRANT SELECT, LOCK TABLES ON \`$escaped\`.* TO USER" "GRANT SELECT ON mysql.proc TO USER"
    [ "$status" -eq 3 ]
    grep -q "not verifiable: triggers: " <<<"$stderr"
    # A role adds what it has.
    granted "CREATE ROLE GROUP" "GRANT SELECT, LOCK TABLES ON \`$escaped\`.* TO USER" "GRANT $all ON \`$escaped\`.* TO GROUP" "GRANT SELECT ON mysql.proc TO GROUP" "GRANT GROUP TO USER" "SET DEFAULT ROLE GROUP FOR USER"
    [ "$status" -eq 0 ]
    "$POLYDUMP" info a | grep -q "^trigger tr "
    # So does one that it was given, but for its patterns when it has the name itself.
    granted "CREATE ROLE GROUP" "CREATE ROLE OTHER" "GRANT SELECT, LOCK TABLES ON \`$escaped\`.* TO GROUP" "GRANT $all ON \`$escaped\`.* TO OTHER" "GRANT SELECT ON mysql.proc TO OTHER" "GRANT OTHER TO GROUP" "GRANT GROUP TO USER" "SET DEFAULT ROLE GROUP FOR USER"
    [ "$status" -eq 0 ]
    granted "CREATE ROLE GROUP" "CREATE ROLE OTHER" "GRANT SELECT, LOCK TABLES ON \`$escaped\`.* TO GROUP" "GRANT $all ON \`${escaped%a}%\`.* TO OTHER" "GRANT SELECT ON mysql.proc TO OTHER" "GRANT OTHER TO GROUP" "GRANT GROUP TO USER" "SET DEFAULT ROLE GROUP FOR USER"
    [ "$status" -eq 3 ]
    grep -q "not verifiable: triggers: " <<<"$stderr"
    run "$POLYDUMP" info a
    [[ "$output" != *"trigger tr"* ]]
}

@test "comments of routines and events, whatever mode they were made under" {
    my_new a
    my "$(my_name a)" <<'END'
SET sql_mode = 'NO_BACKSLASH_ESCAPES';
CREATE PROCEDURE p(a int) COMMENT 'c\d''s
two\n' SELECT 'COMMENT', 'x\y';
CREATE FUNCTION f(a decimal(3,1)) RETURNS int DETERMINISTIC COMMENT '\' RETURN 1;
CREATE PROCEDURE q() CREATE TABLE t (a int COMMENT 'x\\y');
CREATE EVENT e ON SCHEDULE EVERY 1 DAY DISABLE COMMENT 'c\d' DO SELECT 1;
SET sql_mode = '';
CREATE PROCEDURE r() COMMENT 'c\\d' SELECT 1;
END
    ends_with 0 pd ddt --native "$my_url"
    my_new b
    ends_with 0 pd copy --native "$(my_url_of a)" "$my_url"
    for sql in "SELECT ROUTINE_NAME, HEX(ROUTINE_COMMENT), HEX(ROUTINE_DEFINITION) FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE() ORDER BY 1" \
        "SELECT EVENT_NAME, HEX(EVENT_COMMENT) FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE()"; do
        [ "$(my_ask b "$sql")" = "$(my_ask a "$sql")" ]
    done
    [ "$(my_ask b "SELECT HEX(ROUTINE_COMMENT) FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE() AND ROUTINE_NAME = 'p'")" = 635C6427730A74776F5C6E ]
}

@test "a sequence keeps its engine" {
    local way
    my_new a
    my_ask a "CREATE SEQUENCE plain; CREATE SEQUENCE s START WITH 7 ENGINE=Aria; CREATE SEQUENCE m ENGINE=MyISAM; DO NEXTVAL(s)"
    ends_with 0 pd ddt "$my_url"
    for way in native no_native; do
        my_new "b_$way"
        ends_with 0 pd copy --sequences=exact "--${way/_/-}" "$(my_url_of a)" "$my_url"
        [ "$(my_ask "b_$way" "SELECT TABLE_NAME, ENGINE FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() ORDER BY 1" | tr '\t' '|' | tr '\n' ' ')" = "m|MyISAM plain|InnoDB s|Aria " ]
        [ "$(my_ask "b_$way" "SELECT NEXTVAL(s)")" = 1007 ]
    done
    ends_with 3 "$POLYDUMP" copy "$(my_url_of a)" sqlite:a.db
}

@test "what an archive says of a sequence runs nothing else without --native" {
    local made
    made=$(my_name made)
    my_new a
    my_ask a "CREATE SEQUENCE s ENGINE=Aria; CREATE TABLE t (id int PRIMARY KEY)"
    ends_with 0 pd dump --text "$my_url" a
    sed -i "s/ALTER TABLE \`s\` ENGINE = \`Aria\`/CREATE DATABASE $made/" a/tables.jsonl a/origin.jsonl
    python3 "$cli_folder/reseal.py" a file tables.jsonl || true
    python3 "$cli_folder/reseal.py" a file origin.jsonl || true
    grep -q "CREATE DATABASE $made" a/*.jsonl
    my_new b
    ends_with 3 "$POLYDUMP" restore --no-native a "$my_url"
    says "sequence engine 's': it is made with --native only"
    [ -z "$(my -N -e "SHOW DATABASES LIKE '$made'")" ]
}

@test "a view whose text is no UTF-8 is left out by its kind and name" {
    my_new a
    my_ask a "CREATE VIEW ve AS SELECT _latin1 x'e9' AS a"
    ends_with 3 "$POLYDUMP" dump "$my_url" a
    says "text that is not valid UTF-8 is not carried: view 've'"
}

@test "what the user may not read, and what stands in the way, is said at once" {
    user=$(my_name u)
    my_new a
    my_ask a "CREATE TABLE product (a int, b int)"
    my -e "CREATE USER '$user'@'%'; GRANT SELECT (a) ON $(my_name a).product TO '$user'@'%'"
    ends_with 1 "$POLYDUMP" dump "mariadb://$user@localhost/$(my_name a)?socket=$POLYDUMP_TEST_MARIADB_SOCKET" a
    [[ "$stderr" == *"user $user@% may not see how table 'product' is made: SHOW command denied"*"grant SELECT on the table"* ]]
    [[ "$stderr" != *"trying again"* ]]
    my_ask a 'CREATE TABLE x (a int) WITH SYSTEM VERSIONING; CREATE TABLE `x$history` (a int)'
    ends_with 1 "$POLYDUMP" dump "$(my_url_of a)" a
    [[ "$stderr" == *"the history of table 'x' is carried as table 'x\$history', which is there already; rename that"* ]]
    [[ "$stderr" != *"trying again"* ]]
}

@test "a target without room ends the run, and blames no row" {
    my_new a
    my_ask a "CREATE TABLE t (a int PRIMARY KEY); INSERT INTO t SELECT seq FROM seq_1_to_100"
    pd dump "$my_url" a
    my_new b
    my "$(my_name b)" <<'END'
CREATE TABLE t (a int PRIMARY KEY);
DELIMITER //
CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW IF NEW.a = 7 THEN SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1114, MESSAGE_TEXT = 'The table t is full'; END IF//
END
    complains 1 "table 't': while rows were written: The table t is full; make room on the server" -- pd restore --into=append --triggers=fire a "$my_url"
    [ "$(my_ask b "SELECT count(*) FROM t")" = 0 ]
}

@test "a double dump test keeps definers with --grants" {
    user=$(my_name u)
    my_new a
    my -e "CREATE USER '$user'@'%'"
    my_ask a "CREATE DEFINER='$user'@'%' PROCEDURE p() SELECT 1"
    ends_with 0 "$POLYDUMP" ddt --native --grants "$my_url"
    ends_with 3 "$POLYDUMP" ddt --native "$my_url"
    says "procedure 'p': its definer is whoever restores, use --grants to keep it"
}

# An umlaut as one byte, as whoever typed it had it; the quotes that gbk, whose second bytes may be
# backslashes, has around such a letter; and what is ASCII in most character sets.
typed()
{
    my_new "$1"
    printf "SET NAMES latin1; CREATE PROCEDURE p_\344() COMMENT '\344' SELECT '\344', _latin1'x'; CREATE VIEW v AS SELECT '\344' AS \`\344\`;
        CREATE TABLE t (a int, b varchar(9)); CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.b = '\344';
        CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2037-01-01' DISABLE DO SELECT '\344';
        SET NAMES gbk; CREATE FUNCTION g() RETURNS text CHARACTER SET utf8mb4 RETURN '\225\\\\';
        SET NAMES utf8mb3; CREATE FUNCTION f() RETURNS int RETURN 1; CREATE FUNCTION f2() RETURNS text CHARACTER SET utf8mb4 RETURN '\303\244'" |
        my --default-character-set=latin1 "$(my_name "$1")"
}

@test "each object is typed again in the character set that it was typed in" {
    local what
    typed a
    ends_with 0 pd ddt --native "$my_url"
    my_new b
    ends_with 0 pd copy --native "$(my_url_of a)" "$my_url"
    for what in "VIEW v" "PROCEDURE p_ä" "FUNCTION f" "FUNCTION f2" "FUNCTION g" "EVENT e"; do
        my_ask a "SHOW CREATE $what" | sed "s/$(my_name a)/D/g" >a.shown
        my_ask b "SHOW CREATE $what" | sed "s/$(my_name b)/D/g" >b.shown
        diff a.shown b.shown
    done
    diff <(my_ask a "SHOW CREATE TRIGGER tr" | cut -f 1-6) <(my_ask b "SHOW CREATE TRIGGER tr" | cut -f 1-6)
    my_ask b "SHOW CREATE PROCEDURE p_ä" | grep -q "latin1.latin1_swedish_ci"
    my_ask b "SHOW CREATE FUNCTION g" | grep -q "gbk.gbk_chinese_ci"
    [ "$(my_ask b "SELECT HEX(body), HEX(name) FROM mysql.proc WHERE db = DATABASE() ORDER BY name")" = "$(my_ask a "SELECT HEX(body), HEX(name) FROM mysql.proc WHERE db = DATABASE() ORDER BY name")" ]
    [ "$(my_ask b "SELECT HEX(g())")" = "$(my_ask a "SELECT HEX(g())")" ]
    [ "$(my_ask b "INSERT INTO t VALUES (1, ''); SELECT b FROM t")" = ä ]
    # What a failed replacement puts back is typed so, too.
    my_ask b "SELECT HEX(body) FROM mysql.proc WHERE db = DATABASE() ORDER BY name" >before
    my_new c
    my_ask c "CREATE FUNCTION g() RETURNS int RETURN 2; CREATE PROCEDURE p_ä() SELECT 1; CREATE DEFINER=nobody@nowhere VIEW v AS SELECT 1 AS a"
    pd dump "$my_url" c
    complains 1 "view 'v': its definer is not there" -- pd restore --native --grants --into=replace c "$(my_url_of b)"
    my_ask b "SELECT HEX(body) FROM mysql.proc WHERE db = DATABASE() ORDER BY name" >after
    diff before after
}

@test "a connection that is killed is named once, with the table that it wrote" {
    my_new a
    my_ask a "CREATE TABLE t (a int PRIMARY KEY); INSERT INTO t SELECT seq FROM seq_1_to_100"
    pd dump "$my_url" a
    my_new b
    my "$(my_name b)" <<'END'
CREATE TABLE t (a int PRIMARY KEY);
DELIMITER //
CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW IF NEW.a = 7 THEN KILL CONNECTION_ID(); END IF//
END
    complains 1 "table 't': while rows were written: " -- pd restore --into=append --triggers=fire a "$my_url"
    [[ "$stderr" != *"table 't': table"* ]]
    [ "$(my_ask b "SELECT count(*) FROM t")" = 0 ]
}

@test "a key that descends, and the index of a foreign key beside a check that is refused, come back by way of others" {
    my_new a
    my_ask a "CREATE TABLE t (a int, b int, PRIMARY KEY (a, b DESC)); INSERT INTO t VALUES (1, 2)"
    ends_with 0 pd ddt "$my_url"
    pg_new p
    ends_with 3 "$POLYDUMP" copy "$my_url" "$pg_url"
    says "key 'a' of table 't': all its columns ascend here"
    [ "$(pg_ask p "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 't'::regclass")" = "PRIMARY KEY (a, b)" ]
    ends_with 3 pd ddt --via=postgresql:///postgres "$my_url"
    pg_new q
    pg_ask q "CREATE TABLE par (n numeric UNIQUE); CREATE TABLE kid (id serial PRIMARY KEY, n numeric REFERENCES par (n), CONSTRAINT ck CHECK (id > 0))"
    my_new b
    ends_with 3 pd ddt --via "$my_url" "$pg_url"
}

@test "a key without overlaps is unique with its period elsewhere" {
    my_new a
    my_ask a "CREATE TABLE a1 (room int, s date, e date, PERIOD FOR p (s, e), PRIMARY KEY (room, p WITHOUT OVERLAPS)); INSERT INTO a1 VALUES (1, '2024-01-01', '2024-01-02'), (1, '2024-01-02', '2024-01-03')"
    ends_with 0 pd ddt "$my_url"
    ends_with 3 "$POLYDUMP" copy "$my_url" sqlite:o.db
    says "primary key 'room' of 'a1': it is made of its columns alone"
    [ "$(sqlite3 o.db "SELECT group_concat(name) FROM pragma_table_info('a1') WHERE pk")" = room,s,e ]
    ends_with 3 pd ddt --via sqlite:p.db "$my_url"
}

@test "bytes of another character set that would be other text are carried as bytes" {
    my_new a
    my_ask a "CREATE TABLE t (id int PRIMARY KEY, v varchar(10) CHARACTER SET sjis); INSERT INTO t VALUES (1, x'433A5C78'), (2, 'x'), (3, x'8341')"
    pg_new p
    complains 1 "column 'v'" "use --misfit=carrier" -- pd copy "$my_url" "$pg_url"
    ends_with 3 pd copy --misfit=carrier "$my_url" "$pg_url"
    [ "$(pg_ask p "SELECT string_agg(encode(v, 'hex'), ' ' ORDER BY id) FROM t")" = "ff623a433a5c78 78 e382a2" ]
    ends_with 3 pd ddt --misfit=carrier --via=postgresql:///postgres "$my_url"
    # SQLite has no carrier for them, so nothing advises one, and the way out that is told is one.
    ends_with 1 "$POLYDUMP" plan "$my_url" o.db
    grep -q "v .*refused.*convert it to utf8mb4 in the source" <<<"$output"
    local option
    for option in stop carrier; do
        complains 1 "row 1: column 'v': its bytes, of another character set, would be other text here: convert the column to utf8mb4 in the source, or have such rows set aside by --rejects" "; \`polydump plan\` lists all such columns" -- \
            pd copy --misfit="$option" "$my_url" o.db
        only_here
    done
    ends_with 3 pd copy --rejects left "$my_url" o.db
    [ "$(sqlite3 o.db "SELECT group_concat(id) FROM t")" = 2,3 ]
    my_ask a "ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4"
    ends_with 3 pd copy --into=replace "$my_url" o.db
    [ "$(sqlite3 o.db "SELECT v FROM t WHERE id = 1")" = 'C:\x' ]
}

@test "sums and products of integers have as many bits in PostgreSQL" {
    my_new a
    my_ask a "CREATE TABLE g (a int PRIMARY KEY, b int, c bigint AS (a * b) STORED, d bigint AS ((a - b) * (b + a) + 1) STORED, CHECK (a + b > 5)); INSERT INTO g (a, b) VALUES (2147483647, 2147483646)"
    pg_new p
    ends_with 0 pd copy "$my_url" "$pg_url"
    [ "$(pg_ask p "SELECT c, d FROM g")" = "$(my_ask a "SELECT CONCAT_WS('|', c, d) FROM g")" ]
    ends_with 0 pd ddt --via=postgresql:///postgres "$my_url"
    my_new b
    my_ask b "CREATE TABLE g (a int PRIMARY KEY, b int, s smallint, c bigint AS (a + 1) STORED, d bigint AS (1 + a) STORED, e bigint AS (a * -5 - b) STORED, f bigint AS (coalesce(a, 0) * 2) STORED,
        g bigint AS (coalesce(a, b) * b) STORED, h bigint AS (b * coalesce(a, b)) STORED, i bigint AS (CASE WHEN a > 0 THEN a ELSE b END + 1) STORED, j bigint AS (2000000000 * 2 - a) STORED, k bigint AS (s * 2) STORED,
        l bigint AS (2 * a * 3) STORED, m bigint AS (-a - 2147483647) STORED, n bigint AS (a + 5000000000) STORED, CHECK (a + 1 > b)); INSERT INTO g (a, b, s) VALUES (2147483647, 2147483646, 32767)"
    pg_new q
    ends_with 0 pd copy "$my_url" "$pg_url"
    [ "$(pg_ask q "SELECT * FROM g")" = "$(my_ask b "SELECT * FROM g" | tr '\t' '|')" ]
    ends_with 0 pd ddt --via=postgresql:///postgres "$my_url"
}

@test "the smallest integer has as many bits in PostgreSQL: as a literal, its opposite, its absolute value" {
    my_new a
    my_ask a "CREATE TABLE t (id int PRIMARY KEY, i int, s smallint, k bigint AS (-2147483648 * s) STORED, m bigint AS (-i) STORED, n bigint AS (abs(i)) STORED, o bigint AS (abs(i) * abs(s)) STORED, p bigint AS (-s - 1) STORED, q bigint AS (2 * -i) STORED, r bigint AS (abs(-i)) STORED,
        CHECK (i + -2147483648 <> 5), CHECK (-i <> 7), CHECK (abs(i) + abs(s) > 1)); INSERT INTO t (id, i, s) VALUES (1, -2147483648, 3), (2, -2147483648, -32768)"
    pg_new p
    ends_with 0 pd copy "$my_url" "$pg_url"
    [ "$(pg_ask p "SELECT * FROM t ORDER BY id")" = "$(my_ask a "SELECT * FROM t ORDER BY id" | tr '\t' '|')" ]
    ends_with 0 pd ddt --via=postgresql:///postgres "$my_url"
}

@test "JSON that PostgreSQL does not read is refused beforehand, with its row, or carried as text" {
    my_new a
    my_ask a "CREATE TABLE t (id int PRIMARY KEY, j json); INSERT INTO t VALUES (1, '{\"a\": [1, -0.5e3]}'), (2, '[1.,-0]'), (3, '\"\\\\a\"')"
    [ "$(my_ask a "SELECT COUNT(*) FROM t WHERE JSON_VALID(j)")" = 3 ]
    pg_new p
    ends_with 1 "$POLYDUMP" plan "$my_url" "$pg_url"
    grep -q "j .*json .*refused.*JSON that PostgreSQL does not read, such as 1., is in it; --misfit=carrier" <<<"$output"
    complains 1 "table 't'" "row 2: column 'j' (json), '[1.,-0]': it is no JSON that the server reads; use --misfit=carrier" -- pd copy "$my_url" "$pg_url"
    [ "$(pg_ask p "SELECT count(*) FROM pg_class WHERE relname = 't'")" = 0 ]
    pg_ask p "CREATE TABLE t (id int PRIMARY KEY, j json)"
    complains 1 "column 'j' (json), '[1.,-0]': it is no JSON that the server reads; correct the source" -- pd copy "$my_url" "$pg_url"
    pg_ask p "DROP TABLE t"
    pd dump "$my_url" archive
    ends_with 1 "$POLYDUMP" plan archive "$pg_url"
    grep -q "refused.*JSON that PostgreSQL" <<<"$output"
    ends_with 3 pd copy --rejects left "$my_url" "$pg_url"
    [ "$(pg_ask p "SELECT count(*), min(j::text) FROM t")" = '1|{"a": [1, -0.5e3]}' ]
    pg_ask p "DROP TABLE t"
    ends_with 0 pd copy --misfit=carrier "$my_url" "$pg_url"
    [ "$(pg_ask p "SELECT string_agg(j, ' ' ORDER BY id) FROM t")" = "$(my_ask a "SELECT GROUP_CONCAT(j ORDER BY id SEPARATOR ' ') FROM t" | sed 's/\\\\/\\/g')" ]
    ends_with 0 pd copy "$my_url" o.db
    [ "$(sqlite3 o.db "SELECT j FROM t WHERE id = 2")" = "[1.,-0]" ]
}
