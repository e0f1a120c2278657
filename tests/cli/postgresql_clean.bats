#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What a restore into PostgreSQL leaves behind when it fails or is killed: nothing, or a marker.

load polydump

teardown()
{
    pg_clean
    psql -q -d postgres -c "DROP ROLE IF EXISTS $(role)" 2>/dev/null
}

role()
{
    printf 'bats_%s_%s_r' "$BATS_ROOT_PID" "$BATS_SUITE_TEST_NUMBER"
}

# fragile NAME SQL - an archive "d" of what SQL makes, and of a policy whose role is not there any
# more: every restore of it fails, late.
fragile()
{
    pg_new "$1" || return 1
    pg_ask "$1" "CREATE ROLE $(role)" &&
        pg_ask "$1" "$2; CREATE TABLE x (a int); CREATE POLICY q ON x TO $(role)" &&
        pd dump "$pg_url" d &&
        pg_ask "$1" "DROP POLICY q ON x; DROP ROLE $(role)"
}

# All that is in a database beyond what a new one has, a line each.
inventory()
{
    pg_ask "$1" "SELECT pg_describe_object(class, oid, 0) FROM (
        SELECT 'pg_class'::regclass::oid, oid FROM pg_class UNION ALL SELECT 'pg_type'::regclass, oid FROM pg_type
        UNION ALL SELECT 'pg_proc'::regclass, oid FROM pg_proc UNION ALL SELECT 'pg_operator'::regclass, oid FROM pg_operator
        UNION ALL SELECT 'pg_cast'::regclass, oid FROM pg_cast UNION ALL SELECT 'pg_opclass'::regclass, oid FROM pg_opclass
        UNION ALL SELECT 'pg_opfamily'::regclass, oid FROM pg_opfamily UNION ALL SELECT 'pg_transform'::regclass, oid FROM pg_transform
        UNION ALL SELECT 'pg_publication'::regclass, oid FROM pg_publication UNION ALL SELECT 'pg_namespace'::regclass, oid FROM pg_namespace
        UNION ALL SELECT 'pg_event_trigger'::regclass, oid FROM pg_event_trigger UNION ALL SELECT 'pg_extension'::regclass, oid FROM pg_extension
        UNION ALL SELECT 'pg_collation'::regclass, oid FROM pg_collation UNION ALL SELECT 'pg_conversion'::regclass, oid FROM pg_conversion
        UNION ALL SELECT 'pg_ts_config'::regclass, oid FROM pg_ts_config UNION ALL SELECT 'pg_ts_dict'::regclass, oid FROM pg_ts_dict
        UNION ALL SELECT 'pg_statistic_ext'::regclass, oid FROM pg_statistic_ext UNION ALL SELECT 'pg_language'::regclass, oid FROM pg_language
        UNION ALL SELECT 'pg_default_acl'::regclass, oid FROM pg_default_acl
        ) AS x (class, oid) WHERE oid >= 16384
        UNION ALL SELECT 'comment on public: ' || obj_description('public'::regnamespace, 'pg_namespace')
        UNION ALL SELECT 'rights on public: ' || nspacl::text || nspowner FROM pg_namespace WHERE nspname = 'public'
        ORDER BY 1"
}

# What has no name to be dropped by, what hangs on what was there, and what others belong to.
odd_things="CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1); INSERT INTO p VALUES (1), (1);
    CREATE SCHEMA s; CREATE SEQUENCE s.q; CREATE TABLE s.t (a serial, b int DEFAULT nextval('s.q'));
    CREATE CAST (int AS uuid) WITH INOUT; CREATE OPERATOR FAMILY s.lone USING btree;
    CREATE OPERATOR CLASS s.ints FOR TYPE int USING btree AS OPERATOR 1 <, OPERATOR 3 =, FUNCTION 1 btint4cmp(int, int);
    CREATE FUNCTION to_c(internal) RETURNS internal LANGUAGE internal IMMUTABLE AS 'numeric_support';
    CREATE TRANSFORM FOR int LANGUAGE plpgsql (FROM SQL WITH FUNCTION to_c(internal));
    CREATE CONVERSION con FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8; CREATE COLLATION col FROM \"C\";
    CREATE TEXT SEARCH DICTIONARY dic (TEMPLATE = simple); CREATE TEXT SEARCH CONFIGURATION conf (COPY = simple);
    CREATE STATISTICS st ON a, b FROM s.t; CREATE VIEW v AS SELECT * FROM p; COMMENT ON SCHEMA public IS 'ours'; COMMENT ON SCHEMA s IS 'ours'"

