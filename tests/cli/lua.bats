#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Migrations in Lua through the program: the example of the manual, and steps that go wrong.

load polydump

# step BODY - a step from 1.0 to 1.1 with these members.
step()
{
    mkdir -p steps
    printf 'return {to="1.1", about="a test",\n%s}\n' "$1" >steps/1.0.lua
}

old_database()
{
    database old.db <<'SQL'
CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT, data BLOB, price DECIMAL(10,2));
INSERT INTO person VALUES (1, 'Ann', x'00ff', 1.5), (2, 'Bob', NULL, NULL), (3, 'Zoë', zeroblob(5242880), 'odd');
SQL
    pd dump --app shop --app-version 1.0 old.db old.polydump
}

@test "the example of the manual does what it says" {
    mkdir migrations
    awk -f "$cli_folder/doc_example.awk" "$cli_folder/../../doc/migrations.md"
    PATH=$(dirname "$POLYDUMP"):$PATH sh -e run.sh >got.txt
    diff output.txt got.txt
}

@test "rows that a function hands on unchanged are unchanged, whatever is in them" {
    old_database
    step 'tables={person=function(row, ctx) return row end}'
    pd restore old.polydump new.db --migrations steps
    diff <(sqlite3 old.db .dump) <(sqlite3 new.db .dump)
}

@test "offline and on the way the same rows come out" {
    old_database
    step 'schema=function(db) db:rename_table("person", "people")
      db:add_table{name="tag", columns={{name="id", type="int64", null=false}, {name="tag", type="text"}}, primary_key={"id"}} end,
    tables={person={emits={"tag"}, row=function(row, ctx)
      ctx:emit("tag", {id=row.id, tag=row.name:upper()}) row.name = row.name .. "!" return row end,
      rest=function(ctx) for i = 10, 40000 do ctx:emit("tag", {id=i, tag="t" .. i}) end end}}'
    pd restore old.polydump new.db --migrations steps
    pd migrate old.polydump new.polydump --migrations steps
    pd restore new.polydump newer.db
    diff <(sqlite3 new.db .dump) <(sqlite3 newer.db .dump)
    [ "$(sqlite3 new.db 'SELECT count(*), min(tag), max(id) FROM tag')" = "39994|ANN|40000" ]
    [ "$(sqlite3 new.db 'SELECT group_concat(name) FROM people')" = "Ann!,Bob!,Zoë!" ]
}

@test "a function that fails names step, file, line and row, and makes no target" {
    old_database
    step 'tables={person=function(row, ctx)
      if row.id == 3 then error("what a name") end return row end}'
    run -1 pd restore old.polydump new.db --migrations steps
    [[ $output == *"'1.0' -> '1.1' (1.0.lua)"*"function 'tables.person' (id=3): 1.0.lua:3: what a name"* ]]
    [ ! -e new.db ]
}

@test "a target that is there stays as it was when a call cannot be interrupted" {
    old_database
    sqlite3 old.db '.schema' | database new.db
    sqlite3 new.db "INSERT INTO person VALUES (99, 'mine', NULL, NULL)"
    cp new.db before.db
    step 'tables={person=function(row, ctx)
      string.find(("a"):rep(40), (".-"):rep(40) .. "b") end}'
    run -1 pd restore old.polydump new.db --into=append --migrations steps --lua-call=1
    [[ $output == *"1.0.lua: function 'tables.person' takes longer than --lua-call allows"* ]]
    [ "$(sqlite3 new.db .dump)" = "$(sqlite3 before.db .dump)" ]
}

@test "a script that is wrong is told before anything is made" {
    old_database
    step 'tabels={}'
    run pd restore old.polydump new.db --migrations steps
    [ "$status" -ne 0 ]
    [[ $output == *"1.0.lua: the script has an unknown member 'tabels' (did you mean 'tables'?)"* ]]
    [ ! -e new.db ]
}

@test "a table that is looked up under its new name comes before those that look it up" {
    database old.db <<'SQL'
CREATE TABLE aaa (id INTEGER PRIMARY KEY, zid INT);
CREATE TABLE zzz (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE more (id INTEGER PRIMARY KEY, name TEXT);
INSERT INTO zzz VALUES (1, 'one'), (2, 'two');
INSERT INTO more VALUES (3, 'three');
INSERT INTO aaa VALUES (1, 1), (2, 2), (3, 3);
SQL
    pd dump --app shop --app-version 1.0 old.db old.polydump
    functions='needs={z={table="zed", keys={"id"}, values={"name"}}},
      tables={aaa=function(row, ctx) row.n = ctx:lookup("z", row.zid) return row end,
        zzz=function(row) row.name = row.name .. "!" return row end}'
    step "schema=function(db) db:rename_table('zzz', 'zed') db:merge_table('more', 'zed')
        db:add_column('aaa', {name='n', type='text'}) end, $functions"
    pd restore old.polydump new.db --migrations steps
    [ "$(sqlite3 new.db 'SELECT group_concat(n) FROM aaa')" = "one!,two!,three" ]
    step "schema=function(db) db:merge_table('zzz', 'more') db:rename_table('more', 'zed')
        db:add_column('aaa', {name='n', type='text'}) end, $functions"
    pd restore old.polydump newer.db --migrations steps
    [ "$(sqlite3 newer.db 'SELECT group_concat(n) FROM aaa')" = "one!,two!,three" ]
}
