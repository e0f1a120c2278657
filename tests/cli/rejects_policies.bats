#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Rows that were set aside, and what was said of their tables.

load polydump
load rejects

teardown()
{
    pg_clean
    my_clean
}

# tells LINE COMMAND... - it ends with status 3, and this line is among those that it says.
tells()
{
    local line=$1 status=0
    shift
    "$@" >said 2>&1 || status=$?
    [ "$status" = 3 ] && grep -qxF "$line" said && return 0
    cat said
    return 1
}

# SQL of a step changes the rows of the first run, and is not run again for those that come later.
later()
{
    database old.db <<<"CREATE TABLE kind (id INTEGER PRIMARY KEY); CREATE TABLE ev (id INTEGER PRIMARY KEY, n INT, k INT);
        INSERT INTO kind VALUES (1); INSERT INTO ev VALUES (1, 10, 1), (2, 20, 3)"
    rejects_target "$1" new
    ask "$1" new "CREATE TABLE kind (id BIGINT PRIMARY KEY)"
    ask "$1" new "CREATE TABLE ev (id BIGINT PRIMARY KEY, n BIGINT, k BIGINT, FOREIGN KEY (k) REFERENCES kind (id))"
    mkdir m
    echo "return {to = '2', schema = function(db) db:sql('$1', 'after', 'UPDATE $2ev SET n = n * 2') end}" >m/1.lua
    local sql="the SQL of step '1' -> '2' (1.lua): UPDATE $2ev SET n = n * 2"
    tells "left out: 1 row was set aside, and does not see $sql" "$POLYDUMP" copy old.db "$url" --app-version 1 --migrations m --rejects left
    pd seal left
    # A copy would be an archive like any other: a run would think that its rows are all of them.
    complains 2 "'left' holds rows that --rejects has set aside" "--into=append" -- pd migrate left whole --migrations m
    complains 2 "'left' holds rows that --rejects has set aside" -- pd restore left whole.polydump
    [ ! -e whole ] && [ ! -e whole.polydump ]
    tells "left out: these rows were set aside before it ran, and have not seen $sql" \
        "$POLYDUMP" restore left "$url" --into=append --migrations m --rejects still
    ask "$1" new "INSERT INTO kind VALUES (3)"
    tells "left out: these rows were set aside before it ran, and have not seen $sql" \
        "$POLYDUMP" restore still "$url" --into=append --migrations m
    [ "$(rows "$1" new ev)" = "1|20|1 2|20|3" ]
}

@test "rows that were set aside have not seen the step's SQL, which both runs tell: SQLite" { later sqlite ""; }
@test "rows that were set aside have not seen the step's SQL, which both runs tell: PostgreSQL" { later postgresql public.; }
@test "rows that were set aside have not seen the step's SQL, which both runs tell: MariaDB" { later mariadb ""; }

again()
{
    local said text="VARCHAR(9)"
    database old.db <<<"CREATE TABLE cfg (id VARCHAR(9) PRIMARY KEY, v VARCHAR(9)); CREATE TABLE ev (id INTEGER PRIMARY KEY, k VARCHAR(9)); CREATE TABLE tmp (id INTEGER PRIMARY KEY);
        INSERT INTO cfg VALUES ('a', '1'), ('b', NULL), ('c', '3'); INSERT INTO ev VALUES (1, 'a'), (2, 'b'); INSERT INTO tmp VALUES (1)"
    rejects_target "$1" new
    ask "$1" new "CREATE TABLE cfg (id $text PRIMARY KEY, v $text NOT NULL)"
    ask "$1" new "CREATE TABLE ev (id BIGINT PRIMARY KEY, k $text, FOREIGN KEY (k) REFERENCES cfg (id))"
    ask "$1" new "CREATE TABLE tmp (id BIGINT PRIMARY KEY)"
    ask "$1" new "INSERT INTO cfg VALUES ('z', '9')"
    printf 'tables: {cfg: replace, tmp: skip}\n' >polydump.yaml
    ends_with 3 pd copy old.db "$url" --rejects left
    [ "$(rows "$1" new cfg)" = "a|1 c|3" ]
    sed -i 's/"v":null/"v":"2"/' left/rows/*
    pd seal left
    complains 2 "--policy 'cfg=replace'" "table 'cfg'" "--into=append" -- pd restore left "$url" --into=append --policy cfg=replace
    "$POLYDUMP" restore left "$url" --into=append >said 2>&1
    said=$(<said)
    [[ $said == *"policy replace ('polydump.yaml' line 1), table 'cfg': not again"* ]]
    [[ $said != *"no table fits"* ]]
    [ "$(rows "$1" new cfg)" = "a|1 b|2 c|3" ]
    [ "$(rows "$1" new ev)" = "1|a 2|b" ]
    [ "$(rows "$1" new tmp)" = "" ]
}

@test "policy replace does not delete what the first run wrote: SQLite" { again sqlite; }
@test "policy replace does not delete what the first run wrote: PostgreSQL" { again postgresql; }
@test "policy replace does not delete what the first run wrote: MariaDB" { again mariadb; }
