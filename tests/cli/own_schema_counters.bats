#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What an application's own tables count by in PostgreSQL, however its defaults name it; triggers that
# fire find what the application's sessions find; and nothing is missed that is never made there.

load polydump

teardown()
{
    [ -z "${PGHOST-}" ] || pg_clean
    [ -z "${POLYDUMP_TEST_MARIADB_SOCKET-}" ] || my_clean
}

# nexts NAME - the next number of each of three tables.
nexts()
{
    pg_ask "$1" "INSERT INTO a (v) VALUES ('n') RETURNING id"
    pg_ask "$1" "INSERT INTO b (v) VALUES ('n') RETURNING id"
    pg_ask "$1" "INSERT INTO c (v) VALUES ('n') RETURNING id"
}

own_counters="CREATE SEQUENCE a_seq; CREATE TABLE a (id int PRIMARY KEY DEFAULT nextval('a_seq'::text), v text);
    CREATE DOMAIN uint AS bigint CHECK (VALUE >= 0); CREATE SEQUENCE b_seq;
    CREATE TABLE b (id uint PRIMARY KEY DEFAULT nextval('b_seq'), v text); ALTER SEQUENCE b_seq OWNED BY b.id;
    CREATE SCHEMA \"Other's\"; CREATE SEQUENCE \"Other's\".\"The Seq\";
    CREATE TABLE c (id int PRIMARY KEY DEFAULT nextval(('\"Other''s\".\"The Seq\"'::text)::regclass), v text)"

@test "sequences that a default names by a text, and those of columns of a domain, go behind the highest key" {
    local into
    database m.db <<<"CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT); INSERT INTO a (v) VALUES ('x'), ('y'), ('z');
        CREATE TABLE b (id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT); INSERT INTO b SELECT * FROM a;
        CREATE TABLE c (id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT); INSERT INTO c SELECT * FROM a"
    pg_new m
    pg_ask m "$own_counters"
    ends_with 0 pd copy m.db "$pg_url"
    [ "$(nexts m | tr '\n' ' ')" = "4 4 4 " ]
    for into in truncate "append --on-conflict=skip" "truncate --sequences=repair"; do
        pg_ask m "TRUNCATE a, b, c; SELECT setval('a_seq', 1, false), setval('b_seq', 1, false), setval('\"Other''s\".\"The Seq\"', 1, false)"
        ends_with 0 pd copy m.db "$pg_url" --into=${into}
        [ "$(nexts m | tr '\n' ' ')" = "4 4 4 " ]
    done
    # From PostgreSQL too.
    pg_new n
    pg_ask n "$own_counters"
    ends_with 0 pd copy "postgresql:$(pg_name m)" "$pg_url"
    [ "$(nexts n | tr '\n' ' ')" = "5 5 5 " ]
    # A run that fails leaves them as they were.
    sqlite3 m.db "CREATE TABLE d (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO d VALUES (1, 'far too long')"
    pg_ask n "TRUNCATE a, b, c; SELECT setval('a_seq', 70), setval('b_seq', 71); CREATE TABLE d (id int PRIMARY KEY, v varchar(3))"
    ends_with 1 pd copy m.db "$pg_url"
    [ "$(nexts n | tr '\n' ' ')" = "71 72 6 " ]
}

@test "a sequence that is named by a text is looked for as the application's sessions would" {
    database m.db <<<"CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT); INSERT INTO a (v) VALUES ('x'), ('y'), ('z')"
    pg_new m
    pg_ask m "CREATE SCHEMA app; CREATE SCHEMA late; CREATE SEQUENCE late.s; CREATE SEQUENCE app.s;
        ALTER DATABASE $(pg_name m) SET search_path = app, late, public;
        CREATE TABLE public.a (id int PRIMARY KEY DEFAULT nextval('s'::text), v text, also int NOT NULL DEFAULT nextval('S'::text) + 0)"
    ends_with 0 pd copy m.db "$pg_url"
    [ "$(pg_ask m "INSERT INTO a (v) VALUES ('n') RETURNING id")" -gt 3 ]
    [ "$(pg_ask m "SELECT is_called FROM late.s")" = f ]
    # One that is beside the table as well is not to be chosen from.
    pg_ask m "TRUNCATE a; CREATE SEQUENCE public.s; ALTER SEQUENCE app.s RESTART"
    ends_with 3 "$POLYDUMP" copy m.db "$pg_url"
    [[ "$stderr" == *"counter of column 'id' of table 'a': "*"'s'"*"two sequences"* ]]
    # Nor one that nobody has.
    pg_ask m "TRUNCATE a; DROP SEQUENCE public.s, app.s, late.s; ALTER TABLE a DROP also"
    ends_with 3 "$POLYDUMP" copy m.db "$pg_url"
    [[ "$stderr" == *"counter of column 'id' of table 'a': "*"'s'"*"no sequence"* ]]
}

