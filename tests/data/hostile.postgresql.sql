-- SPDX-License-Identifier: Apache-2.0
-- hostile.postgresql.sql: names, labels, defaults, comments and keys that MariaDB has no room for, or would change.
CREATE TYPE e1 AS ENUM ('😀', 'b😀', 'a', 'A', 'á', 'a''b', 'back\slash', 'comma,x', '');
CREATE TYPE e2 AS ENUM ('x', 'y');
CREATE TYPE e3 AS ENUM ('ß', 'ss', 'SS', 'K', U&'\212A');
CREATE TABLE "tab 😀"(id int PRIMARY KEY, "col😀" text, "COL😀" text, "a" int, "A" int);
COMMENT ON TABLE "tab 😀" IS 'comment 😀 of ''table'' \ x';
INSERT INTO "tab 😀" VALUES (0, '😀', 'a ', 1, 2), (-1, '', NULL, NULL, 3);
CREATE TABLE c (id int PRIMARY KEY, e1 e1 DEFAULT '😀', e2 e2 DEFAULT 'y', e3 e3 DEFAULT 'ß', d text DEFAULT '😀 ''q'' \ "x"' CHECK (d <> '😀😀'), v varchar(10) DEFAULT 'a😀' CHECK (v IN ('a😀', 'b', 'c ')), g text GENERATED ALWAYS AS (CASE WHEN v = 'a😀' THEN 'yes😀' ELSE 'no' END) STORED, n int DEFAULT 0);
COMMENT ON COLUMN c.d IS 'column 😀';
COMMENT ON COLUMN c.v IS E'plain é \\ ''q'' \n new';
COMMENT ON TABLE c IS 'table ü';
COMMENT ON COLUMN c.n IS 'long';
INSERT INTO c (id) VALUES (0), (1);
INSERT INTO c (id, e1, e3, v) VALUES (2, 'a', 'ss', 'b'), (3, 'A', 'SS', 'c '), (4, 'á', 'K', 'b'), (5, 'back\slash', U&'\212A', 'b'), (6, 'comma,x', NULL, 'b'), (7, '', NULL, NULL), (8, 'a''b', NULL, 'b');
CREATE INDEX "ix😀" ON c (v);
CREATE INDEX "IX" ON c (n); CREATE INDEX ix ON c (n, id);
CREATE TABLE p (k varchar(20) PRIMARY KEY); CREATE TABLE ch (k varchar(20) CONSTRAINT "fk😀" REFERENCES p (k));
INSERT INTO p VALUES ('a'), ('A'), ('á'), ('a '), (''), (' '), ('😀'), ('ß'), ('ss'), (E'a\t'), ('a' || chr(160)), (U&'a\0301'), ('İ'), ('i');
INSERT INTO ch SELECT k FROM p;
CREATE TABLE u (k char(5) UNIQUE, b bytea UNIQUE, n numeric UNIQUE, x text, UNIQUE (x, n)); INSERT INTO u VALUES ('a', '\x61', 1.5, 'a'), ('A', '\x6100', 1.6, 'a '), ('á', '\x', 0, 'a');
CREATE TABLE ci (id serial PRIMARY KEY, t text); INSERT INTO ci VALUES (0, 'zero'), (-3, 'neg');
COMMENT ON TABLE u IS NULL;
DO $$ BEGIN EXECUTE 'COMMENT ON TABLE p IS ' || quote_literal(repeat('é', 2049)); EXECUTE 'COMMENT ON COLUMN p.k IS ' || quote_literal(repeat('é', 1024)); EXECUTE 'COMMENT ON COLUMN ch.k IS ' || quote_literal(repeat('é', 1025)); END $$;
CREATE SEQUENCE "s😀";
