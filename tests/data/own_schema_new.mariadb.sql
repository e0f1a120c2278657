-- SPDX-License-Identifier: Apache-2.0
-- The same of MariaDB.
CREATE TABLE person (
    name varchar(40) NOT NULL,
    active tinyint(1) NOT NULL,
    personid int NOT NULL AUTO_INCREMENT PRIMARY KEY,
    born date,
    seen datetime(6),
    added datetime(6),
    token char(32) UNIQUE,
    settings json,
    balance decimal(12,2) NOT NULL DEFAULT 0,
    kind varchar(20) NOT NULL DEFAULT 'customer',
    loud varchar(40) AS (upper(name)) STORED,
    made datetime(6) NOT NULL DEFAULT current_timestamp(6)
);
CREATE TABLE orders (
    digest uuid,
    paid bit(1),
    total decimal(8,2),
    personid int,
    orderid int NOT NULL AUTO_INCREMENT PRIMARY KEY,
    state varchar(10) NOT NULL DEFAULT 'old',
    FOREIGN KEY (personid) REFERENCES person (personid)
);
CREATE TABLE tag (tagid bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, word text);
CREATE TABLE django_migrations (id int PRIMARY KEY AUTO_INCREMENT, name text);
INSERT INTO django_migrations (name) VALUES ('0001_initial');
