#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# --into=replace: what hangs on a table that gives way is refused before anything is done, or told.

load polydump

teardown()
{
    pg_clean
    psql -Xq -d postgres -c "DROP ROLE IF EXISTS $(pg_name app)" 2>/dev/null
}

# An archive x of table t, and a database b with another t.
replaced()
{
    pg_new a
    pg_ask a "CREATE TABLE t (id serial PRIMARY KEY, a int); INSERT INTO t (a) VALUES (1); COMMENT ON COLUMN t.id IS 'comes'; ${1-}"
    pd dump "$pg_url" x
    pg_new b
    pg_ask b "CREATE TABLE t (id serial PRIMARY KEY, a int); INSERT INTO t (a) VALUES (7), (8)"
}

# refused WORD... - nothing was done.
refused()
{
    complains 1 "$@" -- pd restore x "$pg_url" --into=replace --native
    [ "$(pg_ask b 'SELECT sum(a) FROM t')" = 15 ]
}

@test "what needs the row type, the counter or the rows of a table is named when it cannot be replaced" {
    replaced
    pg_ask b "CREATE FUNCTION ff(t) RETURNS int LANGUAGE sql AS 'SELECT 1'"
    refused "function 'public.ff(public.t)' needs 't'" "drop what needs them there"
    pg_ask b "DROP FUNCTION ff; CREATE TABLE keep (x t[], y int)"
    refused "column x of table public.keep needs 't'" "use --into=truncate"
    pg_ask b "DROP TABLE keep; CREATE TABLE keep (y int DEFAULT nextval('t_id_seq'))"
    refused "default value for column y of table public.keep needs 't'"
    pg_ask b "DROP TABLE keep; CREATE TABLE keep (y int); CREATE POLICY p ON keep USING (EXISTS (SELECT FROM t))"
    refused "policy p on table public.keep needs 't'"
    pg_ask b "DROP TABLE keep"
    ends_with 0 pd restore x "$pg_url" --into=replace --native
    [ "$(pg_ask b 'SELECT sum(a) FROM t')" = 1 ]
}

@test "what needs a replaced table and comes back with it is no obstacle" {
    replaced "CREATE FUNCTION ff(t) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE VIEW v AS SELECT ff(t) FROM t"
    pg_ask b "CREATE FUNCTION ff(t) RETURNS int LANGUAGE sql AS 'SELECT 2'; CREATE VIEW v AS SELECT ff(t) FROM t"
    ends_with 0 pd restore x "$pg_url" --into=replace --native
    [ "$(pg_ask b 'TABLE v')" = 1 ]
}

@test "a table of a publication is not replaced: its subscribers would get no more rows" {
    replaced
    pg_ask b "CREATE PUBLICATION pp FOR TABLE t" 2>/dev/null
    refused "publication 'pp' holds it" "ALTER PUBLICATION" --into=truncate
    ends_with 0 pd restore x "$pg_url" --into=truncate
    [ "$(pg_ask b 'SELECT prrelid::regclass FROM pg_publication_rel')" = t ]
}

@test "triggers, rules, policies, statistics, grants and comments that go with a replaced table are told" {
    local gone="goes with the table that is replaced, and nothing that is restored brings it back"
    local more="CREATE STATISTICS both_have ON id, a FROM t"
    replaced "$more"
    pg_ask b "$more; CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'; CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();
        CREATE RULE r AS ON DELETE TO t DO ALSO NOTHING; CREATE POLICY p ON t; CREATE STATISTICS ss ON id, a FROM t; GRANT SELECT ON t TO PUBLIC;
        COMMENT ON TABLE t IS 'x'; COMMENT ON COLUMN t.a IS 'y'; COMMENT ON COLUMN t.id IS 'z'"
    ends_with 3 "$POLYDUMP" restore x "$pg_url" --into=replace --native
    says "the target's trigger 'tr' on table 't' $gone" "the target's rule 'r' on table 't' $gone" "the target's policy 'p' on table 't' $gone" \
        "the target's statistics 'ss' on table 't' $gone" "the target's grant on table 't' $gone" "the target's comment on table 't' $gone" \
        "the target's comment on column 'a' of table 't' $gone"
    [ "$(grep -c '^left out: ' <<<"$stderr")" = 7 ]
    [ "$(pg_ask b 'SELECT sum(a) FROM t')" = 1 ]
    ends_with 0 pd restore x "$pg_url" --into=replace --native
}

@test "the owner, row security and settings of a replaced table are told, and what its partitions have" {
    local gone="goes with the table that is replaced, and nothing that is restored brings it back" app
    app=$(pg_name app)
    psql -q -d postgres -c "CREATE ROLE $app"
    local parted="CREATE TABLE p (a int) PARTITION BY RANGE (a); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10); CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20); INSERT INTO p VALUES (1)"
    replaced "$parted; ALTER TABLE p2 ENABLE ROW LEVEL SECURITY; COMMENT ON TABLE p2 IS 'two'; CREATE POLICY here ON p2"
    pg_ask b "$parted; ALTER TABLE p ENABLE ROW LEVEL SECURITY; ALTER TABLE t OWNER TO $app; ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t REPLICA IDENTITY FULL; ALTER TABLE t SET (fillfactor = 50);
        GRANT SELECT ON p1 TO PUBLIC; CREATE POLICY there ON p1; COMMENT ON TABLE p1 IS 'one'; COMMENT ON COLUMN p1.a IS 'y';
        ALTER TABLE p2 ENABLE ROW LEVEL SECURITY; COMMENT ON TABLE p2 IS 'three'; CREATE POLICY here ON p2; GRANT SELECT ON p2 TO $app"
    ends_with 3 "$POLYDUMP" restore x "$pg_url" --into=replace --native
    says "the target's owner '$app' of table 't': it belongs to whoever restores, now that it is replaced" "the target's row security on table 't' $gone" "the target's row security on table 'p' $gone" \
        "the target's replica identity on table 't' $gone" "the target's storage options on table 't' $gone" "the target's grant on partition 'p1' $gone" \
        "the target's policy 'there' on partition 'p1' $gone" "the target's comment on partition 'p1' $gone" \
        "the target's comment on column 'a' of partition 'p1' $gone" "the target's grant on partition 'p2' $gone"
    [ "$(grep -c '^left out: ' <<<"$stderr")" = 10 ]
    ends_with 0 pd restore x "$pg_url" --into=replace --native
}
