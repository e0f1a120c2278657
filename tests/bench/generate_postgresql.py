# SPDX-License-Identifier: Apache-2.0
"""generate_postgresql.py ROWS - the shop of generate.py for psql, on standard output, in the types
that PostgreSQL has for it."""

import sys

import generate

TABLES = {
    "product": "id integer, name text NOT NULL, price numeric(10,2) NOT NULL, weight float8, "
               "description text, picture bytea",
    "customer": "id integer, email text NOT NULL, name text, city varchar(40), born date, "
                "active boolean NOT NULL DEFAULT true",
    "sale": "id integer, customer_id integer NOT NULL, sold_at timestamp NOT NULL, "
            "total numeric(10,2), note text",
    "sale_line": "sale_id integer NOT NULL, line integer NOT NULL, product_id integer NOT NULL, "
                 "quantity integer NOT NULL, price numeric(10,2) NOT NULL, discount float8",
    "event": "at timestamp, kind text, payload bytea, value float8",
}
KEYS = """
ALTER TABLE product ADD PRIMARY KEY (id);
ALTER TABLE customer ADD PRIMARY KEY (id);
ALTER TABLE sale ADD PRIMARY KEY (id);
ALTER TABLE sale_line ADD PRIMARY KEY (sale_id, line);
CREATE UNIQUE INDEX customer_by_email ON customer (email);
CREATE INDEX sale_by_customer ON sale (customer_id, sold_at);
CREATE INDEX line_by_product ON sale_line (product_id);
CREATE INDEX event_by_time ON event (at);
ALTER TABLE sale ADD FOREIGN KEY (customer_id) REFERENCES customer (id);
ALTER TABLE sale_line ADD FOREIGN KEY (sale_id) REFERENCES sale (id);
ALTER TABLE sale_line ADD FOREIGN KEY (product_id) REFERENCES product (id);
VACUUM ANALYZE;
"""


def field(value):
    if value is None:
        return "\\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, bytes):
        return "\\\\x" + value.hex()
    return str(value)


def main():
    n = int(sys.argv[1])
    out = sys.stdout
    for name, columns in TABLES.items():
        out.write("CREATE TABLE %s (%s);\n" % (name, columns))
    for name, rows in generate.tables(n):
        out.write("COPY %s FROM STDIN;\n" % name)
        for row in rows:
            out.write("\t".join(map(field, row)) + "\n")
        out.write("\\.\n")
    out.write(KEYS)


if __name__ == "__main__":
    main()