@test "a default of a domain counts, and a key's default that calls what nobody knows is told" {
    database m.db <<<"CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT); INSERT INTO a (v) VALUES ('x'), ('y'), ('z');
        CREATE TABLE b (id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT); INSERT INTO b SELECT * FROM a"
    pg_new m
    pg_ask m "CREATE SEQUENCE s; CREATE SEQUENCE r; CREATE DOMAIN own AS int DEFAULT nextval('s'); CREATE DOMAIN owner AS own DEFAULT nextval('r'::text);
        CREATE TABLE a (id own PRIMARY KEY, v text); CREATE TABLE b (id owner PRIMARY KEY, v text)"
    ends_with 0 pd copy m.db "$pg_url"
    [ "$(pg_ask m "INSERT INTO a (v) VALUES ('n') RETURNING id; INSERT INTO b (v) VALUES ('n') RETURNING id" | tr '\n' ' ')" = "4 4 " ]
    # It is not called.
    pg_new n
    pg_ask n "CREATE SEQUENCE s; CREATE FUNCTION \"Next\"() RETURNS int LANGUAGE sql AS 'SELECT nextval(''public.s'')::int';
        CREATE TABLE a (id int PRIMARY KEY DEFAULT \"Next\"(), v text DEFAULT \"Next\"()::text);
        CREATE TABLE b (id int PRIMARY KEY DEFAULT nextval('s'), v text DEFAULT gen_random_uuid()::text UNIQUE)"
    ends_with 3 "$POLYDUMP" copy m.db "$pg_url"
    [[ "$stderr" == *"counter of column 'id' of table 'a': "*"public.\"Next\"()"* ]]
    [[ "$stderr" != *"column 'v'"* ]]
    [ "$(pg_ask n "SELECT last_value FROM s")" = 3 ]
    pg_ask n "DROP TABLE b; ALTER SEQUENCE s RESTART; TRUNCATE a"
    ends_with 3 "$POLYDUMP" copy m.db "$pg_url" --exclude b
    [ "$(pg_ask n "SELECT is_called FROM s")" = f ]
}

@test "triggers that fire find the tables that the application's own sessions find" {
    database h.db <<<"CREATE TABLE h (id INTEGER PRIMARY KEY, n TEXT, nu TEXT); INSERT INTO h (id, n) VALUES (1, 'a'), (2, 'b')"
    pg_new h
    pg_ask h "CREATE TABLE h (id int PRIMARY KEY, n text, nu text); CREATE TABLE log (id int);
        CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN UPDATE h SET nu = upper(n) WHERE id = new.id; RETURN null; END';
        CREATE TRIGGER t AFTER INSERT ON h FOR EACH ROW EXECUTE FUNCTION f();
        CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO log VALUES (1); RETURN null; END';
        CREATE CONSTRAINT TRIGGER u AFTER INSERT ON h DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION g();
        CREATE TRIGGER w AFTER DELETE OR TRUNCATE ON h EXECUTE FUNCTION g()"
    ends_with 3 pd copy --triggers=fire h.db "$pg_url"
    [ "$(pg_ask h "SELECT string_agg(nu, ' ' ORDER BY id), (SELECT count(*) FROM log) FROM h")" = "A B|2" ]
    ends_with 3 pd copy --triggers=fire h.db "$pg_url" --into=truncate
    [ "$(pg_ask h "SELECT string_agg(nu, ' ' ORDER BY id), (SELECT count(*) FROM log) FROM h")" = "A B|5" ]
    # Rows that the server refuses are told as ever, and the path is nobody else's.
    pg_ask h "TRUNCATE h; ALTER TABLE h ADD CHECK (n <> 'a')"
    ends_with 3 pd copy --triggers=fire h.db "$pg_url" --rejects left
    [ "$(pg_ask h "SELECT string_agg(nu, ' ' ORDER BY id) FROM h")" = "B" ]
    # Where statements of polydump would run under that path, they do not, and it is said why.
    pg_ask h "ALTER TABLE h DROP CONSTRAINT h_n_check; DELETE FROM h"
    complains 1 "'h'" "trigger" "f()" "ALTER FUNCTION" -- pd copy --triggers=fire h.db "$pg_url" --into=append --on-conflict=skip
    pg_ask h "ALTER FUNCTION f() SET search_path = public; ALTER FUNCTION g() SET search_path = public"
    ends_with 0 pd copy --triggers=fire h.db "$pg_url" --into=append --on-conflict=skip
    [ "$(pg_ask h "SELECT string_agg(nu, ' ' ORDER BY id) FROM h")" = "A B" ]
}

@test "the path of an application is not that of polydump's own statements" {
    database h.db <<<"CREATE TABLE h (id INTEGER PRIMARY KEY, n TEXT); INSERT INTO h (id, n) VALUES (1, 'a'), (2, 'b')"
    pg_new h
    pg_ask h "CREATE TABLE h (id varchar PRIMARY KEY DEFAULT nextval('s'::text)::varchar, n varchar UNIQUE); CREATE SEQUENCE s; CREATE SCHEMA bad; CREATE TABLE bad.log (t text);
        CREATE FUNCTION bad.seen(varchar, varchar) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN INSERT INTO bad.log VALUES (''=''); RETURN true; END';
        CREATE OPERATOR bad.= (LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = bad.seen);
        CREATE FUNCTION bad.max(varchar) RETURNS varchar LANGUAGE plpgsql AS 'BEGIN INSERT INTO bad.log VALUES (''max''); RETURN \$1; END';
        CREATE FUNCTION bad.count(int) RETURNS bigint LANGUAGE plpgsql AS 'BEGIN INSERT INTO bad.log VALUES (''count''); RETURN 1; END';
        CREATE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM count(*) FROM h; RETURN new; END';
        CREATE TRIGGER t BEFORE INSERT ON h FOR EACH ROW EXECUTE FUNCTION public.f();
        ALTER DATABASE $(pg_name h) SET search_path = bad, public"
    ends_with 0 pd copy --triggers=fire h.db "$pg_url"
    [ "$(pg_ask h "SELECT count(*) FROM bad.log")" = 0 ]
    [ "$(pg_ask h "INSERT INTO h (n) VALUES ('z') RETURNING id")" = 3 ]
}

@test "into tables that are there, what is never made there is not missed, whatever --into" {
    local into
    my_new o
    my_ask o "CREATE TABLE t (id int PRIMARY KEY, at timestamp DEFAULT current_timestamp ON UPDATE current_timestamp); INSERT INTO t VALUES (1, '2024-02-29 12:00:00'); CREATE VIEW w AS SELECT id FROM t"
    pg_new n
    pg_ask n "CREATE TABLE t (id int PRIMARY KEY, at timestamptz)"
    for into in truncate append truncate replace; do
        [ "$into" != append ] || pg_ask n "TRUNCATE t"
        ends_with 0 pd plan "$my_url" "$pg_url" --into=$into --data-only
        [ "$into" != replace ] || continue
        ends_with 0 "$POLYDUMP" copy "$my_url" "$pg_url" --into=$into
        [[ "$stderr" != *"left out"* ]]
        ends_with 0 "$POLYDUMP" plan "$my_url" "$pg_url" --into=$into
        [[ "$stderr$output" != *"on update"* ]]
    done
    pg_new o
    pg_ask o "CREATE TABLE t (id int PRIMARY KEY); CREATE VIEW w AS SELECT id FROM t; GRANT SELECT ON t TO PUBLIC; INSERT INTO t VALUES (1)"
    pg_new p
    pg_ask p "CREATE TABLE t (id int PRIMARY KEY)"
    for into in append truncate; do
        ends_with 0 "$POLYDUMP" copy --no-native "postgresql:$(pg_name o)" "$pg_url" --into=$into
        [[ "$stderr" != *"left out"* ]]
    done
}
