#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Where setting rows aside ends: limits, runs that fail, disks that are full, and what is refused
# before anything is written.

load polydump
load rejects

teardown()
{
    pg_clean
    my_clean
}

# A run that fails after rows were refused leaves no archive, and the target as it was.
failing()
{
    local at
    rejects_source old.db
    sqlite3 old.db "INSERT INTO member VALUES (3, 77, 'c@x', 1, 'Cid')"
    pd dump old.db a
    rejects_target "$1" new
    for at in write:n=4 end:n=5 complete:n=1 finish:n=1; do
        ends_with 1 pd restore a "fault:at=$at:$url" --into=append --rejects left
        [ ! -e left ]
        [ -z "$(find . -name '*.partial')" ]
        [ "$(ask "$1" new "SELECT count(*) FROM club")" = 0 ]
        [ "$(ask "$1" new "SELECT count(*) FROM member")" = 0 ]
    done
}

@test "a run that fails leaves no archive: SQLite" { failing sqlite; }
@test "a run that fails leaves no archive: PostgreSQL" { failing postgresql; }
@test "a run that fails leaves no archive: MariaDB" { failing mariadb; }

@test "more rows than --max-rejects: one line, and the target as it was" {
    rejects_source old.db
    sqlite3 old.db "INSERT INTO member SELECT value + 10, 77, value || '@x', 1, 'x' FROM generate_series(1, 50)"
    pd dump old.db a
    rejects_target sqlite new
    complains 1 "more than 49 rows are refused or wait" "FOREIGN KEY" "--max-rejects" -- pd restore a new --into=append --rejects left --max-rejects 49
    [ ! -e left ]
    [ "$(ask sqlite new "SELECT count(*) FROM club")" = 0 ]
    ends_with 3 pd restore a new --into=append --rejects left --max-rejects 60
    [ "$(refused left | wc -l)" -eq 50 ]
}

@test "no room for the rows that wait: one line, and the target as it was" {
    rejects_source old.db
    sqlite3 old.db "INSERT INTO member SELECT value + 10, 77, value || '@x', 1, hex(randomblob(2000)) FROM generate_series(1, 2000)"
    pd dump old.db a
    rejects_target sqlite new
    # Blocks of 512 bytes: the pile is the first to grow beyond them.
    ulimit -f 4000
    complains 1 "temporary file of rows that wait" -- pd restore a new --into=append --rejects left
    [ ! -e left ]
    [ "$(ask sqlite new "SELECT count(*) FROM club")" = 0 ]
}

@test "many rows that wait go through the file" {
    rejects_source old.db
    sqlite3 old.db "INSERT INTO member SELECT value + 10, 77, value || '@x', 1, hex(randomblob(2000)) FROM generate_series(1, 2000)"
    pd dump old.db a
    rejects_target sqlite new
    ends_with 3 pd restore a new --into=append --rejects left
    [ -z "$(ls "$TMPDIR")" ]
    ask sqlite new "INSERT INTO club VALUES (77, 'new')"
    ends_with 0 pd restore left new --into=append --rejects none
    [ "$(sqlite3 old.db "SELECT count(*), sum(length(name)), group_concat(substr(name, 1, 3)) FROM (SELECT * FROM member ORDER BY id)")" = \
        "$(sqlite3 new "SELECT count(*), sum(length(name)), group_concat(substr(name, 1, 3)) FROM (SELECT * FROM member ORDER BY id)")" ]
}

# A chain in the worst order, and one ring of a thousand rows.
chain()
{
    rejects_source old.db
    sqlite3 old.db "DELETE FROM node; INSERT INTO node SELECT value, CASE WHEN value < 3000 THEN value + 1 END, 'c' FROM generate_series(1, 3000);
        INSERT INTO node SELECT value, CASE WHEN value < 5000 THEN value + 1 ELSE 4001 END, 'r' FROM generate_series(4001, 5000)"
    pd dump old.db a
    rejects_target "$1" new
    ends_with 0 pd restore a "$url" --into=append --rejects left
    [ "$(ask "$1" new "SELECT count(*), sum(parent_id) FROM node" | tr '|' ' ')" = "$(sqlite3 -separator ' ' old.db "SELECT count(*), sum(parent_id) FROM node")" ]
}

@test "a chain against its order, and a long ring: SQLite" { chain sqlite; }
@test "a chain against its order, and a long ring: PostgreSQL" { chain postgresql; }
@test "a chain against its order, and a long ring: MariaDB" { chain mariadb; }

