-- SPDX-License-Identifier: Apache-2.0
-- The new version's own tables: other types, order and case, more columns, a trigger that must not
-- fire for rows that were there before it.
CREATE TABLE orders (
    digest uuid,
    paid boolean,
    total numeric(8,2),
    personid integer,
    orderid integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    state varchar(10) NOT NULL DEFAULT 'old'
);
CREATE TABLE person (
    name varchar(40) NOT NULL,
    active boolean NOT NULL,
    personid serial PRIMARY KEY,
    born date,
    seen timestamptz,
    added timestamptz,
    token uuid UNIQUE,
    settings jsonb,
    balance numeric(12,2) NOT NULL DEFAULT 0,
    kind text NOT NULL DEFAULT 'customer',
    loud text GENERATED ALWAYS AS (upper(name)) STORED,
    made timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE tag (tagid bigserial PRIMARY KEY, word text);
ALTER TABLE orders ADD FOREIGN KEY (personid) REFERENCES person (personid);
CREATE TABLE django_migrations (id serial PRIMARY KEY, name text);
INSERT INTO django_migrations (name) VALUES ('0001_initial');
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''it fired''; END';
CREATE TRIGGER checked BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION refuse();
