#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What a step puts into a column of JSON is JSON, or refused with its row.

load polydump

teardown()
{
    my_clean
}

step()
{
    mkdir -p m
    printf 'return {to = "2", %s}\n' "$1" >m/1.lua
}

json='schema = function(db) db:change_column("t", "g", {type = "json"}) end'

source_of()
{
    database o.db <<'SQL'
CREATE TABLE t (id INTEGER PRIMARY KEY, g TEXT, n TEXT);
INSERT INTO t VALUES (1, '{"a": [1, 2.5e3, null]}', 'p'), (2, 'x', 'q'), (3, NULL, 'r');
SQL
}

@test "text that is no JSON does not become json: SQLite, MariaDB, archives" {
    local url body said="'x' is not exactly a value of 'json'"
    source_of
    my_new new
    pd dump --app-version 1 o.db a
    for body in "$json" "$json, tables = {t = function(r) return r end}" \
        "$json, tables = {t = function(r) return {id = r.id, g = r.g, n = r.n} end}"; do
        step "$body"
        for url in "$my_url" sqlite:new.db; do
            complains 1 "step '1' -> '2' (1.lua)" "column 'g', row with id = '2': $said" -- pd copy o.db "$url" --app-version 1 --migrations m
        done
        complains 1 "column 'g', row with id = '2': $said" -- pd migrate a b --migrations m
        [ ! -e new.db ] && [ ! -e b ] && [ -z "$(my_ask new 'SHOW TABLES')" ]
    done
    sqlite3 o.db "UPDATE t SET g = '[\"x\"]' WHERE id = 2"
    for body in "$json" "$json, tables = {t = function(r) if r.id == 1 then return nil end return r end}"; do
        step "$body"
        my_ask new "DROP TABLE IF EXISTS t"
        ends_with 0 pd copy o.db "$my_url" --app-version 1 --migrations m
        [ "$(my_ask new "SELECT g FROM t WHERE id = 2")" = '["x"]' ]
        my_ask new "UPDATE t SET n = 'z'"
    done
}

@test "what a step sets, emits, updates or gives as a default is JSON, too" {
    local said="is not exactly a value of 'json': it is no JSON"
    source_of
    wrong()
    {
        step "$1"
        shift
        complains 1 "$@" -- pd copy o.db new.db --app-version 1 --migrations m
        [ ! -e new.db ]
    }
    local more='schema = function(db) db:add_column("t", {name = "j", type = "json"}) db:add_column("t", {name = "b", type = "jsonb"}) end'
    wrong "$more, tables = {t = function(r) r.j = 'y' return r end}" "column 'j', row with id = '1': 'y' $said"
    wrong "$more, tables = {t = function(r) r.b = '{a: 1}' return r end}" "column 'b', row with id = '1'" "it is no JSON"
    wrong "$more, emits = {'t'}, after_load = function(ctx) ctx:emit('t', {id = 9, j = ''}) end" "column 'j', row with id = '9'" "$said"
    wrong "$more, updates = {'t'}, after_load = function(ctx) ctx:update('t', 3, {j = 'nul'}) end" "column 'j': the value is no JSON"
    wrong 'schema = function(db) db:add_column("t", {name = "j", type = "json", default = "x"}) end' "its default 'x' is no 'json': it is no JSON"
    step "$more, updates = {'t'}, tables = {t = function(r) r.j = '[1]' r.b = '{\"a\": 1}' return r end},
        after_load = function(ctx) ctx:update('t', 3, {j = 'null'}) end"
    ends_with 0 pd copy o.db new.db --app-version 1 --migrations m
    [ "$(sqlite3 new.db "SELECT group_concat(j || b, ' ') FROM t")" = '[1]{"a": 1} [1]{"a": 1} null{"a": 1}' ]
}

@test "JSON that merely passes is not looked at again" {
    my_new old
    my_new new
    my_ask old "SET check_constraint_checks = 0; CREATE TABLE t (id INT PRIMARY KEY, g JSON, n INT);
        INSERT INTO t VALUES (1, '{}', 1), (2, 'x', 1), (3, '[]', 1), (4, 'x', 1)"
    step 'tables = {t = function(r) if r.id == 1 then return nil end r.n = 2 return r end}'
    pd dump --app-version 1 "$(my_url_of old)" a
    ends_with 0 pd migrate a b --migrations m
    [ "$(pd cat b t | grep -c '"g":"x"')" = 2 ]
}