# Every tenth row points nowhere, by one of two foreign keys; in PostgreSQL's case of several batches,
# where many are asked for at once.
many()
{
    local n=$4
    rejects_source old.db
    sqlite3 old.db "INSERT INTO member SELECT value + 10, CASE WHEN value % 10 THEN 1 + value % 2 ELSE 77 END, 'm' || value, 1, 'x' FROM generate_series(1, $n);
        DELETE FROM node; INSERT INTO node SELECT value, CASE value % 10 WHEN 0 THEN 100000 + value WHEN 1 THEN NULL ELSE value - 1 END, 'n' FROM generate_series(1, $n)"
    pd dump old.db a
    rejects_target "$1" new
    ends_with 3 pd restore a "$url" --into=append --rejects left
    [ "$(ask "$1" new "SELECT count(*), sum(id) FROM member" | tr '|' ' ')" = "$(sqlite3 -separator ' ' old.db "SELECT count(*), sum(id) FROM member WHERE club_id < 77")" ]
    [ "$(ask "$1" new "SELECT count(*), sum(id) FROM node" | tr '|' ' ')" = "$(sqlite3 -separator ' ' old.db "SELECT count(*), sum(id) FROM node WHERE id % 10")" ]
    [ "$(refused left | cut -d' ' -f1,3- | sort | uniq -c | sed 's/^ *//' | paste -sd ';')" = "$((n / 10)) $2;$((n / 10)) $3" ]
}

@test "thousands of rows that point nowhere: SQLite" { many sqlite "member MISSING SQLITE_CONSTRAINT_FOREIGNKEY club_id -> club" "node MISSING SQLITE_CONSTRAINT_FOREIGNKEY parent_id -> node" 2000; }
@test "thousands of rows that point nowhere: PostgreSQL" { many postgresql "member MISSING 23503 member_club" "node MISSING 23503 node_parent" 40000; }
@test "thousands of rows that point nowhere: MariaDB" { many mariadb "member MISSING 1452 member_club" "node MISSING 1452 node_parent" 1000; }

@test "SQLite: foreign keys that are deferred count like others" {
    database old.db <<'SQL'
CREATE TABLE child (id INTEGER PRIMARY KEY, p INTEGER);
CREATE TABLE parent (id INTEGER PRIMARY KEY);
INSERT INTO child VALUES (1, 1), (2, 9), (3, 1);
INSERT INTO parent VALUES (1);
SQL
    pd dump old.db a
    sqlite3 new "CREATE TABLE child (id INTEGER PRIMARY KEY, p INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED); CREATE TABLE parent (id INTEGER PRIMARY KEY)"
    ends_with 3 pd restore a new --into=append --rejects left
    [ "$(refused left)" = "child 2 MISSING SQLITE_CONSTRAINT_FOREIGNKEY p -> parent" ]
    [ "$(sqlite3 new "SELECT id FROM child" | paste -sd ' ')" = "1 3" ]
}

@test "PostgreSQL: foreign keys that are deferred count like others" {
    rejects_source old.db
    sqlite3 old.db "INSERT INTO member VALUES (3, 77, 'c@x', 1, 'Cid')"
    pd dump old.db a
    rejects_target postgresql new
    pg_ask new "ALTER TABLE member ALTER CONSTRAINT member_club DEFERRABLE INITIALLY DEFERRED"
    ends_with 3 pd restore a "$url" --into=append --rejects left
    [ "$(refused left)" = "member 3 MISSING 23503 member_club" ]
    [ "$(pg_ask new "SELECT conname, condeferrable, condeferred FROM pg_constraint WHERE contype = 'f' ORDER BY 1" | paste -sd ' ')" = \
        "head_unit|f|f member_club|t|t node_parent|f|f unit_head|f|f" ]
}

