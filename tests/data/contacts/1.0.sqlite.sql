-- An address book, as its version 1.0 had it.
CREATE TABLE role (id INTEGER PRIMARY KEY, code VARCHAR(20) NOT NULL UNIQUE);
CREATE TABLE department (
    id INTEGER PRIMARY KEY, name VARCHAR(60) NOT NULL, head_id INTEGER REFERENCES person(id));
CREATE TABLE person (
    id INTEGER PRIMARY KEY, name VARCHAR(80) NOT NULL, region VARCHAR(40), street VARCHAR(80), city VARCHAR(40),
    account1 VARCHAR(34), account2 VARCHAR(34), shoe_size INTEGER, born DATE,
    department_id INTEGER REFERENCES department(id), role_id INTEGER REFERENCES role(id));
CREATE INDEX person_by_name ON person (name);
CREATE TABLE company (
    id INTEGER PRIMARY KEY, name VARCHAR(80) NOT NULL, region VARCHAR(40), vat_number VARCHAR(20));
CREATE TABLE visit (id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES person(id), noted DECIMAL(8,2));

INSERT INTO role VALUES (1, 'clerk'), (2, 'boss'), (7, 'guest');
INSERT INTO department VALUES (1, 'Sales', 2), (2, 'Store', NULL);
INSERT INTO person VALUES
    (1, 'Ann Archer', 'North', '1 Elm St', 'Ayr', 'DE89 3704', 'FR14 2004', 38, '1970-01-31', 1, 1),
    (2, 'Bob', 'South', NULL, NULL, NULL, NULL, 44, '1980-12-01', 1, 2),
    (3, 'Carla de la Cruz', 'Lapland', '3 Oak Av', 'Rovaniemi', NULL, 'FI21 1234', NULL, NULL, 2, 7),
    (4, 'Dee Dole', NULL, '4 Ash Rd', 'Cork', '', 'IE29 AIBK', 40, '2000-02-29', NULL, NULL);
INSERT INTO company VALUES (1, 'Acme', 'North', 'X1'), (2, 'Babel', 'Babylonia', NULL);
INSERT INTO visit VALUES (1, 1, 12.50), (2, 1, 0.10), (3, 3, NULL);
