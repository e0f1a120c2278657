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

@test "a foreign key to one partition is carried with --native, and told truthfully without" {
    both "CREATE SCHEMA s; CREATE TABLE p (a int PRIMARY KEY) PARTITION BY RANGE (a); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
        CREATE TABLE s.p2 PARTITION OF p FOR VALUES FROM (10) TO (20);
        CREATE TABLE c (x int REFERENCES p1 (a) ON DELETE CASCADE, y int CONSTRAINT second REFERENCES s.p2 (a));
        INSERT INTO p VALUES (1), (11); INSERT INTO c VALUES (1, 11)"
    ends_with 0 pd copy "$from" "$pg_url" --native
    [ "$(pg_ask b "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' AND conrelid = 'c'::regclass ORDER BY conname")" \
        = $'FOREIGN KEY (x) REFERENCES p1(a) ON DELETE CASCADE\nFOREIGN KEY (y) REFERENCES s.p2(a)' ]
    ends_with 3 "$POLYDUMP" copy "$from" new.db
    [[ "$stderr" == *"left out: foreign key 'second' of 'c': what it points to is no table here: it is one partition of a table, or it is left out"* ]]
    [ "$(sqlite3 new.db 'SELECT count(*) FROM p')" = 2 ]
    pg_ask b 'DROP TABLE c, p; DROP SCHEMA s'
    ends_with 3 "$POLYDUMP" copy "$from" "$pg_url" --no-native
    [[ "$stderr" == *"left out: foreign key 'second' of table 'c': what it points to is no table here: it is one partition of a table, or it is left out"* ]]
}

@test "large objects keep their owner and who may read them with --grants" {
    local one two
    one=$(pg_name one) two=$(pg_name two)
    psql -q -d postgres -c "CREATE ROLE $one" -c "CREATE ROLE $two"
    both "SELECT lo_from_bytea(99, 'x'), lo_from_bytea(100, 'y'), lo_from_bytea(101, 'z');
        ALTER LARGE OBJECT 99 OWNER TO $one; ALTER LARGE OBJECT 100 OWNER TO $one; GRANT SELECT ON LARGE OBJECT 99 TO $two;
        REVOKE UPDATE ON LARGE OBJECT 100 FROM $one"
    state="SELECT oid, lomowner::regrole, lomacl FROM pg_largeobject_metadata ORDER BY oid"
    run -0 pd copy "$from" "$pg_url" --native --grants
    there=$(pg_ask b "$state") here=$(pg_ask a "$state")
    pg_ask b "SELECT lo_unlink(oid) FROM pg_largeobject_metadata"
    run -0 pd copy "$from" "$pg_url" --native
    alone=$(pg_ask b "SELECT count(*) FROM pg_largeobject_metadata WHERE lomowner = current_user::regrole")
    psql -q -d "$(pg_name a)" -c "DROP OWNED BY $one, $two"
    psql -q -d "$(pg_name b)" -c "DROP OWNED BY $one, $two"
    psql -q -d postgres -c "DROP ROLE $one, $two"
    [ "$there" = "$here" ]
    [ "$alone" = 3 ]
}

@test "unlogged sequences and types that were only announced are carried, foreign tables told" {
    [ "$(psql -XAtq -d postgres -c 'SHOW server_version_num')" -ge 150000 ] || skip "sequences are unlogged since version 15"
    both "CREATE UNLOGGED TABLE t (id serial PRIMARY KEY, n int GENERATED ALWAYS AS IDENTITY); CREATE UNLOGGED SEQUENCE s; CREATE SEQUENCE logged;
        INSERT INTO t DEFAULT VALUES; SELECT nextval('s'); CREATE TYPE later; CREATE FOREIGN DATA WRAPPER w; CREATE SERVER v FOREIGN DATA WRAPPER w;
        CREATE FOREIGN TABLE away (a int) SERVER v"
    ends_with 3 "$POLYDUMP" copy "$from" "$pg_url" --native
    [[ "$stderr" == *"left out: foreign table is not carried: neither its definition nor its rows: 'public.away'"* ]]
    local state="SELECT relname, relpersistence FROM pg_class WHERE relkind IN ('r', 'S') AND relnamespace = 'public'::regnamespace ORDER BY relname"
    diff <(pg_ask a "$state") <(pg_ask b "$state")
    [ "$(pg_ask b "SELECT typisdefined FROM pg_type WHERE typname = 'later'")" = f ]
    [ "$(pg_ask b "SELECT nextval('s')")" = 2 ]
    pg_ask b 'DROP TABLE t; DROP SEQUENCE s, logged; DROP TYPE later'
    ends_with 3 pd copy "$from" "$pg_url" --no-native
    diff <(pg_ask a "$state") <(pg_ask b "$state")
}

@test "types that no statement makes any more are kept as text, or taken where they are there" {
    both "CREATE DOMAIN di AS int CHECK (value > 0); CREATE TYPE ct AS (a int, b text); CREATE EXTENSION hstore;
        CREATE TABLE t (k int PRIMARY KEY, d di, c ct, h hstore, a di[]); INSERT INTO t VALUES (1, 5, '(1,x)', 'a=>1', '{1,2}')"
    pd copy "$from" mid.db --misfit=carrier --no-native
    ends_with 3 pd dump --like "$from" mid.db l
    ends_with 3 "$POLYDUMP" restore l "$pg_url" --native
    [[ "$stderr" == *"left out: type of column 'h' of table 't': its type is not there, and nothing that is restored makes it, it is made as text"* ]]
    [ "$(pg_ask b 'SELECT * FROM t')" = '1|5|(1,x)|"a"=>"1"|{1,2}' ]
    pg_ask b "DROP TABLE t; CREATE EXTENSION hstore"
    ends_with 3 pd restore l "$pg_url" --native
    [ "$(pg_ask b "SELECT h -> 'a', pg_typeof(h), pg_typeof(c) FROM t")" = '1|hstore|text' ]
}

@test "triggers, rules and policies that go with a table that is replaced are told, unless they come back" {
    pg_new a
    pg_ask a "CREATE TABLE t (a int); INSERT INTO t VALUES (1)"
    pd dump "$pg_url" a
    pg_new b
    pg_ask b "CREATE TABLE t (a int); CREATE TABLE u (a int); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'; CREATE POLICY p ON u;
        CREATE TRIGGER audit BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f(); CREATE RULE r AS ON DELETE TO t DO ALSO SELECT 1; CREATE POLICY p ON t; CREATE POLICY q ON t"
    pd dump "$pg_url" with
    ends_with 0 "$POLYDUMP" restore --native --into=replace with "$pg_url"
    ends_with 3 "$POLYDUMP" restore --into=replace a "$pg_url"
    says "trigger 'audit' of table 'public.t' in the target: it goes with the table that is replaced; make it again" \
        "rule 'r' of table 'public.t' in the target" "policy 'p' of table 'public.t' in the target" "policy 'q' of table 'public.t' in the target"
    [ "$(grep -c "left out: .* in the target" <<<"$stderr")" = 4 ] || { echo "$stderr" >&2; return 1; }
    ends_with 0 "$POLYDUMP" restore --into=replace a "$pg_url"
}
