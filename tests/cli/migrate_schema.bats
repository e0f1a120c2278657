#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What a step makes of the schema of a database, into the engine that it came from.

load polydump

teardown()
{
    pg_clean
    my_clean
}

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

@test "a column keeps its type and its default where only NULL is said" {
    local old wanted="k|5|NO|x v||YES|8"
    database old.db <<<"CREATE TABLE c (id INTEGER PRIMARY KEY, k VARCHAR(5) DEFAULT 'x', v INT NOT NULL DEFAULT 7); INSERT INTO c (id, k) VALUES (1, 'abc')"
    script 1.0.lua <<<'db:change_column("c", "k", {null = false}) db:change_column("c", "v", {null = true, default = 8})'
    ends_with 0 pd copy old.db new.db --app-version 1.0 --migrations steps
    [ "$(sqlite3 new.db "SELECT name, type, \"notnull\", dflt_value FROM pragma_table_info('c') WHERE name <> 'id'" | paste -sd ' ')" = "k|VARCHAR(5)|1|'x' v|INT|0|8" ]
    pg_new old
    old=$pg_url
    pd copy old.db "$old"
    pg_new new
    ends_with 0 pd copy "$old" "$pg_url" --app-version 1.0 --migrations steps
    [ "$(pg_ask new "SELECT column_name, character_maximum_length, is_nullable, substring(column_default, '[0-9x]+') FROM information_schema.columns WHERE table_name = 'c' AND column_name <> 'id' ORDER BY 1" | paste -sd ' ')" = "$wanted" ]
    my_new old
    old=$my_url
    pd copy old.db "$old"
    my_new new
    ends_with 0 pd copy "$old" "$my_url" --app-version 1.0 --migrations steps
    [ "$(my_ask new "SELECT COLUMN_NAME, COALESCE(CHARACTER_MAXIMUM_LENGTH, ''), IS_NULLABLE, TRIM(BOTH '''' FROM COLUMN_DEFAULT) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND COLUMN_NAME <> 'id' ORDER BY 1" | tr '\t' '|' | paste -sd ' ')" = "$wanted" ]
    script 1.0.lua <<<'db:change_column("c", "k", {default = "y"})'
    complains 1 "column 'k' says neither 'type' nor 'null', which is what becomes of it" -- pd copy old.db b.db --app-version 1.0 --migrations steps
    script 1.0.lua <<<'db:change_column("c", "k", {null = true, identity = true})'
    complains 1 "column 'k' says 'identity' and not 'type', which goes with it" -- pd copy old.db b.db --app-version 1.0 --migrations steps
    [ ! -e b.db ]
}

# counted ENGINE - five tables that number their rows in one way or another, the last one was 4; of
# them q does not, and has 7.
counted()
{
    local t number
    case $1 in
    sqlite) number="INTEGER PRIMARY KEY AUTOINCREMENT" ;;
    postgresql) number="int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY" ;;
    mariadb) number="int AUTO_INCREMENT PRIMARY KEY" ;;
    esac
    for t in p r s k; do
        [ $1$t = postgresqlr ] && echo "CREATE TABLE r (id serial PRIMARY KEY, n text);" || echo "CREATE TABLE $t (id $number, n text);"
        echo "INSERT INTO $t (n) VALUES ('a'), ('b'), ('c'), ('d'); DELETE FROM $t WHERE id > 2;"
    done
    echo "CREATE TABLE q (id int NOT NULL PRIMARY KEY, n text); INSERT INTO q VALUES (1, 'a'), (7, 'b');"
}

@test "a key that gets another type numbers its rows as before, or behind them, and not if it shall not" {
    local engine from t
    script 1.0.lua <<<'
        db:change_column("p", "id", {type = "int64", null = false, identity = true})
        db:change_column("q", "id", {type = "int64", null = false, identity = true})
        db:change_column("r", "id", {type = "int64", null = false})
        db:change_column("s", "id", {type = "int64", null = false, identity = false})
        db:change_column("k", "id", {type = "int64", null = false})'
    counted sqlite | database old.db
    ends_with 0 pd copy old.db new.db --app-version 1.0 --migrations steps
    [ "$(for t in p q r k; do sqlite3 new.db "INSERT INTO $t (n) VALUES ('x'); SELECT max(id) FROM $t"; done | paste -sd ' ')" = "5 8 5 5" ]
    pg_new old
    pg_ask old "$(counted postgresql)"
    from=$pg_url
    pg_new new
    ends_with 0 pd copy "$from" "$pg_url" --app-version 1.0 --migrations steps
    [ "$(pg_ask new "INSERT INTO p (n) VALUES ('x'); INSERT INTO q (n) VALUES ('x'); INSERT INTO r (n) VALUES ('x'); INSERT INTO k (n) VALUES ('x');
        SELECT (SELECT max(id) FROM p), (SELECT max(id) FROM q), (SELECT max(id) FROM r), (SELECT max(id) FROM k), count(*), min(seqtypid::regtype::text) FROM pg_sequence")" = "5|8|5|5|4|bigint" ]
    ! pg_ask new "INSERT INTO s (n) VALUES ('x')" 2>/dev/null || return 1
    my_new old
    my_ask old "$(counted mariadb)"
    from=$my_url
    my_new new
    ends_with 0 pd copy "$from" "$my_url" --app-version 1.0 --migrations steps
    [ "$(my_ask new "INSERT INTO p (n) VALUES ('x'); INSERT INTO q (n) VALUES ('x'); INSERT INTO r (n) VALUES ('x'); INSERT INTO k (n) VALUES ('x');
        SELECT (SELECT max(id) FROM p), (SELECT max(id) FROM q), (SELECT max(id) FROM r), (SELECT max(id) FROM k)" | tr '\t' '|')" = "5|8|5|5" ]
    ! my_ask new "INSERT INTO s (n) VALUES ('x')" 2>/dev/null || return 1
    # From one engine to another they go on behind the rows at least.
    pg_new other
    ends_with 3 pd copy "$from" "$pg_url" --app-version 1.0 --migrations steps
    [ "$(pg_ask other "INSERT INTO q (n) VALUES ('x') RETURNING id; INSERT INTO r (n) VALUES ('x') RETURNING id" | paste -sd ' ')" = "8 5" ]
}

@test "that a column does not number new rows after a step is told, and is no fault" {
    local from line="left out: step '1.0' -> '1.1': column 'id' of table 'p' does not number new rows any more, and gets no default: who adds a row has to give it one"
    script 1.0.lua <<<'
        db:change_column("p", "id", {type = "int64", null = false, identity = false})
        db:change_column("q", "id", {type = "int64", null = false})
        db:change_column("r", "id", {type = "int64", null = false, identity = false})
        db:change_column("r", "id", {type = "int64", null = false, identity = true})
        db:change_column("s", "id", {type = "text(20)", null = false, default = "none"})
        db:rename_table("k", "kk")
        db:rename_column("kk", "id", "no")
        db:change_column("kk", "no", {type = "text(20)", null = false})'
    counted sqlite | database old.db
    sqlite3 old.db "CREATE TABLE one (id INTEGER PRIMARY KEY REFERENCES p (id))"
    sed -i 's/db:rename_table/db:change_column("one", "id", {type = "int64", null = false, identity = false}) &/' steps/1.0.lua
    ends_with 0 "$POLYDUMP" copy old.db new.db --app-version 1.0 --migrations steps
    [[ "$stderr" == *"$line"* ]]
    [[ "$stderr" == *"column 'no' of table 'kk' does not number"* ]]
    [ "$(grep -c "does not number" <<<"$stderr")" -eq 2 ]
    ends_with 0 "$POLYDUMP" plan old.db plan.db --app-version 1.0 --migrations steps
    [[ "$output" == *"$line"* ]]
    sed -i '/"one"/s/db:change_column("one[^)]*)//' steps/1.0.lua
    pg_new old
    pg_ask old "$(counted postgresql); ALTER TABLE r RENAME TO p2; ALTER TABLE p RENAME TO r; ALTER TABLE p2 RENAME TO p"
    from=$pg_url
    my_new new
    ends_with 0 "$POLYDUMP" copy "$from" "$my_url" --app-version 1.0 --migrations steps
    [[ "$stderr" == *"$line"* ]]
    [ "$(grep -c "does not number" <<<"$stderr")" -eq 2 ]
}

@test "a text that is too long for its new type says so" {
    database old.db <<<"CREATE TABLE c (id INTEGER PRIMARY KEY, k VARCHAR(5)); INSERT INTO c VALUES (1, 'aé'), (2, 'abé')"
    script 1.0.lua <<<'db:change_column("c", "k", {type = "text(2)"})'
    complains 1 "column 'k', row with id = '2': 'abé' is not exactly a value of 'text(2)': it has 3 characters; let the step see the rows" \
        -- pd copy old.db b.db --app-version 1.0 --migrations steps
    [ ! -e b.db ]
}

@test "blanks at the end of a char say nothing where it is looked up or set" {
    local url
    pg_new old
    pg_ask old "CREATE TABLE r (code char(5) PRIMARY KEY, name text); INSERT INTO r VALUES ('ab', 'one'), ('abcde', 'two');
        CREATE TABLE s (id int PRIMARY KEY, code text, name text); INSERT INTO s VALUES (1, 'ab   ', NULL), (2, 'ab', NULL), (3, 'ab        ', NULL), (4, 'abcde ', NULL), (5, ' ab', NULL)"
    my_new old
    my_ask old "CREATE TABLE r (code char(5) PRIMARY KEY, name varchar(20)); INSERT INTO r VALUES ('ab', 'one'), ('abcde', 'two');
        CREATE TABLE s (id int PRIMARY KEY, code varchar(20), name varchar(20)); INSERT INTO s VALUES (1, 'ab   ', NULL), (2, 'ab', NULL), (3, 'ab        ', NULL), (4, 'abcde ', NULL), (5, ' ab', NULL)"
    mkdir steps
    cat >steps/1.0.lua <<'LUA'
return {to = "1.1", needs = {r = {table = "r", keys = {"code"}, values = {"name"}}},
  tables = {s = function(row, ctx) row.name = ctx:lookup("r", row.code) return row end}}
LUA
    for url in "$pg_url" "$my_url"; do
        pd copy "$url" new.db --app-version 1.0 --migrations steps || [ $? -eq 3 ]
        [ "$(sqlite3 new.db "SELECT group_concat(coalesce(name, '-')) FROM (SELECT name FROM s ORDER BY id)")" = "one,one,one,two,-" ]
        rm new.db
    done
    sed -i 's/row.code)/row.code .. "fghij")/' steps/1.0.lua
    complains 1 "it is too long" -- pd copy "$pg_url" new.db --app-version 1.0 --migrations steps
}
