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

@test "tables that are members of an extension are told when they have rows, registered or not" {
    both "CREATE EXTENSION hstore; CREATE SCHEMA s; CREATE TABLE s.member (a int); INSERT INTO s.member VALUES (1), (2); CREATE TABLE empty (a int);
        ALTER EXTENSION hstore ADD TABLE s.member; ALTER EXTENSION hstore ADD TABLE empty; CREATE TABLE t (a int)"
    ends_with 3 "$POLYDUMP" dump "$from" x
    says "rows of an extension's table are not carried: 's.member' of extension 'hstore'"
    [ "$(grep -c '^left out: ' <<<"$stderr")" = 1 ]
    ends_with 3 "$POLYDUMP" copy "$from" "$pg_url" --native
    says "rows of an extension's table are not carried: 's.member' of extension 'hstore'"
    ends_with 3 "$POLYDUMP" ddt "$from" --native
    says "rows of an extension's table are not carried: 's.member' of extension 'hstore'"
}

@test "a comment on the copy of a row trigger on a partition comes back" {
    both "CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'; CREATE TABLE pe (a int) PARTITION BY LIST (a);
        CREATE TABLE pl PARTITION OF pe FOR VALUES IN (1); CREATE TRIGGER a_tr AFTER INSERT ON pe FOR EACH ROW EXECUTE FUNCTION tf();
        CREATE TRIGGER own AFTER INSERT ON pl FOR EACH ROW EXECUTE FUNCTION tf(); COMMENT ON TRIGGER own ON pl IS 'own';
        ALTER TABLE pl DISABLE TRIGGER a_tr; COMMENT ON TRIGGER a_tr ON pl IS 'leaf trigger'"
    ends_with 0 pd copy "$from" "$pg_url" --native
    diff <(pg_text a) <(pg_text b)
    [[ "$(pg_text b)" == *"COMMENT ON TRIGGER a_tr ON public.pl IS 'leaf trigger';"* ]]
    ends_with 0 pd ddt "$from" --native
}

@test "a database that prefers to be read only is tested in a scratch database all the same" {
    both "CREATE TABLE t (a int); INSERT INTO t VALUES (1)"
    psql -q -d postgres -c "ALTER DATABASE $(pg_name a) SET default_transaction_read_only = on"
    ends_with 3 "$POLYDUMP" ddt "$from" --native
    says "setting: 'default_transaction_read_only=on' is not carried: it belongs to the database as such, set it by ALTER DATABASE or ALTER ROLE"
    [ "$(grep -c '^left out: ' <<<"$stderr")" = 1 ]
}

