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
      if r.rid then ctx:update("region", r.region, {n = r.id}) end
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
