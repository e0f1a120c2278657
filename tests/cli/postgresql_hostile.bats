#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Databases whose users would like to run something as whoever dumps them.

load polydump

teardown()
{
    pg_clean
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
