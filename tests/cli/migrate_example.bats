#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The address book of tests/data/contacts: data of its version 1.0 becomes data of 3.0, row for row
# as written there by hand, from each engine into itself and into the others.

load polydump

teardown()
{
    pg_clean
    my_clean
}

contacts=$BATS_TEST_DIRNAME/../data/contacts
steps=$contacts/migrations
columns_account=id,partner_id,iban
columns_address=partner_id,street,city
columns_department=id,name,head_id
columns_partner=id,first_name,name,region_id,born,department_id,role_id,vat_number
columns_region=id,name
columns_role=id,code
integer_sqlite=INTEGER
integer_postgresql=BIGINT
integer_mariadb=SIGNED

old()
{
    sqlite3 old.db <"$contacts/1.0.sqlite.sql"
}

# ask ENGINE NAME SQL - columns apart by bars.
ask()
{
    case $1 in
    sqlite) sqlite3 -nullvalue NULL "$2" "$3" ;;
    postgresql) psql -XAtq -P null=NULL -d "$(pg_name "$2")" -c "$3" ;;
    mariadb) (set -o pipefail && my_ask "$2" "$3" | tr '\t' '|') ;;
    esac
}

# is_new ENGINE NAME - it holds what the application's version 3.0 should have.
is_new()
{
    local table list integer=integer_$1
    for table in account address department partner region role; do
        list=columns_$table
        ask "$1" "$2" "SELECT ${!list} FROM $table ORDER BY 1" | sed "s/^/$table /"
    done >rows
    ask "$1" "$2" "SELECT id, partner_id, CAST(noted * 1000 AS ${!integer}) FROM visit ORDER BY 1" | sed "s/^/visit /" >>rows
    diff "$contacts/3.0.expected" rows
}

# points ENGINE NAME - keys and foreign keys are those of version 3.0: nothing can point nowhere.
points()
{
    local wrong
    [ "$1" != sqlite ] || set -- "$1" "$2" "PRAGMA foreign_keys = ON; "
    for wrong in "INSERT INTO address VALUES (77, 'x', 'y')" "INSERT INTO account VALUES (9, 77, 'x')" \
        "UPDATE partner SET region_id = 77 WHERE id = 1" "INSERT INTO region VALUES (9, 'North')" \
        "UPDATE department SET head_id = 77 WHERE id = 1" "INSERT INTO visit VALUES (9, 77, 1)"; do
        ! ask "$1" "$2" "${3-}$wrong" 2>/dev/null || { echo "# $wrong"; return 1; }
    done
}

@test "from SQLite into SQLite" {
    old
    pd dump old.db a --app contacts --app-version 1.0
    ends_with 0 pd restore a new.db --migrations "$steps"
    is_new sqlite new.db
    points sqlite new.db
    ends_with 0 pd diff a new.db --migrations "$steps"
    ends_with 0 pd ddt new.db
}

@test "from SQLite into PostgreSQL" {
    old
    pd dump old.db a --app contacts --app-version 1.0
    pg_new b
    ends_with 0 pd restore a "$pg_url" --migrations "$steps"
    is_new postgresql b
    points postgresql b
    ends_with 0 pd diff a "$pg_url" --migrations "$steps"
    ends_with 0 pd ddt "$pg_url"
}

@test "from SQLite into MariaDB" {
    old
    pd dump old.db a --app contacts --app-version 1.0
    my_new b
    ends_with 0 pd restore a "$my_url" --migrations "$steps"
    is_new mariadb b
    points mariadb b
    ends_with 0 pd diff a "$my_url" --migrations "$steps"
    ends_with 0 pd ddt "$my_url"
}

@test "from PostgreSQL into PostgreSQL" {
    old
    pg_new a
    pd copy old.db "$pg_url"
    pd dump "$pg_url" a --app contacts --app-version 1.0
    pg_new b
    ends_with 0 pd restore a "$pg_url" --migrations "$steps"
    is_new postgresql b
    points postgresql b
    ends_with 0 pd diff a "$pg_url" --migrations "$steps"
    [ "$(pg_ask b "INSERT INTO partner (name) VALUES ('next') RETURNING id")" -eq 1003 ]
}

@test "from MariaDB into MariaDB" {
    old
    my_new a
    pd copy old.db "$my_url"
    pd dump "$my_url" a --app contacts --app-version 1.0
    my_new b
    ends_with 0 pd restore a "$my_url" --migrations "$steps"
    is_new mariadb b
    points mariadb b
    ends_with 0 pd diff a "$my_url" --migrations "$steps"
    [ "$(my_ask b "INSERT INTO partner (name) VALUES ('next') RETURNING id")" -eq 1003 ]
}

@test "straight from a server, without an archive" {
    old
    pg_new a
    pd copy old.db "$pg_url"
    my_new b
    ends_with 0 pd copy "$pg_url" "$my_url" --app-version 1.0 --migrations "$steps"
    is_new mariadb b
    ends_with 0 pd copy "$pg_url" new.db --app-version 1.0 --migrations "$steps"
    is_new sqlite new.db
}

@test "offline, then restored: the same" {
    old
    pd dump old.db a --app contacts --app-version 1.0
    pd migrate a b --migrations "$steps"
    pg_new b
    ends_with 0 pd restore b "$pg_url"
    is_new postgresql b
    points postgresql b
    pd restore b new.db
    is_new sqlite new.db
    pd restore a straight.db --migrations "$steps" --order=key
    [ "$(sqlite3 new.db .dump)" = "$(sqlite3 straight.db .dump)" ]
}

@test "up to a version in between" {
    old
    pd dump old.db a --app contacts --app-version 1.0
    pd restore a new.db --migrations "$steps" --to 2.0
    [ "$(sqlite3 new.db "SELECT id, first_name, last_name, region_id, shoe_size FROM person ORDER BY 1" | paste -sd ' ')" = "1|Ann|Archer|1|38 2||Bob|3|44 3|Carla|de la Cruz|4| 4|Dee|Dole||40" ]
    pd dump new.db b --app contacts --app-version 2.0
    pd restore b newer.db --migrations "$steps"
    is_new sqlite newer.db
}

@test "an old archive meets a step that does not know all of it: told, not lost" {
    old
    sqlite3 old.db "INSERT INTO role VALUES (9, 'ghost')"
    pd dump old.db a --app contacts --app-version 1.0
    run -3 --separate-stderr "$POLYDUMP" restore a new.db --migrations "$steps"
    grep -qF "role 'ghost' is not known any more" <<<"$stderr"
    is_new sqlite new.db
}
