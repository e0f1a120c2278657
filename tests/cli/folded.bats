#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Keys of text whose collation takes 'n' and 'N' for the same: what the source's foreign keys hold is
# found by steps and by policy recreate, and what nobody can know is told.

load polydump

teardown()
{
    my_clean
    pg_clean
}

# A step that makes references by number of references by text.
step()
{
    mkdir -p m
    cat >m/1.lua <<'LUA'
return {to = "2", updates = {"region"},
  schema = function(db)
    db:drop_foreign_key("p", {"region"})
    db:add_column("region", {name = "id", type = "int32"})
    db:add_column("region", {name = "n", type = "int32", default = 0})
    db:add_column("p", {name = "rid", type = "int32"})
  end,
  needs = {r = {table = "region", keys = {"code"}, values = {"id"}}},
  tables = {
    region = function(r, ctx) r.id = ctx:next_number("r") return r end,
    p = function(r, ctx)
      r.rid = ctx:lookup("r", r.region)
      if r.rid then ctx:update("region", r.region, {n = r.rid}) end
      return r
    end}}
LUA
}

# The same without update().
plain_step()
{
    step
    sed -i 's/updates = {"region"},//; /ctx:update/d' m/1.lua
}

# by_collation COLLATION VALUES - MariaDB's regions N, Nord, Süd and rows of p that refer to them: its own
# foreign key holds them all. Which region each refers to in the target.
by_collation()
{
    my_clean
    my_new old
    my_ask old "CREATE TABLE region (code varchar(20) COLLATE $1 PRIMARY KEY);
        CREATE TABLE p (id int PRIMARY KEY, region varchar(20) COLLATE $1, FOREIGN KEY (region) REFERENCES region (code));
        INSERT INTO region VALUES ('N'), ('Nord'), ('Süd'); INSERT INTO p VALUES $2"
    local old=$my_url
    my_new new
    ends_with 0 "$POLYDUMP" copy "$old" "$my_url" --app-version 1 --migrations m
    my_ask new 'SELECT r.code FROM p LEFT JOIN region r ON r.id = p.rid ORDER BY p.id' | tr '\n' ' ' >got
}

@test "MariaDB: what a foreign key holds is found by its collation, and told once" {
    plain_step
    by_collation utf8mb4_general_ci "(1, 'n'), (2, 'N'), (3, 'NORD'), (4, 'sud'), (5, 'süd  '), (6, NULL)"
    [ "$(cat got)" = "N N Nord Süd Süd NULL " ]
    [[ "$stderr" == *"step '1' -> '2': 4 lookups in table 'region' found a row that has the key by its collation (utf8mb4_general_ci), not by its bytes: code = 'n' as code = 'N'"* ]]
    by_collation utf8mb4_unicode_nopad_ci "(1, 'n'), (2, 'sUd'), (3, 'su"$'\u0308'"d'), (4, 'Süd')"
    [ "$(cat got)" = "N Süd Süd Süd " ]
    by_collation utf8mb4_bin "(1, 'N '), (2, 'Süd')"
    [ "$(cat got)" = "N Süd " ]
    by_collation utf8mb4_nopad_bin "(1, 'N'), (2, 'Süd')"
    [[ "$(cat got)" == "N Süd " && "$stderr" != *collation* ]]
}

@test "MariaDB: what a collation may mean is told, and several rows are an error with their keys" {
    plain_step
    local maybe="left out: step '1' -> '2': 1 lookup in table 'region' found no row, and there may be one for the collation"
    my_new old
    my_ask old "CREATE TABLE region (code varchar(20) COLLATE latin1_swedish_ci PRIMARY KEY) CHARACTER SET latin1;
        CREATE TABLE p (id int PRIMARY KEY, region varchar(20) COLLATE latin1_swedish_ci, FOREIGN KEY (region) REFERENCES region (code)) CHARACTER SET latin1;
        INSERT INTO region VALUES ('café'); INSERT INTO p VALUES (1, 'CAFE'), (2, 'CAFÉ')"
    local old=$my_url
    my_new new
    ends_with 3 "$POLYDUMP" copy "$old" "$my_url" --app-version 1 --migrations m
    [[ "$stderr" == *"$maybe latin1_swedish_ci, which is not known here so well: code = 'CAFE' as code = 'café'; bring the keys of both sides into one form"* ]]
    [[ "$stderr" == *"1 lookup in table 'region' found a row that has the key by its collation (latin1_swedish_ci), not by its bytes: code = 'CAFÉ' as code = 'café'"* ]]
    [ "$(my_ask new 'SELECT rid FROM p ORDER BY id' | tr '\n' ' ')" = "NULL 1 " ]

    my_clean
    my_new old
    my_ask old "CREATE TABLE region (k int PRIMARY KEY, code varchar(20)); CREATE TABLE p (id int PRIMARY KEY, region varchar(20));
        INSERT INTO region VALUES (1, 'N'), (2, 'n'), (3, 'S'), (4, 's '); INSERT INTO p VALUES (1, 'n'), (2, 'N')"
    old=$my_url
    sed -i '/drop_foreign_key/d' m/1.lua
    my_new new
    ends_with 0 "$POLYDUMP" copy "$old" "$my_url" --app-version 1 --migrations m
    [ "$(my_ask new 'SELECT rid FROM p ORDER BY id' | tr '\n' ' ')" = "2 1 " ]
    my_ask old "INSERT INTO p VALUES (3, 's')"
    my_ask new "DROP TABLE p, region"
    complains 1 "code = 's': there are rows with code = 'S' and with code = 's ', the same for the collation $(my_collation), which differ in what is looked up; bring the keys of both sides into one form" \
        -- pd copy "$old" "$my_url" --app-version 1 --migrations m
}

