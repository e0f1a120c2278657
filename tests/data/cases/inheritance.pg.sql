-- Tables that inherit: what is declared where, and columns that came later.
SET client_min_messages = warning;
CREATE TABLE p(id int PRIMARY KEY, a text NOT NULL, d int DEFAULT 7, CONSTRAINT pos CHECK (id > 0), CONSTRAINT mine CHECK (d <> 5) NO INHERIT);
-- the simple one, with a column and a check of its own, and one of its own below it
CREATE TABLE b_child(own int GENERATED ALWAYS AS IDENTITY, twice int GENERATED ALWAYS AS (id * 2) STORED, CONSTRAINT own_small CHECK (own < 10)) INHERITS (p);
CREATE TABLE a_grandchild(x int) INHERITS (b_child);
-- declares what it inherits again, and its check too
CREATE TABLE again(a text, x int, CONSTRAINT pos CHECK (id > 0)) INHERITS (p);
-- was a table before
CREATE TABLE joined(x int, d int, a text NOT NULL, id int NOT NULL, CONSTRAINT pos CHECK (id > 0)); ALTER TABLE joined INHERIT p;
-- other defaults and other NULLs than its parent
CREATE TABLE differs() INHERITS (p); ALTER TABLE differs ALTER d SET DEFAULT 8; ALTER TABLE differs ALTER d SET NOT NULL;
CREATE TABLE bare() INHERITS (p); ALTER TABLE bare ALTER d DROP DEFAULT;
-- two parents with a column in common
CREATE SCHEMA s; CREATE TABLE s.q(id int, z text DEFAULT 'zz', CONSTRAINT zs CHECK (z <> ''));
CREATE TABLE two(k int) INHERITS (p, s.q);
-- columns that its parent got after it was there
CREATE TABLE e_old(e1 int); CREATE TABLE e_young(y int) INHERITS (e_old); ALTER TABLE e_old ADD COLUMN e2 int DEFAULT 3, ADD COLUMN e3 text NOT NULL DEFAULT 'x'; CREATE TABLE e_younger(w int) INHERITS (e_young); ALTER TABLE e_young ADD COLUMN v int; ALTER TABLE e_old ADD COLUMN e4 int;
INSERT INTO p(id, a) VALUES (1, 'p'); INSERT INTO b_child(id, a) VALUES (2, 'b'); INSERT INTO a_grandchild(id, a, own, x) VALUES (3, 'g', 1, 4);
INSERT INTO again VALUES (4, 'again'); INSERT INTO joined VALUES (1, NULL, 'j', 5); INSERT INTO differs(id, a) VALUES (6, 'd'); INSERT INTO two(id, a, k) VALUES (7, 't', 8);
INSERT INTO e_old VALUES (1); INSERT INTO e_young VALUES (2, 3); INSERT INTO e_younger(e1, w, v) VALUES (4, 5, 6);
