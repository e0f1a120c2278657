-- SPDX-License-Identifier: Apache-2.0
-- The same of SQLite.
CREATE TABLE person (
    name varchar(40) NOT NULL,
    active bool NOT NULL,
    personid integer PRIMARY KEY AUTOINCREMENT,
    born date,
    seen datetime,
    added datetime,
    token char(32) UNIQUE,
    settings text CHECK (json_valid(settings) OR settings IS NULL),
    balance decimal(12,2) NOT NULL DEFAULT 0,
    kind text NOT NULL DEFAULT 'customer',
    loud text GENERATED ALWAYS AS (upper(name)) STORED,
    made datetime NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE TABLE orders (
    digest uuid,
    paid bool,
    total decimal(8,2),
    personid integer REFERENCES person (personid),
    orderid integer PRIMARY KEY AUTOINCREMENT,
    state varchar(10) NOT NULL DEFAULT 'old'
);
CREATE TABLE tag (tagid integer PRIMARY KEY AUTOINCREMENT, word text);
CREATE TABLE django_migrations (id integer PRIMARY KEY, name text);
INSERT INTO django_migrations (name) VALUES ('0001_initial');
CREATE TRIGGER checked BEFORE INSERT ON orders BEGIN SELECT RAISE(ABORT, 'it fired'); END;