@test "a value that does not fit its column is set aside, too" {
    database old.db <<'SQL'
CREATE TABLE reading (id INTEGER PRIMARY KEY, value INTEGER);
INSERT INTO reading VALUES (1, 5), (2, 'five'), (3, 7);
SQL
    pd dump old.db a
    pg_new new
    psql -XAtq -d "$(pg_name new)" -c "CREATE TABLE reading (id BIGINT PRIMARY KEY, value BIGINT)"
    complains 1 "does not fit" -- pd restore a "$pg_url" --into=append
    ends_with 3 pd restore a "$pg_url" --into=append --rejects left
    [ "$(refused left)" = "reading 2 DATA None -" ]
    [ "$(pg_ask new "SELECT id, value FROM reading ORDER BY 1" | paste -sd ' ')" = "1|5 3|7" ]
    grep -qF '"five"' left/rows/*.jsonl
}

@test "a migration that rejects rows, or has them wait" {
    rejects_source old.db
    mkdir steps
    cat >steps/1.0.lua <<'LUA'
local saved = {}
return {
  to = "2.0", about = "asks before rows are saved",
  schema = function(db) db:rename_column("node", "name", "title") end,
  needs = {clubs = {table = "club", keys = {"id"}, values = {"name"}}},
  tables = {
    node = {before_save = function(row, ctx)
      if row.parent_id ~= null and row.parent_id ~= row.id and not saved[row.parent_id] then
        return "later", "node " .. row.parent_id .. " is not there"
      end
      saved[row.id] = true
      return true
    end},
    member = {
      row = function(row) row.name = row.name .. "!"; return row end,
      before_save = function(row, ctx)
        if ctx:lookup("clubs", row.club_id) == "go" then return false, row.name .. " plays go" end
        return true
      end},
  },
}
LUA
    sqlite3 old.db "INSERT INTO node VALUES (20, 99, 'lost')"
    pd dump old.db a --app clubs --app-version 1.0
    complains 1 "step '1.0' -> '2.0' (1.0.lua) has before_save for table" "an archive is none" -- pd migrate a b --migrations steps
    ends_with 0 "$POLYDUMP" plan a sqlite:new --migrations steps
    [[ $output == *"table 'node': asked about rows before they are saved"* ]]
    complains 1 "1 row was refused by a migration, the first is row 2: Bob! plays go" "--rejects" -- pd restore a sqlite:new --migrations steps
    [ ! -e new ]
    for engine in sqlite postgresql mariadb; do
        case $engine in
        sqlite) url=sqlite:new ;;
        postgresql) pg_new new && url=$pg_url ;;
        mariadb) my_new new && url=$my_url ;;
        esac
        ends_with 3 pd restore a "$url" --migrations steps --rejects "left-$engine"
        [ "$(rows "$engine" new member)" = "1|1|a@x|20|Ann!" ]
        [ "$(rows "$engine" new node)" = "1|2|a 2|3|b 3|NULL|root 4|4|self" ]
        grep -qF '"key":{"id":2},"by":"migration","cause":"DATA","code":null,"constraint":null,"reason":"Bob! plays go"' "left-$engine/rejects.jsonl"
        grep -qF '"key":{"id":20},"by":"migration","cause":"MISSING","code":null,"constraint":null,"reason":"node 99 is not there"' "left-$engine/rejects.jsonl"
        grep -qF '"application_version":"2.0"' "left-$engine/manifest.json"
    done
    diff left-sqlite/rejects.jsonl left-mariadb/rejects.jsonl
}

@test "what before_save may not do" {
    rejects_source old.db
    pd dump old.db a --app clubs --app-version 1.0
    mkdir steps
    wrong()
    {
        printf 'return {to = "2.0", about = "x", needs = {clubs = {table = "club", keys = {"id"}, values = {"id"}}}, updates = {"club"}, tables = {node = {before_save = function(row, ctx) %s end}}}' "$1" >steps/1.0.lua
        shift
        complains 1 "$@" -- pd restore a sqlite:new --migrations steps
        [ ! -e new ]
    }
    wrong 'return nil' "before_save returns true, false or \"later\"" "id=1"
    wrong 'return "latter"' "it returned 'latter'"
    wrong 'row.name = "x" return true' "rows cannot be changed by before_save"
    wrong 'ctx:emit("node", {id = 9}) return true' "ctx:emit() cannot be called by before_save"
    wrong 'ctx:update("club", 1, {name = "x"}) return true' "ctx:update() cannot be called by before_save"
    wrong 'ctx:next_number("clubs") return true' "ctx:next_number() cannot be called by before_save"
    wrong 'error("boom")' "boom"
}

@test "before_save of a table that a later step changes" {
    rejects_source old.db
    pd dump old.db a --app clubs --app-version 1.0
    mkdir steps
    echo 'return {to = "2.0", about = "x", tables = {node = {before_save = function() return true end}}}' >steps/1.0.lua
    echo 'return {to = "3.0", about = "x", schema = function(db) db:drop_column("node", "name") end}' >steps/2.0.lua
    complains 1 "table 'node'" "a later step changes the table" -- pd restore a sqlite:new --migrations steps
    echo 'return {to = "3.0", about = "x", schema = function(db) db:drop_column("club", "name") end}' >steps/2.0.lua
    ends_with 0 pd restore a sqlite:new --migrations steps
}

@test "--rejects: where it cannot be" {
    rejects_source old.db
    pd dump old.db a
    rejects_target sqlite new
    complains 1 "--rejects 'a' exists; name a new folder" -- pd restore a new --into=append --rejects a
    complains 2 "expected the path of a new folder" -- pd restore a new --into=append --rejects -
    complains 1 "--rejects 'new' exists" -- pd restore a new --into=append --rejects new
    complains 2 "expected the path of a new folder" -- pd restore a new --into=append --rejects sqlite:left.db
    complains 2 "--max-rejects '0'" -- pd restore a new --into=append --max-rejects 0
    [ "$(ask sqlite new "SELECT count(*) FROM club")" = 0 ]
}
