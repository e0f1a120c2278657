#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# test-migrations: the archives of a folder, each restored to the newest version in a scratch
# database, which is put to a double dump test and compared with what is expected.

load polydump

teardown()
{
    [ -z "${pid-}" ] || kill -KILL "$pid" 2>/dev/null || true
    pg_clean
    my_clean
}

steps()
{
    mkdir m
    cat >m/1.0.lua <<'LUA'
return {
  to = "1.1", about = "regions are a table", application = "shop",
  schema = function(db)
    db:rename_table("person", "people")
    db:add_table{name = "region", columns = {{name = "id", type = "int64", null = false}, {name = "name", type = "text", null = false}},
      primary_key = {"id"}, unique = {{columns = {"name"}}}}
    db:add_column("people", {name = "region_id", type = "int64"}, "region")
    db:drop_column("people", "region")
    db:add_foreign_key("people", {columns = {"region_id"}, to = "region", to_columns = {"id"}})
  end,
  needs = {regions = {table = "region", keys = {"name"}, values = {"id"}}},
  tables = {person = {emits = {"region"}, row = function(row, ctx)
    local id = ctx:lookup("regions", row.region)
    if not id and row.region ~= null then
      id = ctx:next_number("regions")
      ctx:emit("region", {id = id, name = row.region})
    end
    row.region_id = id
    return row
  end}},
}
LUA
    cat >m/1.1.lua <<'LUA'
return {
  to = "2.0", about = "accounts are rows", application = "shop",
  schema = function(db)
    db:add_table{name = "account",
      columns = {{name = "person_id", type = "int64", null = false}, {name = "number", type = "text(20)", null = false}},
      primary_key = {"person_id", "number"},
      foreign_keys = {{columns = {"person_id"}, to = "people", to_columns = {"id"}, on_delete = "cascade"}}}
    db:drop_column("people", "bank")
  end,
  tables = {people = {emits = {"account"}, row = function(row, ctx)
    if row.bank ~= null then ctx:emit("account", {person_id = row.id, number = row.bank}) end
    return row
  end}},
}
LUA
}

# Archives of three versions in old/, in all shapes.
archives()
{
    steps
    mkdir old
    sqlite3 old.db <<'SQL'
CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL, born DATE, region TEXT, bank TEXT);
INSERT INTO person VALUES (1, 'Ann', '1970-01-01', 'North', 'BE01'), (2, 'Bob', NULL, 'South', NULL),
  (3, 'Cleo', '2001-02-03', 'North', 'BE03'), (4, 'Zoë', NULL, NULL, 'BE04');
SQL
    pd dump old.db old/1.0 --text --app shop --app-version 1.0
    pd migrate old/1.0 old/first.polydump --stream --migrations m --to 1.1
    pd migrate old/1.0 old/2.0 --migrations m
    rm old.db
}

# tested CODE OPTION... - test-migrations, whose log tells which scratch databases there were.
tested()
{
    ends_with "$1" "$POLYDUMP" test-migrations old --migrations m --verbose "${@:2}"
    echo "$stderr" >log
}

# No scratch database, and no file.
nothing_left()
{
    [ -z "$(ls -A "$TMPDIR")" ]
    [ -z "$(scratch_left <log)" ]
}

passed="1..3
ok 1 - 1.0: 1.0 -> 1.1 -> 2.0, 3 tables, 9 rows, nothing is expected of it
ok 2 - first.polydump: 1.1 -> 2.0, 3 tables, 9 rows, nothing is expected of it
ok 3 - 2.0: 2.0, 3 tables, 9 rows, nothing is expected of it"

@test "archives of all versions are restored to the newest one, in the order of versions" {
    archives
    echo "what is here" >old/README
    mkdir old/notes
    tested 0
    [ "$output" = "$passed" ]
    [[ "$stderr" == *"3 passed, 0 failed"* ]]
    nothing_left
    ends_with 0 pd test-migrations old --migrations m
    [ -z "$output$stderr" ]
    only_here log m old
    [ -z "$(ls -A "$TMPDIR")" ]
}

@test "in PostgreSQL and MariaDB, whose databases are gone afterwards" {
    archives
    pg_new via
    my_new via
    local url
    for url in "$pg_url" "$my_url"; do
        tested 0 --via "$url"
        [ "$output" = "$passed" ]
        [ "$(grep -c 'made the scratch database' log)" = 6 ]
        [ -z "$(pg_ask via '\d')$(my_ask via "SHOW TABLES")" ]
        nothing_left
    done
}

