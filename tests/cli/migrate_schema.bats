#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What a step makes of the schema of a database, into the engine that it came from.

load polydump

# towns NAME - a database with something of everything that names follow through.
towns()
{
    database "$1" <<'EOF'
CREATE TABLE country(id INTEGER PRIMARY KEY, code TEXT NOT NULL);
CREATE TABLE city(id INTEGER PRIMARY KEY AUTOINCREMENT, name VARCHAR(50),
  country_id INT REFERENCES Country(ID));
CREATE TABLE person(id INTEGER PRIMARY KEY, name NVARCHAR(20), region TEXT DEFAULT 'x',
  age INT CHECK(Age > 0), city INT REFERENCES city, born DATE);
CREATE INDEX by_region ON person(region) WHERE region <> '';
CREATE INDEX by_lower ON person(lower(name));
CREATE TABLE worker(id INT, name TEXT, region TEXT);
CREATE TABLE note(t TEXT);
CREATE VIEW adults AS SELECT * FROM person WHERE age > 18;
CREATE VIEW twice AS SELECT * FROM adults;
CREATE VIEW cities AS SELECT * FROM city;
CREATE TRIGGER stamp AFTER INSERT ON city BEGIN UPDATE note SET t = 'z'; END;
INSERT INTO country VALUES(1, 'BE'), (2, 'EE');
INSERT INTO city VALUES(1, 'Eupen', 1), (7, 'Tallinn', 2);
INSERT INTO person VALUES(1, 'Ann', 'N', 30, 1, '2000-01-02'), (2, 'Bob', 'S', 17, 7, NULL);
INSERT INTO worker VALUES(10, 'Wim', 'N');
INSERT INTO note VALUES('a'), ('b');
DELETE FROM note WHERE t = 'a';
EOF
}

# script FILE - a step of these calls, from stdin.
script()
{
    mkdir -p steps
    printf 'return {to = "1.1", about = "changes", schema = function(db)\n%s\nend}\n' \
        "$(cat)" >"steps/$1"
}

changes='
    db:rename_table("country", "land")
    db:rename_column("land", "id", "nr")
    db:rename_column("person", "region", "area")
    db:rename_column("worker", "region", "area")
    db:merge_table("worker", "person")
    db:rename_column("person", "age", "years")
    db:change_column("person", "years", {name = "years", type = "text"})
    db:add_column("person", {name = "active", type = "bool", default = true}, "city")
    db:add_key("note", {name = "pk", kind = "primary", columns = {"t"}})'

@test "names are followed, types spelled anew, and what may not stand is told" {
    towns a.db
    pd dump a.db a --app town --app-version 1.0
    script 1.0.lua <<<"$changes"
    ends_with 3 "$POLYDUMP" restore a b.db --native --migrations steps
    [ "$(grep -c "left out" <<<"$stderr")" -eq 3 ]
    [[ "$stderr" == *"trigger 'stamp' is not carried: step '1.0' -> '1.1' changes table 'note', which it may use; the new version of the application makes it"* ]]
    [[ "$stderr" == *"view 'adults' is not carried: step '1.0' -> '1.1' changes table 'person', "* ]]
    [[ "$stderr" == *"view 'twice' is not carried: it may use view 'adults', "* ]]
    diff - <(sqlite3 b.db .schema | grep -v sqlite_sequence) <<'EOF'
CREATE TABLE IF NOT EXISTS "land" (
  "nr" INTEGER PRIMARY KEY,
  "code" TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS "city" (
  "id" INTEGER PRIMARY KEY AUTOINCREMENT,
  "name" VARCHAR(50),
  "country_id" INT,
  FOREIGN KEY ("country_id") REFERENCES "land" ("nr")
);
CREATE TABLE IF NOT EXISTS "person" (
  "id" INTEGER PRIMARY KEY,
  "name" NVARCHAR(20),
  "area" TEXT DEFAULT 'x',
  "years" TEXT,
  "active" BOOLEAN DEFAULT 1,
  "city" INT,
  "born" DATE,
  CHECK (("years" > 0)),
  FOREIGN KEY ("city") REFERENCES "city"
);
CREATE TABLE IF NOT EXISTS "note" (
  "t" TEXT NOT NULL,
  CONSTRAINT "pk" PRIMARY KEY ("t")
);
CREATE INDEX "by_region" ON "person" ("area") WHERE ("area" <> '');
CREATE INDEX by_lower ON person(lower(name));
CREATE VIEW cities AS SELECT * FROM city
/* cities(id,name,country_id) */;
EOF
    diff - <(sqlite3 b.db 'SELECT * FROM person; SELECT * FROM note; SELECT * FROM land') <<'EOF'
1|Ann|N|30|1|1|2000-01-02
2|Bob|S|17|1|7|
10|Wim|N||1||
b
1|BE
2|EE
EOF
    [ "$(sqlite3 b.db 'PRAGMA foreign_key_check; PRAGMA integrity_check')" = ok ]
    ends_with 3 "$POLYDUMP" migrate a a1 --migrations steps
    pd restore a1 c.db --native
    diff <(sqlite3 b.db .dump) <(sqlite3 c.db .dump)
}

@test "a merged table has the columns that it goes to" {
    towns a.db
    pd dump a.db a --app town --app-version 1.0
    script 1.0.lua <<<'db:rename_column("person", "region", "area") db:merge_table("worker", "person")'
    ends_with 1 "$POLYDUMP" restore a b.db --no-native --migrations steps
    [[ "$stderr" == *"step '1.0' -> '1.1' (1.0.lua): table 'worker' cannot be merged into table 'person', which has no column 'region'; add or drop that first, or see the rows"* ]]
    [ ! -e b.db ]
}
