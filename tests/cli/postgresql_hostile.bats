#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Databases whose users would like to run something as whoever dumps them.

load polydump

teardown()
{
    pg_clean
    psql -Xq -d postgres -c "DROP ROLE IF EXISTS $(pg_name robber), $(pg_name reader)" 2>/dev/null
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

# Calls of stolen() are counted even when their transaction is read only and rolled back.
@test "functions in indexes and statistics do not run as whoever dumps" {
    local robber reader
    robber=$(pg_name robber)
    reader=$(pg_name reader)
    pg_new a
    psql -Xq -d postgres -c "CREATE ROLE $robber" -c "CREATE ROLE $reader LOGIN IN ROLE pg_read_all_data" \
        -c "ALTER DATABASE $(pg_name a) SET track_functions = 'all'"
    pg_ask a "
CREATE SCHEMA m AUTHORIZATION $robber;
SET ROLE $robber;
CREATE FUNCTION m.stolen() RETURNS void LANGUAGE plpgsql AS \$\$ BEGIN END \$\$;
CREATE FUNCTION m.evil(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS \$\$ BEGIN IF current_user <> '$robber' THEN PERFORM m.stolen(); END IF; RETURN \$1; END \$\$;
CREATE OPERATOR m.@# (RIGHTARG = int, FUNCTION = m.evil);
CREATE DOMAIN m.odd AS int CHECK (m.evil(VALUE) > 0);
CREATE TABLE m.expression (id int PRIMARY KEY, x int);
CREATE INDEX ON m.expression ((x + m.evil(1)));
CREATE TABLE m.predicate (id int PRIMARY KEY, x int);
CREATE INDEX ON m.predicate (id) WHERE x > OPERATOR(m.@#) 2;
CREATE TABLE m.domain (id int PRIMARY KEY, x int);
CREATE INDEX ON m.domain ((x + 3::m.odd));
CREATE TABLE m.statistic (id int PRIMARY KEY, x int);
CREATE STATISTICS m.s ON (x + m.evil(4)), id FROM m.statistic;
CREATE TABLE m.checked (id int PRIMARY KEY, x int CHECK (x > m.evil(-5)));
CREATE TABLE m.parts (id int PRIMARY KEY, x int) PARTITION BY RANGE (id);
CREATE TABLE m.part1 PARTITION OF m.parts FOR VALUES FROM (0) TO (10);
CREATE TABLE m.part2 PARTITION OF m.parts FOR VALUES FROM (10) TO (20);
CREATE INDEX ON m.part1 ((x + m.evil(6)));
INSERT INTO m.expression SELECT i, i FROM generate_series(1, 300000) i;
INSERT INTO m.predicate VALUES (1, 1);
INSERT INTO m.statistic VALUES (1, 1);
INSERT INTO m.checked VALUES (1, 1);
INSERT INTO m.parts VALUES (1, 1), (11, 11);
RESET ROLE;
CREATE TABLE plain (id int PRIMARY KEY);
INSERT INTO plain VALUES (7);
SELECT pg_stat_reset();"
    ends_with 3 pd dump "$pg_url" a
    ends_with 3 pd dump "$pg_url" b --facts=engine --order=key --jobs=2
    ends_with 3 pd dump "$pg_url" c --facts=engine --where "parts: x = 11"
    [ "$(pg_ask a "SELECT coalesce(sum(calls), 0) FROM pg_stat_user_functions WHERE funcname = 'stolen'")" = 0 ]
    [ "$(pg_ask a "SELECT sum(calls) > 0 FROM pg_stat_user_functions WHERE funcname = 'evil'")" = t ]
    [ "$(pd cat b plain)" = '{"id":7}' ]
    PGUSER=$reader complains 1 "an index or statistics" "'$robber'" -- pd dump "$pg_url" d
}