@test "what is expected is written once, and compared from then on, in every engine" {
    archives
    ends_with 0 "$POLYDUMP" test-migrations old --migrations m --update
    [ "${lines[1]}" = "ok 1 - 1.0: 1.0 -> 1.1 -> 2.0, 3 tables, 9 rows, written as what is expected" ]
    [ "$(ls old | tr '\n' ' ')" = "1.0 1.0.expected 2.0 2.0.expected first.expected first.polydump " ]
    pd migrate old/1.0 b --text --migrations m
    diff -r b old/1.0.expected
    pg_new via
    my_new via
    local url
    for url in sqlite:x.db "$pg_url" "$my_url"; do
        ends_with 0 "$POLYDUMP" test-migrations old --migrations m --via "$url"
        [ "$output" = "${passed//nothing is expected of it/as expected}" ]
    done
    touch -d 2001-01-01 old/1.0.expected/manifest.json
    ends_with 0 pd test-migrations old --migrations m --update
    [ "$(date -r old/1.0.expected/manifest.json +%Y)" = 2001 ]
    [ -z "$(ls -A "$TMPDIR")" ]
}

@test "rows that are not as expected are shown, and --update takes them" {
    archives
    pd test-migrations old --migrations m --update
    grep -l Cleo old/1.0.expected/rows/* | xargs sed -i 's/Cleo/Cleopatra/'
    pd seal old/1.0.expected
    pg_new via
    my_new via
    local url
    for url in sqlite:x.db "$pg_url" "$my_url"; do
        ends_with 1 "$POLYDUMP" test-migrations old --migrations m --via "$url"
        [ "${lines[1]}" = "not ok 1 - 1.0: 1 difference" ]
        [[ "${lines[2]}" == "# expected is a, found b: table 'people'"*"Cleopatra"*"Cleo"* ]]
        [ "${lines[3]}" = "ok 2 - first.polydump: 1.1 -> 2.0, 3 tables, 9 rows, as expected" ]
    done
    ends_with 1 pd test-migrations old --migrations m
    [ "${lines[0]}" = "not ok 1 - 1.0: 1 difference" ]
    ends_with 0 pd test-migrations old --migrations m --update
    ends_with 0 pd test-migrations old --migrations m
    [ -z "$(ls -A "$TMPDIR")" ]
}

@test "a schema that is not as expected is shown" {
    archives
    pd test-migrations old --migrations m --update
    sed -i 's/text(20)/text(30)/' m/1.1.lua
    ends_with 1 "$POLYDUMP" test-migrations old --migrations m
    [[ "${lines[1]}" == "not ok 1 - 1.0: 1 difference" ]]
    [[ "${lines[2]}" == "# expected is a, found b: table 'account': the schema differs"* ]]
    [[ "$output" == *"ok 3 - 2.0: 2.0, 3 tables, 9 rows, as expected" ]]
}

@test "an archive that fails says where, and the others are tested" {
    archives
    sed -i 's/row.region_id = id/if row.id == 3 then error("no # three") end row.region_id = id/' m/1.0.lua
    tested 1
    [[ "${lines[1]}" == "not ok 1 - 1.0: step '1.0' -> '1.1' (1.0.lua), table 'person': "*'no \# three'* ]]
    [ "${lines[2]}" = "ok 2 - first.polydump: 1.1 -> 2.0, 3 tables, 9 rows, nothing is expected of it" ]
    [[ "$stderr" == *"2 passed, 1 failed"* ]]
    nothing_left
}

@test "rows that the database refuses are a failure of the restore" {
    archives
    sed -i 's/ctx:emit("region", {id = id, name = row.region})/ctx:emit("region", {id = id, name = "same"})/' m/1.0.lua
    pg_new via
    my_new via
    local url
    for url in sqlite:x.db "$pg_url" "$my_url"; do
        tested 1 --via "$url"
        [[ "${lines[1]}" == "not ok 1 - 1.0: restore: "*region* ]]
        [[ "${lines[2]}" == "ok 2 - "* ]]
        nothing_left
    done
}

@test "archives that are damaged, unfinished or of no version fail, and are not passed over" {
    archives
    head -c -20 old/first.polydump >short && mv short old/first.polydump
    rm old/2.0/manifest.json
    pd restore old/1.0 new.db && pd dump new.db old/nameless --app shop
    ends_with 1 "$POLYDUMP" test-migrations old --migrations m
    [ "${lines[0]}" = 1..4 ]
    [[ "$output" == *"not ok 1 - 2.0: "*INCOMPLETE*"not ok 2 - nameless: "*"does not say of which version"*$'\n'"ok 3 - 1.0: "*"not ok 4 - first.polydump: "*INCOMPLETE* ]]
    rm -r old/first.polydump
    ends_with 1 pd test-migrations old --migrations m --app-version 1.0
    [ "${#lines[@]}" = 1 ]
}

@test "what a step warns of is told, and is no failure" {
    archives
    sed -i 's/row.region_id = id/if not id then ctx:warn("no region") end row.region_id = id/' m/1.0.lua
    ends_with 0 "$POLYDUMP" test-migrations old --migrations m
    [[ "${lines[1]}" == "ok 1 - 1.0: "* ]]
    [[ "${lines[2]}" == "# left out: "*"no region"* ]]
}

@test "to another version than the newest one, what is expected of the newest one is passed over" {
    archives
    rm -r old/2.0
    pd test-migrations old --migrations m --update
    ends_with 0 "$POLYDUMP" test-migrations old --migrations m --to 1.1
    [ "${lines[1]}" = "ok 1 - 1.0: 1.0 -> 1.1, 2 tables, 6 rows, what is expected is of another version" ]
    echo 'return {to = "3.0", about = "no birthdays", schema = function(db) db:drop_column("people", "born") end}' >m/2.0.lua
    ends_with 1 "$POLYDUMP" test-migrations old --migrations m
    [ "${lines[1]}" = "not ok 1 - 1.0: 2 differences" ]
    [ "${lines[2]}" = "# expected is a, found b: table 'people': column 3 is 'born' in a and 'region_id' in b" ]
    [ "${lines[3]}" = "# expected is a, found b: it is of version '2.0', the data is of '3.0'" ]
}

@test "a report for programs" {
    archives
    rm old/first.polydump
    pd test-migrations old --migrations m --update
    grep -l Cleo old/1.0.expected/rows/* | xargs sed -i 's/Cleo/Cleopatra/'
    pd seal old/1.0.expected
    ends_with 1 "$POLYDUMP" test-migrations old --migrations m --json
    [[ "$output" == '{"result":"tested","archives":[{"archive":"1.0","version":"1.0","migration":"1.0 -> 1.1 -> 2.0","passed":false,"error":null,"expected":"differs",'*'},{"archive":"2.0","version":"2.0","migration":"2.0","passed":true,"error":null,"expected":"equal",'*'],"exit_status":1,"seconds":'* ]]
    python3 -m json.tool <<<"$output" >/dev/null
}

@test "a folder without archives, and wrong words, are errors" {
    archives
    mkdir empty
    complains 1 "no archive is in 'empty'" -- pd test-migrations empty --migrations m
    complains 1 "no archive is in 'm'" -- pd test-migrations m --migrations m
    complains 1 "'nowhere'" -- pd test-migrations nowhere --migrations m
    complains 2 "needs --migrations" -- pd test-migrations old
    complains 2 "one word too many" -- pd test-migrations old m --migrations m
    mkdir old/3.0.expected
    complains 1 "'old/3.0.expected' is what is expected of an archive 'old/3.0' or 'old/3.0.polydump', which is not there" \
        -- pd test-migrations old --migrations m
}

@test "archives of another application fail" {
    archives
    sed -i 's/application = "shop",//' m/*.lua
    mv old/2.0 shop
    pd restore old/1.0 new.db && pd dump new.db old/1.0.1 --app club --app-version 1.0.1
    ends_with 1 pd test-migrations old --migrations m
    [ "$output" = "not ok 2 - 1.0.1: it has data of the application 'club', '1.0' of 'shop'" ]
    ends_with 1 pd test-migrations old --migrations m --app club
    [[ "$output" == "not ok 1 - 1.0: 'old/1.0' has data of the application 'shop', not of 'club' as --app says"$'\n'* ]]
}

@test "migrations that a config names" {
    archives
    printf 'application: shop\nmigrations: [m]\n' >polydump.yaml
    ends_with 0 "$POLYDUMP" test-migrations old
    [ "$output" = "$passed" ]
}

@test "a scratch database is gone after an interrupt, too" {
    archives
    pg_new via
    my_new via
    sed -i 's/row.region_id = id/row.region_id = id if row.id == 4 then print("it is here") while true do end end/' m/1.0.lua
    local url signal code
    for url in sqlite:x.db "$pg_url" "$my_url"; do
        for signal in 2 15; do
            : >log # what the run before it said would be taken for its own
            env --default-signal=INT,TERM "$POLYDUMP" test-migrations old --migrations m --via "$url" --verbose \
                --lua-steps 1000000000000 >/dev/null 2>log 3>&- &
            pid=$!
            until grep -q "it is here" log; do kill -0 "$pid"; sleep 0.05; done
            kill "-$signal" "$pid"
            code=0
            wait "$pid" || code=$?
            pid=
            [ "$code" -eq $((128 + signal)) ]
            nothing_left
        done
    done
}

@test "interrupts at any time leave no scratch database" {
    archives
    pg_new via
    my_new via
    local url pause
    for url in "$pg_url" "$my_url"; do
        for pause in 0.05 0.15 0.3 0.5; do
            "$POLYDUMP" test-migrations old --verbose --migrations m --via "$url" >/dev/null 2>log 3>&- &
            pid=$!
            sleep "$pause"
            kill -TERM "$pid" 2>/dev/null || true
            wait "$pid" || true
            pid=
            nothing_left
        done
    done
}

# ---- Another application, wherever migrations are taken ----

@test "restore, migrate and plan refuse data of another application" {
    archives
    pd restore old/1.0 new.db && pd dump new.db a --app club --app-version 1.0 && rm new.db
    local command
    for command in "restore a new.db" "migrate a b" "plan a new.db"; do
        # shellcheck disable=SC2086 # words
        complains 1 "--migrations: 'a' has data of the application 'club'; step '1.0' -> '1.1' (1.0.lua) is for data of 'shop'" \
            -- pd $command --migrations m
    done
    printf 'application: shop\n' >polydump.yaml
    complains 1 "'a' has data of the application 'club', not of 'shop' as polydump.yaml says" -- pd restore a new.db
    complains 1 "not of 'shop' as --app says" -- pd restore a new.db --app shop
    ends_with 0 pd restore a new.db --app club
    only_here a m new.db old polydump.yaml
}

@test "data that does not say of which application it is, is of the one that is said" {
    archives
    sed -i 's/application = "shop"/application = "club"/' m/1.1.lua
    pd restore old/1.0 new.db && pd dump new.db a --app-version 1.0
    complains 1 "step '1.1' -> '2.0' (1.1.lua) is for data of 'club'" -- pd restore a b.db --migrations m --app shop
    ends_with 0 pd restore a b.db --migrations m
}

@test "of many differences the first ones are shown, and all are counted" {
    steps
    mkdir old
    database old.db <<'SQL'
CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL, born DATE, region TEXT, bank TEXT);
INSERT INTO person WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) SELECT i, 'n' || i, NULL, NULL, NULL FROM n;
SQL
    pd dump old.db old/1.0 --text --app shop --app-version 1.0
    pd test-migrations old --migrations m --update
    grep -l n299 old/1.0.expected/rows/* | xargs sed -i 's/"n\([0-9]\)/"N\1/'
    pd seal old/1.0.expected
    ends_with 1 "$POLYDUMP" test-migrations old --migrations m
    [ "${lines[1]}" = "not ok 1 - 1.0: 300 differences, the first 20 are shown" ]
    [ "$(grep -c '^# expected is a' <<<"$output")" = 20 ]
    ends_with 1 pd test-migrations old --migrations m --json
    [ "$(python3 -c 'import json, sys; a = json.load(sys.stdin)["archives"][0]; print(a["differences_found"], len(a["differences"]))' <<<"$output")" = "300 20" ]
    # A column that is missing is one difference, whether the schema is looked at or the rows.
    rm -r old/1.0.expected
    pd test-migrations old --migrations m --update
    sed -i 's/db:drop_column("people", "bank")/& db:drop_column("people", "born")/' m/1.1.lua
    ends_with 1 pd test-migrations old --migrations m
    [ "${lines[0]}" = "not ok 1 - 1.0: 1 difference" ]
    [ "${lines[1]}" = "# expected is a, found b: table 'people': column 3 is 'born' in a and 'region_id' in b" ]
}
