#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Code of steps that runs once before the first row and once after the last one, and columns that
# must not be NULL where a step gives them no value.

load polydump

teardown()
{
    pg_clean
    my_clean
}

# step BODY - a step from 1.0 to 1.1 with these members.
step()
{
    mkdir -p steps
    printf 'return {to="1.1", about="a test",\n%s}\n' "$1" >steps/1.0.lua
}

old_archive()
{
    database old.db <<'SQL'
CREATE TABLE person (id INTEGER PRIMARY KEY, name VARCHAR(20), born INTEGER);
CREATE TABLE setting (name VARCHAR(20) PRIMARY KEY, value VARCHAR(20));
INSERT INTO person VALUES (1, 'Ann', 1990), (2, 'Bob', NULL), (3, 'Cleo', 1980);
INSERT INTO setting VALUES ('color', 'red'), ('size', 'large');
SQL
    pd dump --app shop --app-version 1.0 old.db a
}

# No table is seen: the rows come of nothing but code.
loading='schema=function(db)
  db:add_table{name="summary", columns={{name="id", type="int64", null=false}, {name="line", type="text(80)"}}, primary_key={"id"}}
end,
needs={people={table="person", keys={"id"}, values={"name"}}, numbers={table="summary", keys={"line"}, values={"id"}}},
updates={"setting"},
emits={"summary", "person"},
before_load=function(ctx)
  ctx:emit("summary", {id=ctx:next_number("numbers"), line="begins with " .. ctx:lookup("people", 1)})
  ctx:emit("person", {id=100, name="Zoe"})
end,
after_load=function(ctx)
  local id = ctx:next_number("numbers")
  ctx:emit("summary", {id=id, line="ends with " .. ctx:lookup("people", 100)})
  ctx:update("setting", "color", {value="blue"})
  ctx:warn("summary has " .. id .. " lines")
end,'

wanted="1|begins with Ann
2|ends with Zoe
1|Ann|1990
2|Bob|
3|Cleo|1980
100|Zoe|
color|blue
size|large"

# all COMMAND... - what stands in the tables, by a command that asks for SQL.
all()
{
    "$@" "SELECT id, line FROM summary ORDER BY id"
    "$@" "SELECT id, name, coalesce(CAST(born AS CHAR(4)), '') FROM person ORDER BY id"
    "$@" "SELECT name, value FROM setting ORDER BY name"
}

@test "code before and after the rows makes rows, looks up and updates, without a table that is seen" {
    old_archive
    step "$loading"
    ends_with 3 "$POLYDUMP" restore a new.db --migrations steps
    says "step '1.0' -> '1.1': summary has 2 lines"
    [ "$(all sqlite3 new.db)" = "$wanted" ]
    pg_new new
    ends_with 3 pd restore a "$pg_url" --migrations steps
    [ "$(all pg_ask new)" = "$wanted" ]
    my_new new
    ends_with 3 pd restore a "$my_url" --migrations steps --jobs 4
    [ "$(all my_ask new | tr '\t' '|')" = "$wanted" ]
}

@test "offline the same rows come of it" {
    old_archive
    step "$loading"
    ends_with 3 pd migrate a b --migrations steps
    pd restore b new.db
    [ "$(all sqlite3 new.db)" = "$wanted" ]
    ends_with 3 pd copy old.db other.db --migrations steps --app-version 1.0
    [ "$(all sqlite3 other.db)" = "$wanted" ]
}

@test "code that fails before or after the rows leaves no target, also when it makes none" {
    old_archive
    for hook in before_load after_load; do
        step "$hook=function(ctx) error('not today') end,"
        complains 1 "step '1.0' -> '1.1' (1.0.lua): function '$hook': 1.0.lua:2: not today" \
            -- pd restore a new.db --migrations steps
        complains 1 "not today" -- pd migrate a b --migrations steps
        only_here a old.db steps
        step "emits={'person'}, $hook=function(ctx) for i = 10, 70000 do ctx:emit('person', {id=i}) end error('not today') end,"
        complains 1 "function '$hook': 1.0.lua:2: not today" -- pd restore a new.db --migrations steps
        only_here a old.db steps
    done
}

@test "rows of code come before and behind those of functions" {
    old_archive
    step "schema=function(db) db:add_table{name='log', columns={{name='line', type='text'}}} end,
      emits={'log'},
      before_load=function(ctx) ctx:emit('log', {line='early'}) end,
      after_load=function(ctx) ctx:emit('log', {line='late'}) end,
      tables={setting={emits={'log'}, row=function(row, ctx) ctx:emit('log', {line=row.name}) return row end}}"
    pd restore a new.db --migrations steps
    [ "$(sqlite3 new.db 'SELECT group_concat(line) FROM (SELECT line FROM log ORDER BY rowid)')" = "early,color,size,late" ]
}

