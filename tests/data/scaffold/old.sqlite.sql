-- Version 1 of a shop that changes in every way that a script can say.
CREATE TABLE customer (id INTEGER PRIMARY KEY, "end" TEXT, "say ""hi""" TEXT, born DATE, score REAL, active BOOLEAN DEFAULT 1,
    city VARCHAR(40) NOT NULL DEFAULT 'Ayr', nick VARCHAR(10), total INTEGER, CHECK (total >= 0));
CREATE INDEX customer_by_city ON customer (city);
CREATE UNIQUE INDEX customer_by_nick ON customer (nick) WHERE nick IS NOT NULL;
CREATE TABLE "or""der" (number INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customer (id), "línea
dos" TEXT, price DECIMAL(8,2), "when" TIMESTAMP);
CREATE TABLE stock (code VARCHAR(12) NOT NULL PRIMARY KEY, place TEXT, pieces INTEGER NOT NULL);
CREATE TABLE left_hand (id INTEGER PRIMARY KEY, a TEXT, b TEXT);
CREATE TABLE right_hand (id INTEGER PRIMARY KEY, c INTEGER, d REAL);
CREATE TABLE scrap (x TEXT, y BLOB);
INSERT INTO customer VALUES (1, 'x', 'hello', '1970-01-31', 1.5, 1, 'Ayr', 'ann', 7), (2, NULL, 'hola', NULL, 2.0, 0, 'Cork', NULL, 0),
    (3, 'z', NULL, '2000-02-29', NULL, NULL, 'Oslo', 'cleo', NULL);
INSERT INTO "or""der" VALUES (10, 1, 'first', 12.5, '2024-01-02 03:04:05'), (11, 1, 'second', 0.1, NULL), (12, 3, NULL, NULL, '2024-02-29 00:00:00');
INSERT INTO stock VALUES ('A1', 'shelf', 5), ('B2', NULL, 0), ('C3', 'floor', 70);
INSERT INTO left_hand VALUES (1, 'one', 'uno'), (2, 'two', 'dos');
INSERT INTO right_hand VALUES (1, 5, 0.5), (2, 6, 0.25);
INSERT INTO scrap VALUES ('gone', x'00ff');
