#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Databases whose users would like to run something as whoever dumps them.

load polydump

teardown()
{
    pg_clean
    psql -Xq -d postgres -c "DROP ROLE IF EXISTS $(pg_name robber), $(pg_name reader), $(pg_name thief)" 2>/dev/null
}

@test "casts, operators and functions of users are not run by a dump" {
    pg_new a
    pg_ask a "
CREATE TABLE seen (who text);
CREATE TYPE pair AS (a int, b text);
CREATE FUNCTION public.spy(text) RETURNS text LANGUAGE sql AS \$\$ INSERT INTO public.seen VALUES (current_user || ' ' || \$1); SELECT \$1 \$\$;
CREATE FUNCTION cast_pair(pair) RETURNS text LANGUAGE plpgsql AS \$\$ BEGIN PERFORM nextval('public.called'); RETURN 'stolen'; END \$\$;
CREATE SEQUENCE called;
CREATE CAST (pair AS text) WITH FUNCTION cast_pair(pair) AS IMPLICIT;
CREATE FUNCTION public.lower(varchar) RETURNS text LANGUAGE plpgsql AS \$\$ BEGIN PERFORM nextval('public.called'); RETURN 'x'; END \$\$;
CREATE FUNCTION public.count(text) RETURNS bigint LANGUAGE plpgsql AS \$\$ BEGIN PERFORM nextval('public.called'); RETURN 0; END \$\$;
CREATE TABLE t (id int PRIMARY KEY, p pair, q pair[]);
INSERT INTO t VALUES (1, ROW(1, 'one'), ARRAY[ROW(2, NULL)::pair]), (2, NULL, NULL), (3, ROW(NULL, NULL), '{}');"
    ends_with 0 pd dump "$pg_url" a --facts=engine --order=key
    [ "$(pg_ask a "SELECT is_called FROM called")" = f ]
    [ "$(pd cat a t)" = '{"id":1,"p":"(1,one)","q":"{\"(2,)\"}"}
{"id":2,"p":null,"q":null}
{"id":3,"p":"(,)","q":"{}"}' ]
}

# hostile_new - a database with two roles. That somebody else than its owner calls m.evil() is counted,
# even when the transaction is read only and rolled back; it would make a role and tell on whom.
hostile_new()
{
    robber=$(pg_name robber)
    reader=$(pg_name reader)
    pg_new a
    psql -Xq -d postgres -c "CREATE ROLE $robber LOGIN" -c "CREATE ROLE $reader LOGIN IN ROLE pg_read_all_data" \
        -c "ALTER DATABASE $(pg_name a) SET track_functions = 'all'"
    pg_ask a "
CREATE TABLE loot (who text);
GRANT SELECT ON loot TO public;
CREATE SCHEMA m AUTHORIZATION $robber;"
    PGUSER=$robber pg_ask a "
CREATE FUNCTION m.stolen() RETURNS void LANGUAGE plpgsql AS \$\$ BEGIN END \$\$;
CREATE FUNCTION m.evil(text) RETURNS int IMMUTABLE LANGUAGE plpgsql AS \$\$ BEGIN
  IF current_user <> '$robber' OR session_user <> '$robber' THEN
    PERFORM m.stolen();
    BEGIN PERFORM set_config('role', 'none', true), set_config('transaction_read_only', 'off', true); EXCEPTION WHEN OTHERS THEN NULL; END;
    BEGIN INSERT INTO public.loot VALUES (\$1 || ' ' || current_user); EXCEPTION WHEN OTHERS THEN NULL; END;
    BEGIN EXECUTE 'CREATE ROLE $(pg_name thief) SUPERUSER'; EXCEPTION WHEN OTHERS THEN NULL; END;
  END IF;
  RETURN 1; END \$\$;"
}

# nothing_ran - nobody else called m.evil() since the statistics were reset.
nothing_ran()
{
    [ "$(pg_ask a "SELECT coalesce(sum(calls), 0) FROM pg_stat_user_functions WHERE funcname = 'stolen'")" = 0 ] &&
        [ "$(pg_ask a "SELECT count(*) FROM loot")" = 0 ] &&
        [ "$(pg_ask a "SELECT count(*) FROM pg_roles WHERE rolname = '$(pg_name thief)'")" = 0 ]
}

@test "functions in indexes, statistics, checks and partition keys do not run when their table is read" {
    local robber reader
    hostile_new
    PGUSER=$robber pg_ask a "
CREATE FUNCTION m.same(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS \$\$ BEGIN RETURN \$1 + m.evil('same') - 1; END \$\$;
CREATE OPERATOR m.@# (RIGHTARG = text, FUNCTION = m.evil);
CREATE DOMAIN m.odd AS int CHECK (m.evil(VALUE::text) > 0);
CREATE TYPE m.pair AS (a int, b m.odd);
CREATE FUNCTION m.pair_text(m.pair) RETURNS text LANGUAGE plpgsql IMMUTABLE AS \$\$ BEGIN PERFORM m.evil('cast'); RETURN 'stolen'; END \$\$;
CREATE CAST (m.pair AS text) WITH FUNCTION m.pair_text(m.pair) AS IMPLICIT;
CREATE TABLE m.expression (id int PRIMARY KEY, x int);
CREATE INDEX ON m.expression ((x + m.evil('index')));
CREATE TABLE m.predicate (id int PRIMARY KEY, x int);
CREATE INDEX ON m.predicate (id) WHERE x > OPERATOR(m.@#) 'pred';
CREATE TABLE m.domain (id int PRIMARY KEY, x m.odd, p m.pair);
CREATE INDEX ON m.domain ((x + 3::m.odd));
CREATE TABLE m.statistic (id int PRIMARY KEY, x int);
CREATE STATISTICS m.s ON (x + m.evil('stat')), id FROM m.statistic;
CREATE TABLE m.checked (id int PRIMARY KEY, x int CHECK (x > m.evil('check') - 9), y int GENERATED ALWAYS AS (x + m.evil('generated')) STORED, z int DEFAULT m.evil('default'));
CREATE TABLE m.parts (id int, x int) PARTITION BY RANGE ((m.same(id) + m.evil('key')));
CREATE TABLE m.part1 PARTITION OF m.parts FOR VALUES FROM (0) TO (10);
CREATE TABLE m.part2 PARTITION OF m.parts FOR VALUES FROM (10) TO (20);
CREATE INDEX ON m.part1 ((x + m.evil('leaf')));
CREATE TABLE m.nothing ();
INSERT INTO m.expression SELECT i, i FROM generate_series(1, 600000) i;
INSERT INTO m.predicate VALUES (1, 1);
INSERT INTO m.domain VALUES (1, 1, (2, 3)), (2, NULL, NULL);
INSERT INTO m.statistic VALUES (1, 1);
INSERT INTO m.checked VALUES (1, 1);
INSERT INTO m.parts VALUES (1, 1), (11, 11);
INSERT INTO m.nothing DEFAULT VALUES;"
    pg_ask a "
CREATE TABLE plain (id int PRIMARY KEY, x int);
INSERT INTO plain VALUES (7, 8);
GRANT SELECT ON plain TO public;
CREATE INDEX ON plain ((x + m.evil('of the superuser')));
TRUNCATE loot;
DROP ROLE IF EXISTS $(pg_name thief);"
    pg_ask a "SELECT pg_stat_reset()"
    quietly 3 pd dump "$pg_url" a
    ends_with 3 "$POLYDUMP" dump "$pg_url" b --facts=engine --order=key --jobs=2
    [[ "$stderr" = *"only counts its rows"*"'$robber'"*"--trust-owners"* ]]
    PGUSER=$reader ends_with 3 pd dump "$pg_url" c --jobs=2
    ends_with 3 pd ddt "$pg_url" --no-native
    ends_with 0 pd info "$pg_url"
    [[ "$output" = *"table m.expression: 600,000 rows"* ]]
    complains 1 "--where cannot choose rows of table 'parts'" 'function "m"."evil"("text")' "'$robber'" "--trust-owners" -- \
        pd dump "$pg_url" d --where "parts: x = 11"
    nothing_ran
    [ "$(pd cat b plain)" = '{"id":7,"x":8}' ]
    [ "$(pd cat b m.domain)" = '{"id":1,"x":1,"p":"(2,3)"}
{"id":2,"x":null,"p":null}' ]
    [ "$(pd cat b m.parts | sort)" = '{"id":1,"x":1}
{"id":11,"x":11}' ]
    [ "$(pd cat c m.expression | tail -n 1)" = '{"id":600000,"x":600000}' ]
    # Its owner, and whoever says so, reads it as any other.
    PGUSER=$robber ends_with 3 pd dump "$pg_url" e --only 'm.*' --facts=engine --where "parts: x = 11"
    [ "$(pd cat e m.parts)" = '{"id":11,"x":11}' ]
    ends_with 3 pd dump "$pg_url" f --facts=engine --trust-owners --where "parts: x = 11"
    ! nothing_ran
}

@test "an owner who adds an index while others are read does not have it run either" {
    local robber reader
    hostile_new
    pg_ask a "
CREATE TABLE first (id int PRIMARY KEY, x text);
INSERT INTO first SELECT i, repeat('x', 1000) FROM generate_series(1, 100000) i;"
    PGUSER=$robber pg_ask a "
CREATE TABLE m.late (id int PRIMARY KEY, x int);
INSERT INTO m.late VALUES (1, 2);"
    pd dump "$pg_url" a --jobs=1 &
    while [ -z "$(pg_ask a "SELECT 1 FROM pg_stat_activity WHERE application_name = 'polydump' AND query LIKE 'COPY%' AND datname = current_database()")" ]; do
        kill -0 $!
    done
    kill -STOP $!
    PGUSER=$robber pg_ask a "CREATE INDEX ON m.late ((x + m.evil('late'))); CREATE STATISTICS m.s ON (x + m.evil('stat')), id FROM m.late"
    pg_ask a "SELECT pg_stat_reset()"
    kill -CONT $!
    wait $! || [ $? -eq 3 ]
    nothing_ran
    [ "$(pd cat a m.late)" = '{"id":1,"x":2}' ]
}

# replace_sequence - in the background, a table takes the place of a sequence as soon as somebody
# waits for it.
replace_sequence()
{
    PGUSER=$robber psql -XAtq -v ON_ERROR_STOP=1 -d "$(pg_name a)" >/dev/null <<'END' &
BEGIN;
ALTER SEQUENCE m.s RENAME TO s2;
CREATE TABLE m.s (last_value bigint, log_cnt bigint, is_called bool);
CREATE INDEX ON m.s ((last_value + m.evil('sequence')));
SELECT pg_advisory_lock(7);
DO $$ BEGIN FOR i IN 1..200 LOOP
  EXIT WHEN EXISTS (SELECT 1 FROM pg_locks WHERE relation = 'm.s2'::regclass AND NOT granted);
  PERFORM pg_sleep(0.05);
END LOOP; END $$;
COMMIT;
END
    while [ -z "$(pg_ask a "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 7 AND granted")" ]; do
        kill -0 $!
    done
    pg_ask a "SELECT pg_stat_reset()"
}

@test "a table that takes the place of a sequence does not run functions of its indexes" {
    local robber reader
    hostile_new
    PGUSER=$robber pg_ask a "CREATE SEQUENCE m.s START 5; CREATE SEQUENCE m.t; SELECT nextval('m.t')"
    replace_sequence
    complains 1 "'s'" "dump again" -- pd dump "$pg_url" a
    wait
    nothing_ran
    PGUSER=$robber pg_ask a "DROP TABLE m.s; ALTER SEQUENCE m.s2 RENAME TO s; SELECT setval('m.s', 9, false)"
    ends_with 3 pd dump "$pg_url" b
    pg_new b
    ends_with 3 pd restore b "$pg_url" --no-native
    [ "$(pg_ask b "SELECT nextval('m.s'), nextval('m.t')")" = "9|2" ]
    pg_url=postgresql:$(pg_name a)
    replace_sequence
    run pd dump "$pg_url" c --trust-owners
    wait
    ! nothing_ran
}

@test "what is read without a plan is what is read with one" {
    local robber reader
    hostile_new
    pg_ask a "CREATE SCHEMA n AUTHORIZATION $robber"
    PGUSER=$robber pg_ask a "
CREATE TYPE n.pair AS (a int, b text);
CREATE TYPE n.mood AS ENUM ('sad', 'glad');
CREATE TABLE n.mixed (a n.pair, id int PRIMARY KEY, b text[], c text, d int4range, e n.mood, f tsvector, g bytea);
INSERT INTO n.mixed VALUES (ROW(1, E'tab\t\\\\back \"quote\"\nline\b\f\v\r'), 1, ARRAY[E'\\\\N', NULL, E'\\\\.', E'a\tb'], E'\\\\N', '[1,5)', 'glad', 'a b', '\\\\x00ff'),
 (NULL, 2, NULL, NULL, NULL, NULL, NULL, NULL), (ROW(NULL, ''), 3, '{}', '', 'empty', 'sad', '', '');
CREATE TABLE n.only_text (a n.pair, b text[]);
INSERT INTO n.only_text VALUES (ROW(1, E'\t'), ARRAY[E'\n']), (NULL, NULL), (ROW(NULL, NULL), '{}');
CREATE TABLE n.large (id int PRIMARY KEY, a text[], b text);
INSERT INTO n.large VALUES (1, ARRAY[repeat(E'\t', 3000000), repeat('y', 3000000)], repeat('z', 5000000)), (2, '{1}', 'x'), (3, NULL, repeat('u', 9000000));"
    ends_with 3 pd dump "$pg_url" a --order=key
    ends_with 3 pd dump "$pg_url" b --order=key --trust-owners
    ends_with 3 pd dump "$pg_url" c --jobs=3
    ends_with 0 pd diff a b
    ends_with 0 pd diff c b
    diff -r a b
}

@test "the same of all cases whose types PostgreSQL has" {
    local robber case cases=("$data_folder"/cases/*.pg.sql)
    robber=$(pg_name robber)
    psql -Xq -d postgres -c "CREATE ROLE $robber"
    is_long || cases=("${cases[*]#"$data_folder/"}") # all of them together
    for case in "${cases[@]#"$data_folder/"}"; do
        pg_clean
        # shellcheck disable=SC2086 # words
        pg_new a $case
        pg_ask a "SELECT format('ALTER TABLE %s OWNER TO $robber;', oid::regclass) FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace >= 16384 OR relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')" |
            psql -Xq -v ON_ERROR_STOP=1 -d "$(pg_name a)"
        # xml has a test of its own.
        pg_ask a "SELECT format('ALTER TABLE %s ALTER %I TYPE text;', attrelid::regclass, attname) FROM pg_attribute JOIN pg_class c ON c.oid = attrelid WHERE atttypid = 'xml'::regtype AND relkind = 'r' AND attislocal" |
            psql -Xq -v ON_ERROR_STOP=1 -d "$(pg_name a)"
        rm -rf plain planned
        pd dump "$pg_url" plain --order=key 2>plain.log || [ $? -eq 3 ]
        pd dump "$pg_url" planned --order=key --trust-owners 2>planned.log || [ $? -eq 3 ]
        diff plain.log planned.log
        diff -r plain planned
    done
}

@test "xml of others, which only a cast gives exactly, is not read inexactly" {
    local robber reader
    hostile_new
    PGUSER=$robber pg_ask a "
CREATE TABLE m.t (id int PRIMARY KEY, x xml);
INSERT INTO m.t VALUES (1, '<?xml version=\"1.0\"?><a/>');"
    complains 1 "column 'x' of table 't' is xml" "'$robber'" "--trust-owners" -- pd dump "$pg_url" a
    PGUSER=$robber ends_with 3 pd dump "$pg_url" b --only 'm.*'
    [ "$(pd cat b m.t)" = '{"id":1,"x":"<?xml version=\"1.0\"?><a/>"}' ]
}

@test "text without an encoding that is not valid UTF-8 is carried as bytes, by plan and copy alike" {
    psql -q -d postgres -c "CREATE DATABASE $(pg_name a) TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'"
    PGCLIENTENCODING=SQL_ASCII pg_ask a "CREATE TABLE u (k int PRIMARY KEY, v text, w varchar(9) DEFAULT 'x' CHECK (w <> 'no'), good text UNIQUE);
        INSERT INTO u VALUES (1, E'\\xe4', E'\\xff', 'a'), (2, 'é', 'b', NULL); CREATE INDEX ON u (v)"
    local from
    from=postgresql:$(pg_name a)
    pg_new b
    complains 1 "'u.v' (text)" "'u.w' (character varying(9))" "text that is not valid UTF-8 is in it" --misfit=carrier -- pd copy "$from" "$pg_url"
    ends_with 1 pd plan "$from" "$pg_url"
    [[ "$output$stderr" == *"text that is not valid UTF-8 is in it"* ]]
    ends_with 0 pd plan "$from" "$pg_url" --misfit=carrier
    [[ "$output" == *bytea* ]]
    ends_with 3 pd copy "$from" "$pg_url" --misfit=carrier
    [ "$(pg_ask b 'SELECT v, w, good FROM u ORDER BY k')" = $'\\xe4|\\xff|a\n\\xc3a9|\\x62|' ]
    pd dump "$from" d
    pg_new c
    complains 1 --misfit=carrier -- pd restore d "$pg_url"
    ends_with 3 pd restore d "$pg_url" --misfit=carrier
    [ "$(pg_ask c 'SELECT v, w, good FROM u ORDER BY k')" = $'\\xe4|\\xff|a\n\\xc3a9|\\x62|' ]
    ends_with 0 pd ddt "$from"
}

@test "a name that is not valid UTF-8 is refused with what it names and what helps" {
    psql -q -d postgres -c "CREATE DATABASE $(pg_name a) TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'"
    PGCLIENTENCODING=SQL_ASCII pg_ask a $'CREATE TABLE "t\xe4b" (a int)'
    complains 1 "'t\\xe4b', the name of a table, index or sequence, is not valid UTF-8" "ALTER ... RENAME" -- pd dump "postgresql:$(pg_name a)" d
    PGCLIENTENCODING=SQL_ASCII pg_ask a $'ALTER TABLE "t\xe4b" RENAME TO t; ALTER TABLE t RENAME a TO "\xe4"'
    complains 1 "'\\xe4', the name of a column, is not valid UTF-8" -- pd dump "postgresql:$(pg_name a)" d
}