@test "a column that must not be NULL and has no value is refused before the target is made" {
    old_archive
    step "schema=function(db) db:add_column('person', {name='code', type='text', null=false}) end,"
    local line="step '1.0' -> '1.1' (1.0.lua): column 'code' of table 'person' must not be NULL, and rows of table 'person' have no value for it; give it a default that is a value, or see these rows and give them one"
    complains 1 "$line" -- pd plan a new.db --migrations steps
    complains 1 "$line" -- pd restore a new.db --migrations steps
    complains 1 "$line" -- pd migrate a b --migrations steps
    only_here a old.db steps
    step "schema=function(db) db:add_column('person', {name='code', type='text', null=false, default='x'}) end,"
    pd restore a new.db --migrations steps
    [ "$(sqlite3 new.db 'SELECT group_concat(code) FROM person')" = "x,x,x" ]
    step "schema=function(db) db:add_column('person', {name='code', type='text', null=false}) end,
      tables={person=function(row) row.code = 'p' .. row.id return row end}"
    pd restore a seen.db --migrations steps
    [ "$(sqlite3 seen.db 'SELECT group_concat(code) FROM person')" = "p1,p2,p3" ]
}

@test "a new primary key of rows that nobody sees is refused too, and so are merged rows without it" {
    old_archive
    step "schema=function(db) db:drop_key('setting') db:add_column('setting', {name='id', type='int64', identity=true})
      db:add_key('setting', {kind='primary', columns={'id'}}) end,"
    complains 1 "column 'id' of table 'setting' must not be NULL" -- pd restore a new.db --migrations steps
    step "schema=function(db) db:rename_column('setting', 'value', 'born') db:change_column('person', 'born', {type='text'})
      db:merge_table('setting', 'person') end,"
    complains 1 "column 'id' of table 'person' must not be NULL, and rows of table 'setting' have no value" \
        -- pd restore a new.db --migrations steps
    only_here a old.db steps
}

@test "NULLs that an archive knows of are found before the target is made, others at their row" {
    old_archive
    step "schema=function(db) db:change_column('person', 'born', {type='int64', null=false}) end,"
    complains 1 "table 'person': column 'born' is NULL in 1 row, and must not be NULL after the step" \
        -- pd plan a new.db --migrations steps
    complains 1 "column 'born' is NULL in 1 row" -- pd restore a new.db --migrations steps
    complains 1 "step '1.0' -> '1.1' (1.0.lua), table 'person': column 'born', row with id = '2': it is NULL, and must not be NULL after the step" \
        -- pd copy old.db new.db --migrations steps --app-version 1.0
    only_here a old.db steps
    step "schema=function(db) db:change_column('person', 'name', {type='text(20)', null=false}) end,"
    pd copy old.db new.db --migrations steps --app-version 1.0
    pd restore a other.db --migrations steps
}

@test "a table without rows may get any column, and one with rows is found before the target is made" {
    local url line="column 'code' of table 'person' must not be NULL, and rows of table 'person' have no value for it"
    old_archive
    step "schema=function(db) db:add_column('person', {name='code', type='text', null=false}) end,"
    pg_new old
    pd copy old.db "$pg_url"
    my_new old
    pd copy old.db "$my_url" || [ $? -eq 3 ]
    for url in old.db "$pg_url" "$my_url"; do
        complains 1 "$line" -- pd copy "$url" new.db --migrations steps --app-version 1.0
        complains 1 "$line" -- pd plan "$url" new.db --migrations steps --app-version 1.0
    done
    only_here a old.db steps
    sqlite3 old.db 'DELETE FROM person'
    pg_ask old 'DELETE FROM person'
    my_ask old 'DELETE FROM person'
    pd dump --app shop --app-version 1.0 old.db b
    for url in old.db "$pg_url" "$my_url" b; do
        ends_with 0 pd plan "$url" new.db --migrations steps --app-version 1.0
        pd copy "$url" new.db --migrations steps --app-version 1.0 || [ $? -eq 3 ]
        [ "$(sqlite3 new.db "SELECT count(*), (SELECT \"notnull\" FROM pragma_table_info('person') WHERE name = 'code') FROM person")" = "0|1" ]
        rm new.db
    done
}

@test "rows that a step makes are known to the next one before the target is made" {
    old_archive
    printf 'return {to="1.2", schema=function(db) db:add_column("person", {name="code", type="text", null=false}) end}' >later
    step "tables={person=function() return nil end},"
    mv later steps/1.1.lua
    ends_with 0 pd restore a new.db --migrations steps
    [ "$(sqlite3 new.db 'SELECT count(*) FROM person')" = 0 ]
    rm new.db
    step "tables={person=function(row) return row end},"
    complains 1 "step '1.1' -> '1.2' (1.1.lua): column 'code' of table 'person' must not be NULL, and rows of table 'person'" \
        -- pd restore a new.db --migrations steps
    step "schema=function(db) db:rename_column('person', 'born', 'year') end,"
    complains 1 "column 'code' of table 'person' must not be NULL" -- pd plan a new.db --migrations steps
    only_here a old.db steps
}
