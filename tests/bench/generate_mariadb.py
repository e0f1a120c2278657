# SPDX-License-Identifier: Apache-2.0
"""generate_mariadb.py ROWS FOLDER - the shop of generate.py as files for LOAD DATA in FOLDER, and
on standard output the statements that load them, in the types that MariaDB has for it."""

import os
import sys

import generate

TABLES = {
    "product": "id int PRIMARY KEY, name text NOT NULL, price decimal(10,2) NOT NULL, weight double, "
               "description text, picture longblob",
    "customer": "id int PRIMARY KEY, email varchar(100) NOT NULL, name text, city varchar(40), born date, "
                "active tinyint(1) NOT NULL DEFAULT 1",
    "sale": "id int PRIMARY KEY, customer_id int NOT NULL, sold_at datetime NOT NULL, "
            "total decimal(10,2), note text",
    "sale_line": "sale_id int NOT NULL, line int NOT NULL, product_id int NOT NULL, "
                 "quantity int NOT NULL, price decimal(10,2) NOT NULL, discount double, PRIMARY KEY (sale_id, line)",
    "event": "at datetime, kind varchar(40), payload longblob, value double",
}
BYTES = {"product": "picture", "event": "payload"}
KEYS = """
CREATE UNIQUE INDEX customer_by_email ON customer (email);
CREATE INDEX sale_by_customer ON sale (customer_id, sold_at);
CREATE INDEX line_by_product ON sale_line (product_id);
CREATE INDEX event_by_time ON event (at);
ALTER TABLE sale ADD CONSTRAINT sale_customer FOREIGN KEY (customer_id) REFERENCES customer (id);
ALTER TABLE sale_line ADD CONSTRAINT line_sale FOREIGN KEY (sale_id) REFERENCES sale (id);
ALTER TABLE sale_line ADD CONSTRAINT line_product FOREIGN KEY (product_id) REFERENCES product (id);
"""


def field(value):
    if value is None:
        return "\\N"
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, bytes):
        return value.hex()
    return str(value)


def load(name, path):
    names = [column.split()[0] for column in TABLES[name].split(", PRIMARY KEY (")[0].split(", ")]
    held = BYTES.get(name)
    columns = ", ".join("@bytes" if column == held else column for column in names)
    setting = " SET %s = UNHEX(@bytes)" % held if held else ""
    return "LOAD DATA LOCAL INFILE '%s' INTO TABLE %s CHARACTER SET utf8mb4 (%s)%s;\n" % (path, name, columns, setting)


def main():
    n, folder = int(sys.argv[1]), sys.argv[2]
    out = sys.stdout
    for name, columns in TABLES.items():
        out.write("CREATE TABLE %s (%s) CHARACTER SET utf8mb4;\n" % (name, columns))
    for name, rows in generate.tables(n):
        path = os.path.join(folder, name + ".tsv")
        with open(path, "w", encoding="utf-8") as file:
            for row in rows:
                file.write("\t".join(map(field, row)) + "\n")
        out.write(load(name, path))
    out.write(KEYS)


if __name__ == "__main__":
    main()
