#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What of a PostgreSQL database needs something that does not travel: it is left out with a line, and
# all else is made.

load polydump

teardown()
{
    pg_clean
}

# A table that others need in every way that the server knows of, and one of which nobody does.
needed()
{
    pg_new a
    from=$pg_url
    pg_ask a "CREATE TABLE t (id int PRIMARY KEY, n int); CREATE TABLE u (a int, b int); INSERT INTO t VALUES (1, 2); INSERT INTO u VALUES (3, 4);
        CREATE VIEW v AS SELECT id FROM t; CREATE VIEW w AS SELECT v.id, u.a FROM v, u; CREATE VIEW x AS SELECT a FROM u;
        COMMENT ON VIEW v IS 'said of it'; CREATE MATERIALIZED VIEW m AS SELECT count(*) FROM w; CREATE INDEX ON m (count); COMMENT ON VIEW x IS 'stays';
        CREATE FUNCTION of_row(t) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE FUNCTION alone() RETURNS int LANGUAGE sql AS 'SELECT 1';
        CREATE FUNCTION atomic() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM v; END; GRANT SELECT ON v TO PUBLIC;
        CREATE RULE r AS ON INSERT TO u DO ALSO UPDATE t SET n = 1; CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
        CREATE TRIGGER own BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f(); CREATE TRIGGER tr BEFORE INSERT ON u FOR EACH ROW EXECUTE FUNCTION f();
        ALTER TABLE u ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON u USING (EXISTS (SELECT 1 FROM t WHERE t.id = a)); CREATE POLICY q ON u USING (a > 0);
        CREATE PUBLICATION pub FOR TABLE t, u" 2>/dev/null
    pg_new b
}

# Those of the left out lines of the last run that speak of needs.
needs_told()
{
    grep -c '^left out: .*: it needs ' <<<"$stderr"
}

told()
{
    says "view 'v' is not carried: it needs table 't', which is not carried" \
        "view 'w' is not carried: it needs view 'v', which is not carried" \
        "materialized view 'm' is not carried: it needs view 'w', which is not carried" \
        "function 'of_row(\"public\".\"t\")' is not carried: it needs table 't', which is not carried" \
        "function 'atomic()' is not carried: it needs view 'v', which is not carried" \
        "rule 'r' is not carried: it needs table 't', which is not carried" \
        "policy 'p' is not carried: it needs table 't', which is not carried" &&
        [ "$(needs_told)" = 7 ]
}

state="SELECT pg_describe_object(classid, objid, 0) FROM (SELECT 'pg_class'::regclass, oid FROM pg_class WHERE relkind IN ('r', 'v', 'm')
    UNION ALL SELECT 'pg_proc'::regclass, oid FROM pg_proc UNION ALL SELECT 'pg_policy'::regclass, oid FROM pg_policy
    UNION ALL SELECT 'pg_trigger'::regclass, oid FROM pg_trigger UNION ALL SELECT 'pg_rewrite'::regclass, oid FROM pg_rewrite WHERE rulename <> '_RETURN'
    UNION ALL SELECT 'pg_publication_rel'::regclass, oid FROM pg_publication_rel) x(classid, objid) WHERE objid >= 16384 ORDER BY 1"
rest=$'function alone()\nfunction f()\npolicy q on table u\npublication of table u in publication pub\ntable u\ntrigger tr on table u\nview x'

@test "what needs a table that --exclude or --only leaves behind is left out, over all levels" {
    needed
    ends_with 3 "$POLYDUMP" copy "$from" "$pg_url" --native --exclude t
    told
    [ "$(pg_ask b "$state")" = "$rest" ]
    [ "$(pg_ask b "SELECT obj_description('x'::regclass)")" = stays ]
    pd dump "$from" whole
    pg_new c
    ends_with 3 "$POLYDUMP" restore whole "$pg_url" --native --only u
    told
    [ "$(pg_ask c "$state")" = "$rest" ]
    ends_with 0 pd restore whole "$pg_url" --data-only --into=truncate --only u
}

@test "an archive made with --exclude has nothing that needs the table" {
    needed
    ends_with 3 "$POLYDUMP" dump "$from" part --exclude t
    told
    pd verify part
    ends_with 0 "$POLYDUMP" restore part "$pg_url" --native
    [ "$(pg_ask b "$state")" = "$rest" ]
    ends_with 3 "$POLYDUMP" ddt "$from" --native --exclude t
    told
}

@test "views that need each other stay behind together" {
    pg_new a
    pg_ask a "CREATE TABLE t (id int PRIMARY KEY); CREATE VIEW v AS SELECT 1 AS id; CREATE VIEW w AS SELECT id FROM v;
        CREATE OR REPLACE VIEW v AS SELECT t.id FROM t LEFT JOIN LATERAL (SELECT id FROM w) x ON true"
    from=$pg_url
    pg_new b
    ends_with 3 "$POLYDUMP" copy "$from" "$pg_url" --native --exclude t
    says "view 'v' is not carried: it needs table 't', which is not carried" "view 'w' is not carried: it needs view 'v', which is not carried"
    [ -z "$(pg_ask b "$state")" ]
}

@test "what needs a table or schema that --schema-map renames is left out" {
    pg_new a
    pg_ask a "CREATE SCHEMA a; COMMENT ON SCHEMA a IS 'said'; CREATE TABLE a.t (id int PRIMARY KEY); CREATE TABLE u (id int); CREATE VIEW a.v AS SELECT * FROM a.t;
        CREATE VIEW w AS SELECT * FROM a.v; CREATE VIEW x AS SELECT * FROM a.t; CREATE VIEW y AS SELECT * FROM w; CREATE VIEW z AS SELECT * FROM u;
        CREATE PUBLICATION p FOR TABLES IN SCHEMA a; ALTER DEFAULT PRIVILEGES IN SCHEMA a GRANT SELECT ON TABLES TO PUBLIC; GRANT USAGE ON SCHEMA a TO PUBLIC;
        INSERT INTO a.t VALUES (1)" 2>/dev/null
    from=$pg_url
    pg_new b
    ends_with 3 "$POLYDUMP" copy "$from" "$pg_url" --native --grants --schema-map a=b
    says "view 'v' is not carried: --schema-map changes its schema" "view 'w' is not carried: it needs view 'v', which is not carried" \
        "view 'x' is not carried: it needs table 'a.t', whose schema --schema-map changes" "view 'y' is not carried: it needs view 'w', which is not carried" \
        "published schema 'p a' is not carried: it needs schema 'a', which --schema-map changes"
    pg_ask b "$state"
    [ "$(pg_ask b "$state")" = $'table b.t\ntable u\nview z' ]
    [ "$(pg_ask b 'SELECT id FROM b.t')" = 1 ]
}
