-- SPDX-License-Identifier: Apache-2.0
-- One of everything that only PostgreSQL has. For psql; as its superuser.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
COMMENT ON SCHEMA public IS E'the default\nschema -- \\! echo evil';
CREATE SCHEMA "Second ""schema""
; DROP TABLE x; --";
CREATE SCHEMA s2;
COMMENT ON SCHEMA s2 IS E'line one\n; DROP TABLE x; --';
CREATE SCHEMA empty_one;
CREATE EXTENSION citext;
CREATE EXTENSION isn SCHEMA s2;
COMMENT ON EXTENSION isn IS 'another comment';
CREATE COLLATION s2.deutsch (provider = icu, locale = 'de-u-ks-level2', deterministic = false);
CREATE COLLATION s2.plain (provider = libc, lc_collate = 'C', lc_ctype = 'C');

-- types
CREATE TYPE mood AS ENUM ('sad', 'it''s ok', E'back\\slash', 'happy');
CREATE TYPE unused_mood AS ENUM ('a', 'b');
COMMENT ON TYPE mood IS 'of a column';
COMMENT ON TYPE unused_mood IS 'of nothing';
CREATE TYPE s2.pair AS (a integer, "b ""q""" text COLLATE "C");
COMMENT ON TYPE s2.pair IS 'two';
COMMENT ON COLUMN s2.pair.a IS 'first';
CREATE DOMAIN positive AS integer CONSTRAINT above CHECK (VALUE > 0);
CREATE DOMAIN small AS positive DEFAULT 5 NOT NULL CHECK (VALUE < 100);
COMMENT ON DOMAIN small IS 'over a domain';
COMMENT ON CONSTRAINT above ON DOMAIN positive IS 'above nothing';
CREATE DOMAIN word AS text COLLATE "C" CHECK (VALUE ~ '^\w+$');
ALTER DOMAIN word ADD CONSTRAINT short CHECK (length(VALUE) < 1000) NOT VALID;
CREATE FUNCTION int_distance(integer, integer) RETURNS double precision
    LANGUAGE sql IMMUTABLE AS 'SELECT ($1 - $2)::double precision';
CREATE TYPE int_range AS RANGE (subtype = integer, subtype_diff = int_distance,
    multirange_type_name = int_ranges);
CREATE TYPE s2.text_range AS RANGE (subtype = text, collation = "C");
CREATE TYPE canon;
CREATE FUNCTION canon_in(cstring) RETURNS canon LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION canon_out(canon) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE canon (INPUT = canon_in, OUTPUT = canon_out, LIKE = text, CATEGORY = 'S',
    DEFAULT = 'it''s');