@test "a restore that fails leaves the database as it was, whatever it had made" {
    fragile a "$odd_things"
    local mode before
    for mode in --jobs=1 --jobs=2 --atomic=run --atomic=marked; do
        pg_new b
        before=$(inventory b)
        complains 1 "role" -- pd restore d "$pg_url" --native "$mode"
        [ "$(inventory b)" = "$before" ] || { diff <(echo "$before") <(inventory b); false; }
        psql -q -d postgres -c "DROP DATABASE $(pg_name b)"
    done
    pg_ask a "CREATE ROLE $(role)"
    pg_new b
    ends_with 0 pd restore d "$pg_url" --native --jobs=2
    [ "$(pg_ask b "SELECT obj_description('public'::regnamespace, 'pg_namespace')")" = ours ]
}

# waits_late NAME SQL - an archive "d" whose restore stands still for a minute when all is made but
# the end.
waits_late()
{
    pg_new "$1" || return 1
    pg_ask "$1" "$2; CREATE TABLE naps (n int); CREATE MATERIALIZED VIEW nap AS SELECT n, pg_sleep(n)::text FROM naps;
                 INSERT INTO naps VALUES (60); CREATE PUBLICATION pub FOR ALL TABLES" &&
        pd dump "$pg_url" d
}

# until_late NAME PID - the run is at that place.
until_late()
{
    until [ "$(pg_ask "$1" "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'")" = 1 ]; do
        kill -0 "$2" || return 1
    done
}

wake()
{
    pg_ask "$1" "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'" >/dev/null
}

@test "a restore that was killed late, or whose session was ended, is cleaned up whatever it had made" {
    local before how pid
    fragile f "$odd_things" && mv d fails
    waits_late c "$odd_things"
    for how in kill wake; do
        pg_new "$how"
        before=$(inventory "$how")
        "$POLYDUMP" restore --quiet d "$pg_url" --native --jobs=2 2>log &
        pid=$!
        until_late "$how" "$pid"
        if [ "$how" = kill ]; then
            kill -9 "$pid"
            wait "$pid" || true
            complains 1 INCOMPLETE -- pd info "$pg_url"
            complains 1 "policy 'q'" -- pd restore fails "$pg_url" --native --jobs=2
        else
            wake "$how"
            ! wait "$pid"
        fi
        [ "$(inventory "$how")" = "$before" ] || { diff <(echo "$before") <(inventory "$how"); false; }
    done
}

@test "event triggers do not fire for the restore that makes them" {
    local jobs event
    pg_new a
    pg_ask a "CREATE TABLE log (t text, g text); COMMENT ON SCHEMA public IS 'ours';
              CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.log VALUES (tg_event, tg_tag); END';
              CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f(); CREATE EVENT TRIGGER e2 ON sql_drop EXECUTE FUNCTION f();
              CREATE EVENT TRIGGER e3 ON ddl_command_start EXECUTE FUNCTION f(); ALTER EVENT TRIGGER e2 ENABLE ALWAYS;
              COMMENT ON EVENT TRIGGER e IS 'first'; TRUNCATE log"
    for jobs in 1 2; do
        pg_new "b$jobs"
        ends_with 0 pd copy "postgresql:$(pg_name a)" "$pg_url" --native --jobs="$jobs"
        [ "$(pg_ask "b$jobs" "SELECT count(*) FROM log")" = 0 ]
        [ "$(pg_ask "b$jobs" "SELECT string_agg(evtname || evtenabled::text || coalesce(obj_description(oid), ''), ' ' ORDER BY evtname) FROM pg_event_trigger")" = "eOfirst e2A e3O" ]
        [ "$(pg_ask "b$jobs" "CREATE TABLE new (a int); SELECT count(*) FROM log")" = 2 ]
    done
    ends_with 0 pd ddt "postgresql:$(pg_name a)" --native
    for event in ddl_command_start ddl_command_end sql_drop; do
        pg_new "c$event"
        pg_ask "c$event" "CREATE TABLE t (a int); CREATE VIEW v AS TABLE t;
                  CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION \$\$no\$\$; END';
                  CREATE EVENT TRIGGER e ON $event EXECUTE FUNCTION f()"
        for jobs in 1 2; do
            pg_new "d$event$jobs"
            ends_with 0 pd copy "postgresql:$(pg_name "c$event")" "$pg_url" --native --jobs="$jobs"
        done
    done
}

@test "an event trigger that cannot be made fails the restore before its end" {
    pg_new a
    pg_ask a "CREATE TABLE t (a int); CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
              CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f()"
    pd dump "$pg_url" d
    pg_new b
    pg_ask b "CREATE ROLE $(role) LOGIN; ALTER DATABASE $(pg_name b) OWNER TO $(role)"
    local before
    before=$(inventory b)
    complains 1 "event trigger 'e'" denied -- pd restore d "postgresql://$(role)@/$(pg_name b)?host=$PGHOST" --native --jobs=2
    [ "$(inventory b)" = "$before" ]
}

@test "a domain's check that is not validated comes after the rows that break it" {
    local jobs
    pg_new a
    pg_ask a "CREATE DOMAIN dm AS int; CREATE TABLE t (a dm); INSERT INTO t VALUES (-4);
              ALTER DOMAIN dm ADD CONSTRAINT positive CHECK (VALUE > 0) NOT VALID; COMMENT ON CONSTRAINT positive ON DOMAIN dm IS 'late'"
    for jobs in 1 2; do
        pg_new "b$jobs"
        ends_with 0 pd copy "postgresql:$(pg_name a)" "$pg_url" --native --jobs="$jobs"
        [ "$(pg_text a)" = "$(pg_text "b$jobs")" ]
    done
    ends_with 0 pd ddt "postgresql:$(pg_name a)" --native
}

@test "values that name tables, sequences, types and functions find them there" {
    local jobs
    pg_new a
    pg_ask a "CREATE TABLE zzz (a int); CREATE SEQUENCE sq; CREATE DOMAIN dc AS regclass; CREATE TYPE co AS (a regclass, b int);
              CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
              CREATE TABLE aaa (r regclass, p regprocedure, t regtype, l regclass[], d dc, c co);
              INSERT INTO aaa VALUES ('zzz', 'f(int)', 'zzz', '{zzz,sq,aaa}', 'zzz', '(zzz,1)')"
    for jobs in 1 2; do
        pg_new "b$jobs"
        ends_with 0 pd copy "postgresql:$(pg_name a)" "$pg_url" --native --jobs="$jobs"
        [ "$(pg_ask "b$jobs" "TABLE aaa")" = "$(pg_ask a "TABLE aaa")" ]
    done
}

@test "values that name views and indexes are refused with a way to restore them" {
    pg_new a
    pg_ask a "CREATE TABLE zzz (a int PRIMARY KEY); CREATE VIEW v AS TABLE zzz; CREATE TABLE aaa (r regclass);
              INSERT INTO aaa VALUES ('zzz'), ('v'), ('zzz_pkey')"
    pd dump "$pg_url" d
    pg_new b
    complains 1 "'aaa', row 2, column 'r'" public.v --schema-only --data-only -- pd restore d "$pg_url" --native --jobs=2
    ends_with 0 pd restore d "$pg_url" --native --schema-only
    ends_with 0 pd restore d "$pg_url" --native --data-only
    [ "$(pg_ask b "TABLE aaa")" = "$(pg_ask a "TABLE aaa")" ]
}

@test "what is dropped while a dump lists it is called a change of the source" {
    local drop
    pg_new a
    pg_ask a "CREATE TABLE t (a int); CREATE VIEW v AS TABLE t; CREATE SEQUENCE s"
    for drop in "VIEW v" "SEQUENCE s"; do
        psql -q -d "$(pg_name a)" -c "BEGIN" -c "DROP $drop" -c "DO 'BEGIN WHILE NOT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) LOOP PERFORM pg_sleep(0.01); END LOOP; END'" -c "COMMIT" &
        until [ "$(pg_ask a "SELECT count(*) > 0 FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())")" = t ]; do
            kill -0 $!
        done
        complains 1 "the source changed while it was read" "dump again" -- pd dump "postgresql:$(pg_name a)" "d ${drop% *}"
        wait $!
    done
    ends_with 0 pd dump "postgresql:$(pg_name a)" d
}

