-- Version 2 of the shop in old.sqlite.sql.
CREATE TABLE client (id INTEGER PRIMARY KEY, "end" TEXT, greeting TEXT, born DATE, score REAL, active BOOLEAN NOT NULL DEFAULT 0,
    city VARCHAR(60) NOT NULL DEFAULT 'Cork', "do" VARCHAR(10), total NUMERIC(10,2), level INTEGER NOT NULL,
    doubled INTEGER GENERATED ALWAYS AS (level * 2) STORED, joined TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT level_is_low CHECK (level < 100));
CREATE INDEX client_by_city ON client (city, "do");
CREATE UNIQUE INDEX client_by_nick ON client ("do") WHERE "do" IS NOT NULL;
CREATE TABLE "or""der" (number INTEGER PRIMARY KEY, client_id INTEGER NOT NULL REFERENCES client (id) ON DELETE CASCADE,
    "línea dos" TEXT, price REAL, day DATE);
CREATE TABLE stock (place TEXT, code VARCHAR(12) NOT NULL, pieces BIGINT NOT NULL, PRIMARY KEY (code, pieces));
CREATE TABLE left_hand (id INTEGER PRIMARY KEY, c INTEGER, d REAL);
CREATE TABLE right_hand (id INTEGER PRIMARY KEY, b TEXT, a TEXT);
CREATE TABLE "new \ table" (id INTEGER PRIMARY KEY, client_id INTEGER REFERENCES client (id), kind VARCHAR(9) DEFAULT 'it''s "x"' CHECK (kind <> ''));
INSERT INTO client (id, "end", greeting, born, score, active, city, "do", total, level) VALUES
    (1, 'x', 'hello', '1970-01-31', 1.5, 1, 'Ayr', 'ann', 7, 1), (2, NULL, 'hola', NULL, 2.0, 0, 'Cork', NULL, 0, 2),
    (3, 'z', NULL, '2000-02-29', NULL, 1, 'Oslo', 'cleo', NULL, 3);
INSERT INTO "or""der" VALUES (10, 1, 'first', 12.5, '2024-01-02'), (11, 1, 'second', 0.1, NULL), (12, 3, NULL, NULL, '2024-02-29');
INSERT INTO stock VALUES ('shelf', 'A1', 5), (NULL, 'B2', 0), ('floor', 'C3', 70);
INSERT INTO left_hand VALUES (1, 5, 0.5), (2, 6, 0.25);
INSERT INTO right_hand VALUES (1, 'uno', 'one'), (2, 'dos', 'two');