-- routines
CREATE FUNCTION is_good(text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 7
    AS $$ SELECT $1 <> 'bad; worse' -- a comment; with a semicolon
    /* nested /* ; */ ; */ $$;
CREATE FUNCTION next_code() RETURNS text LANGUAGE plpgsql AS $body$
BEGIN
    RETURN 'code' || $q$;$q$ || E'\';';
END $body$;
COMMENT ON FUNCTION next_code() IS E'a default''s\nfunction; with $$ signs \\ and backslashes';
CREATE FUNCTION folded(text) RETURNS text LANGUAGE sql IMMUTABLE SET search_path = ''
    RETURN pg_catalog.lower($1);
CREATE FUNCTION atomic_sum(a integer, b integer DEFAULT 3, OUT total integer) LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
    SELECT CASE WHEN a > 0 THEN a + b ELSE b END;
END;
CREATE FUNCTION "odd name; --
" ("an ""arg""" integer, VARIADIC more text[]) RETURNS SETOF s2.pair LANGUAGE sql STABLE ROWS 5
    SECURITY DEFINER AS $$ SELECT 1, 'x'::text $$;
CREATE FUNCTION only_citext(citext) RETURNS citext LANGUAGE sql IMMUTABLE AS 'SELECT $1';
ALTER FUNCTION only_citext(citext) DEPENDS ON EXTENSION citext;
CREATE PROCEDURE do_nothing(INOUT x integer) LANGUAGE plpgsql AS 'BEGIN x := x; END';
CREATE FUNCTION add_up(bigint, integer) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT $1 + $2';
CREATE FUNCTION add_down(bigint, integer) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT $1 - $2';
CREATE FUNCTION add_end(bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
CREATE AGGREGATE sum_it(integer) (sfunc = add_up, stype = bigint, finalfunc = add_end,
    initcond = '0', msfunc = add_up, minvfunc = add_down, mstype = bigint, minitcond = '1',
    parallel = safe);
CREATE AGGREGATE s2.count_it(*) (sfunc = int8inc, stype = bigint, initcond = '0');
CREATE AGGREGATE s2.middle(double precision ORDER BY anyelement) (
    sfunc = ordered_set_transition, stype = internal, finalfunc = percentile_disc_final,
    finalfunc_extra);
COMMENT ON AGGREGATE s2.count_it(*) IS 'counts';

CREATE FUNCTION same_word(word, word) RETURNS boolean LANGUAGE sql IMMUTABLE
    AS 'SELECT $1::text = $2::text';
CREATE OPERATOR s2.=== (FUNCTION = same_word, LEFTARG = word, RIGHTARG = word,
    COMMUTATOR = OPERATOR(s2.===), RESTRICT = eqsel, JOIN = eqjoinsel, HASHES);
CREATE FUNCTION pair_cmp(s2.pair, s2.pair) RETURNS integer LANGUAGE sql IMMUTABLE
    AS 'SELECT btint4cmp(($1).a, ($2).a)';
CREATE FUNCTION pair_lt(s2.pair, s2.pair) RETURNS boolean LANGUAGE sql IMMUTABLE
    AS 'SELECT ($1).a < ($2).a';
CREATE FUNCTION pair_eq(s2.pair, s2.pair) RETURNS boolean LANGUAGE sql IMMUTABLE
    AS 'SELECT ($1).a = ($2).a';
CREATE OPERATOR public.<# (FUNCTION = pair_lt, LEFTARG = s2.pair, RIGHTARG = s2.pair);
CREATE OPERATOR public.=# (FUNCTION = pair_eq, LEFTARG = s2.pair, RIGHTARG = s2.pair);
CREATE OPERATOR CLASS s2.pair_ops FOR TYPE s2.pair USING btree AS
    OPERATOR 1 public.<#, OPERATOR 3 public.=#, FUNCTION 1 pair_cmp(s2.pair, s2.pair);
CREATE OPERATOR FAMILY s2.loose USING hash;
ALTER OPERATOR FAMILY s2.loose USING hash ADD FUNCTION 1 (text, text) hashtext(text);
CREATE FUNCTION to_pair(integer) RETURNS s2.pair LANGUAGE sql IMMUTABLE
    AS 'SELECT ROW($1, NULL)::s2.pair';
CREATE CAST (integer AS s2.pair) WITH FUNCTION to_pair(integer) AS ASSIGNMENT;
COMMENT ON CAST (integer AS s2.pair) IS 'a cast';
CREATE TEXT SEARCH DICTIONARY s2.short_words (TEMPLATE = pg_catalog.simple, stopwords = 'english');
CREATE TEXT SEARCH CONFIGURATION s2.search (PARSER = pg_catalog."default");
ALTER TEXT SEARCH CONFIGURATION s2.search ADD MAPPING FOR asciiword, word
    WITH s2.short_words, pg_catalog.simple;
COMMENT ON TEXT SEARCH CONFIGURATION s2.search IS 'finds';

-- tables with what uses all that
CREATE SEQUENCE free_numbers START 7;
CREATE TABLE person (
    id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    name text NOT NULL CONSTRAINT good CHECK (is_good(name)),
    code text DEFAULT next_code(),
    mood mood,
    nick citext,
    age small,
    free int_range,
    pairs s2.pair[],
    lowered text GENERATED ALWAYS AS (folded(name)) STORED,
    c1 canon);
COMMENT ON TABLE person IS E'a table''s\ncomment';
CREATE INDEX person_folded ON person (folded(name));
COMMENT ON INDEX person_folded IS 'by a function';
COMMENT ON CONSTRAINT good ON person IS E'good\nones';
COMMENT ON CONSTRAINT person_pkey ON person IS 'the key';
ALTER INDEX person_folded ALTER COLUMN 1 SET STATISTICS 300;
ALTER TABLE person ALTER COLUMN name SET STATISTICS 77, ALTER COLUMN name SET (n_distinct = -0.5),
    ALTER COLUMN code SET STORAGE EXTERNAL, ALTER COLUMN code SET COMPRESSION pglz;
ALTER TABLE person SET (fillfactor = 70, autovacuum_enabled = off, toast.autovacuum_enabled = off);
ALTER TABLE person REPLICA IDENTITY USING INDEX person_pkey;
ALTER TABLE person CLUSTER ON person_folded;
INSERT INTO person (name, mood, nick) VALUES ('Ann', 'happy', 'A'), ('Bob', 'sad', 'b');

CREATE TABLE "quoted ""table"" $1 'x'
; DROP TABLE person; --" ("col
umn" integer, "a;b" text);
CREATE UNLOGGED TABLE s2.fleeting (x integer);
CREATE TABLE s2.whole (x integer) WITH (fillfactor = 50);
ALTER TABLE s2.whole REPLICA IDENTITY FULL;
CREATE TABLE s2.typed OF s2.pair;
CREATE TABLE room (room integer, during int4range, EXCLUDE USING gist (during WITH &&));
COMMENT ON CONSTRAINT room_during_excl ON room IS 'no two at once';

-- functions that need a table, and an index and a check that need such a function
CREATE FUNCTION person_rank(person) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT length($1.name)';
CREATE INDEX person_ranked ON person (person_rank(person));
CREATE FUNCTION persons() RETURNS SETOF person LANGUAGE sql STABLE AS 'SELECT * FROM public.person';

-- inheritance
CREATE TABLE parent (a integer NOT NULL, b text DEFAULT 'p', CONSTRAINT a_pos CHECK (a > 0));
CREATE TABLE parent2 (z integer);
CREATE TABLE s2.child (c integer) INHERITS (parent, parent2);
INSERT INTO parent VALUES (1);
INSERT INTO s2.child VALUES (2, 'q', 9, 3);

-- partitions: another order of columns, a dropped one, two levels, a default
CREATE TABLE part (a integer NOT NULL, b text, c integer DEFAULT 1, PRIMARY KEY (a)) PARTITION BY RANGE (a);
CREATE TABLE part_10 (z integer, c integer DEFAULT 5, b text, a integer NOT NULL, CONSTRAINT own CHECK (c < 99));
ALTER TABLE part_10 DROP COLUMN z;
ALTER TABLE part ATTACH PARTITION part_10 FOR VALUES FROM (10) TO (20);
CREATE TABLE s2."part 20" PARTITION OF part FOR VALUES FROM (20) TO (30) PARTITION BY LIST (a);
CREATE TABLE s2.part_20a (c integer, a integer NOT NULL, b text);
ALTER TABLE s2.part_20a ADD CONSTRAINT my_own_key_name PRIMARY KEY (a);
ALTER TABLE s2."part 20" ATTACH PARTITION s2.part_20a FOR VALUES IN (20, 21);
CREATE TABLE part_rest PARTITION OF part DEFAULT;
CREATE INDEX part_b ON part (b);
CREATE INDEX only_here ON part_10 (c);
ALTER TABLE part_10 ALTER COLUMN b SET STATISTICS 5;
ALTER TABLE part_rest SET (fillfactor = 60);
COMMENT ON TABLE part_10 IS 'a leaf';
COMMENT ON COLUMN part_10.b IS 'a column of a leaf';
INSERT INTO part VALUES (1, 'one'), (10, 'ten'), (20, 'twenty');

-- views
CREATE VIEW adults AS SELECT id, name, nick FROM person WHERE age > 17;
CREATE VIEW s2.adults_again WITH (security_barrier) AS
    SELECT a.id AS "the id", upper(a.name) AS loud FROM adults a WITH LOCAL CHECK OPTION;
ALTER VIEW s2.adults_again RENAME TO "again; --";
CREATE VIEW changeable AS SELECT id, name, mood FROM person;
ALTER VIEW changeable ALTER COLUMN mood SET DEFAULT 'happy';
COMMENT ON VIEW adults IS 'a view';
COMMENT ON COLUMN adults.name IS E'a view''s\ncolumn';
CREATE VIEW a_first AS SELECT * FROM adults;
CREATE VIEW grouped AS SELECT p.id, p.name, count(*) FROM person p GROUP BY p.id;
CREATE FUNCTION of_view(adults) RETURNS text LANGUAGE sql AS 'SELECT $1.name';
CREATE MATERIALIZED VIEW z_counted AS SELECT mood, count(*) AS n FROM person GROUP BY mood;
CREATE UNIQUE INDEX counted_mood ON z_counted (mood);
CREATE MATERIALIZED VIEW a_of_counted WITH (fillfactor = 80) AS SELECT max(n) AS m FROM z_counted;
CREATE MATERIALIZED VIEW unfilled AS SELECT 1 AS x WITH NO DATA;
ALTER MATERIALIZED VIEW z_counted ALTER COLUMN n SET STATISTICS 9;
COMMENT ON MATERIALIZED VIEW z_counted IS 'a materialized view';

-- rules, triggers, policies
CREATE RULE log_it AS ON DELETE TO person DO ALSO
    (INSERT INTO room VALUES (1, NULL); DELETE FROM room WHERE room = 2);
COMMENT ON RULE log_it ON person IS 'a rule';
CREATE RULE quiet AS ON UPDATE TO room WHERE old.room = 0 DO INSTEAD NOTHING;
ALTER TABLE room DISABLE RULE quiet;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TRIGGER "touch; --" BEFORE UPDATE OF name ON person FOR EACH ROW
    WHEN (old.name IS DISTINCT FROM new.name) EXECUTE FUNCTION touch('an arg''s');
CREATE TRIGGER off AFTER INSERT ON person REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT
    EXECUTE FUNCTION touch();
ALTER TABLE person DISABLE TRIGGER off;
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON person DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER instead INSTEAD OF INSERT ON a_first FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER on_part BEFORE INSERT ON part FOR EACH ROW EXECUTE FUNCTION touch();
ALTER TABLE part_10 ENABLE ALWAYS TRIGGER on_part;
COMMENT ON TRIGGER late ON person IS 'a trigger';
CREATE POLICY "only; own" ON person AS RESTRICTIVE FOR UPDATE TO PUBLIC
    USING (name = current_user) WITH CHECK (is_good(name));
CREATE POLICY see ON person USING (true);
COMMENT ON POLICY see ON person IS 'a policy';
ALTER TABLE person ENABLE ROW LEVEL SECURITY;
ALTER TABLE person FORCE ROW LEVEL SECURITY;

-- the rest
CREATE STATISTICS s2.together (dependencies, mcv) ON name, code FROM person;
ALTER STATISTICS s2.together SET STATISTICS 50;
COMMENT ON STATISTICS s2.together IS 'a statistics object';
CREATE PUBLICATION some_rows FOR TABLE person (id, name) WHERE (id > 0), s2.whole WITH (publish = 'insert, update');
CREATE PUBLICATION a_schema FOR TABLES IN SCHEMA s2 WITH (publish_via_partition_root);
CREATE PUBLICATION everything FOR ALL TABLES;
CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE NOTICE ''%'', tg_tag; END';
CREATE EVENT TRIGGER "watch it" ON ddl_command_start WHEN TAG IN ('DROP TABLE', 'CREATE TABLE')
    EXECUTE FUNCTION watch();
ALTER EVENT TRIGGER "watch it" ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER "watch it" IS 'an event trigger';

-- owners and grants
GRANT SELECT, UPDATE (name) ON person TO PUBLIC;
GRANT SELECT (id) ON person TO pg_monitor WITH GRANT OPTION;
GRANT SELECT ON adults TO pg_monitor;
REVOKE EXECUTE ON FUNCTION next_code() FROM PUBLIC;
GRANT USAGE ON SCHEMA s2 TO PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SEQUENCE free_numbers TO pg_monitor;
REVOKE ALL ON TYPE mood FROM PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA s2 GRANT SELECT ON TABLES TO PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER TABLE room OWNER TO pg_monitor;
ALTER FUNCTION add_end(bigint) OWNER TO pg_monitor;

-- not carried
CREATE FOREIGN DATA WRAPPER wrapper;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER wrapper OPTIONS (host 'secret-host');
CREATE USER MAPPING FOR PUBLIC SERVER elsewhere OPTIONS (password 'secret-password');
CREATE FOREIGN TABLE far_away (x integer) SERVER elsewhere;
CREATE VIEW of_far_away AS SELECT * FROM far_away;
COMMENT ON VIEW of_far_away IS 'not carried either';
