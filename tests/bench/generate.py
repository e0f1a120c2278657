# SPDX-License-Identifier: Apache-2.0
"""generate.py FILE ROWS - make a database of ROWS rows in all, the same for the same ROWS: a shop
with one large table and some smaller ones, of integers, decimals, dates, texts, blobs and NULLs,
with indexes and foreign keys."""

import os
import random
import sqlite3
import sys

SCHEMA = """
CREATE TABLE product (id INTEGER PRIMARY KEY, name TEXT NOT NULL, price DECIMAL(10,2) NOT NULL,
    weight REAL, description TEXT, picture BLOB);
CREATE TABLE customer (id INTEGER PRIMARY KEY, email TEXT NOT NULL, name TEXT, city VARCHAR(40),
    born DATE, active BOOLEAN NOT NULL DEFAULT 1);
CREATE TABLE sale (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customer (id),
    sold_at DATETIME NOT NULL, total DECIMAL(10,2), note TEXT);
CREATE TABLE sale_line (sale_id INTEGER NOT NULL REFERENCES sale (id), line INTEGER NOT NULL,
    product_id INTEGER NOT NULL REFERENCES product (id), quantity INTEGER NOT NULL,
    price DECIMAL(10,2) NOT NULL, discount REAL, PRIMARY KEY (sale_id, line)) WITHOUT ROWID;
CREATE TABLE event (at DATETIME, kind TEXT, payload BLOB, value REAL);
"""
INDEXES = """
CREATE UNIQUE INDEX customer_by_email ON customer (email);
CREATE INDEX sale_by_customer ON sale (customer_id, sold_at);
CREATE INDEX line_by_product ON sale_line (product_id);
CREATE INDEX event_by_time ON event (at);
"""
WORDS = ("amber brook cedar delta ember fjord grove haven inlet jetty knoll ledge marsh north oasis "
         "prairie quarry river summit tundra upland valley willow yonder zenith").split()


def text(chance, least, most):
    return " ".join(chance.choice(WORDS) for _ in range(chance.randint(least, most)))


def day(chance):
    return "%04d-%02d-%02d" % (chance.randint(1940, 2024), chance.randint(1, 12), chance.randint(1, 28))


def moment(number):
    minute = number * 3 // 2
    return "%04d-%02d-%02d %02d:%02d:%02d" % (
        2000 + minute // 483840 % 100, minute // 40320 % 12 + 1, minute // 1440 % 28 + 1,
        minute // 60 % 24, minute % 60, number * 7 % 60)


def products(chance, n):
    for i in range(1, n + 1):
        picture = chance.randbytes(chance.randint(200, 1500)) if i % 4 else None
        yield (i, text(chance, 1, 4), chance.randint(50, 99999) / 100, chance.random() * 20,
               text(chance, 5, 60) if i % 7 else None, picture)


def customers(chance, n):
    for i in range(1, n + 1):
        yield (i, "%s.%d@example.org" % (chance.choice(WORDS), i), text(chance, 2, 3).title(),
               chance.choice(WORDS).title() if i % 9 else None, day(chance), i % 5 != 0)


def sales(chance, n, n_customers):
    for i in range(1, n + 1):
        yield (i, chance.randint(1, n_customers), moment(i), chance.randint(100, 500000) / 100,
               text(chance, 2, 12) if i % 6 == 0 else None)


def lines(chance, n, n_sales, n_products):
    for i in range(n):
        sale = i * n_sales // n
        line = i - -(-sale * n // n_sales) + 1
        yield (sale + 1, line, chance.randint(1, n_products), chance.randint(1, 12),
               chance.randint(50, 99999) / 100, 0.05 * chance.randint(1, 6) if i % 8 == 0 else None)


def events(chance, n):
    for i in range(n):
        yield (moment(i), chance.choice(WORDS), chance.randbytes(16) if i % 3 == 0 else None, chance.random())


def tables(rows):
    """The tables in an order in which they can be made, each with its rows."""
    n_products, n_customers, n_sales, n_events = rows // 100, rows // 20, rows // 5, rows // 10
    n_lines = rows - n_products - n_customers - n_sales - n_events
    return (("product", products(random.Random(1), n_products)),
            ("customer", customers(random.Random(2), n_customers)),
            ("sale", sales(random.Random(3), n_sales, n_customers)),
            ("sale_line", lines(random.Random(4), n_lines, n_sales, n_products)),
            ("event", events(random.Random(5), n_events)))


def main():
    path, n = sys.argv[1], int(sys.argv[2])
    if os.path.exists(path):
        os.unlink(path)
    database = sqlite3.connect(path)
    database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + SCHEMA)
    for table, made in tables(n):
        marks = ",".join("?" * len(database.execute("PRAGMA table_info(%s)" % table).fetchall()))
        database.executemany("INSERT INTO %s VALUES (%s)" % (table, marks), made)
        database.commit()
    database.executescript(INDEXES)
    database.close()


if __name__ == "__main__":
    main()
