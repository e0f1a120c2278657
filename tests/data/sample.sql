-- SPDX-License-Identifier: Apache-2.0
-- sample.sql: a small lending library with one of each thing that people have in SQLite files.
PRAGMA application_id = 1886352500;
PRAGMA user_version = 3;
BEGIN;

CREATE TABLE author (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL COLLATE NOCASE,
    born DATE,
    UNIQUE (name)
);
CREATE TABLE book (
    id INTEGER PRIMARY KEY,
    title VARCHAR(120) NOT NULL CHECK (length(title) > 0),
    author_id INTEGER NOT NULL REFERENCES author (id) ON DELETE RESTRICT,
    price DECIMAL(8, 2) DEFAULT 0,
    weight REAL,
    cover BLOB,
    notes TEXT,
    in_print BOOLEAN NOT NULL DEFAULT 1,
    gross DECIMAL(8, 2) GENERATED ALWAYS AS (price * 1.06) STORED,
    added DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX book_by_author ON book (author_id, title DESC);
CREATE INDEX book_in_print ON book (title) WHERE in_print;
CREATE TABLE member (
    email TEXT PRIMARY KEY,
    name TEXT,
    fines DECIMAL(6, 2) NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE loan (
    book_id INTEGER NOT NULL REFERENCES book (id) ON DELETE CASCADE,
    email TEXT NOT NULL REFERENCES member (email) ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED,
    since DATE NOT NULL,
    until DATE,
    PRIMARY KEY (book_id, email, since)
);
CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value ANY
) STRICT;
CREATE TABLE log (at TEXT, what TEXT);

INSERT INTO author (name, born) VALUES
    ('Astrid', '1907-11-14'), ('Jorge Luis', '1899-08-24'), ('紫式部', NULL), ('O''Brien "Flann"', '1911-10-05');
DELETE FROM author WHERE name = 'Jorge Luis';

INSERT INTO book (id, title, author_id, price, weight, cover, notes, in_print, added) VALUES
    (1, 'Pippi', 1, 12.50, 0.31, x'89504E470D0A1A0A00', 'two copies', 1, '2024-01-02 03:04:05'),
    (2, '源氏物語', 3, 39, 1.2, NULL, NULL, 1, '2024-01-02 03:04:06'),
    (3, 'At Swim', 4, '9.99', 1e-3, x'', CAST(x'6100620A63' AS TEXT), 0, '2024-02-29 23:59:59'),
    (9007199254740993, 'A very large number', 1, 0, -0.0, zeroblob(300), '', 1, '9999-12-31 00:00:00');

INSERT INTO member VALUES
    ('ada@example.org', 'Ada', 0), ('bob@example.org', NULL, 1.25), ('100%"\/@example.org', 'C', 0.1);

INSERT INTO loan
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 199)
SELECT i % 3 + 1, CASE i % 2 WHEN 0 THEN 'ada@example.org' ELSE 'bob@example.org' END,
       date('2020-01-01', i || ' days'), CASE WHEN i % 5 THEN date('2020-01-15', i || ' days') END
FROM n;

INSERT INTO setting VALUES ('pages', 12), ('ratio', 0.5), ('theme', 'dark'), ('key', x'00FF'), ('none', NULL);

CREATE VIEW overdue AS
    SELECT b.title, l.email FROM loan l JOIN book b ON b.id = l.book_id WHERE l.until IS NULL;
CREATE TRIGGER loan_logged AFTER INSERT ON loan BEGIN
    INSERT INTO log VALUES (new.since, 'loan of ' || new.book_id);
END;
COMMIT;