@test "a table that is called as the marker is restored like any other" {
    local jobs
    pg_new a
    pg_ask a "CREATE TABLE polydump_run (a int PRIMARY KEY); INSERT INTO polydump_run VALUES (1)"
    pd dump "$pg_url" d
    for jobs in 1 2; do
        pg_new "b$jobs"
        ends_with 0 pd restore d "$pg_url" --jobs="$jobs"
        [ "$(pg_text a)" = "$(pg_text "b$jobs")" ]
    done
    pg_new c
    complains 1 "'polydump_run'" --atomic=marked -- pd restore d "$pg_url" --atomic=marked
    ends_with 0 pd info "$pg_url"
}

@test "whoever may not use the schema public is told so, and works beside it" {
    pg_new a
    pg_ask a "CREATE ROLE $(role) LOGIN; REVOKE ALL ON SCHEMA public FROM PUBLIC; CREATE SCHEMA mine AUTHORIZATION $(role);
              CREATE TABLE mine.t (a int); INSERT INTO mine.t VALUES (1); ALTER TABLE mine.t OWNER TO $(role)"
    local url
    url="postgresql://$(role)@/$(pg_name a)?host=$PGHOST"
    ends_with 0 pd dump "$url" d
    pg_ask a "CREATE TABLE t (a int); GRANT ALL ON t TO $(role)"
    complains 1 "permission denied for table 't'" "another user" -- pd dump "$url" e
    pg_new b
    pg_ask b "REVOKE ALL ON SCHEMA public FROM PUBLIC; CREATE SCHEMA mine AUTHORIZATION $(role)"
    ends_with 0 pd restore d "postgresql://$(role)@/$(pg_name b)?host=$PGHOST" --jobs=2
    [ "$(pg_ask b "TABLE mine.t")" = 1 ]
}

