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
