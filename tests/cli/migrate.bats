#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Versions of an application and the steps between them: what is found, proved and refused before a
# target is touched, and steps that need no rows.

load polydump

setup_file()
{
    local folder=$BATS_FILE_TMPDIR/plugins
    mkdir -m 755 "$folder"
    cc -shared -fPIC -I "$BATS_TEST_DIRNAME/../../include" -o "$folder/shop.so" \
        "$BATS_TEST_DIRNAME/shop.c"
    chmod 755 "$folder/shop.so"
    export POLYDUMP_PLUGIN_PATH=$folder:${POLYDUMP_PLUGIN_PATH-}
}

# shop_archive NAME [VERSION] - what the shop has made.
shop_archive()
{
    [ -f "$BATS_FILE_TMPDIR/old.db" ] || small_database "$BATS_FILE_TMPDIR/old.db"
    pd dump "$BATS_FILE_TMPDIR/old.db" "$1" --app shop ${2:+--app-version "$2"}
}

# ---- What is done ----

@test "restore puts the data through the steps and says which" {
    shop_archive a 1.0
    ends_with 0 "$POLYDUMP" restore a new.db --migrations shop --to 2.0
    [[ "$stderr" == *"migrating 1.0 -> 1.1 -> 2.0"* ]]
    [[ "$stderr" == *"version 1.0 -> 1.1 -> 2.0"* ]]
    [ "$(sqlite3 new.db 'SELECT name, year FROM writer ORDER BY id LIMIT 2')" = "Ada|1815
Émile|" ]
    [ "$(sqlite3 new.db "SELECT group_concat(name) FROM pragma_table_info('book')")" = id,author_id,title ]
    [ "$(sqlite3 new.db 'PRAGMA foreign_key_list(book)')" = "0|0|writer|author_id|id|NO ACTION|NO ACTION|NONE" ]
}

@test "the report for programs tells the way, too" {
    shop_archive a 1.0
    ends_with 0 "$POLYDUMP" restore a new.db --migrations=shop --to=1.1 --json
    [[ "$output" == *',"migration":"1.0 -> 1.1",'* ]]
    ends_with 0 "$POLYDUMP" restore a other.db --json
    [[ "$output" != *migration* ]]
}

@test "migrate writes an archive of the later version, in the order of keys" {
    shop_archive a 1.0
    pd migrate a b --migrations shop --to 2.0.1
    pd verify b
    ends_with 0 "$POLYDUMP" info b
    [[ "$output" == *"order key"* ]]
    [[ "$output" == *"application: shop 2.0.1"* ]]
    ends_with 0 "$POLYDUMP" cat b
    [ "${lines[0]}" = '{"id":1,"author_id":1,"title":"One"}' ]
    only_here a b
}

@test "migrating an archive and restoring it is migrating while restoring" {
    shop_archive a 1.0
    pd migrate a b --migrations shop --to 2.0
    pd restore b one.db
    pd restore a two.db --migrations shop --to 2.0
    same_database one.db two.db
}

@test "a stream is migrated as a folder is, and leaves nothing behind" {
    shop_archive a 1.0
    pd migrate a b --migrations shop --to 2.0
    pd migrate a - --migrations shop --to 2.0 >s
    pd dump "$BATS_FILE_TMPDIR/old.db" - --app shop --app-version 1.0 >t
    pd migrate - c --migrations shop --to 2.0 <t
    diff -r b c
    pd migrate t d --migrations shop --to 2.0
    diff -r b d
    pd restore s one.db
    pd restore t two.db --migrations shop --to 2.0
    same_database one.db two.db
    head -c -20 t >short
    complains 1 "'short'" -- pd restore short three.db --migrations shop --to 2.0
    only_here a b c d one.db s short t two.db
    [ -z "$(ls -A "$TMPDIR")" ]
}

@test "a database that is copied is of the version that the command line says" {
    small_database old.db
    pd copy old.db new.db --migrations shop --to 1.1 --app-version 1.0
    [ "$(sqlite3 new.db 'SELECT count(year) FROM writer')" = 2 ]
    complains 1 "'old.db' does not say of which version of the application it is" --app-version \
        -- pd copy old.db other.db --migrations shop --to 1.1
    only_here old.db new.db
}

@test "an archive without a version is of the one that the command line says" {
    shop_archive a
    pd restore a new.db --migrations shop --to 2.0 --app-version 1.1-rc1
    [ "$(sqlite3 new.db 'SELECT count(year) FROM writer')" = 2 ]
}

@test "plan lists the steps, what they do to tables, and the columns that come of it" {
    shop_archive a 1.0
    ends_with 0 "$POLYDUMP" plan a new.db --migrations shop --to 2.0
    [ "${lines[0]}" = "1.0 -> 1.1  authors are writers  (authors.c)" ]
    [ "${lines[1]}" = "  table 'author': renamed 'writer'; column 'born' renamed 'year'" ]
    [ "${lines[2]}" = "1.1 -> 2.0  (shop)" ]
    [ "${lines[3]}" = "  table 'book': column 'price' dropped" ]
    [ "${lines[4]}" = "table 'book', 3 rows" ]
    grep -qE "^  year +INT +-> INT +native$" <<<"$output"
    ends_with 0 "$POLYDUMP" plan a new.db --migrations shop --to 2.0 --json
    [[ "$output" == *'"migration":"1.0 -> 1.1 -> 2.0","steps":[{"from":"1.0","to":"1.1","about":"authors are writers","origin":"authors.c","changes":["table '\''author'\'': renamed '\''writer'\''; column '\''born'\'' renamed '\''year'\''"]},'* ]]
    only_here a
}

@test "diff compares old data as they are after the steps" {
    shop_archive a 1.0
    pd restore a new.db --migrations shop --to 2.0
    ends_with 0 "$POLYDUMP" diff a new.db --migrations shop --to 2.0
    [ -z "$output" ]
    [[ "$stderr" == *"version 1.0 -> 1.1 -> 2.0"* ]]
    ends_with 0 pd diff "$BATS_FILE_TMPDIR/old.db" new.db --migrations shop --to 2.0 --app-version 1.0
    sqlite3 new.db "UPDATE writer SET name = 'Adam' WHERE id = 1"
    ends_with 4 pd diff a new.db --migrations shop --to 2.0
    [ "${#lines[@]}" = 1 ]
    [[ "$output" == *"table 'writer'"*"'name'"*Ada*Adam* ]]
    ends_with 4 pd diff a new.db
    [[ "$output" == *"table 'author': only in a"* ]]
    ends_with 4 pd diff a new.db --migrations shop --to 1.1
    complains 1 "step '2.0' -> '3.0' (shop) runs SQL on a database" -- pd diff a new.db --migrations shop --to 3.0
    complains 1 "not '2.0'" -- pd diff a new.db --to 2.0
    only_here a new.db
}

@test "data that is of the version needs no step" {
    shop_archive a 2.0
    ends_with 0 "$POLYDUMP" restore a new.db --migrations shop --to 2.0.0
    [[ "$stderr" == *"no migration is needed: 2.0"* ]]
    same_database "$BATS_FILE_TMPDIR/old.db" new.db
    ends_with 0 "$POLYDUMP" plan a other.db --migrations shop --to 2.0
    [ "${lines[0]}" = "table 'author', 3 rows" ]
}

@test "without migrations, or with none wanted, data of any version stays as it is" {
    shop_archive a 1.0
    pd restore a one.db
    pd restore a two.db --no-migrate
    pd restore a three.db --to 1.0
    same_database one.db two.db
    same_database one.db three.db
}

@test "plugins are listed with what they have for migrations" {
    ends_with 0 "$POLYDUMP" plugins
    [[ "$output" == *"/shop.so, ABI 1, has migrations"$'\n'* ]]
    ends_with 0 "$POLYDUMP" plugins --json
    [[ "$output" == *'"reads":false,"writes":false,"migrations":true,"folders":false}'* ]]
}

@test "steps of a plugin and of folders make one chain" {
    "$POLYDUMP" plugins | grep -q "^lua " || skip "without Lua"
    shop_archive a 1.0
    mkdir m n
    echo 'return {to = "2.1", about = "no titles", schema = function(db) db:drop_table("book") end}' >m/2.0.lua
    echo 'return {to = "2.2", about = "age", schema = function(db) db:rename_column("writer", "year", "age") end}' >n/2.1.lua
    ends_with 0 "$POLYDUMP" restore a new.db --migrations n --migrations shop --migrations=m --to 2.2 --lua-memory 1m
    [[ "$stderr" == *"version 1.0 -> 1.1 -> 2.0 -> 2.1 -> 2.2"* ]]
    [ "$(sqlite3 new.db 'SELECT count(age) FROM writer')|$(sqlite3 new.db .tables)" = "2|writer" ]
    complains 1 "1.0: no step leads from '1.0' to '2.0', and it is older than every version that is known" \
        -- pd restore a x.db --migrations m
    complains 2 --lua-memory -- pd restore a x.db --migrations shop --lua-memory 1m
    mkdir empty
    complains 1 empty -- pd restore a x.db --migrations empty
}

# ---- What is refused ----

# refuses CODE WORD... -- OPTION... - a restore of an archive of version 1.0 that touches nothing.
refuses()
{
    local code=$1 words=()
    shift
    while [ "$1" != -- ]; do
        words+=("$1")
        shift
    done
    shift
    shop_archive a 1.0
    database new.db <<<"CREATE TABLE kept (a); INSERT INTO kept VALUES (1)"
    sha256sum new.db >sum
    complains "$code" "${words[@]}" -- pd restore a new.db --into=replace "$@"
    sha256sum --quiet -c sum
    only_here a new.db sum
}

@test "a way with a gap is refused and shown as far as it goes" {
    refuses 1 "--migrations: 1.0 -> 1.1 -> 2.0 -> 3.0: no step leads from '3.0' to '4.0' on the way to '5.0', and '4.0' is not listed as a version; a step is missing" \
        -- --migrations shop
}

@test "a version that no step leads to is refused" {
    refuses 1 "1.0 -> 1.1: no step leads from '1.1' to '1.5'" -- --migrations shop --to 1.5
}

@test "data that is newer than the application is refused" {
    refuses 1 "the data is of version '1.0', which is newer than '0.9'; no step leads back" \
        -- --migrations shop --to 0.9
}

@test "another version without migrations is refused" {
    refuses 1 "'a' is of version '1.0', not '2.0'" --migrations -- --to 2.0
}

@test "an unknown version is refused when one is wanted" {
    shop_archive b
    complains 1 "'b' does not say of which version of the application it is, which --to needs" \
        -- pd restore b new.db --to 2.0
    complains 1 "which --migrations needs" -- pd restore b new.db --migrations shop
    only_here b
}

@test "a version that the archive does not have cannot be said" {
    refuses 1 "'a' says that it is of version '1.0', not '1.1'" \
        -- --migrations shop --app-version 1.1
}

@test "what is no version is refused" {
    refuses 1 "the wanted version 'new' is no version" -- --migrations shop --to new
}

@test "an unknown plugin and a folder that is not there are refused" {
    refuses 1 "--migrations: there is no folder 'nowhere': there is no plugin 'nowhere'" \
        -- --migrations nowhere
    rm new.db
    rm -r a
    refuses 1 "--migrations: there is no folder './nowhere'" -- --migrations ./nowhere
}

@test "a plugin without migrations is refused" {
    refuses 1 "--migrations: plugin 'sqlite' has no migrations" -- --migrations sqlite
}

@test "a step that fails says which it was" {
    refuses 1 "step '1.0' -> '1.1' (authors.c): fails as told: no" \
        -- --migrations shop --to 2.0 --shop-fails no
}

@test "two equal steps are refused" {
    refuses 1 "step '1.1' -> '2.0' (shop) is there twice" -- --migrations shop --migrations shop
}

@test "options that exclude each other are refused" {
    refuses 2 "--migrations and --no-migrate exclude each other" -- --migrations shop --no-migrate
    rm new.db
    rm -r a
    refuses 2 "--to and --no-migrate exclude each other" -- --to 1.0 --no-migrate
}

@test "migrate needs migrations, and refuses steps that run SQL on a database" {
    shop_archive a 1.0
    complains 2 "polydump migrate needs --migrations" -- pd migrate a b
    complains 1 "step '2.0' -> '3.0' (shop) runs SQL on a database of 'sqlite', which an archive is not" \
        -- pd migrate a b --migrations shop --to 3.0
    only_here a
}