@test "a function that finds others by the search_path is named, once, with what helps; materialised views wait for rows" {
    both "CREATE FUNCTION helper(i int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT i + 1';
        CREATE FUNCTION plunq(i int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN helper(i); END';
        CREATE TABLE t (a int, g int GENERATED ALWAYS AS (plunq(a)) STORED); INSERT INTO t VALUES (1); CREATE MATERIALIZED VIEW m AS SELECT plunq(a) FROM t"
    complains 1 "polydump: table 't', row 1: function helper(integer) does not exist, in PL/pgSQL function public.plunq(integer) line 1 at RETURN: " \
        "ALTER FUNCTION ... SET search_path" -- pd copy "$from" "$pg_url" --native
    ends_with 0 pd copy "$from" "$pg_url" --native --schema-only
    [ "$(pg_ask b 'SELECT relispopulated FROM pg_class WHERE relname = $$m$$')" = f ]
    pg_ask a "ALTER FUNCTION plunq(int) SET search_path = public"
    pg_new c
    ends_with 0 pd copy "$from" "$pg_url" --native
    [ "$(pg_ask c 'TABLE m')" = 2 ]
}

@test "what partitions have by themselves comes back: constraints of inner ones, sequences of their columns" {
    both "CREATE TABLE u (id int PRIMARY KEY); CREATE TABLE m (id int, d int, w int) PARTITION BY RANGE (d);
        CREATE TABLE m2 PARTITION OF m (CONSTRAINT leafck CHECK (id > 0)) FOR VALUES FROM (10) TO (20) PARTITION BY LIST (id);
        CREATE TABLE m2a PARTITION OF m2 FOR VALUES IN (1, 2, 3); ALTER TABLE m2 ADD CONSTRAINT inner_key PRIMARY KEY (id, d);
        ALTER TABLE m2 ADD CONSTRAINT inner_ref FOREIGN KEY (w) REFERENCES u; CREATE SEQUENCE ls; CREATE INDEX ON m2 (w);
        ALTER TABLE m2a ALTER w SET DEFAULT nextval('ls'); ALTER SEQUENCE ls OWNED BY m2a.w; INSERT INTO u VALUES (1); INSERT INTO m2a (id, d) VALUES (1, 11);
        CREATE INDEX of_all ON m (d); ALTER INDEX m2_d_idx RENAME TO \"inner one's ON ONLY\"; CREATE UNIQUE INDEX ON m2 (d, id)"
    ends_with 0 pd copy "$from" "$pg_url" --native --grants
    diff <(pg_text a) <(pg_text b)
    ends_with 0 pd ddt "$from" --native
    pg_ask b 'DROP TABLE m'
    [ -z "$(pg_ask b "SELECT to_regclass('ls')")" ]
    pg_new c
    ends_with 0 pd copy "$from" "$pg_url" --no-native # one table, no partitions
    [ "$(pg_ask c "SELECT count(*), nextval('ls') FROM m")" = '1|2' ]
}

@test "an enum is made with its schema, be that without tables and sequences" {
    both "CREATE SCHEMA types; CREATE TYPE types.mood AS ENUM ('a', 'b'); CREATE TABLE t (m types.mood); INSERT INTO t VALUES ('b')"
    ends_with 0 pd copy "$from" "$pg_url" --native --grants
    diff <(pg_text a) <(pg_text b)
    pg_ask b 'DROP TABLE t; DROP SCHEMA types CASCADE' 2>/dev/null
    ends_with 0 pd copy "$from" "$pg_url" --no-native --jobs 2
    diff <(pg_text a) <(pg_text b)
    ends_with 0 pd ddt "$from"
}

@test "a partition that is being detached is none any more, and told" {
    [ "$(psql -XAtq -d postgres -c 'SHOW server_version_num')" -ge 140000 ] || skip "partitions are detached concurrently since version 14"
    both "CREATE TABLE p (a int PRIMARY KEY) PARTITION BY RANGE (a); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
        CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (30) PARTITION BY LIST (a); CREATE TABLE p21 PARTITION OF p2 FOR VALUES IN (11, 12);
        ALTER TABLE p2 ADD CHECK (a > 0); COMMENT ON TABLE p21 IS 'x'; GRANT SELECT ON p2 TO PUBLIC; INSERT INTO p VALUES (1), (11), (12)"
    mkfifo hold
    psql -Xq -d "$(pg_name a)" <hold >held 3>&- &
    exec 7>hold
    echo 'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM p;' >&7
    until [ -s held ]; do sleep 0.05; done
    psql -Xq -d "$(pg_name a)" -c "SET statement_timeout = 500" -c "ALTER TABLE p DETACH PARTITION p2 CONCURRENTLY" 2>/dev/null || true
    exec 7>&-
    wait
    [ "$(pg_ask a 'SELECT count(*) FROM p')" = 1 ]
    for native in --native --no-native; do
        ends_with 3 "$POLYDUMP" copy "$from" "$pg_url" $native
        says "partition is not carried: 'public.p2' of table 'p': DETACH PARTITION was not finished, so its rows are none of the table's; ALTER TABLE ... DETACH PARTITION ... FINALIZE makes it a table of its own"
        [ "$(pg_ask b 'SELECT count(*) FROM p')" = 1 ]
        pg_ask b 'DROP TABLE p'
    done
    ends_with 3 pd ddt "$from" --native
    ends_with 3 pd ddt "$from" --native --native-provider=server
}
