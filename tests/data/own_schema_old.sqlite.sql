-- SPDX-License-Identifier: Apache-2.0
-- An application's database as its old version kept it in SQLite: its new version makes tables of
-- its own (own_schema_new.*.sql), and gets these rows.
CREATE TABLE Person (
    PersonId INTEGER PRIMARY KEY,
    Name NVARCHAR(40) NOT NULL,
    Active INTEGER NOT NULL,
    Born DATETIME,
    Seen INTEGER,
    Added TEXT,
    Token TEXT,
    Settings TEXT,
    Balance NUMERIC(10,2),
    Legacy TEXT
);
CREATE TABLE Orders (
    OrderId INTEGER PRIMARY KEY,
    PersonId INTEGER REFERENCES Person (PersonId),
    Total REAL,
    Paid TEXT,
    Digest BLOB
);
CREATE TABLE Tag (TagId INTEGER PRIMARY KEY, Word TEXT);
CREATE INDEX by_person ON Orders (PersonId);
CREATE VIEW debtors AS SELECT * FROM Person WHERE Balance < 0;
INSERT INTO Person VALUES
    (1, 'Ada', 1, '1815-12-10 00:00:00', 1700000000, '2024-01-02 03:04:05.25', '550E8400E29B41D4A716446655440000', '{"a": [1, 2]}', 12.5, 'x'),
    (2, 'Émile', 0, NULL, NULL, '2024-02-29T12:00:00+02:00', NULL, NULL, -0.1, NULL),
    (7, 'Bob', 1, '1969-07-20 00:00:00', -1, NULL, '6ba7b8109dad11d180b400c04fd430c8', '5', 100, 'y');
INSERT INTO Orders VALUES
    (10, 1, 9.99, 'true', x'00112233445566778899aabbccddeeff'),
    (11, 7, 5.0, 'f', NULL),
    (12, NULL, NULL, NULL, x'ffffffffffffffffffffffffffffffff');
