#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What of a PostgreSQL database is easily lost without a word: it is carried, or told.

load polydump

teardown()
{
    pg_clean
}

# both SQL - databases a with that in it and b with nothing.
both()
{
    pg_new a
    from=$pg_url
    pg_ask a "$1"
    pg_new b
}

@test "sequences of text columns are repaired past the highest number among their texts" {
    both "CREATE SEQUENCE s; CREATE TABLE t (id text DEFAULT nextval('s') PRIMARY KEY, v int);
        INSERT INTO t VALUES ('9', 1), ('10', 2), ('x', 3);
        CREATE TABLE u (id varchar(9) PRIMARY KEY); CREATE SEQUENCE su OWNED BY u.id; ALTER TABLE u ALTER id SET DEFAULT nextval('su');
        INSERT INTO u VALUES ('7'), ('12')"
    ends_with 0 pd copy "$from" "$pg_url" --native --sequences=repair
    [ "$(pg_ask b 'INSERT INTO t (v) VALUES (4) RETURNING id')" = 11 ]
    [ "$(pg_ask b 'INSERT INTO u DEFAULT VALUES RETURNING id')" = 13 ]
    pg_new c
    pg_ask c "CREATE SEQUENCE s; CREATE TABLE t (id text DEFAULT nextval('s') PRIMARY KEY, v int)"
    ends_with 0 pd copy "$from" "$pg_url" --only t --into=append
    [ "$(pg_ask c 'INSERT INTO t (v) VALUES (4) RETURNING id')" = 11 ]
}