@test "SQLite: NOCASE and RTRIM, with update(), in a chain, from an archive" {
    step
    mkdir two
    cat >two/2.lua <<'LUA'
return {from = "2", to = "3", schema = function(db) db:add_column("p", {name = "n", type = "int32"}) end,
  needs = {r = {table = "region", keys = {"code"}, values = {"n"}}},
  tables = {p = function(r, ctx) r.n = ctx:lookup("r", r.region) return r end}}
LUA
    cp m/1.lua two/1.lua
    local collation values
    while read -r collation values; do
        rm -rf ./*.db a
        database old.db <<SQL
CREATE TABLE region (code TEXT COLLATE $collation PRIMARY KEY);
CREATE TABLE p (id INTEGER PRIMARY KEY, region TEXT REFERENCES region);
INSERT INTO region VALUES ('N'), ('Süd');
INSERT INTO p VALUES $values;
PRAGMA foreign_key_check;
SQL
        ends_with 0 "$POLYDUMP" copy old.db new.db --app-version 1 --migrations m
        [ "$(sqlite3 new.db 'SELECT id, region, rid FROM p ORDER BY id' | tr '\n' ' ')" = "$(sqlite3 old.db 'SELECT p.id, region, r.rowid FROM p JOIN region r ON code = region ORDER BY id' | tr '\n' ' ')" ]
        [ "$(sqlite3 new.db 'SELECT code, id, n FROM region ORDER BY id' | tr '\n' ' ')" = "N|1|1 Süd|2|2 " ]
        [[ "$stderr" == *"2 lookups in table 'region' found a row that has the key by its collation ($collation), not by its bytes: "* ]]
        pd dump old.db a --app-version 1
        ends_with 0 "$POLYDUMP" restore a three.db --migrations two
        [ "$(sqlite3 three.db 'SELECT rid = n AND n IS NOT NULL FROM p' | sort -u)" = 1 ]
        [[ "$stderr" == *"step '1' -> '2': 2 lookups"*"step '2' -> '3': 2 lookups"* ]]
    done <<'END'
NOCASE (1, 'n'), (2, 'N'), (3, 'SüD')
RTRIM (1, 'N  '), (2, 'N'), (3, 'Süd ')
END
    # Unlike letters stay so: nothing is found, nothing told.
    rm -rf ./*.db
    database old.db <<<"CREATE TABLE region (code TEXT COLLATE NOCASE PRIMARY KEY); CREATE TABLE p (id INTEGER PRIMARY KEY, region TEXT REFERENCES region);
        INSERT INTO region VALUES ('N'), ('Süd'); INSERT INTO p VALUES (1, 'SÜD'), (2, 'N ')"
    plain_step
    ends_with 0 "$POLYDUMP" copy old.db new.db --app-version 1 --migrations m
    [[ "$stderr" != *collation* ]]
    [ -z "$(sqlite3 new.db 'SELECT rid FROM p WHERE rid IS NOT NULL')" ]
}

@test "recreate follows what the source's collation holds" {
    local schema="CREATE TABLE region (code varchar(5) PRIMARY KEY, name varchar(20)); CREATE TABLE p (id int PRIMARY KEY, region varchar(5), FOREIGN KEY (region) REFERENCES region (code));"
    my_new old
    my_ask old "$schema INSERT INTO region VALUES ('N', 'North'), ('Süd', 'South'); INSERT INTO p VALUES (1, 'n'), (2, 'N '), (3, 'sud'), (4, NULL)"
    local old=$my_url
    database new.db <<<"$schema INSERT INTO region VALUES ('1', 'North'), ('2', 'South')"
    pd dump "$old" a
    quietly 0 pd restore a new.db --policy region=recreate:name
    [ "$(sqlite3 -nullvalue NULL new.db 'SELECT id, region FROM p ORDER BY id' | tr '\n' ' ')" = "1|1 2|1 3|2 4|NULL " ]

    # Over a natural key that itself refers to such a row.
    schema="CREATE TABLE app (code varchar(5) COLLATE NOCASE PRIMARY KEY, name TEXT); CREATE TABLE kind (id INTEGER PRIMARY KEY, app varchar(5) REFERENCES app, name TEXT);
        CREATE TABLE note (id INTEGER PRIMARY KEY, kind INTEGER REFERENCES kind);"
    database o.db <<<"$schema INSERT INTO app VALUES ('A', 'shop'); INSERT INTO kind VALUES (1, 'a', 'x'); INSERT INTO note VALUES (7, 1)"
    database n.db <<<"$schema INSERT INTO app VALUES ('B', 'shop'); INSERT INTO kind VALUES (5, 'b', 'x')"
    quietly 0 pd copy o.db n.db --policy app=recreate:name --policy kind=recreate:app,name
    [ "$(sqlite3 n.db 'SELECT id, kind FROM note')" = "7|5" ]

    # What is refused is true.
    my_ask old "SET foreign_key_checks = 0; INSERT INTO p VALUES (5, 'west')"
    sqlite3 new.db 'DELETE FROM p'
    complains 1 "table 'p', row with id = '5': column 'region' refers to the row of table 'region' with code = 'west', which is not in the source, also by its collation $(my_collation)" \
        -- pd copy "$old" new.db --policy region=recreate:name
}

@test "PostgreSQL compares text by its bytes; citext folds letters" {
    plain_step
    pg_new old
    pg_ask old "CREATE TABLE region (code text PRIMARY KEY); CREATE TABLE p (id int PRIMARY KEY, region text);
        INSERT INTO region VALUES ('N'); INSERT INTO p VALUES (1, 'n'), (2, 'N')" >/dev/null
    sed -i '/drop_foreign_key/d' m/1.lua
    local old=$pg_url
    ends_with 0 "$POLYDUMP" copy "$old" new.db --app-version 1 --migrations m
    [ "$(sqlite3 -nullvalue NULL new.db 'SELECT rid FROM p ORDER BY id' | tr '\n' ' ')" = "NULL 1 " ]
    [[ "$stderr" != *collation* ]]

    pg_ask old "CREATE EXTENSION citext; ALTER TABLE region ALTER code TYPE citext; ALTER TABLE p ALTER region TYPE citext" >/dev/null
    rm new.db
    ends_with 3 "$POLYDUMP" copy "$old" new.db --app-version 1 --migrations m
    [ "$(sqlite3 -nullvalue NULL new.db 'SELECT rid FROM p ORDER BY id' | tr '\n' ' ')" = "1 1 " ]
    [[ "$stderr" == *"1 lookup in table 'region' found a row that has the key by its collation (\"public\".\"citext\"), not by its bytes: code = 'n' as code = 'N'"* ]]
}

@test "update() of a key that two rows have for the collation is refused" {
    mkdir m
    cat >m/1.lua <<'LUA'
return {to = "2", updates = {"region"}, order = {"p"},
  schema = function(db) db:add_column("region", {name = "n", type = "int32"}) end,
  tables = {
    p = function(r, ctx) ctx:update("region", r.region, {n = r.id}) return r end,
    region = function(r, ctx) return r, {code = r.code:lower()} end}}
LUA
    database old.db <<<"CREATE TABLE region (code TEXT COLLATE NOCASE PRIMARY KEY); CREATE TABLE p (id INTEGER PRIMARY KEY, region TEXT);
        INSERT INTO region VALUES ('N'); INSERT INTO p VALUES (1, 'n')"
    complains 1 "update() of table 'region' names a row, and two have its key for the collation NOCASE: code = 'N' and code = 'n'" \
        -- pd copy old.db new.db --app-version 1 --migrations m
    [ ! -e new.db ]
    # Two calls that name one row are one row's.
    sed -i 's/return r, {code.*/return r end}}/' m/1.lua
    sqlite3 old.db "INSERT INTO p VALUES (2, 'N')"
    quietly 0 pd copy old.db new.db --app-version 1 --migrations m
    [ "$(sqlite3 new.db 'SELECT * FROM region')" = "N|2" ]
    sqlite3 old.db "INSERT INTO p VALUES (3, 'M')"
    ends_with 3 "$POLYDUMP" copy old.db three.db --app-version 1 --migrations m
    [[ "$stderr" == *"update() named 1 row of table 'region' that is not there"* ]]
}