@test "tables that others point to are not replaced, and truncate is not advised where it would fail" {
    pg_new a
    pg_ask a "CREATE TABLE p (a int PRIMARY KEY)"
    pd dump "$pg_url" d
    pg_ask a "CREATE TABLE c (a int REFERENCES p)"
    complains 1 "'c_a_fkey' of table 'c'" "replace all of them together" -- pd restore d "$pg_url" --into=replace
    [[ "$stderr" != *truncate* ]]
    pg_ask a "DROP TABLE c; CREATE VIEW v AS TABLE p"
    complains 1 "'public.v'" --into=truncate -- pd restore d "$pg_url" --into=replace
    ends_with 0 pd restore d "$pg_url" --into=truncate
}

@test "a refused row is told by its number, with advice" {
    pg_new a
    pg_ask a "CREATE TABLE t (a int); INSERT INTO t VALUES (1), (2), (3)"
    pd dump "$pg_url" d
    pg_ask a "TRUNCATE t; ALTER TABLE t ADD CONSTRAINT odd CHECK (a <> 2)"
    complains 1 "1 row was refused" "row 2:" odd "correct the source" -- pd restore d "$pg_url" --into=append
    [ "$(pg_ask a "SELECT count(*) FROM t")" = 0 ]
}

@test "a status of 3 has a line, even with --quiet" {
    database a.db <<'SQL'
CREATE TABLE p (id INTEGER PRIMARY KEY);
CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p);
INSERT INTO c VALUES (2, 5);
SQL
    pg_new a
    complains 3 "1 thing was left out" --quiet -- pd copy a.db "$pg_url"
}

@test "what fails for want of resources, or is cancelled, is an error, and no index that is left out" {
    pg_new a
    pg_ask a "CREATE FUNCTION f(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS \$\$ BEGIN
        IF current_setting('my.state', true) <> '' THEN RAISE 'it is no good' USING ERRCODE = current_setting('my.state'); END IF; RETURN \$1; END \$\$;
        CREATE TABLE t (id int PRIMARY KEY, a int); INSERT INTO t VALUES (1, 2), (2, 3); CREATE INDEX by_f ON t (f(a))"
    pd dump "$pg_url" x
    pg_new b
    for state in 53100 57014 58030 XX000; do
        local jobs=1
        [ $state != 57014 ] || jobs=2
        psql -Xq -d postgres -c "ALTER DATABASE $(pg_name b) SET my.state = '$state'"
        complains 1 "cannot make key 'by_f' of table 't'" "it is no good" -- pd restore x "$pg_url" --native --jobs "$jobs"
        [ -z "$(pg_ask b "SELECT to_regclass('t')")" ]
    done
    psql -Xq -d postgres -c "ALTER DATABASE $(pg_name b) SET my.state = '22012'"
    ends_with 3 "$POLYDUMP" restore x "$pg_url" --native
    says "key 'by_f' of table 't': it is no good"
}
